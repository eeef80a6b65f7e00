/* One list column out of several columns: in each row the values of all of them.
 * Must not know tables. */
#include "core/table/column.h"

static const uint64_t *offsets_of(const struct tw_column *c)
{
    return (const uint64_t *)(const void *)c->offsets.base;
}

/** Items of a row: [*ret_from, + the result). */
static uint64_t items_of(const struct tw_column *c, uint64_t row, uint64_t *ret_from)
{
    *ret_from = c->is_list ? offsets_of(c)[row] : row;
    return c->is_list ? offsets_of(c)[row + 1] - *ret_from : tw_column_has(c, row);
}

struct tw_column *tw_column_list_of(const struct tw_column *const *parts, size_t n_parts,
                                    trawl_error *err)
{
    const size_t size = tw_type_size(parts[0]->type);
    const uint64_t n_rows = parts[0]->n_rows;
    struct tw_column *list = tw_column_new(parts[0]->type, true, TW_MAX(n_rows, 1), parts[0]->dict,
                                           err);
    uint64_t *offsets, n = 0, from;

    if (!list || tw_column_resize(list, n_rows, err) != TRAWL_OK)
        goto fail;
    offsets = (uint64_t *)(void *)list->offsets.base;
    for (uint64_t row = 0; row < n_rows; row++) {
        for (size_t k = 0; k < n_parts; k++)
            n += items_of(parts[k], row, &from);
        offsets[row + 1] = n;
    }
    if (tw_region_grow(&list->data, n * size, TW_MAX(n, 1) * size, err) != TRAWL_OK)
        goto fail;
    list->n_items = n;
    n = 0;
    for (uint64_t row = 0; row < n_rows; row++) {
        for (size_t k = 0; k < n_parts; k++) {
            const uint64_t n_items = items_of(parts[k], row, &from);

            if (n_items)
                memcpy(list->data.base + n * size, parts[k]->data.base + from * size,
                       n_items * size);
            n += n_items;
        }
    }
    return list;

fail:
    tw_column_release(list);
    return NULL;
}
