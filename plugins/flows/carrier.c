/* Where tunnels are not looked into: columns of packets with the headers around the tunnels in the
 * place of those inside. Knows nothing of flows. */
#include "trawl/views.h"

#include "input.h"

#include <string.h>

struct carried {
    trawl_view src, dst, proto, sport, dport, vlan;
};

static int fetch_carried(struct carried *c, struct input *in, int needs_macs, trawl_call *call,
                         trawl_error *err)
{
    const trawl_wanted wanted[] = {{"tunnel.src", &c->src, TRAWL_IP},
                                   {"tunnel.dst", &c->dst, TRAWL_IP},
                                   {"tunnel.proto", &c->proto, TRAWL_U8},
                                   {"tunnel.srcport", &c->sport, TRAWL_U16},
                                   {"tunnel.dstport", &c->dport, TRAWL_U16},
                                   {"tunnel.vlan", &c->vlan, TRAWL_U16},
                                   {"tunnel.ip_len", &in->carrier_ip_len, TRAWL_U32},
                                   {"tunnel.udp_length", &in->carrier_udp_length, TRAWL_U16},
                                   {"tunnel.src_mac", &in->carrier_eth_src, TRAWL_MAC},
                                   {"tunnel.dst_mac", &in->carrier_eth_dst, TRAWL_MAC}};

    return trawl_fetch_views(host, call, in->packets, wanted,
                             TRAWL_COUNT(wanted) - (needs_macs ? 0 : 2), err);
}

/* The view reads a copy that may be written. @return NULL: no memory */
static void *copy(struct input *in, size_t i, trawl_view *view, size_t cell)
{
    const size_t n = (size_t)in->n_rows * cell;

    in->own[i] = host->alloc(n + 8);
    if (!in->own[i])
        return NULL;
    memcpy(in->own[i], view->data, n);
    view->data = in->own[i];
    return in->own[i];
}

static int has_tunnels(const struct input *in)
{
    for (uint64_t row = 0; row < in->n_rows; row++) {
        if (input_tunnel(in, row))
            return 1;
    }
    return 0;
}

static uint16_t number_of(const trawl_view *view, uint64_t row)
{
    return trawl_view_has(view, row) ? input_port(view, row) : 0;
}

int input_take_carriers(struct input *in, int needs_macs, trawl_call *call, trawl_error *err)
{
    const size_t n_words = (size_t)in->n_rows / 64 + 1;
    struct carried c = {.src = {0}};
    uint32_t *src, *dst;
    uint16_t *sport, *dport, *label;
    uint64_t *has_sport;
    uint8_t *proto;
    int rc;

    if (!has_tunnels(in))
        return TRAWL_OK;
    rc = fetch_carried(&c, in, needs_macs, call, err);
    if (rc != TRAWL_OK)
        return rc;
    src = copy(in, 0, &in->src, sizeof(*src));
    dst = copy(in, 1, &in->dst, sizeof(*dst));
    sport = copy(in, 2, &in->sport, sizeof(*sport));
    dport = copy(in, 3, &in->dport, sizeof(*dport));
    proto = copy(in, 4, &in->proto, sizeof(*proto));
    label = copy(in, 5, &in->label, sizeof(*label));
    in->own[6] = has_sport = host->alloc(n_words * sizeof(*has_sport));
    in->carriers = host->alloc(n_words * sizeof(*in->carriers));
    if (!src || !dst || !sport || !dport || !proto || !label || !has_sport || !in->carriers)
        return host->fail(err, TRAWL_E_NOMEM, "could not leave tunnels alone: no memory");
    for (uint64_t row = 0; row < in->n_rows; row++) {
        const uint64_t bit = (uint64_t)1 << row % 64;

        has_sport[row / 64] |= trawl_view_has(&in->sport, row) ? bit : 0;
        if (!input_tunnel(in, row) || !trawl_view_has(&c.src, row))
            continue;
        src[row] = input_u32(&c.src, row);
        dst[row] = input_u32(&c.dst, row);
        proto[row] = (uint8_t)trawl_view_u64(&c.proto, row);
        sport[row] = number_of(&c.sport, row);
        dport[row] = number_of(&c.dport, row);
        label[row] = number_of(&c.vlan, row);
        has_sport[row / 64] |= bit;
        in->carriers[row / 64] |= bit;
    }
    in->sport.valid = has_sport;
    return TRAWL_OK;
}
