/* The state of each direction of each TCP conversation, and what it makes of the next packet.
 * Must not know tables or sessions. Which packet is called what follows Wireshark 4.0, so that
 * people find what they know; sequence numbers wrap and are compared by distance (RFC 9293 section
 * 3.4). */
#include "core/track/analysis.h"

#include <stdlib.h>

#include "core/track/queue.h"

enum {
    FIN = 1,
    SYN = 2,
    RST = 4,
    PSH = 8,
    ACK = 16,
    SACKS_MOST = 3, /* blocks taken from what is in flight */
    SCALE_UNUSED = 255
};
#define FAST_NS UINT64_C(20000000) /* a fast retransmission follows its duplicate ACK so soon */
#define DISORDER_NS                                                               \
    UINT64_C(3000000) /* taken for the round trip where the handshake is not seen \
                       */
#define NO_WINDOW UINT32_MAX
#define NONE      TW_QUEUE_NONE

static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

struct direction {
    uint32_t next_seq; /* one after the highest number sent; 0: nothing was */
    uint32_t next_seq_row;
    uint32_t contiguous; /* one after the highest number up to which all was seen; 0: nothing */
    uint32_t last_ack, last_ack_row;
    uint32_t first_such_ack; /* row of the first packet with last_ack */
    int32_t n_duplicates;    /* ACKs like it after that; -1: it acknowledged what was never seen */
    uint32_t window;         /* as sent; NO_WINDOW */
    uint32_t pushed;
    uint32_t sacked;      /* bytes in the blocks of its last packet */
    struct tw_queue sent; /* and not acknowledged */
    uint16_t last_flags;  /* TW_TCP_ bits of its last packet */
    bool known_scale;     /* its SYN was seen, or the other side's, which forbade scaling */
    bool first_ack;       /* between its SYN and its first ACK: the window is not scaled yet */
    bool knows_flight;    /* nothing is missing since the other side's last ACK */
    bool ended_push;      /* its last segment had PSH */
};

struct conversation {
    struct direction dir[2];
    int64_t syn_time; /* newest SYN without ACK; 0: none */
    int64_t handshake;
};

/* Rows that repeat others, as a shard finds them. */
struct shard {
    struct tw_queues sent;
    struct tw_tcp_repeat *repeats;
    size_t n_repeats, repeats_capacity;
};

struct pass {
    const struct tw_packets *packets;
    const struct tw_conversations *conversations;
    const struct tw_tcp_options *options;
    struct tw_tcp_analysis *out;
    struct conversation *state;
    struct shard *shards;
    unsigned n_shards;
};

/* One packet. */
struct packet {
    uint32_t row, seq, ack, len;
    uint32_t window;
    uint32_t sacked;
    int64_t time;
    uint16_t tcp_flags;
    uint16_t flags; /* TW_TCP_ bits so far */
};

static uint64_t since(const struct pass *pass, const struct packet *p, uint32_t row)
{
    return (uint64_t)p->time - (uint64_t)TW_CELLS(pass->packets->time, const int64_t)[row];
}

/* ---- one packet ---- */

static int add_repeat(struct shard *shard, uint32_t row, uint32_t of, uint32_t times,
                      trawl_error *err)
{
    if (!tw_grow(&shard->repeats, shard->n_repeats + 1, &shard->repeats_capacity,
                 sizeof(*shard->repeats)))
        return tw_fail_nomem(err);
    shard->repeats[shard->n_repeats++] = (struct tw_tcp_repeat){row, of, times};
    return TRAWL_OK;
}

/* The window that the other side has left: as sent, or scaled. */
static uint32_t window_of(const struct direction *d, uint8_t scale)
{
    return d->first_ack || scale == 0 || scale == SCALE_UNUSED ? d->window
                                                               : d->window << (scale - 1);
}

/* Is it about the window or the liveliness of the connection? Sets its flags. */
static void look_at_window(struct packet *p, struct direction *own, const struct direction *other,
                           uint8_t other_scale)
{
    const bool plain = !(p->tcp_flags & (SYN | FIN | RST));
    const bool in_place = p->seq == own->next_seq;
    const bool repeats_ack = p->len == 0 && in_place && p->ack == own->last_ack && plain;

    if (p->len == 1 && in_place && other->window == 0) {
        p->flags |= TW_TCP_ZERO_WINDOW_PROBE;
        return;
    }
    if (p->window == 0 && plain)
        p->flags |= TW_TCP_ZERO_WINDOW;
    if (own->next_seq && before(own->next_seq, p->seq) && !(p->tcp_flags & RST)) {
        p->flags |= TW_TCP_LOST_SEGMENT;
        own->knows_flight = false;
    }
    if (p->len <= 1 && p->seq == own->next_seq - 1 && plain)
        p->flags |= TW_TCP_KEEP_ALIVE;
    if (repeats_ack && p->window && p->window != own->window)
        p->flags |= TW_TCP_WINDOW_UPDATE;
    if (p->len && other->known_scale && plain &&
        p->seq + p->len == other->last_ack + window_of(other, other_scale))
        p->flags |= TW_TCP_WINDOW_FULL;
    if (!repeats_ack || p->window != own->window)
        return;
    if (p->window && (other->last_flags & TW_TCP_KEEP_ALIVE))
        p->flags |= TW_TCP_KEEP_ALIVE_ACK;
    else if (p->window == 0 && (other->last_flags & TW_TCP_ZERO_WINDOW_PROBE))
        p->flags |= TW_TCP_ZERO_WINDOW_PROBE_ACK;
    else if (p->window)
        p->flags |= TW_TCP_DUPLICATE_ACK;
}

/* An ACK of bytes that the capture does not have is told of once. */
static void look_at_ack(struct packet *p, struct direction *other)
{
    if (!other->contiguous || !before(other->contiguous, p->ack) || !(p->tcp_flags & ACK))
        return;
    p->flags |= TW_TCP_ANALYSED;
    if (before(other->contiguous, other->next_seq)) {
        other->contiguous = other->next_seq;
        p->flags |= TW_TCP_ACK_LOST_SEGMENT;
        return;
    }
    if (other->n_duplicates == 0)
        p->flags |= TW_TCP_ACK_LOST_SEGMENT;
    other->n_duplicates = -1;
}

/* Were its numbers sent before, and why do they come again? */
static int look_at_numbers(const struct pass *pass, struct shard *shard,
                           const struct conversation *c, struct packet *p, struct direction *own,
                           const struct direction *other, trawl_error *err)
{
    const uint32_t end = p->seq + p->len;
    const uint32_t phantom = p->tcp_flags & (SYN | FIN) ? 1 : 0;
    bool again = own->next_seq && before(p->seq, own->next_seq);

    if ((p->len == 0 && !phantom) || (p->flags & TW_TCP_KEEP_ALIVE))
        return TRAWL_OK;
    /* More than one byte after a byte that may have been a probe: it is new. */
    if (p->len > 1 && own->next_seq - 1 == p->seq)
        again = false;
    if (p->len && other->last_ack && !before(other->last_ack, end)) {
        p->flags |= TW_TCP_SPURIOUS_RETRANSMISSION;
        return TRAWL_OK;
    }
    if (!again)
        return TRAWL_OK;
    /* Where it acknowledged what was never seen, duplicates may be missing as well. */
    if ((other->n_duplicates >= 2 || other->n_duplicates < 0) && other->last_ack == p->seq &&
        since(pass, p, other->last_ack_row) < FAST_NS) {
        p->flags |= TW_TCP_FAST_RETRANSMISSION;
        return TRAWL_OK;
    }
    if (own->next_seq != end + phantom &&
        since(pass, p, own->next_seq_row) < (c->handshake ? (uint64_t)c->handshake : DISORDER_NS)) {
        p->flags |= TW_TCP_OUT_OF_ORDER;
        return TRAWL_OK;
    }
    p->flags |= TW_TCP_RETRANSMISSION;
    return add_repeat(shard, p->row,
                      own->sent.oldest == NONE ? own->next_seq_row
                                               : shard->sent.items[own->sent.oldest].row,
                      0, err);
}

static int remember(struct shard *shard, struct packet *p, struct direction *own, trawl_error *err)
{
    const bool phantom = p->tcp_flags & (SYN | FIN);
    const bool probe = p->flags & TW_TCP_ZERO_WINDOW_PROBE;
    uint32_t next_seq = p->seq + p->len;

    if ((p->len || phantom) && own->sent.n < TW_QUEUE_MOST) {
        int rc;

        next_seq += phantom;
        rc = tw_queue_add(&shard->sent, &own->sent, p->row, p->seq, next_seq, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    if ((!own->next_seq || before(own->next_seq, next_seq)) && !probe) {
        own->next_seq = next_seq;
        own->next_seq_row = p->row;
    }
    if ((!own->contiguous || p->seq == own->contiguous) && !probe)
        own->contiguous = own->next_seq;
    own->window = p->window;
    own->last_ack = p->ack;
    own->last_ack_row = p->row;
    own->last_flags = p->flags;
    return TRAWL_OK;
}

/* From the lowest number in flight to the highest. Wireshark compares them relative to the first
 * one, without regard to wrapping; where they lie on both sides of it, so is done here, for as many
 * segments as may be kept. */
static uint32_t span_of_flight(const struct pass *pass, const struct tw_queues *queues,
                               const struct packet *p, uint32_t stream, unsigned dir)
{
    const struct tw_queue *sent = &pass->state[stream].dir[dir].sent;
    const uint32_t span = sent->high - sent->low;
    const uint32_t base = sent->low - tw_conversations_relative(pass->conversations, stream, dir,
                                                                p->row, sent->low);
    uint32_t low = UINT32_MAX, high = 0, i = sent->oldest;

    if (sent->low - base <= sent->high - base)
        return span;
    for (int n = 0; i != NONE && n < TW_QUEUE_KEPT; n++, i = queues->items[i].newer) {
        low = TW_MIN(low, queues->items[i].seq - base);
        high = TW_MAX(high, queues->items[i].next_seq - base);
    }
    return high - low;
}

/* Bytes in flight after it, and since the last PSH. */
static void measure(const struct pass *pass, const struct tw_queues *queues, struct packet *p,
                    uint32_t stream, unsigned dir)
{
    struct direction *own = &pass->state[stream].dir[dir];
    const struct direction *other = &pass->state[stream].dir[dir ^ 1];
    struct tw_tcp_analysis *out = pass->out;
    uint32_t n;

    if (p->len == 0 || own->sent.oldest == NONE || !own->knows_flight)
        return;
    n = span_of_flight(pass, queues, p, stream, dir) - other->sacked;
    if (n && n < 2000000000)
        out->in_flight[p->row] = n - (p->tcp_flags & (SYN | FIN) ? 1 : 0);
    if (own->ended_push)
        own->pushed = 0;
    own->pushed += p->len;
    own->ended_push = p->tcp_flags & PSH;
    out->pushed[p->row] = own->pushed;
    p->flags |= TW_TCP_ANALYSED;
}

/* What the next packets must know of the handshake. */
static void look_at_handshake(const struct pass *pass, struct conversation *c,
                              const struct packet *p, uint32_t stream, unsigned dir)
{
    struct direction *own = &c->dir[dir];

    if (p->tcp_flags & SYN) {
        if (!(p->tcp_flags & ACK) && p->time != INT64_MIN)
            c->syn_time = p->time;
        own->first_ack = true;
        own->known_scale = true;
        if (pass->options->scales[2 * (size_t)stream + dir] == SCALE_UNUSED)
            c->dir[dir ^ 1].known_scale = true;
        return;
    }
    if (!(p->tcp_flags & ACK))
        return;
    own->first_ack = false;
    if (c->syn_time && !c->handshake && p->time != INT64_MIN) {
        c->handshake = (int64_t)((uint64_t)p->time - (uint64_t)c->syn_time);
        pass->out->handshake[stream] = c->handshake;
        pass->out->handshake_row[stream] = p->row;
    }
}

static int analyse(const struct pass *pass, struct shard *shard, struct packet *p, uint32_t stream,
                   unsigned dir, trawl_error *err)
{
    struct conversation *c = &pass->state[stream];
    struct direction *own = &c->dir[dir], *other = &c->dir[dir ^ 1];
    const uint8_t other_scale = pass->options->scales[2 * (size_t)stream + (dir ^ 1)];
    uint32_t acks;
    int rc;

    own->sacked = 0;
    if (p->tcp_flags & ACK)
        other->knows_flight = true;
    look_at_window(p, own, other, other_scale);
    if (p->flags & TW_TCP_DUPLICATE_ACK) {
        own->n_duplicates = own->n_duplicates < 0 ? 1 : own->n_duplicates + 1;
        rc = add_repeat(shard, p->row, own->first_such_ack, (uint32_t)own->n_duplicates, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    if (p->ack != own->last_ack) {
        own->first_such_ack = p->row;
        own->n_duplicates = 0;
    }
    look_at_ack(p, other);
    rc = look_at_numbers(pass, shard, c, p, own, other, err);
    if (rc == TRAWL_OK)
        rc = remember(shard, p, own, err);
    if (rc != TRAWL_OK)
        return rc;
    acks = tw_queue_acknowledge(&shard->sent, &other->sent, p->ack);
    if (acks) {
        pass->out->acks[p->row] = acks;
        p->flags |= TW_TCP_ANALYSED;
    }
    measure(pass, &shard->sent, p, stream, dir);
    look_at_handshake(pass, c, p, stream, dir);
    own->sacked = p->sacked;
    pass->out->flags[p->row] = p->flags;
    return TRAWL_OK;
}

/* Bytes in the blocks of a row's selective acknowledgement. */
static uint32_t sacked_by(const struct tw_tcp_options *options, uint64_t row)
{
    const uint64_t *left, *right;
    uint64_t n;
    uint32_t sum = 0;

    if (!options->sack_left)
        return 0;
    left = (const uint64_t *)(const void *)options->sack_left->offsets.base;
    right = (const uint64_t *)(const void *)options->sack_right->offsets.base;
    n = TW_MIN(left[row + 1] - left[row], right[row + 1] - right[row]);
    for (uint64_t i = 0; i < TW_MIN(n, (uint64_t)SACKS_MOST); i++)
        sum += TW_CELLS(options->sack_right, const uint32_t)[right[row] + i] -
               TW_CELLS(options->sack_left, const uint32_t)[left[row] + i];
    return sum;
}

/* A SYN that opens a conversation on ports in use, or gives its side a new first number, is told
 * of; one that repeats the first number begins the count anew. */
static void look_at_syn(const struct pass *pass, struct packet *p, uint32_t stream, unsigned dir)
{
    const struct tw_conversations *v = pass->conversations;
    const struct tw_conversation *known = &v->tcp[stream];
    struct direction *own = &pass->state[stream].dir[dir];

    if (p->tcp_flags & ACK) {
        if ((known->flags & TW_CONV_REBASED) &&
            tw_conversations_relative(v, stream, dir, p->row, p->seq) !=
                tw_conversations_relative(v, stream, dir, p->row - 1, p->seq))
            p->flags |= TW_TCP_REUSED_PORTS;
    } else if (p->row == known->first_row) {
        if (known->flags & TW_CONV_REUSED)
            p->flags |= TW_TCP_REUSED_PORTS;
    } else if (known->base_seq[dir] == p->seq && (known->flags & (TW_CONV_BASE_0 << dir))) {
        own->next_seq = own->contiguous;
        p->flags |= TW_TCP_ANALYSED;
    }
}

/* ---- all packets ---- */

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct tw_packets *c = pass->packets;
    struct shard *shard = &pass->shards[i];
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
        const unsigned dir = (flags[r] & TW_FRAME_REVERSE) != 0;
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
                            .window = window[r],
                            .sacked = sacked_by(pass->options, r),
                            .time = time[r],
                            .tcp_flags = tcp_flags[r]};
        if (p.tcp_flags & SYN)
            look_at_syn(pass, &p, stream[r], dir);
        rc = analyse(pass, shard, &p, stream[r], dir, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

static int by_row(const void *a, const void *b)
{
    const struct tw_tcp_repeat *x = a, *y = b;

    return x->row < y->row ? -1 : x->row > y->row;
}

static int merge_repeats(const struct pass *pass, trawl_error *err)
{
    struct tw_tcp_analysis *out = pass->out;
    size_t n = 0;

    for (unsigned i = 0; i < pass->n_shards; i++)
        n += pass->shards[i].n_repeats;
    out->repeats = tw_alloc_array(n + 1, sizeof(*out->repeats));
    if (!out->repeats)
        return tw_fail_nomem(err);
    for (unsigned i = 0; i < pass->n_shards; i++) {
        const struct shard *shard = &pass->shards[i];

        if (shard->n_repeats)
            memcpy(out->repeats + out->n_repeats, shard->repeats,
                   shard->n_repeats * sizeof(*out->repeats));
        out->n_repeats += shard->n_repeats;
    }
    qsort(out->repeats, n, sizeof(*out->repeats), by_row);
    return TRAWL_OK;
}

static int prepare(struct pass *pass, trawl_error *err)
{
    const size_t n = (size_t)pass->packets->n_rows + 1;
    const size_t n_tcp = (size_t)pass->conversations->n_tcp + 1;
    struct tw_tcp_analysis *out = pass->out;

    out->flags = tw_alloc_array(n, sizeof(*out->flags));
    out->acks = tw_alloc_array(n, sizeof(*out->acks));
    out->in_flight = tw_alloc_array(n, sizeof(*out->in_flight));
    out->pushed = tw_alloc_array(n, sizeof(*out->pushed));
    out->handshake = tw_alloc_array(n_tcp, sizeof(*out->handshake));
    out->handshake_row = tw_alloc_array(n_tcp, sizeof(*out->handshake_row));
    pass->state = tw_alloc_array(n_tcp, sizeof(*pass->state));
    pass->shards = tw_alloc_array(pass->n_shards, sizeof(*pass->shards));
    if (!out->flags || !out->acks || !out->in_flight || !out->pushed || !out->handshake ||
        !out->handshake_row || !pass->state || !pass->shards)
        return tw_fail_nomem(err);
    for (unsigned i = 0; i < pass->n_shards; i++)
        pass->shards[i].sent.free = NONE;
    for (size_t i = 0; i < 2 * n_tcp; i++) {
        struct direction *d = &pass->state[i / 2].dir[i % 2];

        d->window = NO_WINDOW;
        tw_queue_init(&d->sent);
        d->knows_flight = true;
    }
    return TRAWL_OK;
}

int tw_tcp_analyse(const struct tw_packets *packets, const struct tw_conversations *conversations,
                   const struct tw_tcp_options *options, struct tw_tcp_analysis *ret,
                   trawl_error *err)
{
    struct tw_tcp_analysis made = {0};
    struct pass pass = {.packets = packets,
                        .conversations = conversations,
                        .options = options,
                        .out = &made,
                        .n_shards = tw_pool_threads()};
    int rc = prepare(&pass, err);

    if (rc == TRAWL_OK)
        rc = tw_pool_run(pass.n_shards, run_shard, &pass, err);
    if (rc == TRAWL_OK)
        rc = merge_repeats(&pass, err);
    for (unsigned i = 0; pass.shards && i < pass.n_shards; i++) {
        tw_queues_fini(&pass.shards[i].sent);
        tw_free(pass.shards[i].repeats);
    }
    tw_free(pass.shards);
    tw_free(pass.state);
    if (rc != TRAWL_OK) {
        tw_tcp_analysis_fini(&made);
        return rc;
    }
    *ret = made;
    return TRAWL_OK;
}

void tw_tcp_analysis_fini(struct tw_tcp_analysis *analysis)
{
    tw_free(analysis->flags);
    tw_free(analysis->acks);
    tw_free(analysis->in_flight);
    tw_free(analysis->pushed);
    tw_free(analysis->repeats);
    tw_free(analysis->handshake);
    tw_free(analysis->handshake_row);
    *analysis = (struct tw_tcp_analysis){0};
}
