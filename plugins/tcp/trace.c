/* One pass over the packets of TCP that counts what tcptrace counts, sharded by connection.
 * Knows nothing of how tables are shown. */
#include "trace.h"

#include <math.h>
#include <string.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

enum {
    C_TIME,
    C_LEN,
    C_CAP_LEN,
    C_PROTO,
    C_QUOTED,
    C_REVERSE,
    C_STREAM,
    C_SEQ,
    C_ACK,
    C_PAYLOAD,
    C_FLAGS,
    C_WINDOW,
    C_URGENT,
    C_ACK_RELATIVE,
    C_MSS,
    C_SCALE,
    C_STAMP,
    C_SACK_OK,
    C_LEFT,
    C_RIGHT,
    C_ETH_TYPE,
    C_HDR_LEN,
    C_V4_LEN,
    C_V4_HDR_LEN,
    C_V4_OFFSET,
    C_V6_LEN,
    N_VIEWS
};
static const char *const view_names[N_VIEWS] = {"frame.time_epoch",
                                                "frame.len",
                                                "frame.cap_len",
                                                "proto",
                                                "quoted",
                                                "reverse",
                                                "tcp.stream",
                                                "tcp.seq_raw",
                                                "tcp.ack_raw",
                                                "tcp.len",
                                                "tcp.flags",
                                                "tcp.window_size_value",
                                                "tcp.urgent_pointer",
                                                "tcp.ack",
                                                "tcp.options.mss_val",
                                                "tcp.options.wscale.shift",
                                                "tcp.options.timestamp.tsecr",
                                                "tcp.options.sack_perm",
                                                "tcp.options.sack_le",
                                                "tcp.options.sack_re",
                                                "eth.type",
                                                "tcp.hdr_len",
                                                "ip.len",
                                                "ip.hdr_len",
                                                "ip.frag_offset",
                                                "ipv6.plen"};

struct pass {
    const trawl_view *views;
    struct trace *traces;
    uint32_t first, n;
    int64_t stream;
    unsigned n_shards;
    trawl_call *call;
};

struct packet {
    int64_t time;
    uint64_t row;
    uint32_t seq, ack;
    uint16_t window, flags;
    /* Of the payload: as IP declares it; what is there, below 0 where the header is cut. */
    int64_t len, captured;
};

/* The effective window: scaled when both sides asked for that. */
static uint64_t window_of(const struct trace_side *own, const struct trace_side *other,
                          const struct packet *p)
{
    if (!(p->flags & (ACK | SYN)))
        return 0;
    if (own->asked_scale && other->asked_scale && !(p->flags & SYN))
        return (uint64_t)p->window << (own->scale & 63);
    return p->window;
}

/* How often the numbers went round: all four quarters were visited, and the SYN's again. */
static void look_at_wrap(struct trace_side *own, uint32_t start, uint32_t end)
{
    if (own->quarters == 15 && own->syn >> 30 == end >> 30 && end >= own->syn) {
        own->n_wraps++;
        own->quarters = 0;
    }
    own->quarters |= (uint8_t)(1u << (start >> 30) | 1u << (end >> 30));
}

static void look_at_options(const struct pass *pass, const struct packet *p, struct trace_side *own,
                            struct trace_side *other)
{
    const trawl_view *v = pass->views;

    /* all bits set are its mark for no option */
    if (trawl_view_has(&v[C_MSS], p->row) && trawl_view_u64(&v[C_MSS], p->row) != UINT16_MAX)
        own->mss = (uint32_t)trawl_view_u64(&v[C_MSS], p->row);
    if (trawl_view_has(&v[C_SCALE], p->row) && trawl_view_u64(&v[C_SCALE], p->row) != UINT8_MAX) {
        own->scale = (uint8_t)trawl_view_u64(&v[C_SCALE], p->row);
        own->asked_scale = 1;
    }
    if (trawl_view_has(&v[C_STAMP], p->row))
        own->asked_stamps = 1;
    if (trawl_view_has(&v[C_SACK_OK], p->row))
        own->asked_sack = 1;
    own->sacks_sent += v[C_LEFT].offsets[p->row + 1] > v[C_LEFT].offsets[p->row];
    if (!(p->flags & SYN) && (!own->asked_scale || !other->asked_scale))
        own->scale = other->scale = 0;
}

/* A first block that the ACK, or the second one, says too in whole or in part (RFC 2883 section 4).
 * Compared are the numbers as sent: wrapping is none of its concerns. */
static int is_dsack(uint32_t ack, const uint32_t *le, const uint32_t *re, uint64_t n, uint32_t base)
{
    const uint32_t left[2] = {le[0] + base, n > 1 ? le[1] + base : 0};
    const uint32_t right[2] = {re[0] + base, n > 1 ? re[1] + base : 0};

    if (right[0] <= ack)
        return 1;
    return n > 1 && ((right[0] <= right[1] && left[0] >= left[1]) ||
                     (left[0] <= left[1] && right[0] > left[1]) ||
                     (right[0] >= right[1] && left[0] < right[1]));
}

static void look_at_sacks(const struct pass *pass, const struct packet *p, struct trace_side *own)
{
    const trawl_view *left = &pass->views[C_LEFT], *right = &pass->views[C_RIGHT];
    const uint32_t *le = left->data, *re = right->data;
    const uint64_t at = left->offsets[p->row];
    const uint64_t n = left->offsets[p->row + 1] - at;
    const uint32_t base = p->ack - (uint32_t)trawl_view_u64(&pass->views[C_ACK_RELATIVE], p->row);

    if (n == 0 || right->offsets[p->row + 1] - right->offsets[p->row] != n)
        return;
    own->sacks++;
    if (n > own->most_sacks)
        own->most_sacks = (uint32_t)n;
    own->dsacks += is_dsack(p->ack, &le[at], &re[right->offsets[p->row]], n, base) != 0;
}

static void count_data(const struct pass *pass, const struct packet *p, struct trace_side *own)
{
    own->data_packets++;
    own->pushed += (p->flags & PSH) != 0;
    own->data_bytes += (uint64_t)p->len;
    if (p->flags & URG) {
        own->urgent_packets++;
        own->urgent_bytes += trawl_view_u64(&pass->views[C_URGENT], p->row);
    }
    if (p->len > own->largest)
        own->largest = (uint32_t)p->len;
    if (own->smallest == 0 || p->len < own->smallest)
        own->smallest = (uint32_t)p->len;
    if (own->data_packets == 1)
        own->first_data = p->time;
    own->last_data = p->time;
    if (p->captured < p->len) {
        own->cut_bytes += (uint64_t)(p->len - p->captured);
        own->cut_packets++;
    }
}

/* Numbers that are sent; *ret: bytes sent before. @return 0: no memory */
static int count_numbers(struct pieces *pieces, const struct packet *p, struct trace_side *own,
                         const struct trace_side *other, int64_t *ret, int *ret_out_of_order)
{
    const int64_t len = p->len + (p->flags & SYN ? 1 : 0) + (p->flags & FIN ? 1 : 0);
    int64_t again = 0;
    int probe;

    *ret = 0;
    *ret_out_of_order = 0;
    if (len <= 0)
        return 1;
    probe = other->packets > 0 && other->window_last == 0 && !(p->flags & SYN);
    if (probe) {
        own->probes++;
        own->probe_bytes += p->len > 0 ? (uint64_t)p->len : 0;
    } else {
        again = sequence_send(pieces, &own->sequence, p->seq, (uint32_t)len, p->time,
                              ret_out_of_order);
        if (again < 0)
            return 0;
    }
    *ret = again;
    own->out_of_order += *ret_out_of_order != 0;
    again -= p->flags & SYN && own->syns > 1 ? 1 : 0;
    again -= p->flags & FIN && own->fins > 1 ? 1 : 0;
    if (!probe && again < p->len)
        own->unique_bytes += (uint64_t)(p->len - again);
    return 1;
}

static void count_window(const struct packet *p, struct trace_side *own,
                         const struct trace_side *other, uint64_t window)
{
    own->window_last = window;
    if (!(p->flags & (ACK | SYN)))
        return;
    if (window > own->window_most)
        own->window_most = window;
    if (window > 0 && own->asked_scale && other->asked_scale && !(p->flags & SYN) && !own->scaled) {
        own->scaled = 1; /* what was counted before was not scaled */
        own->window_least = own->window_most = window;
        own->window_sum = 0;
        own->windows_scaled = 1;
    } else if (window > 0 && (own->window_least == 0 || window < own->window_least)) {
        own->window_least = window;
    }
    own->window_sum += window;
}

/* The sum of what was outstanding at each packet, which tells tcptrace whether anything was. */
static void add_outstanding(const struct packet *p, struct trace_side *own,
                            const struct trace_side *other)
{
    const uint64_t from = other->ack_last ? other->ack_last - 1 : p->seq;

    own->owin_sum += (uint64_t)p->seq + (uint64_t)p->len - from;
}

/* @return 0: no memory */
static int step(const struct pass *pass, struct pieces *pieces, struct trace *t,
                const struct packet *p, unsigned dir)
{
    struct trace_side *own = &t->side[dir], *other = &t->side[dir ^ 1];
    const uint32_t end = p->seq + (uint32_t)p->len;
    const uint64_t window = window_of(own, other, p);
    int64_t again;
    int out_of_order;

    if (!t->has_packets) {
        t->first_row = (uint32_t)p->row;
        t->first = p->time;
    }
    t->has_packets = 1;
    t->last = p->time;
    own->syns += (p->flags & SYN) != 0;
    own->resets += (p->flags & RST) != 0;
    own->fins += (p->flags & FIN) != 0;
    if (own->packets && ns_between(own->last, p->time) > own->idle)
        own->idle = ns_between(own->last, p->time);
    own->last = p->time;
    look_at_wrap(own, p->seq, end);
    if (p->flags & SYN)
        own->syn = other->ack_last = p->seq;
    if (p->flags & FIN)
        own->fin = end;
    look_at_options(pass, p, own, other);
    if (p->len > 0)
        count_data(pass, p, own);
    own->packets++;
    own->windows_scaled += own->scaled;
    own->latest = end;
    if (!count_numbers(pieces, p, own, other, &again, &out_of_order))
        return 0;
    if (p->flags & ACK) {
        const int repeats = p->len == 0 && p->ack == own->ack_last && window == own->window_last &&
                            other->owin_sum > 0;

        sequence_acknowledge(pieces, &other->sequence, p->ack, repeats, p->time);
        if (p->ack == other->syn + 1 && other->syns == 1)
            other->handshake_rtt = other->sequence.rtt_last;
    }
    if (again > 0) {
        own->again_packets++;
        own->again_bytes += (uint64_t)again;
    }
    if (p->flags & RST) {
        own->acks += (p->flags & ACK) != 0;
        return 1;
    }
    count_window(p, own, other, window);
    if (p->flags & ACK) {
        own->ack_last = p->ack;
        own->windows_zero += window == 0;
        own->acks++;
        own->pure_acks += p->len == 0 && !(p->flags & (SYN | FIN));
        look_at_sacks(pass, p, own);
    }
    if (!other->data_acked && p->flags & ACK && other->syn + 1 != p->ack)
        other->data_acked = 1;
    if (p->len > 0 && !own->data_acked && again <= 0) {
        own->initial_bytes += (uint64_t)p->len;
        own->initial_packets++;
    }
    if (!(p->flags & SYN) && !out_of_order && again <= 0)
        add_outstanding(p, own, other);
    return 1;
}

enum { ETH_HEADER = 14, V6_HEADER = 40, ETH_V4 = 0x0800, ETH_V6 = 0x86dd };

/* Bytes above the header as tcptrace reckons them: what IP declares, be it there or not, and with
 * IPv6 its extension headers too. Fragments and tunnels: what dissecting says. Where the payload
 * begins is known for IP in Ethernet; else what is cut off is all taken for payload. */
static void put_lengths(const trawl_view *v, struct packet *p)
{
    const uint64_t r = p->row, there = trawl_view_u64(&v[C_CAP_LEN], r);
    const uint64_t cut = trawl_view_u64(&v[C_LEN], r) - there;
    const uint64_t type = trawl_view_has(&v[C_ETH_TYPE], r) ? trawl_view_u64(&v[C_ETH_TYPE], r) : 0;
    const int is_v6 = trawl_view_has(&v[C_V6_LEN], r), is_v4 = trawl_view_has(&v[C_V4_LEN], r);
    const int64_t header = trawl_view_has(&v[C_HDR_LEN], r)
                               ? (int64_t)trawl_view_u64(&v[C_HDR_LEN], r)
                               : 0;
    int64_t begin;

    p->len = (int64_t)((const uint32_t *)v[C_PAYLOAD].data)[r];
    p->captured = p->len - (int64_t)cut;
    if (is_v4 == is_v6 || !header || (is_v4 && trawl_view_u64(&v[C_V4_OFFSET], r)))
        return;
    if (is_v6) {
        begin = V6_HEADER + (int64_t)trawl_view_u64(&v[C_V6_LEN], r) - p->len;
        p->len = (int64_t)trawl_view_u64(&v[C_V6_LEN], r) - header;
    } else {
        begin = header + (int64_t)trawl_view_u64(&v[C_V4_HDR_LEN], r);
        p->len = (int64_t)trawl_view_u64(&v[C_V4_LEN], r) - begin;
    }
    if (type == (is_v6 ? ETH_V6 : ETH_V4))
        p->captured = (int64_t)there - begin - ETH_HEADER;
}

/* Microseconds, in ns: finer ones are cut off. */
static int64_t time_at(const trawl_view *v, uint64_t r)
{
    const int64_t ns = ((const int64_t *)v[C_TIME].data)[r];

    return ns - ns % 1000 - (ns % 1000 < 0 && ns > INT64_MIN + 1000 ? 1000 : 0);
}

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const trawl_view *v = pass->views;
    const uint32_t *stream = v[C_STREAM].data;
    const uint8_t *proto = v[C_PROTO].data, *quoted = v[C_QUOTED].data;
    struct pieces pieces = {.realloc = host->realloc};
    int rc = TRAWL_OK;

    (void)i_thread;
    for (uint64_t r = 0; rc == TRAWL_OK && r < v[C_STREAM].n_rows; r++) {
        struct packet p;

        if ((r & 0xffff) == 0 && host->cancelled(pass->call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (stream[r] - pass->first >= pass->n || stream[r] % pass->n_shards != i ||
            proto[r] != 6 || quoted[r] || !trawl_view_has(&v[C_STREAM], r) ||
            !trawl_view_has(&v[C_WINDOW], r) || !trawl_view_has(&v[C_TIME], r) ||
            (pass->stream >= 0 && stream[r] != pass->stream))
            continue;
        p = (struct packet){.time = time_at(v, r),
                            .row = r,
                            .seq = ((const uint32_t *)v[C_SEQ].data)[r],
                            .ack = ((const uint32_t *)v[C_ACK].data)[r],
                            .window = ((const uint16_t *)v[C_WINDOW].data)[r],
                            .flags = ((const uint16_t *)v[C_FLAGS].data)[r]};
        put_lengths(v, &p);
        if (!step(pass, &pieces, &pass->traces[stream[r] - pass->first], &p,
                  ((const uint8_t *)v[C_REVERSE].data)[r] != 0))
            rc = host->fail(err, TRAWL_E_NOMEM, "could not follow TCP connections: no memory");
    }
    host->free(pieces.items);
    return rc;
}

int trace_connections(trawl_call *call, trawl_table *packets, uint32_t first, uint32_t n,
                      int64_t stream, struct trace **ret, int64_t *ret_end, trawl_error *err)
{
    trawl_view views[N_VIEWS];
    struct pass pass = {.views = views,
                        .first = first,
                        .n = n,
                        .stream = stream,
                        .call = call,
                        .n_shards = host->n_threads()};
    int rc = host->prefetch(call, packets, view_names, N_VIEWS, err);

    memset(views, 0, sizeof(views));
    for (int i = 0; i < N_VIEWS && rc == TRAWL_OK; i++) {
        views[i].size = sizeof(views[i]);
        rc = host->view_named(call, packets, view_names[i], &views[i], err);
    }
    if (rc != TRAWL_OK)
        return rc;
    pass.traces = host->alloc((n + (size_t)1) * sizeof(*pass.traces));
    if (!pass.traces)
        return host->fail(err, TRAWL_E_NOMEM, "could not follow TCP connections: no memory");
    rc = host->parallel(call, pass.n_shards, run_shard, &pass, err);
    if (rc != TRAWL_OK) {
        host->free(pass.traces);
        return rc;
    }
    *ret_end = INT64_MIN;
    for (uint64_t r = views[C_TIME].n_rows; r > 0 && *ret_end == INT64_MIN; r--) {
        if (trawl_view_has(&views[C_TIME], r - 1))
            *ret_end = ((const int64_t *)views[C_TIME].data)[r - 1];
    }
    *ret = pass.traces;
    return TRAWL_OK;
}

/* ---- values ---- */

/* Bytes between SYN and FIN, or the last number before a RST. */
static double length_of(const struct trace_side *s)
{
    const uint32_t last = s->resets ? s->latest : s->fin;
    const double wraps = s->n_wraps + (last > s->syn ? 0 : 1);

    if (!s->syns || !s->fins)
        return NAN;
    return (double)last + 4294967296.0 * wraps - (double)s->syn - 1;
}

static void put_times(const struct times *t, double *ret)
{
    ret[0] = (double)t->min;
    ret[1] = (double)t->max;
    ret[2] = times_average(t);
    ret[3] = times_deviation(t);
}

void trace_values(const struct trace *t, unsigned side, int64_t end, double v[N_COUNTERS])
{
    const struct trace_side *s = &t->side[side], *other = &t->side[side ^ 1];
    const struct sequence *q = &s->sequence;
    const int closed = (s->fins && other->fins) || s->resets || other->resets;
    const double seconds = (double)ns_between(t->first, t->last) / 1e9;
    int64_t idle = s->idle;

    if (!closed && s->packets && ns_between(s->last, end) > idle)
        idle = ns_between(s->last, end);
    v[T_PACKETS] = s->packets;
    v[T_RESETS] = s->resets;
    v[T_ACKS] = s->acks;
    v[T_PURE_ACKS] = s->pure_acks;
    v[T_SACKS] = s->sacks;
    v[T_SACKS_SENT] = s->sacks_sent;
    v[T_DSACKS] = s->dsacks;
    v[T_MOST_SACKS] = s->most_sacks;
    v[T_UNIQUE_BYTES] = (double)s->unique_bytes;
    v[T_DATA_PACKETS] = s->data_packets;
    v[T_DATA_BYTES] = (double)s->data_bytes;
    v[T_AGAIN_PACKETS] = s->again_packets;
    v[T_AGAIN_BYTES] = (double)s->again_bytes;
    v[T_PROBES] = s->probes;
    v[T_PROBE_BYTES] = (double)s->probe_bytes;
    v[T_OUT_OF_ORDER] = s->out_of_order;
    v[T_PUSHED] = s->pushed;
    v[T_SYNS] = s->syns;
    v[T_FINS] = s->fins;
    v[T_ASKED_SCALE] = s->asked_scale;
    v[T_ASKED_STAMPS] = s->asked_stamps;
    v[T_SCALE] = s->scale;
    v[T_ASKED_SACK] = s->asked_sack;
    v[T_URGENT_PACKETS] = s->urgent_packets;
    v[T_URGENT_BYTES] = (double)s->urgent_bytes;
    v[T_MSS] = s->mss;
    v[T_LARGEST] = s->largest;
    v[T_SMALLEST] = s->smallest;
    v[T_AVERAGE] = s->data_packets ? (double)s->data_bytes / s->data_packets : 0;
    v[T_WINDOW_MOST] = (double)s->window_most;
    v[T_WINDOW_LEAST] = (double)s->window_least;
    v[T_WINDOWS_ZERO] = s->windows_zero;
    v[T_WINDOW_AVERAGE] = s->scaled && other->scaled
                              ? floor((double)s->window_sum / s->windows_scaled)
                          : s->packets ? floor((double)s->window_sum / s->packets)
                                       : 0;
    v[T_INITIAL_BYTES] = (double)s->initial_bytes;
    v[T_INITIAL_PACKETS] = s->initial_packets;
    v[T_LENGTH] = length_of(s);
    v[T_MISSED] = v[T_LENGTH] - (double)s->unique_bytes;
    v[T_CUT_BYTES] = (double)s->cut_bytes;
    v[T_CUT_PACKETS] = s->cut_packets;
    v[T_DATA_TIME] = (double)ns_between(s->first_data, s->last_data);
    v[T_IDLE] = s->packets ? (double)idle : NAN;
    v[T_THROUGHPUT] = seconds > 0 ? (double)s->unique_bytes / seconds : NAN;
    v[T_RTT_N] = q->rtt.n;
    put_times(&q->rtt, &v[T_RTT_MIN]);
    v[T_RTT_HANDSHAKE] = (double)s->handshake_rtt;
    v[T_FULL_N] = q->full.n;
    put_times(&q->full, &v[T_FULL_MIN]);
    v[T_POST_LOSS] = q->post_loss;
    v[T_AMBIGUOUS] = q->ambiguous.n;
    put_times(&q->ambiguous, &v[T_LAST_MIN]);
    v[T_CUMULATIVE] = q->cumulative;
    v[T_DUPLICATES] = q->duplicates;
    v[T_TRIPLE] = q->triple;
    v[T_MOST_AGAIN] = q->most_again;
    put_times(&q->again, &v[T_AGAIN_MIN]);
}
