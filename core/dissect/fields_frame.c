/* Fields of the frame as a whole that the walk knows. Must not know captures: numbers, times and
 * interfaces come from the session. */
#include "core/capture/record.h"
#include "core/dissect/fields.h"

static const struct tw_wire wires[] = {
    TW_HAND(.name = "frame.protocols", .type = TRAWL_STRING,
            .help = "protocols up to the transport, from the link on"),
};

/* The EtherType after a header, as tshark's pseudo protocol. */
static bool has_ethertype(const struct tw_frame *frame, const struct tw_layer *layer)
{
    const uint8_t *p = frame->data + layer->offset;
    uint32_t at;

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

static void extract_frame(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const struct tw_frame *frame = ((const struct tw_sink *)(const void *)sink)->frame;
    char text[512];
    size_t n = 0;

    (void)packet;
    (void)layer;
    for (uint32_t i = 1; i < frame->n_layers; i++) {
        const struct tw_layer *l = &frame->layers[i];

        if (l->kind == TW_LAYER_PPPOE)
            append(text, sizeof(text), &n, "pppoes");
        else if (l->kind == TW_LAYER_MPLS && frame->layers[i - 1].kind == TW_LAYER_MPLS)
            continue; /* one protocol, however high the stack */
        else if (l->kind == TW_LAYER_SLL2)
            append(text, sizeof(text), &n, "sll");
        else if (l->kind == TW_LAYER_RECORD && tw_reader_of_link(frame->link_type))
            append(text, sizeof(text), &n, tw_reader_of_link(frame->link_type)->name);
        else
            append(text, sizeof(text), &n, tw_layer_name((enum tw_layer_kind)l->kind));
        if (has_ethertype(frame, l))
            append(text, sizeof(text), &n, "ethertype");
    }
    tw_put_data(sink, 0, text, n);
}
const trawl_dissector tw_dissector_frame = TW_DISSECTOR("frame", "frame", wires,
                                                        "the frame as a whole", extract_frame);
