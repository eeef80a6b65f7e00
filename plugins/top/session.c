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
        if (samples_merge(&to->measures[i], from->measures[i]) != 0)
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

/* n_new: bytes of its payload that did not come by before, not 0. */
static int take_payload(struct session *s, const struct segment *p, uint32_t n_new,
                        struct numbers *n)
{
    const int64_t waited = span(s->asked_ns, p->time_ns);
    int rc = 0;

    if (p->outgoing) {
        rc = end_response(s, n);
        s->n_bytes = (s->turn == 1 ? s->n_bytes : 0) + n_new;
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
    s->n_bytes += n_new;
    return rc;
}

static int count_requests(const struct session *s, struct numbers *n)
{
    return s->n_requests ? samples_add(&n->measures[Q_REQUESTS], s->n_requests, n->spare) : 0;
}

int session_end(struct session *s, struct numbers *n)
{
    int rc = s->stage == STAGE_CLOSED ? 0 : end_response(s, n);

    if (rc == 0 && s->stage == STAGE_HALF)
        rc = count_requests(s, n);
    s->stage = STAGE_CLOSED;
    session_fini(s);
    return rc;
}

void session_fini(struct session *s)
{
    for (int side = 0; side < 2; side++) {
        if (s->holes[side]) /* most have none */
            host->free(s->holes[side]);
        s->holes[side] = NULL;
    }
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

/* The first FIN, or the server's after the client's. */
static int close_session(struct session *s, const struct segment *p, struct numbers *n)
{
    int rc;

    if (s->stage == STAGE_HALF)
        return session_end(s, n);
    n->tallies[p->outgoing ? N_FIN_OUT : N_FIN_IN]++;
    if (p->outgoing) {
        s->stage = STAGE_HALF;
        return 0;
    }
    rc = session_end(s, n);
    return rc == 0 ? count_requests(s, n) : rc;
}

static void take_syn(struct session *s, const struct segment *p, struct numbers *n)
{
    if (s->stage == STAGE_NONE) {
        s->stage = STAGE_SYN;
        s->syn_ns = p->time_ns;
        n->tallies[N_SYN]++;
    } else if (s->stage == STAGE_SYN || s->stage == STAGE_SYN_ACK) {
        n->tallies[N_AGAIN] += p->outgoing; /* the server's: both open at once */
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
    int32_t beyond;

    if (!(p->flags & TCP_ACK) || !(s->known >> other & 1))
        return;
    beyond = (int32_t)(p->ack - s->next[other]);
    if (s->holes[other]) /* all before it was there */
        holes_pass(s->holes[other], p->ack);
    if (beyond > 1) { /* 1: a FIN that was lost */
        n->tallies[N_ERR]++;
        s->next[other] = p->ack;
    }
}

/* Of the bytes [seq, seq + len) those from `from` on. */
static uint32_t count_from(uint32_t seq, uint32_t len, uint32_t from)
{
    const int32_t n = (int32_t)(seq + len - from);

    return n <= 0 ? 0 : (uint32_t)n < len ? (uint32_t)n : len;
}

/* How many bytes of its payload are new: beyond what its side has sent, or of what that left out.
 * Those of retransmissions, keep-alives and window probes are not. A segment that leaves bytes out
 * that nobody acknowledged yet tells of a loss on the way here, or by the capture. */
static int count_new(struct session *s, const struct segment *p, struct numbers *n, uint32_t *ret)
{
    const unsigned side = p->outgoing;
    uint32_t n_filled = 0;
    int rc = 0;

    *ret = p->len;
    if (!(s->known >> side & 1))
        return 0;
    if (!(p->flags & TCP_SYN) && (int32_t)(p->seq - s->next[side]) > 0) {
        n->tallies[N_GAPS]++;
        return holes_add(&s->holes[side], s->next[side], p->seq);
    }
    *ret = count_from(p->seq, p->len, s->next[side]);
    if (*ret < p->len && s->holes[side])
        rc = holes_fill(&s->holes[side], p->seq, p->len - *ret, &n_filled);
    *ret += n_filled;
    return rc;
}

static void remember(struct session *s, const struct segment *p)
{
    const uint32_t end = p->seq + p->len + ((p->flags & (TCP_SYN | TCP_FIN)) != 0);

    if (!(s->known >> p->outgoing & 1) || (int32_t)(end - s->next[p->outgoing]) > 0)
        s->next[p->outgoing] = end;
    s->known |= (uint8_t)(1u << p->outgoing);
}

/* A segment without SYN and RST, of a connection that is not closed. */
static int take_segment(struct session *s, const struct segment *p, uint32_t n_new,
                        struct numbers *n)
{
    int rc = 0;

    if ((s->stage == STAGE_SYN_ACK || s->stage == STAGE_SYN) && p->outgoing && p->flags & TCP_ACK) {
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
    if (rc == 0 && n_new)
        rc = take_payload(s, p, n_new, n);
    if (rc == 0 && p->flags & TCP_PSH && p->len)
        rc = take_push(s, p, n);
    if (rc == 0 && p->flags & TCP_FIN && s->stage != STAGE_NONE)
        rc = close_session(s, p, n);
    return rc;
}

int session_take(struct session *s, const struct segment *p, struct numbers *n)
{
    uint32_t n_new;
    int rc;

    if (s->stage == STAGE_CLOSED)
        return 0;
    if (p->flags & TCP_RST) {
        if (s->stage == STAGE_NONE)
            return 0;
        n->tallies[N_RST] += s->stage != STAGE_HALF;
        n->tallies[N_REFUSED] += s->stage == STAGE_SYN && !p->outgoing;
        return session_end(s, n);
    }
    check_ack(s, p, n);
    rc = count_new(s, p, n, &n_new);
    remember(s, p);
    if (rc != 0)
        return rc;
    if (p->flags & TCP_SYN) {
        if (p->flags & TCP_ACK) {
            if (!p->outgoing)
                take_syn_ack(s, p, n);
            return 0;
        }
        take_syn(s, p, n);
        return p->outgoing && n_new ? take_payload(s, p, n_new, n) : 0; /* TCP Fast Open */
    }
    if (s->stage == STAGE_HALF && p->outgoing)
        return 0;
    return take_segment(s, p, n_new, n);
}
