/* A tally's values shown as a column. Must not know who asks. */
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

char *tw_view_text(const trawl_view *view, uint64_t i, struct tw_arena *arena)
{
    struct tw_cell_style style = {TW_TIME_UTC, 6, 0};
    struct tw_buffer text = TW_BUFFER_INIT;
    struct tw_column column = {.type = view->type, .n_rows = view->n_rows};
    struct tw_dict dict;
    char *copy;

    if (view->type == TRAWL_STRING) {
        const uint32_t code = ((const uint32_t *)view->data)[i];
        const uint64_t at = view->text_offsets[code];

        return tw_arena_strndup(arena, (const char *)view->text + at,
                                (size_t)(view->text_offsets[code + 1] - at));
    }
    column.data.base = (uint8_t *)(uintptr_t)view->data;
    column.dict = &dict; /* of which only what is set here is read */
    dict.type = view->type;
    dict.values.base = (uint8_t *)(uintptr_t)(view->type == TRAWL_IP
                                                  ? (const uint8_t *)view->addresses
                                                  : view->text);
    dict.offsets.base = (uint8_t *)(uintptr_t)view->text_offsets;
    if ((view->type == TRAWL_TIME || view->type == TRAWL_SPAN) &&
        ((const int64_t *)view->data)[i] % 1000)
        style.time_decimals = 9;
    tw_cell_text(&column, view->flags, i, &style, &text);
    copy = text.failed ? NULL : tw_arena_strndup(arena, text.data ? text.data : "", text.len);
    tw_buffer_fini(&text);
    return copy;
}
