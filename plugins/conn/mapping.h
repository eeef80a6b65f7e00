/* DSS mappings of subflows: from subflow sequence numbers to data sequence numbers.
 * Knows nothing of options. */
#ifndef CONN_MAPPING_H
#define CONN_MAPPING_H

#include "model.h"

/** Bytes [low, low + length) of a subflow's sequence numbers carry data from dsn on. */
struct mapping {
    uint64_t dsn;    /**< all 64 bits */
    uint64_t number; /**< the same as in struct side */
    uint32_t low;
    uint16_t length;        /**< without its DATA_FIN */
    uint16_t checksum;      /**< on the wire */
    uint32_t row, last_row; /**< that brought it first; and that said just the same last */
    uint32_t sum;           /**< of the first `summed` bytes of its data, as 16-bit words */
    uint32_t summed;
    uint8_t fin, has_checksum;
};

/** Where a sequence number lies among all that a subflow's direction has sent, so that the same of
 * 32 bits, come around, is another: the nearest to the mappings of late. */
uint64_t mapping_place(const struct model *model, uint32_t i_subflow, unsigned direction,
                       uint32_t seq);

/** The oldest mapping that covers a place, or NULL: once declared it must not change (RFC 8684
 * section 3.3.1), and a segment sent again says the same again. O(log n) */
const struct mapping *mapping_at(const struct model *model, uint32_t i_subflow, unsigned direction,
                                 uint64_t place);
/** Does a mapping have any of n bytes, n > 0, from a sequence number on? */
int mapping_touches(const struct model *model, uint32_t i_subflow, unsigned direction, uint32_t seq,
                    uint32_t n);
/** That of a sequence number. */
const struct mapping *mapping_find(const struct model *model, uint32_t i_subflow,
                                   unsigned direction, uint32_t seq);

/** Note a mapping of at least one byte: of those that no older one has. O(log n), amortized over
 * the packets of a capture: where mappings lie among many small ones, not all of their bytes are
 * noted.
 * @return 1, or 0 without memory */
int mapping_add(struct model *model, uint32_t i_subflow, unsigned direction,
                const struct mapping *mapping);

#endif
