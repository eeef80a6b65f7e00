/* Fields of IPv6, its extension headers, AH and ESP. Must not know what they carry. */
#include "core/dissect/fields.h"

#define LIST    TRAWL_COLUMN_LIST
#define HEX     TRAWL_COLUMN_HEX
#define ID      TRAWL_COLUMN_ID
#define RFC8200 "RFC 8200"

/* ---- the header ---- */

enum { F_PLEN, F_N_HAND };
static const struct tw_wire wires[] = {
    [F_PLEN] = TW_HAND(.name = "ipv6.plen", .type = TRAWL_U32, .unit = "B", .source = RFC8200,
                       .help = "bytes after the header, extension headers included"),
    [F_N_HAND] = TW_WIRE_BITS(0, 1, 4, 15, .name = "ipv6.version", .type = TRAWL_U8,
                              .help = "version", .source = RFC8200),
    TW_WIRE_BITS(0, 2, 4, 0xff, .name = "ipv6.tclass", .type = TRAWL_U32, .flags = HEX,
                 .help = "traffic class", .source = RFC8200),
    TW_WIRE_BITS(0, 2, 6, 0x3f, .name = "ipv6.tclass.dscp", .type = TRAWL_U32, .flags = ID,
                 .help = "differentiated services codepoint", .source = "RFC 2474"),
    TW_WIRE_BITS(0, 2, 4, 3, .name = "ipv6.tclass.ecn", .type = TRAWL_U32, .flags = ID,
                 .help = "explicit congestion notification", .source = "RFC 3168"),
    TW_WIRE_BITS(0, 4, 0, 0xfffff, .name = "ipv6.flow", .type = TRAWL_U32, .flags = HEX | ID,
                 .help = "flow label", .source = "RFC 6437"),
    TW_WIRE(6, 1, .name = "ipv6.nxt", .type = TRAWL_U8, .flags = ID, .help = "next header",
            .source = RFC8200),
    TW_WIRE(7, 1, .name = "ipv6.hlim", .type = TRAWL_U8, .help = "hop limit", .source = RFC8200),
    TW_WIRE(8, 16, .name = "ipv6.src", .type = TRAWL_IP, .help = "source address",
            .source = RFC8200),
    TW_WIRE(24, 16, .name = "ipv6.dst", .type = TRAWL_IP, .help = "destination address",
            .source = RFC8200),
};

static void extract_ipv6(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->cap_len >= 1 && layer->data[0] >> 4 != 6) { /* the rest means nothing then */
        tw_put(sink, F_N_HAND, layer->data[0] >> 4);
        return;
    }
    tw_put_wires(wires, F_N_HAND, TW_COUNT(wires), layer, sink);
    if (layer->cap_len >= 6)
        tw_put(sink, F_PLEN, tw_be16(layer->data + 4));
}
const trawl_dissector tw_dissector_ipv6 = TW_DISSECTOR("ipv6", "ipv6", wires,
                                                       "Internet Protocol version 6", extract_ipv6);

/* ---- extension headers: a packet may have several of a kind ---- */

static const struct tw_wire hopopts_wires[] = {
    TW_HAND(.name = "ipv6.hopopts.len_oct", .type = TRAWL_U16, .flags = LIST, .unit = "B",
            .help = "length of a hop-by-hop header", .source = "RFC 8200 section 4.3"),
    TW_WIRE(0, 1, .name = "ipv6.hopopts.nxt", .type = TRAWL_U8, .flags = LIST | ID,
            .help = "next header", .source = "RFC 8200 section 4.3"),
};
static void extract_hopopts(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->header_len)
        tw_put(sink, 0, layer->header_len);
    tw_put_wires(hopopts_wires, 1, TW_COUNT(hopopts_wires), layer, sink);
}
const trawl_dissector tw_dissector_hopopts = TW_DISSECTOR(
    "ipv6.hopopts", "ipv6.hopopts", hopopts_wires, "IPv6 hop-by-hop options", extract_hopopts);

static const struct tw_wire dstopts_wires[] = {
    TW_HAND(.name = "ipv6.dstopts.len_oct", .type = TRAWL_U16, .flags = LIST, .unit = "B",
            .help = "length of a destination options header", .source = "RFC 8200 section 4.6"),
    TW_WIRE(0, 1, .name = "ipv6.dstopts.nxt", .type = TRAWL_U8, .flags = LIST | ID,
            .help = "next header", .source = "RFC 8200 section 4.6"),
};
static void extract_dstopts(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    if (layer->header_len)
        tw_put(sink, 0, layer->header_len);
    tw_put_wires(dstopts_wires, 1, TW_COUNT(dstopts_wires), layer, sink);
}
const trawl_dissector tw_dissector_dstopts = TW_DISSECTOR(
    "ipv6.dstopts", "ipv6.dstopts", dstopts_wires, "IPv6 destination options", extract_dstopts);

/* The options of both kinds of header: type, length, value; type 0 is one byte of padding. */
enum { OPT_TYPE, OPT_LENGTH, OPT_ALERT, OPT_JUMBO };
static const struct tw_wire option_wires[] = {
    [OPT_TYPE] = TW_HAND(.name = "ipv6.opt.type", .type = TRAWL_U8, .flags = LIST | ID,
                         .help = "types of the hop-by-hop and destination options",
                         .source = "RFC 8200 section 4.2"),
    [OPT_LENGTH] = TW_HAND(.name = "ipv6.opt.length", .type = TRAWL_U8, .flags = LIST, .unit = "B",
                           .help = "lengths of the options that have one",
                           .source = "RFC 8200 section 4.2"),
    [OPT_ALERT] = TW_HAND(.name = "ipv6.opt.router_alert", .type = TRAWL_U16, .flags = LIST | ID,
                          .help = "router alert", .source = "RFC 2711"),
    [OPT_JUMBO] = TW_HAND(.name = "ipv6.opt.jumbo", .type = TRAWL_U32, .flags = LIST, .unit = "B",
                          .help = "payload length of a jumbogram", .source = "RFC 2675"),
};
static void extract_options(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    uint32_t at = 2, end = layer->header_len;

    (void)packet;
    while (at < end) {
        const uint8_t *p = layer->data + at;

        tw_put(sink, OPT_TYPE, p[0]);
        if (p[0] == 0) {
            at++;
            continue;
        }
        if (at + 2 > end || p[1] > end - at - 2)
            return;
        tw_put(sink, OPT_LENGTH, p[1]);
        if (p[0] == 5 && p[1] == 2)
            tw_put(sink, OPT_ALERT, tw_be16(p + 2));
        else if (p[0] == 0xc2 && p[1] == 4)
            tw_put(sink, OPT_JUMBO, tw_be32(p + 2));
        at += 2 + (uint32_t)p[1];
    }
}
const trawl_dissector tw_dissector_ipv6_options = TW_DISSECTOR(
    "ipv6.opt", "ipv6.opt", option_wires, "options of IPv6 headers", extract_options);

enum { RT_LEN, RT_ADDR, RT_N_HAND };
static const struct tw_wire routing_wires[] = {
    [RT_LEN] = TW_HAND(.name = "ipv6.routing.len_oct", .type = TRAWL_U16, .flags = LIST,
                       .unit = "B", .help = "length of a routing header",
                       .source = "RFC 8200 section 4.4"),
    [RT_ADDR] = TW_HAND(.name = "ipv6.routing.srh.addr", .type = TRAWL_IP, .flags = LIST,
                        .help = "segments of a segment routing header", .source = "RFC 8754"),
    [RT_N_HAND] = TW_WIRE(0, 1, .name = "ipv6.routing.nxt", .type = TRAWL_U8, .flags = LIST | ID,
                          .help = "next header", .source = "RFC 8200 section 4.4"),
    TW_WIRE(2, 1, .name = "ipv6.routing.type", .type = TRAWL_U8, .flags = LIST | ID,
            .help = "kind of routing header", .source = "RFC 8200 section 4.4"),
    TW_WIRE(3, 1, .name = "ipv6.routing.segleft", .type = TRAWL_U8, .flags = LIST,
            .help = "segments left", .source = "RFC 8200 section 4.4"),
};
static void extract_routing(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(routing_wires, RT_N_HAND, TW_COUNT(routing_wires), layer, sink);
    if (!layer->header_len)
        return;
    tw_put(sink, RT_LEN, layer->header_len);
    if (layer->data[2] == 4)
        for (uint32_t i = 0; i <= layer->data[4] && 8 + i * 16 + 16 <= layer->header_len; i++)
            tw_put_data(sink, RT_ADDR, layer->data + 8 + i * 16, 16);
}
const trawl_dissector tw_dissector_routing = TW_DISSECTOR(
    "ipv6.routing", "ipv6.routing", routing_wires, "IPv6 routing header", extract_routing);

enum { FRAG_OFFSET, FRAG_N_HAND };
static const struct tw_wire fraghdr_wires[] = {
    [FRAG_OFFSET] = TW_HAND(.name = "ipv6.fraghdr.offset", .type = TRAWL_U16, .flags = LIST,
                            .help = "place of the fragment, in units of eight bytes",
                            .source = "RFC 8200 section 4.5"),
    [FRAG_N_HAND] = TW_WIRE(0, 1, .name = "ipv6.fraghdr.nxt", .type = TRAWL_U8, .flags = LIST | ID,
                            .help = "next header", .source = "RFC 8200 section 4.5"),
    TW_WIRE_BITS(3, 1, 0, 1, .name = "ipv6.fraghdr.more", .type = TRAWL_BOOL, .flags = LIST,
                 .help = "more fragments", .source = "RFC 8200 section 4.5"),
    TW_WIRE(4, 4, .name = "ipv6.fraghdr.ident", .type = TRAWL_U32, .flags = LIST | HEX | ID,
            .help = "identification", .source = "RFC 8200 section 4.5"),
};
static void extract_fraghdr(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(fraghdr_wires, FRAG_N_HAND, TW_COUNT(fraghdr_wires), layer, sink);
    if (layer->cap_len >= 4)
        tw_put(sink, FRAG_OFFSET, tw_be16(layer->data + 2) >> 3);
}
const trawl_dissector tw_dissector_fraghdr = TW_DISSECTOR(
    "ipv6.fraghdr", "ipv6.fraghdr", fraghdr_wires, "IPv6 fragment header", extract_fraghdr);

/* ---- IPsec ---- */

static const struct tw_wire ah_wires[] = {
    TW_WIRE(0, 1, .name = "ah.next_header", .type = TRAWL_U8, .flags = ID, .help = "next header",
            .source = "RFC 4302"),
    TW_WIRE(1, 1, .name = "ah.length", .type = TRAWL_U8, .source = "RFC 4302",
            .help = "length in units of four bytes, less two"),
    TW_WIRE(4, 4, .name = "ah.spi", .type = TRAWL_U32, .flags = HEX | ID,
            .help = "security parameters index", .source = "RFC 4302"),
    TW_WIRE(8, 4, .name = "ah.sequence", .type = TRAWL_U32, .flags = ID, .help = "sequence number",
            .source = "RFC 4302"),
};
static void extract_ah(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(ah_wires, 0, TW_COUNT(ah_wires), layer, sink);
}
const trawl_dissector tw_dissector_ah = TW_DISSECTOR("ah", "ah", ah_wires,
                                                     "IP Authentication Header", extract_ah);

static const struct tw_wire esp_wires[] = {
    TW_WIRE(0, 4, .name = "esp.spi", .type = TRAWL_U32, .flags = HEX | ID,
            .help = "security parameters index", .source = "RFC 4303"),
    TW_WIRE(4, 4, .name = "esp.sequence", .type = TRAWL_U32, .flags = ID, .help = "sequence number",
            .source = "RFC 4303"),
};
static void extract_esp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(esp_wires, 0, TW_COUNT(esp_wires), layer, sink);
}
const trawl_dissector tw_dissector_esp = TW_DISSECTOR(
    "esp", "esp", esp_wires, "Encapsulating Security Payload", extract_esp);
