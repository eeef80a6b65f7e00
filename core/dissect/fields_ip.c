/* Fields of IPv4. Must not know what it carries. */
#include "core/dissect/fields.h"

#define LIST    TRAWL_COLUMN_LIST
#define HEX     TRAWL_COLUMN_HEX
#define ID      TRAWL_COLUMN_ID
#define RFC791  "RFC 791 section 3.1"
#define RFC2474 "RFC 2474"
#define RFC3168 "RFC 3168"

enum { F_HDR_LEN, F_LEN, F_FRAG_OFFSET, F_OPT_TYPE, F_OPT_LEN, F_OPT_RA, F_REC_RT, N_HAND };
static const struct tw_wire wires[] = {
    [F_HDR_LEN] = TW_HAND(.name = "ip.hdr_len", .type = TRAWL_U8, .unit = "B", .source = RFC791,
                          .help = "length of the header with its options"),
    [F_LEN] = TW_HAND(.name = "ip.len", .type = TRAWL_U32, .unit = "B", .source = RFC791,
                      .help = "total length; where it is 0 (segmentation offload) the frame's"),
    [F_FRAG_OFFSET] = TW_HAND(.name = "ip.frag_offset", .type = TRAWL_U16, .source = RFC791,
                              .help = "place of the fragment, in units of eight bytes"),
    [F_OPT_TYPE] = TW_HAND(.name = "ip.opt.type", .type = TRAWL_U8, .flags = LIST | ID,
                           .help = "types of the options, in their order", .source = RFC791),
    [F_OPT_LEN] = TW_HAND(.name = "ip.opt.len", .type = TRAWL_U8, .flags = LIST, .unit = "B",
                          .help = "lengths of the options that have one", .source = RFC791),
    [F_OPT_RA] = TW_HAND(.name = "ip.opt.ra", .type = TRAWL_U16, .flags = ID,
                         .help = "router alert", .source = "RFC 2113"),
    [F_REC_RT] = TW_HAND(.name = "ip.rec_rt", .type = TRAWL_IP, .flags = LIST,
                         .help = "addresses recorded so far by a route option", .source = RFC791),
    [N_HAND] = TW_WIRE(1, 1, .name = "ip.dsfield", .type = TRAWL_U8, .flags = HEX,
                       .help = "differentiated services field", .source = RFC2474),
    TW_WIRE_BITS(1, 1, 2, 0x3f, .name = "ip.dsfield.dscp", .type = TRAWL_U8, .flags = ID,
                 .help = "differentiated services codepoint", .source = RFC2474),
    TW_WIRE_BITS(1, 1, 0, 3, .name = "ip.dsfield.ecn", .type = TRAWL_U8, .flags = ID,
                 .help = "explicit congestion notification", .source = RFC3168),
    TW_WIRE(4, 2, .name = "ip.id", .type = TRAWL_U16, .flags = HEX | ID, .help = "identification",
            .source = RFC791),
    TW_WIRE_BITS(6, 1, 5, 7, .name = "ip.flags", .type = TRAWL_U8, .flags = HEX,
                 .help = "reserved bit, don't fragment, more fragments", .source = RFC791),
    TW_WIRE_BITS(6, 1, 7, 1, .name = "ip.flags.rb", .type = TRAWL_BOOL, .help = "reserved bit",
                 .source = RFC791),
    TW_WIRE_BITS(6, 1, 6, 1, .name = "ip.flags.df", .type = TRAWL_BOOL, .help = "don't fragment",
                 .source = RFC791),
    TW_WIRE_BITS(6, 1, 5, 1, .name = "ip.flags.mf", .type = TRAWL_BOOL, .help = "more fragments",
                 .source = RFC791),
    TW_WIRE(8, 1, .name = "ip.ttl", .type = TRAWL_U8, .help = "time to live", .source = RFC791),
    TW_WIRE(9, 1, .name = "ip.proto", .type = TRAWL_U8, .flags = ID,
            .help = "protocol that the packet carries", .source = RFC791),
    TW_WIRE(10, 2, .name = "ip.checksum", .type = TRAWL_U16, .flags = HEX,
            .help = "checksum of the header", .source = RFC791),
    TW_WIRE(12, 4, .name = "ip.src", .type = TRAWL_IP, .help = "source address", .source = RFC791),
    TW_WIRE(16, 4, .name = "ip.dst", .type = TRAWL_IP, .help = "destination address",
            .source = RFC791),
};

static void put_route(const uint8_t *p, uint32_t n, trawl_sink *sink)
{
    /* p[0] is the pointer to the next free place, counted from the option's type. */
    uint32_t used = p[0] >= 4 ? p[0] - 4U : 0;

    for (uint32_t at = 0; at + 4 <= used && at + 5 <= n; at += 4)
        tw_put_data(sink, F_REC_RT, p + 1 + at, 4);
}

static void put_options(const uint8_t *p, uint32_t n, trawl_sink *sink)
{
    uint32_t at = 0;

    while (at < n) {
        uint8_t type = p[at];
        uint32_t length;

        if (type <= 1) {
            tw_put(sink, F_OPT_TYPE, type);
            if (type == 0)
                return;
            at++;
            continue;
        }
        if (at + 2 > n)
            return;
        length = p[at + 1];
        if (length < 2 || length > n - at)
            return;
        tw_put(sink, F_OPT_TYPE, type);
        tw_put(sink, F_OPT_LEN, length);
        if (type == 148 && length == 4)
            tw_put(sink, F_OPT_RA, tw_be16(p + at + 2));
        else if (type == 7 && length >= 3)
            put_route(p + at + 2, length - 2, sink);
        at += length;
    }
}

static bool wants_options(const trawl_sink *sink)
{
    return tw_wants(sink, F_OPT_TYPE) || tw_wants(sink, F_OPT_LEN) || tw_wants(sink, F_OPT_RA) ||
           tw_wants(sink, F_REC_RT);
}

static void extract_ip(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    uint32_t header, total;

    (void)packet;
    if (layer->cap_len < 1)
        return;
    if (p[0] >> 4 != 4) /* the rest means nothing then, as in tshark */
        return;
    header = (uint32_t)(p[0] & 15) * 4;
    tw_put(sink, F_HDR_LEN, header);
    if (header < 20)
        return;
    total = layer->cap_len >= 4 ? tw_be16(p + 2) : 0;
    if (total && total < header) {
        tw_put(sink, F_LEN, total);
        return;
    }
    tw_put_wires(wires, N_HAND, TW_COUNT(wires), layer, sink);
    if (layer->cap_len >= 4)
        tw_put(sink, F_LEN, total ? total : layer->len);
    if (layer->cap_len >= 8)
        tw_put(sink, F_FRAG_OFFSET, tw_be16(p + 6) & 0x1fff);
    if (header > 20 && layer->cap_len > 20 && wants_options(sink))
        put_options(p + 20, TW_MIN(header, layer->cap_len) - 20, sink);
}
const trawl_dissector tw_dissector_ip = TW_DISSECTOR("ip", "ip", wires,
                                                     "Internet Protocol version 4", extract_ip);

/* ---- the version, of either kind of header ---- */

static const struct tw_wire version_wires[] = {
    TW_WIRE_BITS(0, 1, 4, 15, .name = "ip.version", .type = TRAWL_U8, .flags = ID,
                 .help = "version: 4 or 6", .source = RFC791),
};
static void extract_version(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(version_wires, 0, TW_COUNT(version_wires), layer, sink);
}
const trawl_dissector tw_dissector_ip_version = TW_DISSECTOR(
    "ip.version", "ip.version", version_wires, "Internet Protocol, either version",
    extract_version);
