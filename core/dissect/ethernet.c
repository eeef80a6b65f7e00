/* Ethernet, 802.2, VLAN, MPLS, PPPoE, ARP: the EtherType family of headers.
 * Must not know other link types or network headers. */
#include "core/dissect/walk.h"

/* Cisco ISL wraps a frame in 26 bytes, told by its group address. */
static bool is_isl(const uint8_t *p)
{
    return (p[0] == 0x01 || p[0] == 0x0c) && p[1] == 0x00 && p[2] == 0x0c && p[3] == 0x00 &&
           p[4] == 0x00;
}

void tw_walk_eth(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ETH);
    uint32_t type;

    if (!layer || !tw_walk_need(w, 14))
        return;
    type = tw_be16(p + 12);
    if (TW_UNLIKELY(type <= 1500 && is_isl(p))) {
        w->frame->n_layers--;
        if (tw_walk_need(w, 26)) {
            w->at += 26;
            tw_walk_go(w, TW_NEXT_LINK, 1);
        }
        return;
    }
    tw_walk_pass(w, layer, 14);
    if (type >= 0x600) {
        tw_walk_go(w, TW_NEXT_ETHERTYPE, type);
    } else if (type && type <= 1500) {
        tw_walk_bound(w, type);
        if (tw_walk_left(w) >= 2 && tw_be16(tw_walk_bytes(w)) == 0xffff)
            tw_walk_push(w, TW_LAYER_DATA); /* raw IPX */
        else
            tw_walk_go(w, TW_NEXT_LLC, 0);
    } else {
        tw_walk_push(w, TW_LAYER_DATA);
    }
}

void tw_walk_llc(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_LLC);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 3))
        return;
    header = (p[2] & 3) == 3 ? 3 : 4;
    if (!tw_walk_need(w, header))
        return;
    if (p[0] == 0xaa && p[1] == 0xaa) { /* SNAP: organisation and type */
        uint32_t oui;
        uint16_t pid;

        if (!tw_walk_need(w, header + 5))
            return;
        oui = tw_be24(p + header);
        pid = tw_be16(p + header + 3);
        tw_walk_pass(w, layer, header + 5);
        if (oui == 0 || oui == 0x0000f8 || (oui == 0x00000c && pid == 0x0800))
            tw_walk_go(w, TW_NEXT_ETHERTYPE, pid);
        else if (oui == 0x0080c2 && (pid == 1 || pid == 7))
            tw_walk_go(w, TW_NEXT_LINK, 1);
        else
            tw_walk_push(w, TW_LAYER_DATA);
        return;
    }
    tw_walk_pass(w, layer, header);
    if (p[0] == 0x06 && p[2] == 0x03)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
    else
        tw_walk_push(w, TW_LAYER_DATA);
}

static void walk_vlan(struct tw_walk *w, bool is_service)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_VLAN);
    uint32_t type;

    if (layer && is_service)
        layer->flags |= TW_LAYER_SERVICE;
    if (!layer || !tw_walk_need(w, 4))
        return;
    if (w->n_vlan == TW_MAX_VLAN) {
        tw_walk_malformed(w, w->at, "too many VLAN tags");
        return;
    }
    w->n_vlan++;
    tw_walk_pass(w, layer, 4);
    type = tw_be16(p + 2);
    if (type >= 0x600) {
        tw_walk_go(w, TW_NEXT_ETHERTYPE, type);
    } else {
        if (type)
            tw_walk_bound(w, type);
        if (tw_walk_left(w) >= 2 && tw_be16(tw_walk_bytes(w)) == 0xffff)
            tw_walk_push(w, TW_LAYER_DATA);
        else
            tw_walk_go(w, TW_NEXT_LLC, 0);
    }
}

/* What follows the bottom of the stack is not said: IP shows by its version, a pseudowire's
 * Ethernet by its addresses. */
static void leave_mpls(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);

    if (tw_walk_left(w) == 0)
        return;
    if (p[0] >> 4 == 4 || p[0] >> 4 == 6) {
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
    } else if (p[0] >> 4 == 0 && tw_walk_left(w) >= 18) {
        if (tw_be32(p) == 0 || (tw_be16(p) == 0 && tw_be16(p + 16) >= 0x600))
            w->at += 4; /* control word (RFC 4448) */
        tw_walk_go(w, TW_NEXT_LINK, 1);
    } else {
        tw_walk_push(w, TW_LAYER_DATA);
    }
}

static void walk_mpls(struct tw_walk *w)
{
    for (;;) {
        const uint8_t *p = tw_walk_bytes(w);
        struct tw_layer *layer = tw_walk_push(w, TW_LAYER_MPLS);

        if (!layer || !tw_walk_need(w, 4))
            return;
        if (w->n_mpls == TW_MAX_MPLS) {
            tw_walk_malformed(w, w->at, "too many MPLS labels");
            return;
        }
        w->n_mpls++;
        tw_walk_pass(w, layer, 4);
        if (p[2] & 1)
            break;
    }
    leave_mpls(w);
}

static void walk_pppoe(struct tw_walk *w, bool session)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_PPPOE);

    if (!layer || !tw_walk_need(w, 6))
        return;
    tw_walk_pass(w, layer, 6);
    tw_walk_bound(w, tw_be16(p + 4));
    if (session && p[1] == 0) {
        layer = tw_walk_push(w, TW_LAYER_PPP);
        tw_walk_go(w, layer ? TW_NEXT_PPP : TW_NEXT_STOP, 0);
    }
}

/* 802.1BR and Cisco tags: six bytes, the last two an EtherType. */
static void walk_vntag(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_VNTAG);

    if (!layer || !tw_walk_need(w, 6))
        return;
    tw_walk_pass(w, layer, 6);
    tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 4));
}

/* Cisco FabricPath: outer addresses that name switches, a forwarding tag and TTL, the frame. */
static void walk_fabricpath(struct tw_walk *w)
{
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_CFP);

    if (!layer || !tw_walk_need(w, 2))
        return;
    tw_walk_pass(w, layer, 2);
    tw_walk_go(w, TW_NEXT_LINK, 1);
}

/* 802.1ah: service identifier, the customer's addresses and EtherType. However many there are, they
 * are one layer. */
static void walk_pbb(struct tw_walk *w)
{
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_PBB);
    uint32_t type = 0x88e7, n = 0;

    if (!layer)
        return;
    while (type == 0x88e7) {
        if (!tw_walk_need(w, 18))
            return;
        type = tw_be16(tw_walk_bytes(w) + 16);
        w->at += 18;
        n += 18;
    }
    layer->header_len = n;
    if (type >= 0x600)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, type);
}

/* Readable only where it protects without encrypting. */
static void walk_macsec(struct tw_walk *w)
{
    enum { ICV = 16 };
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_MACSEC);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 1))
        return;
    header = p[0] & 0x20 ? 14 : 6; /* with or without the channel identifier */
    if (!tw_walk_need(w, header + 2))
        return;
    tw_walk_pass(w, layer, header + 2);
    if ((p[0] & 0x0c) || w->end - w->at < ICV)
        return;
    tw_walk_bound(w, w->end - w->at - ICV);
    tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + header));
}

static void walk_nsh(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_NSH);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 8))
        return;
    header = (uint32_t)(p[1] & 0x3f) * 4;
    if (header < 8 || !tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    if (p[3] == 1 || p[3] == 2)
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
    else if (p[3] == 3)
        tw_walk_go(w, TW_NEXT_LINK, 1);
    else if (p[3] == 5)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8847);
}

static void walk_arp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ARP);
    uint32_t header;

    if (!layer)
        return;
    w->frame->flags |= TW_FRAME_ARP;
    if (!tw_walk_need(w, 8))
        return;
    header = 8 + 2 * ((uint32_t)p[4] + p[5]);
    if (tw_walk_need(w, header))
        tw_walk_pass(w, layer, header);
}

void tw_walk_ethertype(struct tw_walk *w, uint32_t ethertype)
{
    switch (ethertype) {
    case 0x0800:
        tw_walk_ipv4(w);
        break;
    case 0x86dd:
        tw_walk_ipv6(w);
        break;
    case 0x0806:
    case 0x8035:
        walk_arp(w);
        break;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
        walk_vlan(w, ethertype == TW_ETHERTYPE_SERVICE);
        break;
    case 0x8847:
    case 0x8848:
        walk_mpls(w);
        break;
    case 0x8863:
    case 0x8864:
        walk_pppoe(w, ethertype == 0x8864);
        break;
    case 0x88e5:
        walk_macsec(w);
        break;
    case 0x88e7:
        walk_pbb(w);
        break;
    case 0x8903:
        walk_fabricpath(w);
        break;
    case 0x8926:
        walk_vntag(w);
        break;
    case 0x894f:
        walk_nsh(w);
        break;
    case 0x880b:
        tw_walk_go(w, TW_NEXT_LINK, 50);
        break;
    case 0x6558:
        tw_walk_go(w, TW_NEXT_LINK, 1);
        break;
    default:
        tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}
