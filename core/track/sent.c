/* Unacknowledged segments in doubly linked lists over one array, so that nothing is allocated for
 * each. Must not know connections or times. */
#include "core/track/sent.h"

#include "core/base/base.h"

static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

void tw_sent_init(struct tw_sent *sent)
{
    *sent = (struct tw_sent){.first = TW_SENT_NONE, .last = TW_SENT_NONE};
}

void tw_sent_pool_fini(struct tw_sent_pool *pool)
{
    tw_free(pool->items);
    *pool = (struct tw_sent_pool){.free = TW_SENT_NONE};
}

/* A place in the pool, TW_SENT_NONE: no memory. */
static uint32_t take(struct tw_sent_pool *pool)
{
    uint32_t i = pool->free;

    if (i != TW_SENT_NONE) {
        pool->free = pool->items[i].next;
        return i;
    }
    if (pool->n == pool->capacity) {
        const uint32_t capacity = pool->capacity ? pool->capacity * 2 : 1024;
        struct tw_sent_segment *grown = tw_realloc_array(pool->items, capacity, sizeof(*grown));

        if (!grown)
            return TW_SENT_NONE;
        pool->items = grown;
        pool->capacity = capacity;
    }
    return pool->n++;
}

static void drop_first(struct tw_sent_pool *pool, struct tw_sent *sent)
{
    const uint32_t i = sent->first;

    sent->first = pool->items[i].next;
    if (sent->first == TW_SENT_NONE)
        sent->last = TW_SENT_NONE;
    else
        pool->items[sent->first].prev = TW_SENT_NONE;
    sent->n--;
    pool->items[i].next = pool->free;
    pool->free = i;
}

static void raise_doubt(struct tw_sent *sent, uint32_t end, uint32_t row)
{
    if (!sent->has_doubt || before(sent->doubt, end))
        sent->doubt = end;
    sent->doubt_row = row;
    sent->has_doubt = true;
}

/* A new one before i; TW_SENT_NONE: at the end. */
static int insert(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t i,
                  const struct tw_sent_segment *segment, trawl_error *err)
{
    const uint32_t made = take(pool);
    const uint32_t prev = i == TW_SENT_NONE ? sent->last : pool->items[i].prev;

    if (made == TW_SENT_NONE)
        return tw_fail_nomem(err);
    pool->items[made] = *segment;
    pool->items[made].prev = prev;
    pool->items[made].next = i;
    if (prev == TW_SENT_NONE)
        sent->first = made;
    else
        pool->items[prev].next = made;
    if (i == TW_SENT_NONE)
        sent->last = made;
    else
        pool->items[i].prev = made;
    sent->n++;
    return TRAWL_OK;
}

/* The first segment that ends after seq; TW_SENT_NONE: too far from both ends. There is one. */
static uint32_t find(const struct tw_sent_pool *pool, const struct tw_sent *sent, uint32_t seq)
{
    uint32_t low = sent->first, high = sent->last;

    for (unsigned step = 0; step < TW_SENT_STEPS; step++) {
        const uint32_t prev = pool->items[high].prev;

        if (before(seq, pool->items[low].end))
            return low;
        if (prev == TW_SENT_NONE || !before(seq, pool->items[prev].end))
            return high;
        low = pool->items[low].next;
        high = prev;
    }
    return TW_SENT_NONE;
}

/* Numbers [seq, end) go out again: i and what else they touch become one segment, so that the same
 * ones are not walked over again and again. What an ACK says of them stays: no sample, no hole. */
static void merge(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t i, uint32_t seq,
                  uint32_t end, uint32_t row)
{
    struct tw_sent_segment *s = &pool->items[i];

    s->again = 1;
    s->row = row;
    if (before(seq, s->seq))
        s->seq = seq;
    while (s->next != TW_SENT_NONE && before(pool->items[s->next].seq, end)) {
        const uint32_t covered = s->next;

        s->end = pool->items[covered].end;
        s->next = pool->items[covered].next;
        pool->items[covered].next = pool->free;
        pool->free = covered;
        sent->n--;
    }
    if (before(s->end, end))
        s->end = end;
    if (s->next == TW_SENT_NONE)
        sent->last = i;
    else
        pool->items[s->next].prev = i;
}

int tw_sent_add(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t seq, uint32_t end,
                uint32_t row, trawl_error *err)
{
    struct tw_sent_segment made = {.row = row};
    uint32_t i;

    if (!sent->started) {
        sent->started = true;
        sent->acked = seq;
    }
    if (!before(sent->acked, end))
        return TRAWL_OK; /* acknowledged already */
    if (before(seq, sent->acked)) {
        seq = sent->acked;
        made.again = 1;
    }
    while (sent->n >= TW_SENT_MOST) {
        raise_doubt(sent, pool->items[sent->first].end, pool->items[sent->first].row);
        drop_first(pool, sent);
    }
    if (sent->last == TW_SENT_NONE || !before(seq, pool->items[sent->last].end)) {
        made.seq = seq;
        made.end = end;
        return insert(pool, sent, TW_SENT_NONE, &made, err);
    }
    i = find(pool, sent, seq);
    if (i == TW_SENT_NONE) {
        raise_doubt(sent, end, row);
        return TRAWL_OK;
    }
    made.again = 1;
    if (!before(pool->items[i].seq, end)) { /* all of it lies in a gap */
        made.seq = seq;
        made.end = end;
        return insert(pool, sent, i, &made, err);
    }
    merge(pool, sent, i, seq, end, row);
    return TRAWL_OK;
}

void tw_sent_acknowledge(struct tw_sent_pool *pool, struct tw_sent *sent, uint32_t ack,
                         struct tw_sent_ack *ret)
{
    uint32_t seen, latest = 0;
    bool again = false;

    *ret = (struct tw_sent_ack){.row = TW_SENT_NONE};
    if (!sent->started) {
        sent->started = true;
        sent->acked = ack;
        return;
    }
    if (!before(sent->acked, ack))
        return;
    ret->advances = true;
    seen = sent->acked;
    while (sent->first != TW_SENT_NONE && before(pool->items[sent->first].seq, ack)) {
        struct tw_sent_segment *s = &pool->items[sent->first];

        if (before(seen, s->seq) && !(sent->has_doubt && before(seen, sent->doubt))) {
            ret->holes++;
            ret->missed += s->seq - seen;
        }
        if (before(ack, s->end)) { /* half of it: it stays with the other half */
            s->seq = seen = ack;
            break;
        }
        seen = s->end;
        if (s->row > latest)
            latest = s->row;
        if (s->end == ack) {
            ret->row = s->row;
            again = s->again;
        }
        drop_first(pool, sent);
    }
    if (before(seen, ack) && !(sent->has_doubt && before(seen, sent->doubt))) {
        ret->holes++;
        ret->missed += ack - seen;
    }
    ret->sample = ret->row != TW_SENT_NONE && !again && ret->row == latest &&
                  !(sent->has_doubt && ret->row < sent->doubt_row);
    if (sent->has_doubt && !before(ack, sent->doubt))
        sent->has_doubt = false;
    sent->acked = ack;
}

int tw_sent_stamp(struct tw_sent_pool *pool, struct tw_sent *queue, uint32_t stamp, uint32_t row,
                  trawl_error *err)
{
    const struct tw_sent_segment made = {.seq = stamp, .row = row};

    if (queue->started && !before(queue->acked, stamp))
        return TRAWL_OK;
    queue->started = true;
    queue->acked = stamp; /* the newest */
    if (queue->n >= TW_SENT_MOST)
        drop_first(pool, queue);
    return insert(pool, queue, TW_SENT_NONE, &made, err);
}

uint32_t tw_sent_echo(struct tw_sent_pool *pool, struct tw_sent *queue, uint32_t stamp)
{
    uint32_t row = TW_SENT_NONE;

    while (queue->first != TW_SENT_NONE && !before(stamp, pool->items[queue->first].seq)) {
        if (pool->items[queue->first].seq == stamp)
            row = pool->items[queue->first].row;
        drop_first(pool, queue);
    }
    return row;
}
