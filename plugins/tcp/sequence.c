/* The pieces of a side in a doubly linked list in order of sequence numbers, which wrap and are
 * compared by distance (RFC 9293 section 3.4). What was acknowledged becomes one piece, so that the
 * list is as long as what is in flight. Knows nothing of packets or tables. */
#include "sequence.h"

#include <math.h>

enum {
    STEPS_A_PACKET = 64,  /* pieces that a packet may look at, on average … */
    STEPS_FREE = 1 << 16, /* … beyond so many; then all pieces but the newest are forgotten */
    KEPT = 64,
    SPAN_MOST = 1 << 30 /* of acknowledged bytes, so that distances stay clear */
};

static int before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static void count(struct times *t, int64_t ns)
{
    if (t->min == 0 || ns < t->min)
        t->min = ns;
    if (ns > t->max)
        t->max = ns;
    t->n++;
    t->sum += (double)ns;
    t->squares += (double)ns * (double)ns;
}

double times_average(const struct times *t)
{
    return t->n ? t->sum / t->n : 0;
}

double times_deviation(const struct times *t)
{
    const double n = t->n;
    double variance;

    if (t->n <= 2)
        return 0;
    variance = (t->squares - t->sum * t->sum / n) / (n - 1);
    return variance > 0 ? sqrt(variance) : 0;
}

static void take_out(struct pieces *pieces, struct sequence *s, uint32_t i)
{
    struct piece *p = &pieces->items[i];

    if (p->prev == SEQUENCE_NONE)
        s->first = p->next;
    else
        pieces->items[p->prev].next = p->next;
    if (p->next == SEQUENCE_NONE)
        s->last = p->prev;
    else
        pieces->items[p->next].prev = p->prev;
    p->next = pieces->free;
    pieces->free = i;
    s->n--;
}

/* A piece ahead of i, at the end for SEQUENCE_NONE. @return 0: no memory */
static int put(struct pieces *pieces, struct sequence *s, uint32_t i, uint32_t seq, uint32_t end,
               int64_t now)
{
    uint32_t made = pieces->free, prev;

    if (made != SEQUENCE_NONE) {
        pieces->free = pieces->items[made].next;
    } else {
        if (pieces->n == pieces->capacity) {
            const uint32_t capacity = pieces->capacity ? pieces->capacity * 2 : 1024;
            struct piece *grown = pieces->realloc(pieces->items, capacity * sizeof(*grown));

            if (!grown)
                return 0;
            pieces->items = grown;
            pieces->capacity = capacity;
        }
        made = pieces->n++;
    }
    prev = i == SEQUENCE_NONE ? s->last : pieces->items[i].prev;
    pieces->items[made] = (struct piece){
        .prev = prev, .next = i, .seq = seq, .end = end, .time = now};
    if (prev == SEQUENCE_NONE)
        s->first = made;
    else
        pieces->items[prev].next = made;
    if (i == SEQUENCE_NONE)
        s->last = made;
    else
        pieces->items[i].prev = made;
    s->n++;
    return 1;
}

/* Disorder that is never acknowledged must not cost more and more. */
static void keep_short(struct pieces *pieces, struct sequence *s)
{
    if (s->steps < s->allowed)
        return;
    while (s->n > KEPT)
        take_out(pieces, s, s->first);
}

static void sent_again(struct sequence *s, struct piece *p, int64_t now)
{
    if (!p->acked) {
        if (p->again > s->most_again)
            s->most_again = p->again;
        count(&s->again, ns_between(p->time, now));
    }
    p->time = now;
}

int64_t sequence_send(struct pieces *pieces, struct sequence *s, uint32_t seq, uint32_t len,
                      int64_t now, int *ret_out_of_order)
{
    const uint32_t end = seq + len;
    int64_t known = 0;
    int split = 0;
    uint32_t i = s->first;

    *ret_out_of_order = 0;
    if (!s->allowed)
        s->allowed = STEPS_FREE;
    s->allowed += STEPS_A_PACKET;
    if (s->last != SEQUENCE_NONE && !before(seq, pieces->items[s->last].end))
        i = SEQUENCE_NONE;
    for (; i != SEQUENCE_NONE; i = pieces->items[i].next) {
        struct piece *p = &pieces->items[i];

        s->steps++;
        if (!before(seq, p->end))
            continue;
        if (before(seq, p->seq)) {
            const uint32_t until = before(p->seq, end) ? p->seq : end;

            *ret_out_of_order |= before(end, p->end);
            if (!put(pieces, s, i, seq, until, now))
                return -1;
            if (until == end)
                break;
            p = &pieces->items[i];
            seq = until;
        }
        p->again++;
        if (!split)
            sent_again(s, p, now);
        split = 1;
        if (!before(p->end, end)) {
            known += (int64_t)(uint32_t)(end - seq);
            seq = end;
            break;
        }
        known += (int64_t)(uint32_t)(p->end - seq);
        seq = p->end;
    }
    if (i == SEQUENCE_NONE && !put(pieces, s, SEQUENCE_NONE, seq, end, now))
        return -1;
    keep_short(pieces, s);
    return known;
}

/* The ACK of the last byte of a piece. late: what is ahead of it was sent after it. */
static void sample(struct sequence *s, const struct piece *p, int late, int64_t now)
{
    const int64_t ns = ns_between(p->time, now);
    /* tcptrace takes a single byte, SYN and FIN too, for 4 GiB */
    const uint64_t size = p->end - p->seq > 1 ? p->end - p->seq : (uint64_t)1 << 32;

    if (late) {
        s->rtt_last = 0;
        s->post_loss++;
        return;
    }
    if (p->again) {
        count(&s->ambiguous, ns);
        s->rtt_last = 0;
        return;
    }
    s->rtt_last = ns;
    count(&s->rtt, ns);
    if (size > s->full_size) {
        s->full_size = size;
        s->full = (struct times){0};
    }
    if (size == s->full_size)
        count(&s->full, ns);
}

/* Neighbours that were acknowledged become one piece. */
static void join(struct pieces *pieces, struct sequence *s)
{
    uint32_t i = s->first;

    while (i != SEQUENCE_NONE && pieces->items[i].acked && pieces->items[i].next != SEQUENCE_NONE) {
        struct piece *p = &pieces->items[i];
        const struct piece *next = &pieces->items[p->next];

        s->steps++;
        if (!next->acked || p->end != next->seq) {
            i = p->next;
            continue;
        }
        p->end = next->end;
        p->acked = next->acked;
        if (next->time > p->time)
            p->time = next->time;
        take_out(pieces, s, p->next);
        if (p->end - p->seq > SPAN_MOST)
            p->seq = p->end - SPAN_MOST;
    }
}

void sequence_acknowledge(struct pieces *pieces, struct sequence *s, uint32_t ack, int is_duplicate,
                          int64_t now)
{
    int64_t newest = INT64_MIN;
    int changed = 0;

    if (!s->allowed)
        s->allowed = STEPS_FREE;
    s->allowed += STEPS_A_PACKET;
    for (uint32_t i = s->first; i != SEQUENCE_NONE; i = pieces->items[i].next) {
        struct piece *p = &pieces->items[i];

        if (!before(p->seq, ack))
            break;
        s->steps++;
        if (p->time > newest)
            newest = p->time;
        if (p->acked++) {
            if (ack == p->end && is_duplicate) {
                s->duplicates++;
                s->triple += p->acked == 4;
            }
            continue;
        }
        changed = 1;
        if (ack == p->end)
            sample(s, p, newest > p->time, now);
        else
            s->cumulative++;
    }
    if (changed)
        join(pieces, s);
    keep_short(pieces, s);
}
