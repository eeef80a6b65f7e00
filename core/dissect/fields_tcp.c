/* Fields of TCP and its options. Must not know conversations: what is relative comes from outside.
 */
#include "core/dissect/fields.h"

#define RFC9293 "RFC 9293 section 3.1"
#define RFC2018 "RFC 2018"
#define RFC7323 "RFC 7323"
#define LIST    TRAWL_COLUMN_LIST
#define HEX     TRAWL_COLUMN_HEX
#define ID      TRAWL_COLUMN_ID

enum {
    F_LEN,
    F_HDR_LEN,
    F_FLAGS_STR,
    F_OPTIONS,
    F_OPTION_KIND,
    F_OPTION_LEN,
    F_NOP,
    F_MSS,
    F_MSS_VAL,
    F_WSCALE,
    F_WSCALE_SHIFT,
    F_WSCALE_MULTIPLIER,
    F_SACK_PERM,
    F_SACK,
    F_SACK_LE,
    F_SACK_RE,
    F_SACK_COUNT,
    F_TIMESTAMP,
    F_TSVAL,
    F_TSECR,
    F_ECHO_VALUE,
    F_CC_VALUE,
    F_MD5,
    F_AO_KEYID,
    F_AO_RNEXTKEYID,
    F_TFO,
    F_TFO_COOKIE,
    F_EXID,
    F_USER_TO_VAL,
    F_PAYLOAD,
    F_SRCPORT,
    F_DSTPORT,
    F_SEQ_RAW
};

static const struct tw_wire wires[] = {
    [F_LEN] = TW_HAND(.name = "tcp.len", .type = TRAWL_U32, .unit = "B", .source = RFC9293,
                      .help = "payload bytes, as the IP header declares them"),
    [F_HDR_LEN] = TW_HAND(.name = "tcp.hdr_len", .type = TRAWL_U8, .unit = "B", .source = RFC9293,
                          .help = "length of the header with its options"),
    [F_FLAGS_STR] = TW_HAND(.name = "tcp.flags.str", .type = TRAWL_STRING, .source = RFC9293,
                            .help = "flags as letters"),
    [F_OPTIONS] = TW_HAND(.name = "tcp.options", .type = TRAWL_BYTES, .source = RFC9293,
                          .help = "all options, raw"),
    [F_OPTION_KIND] = TW_HAND(.name = "tcp.option_kind", .type = TRAWL_U8, .flags = LIST | ID,
                              .help = "kinds of the options, in their order", .source = RFC9293),
    [F_OPTION_LEN] = TW_HAND(.name = "tcp.option_len", .type = TRAWL_U8, .flags = LIST, .unit = "B",
                             .help = "lengths of the options that have one", .source = RFC9293),
    [F_NOP] = TW_HAND(.name = "tcp.options.nop", .type = TRAWL_BOOL, .source = RFC9293,
                      .help = "there is a no-operation option"),
    [F_MSS] = TW_HAND(.name = "tcp.options.mss", .type = TRAWL_BOOL, .source = RFC9293,
                      .help = "there is a maximum segment size option"),
    [F_MSS_VAL] = TW_HAND(.name = "tcp.options.mss_val", .type = TRAWL_U16, .unit = "B",
                          .help = "maximum segment size", .source = RFC9293),
    [F_WSCALE] = TW_HAND(.name = "tcp.options.wscale", .type = TRAWL_BOOL, .source = RFC7323,
                         .help = "there is a window scale option"),
    [F_WSCALE_SHIFT] = TW_HAND(.name = "tcp.options.wscale.shift", .type = TRAWL_U8,
                               .help = "window scale: bits to shift", .source = RFC7323),
    [F_WSCALE_MULTIPLIER] = TW_HAND(.name = "tcp.options.wscale.multiplier", .type = TRAWL_U16,
                                    .help = "window scale: factor", .source = RFC7323),
    [F_SACK_PERM] = TW_HAND(.name = "tcp.options.sack_perm", .type = TRAWL_BOOL, .source = RFC2018,
                            .help = "selective acknowledgements are permitted"),
    [F_SACK] = TW_HAND(.name = "tcp.options.sack", .type = TRAWL_BOOL, .source = RFC2018,
                       .help = "there is a selective acknowledgement"),
    [F_SACK_LE] = TW_HAND(.name = "tcp.options.sack_le", .type = TRAWL_U32, .flags = LIST | ID,
                          .help = "left edges of the blocks, relative as tcp.ack",
                          .source = RFC2018),
    [F_SACK_RE] = TW_HAND(.name = "tcp.options.sack_re", .type = TRAWL_U32, .flags = LIST | ID,
                          .help = "right edges of the blocks, relative as tcp.ack",
                          .source = RFC2018),
    [F_SACK_COUNT] = TW_HAND(.name = "tcp.options.sack.count", .type = TRAWL_U8,
                             .help = "blocks acknowledged selectively", .source = RFC2018),
    [F_TIMESTAMP] = TW_HAND(.name = "tcp.options.timestamp", .type = TRAWL_BOOL, .source = RFC7323,
                            .help = "there is a timestamps option"),
    [F_TSVAL] = TW_HAND(.name = "tcp.options.timestamp.tsval", .type = TRAWL_U32, .flags = ID,
                        .help = "timestamp value", .source = RFC7323),
    [F_TSECR] = TW_HAND(.name = "tcp.options.timestamp.tsecr", .type = TRAWL_U32, .flags = ID,
                        .help = "timestamp echo reply", .source = RFC7323),
    [F_ECHO_VALUE] = TW_HAND(.name = "tcp.options.echo_value", .type = TRAWL_U32, .flags = ID,
                             .help = "value of an echo or echo reply option", .source = "RFC 1072"),
    [F_CC_VALUE] = TW_HAND(.name = "tcp.options.cc_value", .type = TRAWL_U32, .flags = ID,
                           .help = "connection count of T/TCP", .source = "RFC 1644"),
    [F_MD5] = TW_HAND(.name = "tcp.options.md5.digest", .type = TRAWL_BYTES, .source = "RFC 2385",
                      .help = "MD5 signature"),
    [F_AO_KEYID] = TW_HAND(.name = "tcp.options.ao.keyid", .type = TRAWL_U8, .flags = ID,
                           .help = "authentication option: key", .source = "RFC 5925"),
    [F_AO_RNEXTKEYID] = TW_HAND(.name = "tcp.options.ao.rnextkeyid", .type = TRAWL_U8, .flags = ID,
                                .help = "authentication option: next key", .source = "RFC 5925"),
    [F_TFO] = TW_HAND(.name = "tcp.options.tfo", .type = TRAWL_BOOL, .source = "RFC 7413",
                      .help = "there is a fast open option"),
    [F_TFO_COOKIE] = TW_HAND(.name = "tcp.options.tfo.cookie", .type = TRAWL_BYTES,
                             .help = "fast open cookie", .source = "RFC 7413"),
    [F_EXID] = TW_HAND(.name = "tcp.options.experimental.exid", .type = TRAWL_U16, .flags = HEX,
                       .help = "identifier of an experimental option", .source = "RFC 6994"),
    [F_USER_TO_VAL] = TW_HAND(.name = "tcp.options.user_to_val", .type = TRAWL_U16,
                              .help = "user timeout", .source = "RFC 5482"),
    [F_PAYLOAD] = TW_HAND(.name = "tcp.payload", .type = TRAWL_BYTES, .flags = TRAWL_COLUMN_HIDDEN,
                          .help = "captured payload bytes", .source = RFC9293),
    [F_SRCPORT] = TW_WIRE(0, 2, .name = "tcp.srcport", .type = TRAWL_U16, .flags = ID,
                          .help = "source port", .source = RFC9293),
    [F_DSTPORT] = TW_WIRE(2, 2, .name = "tcp.dstport", .type = TRAWL_U16, .flags = ID,
                          .help = "destination port", .source = RFC9293),
    [F_SEQ_RAW] = TW_WIRE(4, 4, .name = "tcp.seq_raw", .type = TRAWL_U32, .flags = ID,
                          .help = "sequence number as sent", .source = RFC9293),
    TW_WIRE(8, 4, .name = "tcp.ack_raw", .type = TRAWL_U32, .flags = ID,
            .help = "acknowledgment number as sent", .source = RFC9293),
    TW_WIRE_BITS(12, 2, 0, 0xfff, .name = "tcp.flags", .type = TRAWL_U16, .flags = HEX,
                 .help = "all twelve flag bits", .source = RFC9293),
    TW_WIRE_BITS(12, 1, 1, 7, .name = "tcp.flags.res", .type = TRAWL_BOOL,
                 .help = "a reserved bit is set", .source = RFC9293),
    TW_WIRE_BITS(12, 1, 0, 1, .name = "tcp.flags.ae", .type = TRAWL_BOOL, .help = "accurate ECN",
                 .source = "RFC 9768"),
    TW_WIRE_BITS(13, 1, 7, 1, .name = "tcp.flags.cwr", .type = TRAWL_BOOL,
                 .help = "congestion window reduced", .source = "RFC 3168"),
    TW_WIRE_BITS(13, 1, 6, 1, .name = "tcp.flags.ece", .type = TRAWL_BOOL, .help = "ECN echo",
                 .source = "RFC 3168"),
    TW_WIRE_BITS(13, 1, 5, 1, .name = "tcp.flags.urg", .type = TRAWL_BOOL,
                 .help = "urgent pointer is meant", .source = RFC9293),
    TW_WIRE_BITS(13, 1, 4, 1, .name = "tcp.flags.ack", .type = TRAWL_BOOL,
                 .help = "acknowledgment number is meant", .source = RFC9293),
    TW_WIRE_BITS(13, 1, 3, 1, .name = "tcp.flags.push", .type = TRAWL_BOOL, .help = "push",
                 .source = RFC9293),
    TW_WIRE_BITS(13, 1, 2, 1, .name = "tcp.flags.reset", .type = TRAWL_BOOL, .help = "reset",
                 .source = RFC9293),
    TW_WIRE_BITS(13, 1, 1, 1, .name = "tcp.flags.syn", .type = TRAWL_BOOL,
                 .help = "synchronise sequence numbers", .source = RFC9293),
    TW_WIRE_BITS(13, 1, 0, 1, .name = "tcp.flags.fin", .type = TRAWL_BOOL,
                 .help = "no more data from the sender", .source = RFC9293),
    TW_WIRE(14, 2, .name = "tcp.window_size_value", .type = TRAWL_U16,
            .help = "window as sent, not scaled", .source = RFC9293),
    TW_WIRE(16, 2, .name = "tcp.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = RFC9293),
    TW_WIRE(18, 2, .name = "tcp.urgent_pointer", .type = TRAWL_U16, .help = "urgent pointer",
            .source = RFC9293),
};

/* The letters of RFC 9293's flags from the most significant on, a middle dot where unset. */
static void put_flags_str(const trawl_layer *layer, trawl_sink *sink)
{
    static const char letters[12] = {'R', 'R', 'R', 'A', 'C', 'E', 'U', 'A', 'P', 'R', 'S', 'F'};
    uint32_t flags = tw_be16(layer->data + 12) & 0xfff;
    char text[24];
    size_t n = 0;

    for (unsigned i = 0; i < 12; i++) {
        if (flags >> (11 - i) & 1) {
            text[n++] = letters[i];
        } else {
            text[n++] = '\xc2';
            text[n++] = '\xb7';
        }
    }
    sink->put_bytes(sink, F_FLAGS_STR, text, n);
}

/* An edge relative to what the other side has sent, as the acknowledgment number is. */
static uint32_t relative_edge(const trawl_packet *packet, trawl_sink *sink, uint32_t edge)
{
    const struct tw_sink *s = (const struct tw_sink *)(const void *)sink;
    uint32_t base;

    if (s->base_seq && s->base_seq(s->base_seq_context, packet->row, true, &base))
        return edge - base;
    return edge;
}

/* Left and right edges in turn. */
static void put_edges(const trawl_packet *packet, const uint8_t *p, uint32_t n, trawl_sink *sink)
{
    tw_put(sink, F_SACK, 1);
    for (uint32_t at = 0; at + 4 <= n; at += 4) {
        const uint32_t field = at % 8 ? F_SACK_RE : F_SACK_LE;

        if (tw_wants(sink, field))
            sink->put_u64(sink, field, relative_edge(packet, sink, tw_be32(p + at)));
    }
}

/* One option: kind and the bytes after its length. */
static void put_option(const trawl_packet *packet, uint8_t kind, const uint8_t *p, uint32_t n,
                       trawl_sink *sink)
{
    switch (kind) {
    case 2:
        tw_put(sink, F_MSS, 1);
        if (n == 2)
            tw_put(sink, F_MSS_VAL, tw_be16(p));
        break;
    case 3:
        tw_put(sink, F_WSCALE, 1);
        if (n == 1) {
            /* More than 14 counts as 14 (RFC 7323 section 2.3). */
            tw_put(sink, F_WSCALE_SHIFT, p[0]);
            tw_put(sink, F_WSCALE_MULTIPLIER, UINT64_C(1) << TW_MIN(p[0], 14));
        }
        break;
    case 4:
        tw_put(sink, F_SACK_PERM, 1);
        break;
    case 5:
        tw_put(sink, F_SACK_COUNT, n / 8);
        put_edges(packet, p, n - n % 8, sink);
        break;
    case 6:
    case 7:
        if (n == 4)
            tw_put(sink, F_ECHO_VALUE, tw_be32(p));
        break;
    case 8:
        tw_put(sink, F_TIMESTAMP, 1);
        if (n == 8) {
            tw_put(sink, F_TSVAL, tw_be32(p));
            tw_put(sink, F_TSECR, tw_be32(p + 4));
        }
        break;
    case 11:
    case 12:
    case 13:
        if (n == 4)
            tw_put(sink, F_CC_VALUE, tw_be32(p));
        break;
    case 19:
        if (n == 16)
            tw_put_data(sink, F_MD5, p, n);
        break;
    case 28:
        if (n == 2)
            tw_put(sink, F_USER_TO_VAL, tw_be16(p) & 0x7fff);
        break;
    case 29:
        if (n >= 2) {
            tw_put(sink, F_AO_KEYID, p[0]);
            tw_put(sink, F_AO_RNEXTKEYID, p[1]);
        }
        break;
    case 34:
        tw_put(sink, F_TFO, 1);
        if (n)
            tw_put_data(sink, F_TFO_COOKIE, p, n);
        break;
    case 253:
    case 254:
        if (n >= 2) {
            tw_put(sink, F_EXID, tw_be16(p));
            if (tw_be16(p) == 0xf989) { /* fast open before it had a number of its own */
                tw_put(sink, F_TFO, 1);
                if (n > 2)
                    tw_put_data(sink, F_TFO_COOKIE, p + 2, n - 2);
            }
        }
        break;
    default:
        break;
    }
}

/* What was captured of an option that was cut: n bytes behind its length. */
static void put_cut_option(const trawl_packet *packet, uint8_t kind, const uint8_t *p, uint32_t n,
                           trawl_sink *sink)
{
    switch (kind) {
    case 5:
        put_edges(packet, p, n, sink);
        break;
    case 8:
        tw_put(sink, F_TIMESTAMP, 1);
        if (n >= 4)
            tw_put(sink, F_TSVAL, tw_be32(p));
        break;
    case 253:
    case 254:
        if (n >= 2)
            tw_put(sink, F_EXID, tw_be16(p));
        break;
    default:
        break;
    }
}

/* n of n_all bytes of options were captured. */
static void put_options(const trawl_packet *packet, const uint8_t *p, uint32_t n, uint32_t n_all,
                        trawl_sink *sink)
{
    uint32_t at = 0;

    tw_put_data(sink, F_OPTIONS, p, n);
    while (at < n) {
        uint8_t kind = p[at];
        uint32_t length;

        tw_put(sink, F_OPTION_KIND, kind);
        if (kind == 0 && at + 1 < n && p[at + 1] != 0)
            return;
        if (kind <= 1) { /* padding counts, as in tshark */
            if (kind == 1)
                tw_put(sink, F_NOP, 1);
            at++;
            continue;
        }
        if (at + 2 > n)
            return;
        length = p[at + 1];
        if (length < 2 || length > n_all - at)
            return; /* the rest cannot be told apart */
        tw_put(sink, F_OPTION_LEN, length);
        if (length > n - at) {
            put_cut_option(packet, kind, p + at + 2, n - at - 2, sink);
            return;
        }
        put_option(packet, kind, p + at + 2, length - 2, sink);
        at += length;
    }
}

/* Does any field need the options to be read? */
static bool wants_options(const trawl_sink *sink)
{
    for (uint32_t i = F_OPTIONS; i < F_PAYLOAD; i++)
        if (sink->wanted[i])
            return true;
    return false;
}

/* The ports stand before all else; the rest shows once the window is there, and beyond the length
 * of the header only where that makes sense: as tshark reads a header that was cut or is absurd. */
static void extract_tcp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_sink *own = (const struct tw_sink *)(const void *)sink;
    uint32_t header;

    if (layer->cap_len < 16) {
        tw_put_wires(wires, F_SRCPORT, F_SEQ_RAW, layer, sink);
        return;
    }
    header = (uint32_t)(layer->data[12] >> 4) * 4;
    tw_put(sink, F_HDR_LEN, header);
    if (header <= layer->len && !(layer->flags & TRAWL_LAYER_QUOTED) &&
        (own->frame->flags & (TW_FRAME_FRAGMENT | TW_FRAME_WHOLE)) != TW_FRAME_FRAGMENT)
        tw_put(sink, F_LEN, layer->len - header);
    if (header < 20) {
        tw_put_wires(wires, F_SRCPORT, F_SEQ_RAW + 1, layer, sink);
        return;
    }
    tw_put_wires(wires, F_SRCPORT, TW_COUNT(wires), layer, sink);
    if (tw_wants(sink, F_FLAGS_STR))
        put_flags_str(layer, sink);
    if (header > 20 && layer->cap_len > 20 && wants_options(sink))
        put_options(packet, layer->data + 20, TW_MIN(header, layer->cap_len) - 20,
                    TW_MIN(header, layer->len) - 20, sink);
    if (layer->cap_len > header)
        tw_put_data(sink, F_PAYLOAD, layer->data + header, layer->cap_len - header);
}

const trawl_dissector tw_dissector_tcp = TW_DISSECTOR("tcp", "tcp", wires,
                                                      "Transmission Control Protocol", extract_tcp);
