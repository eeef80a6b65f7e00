/* What the data of each type of record is made of, in order. Knows nothing of how it is read. */
#ifndef DNS_LAYOUT_H
#define DNS_LAYOUT_H

#include "rdata.h"

/** A part of the data, and what becomes of it. */
enum step_kind {
    DONE,
    U8,
    U16,
    U32,
    U48,
    SECONDS, /**< since 1970 */
    TIME48,  /**< seconds since 1970 */
    LOCAL,   /**< the lowest of 32 bits */
    BIT_0,   /**< of the byte before: no bytes of its own */
    BIT_1,
    BIT_7,
    NAME,
    NAMES,       /**< as many as there are */
    NAME_LENGTH, /**< of the text of the name that follows; the root has none */
    COUNTED,     /**< a length, which goes into the field, and text, into the next field */
    COUNTEDS,    /**< as many of them as there are */
    HASH,        /**< a length, as COUNTED, and bytes, into the next field as base32 */
    SIZED,       /**< a length of 16 bits, as COUNTED, and bytes */
    IP4,
    IP6,
    EIGHT, /**< bytes */
    REST,
    SKIP /**< the rest that has no field */
};
struct step {
    uint8_t kind;
    uint16_t field;
};
enum { STEPS_MOST = 10 };

/** Up to STEPS_MOST steps, or up to one that is DONE; NULL: the type has none. */
const struct step *dns_steps_of(unsigned type);
const char *dns_put_steps(trawl_sink *sink, struct dns_part *part, const struct step *steps);

/** RFC 4034 appendix B, and B.1 for algorithm 1: of a key's data, at least 4 bytes. */
uint32_t dns_key_tag(const uint8_t *p, uint32_t n);

/** Types whose data is not parts in a row, and that few have seen; 0: it is none of them. */
int dns_put_rare(trawl_sink *sink, unsigned type, struct dns_part *part, const char **ret_fault);

#endif
