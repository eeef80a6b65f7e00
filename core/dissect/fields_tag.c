/* Fields of what lies between link and network: VLAN, MPLS, PPPoE, ARP.
 * Must not know what they carry. */
#include "core/dissect/fields.h"
#include "core/dissect/walk.h"

#define LIST      TRAWL_COLUMN_LIST
#define HEX       TRAWL_COLUMN_HEX
#define ID        TRAWL_COLUMN_ID
#define IEEE8021Q "IEEE 802.1Q section 9.6"
enum { TAG = 4 };
#define RFC3032 "RFC 3032 section 2.1"
#define RFC2516 "RFC 2516 section 4"
#define RFC826  "RFC 826"

/* ---- VLAN tags ---- */

enum {
    VLAN_ETYPE,
    VLAN_LEN,
    VLAN_AD_PRIORITY,
    VLAN_AD_DEI,
    VLAN_AD_ID,
    VLAN_AD_SVID,
    VLAN_AD_CVID,
    VLAN_N_HAND
};
static const struct tw_wire vlan_wires[] = {
    [VLAN_ETYPE] = TW_HAND(.name = "vlan.etype", .type = TRAWL_U16, .flags = LIST | HEX,
                           .help = "EtherType after the tag", .source = IEEE8021Q),
    [VLAN_LEN] = TW_HAND(.name = "vlan.len", .type = TRAWL_U16, .flags = LIST, .unit = "B",
                         .help = "length of an 802.3 payload after the tag", .source = IEEE8021Q),
    [VLAN_AD_PRIORITY] = TW_HAND(.name = "ieee8021ad.priority", .type = TRAWL_U16, .flags = LIST,
                                 .help = "priority code point of each service tag",
                                 .source = IEEE8021Q),
    [VLAN_AD_DEI] = TW_HAND(.name = "ieee8021ad.dei", .type = TRAWL_U16, .flags = LIST,
                            .help = "drop eligible, of each service tag", .source = IEEE8021Q),
    [VLAN_AD_ID] = TW_HAND(.name = "ieee8021ad.id", .type = TRAWL_U16, .flags = LIST | ID,
                           .help = "VLAN of a service tag (EtherType 0x88a8) that stands alone",
                           .source = IEEE8021Q),
    [VLAN_AD_SVID] = TW_HAND(.name = "ieee8021ad.svid", .type = TRAWL_U16, .flags = LIST | ID,
                             .help = "VLAN of the first of two service tags", .source = IEEE8021Q),
    [VLAN_AD_CVID] = TW_HAND(.name = "ieee8021ad.cvid", .type = TRAWL_U16, .flags = LIST | ID,
                             .help = "VLAN of the second of two service tags", .source = IEEE8021Q),
    [VLAN_N_HAND] = TW_WIRE_BITS(0, 2, 0, 0xfff, .name = "vlan.id", .type = TRAWL_U16,
                                 .flags = LIST | ID, .help = "VLAN, outermost tag first",
                                 .source = IEEE8021Q),
    TW_WIRE_BITS(0, 1, 5, 7, .name = "vlan.priority", .type = TRAWL_U16, .flags = LIST,
                 .help = "priority code point", .source = IEEE8021Q),
    TW_WIRE_BITS(0, 1, 4, 1, .name = "vlan.dei", .type = TRAWL_BOOL, .flags = LIST,
                 .help = "drop eligible", .source = IEEE8021Q),
};

/* Service tags go in pairs, as in tshark: the first of two is S, the second C. */
static void put_service(const struct tw_sink *at, const trawl_layer *layer, trawl_sink *sink)
{
    const uint16_t tag = tw_be16(layer->data);
    uint32_t field = VLAN_AD_ID;

    if (tw_layer_services_before(&at->frame->layers[at->i_layer]) % 2)
        field = VLAN_AD_CVID;
    else if (tw_be16(layer->data + 2) == TW_ETHERTYPE_SERVICE)
        field = VLAN_AD_SVID;
    tw_put(sink, field, tag & 0xfff);
    tw_put(sink, VLAN_AD_PRIORITY, tag >> 13);
    tw_put(sink, VLAN_AD_DEI, tag >> 12 & 1);
}

static void extract_vlan(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_sink *at = (const struct tw_sink *)(const void *)sink;
    uint16_t type;

    (void)packet;
    if (layer->cap_len >= TAG && (layer->flags & TW_LAYER_SERVICE)) {
        put_service(at, layer, sink);
        return;
    }
    tw_put_wires(vlan_wires, VLAN_N_HAND, TW_COUNT(vlan_wires), layer, sink);
    if (layer->cap_len < TAG)
        return;
    type = tw_be16(layer->data + 2);
    tw_put(sink, type >= 0x600 ? VLAN_ETYPE : VLAN_LEN, type);
}
const trawl_dissector tw_dissector_vlan = TW_DISSECTOR("vlan", "vlan", vlan_wires,
                                                       "802.1Q virtual LAN", extract_vlan);

/* ---- MPLS label stack ---- */

static const struct tw_wire mpls_wires[] = {
    TW_WIRE_BITS(0, 4, 12, 0xfffff, .name = "mpls.label", .type = TRAWL_U32, .flags = LIST | ID,
                 .help = "label, outermost first", .source = RFC3032),
    TW_WIRE_BITS(0, 4, 9, 7, .name = "mpls.exp", .type = TRAWL_U32, .flags = LIST,
                 .help = "traffic class", .source = "RFC 5462"),
    TW_WIRE_BITS(0, 4, 8, 1, .name = "mpls.bottom", .type = TRAWL_U32, .flags = LIST,
                 .help = "1 at the bottom of the stack", .source = RFC3032),
    TW_WIRE_BITS(0, 4, 0, 0xff, .name = "mpls.ttl", .type = TRAWL_U32, .flags = LIST,
                 .help = "time to live", .source = RFC3032),
};

static void extract_mpls(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(mpls_wires, 0, TW_COUNT(mpls_wires), layer, sink);
}
const trawl_dissector tw_dissector_mpls = TW_DISSECTOR(
    "mpls", "mpls", mpls_wires, "Multiprotocol Label Switching", extract_mpls);

/* ---- PPPoE ---- */

static const struct tw_wire pppoe_wires[] = {
    TW_WIRE_BITS(0, 1, 4, 15, .name = "pppoe.version", .type = TRAWL_U8, .help = "version",
                 .source = RFC2516),
    TW_WIRE_BITS(0, 1, 0, 15, .name = "pppoe.type", .type = TRAWL_U8, .flags = ID, .help = "type",
                 .source = RFC2516),
    TW_WIRE(1, 1, .name = "pppoe.code", .type = TRAWL_U8, .flags = HEX, .help = "0 is session data",
            .source = RFC2516),
    TW_WIRE(2, 2, .name = "pppoe.session_id", .type = TRAWL_U16, .flags = HEX | ID,
            .help = "session", .source = RFC2516),
    TW_WIRE(4, 2, .name = "pppoe.payload_length", .type = TRAWL_U16, .unit = "B",
            .help = "bytes after the header", .source = RFC2516),
};

static void extract_pppoe(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(pppoe_wires, 0, TW_COUNT(pppoe_wires), layer, sink);
}
const trawl_dissector tw_dissector_pppoe = TW_DISSECTOR("pppoe", "pppoe", pppoe_wires,
                                                        "PPP over Ethernet", extract_pppoe);

/* ---- ARP ---- */

enum {
    ARP_SRC_MAC,
    ARP_SRC_IP,
    ARP_DST_MAC,
    ARP_DST_IP,
    ARP_GRATUITOUS,
    ARP_PROBE,
    ARP_ANNOUNCEMENT,
    ARP_N_HAND
};
static const struct tw_wire arp_wires[] = {
    [ARP_SRC_MAC] = TW_HAND(.name = "arp.src.hw_mac", .type = TRAWL_MAC, .source = RFC826,
                            .help = "sender's link address"),
    [ARP_SRC_IP] = TW_HAND(.name = "arp.src.proto_ipv4", .type = TRAWL_IP, .source = RFC826,
                           .help = "sender's address"),
    [ARP_DST_MAC] = TW_HAND(.name = "arp.dst.hw_mac", .type = TRAWL_MAC, .source = RFC826,
                            .help = "target's link address"),
    [ARP_DST_IP] = TW_HAND(.name = "arp.dst.proto_ipv4", .type = TRAWL_IP, .source = RFC826,
                           .help = "target's address"),
    [ARP_GRATUITOUS] = TW_HAND(.name = "arp.isgratuitous", .type = TRAWL_BOOL, .source = "RFC 2002",
                               .help = "sender and target address are the same"),
    [ARP_PROBE] = TW_HAND(.name = "arp.isprobe", .type = TRAWL_BOOL, .source = "RFC 5227",
                          .help = "asks whether an address is free"),
    [ARP_ANNOUNCEMENT] = TW_HAND(.name = "arp.isannouncement", .type = TRAWL_BOOL,
                                 .help = "a request for the sender's own address",
                                 .source = "RFC 5227"),
    [ARP_N_HAND] = TW_WIRE(0, 2, .name = "arp.hw.type", .type = TRAWL_U16, .flags = ID,
                           .help = "kind of link", .source = RFC826),
    TW_WIRE(2, 2, .name = "arp.proto.type", .type = TRAWL_U16, .flags = HEX,
            .help = "EtherType of the addresses", .source = RFC826),
    TW_WIRE(4, 1, .name = "arp.hw.size", .type = TRAWL_U8, .unit = "B",
            .help = "length of link addresses", .source = RFC826),
    TW_WIRE(5, 1, .name = "arp.proto.size", .type = TRAWL_U8, .unit = "B",
            .help = "length of network addresses", .source = RFC826),
    TW_WIRE(6, 2, .name = "arp.opcode", .type = TRAWL_U16, .flags = ID,
            .help = "1 request, 2 reply", .source = RFC826),
};

static void extract_arp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data, *src, *dst;
    uint32_t opcode, hardware;
    bool same;

    (void)packet;
    tw_put_wires(arp_wires, ARP_N_HAND, TW_COUNT(arp_wires), layer, sink);
    if (!layer->header_len)
        return;
    hardware = p[4];
    if (tw_be16(p) == 1 && hardware == 6) { /* addresses of other kinds have no column */
        tw_put_mac(sink, ARP_SRC_MAC, p + 8);
        tw_put_mac(sink, ARP_DST_MAC, p + 8 + hardware + p[5]);
    }
    if (tw_be16(p + 2) != 0x0800 || p[5] != 4)
        return;
    opcode = tw_be16(p + 6);
    src = p + 8 + hardware;
    dst = src + 4 + hardware;
    same = tw_be32(src) == tw_be32(dst);
    tw_put_data(sink, ARP_SRC_IP, src, 4);
    tw_put_data(sink, ARP_DST_IP, dst, 4);
    if ((opcode == 1 || opcode == 2) && same)
        tw_put(sink, ARP_GRATUITOUS, 1);
    if (opcode == 1 && tw_be32(src) == 0)
        tw_put(sink, ARP_PROBE, 1);
    if (opcode == 1 && same)
        tw_put(sink, ARP_ANNOUNCEMENT, 1);
}
const trawl_dissector tw_dissector_arp = TW_DISSECTOR("arp", "arp", arp_wires,
                                                      "Address Resolution Protocol", extract_arp);
