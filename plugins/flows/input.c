/* Fetches the columns of packets and answers questions about one row.
 * Knows nothing of flows. */
#include "trawl/views.h"

#include "input.h"

#include <string.h>

#include "view.h"

static int fetch_base(struct input *in, trawl_call *call, trawl_error *err)
{
    const trawl_wanted wanted[] = {{"frame.time_epoch", &in->time, TRAWL_TIME},
                                   {"frame.len", &in->len, TRAWL_U32},
                                   {"src", &in->src, TRAWL_IP},
                                   {"dst", &in->dst, TRAWL_IP},
                                   {"sport", &in->sport, TRAWL_U16},
                                   {"dport", &in->dport, TRAWL_U16},
                                   {"proto", &in->proto, TRAWL_U8},
                                   {"stream", &in->stream, TRAWL_U32},
                                   {"fragment.later", &in->later, TRAWL_BOOL},
                                   {"fragment", &in->fragment, TRAWL_BOOL},
                                   {"label", &in->label, TRAWL_U16},
                                   {"record.back", &in->back, TRAWL_BOOL}};

    return trawl_fetch_views(host, call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]),
                             err);
}

const char *input_tunnel_name(unsigned tunnel)
{
    static const char *const names[] = {
        [TRAWL_TUNNEL_GTP] = "gtp",       [TRAWL_TUNNEL_CAPWAP] = "capwap",
        [TRAWL_TUNNEL_L2TP] = "l2tp",     [TRAWL_TUNNEL_VXLAN] = "vxlan",
        [TRAWL_TUNNEL_GRE] = "gre",       [TRAWL_TUNNEL_GENEVE] = "geneve",
        [TRAWL_TUNNEL_ERSPAN] = "erspan", [TRAWL_TUNNEL_TEREDO] = "teredo",
        [TRAWL_TUNNEL_TZSP] = "tzsp",
    };

    return tunnel < TRAWL_COUNT(names) ? names[tunnel] : NULL;
}

static int fetch_lengths(struct input *in, trawl_call *call, trawl_error *err)
{
    const trawl_wanted wanted[] = {
        {"ip.len", &in->ip_len, 0},      {"ip.hdr_len", &in->ip_hdr_len, 0},
        {"ipv6.plen", &in->ip6_plen, 0}, {"tcp.hdr_len", &in->tcp_hdr_len, 0},
        {"tcp.len", &in->tcp_len, 0},    {"udp.length", &in->udp_length, 0}};

    return trawl_fetch_views(host, call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]),
                             err);
}

static int fetch_flags(struct input *in, trawl_call *call, trawl_error *err)
{
    const trawl_wanted wanted[] = {{"tcp.flags", &in->tcp_flags, TRAWL_U16}};

    return trawl_fetch_views(host, call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]),
                             err);
}

static int fetch_macs(struct input *in, trawl_call *call, trawl_error *err)
{
    const trawl_wanted wanted[] = {{"eth.src", &in->eth_src, TRAWL_MAC},
                                   {"eth.dst", &in->eth_dst, TRAWL_MAC}};

    return trawl_fetch_views(host, call, in->packets, wanted, sizeof(wanted) / sizeof(wanted[0]),
                             err);
}

static int fetch_matched(struct input *in, trawl_call *call, const char *bpf,
                         trawl_capture *capture, trawl_error *err)
{
    int rc;

    in->matched = host->alloc(((size_t)in->n_rows / 64 + 1) * sizeof(*in->matched));
    if (!in->matched)
        return host->fail(err, TRAWL_E_NOMEM, "could not filter packets: no memory");
    rc = host->match(call, capture, bpf, in->matched, err);
    if (rc == TRAWL_E_USAGE)
        host->place(call, bpf, strlen(bpf), err);
    return rc;
}

int input_init(struct input *in, trawl_call *call, const struct flows_plan *plan,
               trawl_capture *capture, trawl_table *packets, unsigned n_parts, trawl_error *err)
{
    int rc;

    memset(in, 0, sizeof(*in));
    in->packets = packets;
    in->n_rows = host->n_rows(packets);
    in->n_parts = n_parts;
    if (in->n_rows >= FLOWS_NONE / 2)
        return host->fail(err, TRAWL_E_UNSUPPORTED,
                          "a capture of more than two billion packets is too long for flows");
    rc = fetch_base(in, call, err);
    if (rc == TRAWL_OK && (plan->accounting != BYTES_FRAME || plan->metrics)) {
        in->has_lengths = 1;
        rc = fetch_lengths(in, call, err);
    }
    if (rc == TRAWL_OK && (plan->needs_flags || plan->metrics))
        rc = fetch_flags(in, call, err);
    if (rc == TRAWL_OK && plan->needs_macs)
        rc = fetch_macs(in, call, err);
    if (rc == TRAWL_OK && plan->no_tunnels)
        rc = input_take_carriers(in, plan->needs_macs, call, err);
    if (rc == TRAWL_OK && plan->bpf)
        rc = fetch_matched(in, call, plan->bpf, capture, err);
    return rc == TRAWL_OK ? input_sift(in, call, plan->view->unit, err) : rc;
}

void input_fini(struct input *in)
{
    host->free(in->own_ticks);
    host->free(in->rows);
    host->free(in->matched);
    host->free(in->carriers);
    for (size_t i = 0; i < TRAWL_COUNT(in->own); i++) {
        host->free(in->own[i]);
        in->own[i] = NULL;
    }
    in->own_ticks = NULL;
    in->rows = NULL;
    in->matched = NULL;
    in->carriers = NULL;
}

/* A packet around a tunnel: of the protocols whose bytes NFStream counts only UDP carries any. */
static void carrier_lengths(const struct input *in, uint64_t row, struct lengths *l)
{
    l->ip = (uint32_t)trawl_view_u64(&in->carrier_ip_len, row);
    if (trawl_view_has(&in->carrier_udp_length, row))
        l->transport = (uint32_t)trawl_view_u64(&in->carrier_udp_length, row);
    l->payload = l->transport > 8 ? l->transport - 8 : 0;
}

struct lengths input_lengths(const struct input *in, uint64_t row)
{
    struct lengths l = {.frame = input_u32(&in->len, row)};
    const unsigned proto = input_proto(in, row);
    uint32_t header, own = 8;
    int is_fragment;

    if (!in->has_lengths)
        return l;
    if (input_is_carrier(in, row)) {
        carrier_lengths(in, row, &l);
        return l;
    }
    is_fragment = ((const uint8_t *)in->fragment.data)[row];
    if (input_u32(&in->src, row) >> 31) { /* a tunnel may have headers of both families */
        /* a record of dnstap has no header */
        if (trawl_view_has(&in->ip6_plen, row))
            l.ip = (uint32_t)trawl_view_u64(&in->ip6_plen, row) + 40;
        header = is_fragment ? 48 : 40;
    } else {
        l.ip = (uint32_t)trawl_view_u64(&in->ip_len, row);
        header = (uint32_t)trawl_view_u64(&in->ip_hdr_len, row);
    }
    if (proto != 6 && proto != 17 && proto != 1 && proto != 58)
        return l;
    if (proto == 6)
        own = (uint32_t)trawl_view_u64(&in->tcp_hdr_len, row);
    l.transport = l.ip > header ? l.ip - header : 0; /* a first fragment's share of the datagram */
    if (!is_fragment && proto == 6)
        l.transport = (uint32_t)trawl_view_u64(&in->tcp_len, row) + own;
    else if (!is_fragment && proto == 17 && trawl_view_has(&in->udp_length, row))
        l.transport = (uint32_t)trawl_view_u64(&in->udp_length, row);
    l.payload = l.transport > own ? l.transport - own : 0;
    return l;
}

uint32_t input_size_other(const struct input *in, enum accounting accounting, uint64_t row)
{
    const struct lengths l = input_lengths(in, row);

    return accounting == BYTES_IP ? l.ip : accounting == BYTES_TRANSPORT ? l.transport : l.payload;
}
