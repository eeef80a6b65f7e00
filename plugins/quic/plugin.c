/* The plugin's descriptor and the dissector `quic`: fields under Wireshark's names.
 * Must not know how packets are laid out. */
#include "quic.h"

#include <string.h>

#define V1 "RFC 9000 section 17.2"

enum field {
    F_FORM,
    F_FIXED,
    F_SPIN,
    F_TYPE,
    F_TYPE_V2,
    F_VERSION,
    F_DCIL,
    F_DCID,
    F_SCIL,
    F_SCID,
    F_TOKEN_LENGTH,
    F_TOKEN,
    F_LENGTH,
    F_PACKET_LENGTH,
    F_SUPPORTED,
    F_UNUSED,
    F_RETRY_TOKEN,
    F_RETRY_TAG,
    F_ODCIL,
    F_ODCID,
    N_FIELDS
};

#define ID  TRAWL_COLUMN_ID
#define HEX TRAWL_COLUMN_HEX
#define LIST(flags_, type_, name_, unit_, help_, source_)                                    \
    {                                                                                        \
        .size = sizeof(trawl_field), .flags = TRAWL_COLUMN_LIST | (flags_), .type = (type_), \
        .name = (name_), .unit = (unit_), .help = (help_), .source = (source_)               \
    }

static const trawl_field fields[] = {
    [F_FORM] = LIST(ID, TRAWL_U8, "quic.header_form", NULL, "1 long header, 0 short", V1),
    [F_FIXED] = LIST(0, TRAWL_BOOL, "quic.fixed_bit", NULL, "fixed bit", V1),
    [F_SPIN] = LIST(0, TRAWL_BOOL, "quic.spin_bit", NULL, "latency spin bit of a short header",
                    "RFC 9000 section 17.4"),
    [F_TYPE] = LIST(ID, TRAWL_U8, "quic.long.packet_type", NULL,
                    "0 Initial, 1 0-RTT, 2 Handshake, 3 Retry", V1),
    [F_TYPE_V2] = LIST(ID, TRAWL_U8, "quic.long.packet_type_v2", NULL,
                       "of version 2: 1 Initial, 2 0-RTT, 3 Handshake, 0 Retry",
                       "RFC 9369 section 3.2"),
    [F_VERSION] = LIST(HEX, TRAWL_U32, "quic.version", NULL,
                       "version; 0 is a version negotiation packet", V1),
    [F_DCIL] = LIST(0, TRAWL_U8, "quic.dcil", "B", "length of the destination connection id", V1),
    [F_DCID] = LIST(0, TRAWL_BYTES, "quic.dcid", NULL,
                    "destination connection id; of a short header where a long one is before it",
                    V1),
    [F_SCIL] = LIST(0, TRAWL_U8, "quic.scil", "B", "length of the source connection id", V1),
    [F_SCID] = LIST(0, TRAWL_BYTES, "quic.scid", NULL, "source connection id", V1),
    [F_TOKEN_LENGTH] = LIST(0, TRAWL_U64, "quic.token_length", "B", "length of the token", V1 ".2"),
    [F_TOKEN] = LIST(0, TRAWL_BYTES, "quic.token", NULL, "token of an Initial", V1 ".2"),
    [F_LENGTH] = LIST(0, TRAWL_U64, "quic.length", "B",
                      "bytes of packet number and payload in a long header", V1),
    [F_PACKET_LENGTH] = LIST(0, TRAWL_U64, "quic.packet_length", "B",
                             "bytes of the packet within its datagram", V1),
    [F_SUPPORTED] = LIST(HEX, TRAWL_U32, "quic.supported_version", NULL,
                         "versions that the server offers", V1 ".1"),
    [F_UNUSED] = LIST(HEX, TRAWL_U8, "quic.vn.unused", NULL, "unused bits of a version negotiation",
                      V1 ".1"),
    [F_RETRY_TOKEN] = LIST(0, TRAWL_BYTES, "quic.retry_token", NULL, "token of a Retry", V1 ".5"),
    [F_RETRY_TAG] = LIST(0, TRAWL_BYTES, "quic.retry_integrity_tag", NULL, "tag of a Retry",
                         V1 ".5"),
    [F_ODCIL] = LIST(0, TRAWL_U8, "quic.odcil", "B",
                     "length of the original destination connection id", "drafts up to 24"),
    [F_ODCID] = LIST(0, TRAWL_BYTES, "quic.odcid", NULL,
                     "original destination connection id in a Retry", "drafts up to 24"),
};

static void put(trawl_sink *sink, enum field field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, (uint32_t)field, value);
}

static void put_bytes(trawl_sink *sink, enum field field, struct quic_bytes bytes)
{
    if (sink->wanted[field] && bytes.n)
        sink->put_bytes(sink, (uint32_t)field, bytes.p, bytes.n);
}

static void put_long(trawl_sink *sink, const struct quic_packet *packet)
{
    if (packet->kind == QUIC_NEGOTIATION)
        put(sink, F_UNUSED, packet->first & 0x7f);
    else
        put(sink, packet->is_v2 ? F_TYPE_V2 : F_TYPE, packet->first >> 4 & 3);
    put(sink, F_VERSION, packet->version);
    put(sink, F_DCIL, packet->dcid.n);
    put_bytes(sink, F_DCID, packet->dcid);
    put(sink, F_SCIL, packet->scid.n);
    put_bytes(sink, F_SCID, packet->scid);
    if (packet->has_token)
        put(sink, F_TOKEN_LENGTH, packet->token_length);
    put_bytes(sink, packet->kind == QUIC_RETRY ? F_RETRY_TOKEN : F_TOKEN, packet->token);
    put_bytes(sink, F_RETRY_TAG, packet->tag);
    if (packet->has_original)
        put(sink, F_ODCIL, packet->original.n);
    put_bytes(sink, F_ODCID, packet->original);
    if (packet->has_length)
        put(sink, F_LENGTH, packet->length);
    for (uint32_t i = 0; i + 4 <= packet->versions.n; i += 4) {
        const uint8_t *p = packet->versions.p + i;

        put(sink, F_SUPPORTED,
            (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
    }
}

/* HTTP/3; DNS over QUIC (RFC 9250), and the port that its drafts had. */
#define PORTS(each)   each(443) each(853) each(784)
#define AS_TEXT(port) #port,
#define IS(number)    || port == (number)
static const char *const udp_ports[] = {PORTS(AS_TEXT) NULL};
static int is_port(uint16_t port)
{
    return 0 PORTS(IS);
}

/* A short header says next to nothing: behind a long one it has that one's id, alone the least
 * length that there is, and the fixed bit, unless the conversation is known to be QUIC, where both
 * sides may have agreed to let it vary (RFC 9287): only that brings it here on other ports. */
static int is_short(const trawl_layer *payload, uint32_t at, const struct quic_bytes *dcid)
{
    const uint8_t *first = payload->data + at;

    if (dcid->n)
        return payload->cap_len - at > dcid->n && memcmp(first + 1, dcid->p, dcid->n) == 0;
    return (*first & 0x40 || !(is_port(payload->src_port) || is_port(payload->dst_port))) &&
           (at || payload->len >= 21);
}

/* All packets of a datagram: those behind the first are to the same connection. */
static void extract(const trawl_packet *frame, const trawl_layer *payload, trawl_sink *sink)
{
    struct quic_bytes dcid = {0};
    uint32_t at = 0;

    (void)frame;
    while (at < payload->cap_len) {
        struct quic_packet packet;

        if (!quic_packet_read(payload->data + at, payload->cap_len - at, payload->len - at,
                              &packet))
            return;
        if (packet.kind == QUIC_SHORT && !is_short(payload, at, &dcid))
            return;
        if (at && packet.kind != QUIC_SHORT &&
            (packet.dcid.n != dcid.n || memcmp(packet.dcid.p, dcid.p, dcid.n) != 0))
            return;
        put(sink, F_FORM, packet.first >> 7);
        if (packet.kind != QUIC_NEGOTIATION && packet.kind != QUIC_RETRY)
            put(sink, F_FIXED, packet.first >> 6 & 1);
        put(sink, F_PACKET_LENGTH, packet.packet_length);
        if (packet.kind == QUIC_SHORT) {
            put(sink, F_SPIN, packet.first >> 5 & 1);
            put_bytes(sink, F_DCID, dcid);
            return;
        }
        put_long(sink, &packet);
        if (packet.bad)
            sink->malformed(sink, at, "a long header claims more than its datagram has");
        if (packet.bad || !packet.has_length || packet.packet_length >= payload->cap_len - at)
            return;
        dcid = packet.dcid;
        at += (uint32_t)packet.packet_length;
    }
}

const trawl_dissector quic_dissectors[1] = {{
    .size = sizeof(trawl_dissector),
    .field_size = sizeof(trawl_field),
    .name = "quic",
    .layer = "payload",
    .help = "QUIC: what its headers say in the clear",
    .fields = fields,
    .n_fields = N_FIELDS,
    .extract = extract,
    .udp_ports = udp_ports,
    .probe = quic_probe,
    .flags = TRAWL_DISSECTOR_STAYS,
}};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "quic",
    .version = "0.1.0",
    .summary = "QUIC: versions, connection ids, packet types",
    .licence = "MIT",
    .dissectors = quic_dissectors,
    .n_dissectors = TRAWL_COUNT(quic_dissectors),
};

const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
