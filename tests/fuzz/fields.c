/* Fuzz target: every built-in dissector over the layers of one frame. Input as for the frame
 * target. Each layer is copied into memory of its own size, so that a read beyond it is seen. */
#include "core/dissect/catalogue.h"
#include "core/dissect/fields.h"
#include "core/dissect/rows.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t kinds[128]; /* of each dissector */

static void read_layer(const struct tw_frame *frame, uint32_t i,
                       const struct tw_catalogue *catalogue, uint8_t *copy)
{
    static const uint8_t wanted[256] = {[0 ... 255] = 1};
    const struct tw_layer *l = &frame->layers[i];
    const trawl_packet packet = {.size = sizeof(packet),
                                 .cap_len = frame->cap_len,
                                 .len = frame->len,
                                 .link_type = frame->link_type,
                                 .data = frame->data};
    const trawl_layer layer = {.size = sizeof(layer),
                               .depth = l->depth,
                               .data = copy,
                               .cap_len = l->cap_len,
                               .len = l->len,
                               .header_len = l->header_len,
                               .flags = l->flags};

    for (size_t d = 0; d < catalogue->n_dissectors; d++) {
        const trawl_dissector *dissector = catalogue->dissectors[d];
        struct tw_sink sink = {.base = {.size = sizeof(trawl_sink),
                                        .n_fields = dissector->n_fields,
                                        .wanted = wanted,
                                        .put_u64 = put_u64,
                                        .put_i64 = put_i64,
                                        .put_f64 = put_f64,
                                        .put_bytes = put_bytes,
                                        .malformed = put_malformed,
                                        .no_memory = put_no_memory},
                               .frame = frame,
                               .i_layer = i};

        if (kinds[d] >> l->kind & 1)
            dissector->extract(&packet, &layer, &sink.base);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tw_frame frame;
    static struct tw_catalogue *catalogue;
    uint32_t cap_len;

    if (size < 3 || size > 65536)
        return 0;
    if (!catalogue) {
        catalogue = tw_catalogue_new(NULL);
        if (!catalogue || catalogue->n_dissectors > sizeof(kinds) / sizeof(kinds[0]))
            __builtin_trap();
        for (size_t d = 0; d < catalogue->n_dissectors; d++)
            kinds[d] = tw_rows_kinds(catalogue->dissectors[d]->layer);
    }
    cap_len = (uint32_t)size - 3;
    tw_frame_walk(&frame, data + 3, cap_len, cap_len + data[2] * 16u,
                  (uint32_t)data[0] | (uint32_t)data[1] << 8, data[2] & 1 ? 4 : 0);
    for (uint32_t i = 0; i < frame.n_layers; i++) {
        uint32_t n = frame.layers[i].cap_len;
        uint8_t *copy = tw_alloc(n ? n : 1);

        if (copy) {
            memcpy(copy, frame.data + frame.layers[i].offset, n);
            read_layer(&frame, i, catalogue, copy);
        }
        tw_free(copy);
    }
    return 0;
}
