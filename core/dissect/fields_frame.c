/* Fields of the frame as a whole that the walk knows. Must not know captures: numbers, times and
 * interfaces come from the session. */
#include "core/capture/record.h"
#include "core/dissect/fields.h"
#include "core/dissect/walk.h"

#define BYTES(name_, of_)                                                              \
    TW_HAND(.name = name_ ".bytes", .type = TRAWL_BYTES, .flags = TRAWL_COLUMN_HIDDEN, \
            .help = "captured bytes from the first " of_ " on: what '" name_           \
                    " contains' looks at")

enum { F_PROTOCOLS, F_BYTES, F_FIRST_LAYER };
static const struct tw_wire wires[] = {
    [F_PROTOCOLS] = TW_HAND(.name = "frame.protocols", .type = TRAWL_STRING,
                            .help = "protocols up to the transport, from the link on"),
    [F_BYTES] = TW_HAND(.name = "frame.bytes", .type = TRAWL_BYTES, .flags = TRAWL_COLUMN_HIDDEN,
                        .help = "captured bytes: what 'frame contains' looks at"),
    BYTES("eth", "Ethernet header"),
    BYTES("ip", "IPv4 header"),
    BYTES("ipv6", "IPv6 header"),
    BYTES("arp", "ARP header"),
    BYTES("icmp", "ICMP header"),
    BYTES("icmpv6", "ICMPv6 header"),
    BYTES("tcp", "TCP header"),
    BYTES("udp", "UDP header"),
};
static const enum tw_layer_kind kinds[] = {TW_LAYER_ETH, TW_LAYER_IP,   TW_LAYER_IPV6,
                                           TW_LAYER_ARP, TW_LAYER_ICMP, TW_LAYER_ICMPV6,
                                           TW_LAYER_TCP, TW_LAYER_UDP};

/* Headers that came with the frame end with it; those above them may have been put together of
 * fragments. */
static void put_layers(const trawl_packet *packet, const struct tw_frame *frame, trawl_sink *sink)
{
    for (uint32_t k = 0; k < TW_COUNT(kinds); k++) {
        uint32_t i = tw_wants(sink, F_FIRST_LAYER + k) ? 1 : frame->n_layers;
        const struct tw_layer *l;

        while (i < frame->n_layers && frame->layers[i].kind != kinds[k])
            i++;
        if (i >= frame->n_layers)
            continue;
        l = &frame->layers[i];
        if (frame->data == packet->data || l->offset >= frame->whole)
            sink->put_bytes(sink, F_FIRST_LAYER + k, frame->data + l->offset, l->cap_len);
        else
            sink->put_bytes(sink, F_FIRST_LAYER + k, packet->data + l->offset,
                            TW_MIN(l->cap_len, packet->cap_len - l->offset));
    }
}

/* The first of two service tags: tshark takes both as one protocol. */
static bool is_paired_service(const struct tw_frame *frame, const struct tw_layer *layer)
{
    return tw_layer_is_service(layer) && layer + 1 < frame->layers + frame->n_layers &&
           tw_layer_is_service(layer + 1) && tw_layer_services_before(layer) % 2 == 0;
}

/* The EtherType after a header, as tshark's pseudo protocol. */
static bool has_ethertype(const struct tw_frame *frame, const struct tw_layer *layer)
{
    const uint8_t *p = frame->data + layer->offset;
    uint32_t at;

    if (is_paired_service(frame, layer))
        return false;
    switch (layer->kind) {
    case TW_LAYER_ETH:
        at = 12;
        break;
    case TW_LAYER_SLL:
        at = 14;
        break;
    case TW_LAYER_SLL2:
        at = 0;
        break;
    case TW_LAYER_VLAN:
        at = 2;
        break;
    default:
        return false;
    }
    return layer->header_len && tw_be16(p + at) >= 0x600;
}

static void append(char *text, size_t size, size_t *n, const char *name)
{
    size_t length = strlen(name);

    if (*n + length + 1 > size)
        return;
    if (*n)
        text[(*n)++] = ':';
    memcpy(text + *n, name, length);
    *n += length;
}

/* NULL: the layer before named it too. */
static const char *name_of(const struct tw_frame *frame, const struct tw_layer *l)
{
    switch (l->kind) {
    case TW_LAYER_PPPOE:
        return "pppoes";
    case TW_LAYER_MPLS: /* one protocol, however high the stack */
        return l[-1].kind == TW_LAYER_MPLS ? NULL : "mpls";
    case TW_LAYER_SLL2:
        return "sll";
    case TW_LAYER_RECORD:
        if (tw_reader_of_link(frame->link_type))
            return tw_reader_of_link(frame->link_type)->name;
        break;
    case TW_LAYER_VLAN:
        if (tw_layer_is_service(l))
            return tw_layer_services_before(l) % 2 ? NULL : "ieee8021ad";
        break;
    default:
        break;
    }
    return tw_layer_name((enum tw_layer_kind)l->kind);
}

static void extract_frame(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_frame *frame = ((const struct tw_sink *)(const void *)sink)->frame;
    char text[512];
    size_t n = 0;

    (void)layer;
    tw_put_data(sink, F_BYTES, packet->data, packet->cap_len);
    put_layers(packet, frame, sink);
    if (!tw_wants(sink, F_PROTOCOLS))
        return;
    for (uint32_t i = 1; i < frame->n_layers; i++) {
        const struct tw_layer *l = &frame->layers[i];

        const char *name = name_of(frame, l);

        if (name)
            append(text, sizeof(text), &n, name);
        if (has_ethertype(frame, l))
            append(text, sizeof(text), &n, "ethertype");
    }
    sink->put_bytes(sink, F_PROTOCOLS, text, n);
}
const trawl_dissector tw_dissector_frame = TW_DISSECTOR("frame", "frame", wires,
                                                        "the frame as a whole", extract_frame);
