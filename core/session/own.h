/* The fields of `packets` that the session serves from the base columns; only core/session includes
 * it. */
#ifndef TW_SESSION_OWN_H
#define TW_SESSION_OWN_H

#include "core/session/internal.h"

/* Which rows a field of the base columns has. */
enum tw_own_presence {
    ALL,
    TIMED,
    ANY_NETWORK,
    NETWORK_OR_ARP,
    ANY_TRANSPORT,
    IPV4,
    IPV6,
    TCP,
    TCP_HEADER,
    TCP_LEN,  /**< the length of the segment is known */
    TCP_REST, /**< what comes behind the sequence number counts */
    TCP_STREAM,
    UDP,
    UDP_STREAM,
    STREAM
};
_Static_assert(STREAM + 1 == TW_N_PRESENCE, "bits of a capture");

enum tw_own_source {
    S_NUMBER,
    S_TIME,
    S_RELATIVE,
    S_DELTA,
    S_LEN,
    S_CAP_LEN,
    S_INTERFACE_ID,
    S_INTERFACE_NAME,
    S_FILE,
    S_SRC,
    S_DST,
    S_SPORT,
    S_DPORT,
    S_PROTO,
    S_PROTOCOL,
    S_STREAM,
    S_SEQ,
    S_ACK,
    S_SEQ_RAW,
    S_ACK_RAW,
    S_TCP_FLAGS,
    S_WINDOW,
    S_WINDOW_SCALED,
    S_PAYLOAD,
    S_NEXT_SEQ,
    S_FRAGMENT,
    S_LATER,
    S_QUOTED,
    S_REVERSE,
    S_BACK,
    S_TUNNELED,
    S_LABEL
};

/* A field that the session serves itself. Those without help are declared by core/dissect too (it
 * reads any layer of a packet, this is the short way to the innermost). */
struct tw_own_field {
    trawl_field field;
    enum tw_own_source source;
    enum tw_own_presence presence;
};

/** NULL when the session does not serve the field. */
const struct tw_own_field *tw_own_field_find(const char *name);
/** Field i in the order in which `packets` shows them, NULL at the end. */
const struct tw_own_field *tw_own_field_at(size_t i);
/** The field's column, over the base column's cells where they are its own. */
int tw_own_column(tw_capture *capture, const struct tw_own_field *own, struct tw_column **ret,
                  trawl_error *err);

/* The place of ARP's code among those of the protocols above IP. */
enum { TW_OWN_CODE_ARP = 256 };
/** Text columns with few values: a code for each interface, file or protocol. *ret is the caller's,
 * also on failure. */
int tw_own_codes(const tw_capture *capture, enum tw_own_source source, struct tw_dict *dict,
                 uint32_t **ret, trawl_error *err);
enum {
    TW_SCALE_UNKNOWN = 0,  /**< no SYN of this side was seen; else shift + 1 */
    TW_SCALE_UNUSED = 255, /**< a SYN without the option was seen: neither side scales */
};
/** What the handshakes of a capture said of window scaling, by 2 * TCP conversation + direction.
 * *ret is the caller's. */
int tw_own_scales(const tw_capture *capture, uint8_t **ret, trawl_error *err);
/** The window of a packet with these flags in bytes. stream UINT32_MAX: of none. */
uint32_t tw_own_window(const uint8_t *scales, uint32_t stream, unsigned dir, uint16_t flags,
                       uint16_t window);

/** A sequence number relative to its direction's base. stream UINT32_MAX: as it is. */
static inline uint32_t tw_own_relative(const tw_capture *capture, uint32_t stream, unsigned dir,
                                       uint64_t row, uint32_t raw)
{
    return stream == UINT32_MAX ? raw
                                : tw_conversations_relative(&capture->conversations, stream, dir,
                                                            (uint32_t)row, raw);
}
/** Enter the cells of headers quoted in ICMP errors and around tunnels. bits: the rows that have
 * the field; *column is replaced before cells that it shares are written. */
int tw_own_patch(const tw_capture *capture, const struct tw_own_field *own, struct tw_bits *bits,
                 const uint8_t *scale, struct tw_column **column, trawl_error *err);

/* The fields of `packets` that core/track's analysis of TCP gives. */
struct tw_analysis_field;
const struct tw_analysis_field *tw_analysis_field_find(const char *name); /**< NULL: none */
const trawl_field *tw_analysis_field_at(size_t i);                        /**< NULL at the end */
/** The field's column; the first makes the analysis, which the capture keeps. table: its packets.
 */
int tw_analysis_column(tw_capture *capture, tw_table *table, const struct tw_analysis_field *field,
                       struct tw_column **ret, trawl_error *err);

#endif
