/* The pass over the packets of all TCP connections that makes their details. Sequence numbers wrap
 * and are compared by distance (RFC 9293 section 3.4). Must not know tables or sessions. */
#include "core/track/detail.h"

#include "core/track/sent.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
/* A connection while its packets go by; [0] is the side of its first packet. */
struct state {
    struct tw_history history;
    struct tw_sent sent[2], stamps[2];
    int64_t syn_ns[2]; /* newest SYN or SYN/ACK of a side; INT64_MIN: none */
    uint8_t n_syns[2];
    uint8_t last_dir;
    uint8_t fins; /* bit d: side d sent one */
    uint8_t rst;  /* 1 + side that sent one before both had sent FIN */
};

struct shard {
    struct tw_sent_pool pool;
    struct tw_rtt_sample *samples;
    size_t n_samples, capacity;
};

struct pass {
    const struct tw_packets *packets;
    const struct tw_conversations *conversations;
    const struct tw_connection *summary;
    const struct tw_tcp_analysis *analysis;
    const struct tw_detail_options *options;
    struct tw_tcp_details *out;
    struct state *states;
    struct shard *shards;
    unsigned n_shards;
};

struct packet {
    uint32_t row, seq, ack, len;
    int64_t time;
    uint16_t flags, window;
};

/* ---- round trips ---- */

static void count_rtt(struct tw_rtt *r, int64_t ns)
{
    const double x = (double)ns;
    double from_mean;

    if (r->n == 0 || ns < r->min_ns)
        r->min_ns = ns;
    if (r->n == 0 || ns > r->max_ns)
        r->max_ns = ns;
    r->n++;
    from_mean = x - r->mean_ns;
    r->mean_ns += from_mean / r->n;
    r->squares += from_mean * (x - r->mean_ns);
}

static int add_sample(const struct pass *pass, struct shard *shard, struct tw_tcp_side *side,
                      const struct packet *p, uint32_t segment, uint8_t method, trawl_error *err)
{
    const int64_t sent = TW_CELLS(pass->packets->time, const int64_t)[segment];

    if (sent == INT64_MIN || p->time == INT64_MIN || p->time < sent)
        return TRAWL_OK;
    if (!tw_grow(&shard->samples, shard->n_samples + 1, &shard->capacity, sizeof(*shard->samples)))
        return tw_fail_nomem(err);
    shard->samples[shard->n_samples++] = (struct tw_rtt_sample){segment, p->row, method};
    count_rtt(&side->rtt[method], (int64_t)((uint64_t)p->time - (uint64_t)sent));
    return TRAWL_OK;
}

static bool stamp_of(const struct tw_column *column, uint64_t row, uint32_t *ret)
{
    if (!column || !tw_column_has(column, row))
        return false;
    *ret = TW_CELLS(column, const uint32_t)[row];
    return true;
}

/* What a packet acknowledges of the other side. */
static int take_ack(const struct pass *pass, struct shard *shard, struct state *s,
                    struct tw_tcp_detail *d, const struct packet *p, unsigned dir,
                    struct tw_sent_ack *ret, trawl_error *err)
{
    struct tw_tcp_side *other = &d->side[dir ^ 1];
    uint32_t echo, segment;
    int rc = TRAWL_OK;

    tw_sent_acknowledge(&shard->pool, &s->sent[dir ^ 1], p->ack, ret);
    if (ret->sample)
        rc = add_sample(pass, shard, other, p, ret->row, TW_RTT_KARN, err);
    if (rc != TRAWL_OK || !ret->advances || !stamp_of(pass->options->echo, p->row, &echo))
        return rc;
    segment = tw_sent_echo(&shard->pool, &s->stamps[dir ^ 1], echo);
    return segment == TW_SENT_NONE ? TRAWL_OK
                                   : add_sample(pass, shard, other, p, segment, TW_RTT_STAMP, err);
}

static int take_segment(const struct pass *pass, struct shard *shard, struct state *s,
                        const struct packet *p, unsigned dir, trawl_error *err)
{
    const uint32_t n = p->len + (p->flags & SYN ? 1 : 0) + (p->flags & FIN ? 1 : 0);
    uint32_t stamp;
    int rc;

    if (n == 0 || p->flags & RST)
        return TRAWL_OK;
    rc = tw_sent_add(&shard->pool, &s->sent[dir], p->seq, p->seq + n, p->row, err);
    if (rc == TRAWL_OK && stamp_of(pass->options->stamp, p->row, &stamp))
        rc = tw_sent_stamp(&shard->pool, &s->stamps[dir], stamp, p->row, err);
    return rc;
}

/* The two parts of the handshake: each side's SYN to what answers it. */
static void look_at_handshake(struct state *s, struct tw_tcp_detail *d, const struct packet *p,
                              unsigned dir)
{
    const unsigned other = dir ^ 1;

    if (p->flags & ACK && s->n_syns[other] == 1 && d->side[other].syn_rtt_ns < 0 &&
        !(p->flags & RST) && p->time != INT64_MIN && p->time >= s->syn_ns[other])
        d->side[other].syn_rtt_ns = (int64_t)((uint64_t)p->time - (uint64_t)s->syn_ns[other]);
    if (p->flags & ACK && s->n_syns[other])
        s->n_syns[other] = 2; /* answered: no later packet answers it */
    if (p->flags & SYN && p->time != INT64_MIN) {
        s->syn_ns[dir] = p->time;
        s->n_syns[dir] = s->n_syns[dir] ? 2 : 1;
    }
}

/* ---- counts ---- */

static void count_flags(struct tw_tcp_side *side, uint16_t flags)
{
    static const uint16_t bits[TW_N_COUNTS] = {
        [TW_COUNT_RETRANSMISSION] = TW_TCP_RETRANSMISSION | TW_TCP_FAST_RETRANSMISSION |
                                    TW_TCP_SPURIOUS_RETRANSMISSION,
        [TW_COUNT_FAST] = TW_TCP_FAST_RETRANSMISSION,
        [TW_COUNT_SPURIOUS] = TW_TCP_SPURIOUS_RETRANSMISSION,
        [TW_COUNT_OUT_OF_ORDER] = TW_TCP_OUT_OF_ORDER,
        [TW_COUNT_LOST] = TW_TCP_LOST_SEGMENT,
        [TW_COUNT_DUPLICATE_ACK] = TW_TCP_DUPLICATE_ACK,
        [TW_COUNT_KEEP_ALIVE] = TW_TCP_KEEP_ALIVE,
        [TW_COUNT_ZERO_WINDOW] = TW_TCP_ZERO_WINDOW,
        [TW_COUNT_WINDOW_FULL] = TW_TCP_WINDOW_FULL};

    if (!(flags & TW_TCP_FLAGS))
        return;
    for (size_t i = 0; i < TW_N_COUNTS; i++)
        side->counts[i] += (flags & bits[i]) != 0;
}

static uint32_t sack_blocks(const struct tw_column *left, uint64_t row)
{
    const uint64_t *offsets;

    if (!left)
        return 0;
    offsets = (const uint64_t *)(const void *)left->offsets.base;
    return (uint32_t)(offsets[row + 1] - offsets[row]);
}

/* ---- one packet ---- */

static int step(const struct pass *pass, struct shard *shard, struct tw_histories *histories,
                uint32_t stream, const struct packet *p, unsigned dir, trawl_error *err)
{
    struct state *s = &pass->states[stream];
    struct tw_tcp_detail *d = &pass->out->connections[stream];
    struct tw_tcp_side *own = &d->side[dir];
    const bool is_originator = dir == pass->summary[stream].client;
    const struct tw_history_packet step = {p->seq, p->len, p->flags, p->window};
    struct tw_sent_ack ack = {0};
    int rc = TRAWL_OK;

    if (!s->history.first_seen[0] && !s->history.first_seen[1] && !is_originator && dir == 0)
        rc = tw_history_flipped(histories, &s->history, err);
    if (rc == TRAWL_OK)
        rc = tw_history_step(histories, &s->history, is_originator, &step, err);
    if (rc == TRAWL_OK && p->flags & ACK && !(p->flags & RST))
        rc = take_ack(pass, shard, s, d, p, dir, &ack, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < ack.holes; i++)
        rc = tw_history_gap(histories, &s->history, !is_originator, err);
    if (rc == TRAWL_OK)
        rc = take_segment(pass, shard, s, p, dir, err);
    if (rc != TRAWL_OK)
        return rc;
    d->completeness = tw_tcp_completeness(&pass->conversations->tcp[stream], p->row,
                                          d->completeness, p->flags, p->len);
    look_at_handshake(s, d, p, dir);
    count_flags(own, pass->analysis->flags[p->row]);
    own->in_flight = TW_MAX(own->in_flight, pass->analysis->in_flight[p->row]);
    own->sack_blocks += sack_blocks(pass->options->sack_left, p->row);
    if (p->flags & FIN)
        s->fins |= (uint8_t)(1u << dir);
    if (p->flags & RST && !s->rst && s->fins != 3)
        s->rst = (uint8_t)(1 + dir);
    s->last_dir = (uint8_t)dir;
    return TRAWL_OK;
}

/* ---- the end of a connection ---- */

static void finish(const struct pass *pass, const struct shard *shard, uint32_t stream)
{
    const struct state *s = &pass->states[stream];
    struct tw_tcp_detail *d = &pass->out->connections[stream];
    const uint8_t client = pass->summary[stream].client;
    const struct tw_sent *left = &s->sent[s->last_dir];
    const char *state = tw_history_state(&s->history);

    d->client = client;
    d->history = s->history.history;
    if (s->rst) {
        d->end = !strcmp(state, "REJ") ? TW_END_REFUSED : TW_END_RST;
        d->ended_by = s->rst - 1;
    } else if (s->fins) {
        d->end = s->fins == 3 ? TW_END_FIN : TW_END_HALF;
        d->ended_by = s->fins == 2;
    } else if (!strcmp(state, "S0")) {
        d->end = TW_END_UNANSWERED;
        d->ended_by = client;
    } else if (left->first != TW_SENT_NONE && shard->pool.items[left->first].again) {
        d->end = TW_END_TIMEOUT;
        d->ended_by = s->last_dir;
    }
}

/* ---- all packets ---- */

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct tw_packets *c = pass->packets;
    struct shard *shard = &pass->shards[i];
    struct tw_histories *histories = &pass->out->histories[i];
    const uint8_t *proto = TW_CELLS(c->proto, const uint8_t);
    const uint32_t *stream = TW_CELLS(c->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(c->flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(c->transport, const uint16_t);
    const uint16_t *tcp_flags = TW_CELLS(c->tcp_flags, const uint16_t);
    const uint16_t *window = TW_CELLS(c->window, const uint16_t);
    const uint32_t *cap_len = TW_CELLS(c->cap_len, const uint32_t);
    const uint32_t *seq = TW_CELLS(c->seq, const uint32_t), *ack = TW_CELLS(c->ack, const uint32_t);
    const uint32_t *payload = TW_CELLS(c->payload, const uint32_t);
    const int64_t *time = TW_CELLS(c->time, const int64_t);

    (void)i_thread;
    for (uint64_t r = 0; r < c->n_rows; r++) {
        struct packet p;
        int rc;

        if ((r & 0xffff) == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        if (proto[r] != 6 || stream[r] == UINT32_MAX || stream[r] % pass->n_shards != i ||
            !tw_row_is_segment(flags[r], transport[r], cap_len[r]))
            continue;
        p = (struct packet){.row = (uint32_t)r,
                            .seq = seq[r],
                            .ack = ack[r],
                            .len = payload[r],
                            .time = time[r],
                            .flags = tcp_flags[r],
                            .window = window[r]};
        rc = step(pass, shard, histories, stream[r], &p, (flags[r] & TW_FRAME_REVERSE) != 0, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    for (uint64_t s = i; s < pass->conversations->n_tcp; s += pass->n_shards)
        finish(pass, shard, (uint32_t)s);
    return TRAWL_OK;
}

/* The samples of the shards, each in order of ACKs. */
static int merge_samples(const struct pass *pass, trawl_error *err)
{
    struct tw_tcp_details *out = pass->out;
    size_t n = 0, *at = tw_alloc_array(pass->n_shards, sizeof(*at));

    for (unsigned i = 0; i < pass->n_shards; i++)
        n += pass->shards[i].n_samples;
    out->samples = tw_alloc_array(n + 1, sizeof(*out->samples));
    if (!at || !out->samples) {
        tw_free(at);
        return tw_fail_nomem(err);
    }
    while (out->n_samples < n) {
        unsigned best = UINT32_MAX;

        for (unsigned i = 0; i < pass->n_shards; i++) {
            const struct shard *shard = &pass->shards[i];

            if (at[i] < shard->n_samples &&
                (best == UINT32_MAX ||
                 shard->samples[at[i]].ack < pass->shards[best].samples[at[best]].ack))
                best = i;
        }
        out->samples[out->n_samples++] = pass->shards[best].samples[at[best]++];
    }
    tw_free(at);
    return TRAWL_OK;
}

static int prepare(struct pass *pass, trawl_error *err)
{
    const uint32_t n = pass->conversations->n_tcp;
    struct tw_tcp_details *out = pass->out;

    out->n_shards = pass->n_shards;
    out->connections = tw_alloc_array((size_t)n + 1, sizeof(*out->connections));
    out->histories = tw_alloc_array(pass->n_shards, sizeof(*out->histories));
    pass->states = tw_alloc_array((size_t)n + 1, sizeof(*pass->states));
    pass->shards = tw_alloc_array(pass->n_shards, sizeof(*pass->shards));
    if (!out->connections || !out->histories || !pass->states || !pass->shards)
        return tw_fail_nomem(err);
    for (unsigned i = 0; i < pass->n_shards; i++)
        pass->shards[i].pool.free = TW_SENT_NONE;
    for (uint32_t i = 0; i < n; i++) {
        for (unsigned dir = 0; dir < 2; dir++) {
            tw_sent_init(&pass->states[i].sent[dir]);
            tw_sent_init(&pass->states[i].stamps[dir]);
            pass->states[i].syn_ns[dir] = INT64_MIN;
            out->connections[i].side[dir].syn_rtt_ns = -1;
        }
    }
    return TRAWL_OK;
}

int tw_tcp_detail(const struct tw_packets *packets, const struct tw_conversations *conversations,
                  const struct tw_connection *summary, const struct tw_tcp_analysis *analysis,
                  const struct tw_detail_options *options, struct tw_tcp_details *ret,
                  trawl_error *err)
{
    struct tw_tcp_details made = {0};
    struct pass pass = {.packets = packets,
                        .conversations = conversations,
                        .summary = summary,
                        .analysis = analysis,
                        .options = options,
                        .out = &made,
                        .n_shards = tw_pool_threads()};
    int rc = prepare(&pass, err);

    if (rc == TRAWL_OK)
        rc = tw_pool_run(pass.n_shards, run_shard, &pass, err);
    if (rc == TRAWL_OK)
        rc = merge_samples(&pass, err);
    for (unsigned i = 0; pass.shards && i < pass.n_shards; i++) {
        tw_sent_pool_fini(&pass.shards[i].pool);
        tw_free(pass.shards[i].samples);
    }
    tw_free(pass.shards);
    tw_free(pass.states);
    if (rc != TRAWL_OK) {
        tw_tcp_details_fini(&made);
        return rc;
    }
    *ret = made;
    return TRAWL_OK;
}

void tw_tcp_details_fini(struct tw_tcp_details *details)
{
    for (unsigned i = 0; details->histories && i < details->n_shards; i++)
        tw_histories_fini(&details->histories[i]);
    tw_free(details->connections);
    tw_free(details->histories);
    tw_free(details->samples);
    *details = (struct tw_tcp_details){0};
}
