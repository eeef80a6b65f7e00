/* Text of a cell as machine formats write it.
 * Must not know output formats. */
#include "core/table/column.h"

static void put_bytes(struct tw_buffer *out, const uint8_t *p, size_t n)
{
    if (n > SIZE_MAX / 2 || !tw_buffer_reserve(out, n * 2))
        return;
    out->len += tw_format_bytes(out->data + out->len, p, n);
    out->data[out->len] = '\0';
}

/* Item or cell i. */
static void put_item(const struct tw_column *c, uint32_t flags, uint64_t i,
                     const struct tw_cell_style *style, struct tw_buffer *out)
{
    uint64_t v = tw_column_u64(c, i);
    struct tw_ip ip;
    const uint8_t *p;
    size_t n;
    char *to;

    if (c->type == TRAWL_STRING || c->type == TRAWL_BYTES) {
        p = tw_dict_bytes(c->dict, (uint32_t)v, &n);
        if (c->type == TRAWL_STRING)
            tw_buffer_append(out, p, n);
        else
            put_bytes(out, p, n);
        return;
    }
    if (!tw_buffer_reserve(out, TW_TEXT_MAX))
        return;
    to = out->data + out->len;
    switch (c->type) {
    case TRAWL_BOOL:
        n = v ? 4 : 5;
        memcpy(to, v ? "true" : "false", n);
        break;
    case TRAWL_U8:
    case TRAWL_U16:
    case TRAWL_U32:
    case TRAWL_U64:
        n = flags & TRAWL_COLUMN_HEX ? tw_format_hex(to, v, tw_type_size(c->type) * 2)
                                     : tw_format_u64(to, v);
        break;
    case TRAWL_I64:
        n = tw_format_i64(to, (int64_t)v);
        break;
    case TRAWL_F64:
        n = tw_format_f64(to, TW_CELLS(c, const double)[i]);
        break;
    case TRAWL_TIME:
        n = tw_format_time(to, (int64_t)v, style->time_style, style->time_decimals,
                           style->origin_ns);
        break;
    case TRAWL_SPAN:
        n = tw_format_span(to, (int64_t)v, 9);
        break;
    case TRAWL_MAC:
        n = tw_format_mac(to, v);
        break;
    case TRAWL_IP:
        ip = tw_dict_ip(c->dict, (uint32_t)v);
        n = tw_format_ip(to, &ip);
        break;
    case TRAWL_STRING:
    case TRAWL_BYTES:
        n = 0; /* above */
        break;
    default:
        n = 0;
        break;
    }
    out->len += n;
    out->data[out->len] = '\0';
}

void tw_cell_text(const struct tw_column *column, uint32_t flags, uint64_t row,
                  const struct tw_cell_style *style, struct tw_buffer *out)
{
    const uint64_t *offsets;

    if (!column->is_list) {
        if (tw_column_has(column, row))
            put_item(column, flags, row, style, out);
        return;
    }
    offsets = (const uint64_t *)(const void *)column->offsets.base;
    for (uint64_t i = offsets[row]; i < offsets[row + 1]; i++) {
        if (i > offsets[row])
            tw_buffer_putc(out, ',');
        put_item(column, flags, i, style, out);
    }
}
