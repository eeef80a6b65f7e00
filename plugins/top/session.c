/* trtop's state machine, with the errors mended that docs/TOP.md lists. Knows nothing of captures.
 */
#include "session.h"

#include <string.h>

#include "analyze.h"

enum { WHOLE_SEGMENT = 1400 }; /* of this length or longer: more of the push follows */

int numbers_merge(struct numbers *to, const struct numbers *from)
{
    const uint64_t n_to = to->tallies[N_PACKETS_OUT] + to->tallies[N_PACKETS_IN];
    const uint64_t n_from = from->tallies[N_PACKETS_OUT] + from->tallies[N_PACKETS_IN];

    if (n_from && (!n_to || from->first_ns < to->first_ns))
        to->first_ns = from->first_ns;
    to->requested += from->requested;
    to->transferred += from->transferred;
    for (int i = 0; i < N_TALLIES; i++)
        to->tallies[i] += from->tallies[i];
    for (int i = 0; i < N_MEASURES; i++)
        if (samples_merge(&to->measures[i], &from->measures[i]) != 0)
            return -1;
    return analysis_merge(to, from);
}

int numbers_settle(struct numbers *numbers, const struct spare *spare)
{
    for (int i = 0; i < N_MEASURES; i++)
        if (samples_settle(&numbers->measures[i], spare) != 0)
            return -1;
    return 0;
}

void numbers_fini(struct numbers *numbers)
{
    host->free(numbers->states);
    numbers->states = NULL; /* as samples, it may be ended again */
    for (int i = 0; i < N_MEASURES; i++)
        samples_fini(&numbers->measures[i]);
}

/* 0 for a clock that went back, and for times further apart than can be told, as those of packets
 * that have none. */
static int64_t span(int64_t from, int64_t to)
{
    int64_t ns;

    return to > from && !__builtin_sub_overflow(to, from, &ns) ? ns : 0;
}

/* ---- requests and responses, by who speaks ---- */

static int end_response(struct session *s, struct numbers *n)
{
    if (s->turn != 2 || !s->first_byte_ns)
        return 0;
    n->transferred += s->n_bytes;
    return samples_add(&n->measures[Q_TRANSFER], span(s->first_byte_ns, s->last_byte_ns), n->spare);
}

static int take_payload(struct session *s, const struct segment *p, struct numbers *n)
{
    const int64_t waited = span(s->asked_ns, p->time_ns);
    int rc = 0;

    if (p->outgoing) {
        rc = end_response(s, n);
        s->n_bytes = (s->turn == 1 ? s->n_bytes : 0) + p->len;
        s->turn = 1;
        s->asked_ns = p->time_ns;
        s->first_byte_ns = 0;
        return rc;
    }
    if (s->turn == 1) { /* the answer begins */
        s->first_byte_ns = p->time_ns;
        n->requested += s->n_bytes;
        s->n_bytes = 0;
        rc = samples_add(&n->measures[Q_TTFB], waited, n->spare);
        if (rc == 0 && s->round_trip_ns)
            rc = samples_add(&n->measures[Q_THINK], waited - s->round_trip_ns, n->spare);
    }
    s->turn = 2;
    s->last_byte_ns = p->time_ns;
    s->n_bytes += p->len;
    return rc;
}

int session_end(struct session *s, struct numbers *n)
{
    const int rc = s->stage == STAGE_CLOSED ? 0 : end_response(s, n);

    s->stage = STAGE_CLOSED;
    return rc;
}

/* ---- trtop's ---- */

static int take_push(struct session *s, const struct segment *p, struct numbers *n)
{
    if (p->outgoing) {
        s->pushed = 1;
        s->push_ns = p->time_ns;
        n->tallies[N_OUT] += p->len < WHOLE_SEGMENT;
        return 0;
    }
    if (p->len >= WHOLE_SEGMENT)
        return 0;
    n->tallies[N_IN]++;
    if (!s->pushed) /* the server speaks first */
        return 0;
    s->n_requests++;
    return samples_add(&n->measures[Q_RTT], span(s->push_ns, p->time_ns), n->spare);
}

static int close_session(struct session *s, const struct segment *p, struct numbers *n)
{
    int rc = session_end(s, n);

    n->tallies[p->outgoing ? N_FIN_OUT : N_FIN_IN]++;
    if (rc == 0 && s->n_requests)
        rc = samples_add(&n->measures[Q_REQUESTS], s->n_requests, n->spare);
    return rc;
}

static void take_syn(struct session *s, const struct segment *p, struct numbers *n)
{
    if (s->stage == STAGE_NONE) {
        s->stage = STAGE_SYN;
        s->syn_ns = p->time_ns;
        n->tallies[N_SYN]++;
    } else if (s->stage == STAGE_SYN || s->stage == STAGE_SYN_ACK) {
        n->tallies[N_AGAIN]++;
    } else {
        n->tallies[N_ERR]++;
    }
}

static void take_syn_ack(struct session *s, const struct segment *p, struct numbers *n)
{
    if (s->stage == STAGE_SYN) {
        s->stage = STAGE_SYN_ACK;
        s->round_trip_ns = span(s->syn_ns, p->time_ns); /* to the server; ends with the ACK */
        n->tallies[N_SYN_ACK]++;
    }
}

/* A segment acknowledges bytes that never came by: they are not in the capture. */
static void check_ack(struct session *s, const struct segment *p, struct numbers *n)
{
    const unsigned other = !p->outgoing;

    if (!(p->flags & TCP_ACK) || !(s->known >> other & 1))
        return;
    if ((int32_t)(p->ack - s->next[other]) > 1) { /* 1: a FIN that was lost */
        n->tallies[N_ERR]++;
        s->next[other] = p->ack;
    }
}

/* Bytes of its own side before it never came by, and nobody acknowledged them yet: lost on the way
 * here, or by the capture. */
static void check_gap(const struct session *s, const struct segment *p, struct numbers *n)
{
    if (!(p->flags & TCP_SYN) && s->known >> p->outgoing & 1 &&
        (int32_t)(p->seq - s->next[p->outgoing]) > 0)
        n->tallies[N_GAPS]++;
}

static void remember(struct session *s, const struct segment *p)
{
    const uint32_t end = p->seq + p->len + ((p->flags & (TCP_SYN | TCP_FIN)) != 0);

    if (!(s->known >> p->outgoing & 1) || (int32_t)(end - s->next[p->outgoing]) > 0)
        s->next[p->outgoing] = end;
    s->known |= (uint8_t)(1u << p->outgoing);
}

int session_take(struct session *s, const struct segment *p, struct numbers *n)
{
    const unsigned flags = p->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
    int rc = 0;

    if (s->stage == STAGE_CLOSED)
        return 0;
    if (flags & TCP_RST) {
        if (s->stage == STAGE_NONE)
            return 0;
        n->tallies[N_RST]++;
        n->tallies[N_REFUSED] += s->stage == STAGE_SYN && !p->outgoing;
        return session_end(s, n);
    }
    check_ack(s, p, n);
    check_gap(s, p, n);
    remember(s, p);
    if (flags & TCP_SYN) {
        if (!(flags & TCP_ACK))
            take_syn(s, p, n);
        else if (!p->outgoing)
            take_syn_ack(s, p, n);
        return 0;
    }
    if ((s->stage == STAGE_SYN_ACK || s->stage == STAGE_SYN) && p->outgoing && flags & TCP_ACK) {
        n->tallies[N_ERR] += s->stage == STAGE_SYN; /* what it acknowledges was not captured */
        s->stage = STAGE_OPEN;
        s->round_trip_ns = span(s->syn_ns, p->time_ns);
        n->tallies[N_EST]++;
        rc = samples_add(&n->measures[Q_LAT], s->round_trip_ns, n->spare);
    } else if (s->stage == STAGE_SYN) { /* from the server, which has not answered */
        n->tallies[N_ERR]++;
        s->stage = STAGE_OPEN;
    } else if (s->stage == STAGE_NONE && p->len) {
        s->stage = STAGE_OPEN;
    }
    if (rc == 0 && p->len)
        rc = take_payload(s, p, n);
    if (rc == 0 && flags & TCP_PSH && p->len)
        rc = take_push(s, p, n);
    if (rc == 0 && flags & TCP_FIN && s->stage != STAGE_NONE)
        rc = close_session(s, p, n);
    return rc;
}
