/* IPv4 and IPv6 with their extension headers, AH and ESP: where they end and what they carry.
 * Must not know links below or transports above. */
#include "core/dissect/walk.h"

enum {
    PROTO_HOPOPTS = 0,
    PROTO_IPIP = 4,
    PROTO_IPV6 = 41,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_GRE = 47,
    PROTO_ESP = 50,
    PROTO_AH = 51,
    PROTO_NONE = 59,
    PROTO_DSTOPTS = 60,
    PROTO_ETHERIP = 97,
    PROTO_PIM = 103,
    PROTO_MOBILITY = 135,
    PROTO_MPLS = 137,
    PROTO_HIP = 139,
    PROTO_SHIM6 = 140
};

/* A network header with addresses: the base columns are about it, unless it is quoted. False when
 * the nesting is too deep. */
static bool enter_network(struct tw_walk *w, uint8_t proto, uint16_t family)
{
    struct tw_frame *f = w->frame;

    if (!w->quoted) {
        const uint16_t later = f->flags & TW_FRAME_WHOLE ? 0 : TW_FRAME_LATER;

        if (f->i_network)
            f->flags |= TW_FRAME_TUNNEL;
        f->i_network = f->n_layers - 1;
        f->i_transport = 0;
        f->proto = proto;
        f->fragment.len = 0;
        f->flags = (uint16_t)((f->flags &
                               ~(TW_FRAME_IPV4 | TW_FRAME_IPV6 | TW_FRAME_FRAGMENT | later |
                                 TW_FRAME_NO_STREAM | TW_FRAME_UNMEASURED | TW_FRAME_BOGUS)) |
                              family);
    }
    if (w->depth == TW_MAX_TUNNEL_DEPTH) {
        tw_walk_malformed(w, w->at, "too many network headers within each other");
        return false;
    }
    return true;
}

/* A fragment of n bytes starts here. True: the walk ends, since the header above belongs to the
 * packet that completes the datagram, as in tshark; a first fragment that was cut is read as it is.
 */
static bool enter_fragment(struct tw_walk *w, uint32_t id, uint32_t offset, bool more, uint32_t n)
{
    struct tw_frame *f = w->frame;
    const bool captured = n == w->cap_end - w->at;

    if (!w->quoted) {
        f->flags |= TW_FRAME_FRAGMENT | (offset ? TW_FRAME_LATER : 0);
        if (captured) {
            f->fragment.id = id;
            f->fragment.offset = offset;
            f->fragment.at = w->at;
            f->fragment.len = n;
            f->fragment.more = more;
        }
    }
    if (!offset && (!captured || w->quoted))
        return false;
    tw_walk_push(w, TW_LAYER_DATA);
    tw_walk_go(w, TW_NEXT_STOP, 0);
    return true;
}

void tw_walk_ip_any(struct tw_walk *w)
{
    if (!tw_walk_need(w, 1))
        return;
    switch (*tw_walk_bytes(w) >> 4) {
    case 4:
        tw_walk_ipv4(w);
        break;
    case 6:
        tw_walk_ipv6(w);
        break;
    default:
        tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}

void tw_walk_ipv4(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer;
    uint32_t header, total;
    uint16_t fragment;
    bool whole;

    w->depth++;
    layer = tw_walk_push(w, TW_LAYER_IP);
    if (!layer || !tw_walk_need(w, 1))
        return;
    if (*p >> 4 ==
        6) { /* an IPv4 EtherType, but the packet says otherwise: as tshark, believe it */
        w->frame->n_layers--;
        w->depth--;
        tw_walk_ipv6(w);
        return;
    }
    if (*p >> 4 != 4) {
        tw_walk_malformed(w, w->at, "IPv4 header with another version");
        return;
    }
    header = (uint32_t)(*p & 15) * 4;
    if (header < 20) {
        tw_walk_malformed(w, w->at, "IPv4 header length below 20");
        return;
    }
    if (!tw_walk_need(w, 20))
        return;
    total = tw_be16(p + 2);
    if (total == 0) /* segmentation offload: the length did not fit, or is filled in later */
        total = w->end - w->at;
    if (total < header) {
        tw_walk_malformed(w, w->at + 2, "IPv4 total length below its header");
        return;
    }
    if (!enter_network(w, p[9], TW_FRAME_IPV4))
        return;
    whole = w->whole == w->at + 1;
    if (whole) {
        w->frame->flags |= TW_FRAME_FRAGMENT | TW_FRAME_WHOLE;
    } else {
        if (total > w->end - w->at)
            tw_walk_malformed(w, w->at + 2, "IPv4 total length beyond the packet");
        tw_walk_bound(w, total);
    }
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    fragment = tw_be16(p + 6);
    if (whole && (fragment & 0x1fff))
        w->frame->flags |= TW_FRAME_LATER;
    if ((fragment & 0x3fff) && !whole &&
        enter_fragment(w, tw_be16(p + 4), (uint32_t)(fragment & 0x1fff) * 8, fragment & 0x2000,
                       total - header))
        return;
    tw_walk_go(w, TW_NEXT_IPPROTO, p[9]);
}

void tw_walk_ipv6(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer;
    uint32_t length;

    w->depth++;
    layer = tw_walk_push(w, TW_LAYER_IPV6);
    if (!layer || !tw_walk_need(w, 1))
        return;
    if (*p >> 4 != 6) {
        tw_walk_malformed(w, w->at, "IPv6 header with another version");
        return;
    }
    if (!tw_walk_need(w, 40))
        return;
    if (!enter_network(w, p[6], TW_FRAME_IPV6))
        return;
    length = tw_be16(p + 4);
    tw_walk_pass(w, layer, 40);
    if (w->whole == layer->offset + 1) {
        w->frame->flags |= TW_FRAME_FRAGMENT | TW_FRAME_WHOLE;
    } else if (length) { /* 0: a jumbogram or segmentation offload; the frame's length holds */
        if (length > w->end - w->at)
            tw_walk_malformed(w, layer->offset + 4, "IPv6 payload length beyond the packet");
        tw_walk_bound(w, length);
    }
    tw_walk_go(w, TW_NEXT_IPPROTO, p[6]);
}

/* One more header between the network's and the transport's; NULL: one too many. */
static struct tw_layer *push_extension(struct tw_walk *w, enum tw_layer_kind kind)
{
    if (w->n_extensions == TW_MAX_EXTENSIONS) {
        tw_walk_malformed(w, w->at, "too many extension headers");
        return NULL;
    }
    w->n_extensions++;
    return tw_walk_push(w, kind);
}

/* Hop-by-hop, destination options, routing, mobility, HIP, shim6: next header, length in units of
 * eight bytes beyond the first eight. */
static void walk_extension(struct tw_walk *w, enum tw_layer_kind kind)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = push_extension(w, kind);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 8))
        return;
    header = ((uint32_t)p[1] + 1) * 8;
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    tw_walk_go(w, TW_NEXT_IPPROTO, p[0]);
}

static bool is_extension(uint8_t proto)
{
    return proto == PROTO_HOPOPTS || proto == PROTO_ROUTING || proto == PROTO_DSTOPTS ||
           proto == PROTO_AH || proto == PROTO_MOBILITY || proto == PROTO_HIP ||
           proto == PROTO_SHIM6;
}

static void walk_fragment(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = push_extension(w, TW_LAYER_IPV6_FRAGMENT);
    uint16_t fragment;

    if (!layer || !tw_walk_need(w, 8))
        return;
    tw_walk_pass(w, layer, 8);
    tw_walk_go(w, TW_NEXT_IPPROTO, p[0]);
    fragment = tw_be16(p + 2);
    if (!(fragment & 0xfff9))
        return; /* an atomic fragment is a whole packet (RFC 6946) */
    if (!w->quoted && w->whole == w->frame->layers[w->frame->i_network].offset + 1) {
        if (fragment & 0xfff8)
            w->frame->flags |= TW_FRAME_LATER;
        return;
    }
    if (enter_fragment(w, tw_be32(p + 4), fragment & 0xfff8u, fragment & 1, w->end - w->at) &&
        !w->quoted && ((fragment & 0xfff8) || !is_extension(p[0])))
        w->frame->proto = p[0]; /* else it is not known before the datagram is whole */
}

static void walk_ah(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = push_extension(w, TW_LAYER_AH);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 8))
        return;
    header = ((uint32_t)p[1] + 2) * 4;
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    tw_walk_go(w, TW_NEXT_IPPROTO, p[0]);
}

static void walk_pim(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_PIM);

    if (!layer || !tw_walk_need(w, 8))
        return;
    tw_walk_pass(w, layer, 8);
    /* Version 2, Register: a whole multicast packet follows; a null one has only its header. */
    if (p[0] == 0x21 && tw_walk_left(w) > 0)
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
}

void tw_walk_ipproto(struct tw_walk *w, uint32_t proto)
{
    if (!w->quoted)
        w->frame->proto = (uint8_t)proto;
    switch (proto) {
    case PROTO_HOPOPTS:
        walk_extension(w, TW_LAYER_IPV6_HOPOPTS);
        return;
    case PROTO_DSTOPTS:
        walk_extension(w, TW_LAYER_IPV6_DSTOPTS);
        return;
    case PROTO_MOBILITY:
        walk_extension(w, TW_LAYER_MIPV6);
        return;
    case PROTO_HIP:
        walk_extension(w, TW_LAYER_HIP);
        return;
    case PROTO_SHIM6:
        walk_extension(w, TW_LAYER_SHIM6);
        return;
    case PROTO_ROUTING:
        walk_extension(w, TW_LAYER_IPV6_ROUTING);
        return;
    case PROTO_FRAGMENT:
        walk_fragment(w);
        return;
    case PROTO_AH:
        walk_ah(w);
        return;
    case PROTO_NONE:
        return;
    case PROTO_ESP:
        tw_walk_push(w, TW_LAYER_ESP);
        return;
    case PROTO_IPIP:
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
        return;
    case PROTO_IPV6:
        if (tw_walk_left(w) && *tw_walk_bytes(w) >> 4 == 6)
            tw_walk_go(w, TW_NEXT_IP_ANY, 0);
        else
            tw_walk_push(w, TW_LAYER_DATA);
        return;
    case PROTO_GRE:
        tw_walk_gre(w);
        return;
    case PROTO_PIM:
        walk_pim(w);
        return;
    case PROTO_MPLS:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8847);
        return;
    case PROTO_ETHERIP:
        if (tw_walk_need(w, 2) && *tw_walk_bytes(w) >> 4 == 3) {
            w->at += 2;
            tw_walk_go(w, TW_NEXT_LINK, 1);
        }
        return;
    default:
        tw_walk_transport(w, proto);
        return;
    }
}
