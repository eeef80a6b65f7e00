/* A field's column, to blocks and back: cells, validity, offsets of lists, the values of codes.
 * Must not know which field it is. */
#include "core/cache/column.h"

struct shape {
    uint32_t type, is_list;
    uint64_t n_rows, n_items;
};

static uint64_t words_of(uint64_t n_rows)
{
    return (n_rows + 63) / 64;
}

/* ---- to blocks ---- */

static int put_texts(struct tw_cache_parts *parts, const struct tw_dict *dict, trawl_error *err)
{
    const uint32_t n_codes = tw_dict_size(dict);
    uint64_t *ends = tw_alloc_array(n_codes, sizeof(*ends)), n_bytes = 0;
    uint8_t *bytes;
    size_t n;

    if (!ends)
        return tw_fail_nomem(err);
    for (uint32_t i = 0; i < n_codes; i++) {
        tw_dict_bytes(dict, i, &n);
        n_bytes += n;
        ends[i] = n_bytes;
    }
    bytes = tw_alloc((size_t)n_bytes + 1);
    if (!bytes) {
        tw_free(ends);
        return tw_fail_nomem(err);
    }
    for (uint32_t i = 0; i < n_codes; i++) {
        const uint8_t *p = tw_dict_bytes(dict, i, &n);

        if (n)
            memcpy(bytes + ends[i] - n, p, n);
    }
    tw_cache_part_take(parts, TW_CACHE_TEXT, bytes, n_bytes);
    tw_cache_part_take(parts, TW_CACHE_TEXT_ENDS, ends, (uint64_t)n_codes * sizeof(*ends));
    return TRAWL_OK;
}

int tw_cache_put_column(struct tw_cache_parts *parts, const struct tw_column *column,
                        trawl_error *err)
{
    const uint64_t n_cells = column->is_list ? column->n_items : column->n_rows;
    const uint64_t *valid = tw_column_bitmap(column);
    struct shape *shape = tw_alloc(sizeof(*shape));
    int rc = shape ? TRAWL_OK : tw_fail_nomem(err);

    if (rc != TRAWL_OK)
        return rc;
    *shape = (struct shape){(uint32_t)column->type, column->is_list, column->n_rows,
                            column->n_items};
    tw_cache_part_take(parts, TW_CACHE_SHAPE, shape, sizeof(*shape));
    tw_cache_part(parts, TW_CACHE_CELLS, column->data.base, n_cells * tw_type_size(column->type));
    if (valid && !column->is_list)
        tw_cache_part(parts, TW_CACHE_VALID, valid, words_of(column->n_rows) * 8);
    if (column->is_list)
        tw_cache_part(parts, TW_CACHE_OFFSETS, column->offsets.base, (column->n_rows + 1) * 8);
    if (column->type == TRAWL_STRING || column->type == TRAWL_BYTES)
        rc = put_texts(parts, column->dict, err);
    return rc;
}

/* ---- and back ---- */

static int bad(trawl_error *err, const char *what)
{
    return tw_fail(err, TRAWL_E_DATA, "%s out of range", what);
}

static bool are_offsets(const uint64_t *offsets, uint64_t n_rows, uint64_t n_items)
{
    bool good = offsets[0] == 0 && offsets[n_rows] == n_items;

    for (uint64_t r = 0; r < n_rows; r++)
        good &= offsets[r] <= offsets[r + 1];
    return good;
}

static int find_cells(const struct tw_cache_file *file, const struct shape *shape,
                      struct tw_mapped_cells *ret, trawl_error *err)
{
    const size_t size = tw_type_size((trawl_type)shape->type);
    const void *valid, *offsets;
    uint64_t n_cells, n_words, n_offsets;

    if (!tw_cache_array(file, TW_CACHE_CELLS, size, &ret->data, &n_cells) ||
        !tw_cache_array(file, TW_CACHE_VALID, 8, &valid, &n_words) ||
        !tw_cache_array(file, TW_CACHE_OFFSETS, 8, &offsets, &n_offsets) || !ret->data ||
        n_cells != (shape->is_list ? shape->n_items : shape->n_rows) ||
        (valid && (shape->is_list || n_words != words_of(shape->n_rows))) ||
        (shape->is_list ? n_offsets != shape->n_rows + 1 : offsets != NULL))
        return bad(err, "a length is");
    ret->n_rows = shape->n_rows;
    ret->n_items = shape->n_items;
    ret->valid = valid;
    ret->offsets = offsets;
    if (shape->is_list && !are_offsets(offsets, shape->n_rows, shape->n_items))
        return bad(err, "an offset is");
    /* Bits behind the last row are none. */
    if (valid && shape->n_rows % 64 && ret->valid[n_words - 1] >> (shape->n_rows % 64))
        return bad(err, "a row is");
    return TRAWL_OK;
}

static int get_texts(const struct tw_cache_file *file, struct tw_dict *dict, trawl_error *err)
{
    const struct tw_cache_block *text = tw_cache_block(file, TW_CACHE_TEXT);
    struct tw_dict_values values;
    const void *array;
    uint64_t n;

    if (!tw_cache_array(file, TW_CACHE_TEXT_ENDS, 8, &array, &n) || !text || n == 0 ||
        n >= UINT32_MAX)
        return bad(err, "a text is");
    values = (struct tw_dict_values){.text = text->data, .ends = array};
    if (values.ends[0] != 0)
        return bad(err, "a text is");
    for (uint64_t i = 1; i < n; i++)
        if (values.ends[i] < values.ends[i - 1] || values.ends[i] > text->n)
            return bad(err, "a text is");
    return tw_dict_fill(dict, &values, (uint32_t)n, err);
}

static bool are_codes(const struct tw_mapped_cells *cells, const struct shape *shape, uint32_t n)
{
    const uint32_t *codes = cells->data;
    const uint64_t n_cells = shape->is_list ? shape->n_items : shape->n_rows;
    uint32_t most = 0;

    for (uint64_t i = 0; i < n_cells; i++)
        most = TW_MAX(most, codes[i]);
    return most < n;
}

/* True or false, before anyone reads the cells as such. */
static bool are_bools(const struct tw_mapped_cells *cells, const struct shape *shape)
{
    const uint8_t *p = cells->data;
    const uint64_t n_cells = shape->is_list ? shape->n_items : shape->n_rows;
    uint8_t most = 0;

    for (uint64_t i = 0; i < n_cells; i++)
        most = TW_MAX(most, p[i]);
    return most <= 1;
}

int tw_cache_get_column(const struct tw_cache_file *file, trawl_type type, bool is_list,
                        uint64_t n_rows, struct tw_column **ret, trawl_error *err)
{
    const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_SHAPE);
    struct tw_mapped_cells cells = {0};
    struct tw_dict *dict = NULL;
    struct shape shape;
    int rc;

    if (!block || block->n != sizeof(shape))
        return bad(err, "its shape is");
    memcpy(&shape, block->data, sizeof(shape));
    if (shape.type != (uint32_t)type || shape.is_list != is_list || shape.n_rows != n_rows ||
        shape.n_items >= UINT64_C(1) << 40)
        return bad(err, "its shape is");
    rc = find_cells(file, &shape, &cells, err);
    if (rc == TRAWL_OK && tw_type_is_coded(type)) {
        dict = tw_dict_new(type);
        rc = dict ? get_texts(file, dict, err) : tw_fail_nomem(err);
        if (rc == TRAWL_OK && !are_codes(&cells, &shape, tw_dict_size(dict)))
            rc = bad(err, "a code is");
    } else if (rc == TRAWL_OK && type == TRAWL_BOOL && !are_bools(&cells, &shape)) {
        rc = bad(err, "a value is");
    }
    if (rc == TRAWL_OK) {
        *ret = tw_column_mapped(type, is_list, dict, file->map, &cells, err);
        rc = *ret ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    tw_dict_release(dict);
    return rc;
}
