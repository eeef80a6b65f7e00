/* Fuzz target: the walk over one frame. The first two bytes choose the link type, the third says
 * how much longer the frame was on the wire. */
#include "core/dissect/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tw_frame frame;
    uint32_t link_type, cap_len, len;

    if (size < 3 || size > 65536)
        return 0;
    link_type = (uint32_t)data[0] | (uint32_t)data[1] << 8;
    cap_len = (uint32_t)size - 3;
    len = cap_len + data[2] * 16u;
    tw_frame_walk(&frame, data + 3, cap_len, len, link_type, data[2] & 1 ? 4 : 0);

    /* What everybody above relies on: layers lie within the captured bytes. */
    if (frame.n_layers > TW_MAX_LAYERS || frame.i_network >= TW_MAX_LAYERS ||
        frame.i_transport >= TW_MAX_LAYERS)
        __builtin_trap();
    for (uint32_t i = 0; i < frame.n_layers; i++) {
        const struct tw_layer *layer = &frame.layers[i];

        if (layer->offset > cap_len || layer->cap_len > cap_len - layer->offset ||
            layer->kind >= TW_LAYER_N || !tw_layer_name((enum tw_layer_kind)layer->kind))
            __builtin_trap();
    }
    return 0;
}
