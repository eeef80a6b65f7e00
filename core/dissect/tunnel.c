/* GRE and what UDP tunnels carry: VXLAN, GENEVE, GTP-U, Teredo, L2TP and others.
 * Must not know the headers that they carry. */
#include "core/dissect/walk.h"

enum {
    ETHERTYPE_IP = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_TEB = 0x6558,
    ETHERTYPE_PPP = 0x880b,
    ETHERTYPE_ERSPAN = 0x88be,
    ETHERTYPE_ERSPAN3 = 0x22eb,
    ETHERTYPE_WCCP = 0x883e
};
enum { LINK_ETHERNET = 1 };

/* Source routing entries end with an empty one (RFC 1701). */
static bool pass_gre_routing(struct tw_walk *w, const uint8_t *p, uint32_t *header)
{
    for (;;) {
        uint32_t length;

        if (!tw_walk_need(w, *header + 4))
            return false;
        length = p[*header + 3];
        if (tw_be16(p + *header) == 0 && length == 0) {
            *header += 4;
            return true;
        }
        *header += 4 + length;
    }
}

static void walk_erspan(struct tw_walk *w, uint16_t proto, bool has_sequence)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer;
    uint32_t header;

    if (proto == ETHERTYPE_ERSPAN && !has_sequence) { /* type I has no header */
        layer = tw_walk_push(w, TW_LAYER_ERSPAN);
        tw_walk_go(w, layer ? TW_NEXT_LINK : TW_NEXT_STOP, LINK_ETHERNET);
        return;
    }
    layer = tw_walk_push(w, TW_LAYER_ERSPAN);
    header = proto == ETHERTYPE_ERSPAN ? 8 : 12;
    if (!layer || !tw_walk_need(w, header))
        return;
    if (proto == ETHERTYPE_ERSPAN3 && (p[11] & 1)) { /* platform-specific subheader */
        header += 8;
        if (!tw_walk_need(w, header))
            return;
    }
    tw_walk_pass(w, layer, header);
    if (p[0] >> 4 == (proto == ETHERTYPE_ERSPAN ? 1 : 2))
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
}

void tw_walk_gre(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_GRE);
    uint32_t header = 4;
    uint16_t flags, proto;

    if (!layer || !tw_walk_need(w, 4))
        return;
    flags = tw_be16(p);
    proto = tw_be16(p + 2);
    if (flags & 0xc000)
        header += 4;
    if (flags & 0x2000)
        header += 4;
    if (flags & 0x1000)
        header += 4;
    if ((flags & 7) == 1 && (flags & 0x80))
        header += 4;
    if (!tw_walk_need(w, header))
        return;
    if ((flags & 0x4000) && !pass_gre_routing(w, p, &header))
        return;
    tw_walk_pass(w, layer, header);
    if (w->at == w->end)
        return; /* an acknowledgement alone, a keep-alive */
    switch (proto) {
    case ETHERTYPE_TEB:
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
        break;
    case ETHERTYPE_PPP:
        tw_walk_go(w, TW_NEXT_LINK, 50);
        break;
    case ETHERTYPE_ERSPAN:
    case ETHERTYPE_ERSPAN3:
        walk_erspan(w, proto, flags & 0x1000);
        break;
    case ETHERTYPE_WCCP:
        /* Version 2 puts a redirect header before the packet; it does not begin like IPv4. */
        if (!tw_walk_need(w, 4))
            return;
        if (*tw_walk_bytes(w) >> 4 != 4)
            w->at += 4;
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
        break;
    default:
        if (proto >= 0x600)
            tw_walk_go(w, TW_NEXT_ETHERTYPE, proto);
        else
            tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}

static void walk_vxlan(struct tw_walk *w, bool gpe)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_VXLAN);

    if (!layer || !tw_walk_need(w, 8))
        return;
    tw_walk_pass(w, layer, 8);
    if (!gpe || p[3] == 3)
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
    else if (p[3] == 1 || p[3] == 2)
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
}

static void walk_geneve(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_GENEVE);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 8))
        return;
    header = 8 + (uint32_t)(p[0] & 0x3f) * 4;
    if (p[0] >> 6 != 0 || !tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    if (tw_be16(p + 2) == ETHERTYPE_TEB)
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
    else
        tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 2));
}

static void walk_gtp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_GTP);
    uint32_t header = 8;
    uint8_t first;

    if (!layer || !tw_walk_need(w, 8))
        return;
    if (p[0] >> 5 == 0 && (p[0] & 0x10)) { /* the first version: 20 bytes, whatever the flags */
        header = 20;
        if (!tw_walk_need(w, header))
            return;
    } else if (p[0] >> 5 != 1) {
        return;
    } else if (p[0] & 7) { /* sequence number, N-PDU number and next extension, all or none */
        header = 12;
        if (!tw_walk_need(w, 12))
            return;
        if (p[0] & 4) {
            uint8_t next = p[11];

            while (next) {
                uint32_t length;

                if (!tw_walk_need(w, header + 4))
                    return;
                length = (uint32_t)p[header] * 4;
                if (length == 0 || !tw_walk_need(w, header + length))
                    return;
                header += length;
                next = p[header - 1];
            }
        }
    }
    tw_walk_pass(w, layer, header);
    if (p[1] != 0xff || w->at == w->cap_end) /* only T-PDUs carry packets */
        return;
    first = *tw_walk_bytes(w);
    if ((first >= 0x45 && first <= 0x4f) || first >> 4 == 6)
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
    else
        tw_walk_push(w, TW_LAYER_DATA);
}

static void walk_teredo(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_TEREDO);
    uint32_t header = 0;

    if (!layer || !tw_walk_need(w, 2))
        return;
    if (tw_be16(p) == 1) { /* authentication: client identifier and value, nonce, confirmation */
        if (!tw_walk_need(w, 4))
            return;
        header = 13 + (uint32_t)p[2] + p[3];
        if (!tw_walk_need(w, header + 2))
            return;
    }
    if (tw_be16(p + header) == 0) { /* origin indication */
        header += 8;
        if (!tw_walk_need(w, header + 1))
            return;
    }
    if (p[header] >> 4 != 6) {
        w->frame->n_layers--;
        tw_walk_push(w, TW_LAYER_DATA);
        return;
    }
    tw_walk_pass(w, layer, header);
    tw_walk_go(w, TW_NEXT_IP_ANY, 0);
}

/* L2TP version 2 data messages carry PPP (RFC 2661). */
static void walk_l2tp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_L2TP);
    uint32_t header = 6;
    uint16_t flags;

    if (!layer || !tw_walk_need(w, 6))
        return;
    flags = tw_be16(p);
    if ((flags & 15) != 2)
        return;
    if (flags & 0x4000)
        header += 2;
    if (flags & 0x0800)
        header += 4;
    if (flags & 0x0200) {
        if (!tw_walk_need(w, header + 2))
            return;
        header += 2 + (uint32_t)tw_be16(p + header);
    }
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    if (!(flags & 0x8000) && w->at < w->cap_end)
        tw_walk_go(w, TW_NEXT_LINK, 50);
}

/* Access points' frames, 802.3 or 802.11 (RFC 5415 section 4.3). As tshark expects, and controllers
 * do, the two bytes of the 802.11 frame control are swapped. */
static void walk_capwap(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_CAPWAP);
    uint32_t bits, header;

    if (!layer || !tw_walk_need(w, 8) || (p[0] & 15) != 0)
        return; /* type 1 is DTLS */
    bits = tw_be24(p + 1);
    header = (bits >> 19) * 4;
    if (header < 8 || (bits & 0x88) || !tw_walk_need(w, header))
        return; /* fragments and keep-alives carry no frame */
    tw_walk_pass(w, layer, header);
    if (!(bits & 0x100))
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
    else if ((bits >> 9 & 31) == 1)
        tw_walk_wlan(w, TW_WLAN_SWAPPED);
}

/* The port is one that systems hand out as well, so that what does not look like TZSP is not. */
static bool is_tzsp(const struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);

    return tw_walk_left(w) >= TW_TZSP_HEADER && p[0] == 1 && p[1] <= 5 && p[2] == 0;
}

static void walk_tzsp(struct tw_walk *w)
{
    enum { TYPE_KEEP_ALIVE = 4 }; /* and 5, which opens a port, have no tags */
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer;
    uint32_t header = TW_TZSP_HEADER;
    uint16_t encap;
    uint8_t tag;

    if (!is_tzsp(w))
        return;
    layer = tw_walk_push(w, TW_LAYER_TZSP);
    if (!layer)
        return;
    if (p[1] >= TYPE_KEEP_ALIVE) {
        tw_walk_pass(w, layer, header);
        return;
    }
    do {
        if (!tw_walk_need(w, header + 1))
            return;
        tag = p[header++];
        if (tag > TW_TZSP_END) {
            if (!tw_walk_need(w, header + 1) || !tw_walk_need(w, header + 1 + p[header]))
                return;
            header += 1 + (uint32_t)p[header];
        }
    } while (tag != TW_TZSP_END);
    tw_walk_pass(w, layer, header);
    if (w->at == w->cap_end)
        return;
    encap = tw_be16(p + 2);
    if (encap == 1)
        tw_walk_go(w, TW_NEXT_LINK, LINK_ETHERNET);
    else if (encap == 18)
        tw_walk_go(w, TW_NEXT_LINK, 105);
    else if (encap == 119)
        tw_walk_go(w, TW_NEXT_LINK, 119);
    else if (encap == 127)
        tw_walk_go(w, TW_NEXT_LINK, 163);
    else
        tw_walk_push(w, TW_LAYER_DATA);
}

enum {
    PORT_L2TP = TW_TUNNEL_PORT_LEAST,
    PORT_GTP = 2152,
    PORT_GTP_0 = 3386,
    PORT_TEREDO = 3544,
    PORT_LISP = 4341,
    PORT_ESP = 4500,
    PORT_GRE = 4754,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790,
    PORT_AYIYA = 5072,
    PORT_CAPWAP = 5247,
    PORT_GENEVE = 6081,
    PORT_SFLOW = 6343,
    PORT_MPLS = TW_TUNNEL_PORT_MOST,
    PORT_TZSP = TW_TUNNEL_PORT_TZSP
};

bool tw_walk_is_tunnel_port(uint16_t port)
{
    switch (port) {
    case PORT_L2TP:
    case PORT_GTP:
    case PORT_GTP_0:
    case PORT_TEREDO:
    case PORT_LISP:
    case PORT_ESP:
    case PORT_GRE:
    case PORT_VXLAN:
    case PORT_VXLAN_GPE:
    case PORT_AYIYA:
    case PORT_CAPWAP:
    case PORT_GENEVE:
    case PORT_SFLOW:
    case PORT_MPLS:
    case PORT_TZSP:
        return true;
    default:
        return false;
    }
}

static void walk_ayiya(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    uint32_t header;

    if (!tw_walk_need(w, 8))
        return;
    header = 8 + (1U << (p[0] >> 4)) + (uint32_t)(p[1] >> 4) * 4;
    if ((p[2] & 15) != 1 || p[3] != 41 || !tw_walk_need(w, header))
        return; /* another operation, or what is inside is not IPv6 */
    w->at += header;
    tw_walk_go(w, TW_NEXT_IP_ANY, 0);
}

void tw_walk_udp_payload(struct tw_walk *w, uint32_t ports)
{
    uint16_t sport = (uint16_t)(ports >> 16), dport = (uint16_t)ports;
    uint16_t low = TW_MIN(sport, dport), high = TW_MAX(sport, dport);
    uint16_t port = tw_walk_is_tunnel_port(low) ? low : tw_walk_is_tunnel_port(high) ? high : 0;

    if (port == 0 || w->at == w->cap_end)
        return;
    switch (port) {
    case PORT_L2TP:
        walk_l2tp(w);
        break;
    case PORT_GTP:
    case PORT_GTP_0:
        walk_gtp(w);
        break;
    case PORT_TEREDO:
        walk_teredo(w);
        break;
    case PORT_LISP:
        if (tw_walk_need(w, 8)) {
            w->at += 8;
            tw_walk_go(w, TW_NEXT_IP_ANY, 0);
        }
        break;
    case PORT_ESP:
        /* Four zero bytes mark a key exchange message, one byte a keep-alive (RFC 3948). */
        if (tw_walk_left(w) >= 8 && tw_be32(tw_walk_bytes(w)) != 0)
            tw_walk_push(w, TW_LAYER_ESP);
        break;
    case PORT_GRE:
        tw_walk_gre(w);
        break;
    case PORT_VXLAN:
    case PORT_VXLAN_GPE:
        walk_vxlan(w, port == PORT_VXLAN_GPE);
        break;
    case PORT_AYIYA:
        walk_ayiya(w);
        break;
    case PORT_CAPWAP:
        walk_capwap(w);
        break;
    case PORT_GENEVE:
        walk_geneve(w);
        break;
    case PORT_SFLOW:
        tw_walk_sflow(w);
        break;
    case PORT_MPLS:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8847);
        break;
    case PORT_TZSP:
        walk_tzsp(w);
        break;
    default:
        break;
    }
}
