/* The segments of one direction that are not acknowledged, in the order in which they were sent:
 * which one an ACK covers, how many bytes are in flight. Must not know packets or connections. */
#ifndef TW_TRACK_QUEUE_H
#define TW_TRACK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

enum {
    TW_QUEUE_NONE = UINT32_MAX,
    TW_QUEUE_MOST = 10000, /**< remembered a direction while nothing is acknowledged */
    /* Disorder makes an ACK look at all of them. A direction may look at so many a packet, on
     * average, beyond so many; then it remembers the newest ones only. */
    TW_QUEUE_STEPS = 256,
    TW_QUEUE_STEPS_FREE = 1 << 16,
    TW_QUEUE_KEPT = 64
};

/** Segments of many queues; one thread's. Zero at first, but for free. */
struct tw_queues {
    struct tw_queued {
        uint32_t row, seq, next_seq;
        uint32_t newer; /**< index of the next in the queue, or the next free one */
    } * items;
    uint32_t n, capacity, free;
};
/** One direction. tw_queue_init() first. */
struct tw_queue {
    uint32_t oldest, newest; /**< TW_QUEUE_NONE: empty */
    uint32_t low, high;      /**< numbers from the lowest to the highest, if not empty */
    uint32_t walked_ack;     /**< of the other side, to which the queue was worked off */
    int32_t credit;          /**< steps that may still be made */
    uint16_t n;
    bool disorder; /**< not in order of sequence numbers */
    bool walked;   /**< walked_ack holds, and nothing before it came since */
};

void tw_queue_init(struct tw_queue *queue);
void tw_queues_fini(struct tw_queues *queues);
/** A segment that was sent in a row; of at most TW_QUEUE_MOST. */
int tw_queue_add(struct tw_queues *queues, struct tw_queue *queue, uint32_t row, uint32_t seq,
                 uint32_t next_seq, trawl_error *err);
/** Take out what an ACK of the other side covers. The row + 1 of the oldest segment that ends with
 * it, 0: none does. */
uint32_t tw_queue_acknowledge(struct tw_queues *queues, struct tw_queue *queue, uint32_t ack);

#endif
