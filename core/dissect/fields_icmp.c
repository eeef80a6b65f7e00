/* Fields of ICMP, ICMPv6 and IGMP. Must not know the packets that errors quote. */
#include "core/dissect/fields.h"

#define LIST    TRAWL_COLUMN_LIST
#define HEX     TRAWL_COLUMN_HEX
#define ID      TRAWL_COLUMN_ID
#define RFC792  "RFC 792"
#define RFC4443 "RFC 4443"
#define RFC4861 "RFC 4861"

/* ---- ICMP ---- */

enum { IC_IDENT, IC_SEQ, IC_MTU, IC_POINTER, IC_REDIR_GW, IC_N_HAND };
static const struct tw_wire icmp_wires[] = {
    [IC_IDENT] = TW_HAND(.name = "icmp.ident", .type = TRAWL_U16, .flags = ID,
                         .help = "identifier of echo, timestamp and address mask messages",
                         .source = RFC792),
    [IC_SEQ] = TW_HAND(.name = "icmp.seq", .type = TRAWL_U16, .flags = ID,
                       .help = "sequence number of such a message", .source = RFC792),
    [IC_MTU] = TW_HAND(.name = "icmp.mtu", .type = TRAWL_U16, .unit = "B",
                       .help = "size that the next hop takes", .source = "RFC 1191"),
    [IC_POINTER] = TW_HAND(.name = "icmp.pointer", .type = TRAWL_U32,
                           .help = "byte that a parameter problem is about", .source = RFC792),
    [IC_REDIR_GW] = TW_HAND(.name = "icmp.redir_gw", .type = TRAWL_IP,
                            .help = "gateway that a redirect names", .source = RFC792),
    [IC_N_HAND] = TW_WIRE(0, 1, .name = "icmp.type", .type = TRAWL_U8, .flags = ID, .help = "type",
                          .source = RFC792),
    TW_WIRE(1, 1, .name = "icmp.code", .type = TRAWL_U8, .flags = ID, .help = "code",
            .source = RFC792),
    TW_WIRE(2, 2, .name = "icmp.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = RFC792),
};

/* Requests and replies. Extended ones (42, 43) have a shorter sequence number, which is no field.
 */
static bool has_identifier(uint8_t type)
{
    return type == 0 || type == 8 || (type >= 13 && type <= 18) || type == 42 || type == 43;
}

static void extract_icmp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;

    (void)packet;
    if (layer->cap_len < 6) /* as tshark, which looks at the sixth byte first */
        return;
    tw_put_wires(icmp_wires, IC_N_HAND, TW_COUNT(icmp_wires), layer, sink);
    if (has_identifier(p[0]))
        tw_put(sink, IC_IDENT, tw_be16(p + 4));
    if (layer->cap_len < 8)
        return;
    switch (p[0]) {
    case 0:
    case 8:
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
        tw_put(sink, IC_SEQ, tw_be16(p + 6));
        break;
    case 3:
        if (p[1] == 4)
            tw_put(sink, IC_MTU, tw_be16(p + 6));
        break;
    case 5:
        tw_put_data(sink, IC_REDIR_GW, p + 4, 4);
        break;
    case 12:
        tw_put(sink, IC_POINTER, p[4]);
        break;
    default:
        break;
    }
}
const trawl_dissector tw_dissector_icmp = TW_DISSECTOR(
    "icmp", "icmp", icmp_wires, "Internet Control Message Protocol", extract_icmp);

/* ---- ICMPv6 ---- */

enum {
    I6_MTU,
    I6_POINTER,
    I6_IDENT,
    I6_SEQ,
    I6_NS_TARGET,
    I6_NA_TARGET,
    I6_RD_TARGET,
    I6_RA_HOP_LIMIT,
    I6_RA_LIFETIME,
    I6_OPT_TYPE,
    I6_OPT_LINKADDR,
    I6_OPT_PREFIX,
    I6_OPT_MTU,
    I6_MLD_ADDRESS,
    I6_N_HAND
};
static const struct tw_wire icmpv6_wires[] = {
    [I6_MTU] = TW_HAND(.name = "icmpv6.mtu", .type = TRAWL_U32, .unit = "B", .source = RFC4443,
                       .help = "size that the next hop takes"),
    [I6_POINTER] = TW_HAND(.name = "icmpv6.pointer", .type = TRAWL_U32, .source = RFC4443,
                           .help = "byte that a parameter problem is about"),
    [I6_IDENT] = TW_HAND(.name = "icmpv6.echo.identifier", .type = TRAWL_U16, .flags = HEX | ID,
                         .help = "identifier of an echo", .source = RFC4443),
    [I6_SEQ] = TW_HAND(.name = "icmpv6.echo.sequence_number", .type = TRAWL_U16, .flags = ID,
                       .help = "sequence number of an echo", .source = RFC4443),
    [I6_NS_TARGET] = TW_HAND(.name = "icmpv6.nd.ns.target_address", .type = TRAWL_IP,
                             .help = "address that a neighbour solicitation asks for",
                             .source = RFC4861),
    [I6_NA_TARGET] = TW_HAND(.name = "icmpv6.nd.na.target_address", .type = TRAWL_IP,
                             .help = "address that a neighbour advertisement is about",
                             .source = RFC4861),
    [I6_RD_TARGET] = TW_HAND(.name = "icmpv6.nd.rd.target_address", .type = TRAWL_IP,
                             .help = "better first hop that a redirect names", .source = RFC4861),
    [I6_RA_HOP_LIMIT] = TW_HAND(.name = "icmpv6.nd.ra.cur_hop_limit", .type = TRAWL_U8,
                                .help = "hop limit that a router advertises", .source = RFC4861),
    [I6_RA_LIFETIME] = TW_HAND(.name = "icmpv6.nd.ra.router_lifetime", .type = TRAWL_U16,
                               .help = "seconds that a router advertises itself for",
                               .source = RFC4861),
    [I6_OPT_TYPE] = TW_HAND(.name = "icmpv6.opt.type", .type = TRAWL_U8, .flags = LIST | ID,
                            .help = "types of the neighbour discovery options", .source = RFC4861),
    [I6_OPT_LINKADDR] = TW_HAND(.name = "icmpv6.opt.linkaddr", .type = TRAWL_MAC, .flags = LIST,
                                .help = "link addresses among the options", .source = RFC4861),
    [I6_OPT_PREFIX] = TW_HAND(.name = "icmpv6.opt.prefix", .type = TRAWL_IP, .flags = LIST,
                              .help = "prefixes that a router advertises", .source = RFC4861),
    [I6_OPT_MTU] = TW_HAND(.name = "icmpv6.opt.mtu", .type = TRAWL_U32, .unit = "B",
                           .help = "MTU that a router advertises", .source = RFC4861),
    [I6_MLD_ADDRESS] = TW_HAND(.name = "icmpv6.mld.multicast_address", .type = TRAWL_IP,
                               .help = "group of a listener message", .source = "RFC 2710"),
    [I6_N_HAND] = TW_WIRE(0, 1, .name = "icmpv6.type", .type = TRAWL_U8, .flags = ID,
                          .help = "type", .source = RFC4443),
    TW_WIRE(1, 1, .name = "icmpv6.code", .type = TRAWL_U8, .flags = ID, .help = "code",
            .source = RFC4443),
    TW_WIRE(2, 2, .name = "icmpv6.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = RFC4443),
};

/* Options of neighbour discovery, in units of eight bytes. */
static void put_nd_options(const trawl_layer *layer, uint32_t at, trawl_sink *sink)
{
    while (at + 8 <= layer->cap_len) {
        const uint8_t *p = layer->data + at;
        uint32_t length = (uint32_t)p[1] * 8;

        tw_put(sink, I6_OPT_TYPE, p[0]);
        if (length == 0 || length > layer->cap_len - at)
            return;
        if ((p[0] == 1 || p[0] == 2) && length == 8)
            tw_put_mac(sink, I6_OPT_LINKADDR, p + 2);
        else if (p[0] == 3 && length >= 32)
            tw_put_data(sink, I6_OPT_PREFIX, p + 16, 16);
        else if (p[0] == 5)
            tw_put(sink, I6_OPT_MTU, tw_be32(p + 4));
        at += length;
    }
}

static void put_address(const trawl_layer *layer, uint32_t i_field, trawl_sink *sink)
{
    if (layer->cap_len >= 24)
        tw_put_data(sink, i_field, layer->data + 8, 16);
}

static void extract_icmpv6(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;

    (void)packet;
    tw_put_wires(icmpv6_wires, I6_N_HAND, TW_COUNT(icmpv6_wires), layer, sink);
    if (layer->cap_len >= 6 && (p[0] == 128 || p[0] == 129 || p[0] == 160 || p[0] == 161))
        tw_put(sink, I6_IDENT, tw_be16(p + 4));
    if (layer->cap_len < 8)
        return;
    switch (p[0]) {
    case 2:
        tw_put(sink, I6_MTU, tw_be32(p + 4));
        break;
    case 4:
        tw_put(sink, I6_POINTER, tw_be32(p + 4));
        break;
    case 128:
    case 129:
        tw_put(sink, I6_SEQ, tw_be16(p + 6));
        break;
    case 130:
    case 131:
    case 132:
        put_address(layer, I6_MLD_ADDRESS, sink);
        break;
    case 133:
        put_nd_options(layer, 8, sink);
        break;
    case 134:
        tw_put(sink, I6_RA_HOP_LIMIT, p[4]);
        tw_put(sink, I6_RA_LIFETIME, tw_be16(p + 6));
        put_nd_options(layer, 16, sink);
        break;
    case 135:
        put_address(layer, I6_NS_TARGET, sink);
        put_nd_options(layer, 24, sink);
        break;
    case 136:
        put_address(layer, I6_NA_TARGET, sink);
        put_nd_options(layer, 24, sink);
        break;
    case 137:
        put_address(layer, I6_RD_TARGET, sink);
        put_nd_options(layer, 40, sink);
        break;
    default:
        break;
    }
}
const trawl_dissector tw_dissector_icmpv6 = TW_DISSECTOR("icmpv6", "icmpv6", icmpv6_wires,
                                                         "ICMP for IPv6", extract_icmpv6);

/* ---- IGMP ---- */

enum { IG_MADDR, IG_RECORD_TYPE, IG_SADDR, IG_MAX_RESP, IG_N_HAND };
static const struct tw_wire igmp_wires[] = {
    [IG_MADDR] = TW_HAND(.name = "igmp.maddr", .type = TRAWL_IP, .flags = LIST, .help = "groups",
                         .source = "RFC 9776 section 4"),
    [IG_RECORD_TYPE] = TW_HAND(.name = "igmp.record_type", .type = TRAWL_U8, .flags = LIST | ID,
                               .help = "kinds of the group records of a version 3 report",
                               .source = "RFC 9776 section 4.2"),
    [IG_SADDR] = TW_HAND(.name = "igmp.saddr", .type = TRAWL_IP, .flags = LIST, .help = "sources",
                         .source = "RFC 9776 section 4"),
    [IG_MAX_RESP] = TW_HAND(
            .name = "igmp.max_resp", .type = TRAWL_U8,
            .help = "longest response time, in tenths of a second (a code from 128 on)",
            .source = "RFC 9776 section 4.1.1"),
    [IG_N_HAND] = TW_WIRE(0, 1, .name = "igmp.type", .type = TRAWL_U8, .flags = HEX | ID,
                          .help = "type", .source = "RFC 9776 section 4"),
    TW_WIRE(2, 2, .name = "igmp.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = "RFC 9776 section 4"),
};

static void put_igmp_records(const trawl_layer *layer, trawl_sink *sink)
{
    uint32_t n = tw_be16(layer->data + 6), at = 8;

    for (uint32_t i = 0; i < n && at + 8 <= layer->cap_len; i++) {
        const uint8_t *p = layer->data + at;
        uint32_t n_sources = tw_be16(p + 2), end = 8 + n_sources * 4;

        tw_put(sink, IG_RECORD_TYPE, p[0]);
        tw_put_data(sink, IG_MADDR, p + 4, 4);
        for (uint32_t k = 8; k < end && at + k + 4 <= layer->cap_len; k += 4)
            tw_put_data(sink, IG_SADDR, p + k, 4);
        at += end + (uint32_t)p[1] * 4;
    }
}

static void extract_igmp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(igmp_wires, IG_N_HAND, TW_COUNT(igmp_wires), layer, sink);
    if (layer->cap_len < 8)
        return;
    if ((layer->data[0] == 0x11 && layer->data[1]) || layer->data[0] == 0x16 ||
        layer->data[0] == 0x17) /* the first version has none */
        tw_put(sink, IG_MAX_RESP, layer->data[1]);
    if (layer->data[0] == 0x22) {
        put_igmp_records(layer, sink);
    } else if (layer->data[0] == 0x11 || layer->data[0] == 0x12 || layer->data[0] == 0x16 ||
               layer->data[0] == 0x17) {
        tw_put_data(sink, IG_MADDR, layer->data + 4, 4);
        if (layer->data[0] == 0x11 && layer->cap_len >= 12) {
            uint32_t n = tw_be16(layer->data + 10);

            for (uint32_t i = 0; i < n && 16 + i * 4 <= layer->cap_len; i++)
                tw_put_data(sink, IG_SADDR, layer->data + 12 + i * 4, 4);
        }
    }
}
const trawl_dissector tw_dissector_igmp = TW_DISSECTOR(
    "igmp", "igmp", igmp_wires, "Internet Group Management Protocol", extract_igmp);
