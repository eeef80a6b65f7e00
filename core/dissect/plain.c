/* The walk over the frames that captures are made of, without a step for each header. Must give
 * the layers that the general walk gives, and must not know anything that it does not. */
#include "core/dissect/walk.h"

enum { PROTO_TCP = 6, PROTO_UDP = 17, ETH_LEN = 14, VLAN_LEN = 4, IPV6_LEN = 40 };

/* Where bytes end: those that were captured, and those declared. */
struct ends {
    uint32_t cap_end, end;
};

static inline struct tw_layer *push(struct tw_layer *layer, enum tw_layer_kind kind, uint8_t depth,
                                    uint32_t at, const struct ends *ends, uint32_t header_len)
{
    layer->kind = (uint8_t)kind;
    layer->depth = depth;
    layer->flags = 0;
    layer->offset = at;
    layer->cap_len = ends->cap_end - at;
    layer->len = ends->end - at;
    layer->header_len = header_len;
    return layer + 1;
}

/* Header and declared bytes of a network header at p, of which `left` are captured and `len` on the
 * wire; 0: it is not plain. */
static inline uint32_t read_ipv4(const uint8_t *p, uint32_t left, uint32_t len, uint32_t *ret_total)
{
    const uint32_t header = left >= 20 ? (uint32_t)(p[0] & 15) * 4 : 0;

    if (header < 20 || header > left || p[0] >> 4 != 4 || (tw_be16(p + 6) & 0x3fff))
        return 0;
    *ret_total = tw_be16(p + 2);
    return *ret_total >= header && *ret_total <= len ? header : 0;
}

static inline uint32_t read_ipv6(const uint8_t *p, uint32_t left, uint32_t len, uint32_t *ret_total)
{
    if (left < IPV6_LEN || p[0] >> 4 != 6 || tw_be16(p + 4) == 0)
        return 0;
    *ret_total = IPV6_LEN + (uint32_t)tw_be16(p + 4);
    return *ret_total <= len ? IPV6_LEN : 0;
}

/* The same of a transport header. */
static inline uint32_t read_tcp(const uint8_t *p, uint32_t left)
{
    const uint32_t header = left >= 20 ? (uint32_t)(p[12] >> 4) * 4 : 0;

    return header >= 20 && header <= left ? header : 0;
}

static inline uint32_t read_udp(const uint8_t *p, uint32_t left, uint32_t len)
{
    if (left < 8 || tw_be16(p + 4) < 8 || tw_be16(p + 4) > len)
        return 0;
    return tw_walk_is_tunnel(tw_be16(p), tw_be16(p + 2)) ? 0 : 8;
}

bool tw_frame_walk_plain(struct tw_frame *frame, const uint8_t *data, uint32_t cap_len,
                         uint32_t len)
{
    struct tw_layer *next = frame->layers;
    struct ends ends = {cap_len, len};
    uint32_t at = ETH_LEN, header, total, n_tags = 0;
    uint16_t type;
    uint8_t proto;
    bool is_ipv4;

    if (cap_len < ETH_LEN || len < cap_len)
        return false;
    type = tw_be16(data + 12);
    next = push(next, TW_LAYER_FRAME, 0, 0, &ends, 0);
    next = push(next, TW_LAYER_ETH, 0, 0, &ends, ETH_LEN);
    while (type == 0x8100) {
        if (cap_len - at < VLAN_LEN || n_tags++ == TW_MAX_VLAN)
            return false;
        next = push(next, TW_LAYER_VLAN, 0, at, &ends, VLAN_LEN);
        type = tw_be16(data + at + 2);
        at += VLAN_LEN;
    }
    is_ipv4 = type == 0x0800;
    if (!is_ipv4 && type != 0x86dd)
        return false;
    header = is_ipv4 ? read_ipv4(data + at, cap_len - at, len - at, &total)
                     : read_ipv6(data + at, cap_len - at, len - at, &total);
    if (!header)
        return false;
    next = push(next, is_ipv4 ? TW_LAYER_IP : TW_LAYER_IPV6, 1, at, &ends, header);
    proto = data[at + (is_ipv4 ? 9 : 6)];
    ends.end = at + total;
    ends.cap_end = TW_MIN(cap_len, ends.end);
    at += header;
    if (proto == PROTO_TCP)
        header = read_tcp(data + at, ends.cap_end - at);
    else if (proto == PROTO_UDP)
        header = read_udp(data + at, ends.cap_end - at, ends.end - at);
    else
        return false;
    if (!header)
        return false;
    next = push(next, proto == PROTO_TCP ? TW_LAYER_TCP : TW_LAYER_UDP, 1, at, &ends, header);
    frame->n_layers = (uint32_t)(next - frame->layers);
    frame->i_network = frame->n_layers - 2;
    frame->i_transport = frame->n_layers - 1;
    frame->data = data;
    frame->cap_len = cap_len;
    frame->len = len;
    frame->link_type = 1;
    frame->flags = is_ipv4 ? TW_FRAME_IPV4 : TW_FRAME_IPV6;
    frame->proto = proto;
    frame->no_link = false;
    frame->fragment.len = 0;
    frame->malformed = NULL;
    frame->malformed_at = 0;
    return true;
}
