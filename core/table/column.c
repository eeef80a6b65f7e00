/* One typed column: cells, validity bits, list offsets, a dictionary; appending.
 * Must not know tables. */
#include "core/table/dict.h"

size_t tw_type_size(trawl_type type)
{
    switch (type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
        return 1;
    case TRAWL_U16:
        return 2;
    case TRAWL_U32:
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        return 4;
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_F64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
    case TRAWL_MAC:
        return 8;
    }
    return 0;
}

const char *tw_type_name(trawl_type type)
{
    static const char *const names[] = {
        [TRAWL_BOOL] = "bool",  [TRAWL_U8] = "u8",   [TRAWL_U16] = "u16", [TRAWL_U32] = "u32",
        [TRAWL_U64] = "u64",    [TRAWL_I64] = "i64", [TRAWL_F64] = "f64", [TRAWL_TIME] = "time",
        [TRAWL_SPAN] = "span",  [TRAWL_MAC] = "mac", [TRAWL_IP] = "ip",   [TRAWL_STRING] = "string",
        [TRAWL_BYTES] = "bytes"};

    return (size_t)type < TW_COUNT(names) && names[type] ? names[type] : "?";
}

/* ---- life ---- */

static const uint64_t rows_most = UINT64_C(1) << 32;

static uint64_t words_for(uint64_t n_rows)
{
    return (n_rows + 63) / 64;
}

static int grow_data(struct tw_column *c, uint64_t n_cells, trawl_error *err)
{
    /* How many items a list will have is not known: address space costs nothing. */
    uint64_t most = c->is_list ? rows_most : c->max_rows;

    return tw_region_grow(&c->data, n_cells * tw_type_size(c->type), most * tw_type_size(c->type),
                          err);
}

static int grow_offsets(struct tw_column *c, uint64_t n_rows, trawl_error *err)
{
    return tw_region_grow(&c->offsets, (n_rows + 1) * 8, (c->max_rows + 1) * 8, err);
}

static int grow_valid(struct tw_column *c, uint64_t n_rows, trawl_error *err)
{
    return tw_region_grow(&c->valid, TW_MAX(words_for(n_rows), 1) * 8, words_for(c->max_rows) * 8,
                          err);
}

struct tw_column *tw_column_new(trawl_type type, bool is_list, uint64_t max_rows,
                                struct tw_dict *dict, trawl_error *err)
{
    struct tw_column *c;

    if (tw_type_size(type) == 0) {
        tw_fail(err, TRAWL_E_PLUGIN, "there is no type %d", (int)type);
        return NULL;
    }
    if (tw_type_is_coded(type) && (!dict || tw_dict_type(dict) != type)) {
        tw_fail(err, TRAWL_E_PLUGIN, "a column of type '%s' needs a dictionary of that type",
                tw_type_name(type));
        return NULL;
    }
    c = tw_alloc(sizeof(*c));
    if (!c) {
        tw_fail_nomem(err);
        return NULL;
    }
    atomic_init(&c->refs, 1);
    c->type = type;
    c->is_list = is_list;
    c->max_rows = max_rows == 0 || max_rows > rows_most ? rows_most : max_rows;
    c->data = c->valid = c->offsets = (struct tw_region)TW_REGION_INIT;
    if (tw_type_is_coded(type))
        c->dict = tw_dict_retain(dict);
    if (is_list && grow_offsets(c, 0, err) != TRAWL_OK) {
        tw_column_release(c);
        return NULL;
    }
    return c;
}

struct tw_column *tw_column_retain(struct tw_column *column)
{
    if (column)
        atomic_fetch_add_explicit(&column->refs, 1, memory_order_relaxed);
    return column;
}

void tw_column_release(struct tw_column *column)
{
    if (!column || atomic_fetch_sub_explicit(&column->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (!column->shares && !column->map)
        tw_region_fini(&column->data);
    tw_column_release(column->shares);
    if (!column->map) {
        tw_region_fini(&column->valid);
        tw_region_fini(&column->offsets);
    }
    tw_bits_release(column->valid_bits);
    tw_map_release(column->map);
    tw_dict_release(column->dict);
    tw_free(column);
}

static uint64_t *offsets_of(const struct tw_column *c)
{
    return (uint64_t *)(void *)c->offsets.base;
}

static struct tw_region mapped_region(const void *data, uint64_t n_bytes)
{
    struct tw_region region = TW_REGION_INIT;

    region.base = (uint8_t *)(uintptr_t)data;
    region.reserved = region.committed = data ? n_bytes : 0;
    return region;
}

struct tw_column *tw_column_mapped(trawl_type type, bool is_list, struct tw_dict *dict,
                                   struct tw_map *map, const struct tw_mapped_cells *cells,
                                   trawl_error *err)
{
    struct tw_column *c = tw_column_new(type, false, 1, dict, err);

    if (!c)
        return NULL;
    c->is_list = is_list;
    c->n_rows = c->max_rows = cells->n_rows;
    c->n_items = cells->n_items;
    c->data = mapped_region(cells->data,
                            (is_list ? cells->n_items : cells->n_rows) * tw_type_size(type));
    c->valid = mapped_region(cells->valid, words_for(cells->n_rows) * 8);
    c->offsets = mapped_region(cells->offsets, (cells->n_rows + 1) * 8);
    c->map = tw_map_retain(map);
    return c;
}

void tw_column_seal(struct tw_column *column)
{
    if (column->map)
        return;
    if (!column->shares)
        tw_region_seal(&column->data);
    tw_region_seal(&column->offsets);
    tw_region_seal(&column->valid);
}

/* Forget the rows from n_rows on, so that growing again finds zeros. */
static void shrink(struct tw_column *c, uint64_t n_rows)
{
    uint64_t *words = (uint64_t *)(void *)c->valid.base;

    if (words && n_rows < c->n_rows) {
        tw_region_trim(&c->valid, words_for(n_rows) * 8);
        if (n_rows % 64 != 0)
            words[n_rows / 64] &= (UINT64_C(1) << (n_rows % 64)) - 1;
    }
    if (c->is_list) {
        c->n_items = offsets_of(c)[n_rows];
        tw_region_trim(&c->offsets, (n_rows + 1) * 8);
    }
    tw_region_trim(&c->data, (c->is_list ? c->n_items : n_rows) * tw_type_size(c->type));
    c->n_rows = n_rows;
}

int tw_column_resize(struct tw_column *column, uint64_t n_rows, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (n_rows <= column->n_rows) {
        shrink(column, n_rows);
        return TRAWL_OK;
    }
    if (n_rows > column->max_rows)
        return tw_fail(err, TRAWL_E_NOMEM, "out of memory: a column cannot grow beyond %llu rows",
                       (unsigned long long)column->max_rows);
    rc = column->is_list ? grow_offsets(column, n_rows, err) : grow_data(column, n_rows, err);
    if (rc == TRAWL_OK && column->valid.base)
        rc = grow_valid(column, n_rows, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t i = column->n_rows + 1; column->is_list && i <= n_rows; i++)
        offsets_of(column)[i] = column->n_items;
    column->n_rows = n_rows;
    return TRAWL_OK;
}

int tw_column_need_valid(struct tw_column *column, bool rows_so_far_valid, trawl_error *err)
{
    uint64_t n = column->n_rows;
    uint64_t *words;
    int rc;

    if (column->is_list || tw_column_bitmap(column))
        return TRAWL_OK;
    rc = grow_valid(column, n, err);
    if (rc != TRAWL_OK || !rows_so_far_valid)
        return rc;
    words = (uint64_t *)(void *)column->valid.base;
    if (n >= 64)
        memset(words, 0xff, n / 64 * 8);
    if (n % 64 != 0)
        words[n / 64] = (UINT64_C(1) << (n % 64)) - 1;
    return TRAWL_OK;
}

/* ---- reading ---- */

uint64_t tw_column_u64(const struct tw_column *column, uint64_t i)
{
    switch (column->type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
        return TW_CELLS(column, const uint8_t)[i];
    case TRAWL_U16:
        return TW_CELLS(column, const uint16_t)[i];
    case TRAWL_U32:
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        return TW_CELLS(column, const uint32_t)[i];
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
    case TRAWL_MAC:
        return TW_CELLS(column, const uint64_t)[i];
    case TRAWL_F64:
        return 0;
    }
    return 0;
}

double tw_column_f64(const struct tw_column *column, uint64_t i)
{
    switch (column->type) {
    case TRAWL_F64:
        return TW_CELLS(column, const double)[i];
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        return (double)TW_CELLS(column, const int64_t)[i];
    default:
        return (double)tw_column_u64(column, i);
    }
}

void tw_column_view(const struct tw_column *column, uint32_t flags, trawl_view *ret)
{
    trawl_view view = {.size = sizeof(view)};
    uint32_t size = ret->size < sizeof(view) ? ret->size : (uint32_t)sizeof(view);

    view.flags = (flags & ~(uint32_t)TRAWL_COLUMN_LIST) | (column->is_list ? TRAWL_COLUMN_LIST : 0);
    view.type = column->type;
    view.n_rows = column->n_rows;
    view.valid = column->is_list ? NULL : tw_column_bitmap(column);
    view.data = column->data.base;
    view.offsets = column->is_list ? offsets_of(column) : NULL;
    tw_dict_view(column->dict, &view);
    view.size = size;
    memcpy(ret, &view, size);
}

/* ---- appending ---- */

/* Room for one more cell; *ret_i is where it goes. */
static int open_cell(struct tw_column *c, uint64_t *ret_i, trawl_error *err)
{
    uint64_t i = c->is_list ? c->n_items : c->n_rows;
    uint64_t need = (i + 1) * tw_type_size(c->type);
    int rc = TRAWL_OK;

    if (TW_UNLIKELY(need > c->data.committed))
        rc = grow_data(c, i + 1, err);
    if (rc == TRAWL_OK && c->valid.base && (i / 64 + 1) * 8 > c->valid.committed)
        rc = grow_valid(c, i + 1, err);
    *ret_i = i;
    return rc;
}

static void close_cell(struct tw_column *c, uint64_t i)
{
    if (c->is_list) {
        c->n_items = i + 1;
        return;
    }
    if (c->valid.base)
        tw_column_set_valid(c, i);
    c->n_rows = i + 1;
}

int tw_append_null(struct tw_column *column, trawl_error *err)
{
    uint64_t i;
    int rc;

    if (column->is_list)
        return tw_list_end_row(column, err);
    rc = tw_column_need_valid(column, true, err);
    if (rc == TRAWL_OK)
        rc = open_cell(column, &i, err);
    if (rc == TRAWL_OK)
        column->n_rows++;
    return rc;
}

static int fail_wide(const struct tw_column *c, uint64_t v, trawl_error *err)
{
    return tw_fail(err, TRAWL_E_PLUGIN, "the value %llu does not fit a cell of type '%s'",
                   (unsigned long long)v, tw_type_name(c->type));
}

int tw_append_u64(struct tw_column *column, uint64_t v, trawl_error *err)
{
    uint64_t most = UINT64_MAX;
    uint64_t i;
    int rc;

    switch (column->type) {
    case TRAWL_BOOL:
        most = 1;
        break;
    case TRAWL_U8:
        most = UINT8_MAX;
        break;
    case TRAWL_U16:
        most = UINT16_MAX;
        break;
    case TRAWL_U32:
        most = UINT32_MAX;
        break;
    case TRAWL_MAC:
        most = UINT64_C(0xffffffffffff);
        break;
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES: /* a code; 0 is no value, but a cell that a reader may meet */
        if ((v & (column->type == TRAWL_IP ? 0x7fffffffU : UINT32_MAX)) >=
            tw_dict_size(column->dict))
            return fail_wide(column, v, err);
        most = UINT32_MAX;
        break;
    case TRAWL_F64:
        return tw_fail(err, TRAWL_E_PLUGIN, "an integer was given for a cell of type 'f64'");
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        break;
    }
    if (v > most)
        return fail_wide(column, v, err);
    rc = open_cell(column, &i, err);
    if (rc != TRAWL_OK)
        return rc;
    switch (tw_type_size(column->type)) {
    case 1:
        TW_CELLS(column, uint8_t)[i] = (uint8_t)v;
        break;
    case 2:
        TW_CELLS(column, uint16_t)[i] = (uint16_t)v;
        break;
    case 4:
        TW_CELLS(column, uint32_t)[i] = (uint32_t)v;
        break;
    default:
        TW_CELLS(column, uint64_t)[i] = v;
        break;
    }
    close_cell(column, i);
    return TRAWL_OK;
}

int tw_append_f64(struct tw_column *column, double v, trawl_error *err)
{
    uint64_t i;
    int rc;

    if (column->type != TRAWL_F64)
        return tw_fail(err, TRAWL_E_PLUGIN, "a real number was given for a cell of type '%s'",
                       tw_type_name(column->type));
    rc = open_cell(column, &i, err);
    if (rc != TRAWL_OK)
        return rc;
    TW_CELLS(column, double)[i] = v;
    close_cell(column, i);
    return TRAWL_OK;
}

int tw_append_value(struct tw_column *column, const void *value, size_t n, trawl_error *err)
{
    trawl_error local = TW_ERROR_INIT;
    uint64_t i;
    uint32_t code;
    int rc;

    if (!tw_type_is_coded(column->type))
        return tw_fail(err, TRAWL_E_PLUGIN, "bytes were given for a cell of type '%s'",
                       tw_type_name(column->type));
    code = tw_dict_code(column->dict, value, n, &local);
    if (code == 0)
        return tw_fail_as(err, &local);
    rc = open_cell(column, &i, err);
    if (rc != TRAWL_OK)
        return rc;
    TW_CELLS(column, uint32_t)[i] = code;
    close_cell(column, i);
    return TRAWL_OK;
}

int tw_list_end_row(struct tw_column *column, trawl_error *err)
{
    int rc;

    if (!column->is_list)
        return tw_fail(err, TRAWL_E_PLUGIN, "the column is not a list");
    if (column->n_rows >= column->max_rows)
        return tw_fail(err, TRAWL_E_NOMEM, "out of memory: a column cannot grow beyond %llu rows",
                       (unsigned long long)column->max_rows);
    rc = grow_offsets(column, column->n_rows + 1, err);
    if (rc != TRAWL_OK)
        return rc;
    offsets_of(column)[++column->n_rows] = column->n_items;
    return TRAWL_OK;
}
