/* Fields of link layers: Ethernet, SLL, 802.2, NULL, PPP, HDLC, FDDI, NFLOG, IPoIB, pflog, enc,
 * Juniper. Must not know what they carry. */
#include "core/dissect/fields.h"
#include "core/dissect/walk.h"

#define HEX         TRAWL_COLUMN_HEX
#define ID          TRAWL_COLUMN_ID
#define IEEE802     "IEEE 802.3 section 3.1"
#define TCPDUMP_SLL "LINKTYPE_LINUX_SLL"

/* ---- Ethernet ---- */

enum { ETH_TYPE, ETH_LEN, ETH_N_HAND };
static const struct tw_wire eth_wires[] = {
    [ETH_TYPE] = TW_HAND(.name = "eth.type", .type = TRAWL_U16, .flags = HEX, .source = IEEE802,
                         .help = "EtherType"),
    [ETH_LEN] = TW_HAND(.name = "eth.len", .type = TRAWL_U16, .unit = "B", .source = IEEE802,
                        .help = "length of an 802.3 frame's payload"),
    [ETH_N_HAND] = TW_WIRE(0, 6, .name = "eth.dst", .type = TRAWL_MAC, .source = IEEE802,
                           .help = "destination address"),
    TW_WIRE(6, 6, .name = "eth.src", .type = TRAWL_MAC, .source = IEEE802,
            .help = "source address"),
    TW_WIRE_BITS(0, 1, 0, 1, .name = "eth.dst.ig", .type = TRAWL_BOOL, .source = IEEE802,
                 .help = "destination is a group address"),
    TW_WIRE_BITS(0, 1, 1, 1, .name = "eth.dst.lg", .type = TRAWL_BOOL, .source = IEEE802,
                 .help = "destination is locally administered"),
    TW_WIRE_BITS(6, 1, 0, 1, .name = "eth.src.ig", .type = TRAWL_BOOL, .source = IEEE802,
                 .help = "source is a group address"),
    TW_WIRE_BITS(6, 1, 1, 1, .name = "eth.src.lg", .type = TRAWL_BOOL, .source = IEEE802,
                 .help = "source is locally administered"),
    TW_WIRE(0, 3, .name = "eth.dst.oui", .type = TRAWL_U32, .flags = HEX, .source = IEEE802,
            .help = "organisation of the destination address"),
    TW_WIRE(6, 3, .name = "eth.src.oui", .type = TRAWL_U32, .flags = HEX, .source = IEEE802,
            .help = "organisation of the source address"),
};

static void extract_eth(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    uint16_t type;

    (void)packet;
    if (layer->cap_len < 14) /* as tshark: the type decides what kind of frame this is */
        return;
    tw_put_wires(eth_wires, ETH_N_HAND, TW_COUNT(eth_wires), layer, sink);
    type = tw_be16(layer->data + 12);
    if (type >= 0x600 || type == 0)
        tw_put(sink, ETH_TYPE, type);
    else if (type <= 1500)
        tw_put(sink, ETH_LEN, type);
}
const trawl_dissector tw_dissector_eth = TW_DISSECTOR("eth", "eth", eth_wires, "Ethernet",
                                                      extract_eth);

/* ---- Linux cooked capture, both versions ---- */

enum { SLL_SRC, SLL_IFINDEX, SLL_ETYPE, SLL_PKTTYPE, SLL_HATYPE, SLL_HALEN };
static const struct tw_wire sll_wires[] = {
    [SLL_SRC] = TW_HAND(.name = "sll.src.eth", .type = TRAWL_MAC, .source = TCPDUMP_SLL,
                        .help = "sender's link address"),
    [SLL_IFINDEX] = TW_HAND(.name = "sll.ifindex", .type = TRAWL_U32, .flags = ID,
                            .help = "interface number (version 2)",
                            .source = "LINKTYPE_LINUX_SLL2"),
    [SLL_ETYPE] = TW_HAND(.name = "sll.etype", .type = TRAWL_U16, .flags = HEX, .help = "EtherType",
                          .source = TCPDUMP_SLL),
    [SLL_PKTTYPE] = TW_HAND(.name = "sll.pkttype", .type = TRAWL_U16, .flags = ID,
                            .help = "0 to us, 1 broadcast, 2 multicast, 3 to another, 4 sent by us",
                            .source = TCPDUMP_SLL),
    [SLL_HATYPE] = TW_HAND(.name = "sll.hatype", .type = TRAWL_U16, .flags = ID,
                           .help = "kind of link (ARPHRD_)", .source = TCPDUMP_SLL),
    [SLL_HALEN] = TW_HAND(.name = "sll.halen", .type = TRAWL_U16, .unit = "B",
                          .help = "length of the link address", .source = TCPDUMP_SLL),
};

static void extract_sll(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;

    (void)packet;
    if (layer->header_len == 16) {
        tw_put(sink, SLL_PKTTYPE, tw_be16(p));
        tw_put(sink, SLL_HATYPE, tw_be16(p + 2));
        tw_put(sink, SLL_HALEN, tw_be16(p + 4));
        if (tw_be16(p + 4) == 6)
            tw_put_mac(sink, SLL_SRC, p + 6);
        if (tw_be16(p + 14) >= 0x600 && tw_be16(p + 2) != 778) /* a GRE device has its own */
            tw_put(sink, SLL_ETYPE, tw_be16(p + 14));
    } else if (layer->header_len == 20) {
        if (tw_be16(p) >= 0x600)
            tw_put(sink, SLL_ETYPE, tw_be16(p));
        tw_put(sink, SLL_IFINDEX, tw_be32(p + 4));
        tw_put(sink, SLL_HATYPE, tw_be16(p + 8));
        tw_put(sink, SLL_PKTTYPE, p[10]);
        tw_put(sink, SLL_HALEN, p[11]);
        if (p[11] == 6)
            tw_put_mac(sink, SLL_SRC, p + 12);
    }
}
const trawl_dissector tw_dissector_sll = TW_DISSECTOR("sll", "sll", sll_wires,
                                                      "Linux cooked capture", extract_sll);

/* ---- 802.2 ---- */

enum { LLC_CONTROL, LLC_OUI, LLC_TYPE, LLC_PID, LLC_N_HAND };
static const struct tw_wire llc_wires[] = {
    [LLC_CONTROL] = TW_HAND(.name = "llc.control", .type = TRAWL_U16, .flags = HEX,
                            .help = "control field", .source = "IEEE 802.2"),
    [LLC_OUI] = TW_HAND(.name = "llc.oui", .type = TRAWL_U32, .flags = HEX,
                        .help = "SNAP organisation code", .source = "RFC 1042"),
    [LLC_TYPE] = TW_HAND(.name = "llc.type", .type = TRAWL_U16, .flags = HEX,
                         .help = "SNAP EtherType", .source = "RFC 1042"),
    [LLC_PID] = TW_HAND(.name = "llc.pid", .type = TRAWL_U16, .flags = HEX,
                        .help = "SNAP protocol of an organisation", .source = "IEEE 802"),
    [LLC_N_HAND] = TW_WIRE(0, 1, .name = "llc.dsap", .type = TRAWL_U8, .flags = HEX,
                           .help = "destination service access point", .source = "IEEE 802.2"),
    TW_WIRE(1, 1, .name = "llc.ssap", .type = TRAWL_U8, .flags = HEX,
            .help = "source service access point", .source = "IEEE 802.2"),
};

static void extract_llc(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    uint32_t header;

    (void)packet;
    tw_put_wires(llc_wires, LLC_N_HAND, TW_COUNT(llc_wires), layer, sink);
    if (!layer->header_len)
        return;
    header = (p[2] & 3) == 3 ? 3 : 4;
    tw_put(sink, LLC_CONTROL, header == 3 ? p[2] : tw_le16(p + 2));
    if (layer->header_len == header + 5) {
        uint32_t oui = tw_be24(p + header);

        tw_put(sink, LLC_OUI, oui);
        if (oui == 0 || oui == 0x0000f8)
            tw_put(sink, LLC_TYPE, tw_be16(p + header + 3));
        else if (oui != 0x00000c)
            tw_put(sink, LLC_PID, tw_be16(p + header + 3));
    }
}
const trawl_dissector tw_dissector_llc = TW_DISSECTOR("llc", "llc", llc_wires,
                                                      "Logical Link Control", extract_llc);

/* ---- others with fields at fixed places ---- */

static const struct tw_wire fddi_wires[] = {
    TW_WIRE(0, 1, .name = "fddi.fc", .type = TRAWL_U8, .flags = HEX, .help = "frame control",
            .source = "ANSI X3.139"),
    TW_WIRE(1, 6, .name = "fddi.dst", .type = TRAWL_MAC, .help = "destination address",
            .source = "ANSI X3.139"),
    TW_WIRE(7, 6, .name = "fddi.src", .type = TRAWL_MAC, .help = "source address",
            .source = "ANSI X3.139"),
};
static void extract_fddi(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(fddi_wires, 0, TW_COUNT(fddi_wires), layer, sink);
}
const trawl_dissector tw_dissector_fddi = TW_DISSECTOR(
    "fddi", "fddi", fddi_wires, "Fiber Distributed Data Interface", extract_fddi);

static const struct tw_wire chdlc_wires[] = {
    TW_WIRE(0, 1, .name = "chdlc.address", .type = TRAWL_U8, .flags = HEX, .help = "address",
            .source = "LINKTYPE_C_HDLC"),
    TW_WIRE(2, 2, .name = "chdlc.protocol", .type = TRAWL_U16, .flags = HEX, .help = "EtherType",
            .source = "LINKTYPE_C_HDLC"),
};
static void extract_chdlc(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(chdlc_wires, 0, TW_COUNT(chdlc_wires), layer, sink);
}
const trawl_dissector tw_dissector_chdlc = TW_DISSECTOR("chdlc", "chdlc", chdlc_wires, "Cisco HDLC",
                                                        extract_chdlc);

static const struct tw_wire ipoib_wires[] = {
    TW_WIRE(40, 2, .name = "ipoib.type", .type = TRAWL_U16, .flags = HEX, .help = "EtherType",
            .source = "RFC 4391"),
};
static void extract_ipoib(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(ipoib_wires, 0, TW_COUNT(ipoib_wires), layer, sink);
}
const trawl_dissector tw_dissector_ipoib = TW_DISSECTOR("ipoib", "ipoib", ipoib_wires,
                                                        "IP over InfiniBand", extract_ipoib);

static const struct tw_wire nflog_wires[] = {
    TW_WIRE(0, 1, .name = "nflog.family", .type = TRAWL_U8, .flags = ID, .help = "2 IPv4, 10 IPv6",
            .source = "LINKTYPE_NFLOG"),
    TW_WIRE(1, 1, .name = "nflog.version", .type = TRAWL_U8, .help = "version",
            .source = "LINKTYPE_NFLOG"),
    TW_WIRE(2, 2, .name = "nflog.res_id", .type = TRAWL_U16, .flags = ID,
            .help = "number of the log group", .source = "LINKTYPE_NFLOG"),
};
static void extract_nflog(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(nflog_wires, 0, TW_COUNT(nflog_wires), layer, sink);
}
const trawl_dissector tw_dissector_nflog = TW_DISSECTOR("nflog", "nflog", nflog_wires,
                                                        "Linux netfilter log", extract_nflog);

enum { PFLOG_IFNAME, PFLOG_RULESET, PFLOG_RULENR, PFLOG_SUBRULENR, PFLOG_N_HAND };
#define PFLOG "LINKTYPE_PFLOG"
static const struct tw_wire pflog_wires[] = {
    [PFLOG_IFNAME] = TW_HAND(.name = "pflog.ifname", .type = TRAWL_STRING, .source = PFLOG,
                             .help = "interface"),
    [PFLOG_RULESET] = TW_HAND(.name = "pflog.ruleset", .type = TRAWL_STRING, .source = PFLOG,
                              .help = "ruleset of the anchor"),
    [PFLOG_RULENR] = TW_HAND(.name = "pflog.rulenr", .type = TRAWL_I64, .flags = ID,
                             .help = "rule of the main ruleset that matched", .source = PFLOG),
    [PFLOG_SUBRULENR] = TW_HAND(.name = "pflog.subrulenr", .type = TRAWL_I64, .flags = ID,
                                .help = "rule of the anchor that matched, -1: none",
                                .source = PFLOG),
    [PFLOG_N_HAND] = TW_WIRE(0, 1, .name = "pflog.length", .type = TRAWL_U8, .unit = "B",
                             .help = "length of the header", .source = PFLOG),
    TW_WIRE(1, 1, .name = "pflog.af", .type = TRAWL_U8, .flags = ID, .source = PFLOG,
            .help = "address family, 2 is IPv4"),
    TW_WIRE(2, 1, .name = "pflog.action", .type = TRAWL_U8, .flags = ID, .source = PFLOG,
            .help = "0 passed, 1 dropped, 2 scrubbed"),
    TW_WIRE(3, 1, .name = "pflog.reason", .type = TRAWL_U8, .flags = ID, .source = PFLOG,
            .help = "why it was logged, 0 is a match"),
    TW_WIRE(60, 1, .name = "pflog.dir", .type = TRAWL_U8, .flags = ID, .source = PFLOG,
            .help = "1 in, 2 out"),
};
static void put_name(trawl_sink *sink, uint32_t i_field, const uint8_t *p, size_t size)
{
    const uint8_t *end = memchr(p, 0, size);

    tw_put_data(sink, i_field, p, end ? (size_t)(end - p) : size);
}
static void extract_pflog(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    const uint32_t n = layer->header_len;

    (void)packet;
    if (n < 48)
        return;
    put_name(sink, PFLOG_IFNAME, p + 4, 16);
    put_name(sink, PFLOG_RULESET, p + 20, 16);
    if (tw_wants(sink, PFLOG_RULENR))
        sink->put_i64(sink, PFLOG_RULENR, (int32_t)tw_be32(p + 36));
    if (tw_wants(sink, PFLOG_SUBRULENR))
        sink->put_i64(sink, PFLOG_SUBRULENR, (int32_t)tw_be32(p + 40));
    tw_put_wires(pflog_wires, PFLOG_N_HAND, TW_COUNT(pflog_wires) - (n < 61), layer, sink);
}
const trawl_dissector tw_dissector_pflog = TW_DISSECTOR("pflog", "pflog", pflog_wires,
                                                        "what pf logs", extract_pflog);

enum { ENC_AF };
static const struct tw_wire enc_wires[] = {
    [ENC_AF] = TW_HAND(.name = "enc.af", .type = TRAWL_U32, .flags = ID,
                       .help = "address family, 2 is IPv4", .source = "LINKTYPE_ENC"),
    TW_WIRE(4, 4, .name = "enc.spi", .type = TRAWL_U32, .flags = HEX,
            .help = "security parameters index", .source = "LINKTYPE_ENC"),
};
static void extract_enc(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->cap_len < 12)
        return;
    tw_put(sink, ENC_AF, tw_walk_family(layer->data));
    tw_put_wires(enc_wires, ENC_AF + 1, TW_COUNT(enc_wires), layer, sink);
}
const trawl_dissector tw_dissector_enc = TW_DISSECTOR("enc", "enc", enc_wires,
                                                      "packets of BSD's IPsec", extract_enc);

static const struct tw_wire juniper_wires[] = {
    TW_WIRE_BITS(3, 1, 0, 1, .name = "juniper.direction", .type = TRAWL_U8, .flags = ID,
                 .help = "1 in, 0 out", .source = "LINKTYPE_JUNIPER_ETHER"),
};
static void extract_juniper(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(juniper_wires, 0, TW_COUNT(juniper_wires), layer, sink);
}
const trawl_dissector tw_dissector_juniper = TW_DISSECTOR(
    "juniper", "juniper", juniper_wires, "frames of a Juniper router", extract_juniper);

static const struct tw_wire null_wires[] = {
    TW_HAND(.name = "null.family", .type = TRAWL_U32, .flags = ID,
            .help = "address family of the system that captured", .source = "LINKTYPE_NULL"),
};
static void extract_null(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    uint32_t family;

    (void)packet;
    if (layer->cap_len < 4)
        return;
    family = tw_walk_family(layer->data);
    if (family <= 0xffff) /* else an EtherType stands there */
        tw_put(sink, 0, family);
}
const trawl_dissector tw_dissector_null = TW_DISSECTOR("null", "null", null_wires, "BSD loopback",
                                                       extract_null);

enum { PPP_ADDRESS, PPP_CONTROL, PPP_PROTOCOL };
static const struct tw_wire ppp_wires[] = {
    [PPP_ADDRESS] = TW_HAND(.name = "ppp.address", .type = TRAWL_U8, .flags = HEX,
                            .help = "address, where it is not left out", .source = "RFC 1662"),
    [PPP_CONTROL] = TW_HAND(.name = "ppp.control", .type = TRAWL_U8, .flags = HEX,
                            .help = "control, where it is not left out", .source = "RFC 1662"),
    [PPP_PROTOCOL] = TW_HAND(.name = "ppp.protocol", .type = TRAWL_U16, .flags = HEX,
                             .help = "protocol", .source = "RFC 1661"),
};
static void extract_ppp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    uint32_t at = layer->header_len;

    (void)packet;
    if (at >= 1)
        tw_put(sink, PPP_ADDRESS, p[0]);
    if (at >= 2)
        tw_put(sink, PPP_CONTROL, p[1]);
    if (at + 1 <= layer->cap_len && (p[at] & 1))
        tw_put(sink, PPP_PROTOCOL, p[at]);
    else if (at + 2 <= layer->cap_len)
        tw_put(sink, PPP_PROTOCOL, tw_be16(p + at));
}
const trawl_dissector tw_dissector_ppp = TW_DISSECTOR("ppp", "ppp", ppp_wires,
                                                      "Point-to-Point Protocol", extract_ppp);
