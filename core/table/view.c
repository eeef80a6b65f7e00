/* A tally's values shown as a column. Must not know who asks. */
#include "core/base/text.h"
#include "core/table/dict.h"
#include "core/table/tally.h"

void tw_tally_view(const struct tw_tally *t, uint32_t flags, trawl_view *ret)
{
    *ret = (trawl_view){.size = sizeof(*ret),
                        .flags = flags & ~(uint32_t)TRAWL_COLUMN_LIST,
                        .type = t->type,
                        .n_rows = t->n_values,
                        .data = t->cells,
                        .addresses = (const uint8_t(*)[16])t->addresses,
                        .text_offsets = t->text_offsets,
                        .text = t->text ? t->text : (const uint8_t *)"",
                        .n_codes = tw_type_is_coded(t->type) ? t->n_values + 1 : 0};
}

static size_t put_bytes(const uint8_t *p, size_t n, bool as_hex, char *ret, size_t room)
{
    char half[2];

    if (!as_hex) {
        if (n && room)
            memcpy(ret, p, TW_MIN(n, room));
        return n;
    }
    tw_format_bytes(ret, p, TW_MIN(n, room / 2));
    if (room % 2 && room / 2 < n) {
        tw_format_bytes(half, p + room / 2, 1);
        ret[room - 1] = half[0];
    }
    return 2 * n;
}

size_t tw_view_text(const trawl_view *view, uint64_t i, char *ret, size_t room)
{
    struct tw_cell_style style = {TW_TIME_UTC, 6, 0};
    char space[2 * TW_TEXT_MAX];
    struct tw_buffer text = {space, 0, sizeof(space), false}; /* no number is longer */
    struct tw_column column = {.type = view->type, .n_rows = i + 1};
    struct tw_dict dict;

    if (view->type == TRAWL_STRING || view->type == TRAWL_BYTES) {
        const uint32_t code = ((const uint32_t *)view->data)[i];
        const uint64_t at = view->text_offsets[code];

        return put_bytes(view->text + at, (size_t)(view->text_offsets[code + 1] - at),
                         view->type == TRAWL_BYTES, ret, room);
    }
    if (view->type >= TRAWL_U8 && view->type <= TRAWL_U64 && !(view->flags & TRAWL_COLUMN_HEX)) {
        text.len = tw_format_u64(space, trawl_view_u64(view, i));
        if (room)
            memcpy(ret, space, TW_MIN(text.len, room));
        return text.len;
    }
    column.data.base = (uint8_t *)(uintptr_t)view->data;
    column.dict = &dict; /* of addresses, and only these are read of it */
    dict.type = view->type;
    dict.values.base = (uint8_t *)(uintptr_t)view->addresses;
    if ((view->type == TRAWL_TIME || view->type == TRAWL_SPAN) &&
        ((const int64_t *)view->data)[i] % 1000)
        style.time_decimals = 9;
    tw_cell_text(&column, view->flags, i, &style, &text);
    if (room)
        memcpy(ret, space, TW_MIN(text.len, room));
    return text.len;
}
