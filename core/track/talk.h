/* What Zeek says of groups of packets, whatever made the groups: conn_state, history, bytes by
 * sequence numbers. Must not know tables or sessions. */
#ifndef TW_TRACK_TALK_H
#define TW_TRACK_TALK_H

#include "core/dissect/packets.h"
#include "core/track/history.h"

#define TW_TALK_BACK UINT32_C(0x80000000) /**< of a row's group: it goes to the group's source */

/** One group: the packets of one protocol between two ends. Side 0 is its source. */
struct tw_talk {
    const char *state; /**< NULL: the group has no packets */
    uint32_t history;  /**< of histories[group % n_shards] */
    bool has_history;  /**< TCP and UDP */
    bool flipped;      /**< the source turned out to be the responder */
    uint64_t bytes[2]; /**< payload; TCP: sequence numbers used */
    uint64_t missed;   /**< bytes acknowledged and not captured, while the connection is clean */
    uint64_t last_row; /**< of its last packet before both directions had been closed */
};

struct tw_talks {
    struct tw_talk *groups;
    struct tw_histories *histories;
    uint32_t n;
    unsigned n_shards;
};

/** group_of_row: number below n, with TW_TALK_BACK; UINT32_MAX: the row is in none. Two passes
 * over the rows, sharded by group over the pool: the same for any number of threads. Memory, while
 * it runs: 200 bytes a group. */
int tw_talks_make(const struct tw_packets *packets, const uint32_t *group_of_row, uint32_t n,
                  struct tw_talks *ret, trawl_error *err);
void tw_talks_fini(struct tw_talks *groups);

#endif
