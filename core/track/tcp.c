/* Connection counters in one pass, sharded by stream number.
 * Must not know tables or sessions. */
#include "core/track/tcp.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static inline bool seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static void add_hole(struct tw_half *h, uint32_t start, uint32_t end)
{
    size_t oldest = 0;

    for (size_t i = 0; i < TW_TCP_HOLES; i++) {
        if (h->hole_start[i] == h->hole_end[i]) {
            oldest = i;
            break;
        }
        if (seq_before(h->hole_start[i], h->hole_start[oldest]))
            oldest = i;
    }
    h->hole_start[oldest] = start;
    h->hole_end[oldest] = end;
}

/* Bytes of [start, end) that fill remembered gaps; those gaps shrink. A segment inside a gap keeps
 * the part above it, the greater danger for what follows. */
static uint32_t fill_holes(struct tw_half *h, uint32_t start, uint32_t end)
{
    uint32_t filled = 0;

    for (size_t i = 0; i < TW_TCP_HOLES; i++) {
        uint32_t s = h->hole_start[i], e = h->hole_end[i];

        if (s == e || !seq_before(s, end) || !seq_before(start, e))
            continue;
        if (seq_before(s, start))
            s = start;
        if (seq_before(end, e))
            e = end;
        filled += e - s;
        if (s == h->hole_start[i]) {
            h->hole_start[i] = e;
        } else {
            const uint32_t above = h->hole_end[i];

            h->hole_end[i] = s;
            if (e != above)
                add_hole(h, e, above);
        }
    }
    return filled;
}

static void count_payload(struct tw_half *h, uint32_t seq, uint32_t len)
{
    const uint32_t end = seq + len;

    h->payload += len;
    if (!h->started) {
        h->started = true;
        h->next = end;
        return;
    }
    if (len == 0)
        return;
    if (!seq_before(seq, h->next)) {
        if (seq != h->next)
            add_hole(h, h->next, seq);
        h->next = end;
        return;
    }
    /* A keep-alive sends the last byte again (RFC 9293 section 3.8.4): no retransmission. */
    if (len == 1 && end == h->next)
        return;
    {
        const uint32_t known = seq_before(h->next, end) ? h->next : end;

        h->retransmitted += (known - seq) - fill_holes(h, seq, known);
        if (seq_before(h->next, end))
            h->next = end;
    }
}

static void handshake(struct tw_connection *c, unsigned dir, uint16_t flags, int64_t time)
{
    if (flags & SYN) {
        if (flags & ACK) {
            if (!c->synack) {
                c->client = (uint8_t)(dir ^ 1);
                c->synack = true;
            }
        } else if (!c->synack) {
            c->client = (uint8_t)dir;
            c->syn_ns = time;
        }
        return;
    }
    if ((flags & ACK) && c->synack && dir == c->client && !(flags & RST)) {
        if (!c->established && c->syn_ns != INT64_MIN && time >= c->syn_ns)
            c->rtt_ns = (int64_t)((uint64_t)time - (uint64_t)c->syn_ns); /* below 0: none */
        c->established = true;
    }
}

static void add_frame(struct tw_connection *c, unsigned dir, uint32_t len, int64_t time)
{
    c->half[dir].packets++;
    c->half[dir].bytes += len;
    if (time != INT64_MIN) {
        if (c->start_ns == INT64_MIN || time < c->start_ns)
            c->start_ns = time;
        if (c->end_ns == INT64_MIN || time > c->end_ns)
            c->end_ns = time;
    }
}

static void add_segment(struct tw_connection *c, unsigned dir, uint16_t flags, uint32_t seq,
                        uint32_t payload, int64_t time)
{
    struct tw_half *h = &c->half[dir];

    h->flags |= flags;
    handshake(c, dir, flags, time);
    if (flags & SYN) {
        /* A SYN takes a number of its own; data on it (RFC 7413) follows that. */
        if (!h->started || seq_before(h->next, seq + 1)) {
            h->started = true;
            h->next = seq + 1;
        }
        if (payload)
            count_payload(h, seq + 1, payload);
    } else {
        count_payload(h, seq, payload);
    }
    if (flags & FIN && h->next == seq + payload)
        h->next++;
    if (c->half[0].payload && c->half[1].payload)
        c->established = true;
}

struct pass {
    const struct tw_packets *packets;
    struct tw_connection *connections;
    struct tw_exchange *exchanges;
    unsigned n_shards;
};

static int run_tcp(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct tw_packets *p = pass->packets;
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(p->transport, const uint16_t);
    const uint16_t *window = TW_CELLS(p->window, const uint16_t);
    const uint32_t *seq = TW_CELLS(p->seq, const uint32_t);
    const uint32_t *payload = TW_CELLS(p->payload, const uint32_t);
    const uint32_t *len = TW_CELLS(p->len, const uint32_t);
    const int64_t *time = TW_CELLS(p->time, const int64_t);

    (void)i_thread;
    for (uint64_t r = 0; r < p->n_rows; r++) {
        struct tw_history_packet step;
        struct tw_connection *c;
        uint8_t client;
        unsigned dir;
        int rc;

        if ((r & 0xffff) == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        if (proto[r] != 6 || stream[r] == UINT32_MAX || stream[r] % pass->n_shards != i ||
            (flags[r] & TW_FRAME_QUOTED))
            continue;
        c = &pass->connections[stream[r]];
        dir = (flags[r] & TW_FRAME_REVERSE) != 0;
        client = c->client;
        add_frame(c, dir, len[r], time[r]);
        if (!transport[r]) /* a fragment: the segment comes with the one that completes it */
            continue;
        add_segment(c, dir, tcp_flags[r], seq[r], payload[r], time[r]);
        if (c->client != client)
            tw_history_swap(&c->zeek);
        step = (struct tw_history_packet){seq[r], payload[r], tcp_flags[r], window[r]};
        rc = flags[r] & TW_FRAME_RECORD
                 ? TRAWL_OK
                 : tw_history_step(NULL, &c->zeek, dir == c->client, &step, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

int tw_tcp_summarise(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     struct tw_connection **ret, trawl_error *err)
{
    struct pass pass = {.packets = packets, .n_shards = tw_pool_threads()};
    int rc;

    pass.connections = tw_alloc_array(TW_MAX(conversations->n_tcp, 1u), sizeof(*pass.connections));
    if (!pass.connections)
        return tw_fail_nomem(err);
    for (uint32_t i = 0; i < conversations->n_tcp; i++) {
        struct tw_connection *c = &pass.connections[i];

        c->start_ns = c->end_ns = c->syn_ns = INT64_MIN;
        c->rtt_ns = -1;
    }
    rc = tw_pool_run(pass.n_shards, run_tcp, &pass, err);
    if (rc != TRAWL_OK) {
        tw_free(pass.connections);
        return rc;
    }
    *ret = pass.connections;
    return TRAWL_OK;
}

const char *tw_tcp_state(const struct tw_connection *c)
{
    return tw_history_state(&c->zeek);
}

static int run_udp(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct tw_packets *p = pass->packets;
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint32_t *payload = TW_CELLS(p->payload, const uint32_t);
    const uint32_t *len = TW_CELLS(p->len, const uint32_t);
    const int64_t *time = TW_CELLS(p->time, const int64_t);

    (void)i_thread;
    for (uint64_t r = 0; r < p->n_rows; r++) {
        struct tw_exchange *x;
        unsigned dir;

        if ((r & 0xffff) == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        if ((proto[r] != 17 && proto[r] != 136) || stream[r] == UINT32_MAX ||
            stream[r] % pass->n_shards != i || (flags[r] & TW_FRAME_QUOTED))
            continue;
        x = &pass->exchanges[stream[r]];
        dir = (flags[r] & TW_FRAME_REVERSE) != 0;
        x->packets[dir]++;
        x->bytes[dir] += len[r];
        x->payload[dir] += payload[r];
        if (time[r] != INT64_MIN) {
            if (x->start_ns == INT64_MIN || time[r] < x->start_ns)
                x->start_ns = time[r];
            if (x->end_ns == INT64_MIN || time[r] > x->end_ns)
                x->end_ns = time[r];
        }
    }
    return TRAWL_OK;
}

int tw_udp_summarise(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     struct tw_exchange **ret, trawl_error *err)
{
    struct pass pass = {.packets = packets, .n_shards = tw_pool_threads()};
    int rc;

    pass.exchanges = tw_alloc_array(TW_MAX(conversations->n_udp, 1u), sizeof(*pass.exchanges));
    if (!pass.exchanges)
        return tw_fail_nomem(err);
    for (uint32_t i = 0; i < conversations->n_udp; i++)
        pass.exchanges[i].start_ns = pass.exchanges[i].end_ns = INT64_MIN;
    rc = tw_pool_run(pass.n_shards, run_udp, &pass, err);
    if (rc != TRAWL_OK) {
        tw_free(pass.exchanges);
        return rc;
    }
    *ret = pass.exchanges;
    return TRAWL_OK;
}
