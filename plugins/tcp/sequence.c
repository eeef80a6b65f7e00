/* The pieces of a side: for each quarter of the numbers a doubly linked list in their order, as
 * tcptrace has it. Going to another quarter forgets the one opposite to it, an ACK covers what is
 * in its own quarter and all of the one before, and pieces end where quarters end: this is how
 * numbers may wrap. What was acknowledged becomes one piece, so that lists are as long as what is
 * in flight. Knows nothing of packets or tables. */
#include "sequence.h"

#include <math.h>

enum {
    STEPS_A_PACKET = 64,  /* pieces that a packet may look at, on average … */
    STEPS_FREE = 1 << 16, /* … beyond so many; then all pieces but the newest are forgotten */
    KEPT = 64,
    QUARTER = 30 /* bits */
};

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

static void take_out(struct pieces *pieces, struct sequence *s, struct quarter *q, uint32_t i)
{
    struct piece *p = &pieces->items[i];

    *(p->prev ? &pieces->items[p->prev].next : &q->first) = p->next;
    *(p->next ? &pieces->items[p->next].prev : &q->last) = p->prev;
    p->next = pieces->free;
    pieces->free = i;
    s->n--;
}

static void forget(struct pieces *pieces, struct sequence *s, struct quarter *q)
{
    while (q->first)
        take_out(pieces, s, q, q->first);
}

/* @return 0: no memory */
static uint32_t make(struct pieces *pieces)
{
    uint32_t made = pieces->free;

    if (made) {
        pieces->free = pieces->items[made].next;
        return made;
    }
    if (pieces->n == pieces->capacity) {
        const uint32_t capacity = pieces->capacity ? pieces->capacity * 2 : 1024;
        struct piece *grown = pieces->realloc(pieces->items, capacity * sizeof(*grown));

        if (!grown)
            return 0;
        pieces->items = grown;
        pieces->capacity = capacity;
    }
    if (pieces->n == 0)
        pieces->n = 1;
    return pieces->n++;
}

/* A piece ahead of i, at the end for 0. @return 0: no memory */
static int put(struct pieces *pieces, struct sequence *s, struct quarter *q, uint32_t i,
               uint32_t seq, uint32_t last, int64_t now)
{
    const uint32_t made = make(pieces);
    uint32_t prev;

    if (!made)
        return 0;
    prev = i ? pieces->items[i].prev : q->last;
    pieces->items[made] = (struct piece){
        .prev = prev, .next = i, .seq = seq, .last = last, .time = now};
    *(prev ? &pieces->items[prev].next : &q->first) = made;
    *(i ? &pieces->items[i].prev : &q->last) = made;
    s->n++;
    return 1;
}

/* The quarter of a number. What is opposite to it is forgotten when another one was before. */
static unsigned turn_to(struct pieces *pieces, struct sequence *s, uint32_t number)
{
    const unsigned i = number >> QUARTER;

    if (s->current != i) {
        forget(pieces, s, &s->quarters[(i + 2) & 3]);
        s->current = (uint8_t)i;
    }
    return i;
}

static void allow(struct sequence *s)
{
    if (!s->allowed)
        s->allowed = STEPS_FREE;
    s->allowed += STEPS_A_PACKET;
}

/* Disorder that is never acknowledged must not cost more and more. */
static void keep_short(struct pieces *pieces, struct sequence *s)
{
    struct quarter *current = &s->quarters[s->current];

    if (s->steps < s->allowed)
        return;
    for (unsigned i = 1; i < 4; i++)
        forget(pieces, s, &s->quarters[(s->current + i) & 3]);
    while (s->n > KEPT)
        take_out(pieces, s, current, current->first);
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

/* Bytes seq to last of one quarter; see sequence_send(). */
static int64_t add(struct pieces *pieces, struct sequence *s, struct quarter *q, uint32_t seq,
                   uint32_t last, int64_t now, int *ret_out_of_order)
{
    int64_t known = 0;
    int split = 0;
    uint32_t i = q->first;

    if (q->last && seq > pieces->items[q->last].last)
        i = 0;
    for (; i; i = pieces->items[i].next) {
        struct piece *p = &pieces->items[i];

        s->steps++;
        if (seq > p->last)
            continue;
        if (seq < p->seq) {
            *ret_out_of_order |= last < p->last;
            if (!put(pieces, s, q, i, seq, last < p->seq ? last : p->seq - 1, now))
                return -1;
            p = &pieces->items[i];
            if (last < p->seq)
                return known;
            seq = p->seq;
        }
        p->again++;
        if (!split)
            sent_again(s, p, now);
        split = 1;
        if (last <= p->last)
            return known + last - seq + 1;
        known += (int64_t)p->last - seq + 1;
        seq = p->last + 1;
    }
    return put(pieces, s, q, 0, seq, last, now) ? known : -1;
}

int64_t sequence_send(struct pieces *pieces, struct sequence *s, uint32_t seq, uint32_t len,
                      int64_t now, int *ret_out_of_order)
{
    const unsigned i = turn_to(pieces, s, seq);
    const uint32_t last = seq + len - 1;
    const uint32_t border = ((uint32_t)i << QUARTER) + ((uint32_t)1 << QUARTER) - 1;
    const int crosses = last >> QUARTER != i;
    int64_t known, more;

    *ret_out_of_order = 0;
    allow(s);
    known = add(pieces, s, &s->quarters[i], seq, crosses ? border : last, now, ret_out_of_order);
    if (known >= 0 && crosses) {
        more = add(pieces, s, &s->quarters[(i + 1) & 3], border + 1, last, now, ret_out_of_order);
        known = more < 0 ? -1 : known + more;
    }
    keep_short(pieces, s);
    return known;
}

/* The ACK of the last byte of a piece. late: what is ahead of it was sent after it. */
static void sample(struct sequence *s, const struct piece *p, int late, int64_t now)
{
    const int64_t ns = ns_between(p->time, now);
    /* tcptrace takes a single byte, SYN and FIN too, for 4 GiB */
    const uint64_t size = p->last > p->seq ? p->last - p->seq + 1 : (uint64_t)1 << 32;

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
static void join(struct pieces *pieces, struct sequence *s, struct quarter *q)
{
    uint32_t i = q->first;

    while (i && pieces->items[i].acked && pieces->items[i].next) {
        struct piece *p = &pieces->items[i];
        const struct piece *next = &pieces->items[p->next];

        s->steps++;
        if (!next->acked || p->last + 1 != next->seq) {
            i = p->next;
            continue;
        }
        p->last = next->last;
        p->acked = next->acked;
        if (next->time > p->time)
            p->time = next->time;
        take_out(pieces, s, q, p->next);
    }
}

/* All of the quarter ahead of an ACK's. @return when the newest of it was sent, 0: nothing new */
static int64_t acknowledge_all(struct pieces *pieces, struct sequence *s, struct quarter *q)
{
    int64_t newest = 0;
    int changed = 0;

    for (uint32_t i = q->first; i; i = pieces->items[i].next) {
        struct piece *p = &pieces->items[i];

        s->steps++;
        if (p->acked)
            continue;
        p->acked = 1;
        s->cumulative++;
        changed = 1;
        if (p->time > newest)
            newest = p->time;
    }
    if (changed)
        join(pieces, s, q);
    return newest;
}

void sequence_acknowledge(struct pieces *pieces, struct sequence *s, uint32_t ack, int repeats,
                          int64_t now)
{
    const unsigned i_quarter = turn_to(pieces, s, ack);
    struct quarter *q = &s->quarters[i_quarter];
    int64_t newest;
    int changed = 0;

    allow(s);
    newest = acknowledge_all(pieces, s, &s->quarters[(i_quarter + 3) & 3]);
    for (uint32_t i = q->first; i; i = pieces->items[i].next) {
        struct piece *p = &pieces->items[i];

        if (ack <= p->seq)
            break;
        s->steps++;
        if (p->time > newest)
            newest = p->time;
        if (p->acked && ack == p->last + 1 && repeats) {
            s->duplicates++;
            s->triple += ++p->acked == 4;
        } else if (p->acked) {
            p->acked = 1;
        } else {
            p->acked = 1;
            changed = 1;
            if (ack == p->last + 1)
                sample(s, p, newest > p->time, now);
            else
                s->cumulative++;
        }
    }
    if (changed)
        join(pieces, s, q);
    keep_short(pieces, s);
}
