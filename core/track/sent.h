/* The segments of one direction that are not acknowledged yet, in order of sequence numbers: which
 * of them an ACK is about, and what was never captured. Must not know connections or times. */
#ifndef TW_TRACK_SENT_H
#define TW_TRACK_SENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

enum {
    TW_SENT_NONE = UINT32_MAX,
    TW_SENT_MOST = 1 << 16, /**< segments kept of a direction; then the first are forgotten */
    TW_SENT_STEPS = 64      /**< looked at from either end for the place of one that comes late */
};

/** A segment [seq, end), or a time stamp seq that came first in a row. */
struct tw_sent_segment {
    uint32_t prev, next; /**< TW_SENT_NONE: none */
    uint32_t seq, end;
    uint32_t row;  /**< packet that sent it last */
    uint8_t again; /**< sent more than once, or after others that follow it */
};
/** Where the segments of many directions live; one thread's. Zero at first but for free. */
struct tw_sent_pool {
    struct tw_sent_segment *items;
    uint32_t n, capacity, free;
};

/** One direction. tw_sent_init() first. */
struct tw_sent {
    uint32_t first, last, n;
    uint32_t acked; /**< all before it is acknowledged */
    uint32_t doubt; /**< numbers before it were sent again, nobody knows which */
    uint32_t doubt_row;
    bool started, has_doubt;
};

/** What an ACK says. */
struct tw_sent_ack {
    uint32_t
        row;     /**< of the segment whose last byte it acknowledges; TW_SENT_NONE: there is none */
    bool sample; /**< that was sent once, and nothing that it acknowledges was sent after it */
    bool advances;   /**< it acknowledges something new */
    uint32_t holes;  /**< ranges of what it acknowledges that were not captured */
    uint32_t missed; /**< bytes of them */
};

void tw_sent_init(struct tw_sent *sent);
/** Numbers [seq, end) go out in a row, end after seq. Sequence numbers wrap (RFC 9293 section 3.4).
 * At most 2 * TW_SENT_STEPS segments are looked at, and those that it covers, which become one. */
int tw_sent_add(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t seq, uint32_t end,
                uint32_t row, trawl_error *err);
/** The other side acknowledges all before ack. Each segment is taken out once. */
void tw_sent_acknowledge(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t ack,
                         struct tw_sent_ack *ret);

/** A queue of time stamps: a new one at the end, unless it is not newer than the last. */
int tw_sent_stamp(struct tw_sent_pool *pool, struct tw_sent *queue, uint32_t stamp, uint32_t row,
                  trawl_error *err);
/** Row that first had the stamp that comes back, TW_SENT_NONE: not known, or asked before. */
uint32_t tw_sent_echo(struct tw_sent_pool *pool, struct tw_sent *queue, uint32_t stamp);

void tw_sent_pool_fini(struct tw_sent_pool *pool);

#endif
