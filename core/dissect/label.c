/* The label of a frame: what tells packets between the same ports apart.
 * Must not know columns or flows. */
#include "core/dissect/frame.h"

#include "trawl/field.h"

unsigned tw_layer_tunnel(const struct tw_layer *layer)
{
    if (!layer->header_len && layer->kind != TW_LAYER_ERSPAN) /* type I of ERSPAN has no header */
        return TRAWL_TUNNEL_NONE;
    switch (layer->kind) {
    case TW_LAYER_GTP:
        return TRAWL_TUNNEL_GTP;
    case TW_LAYER_CAPWAP:
        return TRAWL_TUNNEL_CAPWAP;
    case TW_LAYER_TZSP:
        return TRAWL_TUNNEL_TZSP;
    case TW_LAYER_L2TP:
        return TRAWL_TUNNEL_L2TP;
    case TW_LAYER_VXLAN:
        return TRAWL_TUNNEL_VXLAN;
    case TW_LAYER_GRE:
        return TRAWL_TUNNEL_GRE;
    case TW_LAYER_GENEVE:
        return TRAWL_TUNNEL_GENEVE;
    case TW_LAYER_ERSPAN:
        return TRAWL_TUNNEL_ERSPAN;
    case TW_LAYER_TEREDO:
        return TRAWL_TUNNEL_TEREDO;
    default:
        return TRAWL_TUNNEL_NONE;
    }
}

uint16_t tw_frame_label(const struct tw_frame *frame)
{
    /* what comes behind the network header is what the packet carries, not what carries it */
    const uint32_t end = frame->i_network ? frame->i_network : frame->n_layers;
    unsigned vlan = 0, tunnel = 0;

    for (uint32_t i = 1; i < end; i++) {
        const struct tw_layer *l = &frame->layers[i];

        if (l->kind == TW_LAYER_VLAN && l->cap_len >= 2)
            vlan = tw_be16(frame->data + l->offset) & TRAWL_LABEL_VLAN;
        else if (tw_layer_tunnel(l))
            tunnel = tw_layer_tunnel(l);
    }
    if (!(frame->flags & TW_FRAME_TUNNEL))
        tunnel = 0;
    return (uint16_t)(vlan | tunnel << TRAWL_LABEL_TUNNEL_SHIFT);
}
