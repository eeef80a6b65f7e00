/* Cells as unsigned numbers of few bits.
 * Must not know what is done with them. */
#include "core/table/keys.h"

#include <math.h>

#include "core/table/rank.h"

static const uint64_t sign_bit = UINT64_C(1) << 63;
static const uint64_t nan_number = UINT64_MAX;

/* Doubles in their order; the two zeros are one, NaN is above all. */
static uint64_t number_of_f64(double v)
{
    uint64_t bits;

    if (isnan(v))
        return nan_number;
    v += 0.0; /* -0 to 0 */
    memcpy(&bits, &v, sizeof(bits));
    return bits & sign_bit ? ~bits : bits | sign_bit;
}

double tw_number_f64(trawl_type type, uint64_t number)
{
    double v;

    switch (type) {
    case TRAWL_F64:
        if (number == nan_number)
            return NAN;
        number = number & sign_bit ? number & ~sign_bit : ~number;
        memcpy(&v, &number, sizeof(v));
        return v;
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        return (double)(int64_t)(number ^ sign_bit);
    default:
        return (double)number;
    }
}

uint64_t tw_pieces_for(uint64_t n, uint64_t least)
{
    return TW_MAX(TW_MIN((uint64_t)tw_pool_threads(), n / least), UINT64_C(1));
}

#define PLAIN_CELLS(ctype, expression)                      \
    do {                                                    \
        const ctype *cells = TW_CELLS(column, const ctype); \
        if (rows) {                                         \
            for (uint64_t i = 0; i < n; i++) {              \
                ctype v = cells[rows[from + i]];            \
                out[i] = (expression);                      \
            }                                               \
        } else {                                            \
            for (uint64_t i = 0; i < n; i++) {              \
                ctype v = cells[from + i];                  \
                out[i] = (expression);                      \
            }                                               \
        }                                                   \
    } while (0)

void tw_plain_block(const struct tw_column *column, const uint32_t *rows, uint64_t from, uint64_t n,
                    uint64_t *out)
{
    switch (column->type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
        PLAIN_CELLS(uint8_t, v);
        break;
    case TRAWL_U16:
        PLAIN_CELLS(uint16_t, v);
        break;
    case TRAWL_U32:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        PLAIN_CELLS(uint32_t, v);
        break;
    case TRAWL_IP:
        PLAIN_CELLS(uint32_t, v & 0x7fffffffU);
        break;
    case TRAWL_U64:
    case TRAWL_MAC:
        PLAIN_CELLS(uint64_t, v);
        break;
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        PLAIN_CELLS(uint64_t, v ^ sign_bit);
        break;
    case TRAWL_F64:
        PLAIN_CELLS(double, number_of_f64(v));
        break;
    }
}

uint64_t tw_plain_number(const struct tw_column *column, uint64_t i)
{
    uint64_t v = 0;

    tw_plain_block(column, NULL, i, 1, &v);
    return v;
}

bool tw_cell_is_void(const struct tw_column *column, uint64_t i)
{
    return !tw_column_has(column, i) || (column->type == TRAWL_F64 && !column->is_list &&
                                         isnan(TW_CELLS(column, const double)[i]));
}

struct tw_column tw_flat_items(const struct tw_column *list)
{
    struct tw_column flat = {.type = list->type,
                             .n_rows = list->n_items,
                             .max_rows = list->n_items,
                             .data = list->data,
                             .valid = TW_REGION_INIT,
                             .offsets = TW_REGION_INIT,
                             .dict = list->dict};

    return flat;
}

/* ---- what numbers a column has ---- */

struct range {
    const struct tw_key *key;
    uint64_t n, n_pieces;
    struct {
        uint64_t low, high;
        bool has_null;
    } pieces[256];
};

static bool key_is_void(const struct tw_key *key, uint64_t i)
{
    return key->ordered ? tw_cell_is_void(key->column, i) : !tw_column_has(key->column, i);
}

static bool may_be_void(const struct tw_key *key)
{
    return tw_column_bitmap(key->column) || (key->ordered && key->column->type == TRAWL_F64);
}

static int range_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    struct range *range = context;
    uint64_t from = range->n * i_piece / range->n_pieces;
    uint64_t to = range->n * (i_piece + 1) / range->n_pieces;
    bool voids = may_be_void(range->key), has_null = false;
    uint64_t low = UINT64_MAX, high = 0;
    uint64_t block[tw_block_rows];

    (void)i_thread;
    (void)err;
    while (from < to) {
        uint64_t n = TW_MIN(to - from, (uint64_t)tw_block_rows);

        tw_plain_block(range->key->column, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            if (voids && key_is_void(range->key, from + i)) {
                has_null = true;
                continue;
            }
            low = TW_MIN(low, block[i]);
            high = TW_MAX(high, block[i]);
        }
        from += n;
    }
    range->pieces[i_piece].low = low;
    range->pieces[i_piece].high = high;
    range->pieces[i_piece].has_null = has_null;
    return TRAWL_OK;
}

static int find_range(struct tw_key *key, uint64_t n, trawl_error *err)
{
    struct range range = {.key = key, .n = n};
    int rc;

    range.n_pieces = TW_MIN(tw_pieces_for(n, 1 << 16), (uint64_t)TW_COUNT(range.pieces));
    rc = tw_pool_run(range.n_pieces, range_piece, &range, err);
    if (rc != TRAWL_OK)
        return rc;
    key->low = UINT64_MAX;
    key->high = 0;
    for (uint64_t i = 0; i < range.n_pieces; i++) {
        key->low = TW_MIN(key->low, range.pieces[i].low);
        key->high = TW_MAX(key->high, range.pieces[i].high);
        key->has_null |= range.pieces[i].has_null;
    }
    if (key->low > key->high)
        key->low = key->high = 0; /* nothing but nulls */
    return TRAWL_OK;
}

/* Ranks by row of words that are sorted by code (code << 32 | row), given the codes in the order
 * of their values. */
static int spread_ranks(const uint64_t *words, uint64_t n, const uint32_t *codes,
                        uint64_t n_distinct, uint32_t *ranks, trawl_error *err)
{
    uint64_t *by_code = tw_alloc_array(n_distinct, sizeof(*by_code));
    uint64_t at = 0;
    int rc;

    if (!by_code)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < n_distinct; i++)
        by_code[i] = (uint64_t)codes[i] << 32 | i;
    rc = tw_sort_u64(&by_code, n_distinct, 32, 64, err);
    for (uint64_t i = 0; i < n && rc == TRAWL_OK; i++) {
        if (i > 0 && words[i] >> 32 != words[i - 1] >> 32)
            at++;
        ranks[(uint32_t)words[i]] = (uint32_t)by_code[at];
    }
    tw_free(by_code);
    return rc;
}

/* Ranks of the few codes that the column uses of a big dictionary, by row. */
static int rank_rows(struct tw_key *key, uint64_t n, trawl_error *err)
{
    const struct tw_column *c = key->column;
    uint64_t *words = tw_alloc_array(n, sizeof(*words));
    uint32_t *ranks = tw_alloc_array(n, sizeof(*ranks));
    uint32_t *codes = tw_alloc_array(n, sizeof(*codes));
    uint64_t n_distinct = 0;
    int rc = TRAWL_OK;

    if (!words || !ranks || !codes) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    for (uint64_t i = 0; i < n; i++)
        words[i] = (uint64_t)TW_CELLS(c, const uint32_t)[i] << 32 | i;
    rc = tw_sort_u64(&words, n, 32, 64, err);
    if (rc != TRAWL_OK)
        goto out;
    for (uint64_t i = 0; i < n; i++) {
        if (i == 0 || words[i] >> 32 != words[i - 1] >> 32)
            codes[n_distinct++] = (uint32_t)(words[i] >> 32);
    }
    rc = tw_codes_sort(c->dict, codes, n_distinct, err);
    if (rc == TRAWL_OK)
        rc = spread_ranks(words, n, codes, n_distinct, ranks, err);
    if (rc == TRAWL_OK) {
        key->row_rank = ranks;
        ranks = NULL;
        key->high = n_distinct;
    }
out:
    tw_free(words);
    tw_free(ranks);
    tw_free(codes);
    return rc;
}

static int order_codes(struct tw_key *key, uint64_t n, trawl_error *err)
{
    struct tw_dict *dict = key->column->dict;

    key->low = 0;
    key->high = tw_dict_size(dict) - 1;
    if (n < tw_dict_size(dict) / 4)
        return rank_rows(key, n, err);
    key->ranks = tw_dict_ranks(dict, err);
    return key->ranks ? TRAWL_OK : TRAWL_E_NOMEM;
}

int tw_key_init(struct tw_key *key, const struct tw_column *column, uint64_t n_cells, bool ordered,
                bool descending, trawl_error *err)
{
    int rc = TRAWL_OK;

    *key = (struct tw_key){.column = column, .ordered = ordered, .descending = descending};
    if (tw_type_is_coded(column->type)) {
        key->has_null = tw_column_bitmap(column) != NULL;
        key->high = tw_dict_size(column->dict) - 1;
        if (ordered)
            rc = order_codes(key, n_cells, err);
    } else if (tw_type_size(column->type) == 1) {
        key->has_null = tw_column_bitmap(column) != NULL;
        key->high = UINT8_MAX;
    } else {
        rc = find_range(key, n_cells, err);
    }
    if (rc != TRAWL_OK)
        return rc;
    key->bits = key->high == key->low ? 0 : 64 - (unsigned)__builtin_clzll(key->high - key->low);
    if (key->has_null)
        key->bits++;
    return TRAWL_OK;
}

void tw_key_fini(struct tw_key *key)
{
    tw_free((void *)key->row_rank);
    key->row_rank = NULL;
}

void tw_key_block(const struct tw_key *key, const uint32_t *rows, uint64_t from, uint64_t n,
                  uint64_t *out)
{
    const uint64_t null_number = key->bits > 0 ? UINT64_C(1) << (key->bits - 1) : 0;

    if (key->null_only) {
        for (uint64_t i = 0; i < n; i++)
            out[i] = key_is_void(key, rows ? rows[from + i] : from + i);
        return;
    }
    if (key->row_rank) {
        for (uint64_t i = 0; i < n; i++)
            out[i] = key->row_rank[rows ? rows[from + i] : from + i];
    } else {
        tw_plain_block(key->column, rows, from, n, out);
        if (key->ranks) {
            for (uint64_t i = 0; i < n; i++)
                out[i] = key->ranks[out[i]];
        }
    }
    if (key->descending) {
        for (uint64_t i = 0; i < n; i++)
            out[i] = key->high - out[i];
    } else if (key->low > 0) {
        for (uint64_t i = 0; i < n; i++)
            out[i] -= key->low;
    }
    if (!key->has_null)
        return;
    for (uint64_t i = 0; i < n; i++) {
        if (key_is_void(key, rows ? rows[from + i] : from + i))
            out[i] = key->value_only ? 0 : null_number;
    }
}

size_t tw_key_split(const struct tw_key *key, struct tw_key ret[2])
{
    ret[0] = *key;
    if (key->bits <= 64)
        return 1;
    ret[1] = *key;
    ret[0].null_only = true;
    ret[0].bits = 1;
    ret[1].value_only = true;
    ret[1].bits = 64;
    return 2;
}

bool tw_pack_add(struct tw_pack *pack, const struct tw_key *key, const uint32_t *dense,
                 unsigned bits)
{
    if (pack->n == tw_windows_most || pack->bits + bits > 64)
        return false;
    pack->windows[pack->n++] = (struct tw_window){key, dense, 0, bits};
    pack->bits += bits;
    return true;
}

void tw_pack_block(const struct tw_pack *pack, const uint32_t *rows, uint64_t from, uint64_t n,
                   uint64_t *out)
{
    uint64_t block[tw_block_rows];

    for (size_t w = 0; w < pack->n; w++) {
        const struct tw_window *window = &pack->windows[w];
        uint64_t *to = w == 0 ? out : block;
        uint64_t mask = window->width >= 64 ? UINT64_MAX : (UINT64_C(1) << window->width) - 1;

        if (window->key) {
            tw_key_block(window->key, rows, from, n, to);
        } else {
            for (uint64_t i = 0; i < n; i++)
                to[i] = window->dense[rows ? rows[from + i] : from + i];
        }
        if (window->shift > 0 || !window->key || window->width < window->key->bits) {
            for (uint64_t i = 0; i < n; i++)
                to[i] = to[i] >> window->shift & mask;
        }
        for (uint64_t i = 0; i < n && w > 0; i++)
            out[i] = (window->width >= 64 ? 0 : out[i] << window->width) | block[i];
    }
    if (pack->n == 0)
        memset(out, 0, n * sizeof(*out));
}
