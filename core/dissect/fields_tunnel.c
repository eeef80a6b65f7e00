/* Fields of tunnels: GRE, VXLAN, GENEVE, GTP-U, ERSPAN, L2TP, and what is told of any tunnel.
 * Must not know the packets inside. */
#include "core/dissect/fields.h"

#define LIST TRAWL_COLUMN_LIST
#define HEX  TRAWL_COLUMN_HEX
#define ID   TRAWL_COLUMN_ID

/* ---- GRE ---- */

enum { GRE_KEY, GRE_CALL_ID, GRE_SEQ, GRE_ACK, GRE_CHECKSUM, GRE_N_HAND };
static const struct tw_wire gre_wires[] = {
    [GRE_KEY] = TW_HAND(.name = "gre.key", .type = TRAWL_U32, .flags = LIST | HEX | ID,
                        .help = "key", .source = "RFC 2890"),
    [GRE_CALL_ID] = TW_HAND(.name = "gre.key.call_id", .type = TRAWL_U16, .flags = LIST | ID,
                            .help = "call of PPTP", .source = "RFC 2637"),
    [GRE_SEQ] = TW_HAND(.name = "gre.sequence_number", .type = TRAWL_U32, .flags = LIST | ID,
                        .help = "sequence number", .source = "RFC 2890"),
    [GRE_ACK] = TW_HAND(.name = "gre.ack_number", .type = TRAWL_U32, .flags = LIST | ID,
                        .help = "acknowledgment number of PPTP", .source = "RFC 2637"),
    [GRE_CHECKSUM] = TW_HAND(.name = "gre.checksum", .type = TRAWL_U16, .flags = LIST | HEX,
                             .help = "checksum", .source = "RFC 2784"),
    [GRE_N_HAND] = TW_WIRE(0, 2, .name = "gre.flags_and_version", .type = TRAWL_U16,
                           .flags = LIST | HEX, .help = "flags and version", .source = "RFC 2784"),
    TW_WIRE_BITS(0, 2, 0, 7, .name = "gre.flags.version", .type = TRAWL_U16, .flags = LIST,
                 .help = "version: 1 is PPTP", .source = "RFC 2637"),
    TW_WIRE(2, 2, .name = "gre.proto", .type = TRAWL_U16, .flags = LIST | HEX,
            .help = "EtherType of what is inside", .source = "RFC 2784"),
};

static void extract_gre(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    uint32_t at = 4;
    uint16_t flags;

    (void)packet;
    tw_put_wires(gre_wires, GRE_N_HAND, TW_COUNT(gre_wires), layer, sink);
    if (!layer->header_len)
        return;
    flags = tw_be16(p);
    if (flags & 0xc000) {
        if (flags & 0x8000)
            tw_put(sink, GRE_CHECKSUM, tw_be16(p + at));
        at += 4;
    }
    if (flags & 0x2000) {
        if ((flags & 7) == 1)
            tw_put(sink, GRE_CALL_ID, tw_be16(p + at + 2));
        else
            tw_put(sink, GRE_KEY, tw_be32(p + at));
        at += 4;
    }
    if (flags & 0x1000) {
        tw_put(sink, GRE_SEQ, tw_be32(p + at));
        at += 4;
    }
    if ((flags & 7) == 1 && (flags & 0x80))
        tw_put(sink, GRE_ACK, tw_be32(p + at));
}
const trawl_dissector tw_dissector_gre = TW_DISSECTOR("gre", "gre", gre_wires,
                                                      "Generic Routing Encapsulation", extract_gre);

/* ---- tunnels over UDP ---- */

static const struct tw_wire vxlan_wires[] = {
    TW_WIRE(0, 2, .name = "vxlan.flags", .type = TRAWL_U16, .flags = LIST | HEX, .help = "flags",
            .source = "RFC 7348"),
    TW_WIRE(4, 3, .name = "vxlan.vni", .type = TRAWL_U32, .flags = LIST | ID,
            .help = "network identifier", .source = "RFC 7348"),
};
static void extract_vxlan(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(vxlan_wires, 0, TW_COUNT(vxlan_wires), layer, sink);
}
const trawl_dissector tw_dissector_vxlan = TW_DISSECTOR("vxlan", "vxlan", vxlan_wires,
                                                        "Virtual eXtensible LAN", extract_vxlan);

static const struct tw_wire geneve_wires[] = {
    TW_WIRE_BITS(0, 1, 6, 3, .name = "geneve.version", .type = TRAWL_U8, .flags = LIST,
                 .help = "version", .source = "RFC 8926"),
    TW_WIRE_BITS(1, 1, 7, 1, .name = "geneve.flags.oam", .type = TRAWL_BOOL, .flags = LIST,
                 .help = "control packet", .source = "RFC 8926"),
    TW_WIRE_BITS(1, 1, 6, 1, .name = "geneve.flags.critical", .type = TRAWL_BOOL, .flags = LIST,
                 .help = "critical options are present", .source = "RFC 8926"),
    TW_WIRE(2, 2, .name = "geneve.proto_type", .type = TRAWL_U16, .flags = LIST | HEX,
            .help = "EtherType of what is inside", .source = "RFC 8926"),
    TW_WIRE(4, 3, .name = "geneve.vni", .type = TRAWL_U32, .flags = LIST | HEX | ID,
            .help = "network identifier", .source = "RFC 8926"),
};
static void extract_geneve(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(geneve_wires, 0, TW_COUNT(geneve_wires), layer, sink);
}
const trawl_dissector tw_dissector_geneve = TW_DISSECTOR(
    "geneve", "geneve", geneve_wires, "Generic Network Virtualization Encapsulation",
    extract_geneve);

enum { GTP_SEQ, GTP_N_HAND };
static const struct tw_wire gtp_wires[] = {
    [GTP_SEQ] = TW_HAND(.name = "gtp.seq_number", .type = TRAWL_U16, .flags = LIST | HEX | ID,
                        .help = "sequence number", .source = "3GPP TS 29.281 section 5.1"),
    [GTP_N_HAND] = TW_WIRE(0, 1, .name = "gtp.flags", .type = TRAWL_U8, .flags = LIST | HEX,
                           .help = "version and flags", .source = "3GPP TS 29.281 section 5.1"),
    TW_WIRE(1, 1, .name = "gtp.message", .type = TRAWL_U8, .flags = LIST | HEX | ID,
            .help = "message type: 255 carries a packet", .source = "3GPP TS 29.281 section 5.1"),
    TW_WIRE(2, 2, .name = "gtp.length", .type = TRAWL_U16, .flags = LIST, .unit = "B",
            .help = "bytes after the first eight", .source = "3GPP TS 29.281 section 5.1"),
    TW_WIRE(4, 4, .name = "gtp.teid", .type = TRAWL_U32, .flags = LIST | HEX | ID,
            .help = "tunnel endpoint identifier", .source = "3GPP TS 29.281 section 5.1"),
};
static void extract_gtp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->cap_len < 8 || layer->data[0] >> 5 != 1)
        return; /* version 0 has another header */
    tw_put_wires(gtp_wires, GTP_N_HAND, TW_COUNT(gtp_wires), layer, sink);
    if ((layer->data[0] & 2) && layer->cap_len >= 10)
        tw_put(sink, GTP_SEQ, tw_be16(layer->data + 8));
}
const trawl_dissector tw_dissector_gtp = TW_DISSECTOR(
    "gtp", "gtp", gtp_wires, "GPRS Tunnelling Protocol, user plane", extract_gtp);

static const struct tw_wire erspan_wires[] = {
    TW_WIRE_BITS(0, 2, 12, 15, .name = "erspan.version", .type = TRAWL_U16, .flags = LIST,
                 .help = "1 is type II, 2 is type III", .source = "draft-foschiano-erspan"),
    TW_WIRE_BITS(0, 2, 0, 0xfff, .name = "erspan.vlan", .type = TRAWL_U16, .flags = LIST | ID,
                 .help = "VLAN of the mirrored frame", .source = "draft-foschiano-erspan"),
    TW_WIRE_BITS(2, 2, 0, 0x3ff, .name = "erspan.spanid", .type = TRAWL_U16, .flags = LIST | ID,
                 .help = "mirror session", .source = "draft-foschiano-erspan"),
};
static void extract_erspan(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->header_len) /* type I has none */
        tw_put_wires(erspan_wires, 0, TW_COUNT(erspan_wires), layer, sink);
}
const trawl_dissector tw_dissector_erspan = TW_DISSECTOR(
    "erspan", "erspan", erspan_wires, "Encapsulated Remote Switch Port Analysis", extract_erspan);

enum { L2TP_TUNNEL, L2TP_SESSION, L2TP_N_HAND };
static const struct tw_wire l2tp_wires[] = {
    [L2TP_TUNNEL] = TW_HAND(.name = "l2tp.tunnel", .type = TRAWL_U16, .flags = LIST | ID,
                            .help = "tunnel", .source = "RFC 2661 section 3.1"),
    [L2TP_SESSION] = TW_HAND(.name = "l2tp.session", .type = TRAWL_U16, .flags = LIST | ID,
                             .help = "session", .source = "RFC 2661 section 3.1"),
    [L2TP_N_HAND] = TW_WIRE_BITS(0, 1, 7, 1, .name = "l2tp.type", .type = TRAWL_U16,
                                 .flags = LIST | ID, .help = "0 data, 1 control",
                                 .source = "RFC 2661 section 3.1"),
    TW_WIRE_BITS(0, 2, 0, 15, .name = "l2tp.version", .type = TRAWL_U16, .flags = LIST,
                 .help = "version", .source = "RFC 2661 section 3.1"),
};
static void extract_l2tp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    uint32_t at = 2;

    (void)packet;
    if (!layer->header_len)
        return;
    tw_put_wires(l2tp_wires, L2TP_N_HAND, TW_COUNT(l2tp_wires), layer, sink);
    if (layer->data[0] & 0x40)
        at += 2;
    tw_put(sink, L2TP_TUNNEL, tw_be16(layer->data + at));
    tw_put(sink, L2TP_SESSION, tw_be16(layer->data + at + 2));
}
const trawl_dissector tw_dissector_l2tp = TW_DISSECTOR(
    "l2tp", "l2tp", l2tp_wires, "Layer Two Tunneling Protocol", extract_l2tp);

/* ---- any tunnel ---- */

enum {
    TN_OUTER_SRC,
    TN_OUTER_DST,
    TN_OUTER_SRC6,
    TN_OUTER_DST6,
    TN_TYPE,
    TN_ID,
    TN_SRC,
    TN_DST,
    TN_PROTO,
    TN_SRCPORT,
    TN_DSTPORT,
    TN_VLAN,
    TN_SRC_MAC,
    TN_DST_MAC,
    TN_IP_LEN,
    TN_UDP_LENGTH
};
static const struct tw_wire tunnel_wires[] = {
    [TN_OUTER_SRC] = TW_HAND(.name = "outer.ip.src", .type = TRAWL_IP, .flags = LIST,
                             .help = "IPv4 sources of the packets around the innermost"),
    [TN_OUTER_DST] = TW_HAND(.name = "outer.ip.dst", .type = TRAWL_IP, .flags = LIST,
                             .help = "IPv4 destinations of the packets around the innermost"),
    [TN_OUTER_SRC6] = TW_HAND(.name = "outer.ipv6.src", .type = TRAWL_IP, .flags = LIST,
                              .help = "IPv6 sources of the packets around the innermost"),
    [TN_OUTER_DST6] = TW_HAND(.name = "outer.ipv6.dst", .type = TRAWL_IP, .flags = LIST,
                              .help = "IPv6 destinations of the packets around the innermost"),
    [TN_TYPE] = TW_HAND(.name = "tunnel.type", .type = TRAWL_STRING, .flags = LIST,
                        .help = "tunnels, outermost first: gre, vxlan, ipip, 6in4 …"),
    [TN_ID] = TW_HAND(.name = "tunnel.id", .type = TRAWL_U32, .flags = LIST | ID,
                      .help = "their keys, network, endpoint or session identifiers"),
    [TN_SRC] = TW_HAND(.name = "tunnel.src", .type = TRAWL_IP,
                       .help = "source of the packet that carries the outermost tunnel (not bare "
                               "IP in IP)"),
    [TN_DST] = TW_HAND(.name = "tunnel.dst", .type = TRAWL_IP, .help = "its destination"),
    [TN_PROTO] = TW_HAND(.name = "tunnel.proto", .type = TRAWL_U8, .flags = ID,
                         .help = "its protocol above IP"),
    [TN_SRCPORT] = TW_HAND(.name = "tunnel.srcport", .type = TRAWL_U16, .flags = ID,
                           .help = "its source port"),
    [TN_DSTPORT] = TW_HAND(.name = "tunnel.dstport", .type = TRAWL_U16, .flags = ID,
                           .help = "its destination port"),
    [TN_VLAN] = TW_HAND(.name = "tunnel.vlan", .type = TRAWL_U16, .flags = ID,
                        .help = "its VLAN, innermost tag"),
    [TN_SRC_MAC] = TW_HAND(.name = "tunnel.src_mac", .type = TRAWL_MAC,
                           .help = "its link source, of Ethernet"),
    [TN_DST_MAC] = TW_HAND(.name = "tunnel.dst_mac", .type = TRAWL_MAC,
                           .help = "its link destination, of Ethernet"),
    [TN_IP_LEN] = TW_HAND(.name = "tunnel.ip_len", .type = TRAWL_U32,
                          .help = "its length from the IP header on, as that says"),
    [TN_UDP_LENGTH] = TW_HAND(.name = "tunnel.udp_length", .type = TRAWL_U16,
                              .help = "length of its UDP datagram, header included"),
};

static void put_type(trawl_sink *sink, const char *type)
{
    tw_put_data(sink, TN_TYPE, type, strlen(type));
}

/* What a header other than IP says of a tunnel. */
static void put_tunnel(const struct tw_frame *frame, const struct tw_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = frame->data + layer->offset;

    if (!layer->header_len && layer->kind != TW_LAYER_ERSPAN)
        return;
    put_type(sink, tw_layer_name((enum tw_layer_kind)layer->kind));
    switch (layer->kind) {
    case TW_LAYER_GRE:
        if (p[0] & 0x20)
            tw_put(sink, TN_ID, tw_be32(p + (p[0] & 0xc0 ? 8 : 4)));
        break;
    case TW_LAYER_VXLAN:
    case TW_LAYER_GENEVE:
        tw_put(sink, TN_ID, tw_be24(p + 4));
        break;
    case TW_LAYER_GTP:
        tw_put(sink, TN_ID, tw_be32(p + 4));
        break;
    case TW_LAYER_ERSPAN:
        if (layer->header_len)
            tw_put(sink, TN_ID, tw_be16(p + 2) & 0x3ff);
        break;
    case TW_LAYER_L2TP:
        tw_put(sink, TN_ID, tw_be32(p + (p[0] & 0x40 ? 4 : 2)));
        break;
    default:
        break;
    }
}

static bool is_extension(unsigned kind)
{
    return kind >= TW_LAYER_IPV6_HOPOPTS && kind <= TW_LAYER_AH;
}

static void put_outer(const struct tw_frame *frame, const struct tw_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = frame->data + layer->offset;

    if (layer->kind == TW_LAYER_IP) {
        tw_put_data(sink, TN_OUTER_SRC, p + 12, 4);
        tw_put_data(sink, TN_OUTER_DST, p + 16, 4);
    } else {
        tw_put_data(sink, TN_OUTER_SRC6, p + 8, 16);
        tw_put_data(sink, TN_OUTER_DST6, p + 24, 16);
    }
}

/* The headers that were passed on the way to a tunnel. */
struct carrier {
    const struct tw_layer *network, *udp, *vlan, *eth;
};

static void put_carrier(const struct tw_frame *frame, const struct carrier *c, trawl_sink *sink)
{
    const bool is_v4 = c->network->kind == TW_LAYER_IP;
    const uint8_t *p = frame->data + c->network->offset;

    tw_put_data(sink, TN_SRC, p + (is_v4 ? 12 : 8), is_v4 ? 4 : 16);
    tw_put_data(sink, TN_DST, p + (is_v4 ? 16 : 24), is_v4 ? 4 : 16);
    tw_put(sink, TN_IP_LEN, is_v4 ? tw_be16(p + 2) : 40u + tw_be16(p + 4));
    tw_put(sink, TN_PROTO, c->udp ? 17 : p[is_v4 ? 9 : 6]);
    if (c->udp && c->udp->cap_len >= 4) {
        tw_put(sink, TN_SRCPORT, tw_be16(frame->data + c->udp->offset));
        tw_put(sink, TN_DSTPORT, tw_be16(frame->data + c->udp->offset + 2));
    }
    if (c->udp && c->udp->cap_len >= 6)
        tw_put(sink, TN_UDP_LENGTH, tw_be16(frame->data + c->udp->offset + 4));
    if (c->vlan)
        tw_put(sink, TN_VLAN, tw_be16(frame->data + c->vlan->offset) & TRAWL_LABEL_VLAN);
    if (c->eth) {
        tw_put_mac(sink, TN_DST_MAC, frame->data + c->eth->offset);
        tw_put_mac(sink, TN_SRC_MAC, frame->data + c->eth->offset + 6);
    }
}

/* @return the layer is a tunnel's header, whose carrier is known */
static bool look_for_carrier(const struct tw_frame *frame, const struct tw_layer *l,
                             struct carrier *c, trawl_sink *sink)
{
    if (l->kind == TW_LAYER_VLAN && l->cap_len >= 2) {
        c->vlan = l;
    } else if (l->kind == TW_LAYER_ETH && l->header_len) {
        c->eth = l;
    } else if (l->kind == TW_LAYER_IP || l->kind == TW_LAYER_IPV6) {
        c->network = l;
        c->udp = NULL;
    } else if (l->kind == TW_LAYER_UDP) {
        c->udp = l;
    } else if (c->network && tw_layer_tunnel(l)) {
        put_carrier(frame, c, sink);
        return true;
    }
    return false;
}

static void extract_tunnel(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_frame *frame = ((const struct tw_sink *)(const void *)sink)->frame;
    uint8_t below = 0; /* the network header directly below, extension headers aside */
    struct carrier carrier = {0};
    bool carried = false;

    (void)packet;
    (void)layer;
    for (uint32_t i = 1; i < frame->n_layers; i++) {
        const struct tw_layer *l = &frame->layers[i];
        bool is_network = l->kind == TW_LAYER_IP || l->kind == TW_LAYER_IPV6;

        if (l->flags & TRAWL_LAYER_QUOTED)
            return;
        if (is_network && !l->header_len)
            return;
        if (is_network && i < frame->i_network)
            put_outer(frame, l, sink);
        if (is_network && below)
            put_type(sink, l->kind == TW_LAYER_IP ? (below == TW_LAYER_IP ? "ipip" : "4in6")
                                                  : (below == TW_LAYER_IP ? "6in4" : "6in6"));
        if ((l->kind >= TW_LAYER_GRE && l->kind <= TW_LAYER_ERSPAN) || l->kind == TW_LAYER_L2TP ||
            l->kind == TW_LAYER_TEREDO || l->kind == TW_LAYER_CAPWAP || l->kind == TW_LAYER_TZSP)
            put_tunnel(frame, l, sink);
        if (!carried && i < frame->i_network)
            carried = look_for_carrier(frame, l, &carrier, sink);
        if (is_network)
            below = l->kind;
        else if (!is_extension(l->kind))
            below = 0;
    }
}
const trawl_dissector tw_dissector_tunnel = TW_DISSECTOR("tunnel", "frame", tunnel_wires,
                                                         "packets within packets", extract_tunnel);
