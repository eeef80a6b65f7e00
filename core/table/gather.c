/* New columns from rows of old ones: by number or by range.
 * Must not know tables. */
#include "core/table/column.h"

enum { chunk_rows = 1 << 16 };
static const uint32_t missing = UINT32_MAX;

struct gather {
    const struct tw_column *src;
    struct tw_column *to;
    const uint32_t *rows; /* NULL: start + i */
    uint64_t start;
    bool has_missing;
};

static const uint64_t *offsets_of(const struct tw_column *c)
{
    return (const uint64_t *)(const void *)c->offsets.base;
}

static uint64_t row_of(const struct gather *g, uint64_t i)
{
    return g->rows ? g->rows[i] : g->start + i;
}

#define GATHER_CELLS(ctype)              \
    for (uint64_t i = from; i < to; i++) \
    TW_CELLS(g->to, ctype)[i] = TW_CELLS(g->src, const ctype)[g->rows[i]]
#define GATHER_CELLS_MISSING(ctype)      \
    for (uint64_t i = from; i < to; i++) \
        TW_CELLS(g->to, ctype)           \
    [i] = (ctype)(g->rows[i] == missing ? 0 : TW_CELLS(g->src, const ctype)[g->rows[i]])

static void gather_cells(const struct gather *g, uint64_t from, uint64_t to)
{
    size_t size = tw_type_size(g->src->type);

    if (!g->rows) {
        memcpy(g->to->data.base + from * size, g->src->data.base + (g->start + from) * size,
               (to - from) * size);
        return;
    }
    switch (g->has_missing ? size + 16 : size) {
    case 1:
        GATHER_CELLS(uint8_t);
        break;
    case 2:
        GATHER_CELLS(uint16_t);
        break;
    case 4:
        GATHER_CELLS(uint32_t);
        break;
    case 8:
        GATHER_CELLS(uint64_t);
        break;
    case 1 + 16:
        GATHER_CELLS_MISSING(uint8_t);
        break;
    case 2 + 16:
        GATHER_CELLS_MISSING(uint16_t);
        break;
    case 4 + 16:
        GATHER_CELLS_MISSING(uint32_t);
        break;
    default:
        GATHER_CELLS_MISSING(uint64_t);
        break;
    }
}

/* from is a multiple of 64: no two chunks share a word. */
static void gather_valid(const struct gather *g, uint64_t from, uint64_t to)
{
    uint64_t *words = (uint64_t *)(void *)g->to->valid.base;

    for (uint64_t i = from; i < to; i += 64) {
        uint64_t n = TW_MIN(to - i, UINT64_C(64));
        uint64_t word = 0;

        for (uint64_t j = 0; j < n; j++) {
            uint64_t row = row_of(g, i + j);

            if ((!g->has_missing || row != missing) && tw_column_has(g->src, row))
                word |= UINT64_C(1) << j;
        }
        words[i / 64] = word;
    }
}

static int gather_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct gather *g = context;
    uint64_t from = i_chunk * chunk_rows;
    uint64_t to = TW_MIN(from + chunk_rows, g->to->n_rows);

    (void)i_thread;
    (void)err;
    gather_cells(g, from, to);
    if (g->to->valid.base)
        gather_valid(g, from, to);
    return TRAWL_OK;
}

static int gather_items(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct gather *g = context;
    uint64_t from = i_chunk * chunk_rows;
    uint64_t to = TW_MIN(from + chunk_rows, g->to->n_rows);
    const uint64_t *offsets = offsets_of(g->src);
    const uint64_t *out = offsets_of(g->to);
    size_t size = tw_type_size(g->src->type);

    (void)i_thread;
    (void)err;
    for (uint64_t i = from; i < to; i++) {
        uint64_t n = out[i + 1] - out[i];

        if (n > 0)
            memcpy(g->to->data.base + out[i] * size,
                   g->src->data.base + offsets[row_of(g, i)] * size, n * size);
    }
    return TRAWL_OK;
}

static int gather_list(struct gather *g, uint64_t n, trawl_error *err)
{
    const uint64_t *offsets = offsets_of(g->src);
    uint64_t *out;
    uint64_t n_items = 0;
    int rc = tw_column_resize(g->to, n, err);

    if (rc != TRAWL_OK)
        return rc;
    out = (uint64_t *)(void *)g->to->offsets.base;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t row = row_of(g, i);

        if (!g->has_missing || row != missing)
            n_items += offsets[row + 1] - offsets[row];
        out[i + 1] = n_items;
    }
    if (n_items == 0)
        return TRAWL_OK;
    rc = tw_region_grow(&g->to->data, n_items * tw_type_size(g->to->type),
                        n_items * tw_type_size(g->to->type), err);
    if (rc != TRAWL_OK)
        return rc;
    g->to->n_items = n_items;
    return tw_pool_run((n + chunk_rows - 1) / chunk_rows, gather_items, g, err);
}

static struct tw_column *gather(struct gather *g, uint64_t n, trawl_error *err)
{
    int rc;

    for (uint64_t i = 0; g->rows && i < n; i++)
        g->has_missing |= g->rows[i] == missing;
    g->to = tw_column_new(g->src->type, g->src->is_list, TW_MAX(n, 1), g->src->dict, err);
    if (!g->to)
        return NULL;
    if (g->src->is_list) {
        rc = gather_list(g, n, err);
    } else {
        rc = tw_column_bitmap(g->src) || g->has_missing ? tw_column_need_valid(g->to, true, err)
                                                        : TRAWL_OK;
        if (rc == TRAWL_OK)
            rc = tw_column_resize(g->to, n, err);
        if (rc == TRAWL_OK)
            rc = tw_pool_run((n + chunk_rows - 1) / chunk_rows, gather_chunk, g, err);
    }
    if (rc != TRAWL_OK) {
        tw_column_release(g->to);
        return NULL;
    }
    return g->to;
}

struct tw_column *tw_column_gather(const struct tw_column *src, const uint32_t *rows, uint64_t n,
                                   trawl_error *err)
{
    struct gather g = {.src = src, .rows = rows};

    return gather(&g, n, err);
}

struct tw_column *tw_column_slice(const struct tw_column *src, uint64_t start, uint64_t n,
                                  trawl_error *err)
{
    struct gather g = {.src = src, .start = start};

    return gather(&g, n, err);
}
