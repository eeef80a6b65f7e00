/* Queues as singly linked lists over one array. Sequence numbers wrap and are compared by distance
 * (RFC 9293 section 3.4). Must not know packets or connections. */
#include "core/track/queue.h"

#include "core/base/base.h"

static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

void tw_queue_init(struct tw_queue *queue)
{
    *queue = (struct tw_queue){
        .oldest = TW_QUEUE_NONE, .newest = TW_QUEUE_NONE, .credit = TW_QUEUE_STEPS_FREE};
}

void tw_queues_fini(struct tw_queues *queues)
{
    tw_free(queues->items);
    *queues = (struct tw_queues){.free = TW_QUEUE_NONE};
}

/* A place for a segment, TW_QUEUE_NONE: no memory. */
static uint32_t take(struct tw_queues *queues)
{
    uint32_t i = queues->free;

    if (i != TW_QUEUE_NONE) {
        queues->free = queues->items[i].newer;
        return i;
    }
    if (queues->n == queues->capacity) {
        const uint32_t capacity = queues->capacity ? queues->capacity * 2 : 1024;
        struct tw_queued *grown = tw_realloc_array(queues->items, capacity, sizeof(*grown));

        if (!grown)
            return TW_QUEUE_NONE;
        queues->items = grown;
        queues->capacity = capacity;
    }
    return queues->n++;
}

/* A segment that stays: the first of them say from where the numbers reach. */
static void keep(struct tw_queue *q, const struct tw_queued *s, bool is_first)
{
    if (is_first || before(s->seq, q->low))
        q->low = s->seq;
    if (is_first || before(q->high, s->next_seq))
        q->high = s->next_seq;
}

/* Only the newest ones are remembered from now on. */
static void forget(struct tw_queues *queues, struct tw_queue *q)
{
    q->credit = TW_QUEUE_STEPS_FREE;
    while (q->n > TW_QUEUE_KEPT) {
        const uint32_t i = q->oldest;

        q->oldest = queues->items[i].newer;
        queues->items[i].newer = queues->free;
        queues->free = i;
        q->n--;
    }
    for (uint32_t i = q->oldest; i != TW_QUEUE_NONE; i = queues->items[i].newer)
        keep(q, &queues->items[i], i == q->oldest);
}

int tw_queue_add(struct tw_queues *queues, struct tw_queue *q, uint32_t row, uint32_t seq,
                 uint32_t next_seq, trawl_error *err)
{
    const uint32_t i = take(queues);

    q->credit = TW_MIN(q->credit + TW_QUEUE_STEPS, TW_QUEUE_STEPS_FREE * 16);
    if (i == TW_QUEUE_NONE)
        return tw_fail_nomem(err);
    queues->items[i] = (struct tw_queued){
        .row = row, .seq = seq, .next_seq = next_seq, .newer = TW_QUEUE_NONE};
    if (q->newest == TW_QUEUE_NONE) {
        q->oldest = i;
        q->low = seq;
        q->high = next_seq;
        q->disorder = false;
    } else {
        q->disorder |= before(seq, queues->items[q->newest].next_seq);
        queues->items[q->newest].newer = i;
        if (before(seq, q->low))
            q->low = seq;
        if (before(q->high, next_seq))
            q->high = next_seq;
    }
    q->newest = i;
    q->n++;
    if (before(seq, q->walked_ack))
        q->walked = false;
    return TRAWL_OK;
}

uint32_t tw_queue_acknowledge(struct tw_queues *queues, struct tw_queue *q, uint32_t ack)
{
    uint32_t i = q->oldest, last = TW_QUEUE_NONE, found = 0;
    bool ordered = true;

    if (q->walked && q->walked_ack == ack)
        return 0;
    q->walked = true;
    q->walked_ack = ack;
    while (i != TW_QUEUE_NONE) {
        struct tw_queued *s = &queues->items[i];
        const uint32_t newer = s->newer;

        if (s->next_seq != ack && before(ack, s->next_seq)) {
            if (before(s->seq, ack))
                s->seq = ack;
            if (!q->disorder) { /* so are all newer ones */
                q->low = s->seq;
                return found;
            }
            q->credit--;
            keep(q, s, last == TW_QUEUE_NONE);
            ordered &= last == TW_QUEUE_NONE || !before(s->seq, queues->items[last].next_seq);
            last = i;
            i = newer;
            continue;
        }
        if (s->next_seq == ack && !found)
            found = s->row + 1;
        if (last == TW_QUEUE_NONE)
            q->oldest = newer;
        else
            queues->items[last].newer = newer;
        if (newer == TW_QUEUE_NONE)
            q->newest = last;
        s->newer = queues->free;
        queues->free = i;
        q->n--;
        i = newer;
    }
    q->disorder = !ordered;
    if (q->credit < 0)
        forget(queues, q);
    return found;
}
