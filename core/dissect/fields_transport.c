/* Fields of UDP, SCTP and DCCP. Must not know what they carry. */
#include "core/dissect/fields.h"

#define LIST TRAWL_COLUMN_LIST
#define HEX  TRAWL_COLUMN_HEX
#define ID   TRAWL_COLUMN_ID

/* ---- UDP and UDP-Lite ---- */

enum { UDP_PAYLOAD, UDP_LENGTH, UDP_N_HAND };
static const struct tw_wire udp_wires[] = {
    [UDP_PAYLOAD] = TW_HAND(.name = "udp.payload", .type = TRAWL_BYTES,
                            .flags = TRAWL_COLUMN_HIDDEN, .help = "captured payload bytes",
                            .source = "RFC 768"),
    [UDP_LENGTH] = TW_HAND(.name = "udp.length", .type = TRAWL_U16, .unit = "B",
                           .help = "length of header and payload", .source = "RFC 768"),
    [UDP_N_HAND] = TW_WIRE(0, 2, .name = "udp.srcport", .type = TRAWL_U16, .flags = ID,
                           .help = "source port", .source = "RFC 768"),
    TW_WIRE(2, 2, .name = "udp.dstport", .type = TRAWL_U16, .flags = ID, .help = "destination port",
            .source = "RFC 768"),
    TW_WIRE(6, 2, .name = "udp.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = "RFC 768"),
};

static void extract_udp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_sink *own = (const struct tw_sink *)(const void *)sink;
    /* In UDP-Lite that field is the checksum's coverage (RFC 3828 section 3.1). */
    const bool is_lite = own->frame->layers[own->i_layer].kind == TW_LAYER_UDPLITE;
    uint32_t end = layer->cap_len;

    (void)packet;
    tw_put_wires(udp_wires, UDP_N_HAND,
                 layer->header_len ? TW_COUNT(udp_wires) : TW_COUNT(udp_wires) - 1, layer, sink);
    if (layer->cap_len >= 6)
        tw_put(sink, UDP_LENGTH, is_lite ? TW_MIN(layer->len, 0xffffu) : tw_be16(layer->data + 4));
    if (!layer->header_len || !tw_wants(sink, UDP_PAYLOAD))
        return;
    if (!is_lite && tw_be16(layer->data + 4) >= 8)
        end = TW_MIN(end, tw_be16(layer->data + 4));
    if (end > 8)
        sink->put_bytes(sink, UDP_PAYLOAD, layer->data + 8, end - 8);
}
const trawl_dissector tw_dissector_udp = TW_DISSECTOR("udp", "udp", udp_wires,
                                                      "User Datagram Protocol", extract_udp);

/* ---- SCTP ---- */

enum { SCTP_CHUNK_TYPE, SCTP_CHUNK_FLAGS, SCTP_CHUNK_LENGTH, SCTP_N_HAND };
static const struct tw_wire sctp_wires[] = {
    [SCTP_CHUNK_TYPE] = TW_HAND(.name = "sctp.chunk_type", .type = TRAWL_U8, .flags = LIST | ID,
                                .help = "types of the chunks, in their order",
                                .source = "RFC 9260 section 3.2"),
    [SCTP_CHUNK_FLAGS] = TW_HAND(.name = "sctp.chunk_flags", .type = TRAWL_U8, .flags = LIST | HEX,
                                 .help = "flags of the chunks", .source = "RFC 9260 section 3.2"),
    [SCTP_CHUNK_LENGTH] = TW_HAND(.name = "sctp.chunk_length", .type = TRAWL_U16, .flags = LIST,
                                  .unit = "B", .help = "lengths of the chunks",
                                  .source = "RFC 9260 section 3.2"),
    [SCTP_N_HAND] = TW_WIRE(0, 2, .name = "sctp.srcport", .type = TRAWL_U16, .flags = ID,
                            .help = "source port", .source = "RFC 9260 section 3.1"),
    TW_WIRE(2, 2, .name = "sctp.dstport", .type = TRAWL_U16, .flags = ID,
            .help = "destination port", .source = "RFC 9260 section 3.1"),
    TW_WIRE(4, 4, .name = "sctp.verification_tag", .type = TRAWL_U32, .flags = HEX | ID,
            .help = "verification tag", .source = "RFC 9260 section 3.1"),
    TW_WIRE(8, 4, .name = "sctp.checksum", .type = TRAWL_U32, .flags = HEX, .help = "CRC32c",
            .source = "RFC 9260 section 3.1"),
};

static void extract_sctp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    uint32_t at = 12;

    (void)packet;
    tw_put_wires(sctp_wires, SCTP_N_HAND, TW_COUNT(sctp_wires), layer, sink);
    while (at + 4 <= layer->cap_len) {
        const uint8_t *p = layer->data + at;
        uint32_t length = tw_be16(p + 2);

        tw_put(sink, SCTP_CHUNK_TYPE, p[0]);
        tw_put(sink, SCTP_CHUNK_FLAGS, p[1]);
        tw_put(sink, SCTP_CHUNK_LENGTH, length);
        if (length < 4)
            return; /* no way to tell where the next one is */
        at += (length + 3) & ~3U;
    }
}
const trawl_dissector tw_dissector_sctp = TW_DISSECTOR(
    "sctp", "sctp", sctp_wires, "Stream Control Transmission Protocol", extract_sctp);

/* ---- DCCP ---- */

enum { DCCP_SEQ, DCCP_N_HAND };
static const struct tw_wire dccp_wires[] = {
    [DCCP_SEQ] = TW_HAND(.name = "dccp.seq_raw", .type = TRAWL_U64, .flags = ID,
                         .help = "sequence number as sent", .source = "RFC 4340 section 5.1"),
    [DCCP_N_HAND] = TW_WIRE(0, 2, .name = "dccp.srcport", .type = TRAWL_U16, .flags = ID,
                            .help = "source port", .source = "RFC 4340 section 5.1"),
    TW_WIRE(2, 2, .name = "dccp.dstport", .type = TRAWL_U16, .flags = ID,
            .help = "destination port", .source = "RFC 4340 section 5.1"),
    TW_WIRE(4, 1, .name = "dccp.data_offset", .type = TRAWL_U8, .source = "RFC 4340 section 5.1",
            .help = "length of the header, in units of four bytes"),
    TW_WIRE_BITS(8, 1, 1, 15, .name = "dccp.type", .type = TRAWL_U8, .flags = ID,
                 .help = "packet type", .source = "RFC 4340 section 5.1"),
    TW_WIRE(6, 2, .name = "dccp.checksum", .type = TRAWL_U16, .flags = HEX, .help = "checksum",
            .source = "RFC 4340 section 5.1"),
};

static void extract_dccp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet;
    tw_put_wires(dccp_wires, DCCP_N_HAND, TW_COUNT(dccp_wires), layer, sink);
    if (layer->cap_len < 12)
        return;
    if (!(layer->data[8] & 1)) /* short sequence numbers */
        tw_put(sink, DCCP_SEQ, tw_be24(layer->data + 9));
    else if (layer->cap_len >= 16)
        tw_put(sink, DCCP_SEQ,
               (uint64_t)tw_be16(layer->data + 10) << 32 | tw_be32(layer->data + 12));
}
const trawl_dissector tw_dissector_dccp = TW_DISSECTOR(
    "dccp", "dccp", dccp_wires, "Datagram Congestion Control Protocol", extract_dccp);
