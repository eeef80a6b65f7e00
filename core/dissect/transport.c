/* TCP, UDP, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6, IGMP: where their headers end, and the packet that
 * an ICMP error quotes. Must not know what carries them. */
#include "core/dissect/walk.h"

enum {
    PROTO_ICMP = 1,
    PROTO_IGMP = 2,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_DCCP = 33,
    PROTO_ICMPV6 = 58,
    PROTO_SCTP = 132,
    PROTO_UDPLITE = 136
};

/* The layer just pushed is the transport, unless it is quoted. */
static void enter_transport(struct tw_walk *w)
{
    struct tw_frame *f = w->frame;
    uint8_t kind = f->layers[f->n_layers - 1].kind;

    if (w->quoted) {
        if (kind == TW_LAYER_TCP || kind == TW_LAYER_UDP || kind == TW_LAYER_UDPLITE)
            f->flags |= TW_FRAME_QUOTED;
    } else if (f->i_network) {
        f->i_transport = f->n_layers - 1;
    }
}

static void no_stream(struct tw_walk *w)
{
    if (!w->quoted)
        w->frame->flags |= TW_FRAME_NO_STREAM;
}

/* What the base columns cannot say of a TCP header. */
static void flag_header(struct tw_walk *w, uint32_t header)
{
    struct tw_frame *f = w->frame;

    if (w->quoted)
        return;
    if (header > w->end - w->at || ((f->flags & TW_FRAME_FRAGMENT) && !w->whole))
        f->flags |= TW_FRAME_UNMEASURED;
    if (header < 20)
        f->flags |= TW_FRAME_BOGUS;
}

static void walk_tcp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_TCP);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 4))
        return;
    enter_transport(w);
    if (!tw_walk_need(w, 16)) { /* tshark looks at the window before it knows the conversation */
        no_stream(w);
        return;
    }
    header = (uint32_t)(p[12] >> 4) * 4;
    flag_header(w, header);
    if (header < 20) {
        tw_walk_malformed(w, w->at + 12, "TCP header length below 20");
        return;
    }
    if (header > w->end - w->at) {
        tw_walk_malformed(w, w->at + 12, "TCP header longer than its segment");
        return;
    }
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
}

static void walk_udp(struct tw_walk *w, enum tw_layer_kind kind)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, kind);
    uint32_t length;

    if (!layer || !tw_walk_need(w, 4))
        return;
    enter_transport(w);
    if (!tw_walk_need(w, 8)) { /* its checksum likewise */
        no_stream(w);
        return;
    }
    length = tw_be16(p + 4);
    if (kind == TW_LAYER_UDPLITE || (length == 0 && (w->frame->flags & TW_FRAME_IPV6)))
        length = w->end - w->at; /* coverage, not length; or a jumbogram */
    if (length < 8) {
        no_stream(w);
        tw_walk_malformed(w, w->at + 4, "UDP length below 8");
        return;
    }
    if (length > w->end - w->at && !(w->frame->flags & TW_FRAME_FRAGMENT))
        tw_walk_malformed(w, w->at + 4, "UDP length beyond the packet");
    tw_walk_bound(w, length);
    tw_walk_pass(w, layer, 8);
    if (kind == TW_LAYER_UDP && !w->quoted)
        tw_walk_go(w, TW_NEXT_UDP, (uint32_t)tw_be16(p) << 16 | tw_be16(p + 2));
}

static void walk_sctp(struct tw_walk *w)
{
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_SCTP);

    if (!layer || !tw_walk_need(w, 4))
        return;
    enter_transport(w);
    if (tw_walk_need(w, 12))
        tw_walk_pass(w, layer, 12);
    else
        no_stream(w);
}

static void walk_dccp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_DCCP);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 4))
        return;
    enter_transport(w);
    if (!tw_walk_need(w, 12)) {
        no_stream(w);
        return;
    }
    header = (uint32_t)p[4] * 4;
    if (header < 12) {
        tw_walk_malformed(w, w->at + 4, "DCCP data offset below 12");
        return;
    }
    if (tw_walk_need(w, header))
        tw_walk_pass(w, layer, header);
}

/* The packet inside an error message: its layers are walked and flagged, the base columns stay the
 * error's own. */
static void enter_quoted(struct tw_walk *w)
{
    if (w->quoted || w->at == w->cap_end)
        return; /* an error about an error is not to be, and is not followed */
    w->quoted = true;
    tw_walk_go(w, TW_NEXT_IP_ANY, 0);
}

/* Where the quoted packet ends, as tshark has it: of a redirect it is the header and eight bytes
 * (RFC 792); others may say how many words they quote, beyond which there are extensions (RFC 4884
 * section 4), if the packet was longer. */
static void bound_quoted(struct tw_walk *w, uint8_t type, uint32_t n_words)
{
    const uint8_t *p = tw_walk_bytes(w);
    const uint32_t left = w->end - w->at;
    uint32_t header;

    if (tw_walk_left(w) < 4)
        return;
    header = (uint32_t)(p[0] & 15) * 4;
    if (type == 5)
        tw_walk_bound(w, header + 8);
    else if (n_words && left > n_words * 4 && tw_be16(p + 2) > n_words * 4)
        tw_walk_bound(w, header + n_words * 4);
}

static void walk_icmp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ICMP);

    if (!layer || !tw_walk_need(w, 2))
        return;
    enter_transport(w);
    if (!tw_walk_need(w, 8))
        return;
    tw_walk_pass(w, layer, 8);
    if (p[0] == 3 || p[0] == 4 || p[0] == 5 || p[0] == 11 || p[0] == 12) {
        bound_quoted(w, p[0], p[5]);
        enter_quoted(w);
    }
}

/* A redirect's options may hold the packet that it is about (RFC 4861 section 4.6.3). */
static void enter_redirected(struct tw_walk *w)
{
    uint32_t left = tw_walk_left(w), at = 36;
    const uint8_t *p = tw_walk_bytes(w);

    while (at + 8 <= left) {
        uint32_t length = (uint32_t)p[at + 1] * 8;

        if (length == 0 || length > left - at)
            return;
        if (p[at] == 4) {
            w->at += at;
            tw_walk_bound(w, length);
            w->at += 8;
            enter_quoted(w);
            return;
        }
        at += length;
    }
}

static void walk_icmpv6(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ICMPV6);

    if (!layer || !tw_walk_need(w, 2))
        return;
    enter_transport(w);
    if (!tw_walk_need(w, 4))
        return;
    if (p[0] == 137) {
        tw_walk_pass(w, layer, 4);
        enter_redirected(w);
        return;
    }
    if (p[0] >= 1 && p[0] <= 4) {
        if (!tw_walk_need(w, 8))
            return;
        tw_walk_pass(w, layer, 8);
        enter_quoted(w);
        return;
    }
    tw_walk_pass(w, layer, 4);
}

void tw_walk_transport(struct tw_walk *w, uint32_t proto)
{
    struct tw_layer *layer;

    switch (proto) {
    case PROTO_TCP:
        walk_tcp(w);
        break;
    case PROTO_UDP:
        walk_udp(w, TW_LAYER_UDP);
        break;
    case PROTO_UDPLITE:
        walk_udp(w, TW_LAYER_UDPLITE);
        break;
    case PROTO_SCTP:
        walk_sctp(w);
        break;
    case PROTO_DCCP:
        walk_dccp(w);
        break;
    case PROTO_ICMP:
        walk_icmp(w);
        break;
    case PROTO_ICMPV6:
        walk_icmpv6(w);
        break;
    case PROTO_IGMP:
        layer = tw_walk_push(w, TW_LAYER_IGMP);
        if (layer && tw_walk_need(w, 8))
            tw_walk_pass(w, layer, 8);
        break;
    default:
        tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}
