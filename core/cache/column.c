/* A column, to blocks and back: cells, validity, offsets of lists, the values of codes.
 * Must not know which field or table it is of. */
#include "core/cache/column.h"

/* Ids, from the column's first on. */
enum { SHAPE, VALID, OFFSETS, CELLS, VALUES, VALUE_ENDS };

static const uint32_t v6_bit = UINT32_C(1) << 31;

struct shape {
    uint32_t type, is_list;
    uint64_t n_rows, n_items;
};

static uint64_t words_of(uint64_t n_rows)
{
    return (n_rows + 63) / 64;
}

static uint64_t cells_of(const struct shape *shape)
{
    return shape->is_list ? shape->n_items : shape->n_rows;
}

/* ---- to blocks ---- */

static int put_texts(struct tw_cache_parts *parts, uint32_t base, const struct tw_dict *dict,
                     trawl_error *err)
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
    tw_cache_part_take(parts, base + VALUES, bytes, n_bytes);
    tw_cache_part_take(parts, base + VALUE_ENDS, ends, (uint64_t)n_codes * sizeof(*ends));
    return TRAWL_OK;
}

/* The dictionary is the capture's and holds more: the column's addresses are numbered as they come,
 * from 1 on. */
static int put_addresses(struct tw_cache_parts *parts, uint32_t base,
                         const struct tw_column *column, uint64_t n_cells, trawl_error *err)
{
    const uint32_t *codes = TW_CELLS(column, const uint32_t);
    uint32_t *number = tw_alloc_array(tw_dict_size(column->dict), sizeof(*number)), n = 1;
    uint32_t *cells = tw_alloc_array((size_t)n_cells + 1, sizeof(*cells));
    uint64_t *families;
    uint8_t(*bytes)[16];

    if (!number || !cells) {
        tw_free(number);
        tw_free(cells);
        return tw_fail_nomem(err);
    }
    tw_cache_part_take(parts, base + CELLS, cells, n_cells * sizeof(*cells));
    for (uint64_t i = 0; i < n_cells; i++) {
        const uint32_t code = codes[i] & ~v6_bit;

        if (code && !number[code])
            number[code] = n++;
        cells[i] = number[code] | (codes[i] & v6_bit);
    }
    bytes = tw_alloc_array(n, sizeof(*bytes));
    families = tw_alloc_array(n / 64 + 1, sizeof(*families));
    for (uint64_t i = 0; bytes && families && i < n_cells; i++) {
        const struct tw_ip ip = tw_dict_ip(column->dict, codes[i]);
        const uint32_t at = cells[i] & ~v6_bit;

        memcpy(bytes[at], ip.bytes, at ? 16 : 0);
        families[at / 64] |= (uint64_t)(cells[i] >> 31) << (at % 64);
    }
    tw_free(number);
    if (!bytes || !families) {
        tw_free(bytes);
        tw_free(families);
        return tw_fail_nomem(err);
    }
    tw_cache_part_take(parts, base + VALUES, bytes, (uint64_t)n * 16);
    tw_cache_part_take(parts, base + VALUE_ENDS, families, ((uint64_t)n / 64 + 1) * 8);
    return TRAWL_OK;
}

int tw_cache_put_column(struct tw_cache_parts *parts, uint32_t base, const struct tw_column *column,
                        trawl_error *err)
{
    const uint64_t n_cells = column->is_list ? column->n_items : column->n_rows;
    const uint64_t *valid = tw_column_bitmap(column);
    struct shape *shape = tw_alloc(sizeof(*shape));

    if (!shape)
        return tw_fail_nomem(err);
    *shape = (struct shape){(uint32_t)column->type, column->is_list, column->n_rows,
                            column->n_items};
    tw_cache_part_take(parts, base + SHAPE, shape, sizeof(*shape));
    if (valid && !column->is_list)
        tw_cache_part(parts, base + VALID, valid, words_of(column->n_rows) * 8);
    if (column->is_list)
        tw_cache_part(parts, base + OFFSETS, column->offsets.base, (column->n_rows + 1) * 8);
    if (column->type == TRAWL_IP)
        return put_addresses(parts, base, column, n_cells, err);
    tw_cache_part(parts, base + CELLS, column->data.base, n_cells * tw_type_size(column->type));
    return tw_type_is_coded(column->type) ? put_texts(parts, base, column->dict, err) : TRAWL_OK;
}

/* ---- and back ---- */

static int bad(trawl_error *err, const char *what)
{
    return tw_fail(err, TRAWL_E_DATA, "%s out of range", what);
}

static bool find_shape(const struct tw_cache_file *file, uint32_t base, struct shape *ret)
{
    const struct tw_cache_block *block = tw_cache_block(file, base + SHAPE);

    if (!block || block->n != sizeof(*ret))
        return false;
    memcpy(ret, block->data, sizeof(*ret));
    return true;
}

static bool are_offsets(const uint64_t *offsets, uint64_t n_rows, uint64_t n_items)
{
    bool good = offsets[0] == 0 && offsets[n_rows] == n_items;

    for (uint64_t r = 0; r < n_rows; r++)
        good &= offsets[r] <= offsets[r + 1];
    return good;
}

static int find_cells(const struct tw_cache_file *file, uint32_t base, const struct shape *shape,
                      struct tw_mapped_cells *ret, trawl_error *err)
{
    const size_t size = tw_type_size((trawl_type)shape->type);
    const void *valid, *offsets;
    uint64_t n_cells, n_words, n_offsets;

    if (!tw_cache_array(file, base + CELLS, size, &ret->data, &n_cells) ||
        !tw_cache_array(file, base + VALID, 8, &valid, &n_words) ||
        !tw_cache_array(file, base + OFFSETS, 8, &offsets, &n_offsets) || !ret->data ||
        n_cells != cells_of(shape) ||
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

static int get_texts(const struct tw_cache_file *file, uint32_t base, struct tw_dict *dict,
                     trawl_error *err)
{
    const struct tw_cache_block *text = tw_cache_block(file, base + VALUES);
    struct tw_dict_values values;
    const void *array;
    uint64_t n;

    if (!tw_cache_array(file, base + VALUE_ENDS, 8, &array, &n) || !text || n == 0 ||
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

/* The column's addresses, which every cell is checked to be one of. */
static int find_addresses(const struct tw_cache_file *file, uint32_t base, const uint32_t *cells,
                          uint64_t n_cells, struct tw_cache_addresses *ret, trawl_error *err)
{
    bool good = tw_cache_find_addresses(file, base + VALUES, base + VALUE_ENDS, ret);

    for (uint64_t i = 0; good && i < n_cells; i++)
        good = tw_cache_is_address(ret, cells[i]);
    return good ? TRAWL_OK : bad(err, "an address is");
}

static bool are_codes(const uint32_t *codes, uint64_t n_cells, uint32_t n)
{
    uint32_t most = 0;

    for (uint64_t i = 0; i < n_cells; i++)
        most = TW_MAX(most, codes[i]);
    return most < n;
}

/* True or false, before anyone reads the cells as such. */
static bool are_bools(const uint8_t *p, uint64_t n_cells)
{
    uint8_t most = 0;

    for (uint64_t i = 0; i < n_cells; i++)
        most = TW_MAX(most, p[i]);
    return most <= 1;
}

/* A column in memory, with the codes that the addresses have in a dictionary with others. */
static int translate(const struct tw_cache_shape *shape, const struct tw_mapped_cells *cells,
                     const struct tw_cache_addresses *addresses, struct tw_column **ret,
                     trawl_error *err)
{
    struct tw_column *column = tw_column_new(TRAWL_IP, shape->is_list, TW_MAX(shape->n_rows, 1u),
                                             shape->addresses, err);
    const uint64_t n_cells = shape->is_list ? cells->n_items : shape->n_rows;
    uint32_t *code = tw_alloc_array(addresses->n, sizeof(*code));
    const uint32_t *from = cells->data;
    int rc = code ? TRAWL_OK : tw_fail_nomem(err);

    if (!column)
        rc = TRAWL_E_NOMEM;
    for (uint32_t i = 1; rc == TRAWL_OK && i < addresses->n; i++) {
        const bool v6 = addresses->families[i / 64] >> (i % 64) & 1;

        code[i] = tw_dict_code(shape->addresses, addresses->bytes[i] + (v6 ? 0 : 12), v6 ? 16 : 4,
                               err);
        rc = code[i] ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK)
        rc = tw_column_resize(column, shape->n_rows, err);
    if (rc == TRAWL_OK && shape->is_list)
        rc = tw_region_grow(&column->data, n_cells * sizeof(*from),
                            TW_MAX(n_cells, 1u) * sizeof(*from), err);
    if (rc == TRAWL_OK && cells->valid)
        rc = tw_column_need_valid(column, false, err);
    if (rc == TRAWL_OK) {
        if (cells->valid && shape->n_rows)
            memcpy(column->valid.base, cells->valid, words_of(shape->n_rows) * 8);
        if (shape->is_list)
            memcpy(column->offsets.base, cells->offsets, (shape->n_rows + 1) * 8);
        column->n_items = cells->n_items;
        for (uint64_t i = 0; i < n_cells; i++)
            TW_CELLS(column, uint32_t)[i] = code[from[i] & ~v6_bit];
        *ret = column;
    } else {
        tw_column_release(column);
    }
    tw_free(code);
    return rc;
}

static int map_cells(const struct tw_cache_file *file, const struct tw_cache_shape *shape,
                     const struct tw_mapped_cells *cells, struct tw_dict *dict,
                     struct tw_column **ret, trawl_error *err)
{
    *ret = tw_column_mapped(shape->type, shape->is_list, dict, file->map, cells, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int get_coded(const struct tw_cache_file *file, uint32_t base,
                     const struct tw_cache_shape *shape, const struct tw_mapped_cells *cells,
                     struct tw_column **ret, trawl_error *err)
{
    const uint64_t n_cells = shape->is_list ? cells->n_items : cells->n_rows;
    struct tw_cache_addresses addresses;
    struct tw_dict *dict;
    int rc = TRAWL_OK;

    if (shape->type == TRAWL_IP)
        rc = find_addresses(file, base, cells->data, n_cells, &addresses, err);
    if (rc == TRAWL_OK && shape->type == TRAWL_IP && shape->addresses)
        return translate(shape, cells, &addresses, ret, err);
    if (rc != TRAWL_OK)
        return rc;
    dict = tw_dict_new(shape->type);
    if (!dict)
        return tw_fail_nomem(err);
    if (shape->type == TRAWL_IP)
        rc = tw_cache_get_addresses(&addresses, dict, err);
    else
        rc = get_texts(file, base, dict, err);
    if (rc == TRAWL_OK && shape->type != TRAWL_IP &&
        !are_codes(cells->data, n_cells, tw_dict_size(dict)))
        rc = bad(err, "a code is");
    if (rc == TRAWL_OK)
        rc = map_cells(file, shape, cells, dict, ret, err);
    tw_dict_release(dict);
    return rc;
}

bool tw_cache_column_rows(const struct tw_cache_file *file, uint32_t base, uint64_t *ret)
{
    struct shape shape;

    if (!find_shape(file, base, &shape))
        return false;
    *ret = shape.n_rows;
    return true;
}

int tw_cache_get_column(const struct tw_cache_file *file, uint32_t base,
                        const struct tw_cache_shape *wanted, struct tw_column **ret,
                        trawl_error *err)
{
    struct tw_mapped_cells cells = {0};
    struct shape shape;
    int rc;

    if (!find_shape(file, base, &shape) || shape.type != (uint32_t)wanted->type ||
        shape.is_list != wanted->is_list || shape.n_rows != wanted->n_rows ||
        shape.n_rows > UINT32_MAX || shape.n_items >= UINT64_C(1) << 40)
        return bad(err, "its shape is");
    rc = find_cells(file, base, &shape, &cells, err);
    if (rc != TRAWL_OK)
        return rc;
    if (tw_type_is_coded(wanted->type))
        return get_coded(file, base, wanted, &cells, ret, err);
    if (wanted->type == TRAWL_BOOL && !are_bools(cells.data, cells_of(&shape)))
        return bad(err, "a value is");
    return map_cells(file, wanted, &cells, NULL, ret, err);
}
