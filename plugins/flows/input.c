/* Fetches the columns of packets and answers questions about one row.
 * Knows nothing of flows. */
#include "input.h"

#include <string.h>

enum { POLL_ROWS = 1 << 16 };

struct wanted {
    const char *name;
    trawl_view *view;
    trawl_type type; /* what the code relies on; 0: anything like an integer */
};

static int fetch(trawl_call *call, trawl_table *packets, const struct wanted *wanted, size_t n,
                 trawl_error *err)
{
    const char *names[16];
    int rc;

    for (size_t i = 0; i < n; i++)
        names[i] = wanted[i].name;
    rc = host->prefetch(call, packets, names, n, err);
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        memset(wanted[i].view, 0, sizeof(*wanted[i].view));
        wanted[i].view->size = sizeof(*wanted[i].view);
        rc = host->view_named(call, packets, wanted[i].name, wanted[i].view, err);
        if (rc == TRAWL_OK && wanted[i].type && wanted[i].view->type != wanted[i].type)
            rc = host->fail(err, TRAWL_E_PLUGIN, "column '%s' of packets is not of its type",
                            wanted[i].name);
    }
    return rc;
}

static int fetch_base(struct input *in, trawl_call *call, trawl_error *err)
{
    const struct wanted wanted[] = {{"frame.time_epoch", &in->time, TRAWL_TIME},
                                    {"frame.len", &in->len, TRAWL_U32},
                                    {"src", &in->src, TRAWL_IP},
                                    {"dst", &in->dst, TRAWL_IP},
                                    {"sport", &in->sport, TRAWL_U16},
                                    {"dport", &in->dport, TRAWL_U16},
                                    {"proto", &in->proto, TRAWL_U8},
                                    {"stream", &in->stream, TRAWL_U32},
                                    {"fragment.later", &in->later, TRAWL_BOOL},
                                    {"fragment", &in->fragment, TRAWL_BOOL},
                                    {"tunneled", &in->tunneled, TRAWL_BOOL},
                                    {"vlan.id", &in->vlan, TRAWL_U16}};

    return fetch(call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]), err);
}

/* By number: 1 to 6 are those of nDPI, which NFStream shows, the others are trawl's. */
static const char *const tunnel_names[] = {NULL,    "gtp", "capwap", NULL,     "l2tp",
                                           "vxlan", "gre", "geneve", "erspan", "teredo"};

const char *input_tunnel_name(unsigned tunnel)
{
    return tunnel < TRAWL_COUNT(tunnel_names) ? tunnel_names[tunnel] : NULL;
}

/* Numbers of the codes of tunnel.type. */
static uint8_t *number_codes(trawl_call *call, const trawl_view *type)
{
    uint8_t *numbers = host->call_alloc(call, (size_t)type->n_codes + 1);

    for (uint32_t code = 0; numbers && code < type->n_codes; code++) {
        const char *text = (const char *)type->text + type->text_offsets[code];
        const size_t n = (size_t)(type->text_offsets[code + 1] - type->text_offsets[code]);

        numbers[code] = 0;
        for (unsigned i = 1; i < TRAWL_COUNT(tunnel_names); i++)
            if (tunnel_names[i] && strlen(tunnel_names[i]) == n &&
                memcmp(tunnel_names[i], text, n) == 0)
                numbers[code] = (uint8_t)i;
    }
    return numbers;
}

/* The headers are read again for this: only where a row is within a tunnel. */
static int make_tunnels(struct input *in, trawl_call *call, trawl_error *err)
{
    const uint8_t *tunneled = in->tunneled.data, *numbers;
    trawl_view type;
    const struct wanted wanted[] = {{"tunnel.type", &type, TRAWL_STRING}};
    const uint32_t *codes;
    int rc;

    if (!in->n_rows || !memchr(tunneled, 1, (size_t)in->n_rows))
        return TRAWL_OK;
    rc = fetch(call, in->packets, wanted, 1, err);
    if (rc != TRAWL_OK)
        return rc;
    numbers = number_codes(call, &type);
    in->tunnels = host->alloc((size_t)in->n_rows);
    if (!numbers || !in->tunnels)
        return host->fail(err, TRAWL_E_NOMEM, "could not tell tunnels apart: no memory");
    codes = type.data;
    for (uint64_t row = 0; row < in->n_rows; row++) {
        if (!tunneled[row]) /* a flow around a tunnel, or none */
            continue;
        for (uint64_t i = type.offsets[row]; i < type.offsets[row + 1]; i++)
            if (numbers[codes[i]])
                in->tunnels[row] = numbers[codes[i]];
    }
    return TRAWL_OK;
}

static int fetch_lengths(struct input *in, trawl_call *call, trawl_error *err)
{
    const struct wanted wanted[] = {{"ip.len", &in->ip_len, 0},
                                    {"ip.hdr_len", &in->ip_hdr_len, 0},
                                    {"ipv6.plen", &in->ip6_plen, 0},
                                    {"tcp.hdr_len", &in->tcp_hdr_len, 0},
                                    {"tcp.len", &in->tcp_len, 0},
                                    {"udp.length", &in->udp_length, 0},
                                    {"tcp.flags", &in->tcp_flags, TRAWL_U16}};

    return fetch(call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]), err);
}

static int fetch_macs(struct input *in, trawl_call *call, trawl_error *err)
{
    const struct wanted wanted[] = {{"eth.src", &in->eth_src, TRAWL_MAC},
                                    {"eth.dst", &in->eth_dst, TRAWL_MAC}};

    return fetch(call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]), err);
}

/* A packet older than the newest before it counts as that new; one without time likewise. */
static int make_ticks(struct input *in, trawl_call *call, int64_t unit, trawl_error *err)
{
    const int64_t *time = in->time.data;
    int64_t tick = INT64_MIN;
    uint64_t row = 0;
    int started = 0;

    in->ticks = time;
    if (unit == 1 && !in->time.valid) {
        while (row < in->n_rows && time[row] >= tick)
            tick = time[row++];
        if (row == in->n_rows)
            return TRAWL_OK;
    }
    in->own_ticks = host->alloc((size_t)(in->n_rows + 1) * sizeof(*in->own_ticks));
    if (!in->own_ticks)
        return host->fail(err, TRAWL_E_NOMEM, "could not order packets by time: no memory");
    tick = 0;
    for (row = 0; row < in->n_rows; row++) {
        if (row % POLL_ROWS == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (input_ignored(in, row) == COUNTED && trawl_view_has(&in->time, row)) {
            int64_t t = time[row] - time[row] % unit;

            if (!started || t > tick)
                tick = t;
            started = 1;
        }
        in->own_ticks[row] = tick;
    }
    in->ticks = in->own_ticks;
    return TRAWL_OK;
}

int input_init(struct input *in, trawl_call *call, const struct flows_plan *plan,
               trawl_table *packets, trawl_error *err)
{
    int rc;

    memset(in, 0, sizeof(*in));
    in->packets = packets;
    in->n_rows = host->n_rows(packets);
    if (in->n_rows >= FLOWS_NONE / 2)
        return host->fail(err, TRAWL_E_UNSUPPORTED,
                          "a capture of more than two billion packets is too long for flows");
    rc = fetch_base(in, call, err);
    if (rc == TRAWL_OK) {
        in->has_vlan = in->vlan.offsets ? in->vlan.offsets[0] != in->vlan.offsets[in->n_rows] : 1;
    }
    if (rc == TRAWL_OK)
        rc = make_tunnels(in, call, err);
    if (rc == TRAWL_OK && (plan->accounting != BYTES_FRAME || plan->n_metrics || plan->stats)) {
        in->has_lengths = 1;
        rc = fetch_lengths(in, call, err);
    }
    if (rc == TRAWL_OK && plan->nfstream) {
        in->has_mac = 1;
        rc = fetch_macs(in, call, err);
    }
    if (rc == TRAWL_OK)
        rc = make_ticks(in, call, plan->unit, err);
    return rc;
}

void input_fini(struct input *in)
{
    host->free(in->own_ticks);
    host->free(in->tunnels);
    in->own_ticks = NULL;
    in->tunnels = NULL;
}

struct lengths input_lengths(const struct input *in, uint64_t row)
{
    struct lengths l = {.frame = input_u32(&in->len, row)};
    unsigned proto = input_proto(in, row);
    uint64_t header;

    if (!in->has_lengths)
        return l;
    if (trawl_view_has(&in->ip_len, row)) {
        l.ip = (uint32_t)trawl_view_u64(&in->ip_len, row);
        header = trawl_view_u64(&in->ip_hdr_len, row);
    } else {
        l.ip = (uint32_t)trawl_view_u64(&in->ip6_plen, row) + 40;
        header = 40;
    }
    if (proto == 6) {
        l.payload = (uint32_t)trawl_view_u64(&in->tcp_len, row);
        l.transport = l.payload + (uint32_t)trawl_view_u64(&in->tcp_hdr_len, row);
    } else if (proto == 17) {
        /* a first fragment has its own share of the datagram */
        l.transport = trawl_view_has(&in->udp_length, row)
                          ? (uint32_t)trawl_view_u64(&in->udp_length, row)
                      : l.ip > header ? l.ip - (uint32_t)header
                                      : 0;
        l.payload = l.transport > 8 ? l.transport - 8 : 0;
    } else if (proto == 1 || proto == 58) {
        l.transport = l.ip > header ? l.ip - (uint32_t)header : 0;
        l.payload = l.transport > 8 ? l.transport - 8 : 0;
    }
    return l;
}
