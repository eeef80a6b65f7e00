/* The columns of packets that flows are made from, ready to be read row by row.
 * Knows nothing of flows. */
#ifndef FLOWS_INPUT_H
#define FLOWS_INPUT_H

#include "flows.h"

/** Lengths of one packet in bytes, as NFStream has them. */
struct lengths {
    uint32_t frame, ip, transport, payload;
};

struct input {
    uint64_t n_rows;
    trawl_table *packets; /**< borrowed */
    trawl_view time, len, src, dst, sport, dport, proto, stream;
    trawl_view later, fragment, tunneled;
    trawl_view ip_len, ip_hdr_len, ip6_plen, tcp_hdr_len, tcp_len, udp_length, tcp_flags;
    trawl_view vlan;
    trawl_view eth_src, eth_dst;
    int has_lengths, has_vlan, has_mac;
    uint8_t *tunnels;     /**< number of the tunnel of each row; NULL: there is none */
    const int64_t *ticks; /**< the clock at each row: never goes back */
    int64_t *own_ticks;
};

/** Fetch what the plan needs. input_fini after success and failure alike. */
int input_init(struct input *in, trawl_call *call, const struct flows_plan *plan,
               trawl_table *packets, trawl_error *err);
void input_fini(struct input *in);

/** Kind of the innermost tunnel that is no bare IP in IP, as NFStream numbers them;
 * 0: none. */
static inline unsigned input_tunnel(const struct input *in, uint64_t row)
{
    return in->tunnels ? in->tunnels[row] : 0;
}
/** NULL for 0. */
const char *input_tunnel_name(unsigned tunnel);
/** Only with in->has_lengths (else only .frame is right). */
struct lengths input_lengths(const struct input *in, uint64_t row);

static inline uint32_t input_u32(const trawl_view *view, uint64_t row)
{
    return ((const uint32_t *)view->data)[row];
}
static inline unsigned input_proto(const struct input *in, uint64_t row)
{
    return ((const uint8_t *)in->proto.data)[row];
}
/** Ports count for TCP and UDP alone, as in NFStream. */
static inline int input_has_ports(unsigned proto)
{
    return proto == 6 || proto == 17;
}
static inline uint16_t input_port(const trawl_view *view, uint64_t row)
{
    return ((const uint16_t *)view->data)[row];
}

/** Why a row is not counted. */
enum ignored { COUNTED = 0, NOT_IP, LATER_FRAGMENT, CUT, N_IGNORED };
static inline enum ignored input_ignored(const struct input *in, uint64_t row)
{
    if (!trawl_view_has(&in->src, row))
        return NOT_IP;
    if (((const uint8_t *)in->later.data)[row])
        return LATER_FRAGMENT;
    return input_has_ports(input_proto(in, row)) && !trawl_view_has(&in->sport, row) ? CUT
                                                                                     : COUNTED;
}

/** VLAN identifier of the innermost tag, 0: none. */
static inline unsigned input_vlan(const struct input *in, uint64_t row)
{
    const uint16_t *ids = in->vlan.data;

    if (!in->has_vlan)
        return 0;
    if (!in->vlan.offsets)
        return trawl_view_has(&in->vlan, row) ? ids[row] : 0;
    return in->vlan.offsets[row] == in->vlan.offsets[row + 1] ? 0
                                                              : ids[in->vlan.offsets[row + 1] - 1];
}

#endif
