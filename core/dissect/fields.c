/* Reads the fields that have a fixed place in their header. Must not know any header. */
#include "core/dissect/fields.h"

void tw_put_wires(const struct tw_wire *wires, uint32_t first, uint32_t n, const trawl_layer *layer,
                  trawl_sink *sink)
{
    for (uint32_t i = first; i < n; i++) {
        const struct tw_wire *wire = &wires[i];
        const uint8_t *p = layer->data + wire->at;
        uint64_t value = 0;

        if (!wire->width || !sink->wanted[i] || (uint32_t)wire->at + wire->width > layer->cap_len)
            continue;
        if (wire->field.type == TRAWL_IP || wire->field.type == TRAWL_BYTES) {
            sink->put_bytes(sink, i, p, wire->width);
            continue;
        }
        for (unsigned k = 0; k < wire->width; k++)
            value = value << 8 | p[k];
        value >>= wire->shift;
        if (wire->mask)
            value &= wire->mask;
        sink->put_u64(sink, i, value);
    }
}
