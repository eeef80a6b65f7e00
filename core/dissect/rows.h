/* Which rows can have a layer, by the base columns alone: the others are not fetched.
 * Must not know fields. */
#ifndef TW_DISSECT_ROWS_H
#define TW_DISSECT_ROWS_H

#include "core/dissect/packets.h"

/** Rows that may have more layers than their base columns say. */
#define TW_ROWS_SPECIAL                                                           \
    (TW_FRAME_TUNNEL | TW_FRAME_QUOTED | TW_FRAME_FRAGMENT | TW_FRAME_MALFORMED | \
     TW_FRAME_TRUNCATED)

struct tw_rows {
    bool all;          /**< the base columns do not know */
    uint16_t families; /**< TW_FRAME_IPV4, TW_FRAME_IPV6, TW_FRAME_ARP */
    bool protos[256];  /**< protocol above the network header */
    bool tagged;       /**< something may lie between an Ethernet header and the network header */
    bool quotes;       /**< an ICMP error may quote it without being TW_FRAME_QUOTED */
};

/** Bits (1 << enum tw_layer_kind) of the layers that a name stands for; 0: no such layer. */
uint64_t tw_rows_kinds(const char *name);
/** Network and transport layers of a row as its base columns have them; 0 for a row that is
 * special. */
uint64_t tw_rows_base_kinds(const struct tw_packets *packets, uint64_t row);
/** Can an ICMP error quote a layer of one of these kinds without a flag that tells? */
bool tw_rows_may_be_quoted(uint64_t kinds);
/** Rows to look at for layers of these kinds. */
struct tw_rows tw_rows_test(uint64_t kinds);
bool tw_rows_hit(const struct tw_rows *test, const struct tw_packets *packets, uint64_t row);
/** May the row have a tunnel (a network header in another, or GRE, VXLAN, … on the way)? */
bool tw_rows_may_tunnel(const struct tw_packets *packets, uint64_t row);

#endif
