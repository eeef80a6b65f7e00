/* Link layers by LINKTYPE_ value: what lies between the frame's first byte and the network header.
 * Must not know network headers. */
#include "core/capture/record.h"
#include "core/dissect/walk.h"

static void walk_sll(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_SLL);
    uint16_t proto;

    if (!layer || !tw_walk_need(w, 16))
        return;
    tw_walk_pass(w, layer, 16);
    proto = tw_be16(p + 14);
    if (proto >= 0x600) {
        if (tw_be16(p + 2) == 778 && proto == 0x6558) /* IP over GRE device */
            tw_walk_go(w, TW_NEXT_LINK, 1);
        else
            tw_walk_go(w, TW_NEXT_ETHERTYPE, proto);
    } else if (proto == 4) {
        tw_walk_go(w, TW_NEXT_LLC, 0);
    } else {
        tw_walk_push(w, TW_LAYER_DATA);
    }
}

static void walk_sll2(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_SLL2);
    uint16_t proto;

    if (!layer || !tw_walk_need(w, 20))
        return;
    tw_walk_pass(w, layer, 20);
    proto = tw_be16(p);
    if (proto >= 0x600)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, proto);
    else if (proto == 4)
        tw_walk_go(w, TW_NEXT_LLC, 0);
    else
        tw_walk_push(w, TW_LAYER_DATA);
}

/* BSD's number of an address family; IPv6 has one in each system. */
static void go_family(struct tw_walk *w, uint32_t family)
{
    if (family == 2)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
    else if (family == 10 || family == 24 || family == 28 || family == 30)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
    else
        tw_walk_push(w, TW_LAYER_DATA);
}

/* A family number in the byte order of the machine that wrote the file. */
static void walk_null(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_NULL);
    uint32_t family;

    if (!layer || !tw_walk_need(w, 4))
        return;
    if (p[0] == 0xff && p[1] == 0x03) { /* PPP in disguise */
        w->frame->n_layers--;
        tw_walk_go(w, TW_NEXT_LINK, 9);
        return;
    }
    family = tw_walk_family(p);
    tw_walk_pass(w, layer, 4);
    if (family > 0xffff && tw_be16(p + 2) >= 0x600) /* an EtherType instead */
        tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 2));
    else if (family > 1536)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, family);
    else
        go_family(w, family);
}

static void walk_chdlc(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_CHDLC);

    if (!layer || !tw_walk_need(w, 4))
        return;
    tw_walk_pass(w, layer, 4);
    tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 2));
}

/* PPP as on a serial line: address and control may be there, and Cisco HDLC has its own. */
static void walk_ppp_line(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_PPP);

    if (!layer || !tw_walk_need(w, 2))
        return;
    if (p[0] == 0x0f || p[0] == 0x8f) {
        walk_chdlc(w);
        return;
    }
    if (p[0] == 0xff)
        tw_walk_pass(w, layer, 2);
    tw_walk_go(w, TW_NEXT_PPP, 0);
}

void tw_walk_ppp(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    uint32_t proto, n = 2;

    if (!tw_walk_need(w, 1))
        return;
    if (p[0] & 1) { /* compressed protocol field */
        n = 1;
        proto = p[0];
    } else {
        if (!tw_walk_need(w, 2))
            return;
        proto = tw_be16(p);
    }
    w->at += n;
    switch (proto) {
    case 0x21:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
        break;
    case 0x57:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
        break;
    case 0x281:
    case 0x283:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8847);
        break;
    default:
        tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}

/* The packet is one of the attributes: type 9 (RFC 3549 netlink, nfnetlink_log.h). */
static void walk_nflog(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_NFLOG);
    uint32_t at = 4, left;
    uint8_t family;

    if (!layer || !tw_walk_need(w, 4))
        return;
    family = p[0];
    left = tw_walk_left(w);
    while (left - at >= 4) {
        uint32_t length = tw_le16(p + at), type = tw_le16(p + at + 2) & 0x7fff;

        if (length < 4) {
            tw_walk_malformed(w, w->at + at, "NFLOG attribute shorter than its header");
            return;
        }
        if (type == 9) {
            tw_walk_pass(w, layer, at + 4);
            tw_walk_bound(w, length - 4);
            if (family == 2)
                tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
            else if (family == 10)
                tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
            else
                tw_walk_push(w, TW_LAYER_DATA);
            return;
        }
        length = (length + 3) & ~3U;
        if (length > left - at)
            return;
        at += length;
    }
}

/* What pf logs: the header says its length without the padding to a multiple of four. */
static void walk_pflog(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_PFLOG);
    uint32_t length;

    if (!layer || !tw_walk_need(w, 48))
        return;
    length = (p[0] + 3U) & ~3U;
    if (length < 48) {
        tw_walk_malformed(w, w->at, "pflog header shorter than its fixed fields");
        return;
    }
    if (!tw_walk_need(w, length))
        return;
    tw_walk_pass(w, layer, length);
    go_family(w, p[1]);
}

/* What goes through IPsec: family, SPI, flags, in the byte order of the machine that captured. */
static void walk_enc(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ENC);

    if (!layer || !tw_walk_need(w, 12))
        return;
    tw_walk_pass(w, layer, 12);
    go_family(w, tw_walk_family(p));
}

/* Juniper's routers: "MGC", flags, extensions, and the frame; without its link header (flag 2) a
 * number says what follows. */
static void walk_juniper(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_JUNIPER);
    uint32_t at = 4, proto;
    uint8_t flags;

    if (!layer || !tw_walk_need(w, 4))
        return;
    if (p[0] != 'M' || p[1] != 'G' || p[2] != 'C') { /* a bare frame */
        w->frame->n_layers--;
        tw_walk_go(w, TW_NEXT_LINK, 1);
        return;
    }
    flags = p[3];
    if (flags & 0x80) {
        if (!tw_walk_need(w, 6))
            return;
        at = 6U + tw_be16(p + 4);
    }
    if (!(flags & 2)) {
        if (tw_walk_need(w, at)) {
            tw_walk_pass(w, layer, at);
            tw_walk_go(w, TW_NEXT_LINK, 1);
        }
        return;
    }
    if (!tw_walk_need(w, at + 4))
        return;
    proto = tw_le32(p + at);
    tw_walk_pass(w, layer, at + 4);
    switch (proto) {
    case 2: /* IPv4; 3: behind MPLS */
    case 3:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
        break;
    case 6: /* IPv6; 7: behind MPLS */
    case 7:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
        break;
    case 4: /* MPLS, whatever is in it */
    case 5:
    case 8:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8847);
        break;
    case 200:
        tw_walk_go(w, TW_NEXT_LINK, 9);
        break;
    case 204:
        tw_walk_go(w, TW_NEXT_LINK, 1);
        break;
    default:
        tw_walk_push(w, TW_LAYER_DATA);
        break;
    }
}

/* A byte for the direction is before what the link type `of` is. */
static void walk_directed(struct tw_walk *w, uint32_t of)
{
    if (tw_walk_need(w, 1)) {
        w->at++;
        tw_walk_go(w, TW_NEXT_LINK, of);
    }
}

/* RFC 4391: EtherType and two reserved bytes, after the 40 bytes of pseudo header of the link type.
 */
static void walk_ipoib(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_IPOIB);

    if (!layer || !tw_walk_need(w, 44))
        return;
    tw_walk_pass(w, layer, 44);
    tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 40));
}

static void walk_fddi(struct tw_walk *w)
{
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_FDDI);

    if (!layer || !tw_walk_need(w, 13))
        return;
    tw_walk_pass(w, layer, 13);
    tw_walk_go(w, TW_NEXT_LLC, 0);
}

/* Q.922 address, then RFC 2427: control and NLPID, or Cisco's EtherType. */
static void walk_frame_relay(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_FR);
    uint32_t at = 1;
    uint8_t nlpid;

    if (!layer || !tw_walk_need(w, 4))
        return;
    while (at < 4 && !(p[at - 1] & 1))
        at++;
    if (!tw_walk_need(w, at + 2))
        return;
    if (p[at] != 0x03) {
        tw_walk_pass(w, layer, at + 2);
        tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + at));
        return;
    }
    at++;
    if (p[at] == 0) {
        at++;
        if (!tw_walk_need(w, at + 1))
            return;
    }
    nlpid = p[at++];
    tw_walk_pass(w, layer, at);
    if (nlpid == 0xcc) {
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
    } else if (nlpid == 0x8e) {
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
    } else if (nlpid == 0x80) {
        if (!tw_walk_need(w, 5))
            return;
        p = tw_walk_bytes(w);
        w->at += 5;
        if (tw_be24(p) == 0)
            tw_walk_go(w, TW_NEXT_ETHERTYPE, tw_be16(p + 3));
        else if (tw_be24(p) == 0x0080c2 && (p[4] == 1 || p[4] == 7))
            tw_walk_go(w, TW_NEXT_LINK, 1);
    } else {
        tw_walk_push(w, TW_LAYER_DATA);
    }
}

/* RFC 1201 has a split flag and a sequence number, RFC 1051 not. */
static void walk_arcnet(struct tw_walk *w, bool linux_header)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_ARCNET);
    uint32_t at = linux_header ? 4 : 2;
    uint8_t proto;

    if (!layer || !tw_walk_need(w, at + 1))
        return;
    proto = p[at++];
    if (proto == 212 || proto == 213 || proto == 196) {
        if (!tw_walk_need(w, at + 1))
            return;
        at += p[at] == 0xff && !linux_header ? 7 : 3;
    }
    if (!tw_walk_need(w, at))
        return;
    tw_walk_pass(w, layer, at);
    if (proto == 212 || proto == 240)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
    else if (proto == 213 || proto == 241)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0806);
    else if (proto == 196)
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
}

/* Headers before 802.11 that say their own length. */
static void walk_ppi(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    uint32_t length;

    if (!tw_walk_need(w, 8))
        return;
    length = tw_le16(p + 2);
    if (length < 8 || !tw_walk_need(w, length))
        return;
    w->at += length;
    tw_walk_go(w, TW_NEXT_LINK, tw_le32(p + 4));
}

static void walk_pktap(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    uint32_t length;

    if (!tw_walk_need(w, 12))
        return;
    length = tw_le32(p);
    if (length < 12 || !tw_walk_need(w, length))
        return;
    w->at += length;
    tw_walk_go(w, TW_NEXT_LINK, tw_le32(p + 8));
}

static void walk_prism(struct tw_walk *w, uint32_t length)
{
    if (length && tw_walk_need(w, length)) {
        w->at += length;
        tw_walk_wlan(w, 0);
    }
}

/* A record of a plugin's file format says itself what it is about. */
static void walk_record(struct tw_walk *w, uint32_t link_type)
{
    const trawl_reader *reader = tw_reader_of_link(link_type);
    struct tw_frame *f = w->frame;

    if (!reader) {
        f->no_link = true;
        return;
    }
    if (!tw_walk_push(w, TW_LAYER_RECORD))
        return;
    f->record = (trawl_record_info){.size = sizeof(f->record)};
    if (reader->describe(tw_walk_bytes(w), tw_walk_left(w), &f->record) != 0) {
        tw_walk_malformed(w, w->at,
                          f->record.why ? f->record.why : "record that cannot be understood");
        return;
    }
    f->flags |= TW_FRAME_RECORD;
    f->flags |= f->record.is_back ? TW_FRAME_BACK | TW_FRAME_REVERSE : 0;
    f->proto = f->record.protocol;
    if (f->record.family == 4)
        f->flags |= TW_FRAME_IPV4;
    else if (f->record.family == 6)
        f->flags |= TW_FRAME_IPV6;
}

/* Links of bare packets and of an operating system's own header have no checksum, whatever the file
 * says: Ethernet, PPP, HDLC, FDDI, 802.11 and frame relay do. */
static bool ends_in_checksum(uint32_t link_type)
{
    static const uint8_t links[] = {1, 9, 10, 50, 104, 105, 107};

    for (size_t i = 0; i < TW_COUNT(links); i++)
        if (links[i] == link_type)
            return true;
    return false;
}

void tw_walk_link(struct tw_walk *w, uint32_t link_type, unsigned fcs_bytes)
{
    /* A checksum that was captured belongs to the link, not to what it carries. */
    if (fcs_bytes && ends_in_checksum(link_type) && w->frame->cap_len == w->frame->len &&
        w->cap_end > fcs_bytes) {
        w->cap_end -= fcs_bytes;
        w->end = w->cap_end;
    }
    switch (link_type) {
    case 1:
        tw_walk_eth(w);
        break;
    case 0:
    case 108:
        walk_null(w);
        break;
    case 7:
    case 129:
        walk_arcnet(w, link_type == 129);
        break;
    case 9:
    case 50:
        walk_ppp_line(w);
        break;
    case 10:
        walk_fddi(w);
        break;
    case 12:
    case 14:
    case 101:
        tw_walk_push(w, TW_LAYER_RAW);
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
        break;
    case 51:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x8864);
        break;
    case 100: /* ATM, RFC 1483: always with 802.2 */
        tw_walk_go(w, TW_NEXT_LLC, 0);
        break;
    case 104:
        walk_chdlc(w);
        break;
    case 105:
        tw_walk_wlan(w, 0);
        break;
    case 107:
        walk_frame_relay(w);
        break;
    case 109:
        walk_enc(w);
        break;
    case 113:
        walk_sll(w);
        break;
    case 117:
        walk_pflog(w);
        break;
    case 119:
        walk_prism(w, 144);
        break;
    case 127:
        tw_walk_radiotap(w);
        break;
    case 163:
        walk_prism(w, tw_walk_need(w, 8) ? tw_be32(tw_walk_bytes(w) + 4) : 0);
        break;
    case 178:
        walk_juniper(w);
        break;
    case 192:
        walk_ppi(w);
        break;
    case 204:
        walk_directed(w, 9);
        break;
    case 205:
        walk_directed(w, 104);
        break;
    case 206:
        walk_directed(w, 107);
        break;
    case 228:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x0800);
        break;
    case 229:
        tw_walk_go(w, TW_NEXT_ETHERTYPE, 0x86dd);
        break;
    case 149:
    case 258:
        walk_pktap(w);
        break;
    case 239:
        walk_nflog(w);
        break;
    case 242:
        walk_ipoib(w);
        break;
    case 276:
        walk_sll2(w);
        break;
    default:
        walk_record(w, link_type);
        break;
    }
}
