/* Reads the fields that have a fixed place in their header. Must not know any header. */
#include "core/dissect/fields.h"

/* Big-endian bytes as a number; at most 8. */
static inline uint64_t number(const uint8_t *p, unsigned width)
{
    uint64_t value = 0;

    if (width == 1)
        return p[0];
    if (width == 2)
        return tw_be16(p);
    if (width == 4)
        return tw_be32(p);
    for (unsigned k = 0; k < width; k++)
        value = value << 8 | p[k];
    return value;
}

void tw_put_wires(const struct tw_wire *wires, uint32_t first, uint32_t n, const trawl_layer *layer,
                  trawl_sink *sink)
{
    for (uint32_t i = first; i < n; i++) {
        const struct tw_wire *wire = &wires[i];
        const uint8_t *p = layer->data + wire->at;
        uint64_t value;

        if (!sink->wanted[i] || !wire->width || (uint32_t)wire->at + wire->width > layer->cap_len)
            continue;
        if (wire->field.type == TRAWL_IP || wire->field.type == TRAWL_BYTES) {
            sink->put_bytes(sink, i, p, wire->width);
            continue;
        }
        value = number(p, wire->width) >> wire->shift;
        if (wire->mask)
            value &= wire->mask;
        sink->put_u64(sink, i, value);
    }
}
