/* Rows in the order of keys, all or the first few.
 * Must not know how keys become numbers. */
#include "core/table/dict.h"
#include "core/table/keys.h"

enum { block_rows = tw_block_rows, piece_least = 1 << 15, cut_bits = 16 };

/* ---- comparing two cells ---- */

static int compare_items(const struct tw_column *c, uint64_t a, uint64_t b)
{
    uint64_t x, y;
    bool a_void, b_void;

    if (tw_type_is_coded(c->type))
        return tw_dict_compare(c->dict, TW_CELLS(c, const uint32_t)[a],
                               TW_CELLS(c, const uint32_t)[b]);
    x = tw_plain_number(c, a);
    y = tw_plain_number(c, b);
    a_void = c->type == TRAWL_F64 && x == UINT64_MAX;
    b_void = c->type == TRAWL_F64 && y == UINT64_MAX;
    if (a_void || b_void)
        return (int)a_void - (int)b_void;
    return x < y ? -1 : x > y;
}

int tw_column_compare(const struct tw_column *column, uint64_t a, uint64_t b)
{
    const uint64_t *offsets;
    uint64_t i, j;
    bool a_void = tw_cell_is_void(column, a), b_void = tw_cell_is_void(column, b);
    int order = 0;

    if (a_void || b_void)
        return (int)a_void - (int)b_void;
    if (!column->is_list)
        return compare_items(column, a, b);
    offsets = (const uint64_t *)(const void *)column->offsets.base;
    for (i = offsets[a], j = offsets[b]; order == 0 && i < offsets[a + 1] && j < offsets[b + 1];
         i++, j++)
        order = compare_items(column, i, j);
    if (order == 0)
        order = (int)(i < offsets[a + 1]) - (int)(j < offsets[b + 1]);
    return order;
}

/* ---- keys ---- */

/* Ranks of the rows of a list column, by comparing. */
static int rank_lists(struct tw_key *key, const struct tw_column *column, uint64_t n,
                      trawl_error *err)
{
    uint32_t *order = tw_alloc_array(n, sizeof(*order));
    uint32_t *spare = tw_alloc_array(n, sizeof(*spare));
    uint32_t rank = 0;
    int rc = TRAWL_OK;

    if (!order || !spare) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    for (uint64_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (uint64_t width = 1; width < n; width *= 2) { /* merge sort */
        uint32_t *swap = order;

        for (uint64_t start = 0; start < n; start += 2 * width) {
            uint64_t middle = TW_MIN(start + width, n), end = TW_MIN(start + 2 * width, n);
            uint64_t i = start, j = middle, k = start;

            while (i < middle && j < end)
                spare[k++] = tw_column_compare(column, order[j], order[i]) < 0 ? order[j++]
                                                                               : order[i++];
            while (i < middle)
                spare[k++] = order[i++];
            while (j < end)
                spare[k++] = order[j++];
            if (tw_cancelled()) {
                rc = tw_fail_cancelled(err);
                goto out;
            }
        }
        order = spare;
        spare = swap;
    }
    for (uint64_t i = 0; i < n; i++) { /* spare becomes the ranks */
        if (i > 0 && tw_column_compare(column, order[i - 1], order[i]) != 0)
            rank++;
        spare[order[i]] = rank;
    }
    *key = (struct tw_key){.column = column, .row_rank = spare, .ordered = true, .has_null = true};
    key->high = rank;
    key->bits = tw_bits_for((uint64_t)rank + 1) + 1;
    spare = NULL;
out:
    tw_free(order);
    tw_free(spare);
    return rc;
}

/* ---- the whole order ---- */

/* The keys' bits cut into words that leave room for a row number; the least significant first. */
struct plan {
    struct tw_pack *packs;
    size_t n;
    unsigned row_bits;
};

static void prepend(struct tw_pack *pack, const struct tw_window *window)
{
    memmove(pack->windows + 1, pack->windows, pack->n * sizeof(*window));
    pack->windows[0] = *window;
    pack->n++;
    pack->bits += window->width;
}

static int plan_init(struct plan *plan, const struct tw_key *parts, size_t n_parts, uint64_t n,
                     trawl_error *err)
{
    struct tw_pack *pack;

    plan->row_bits = TW_MAX(tw_bits_for(n), 1U);
    plan->n = 0;
    plan->packs = tw_alloc_array(n_parts * 3 + 1, sizeof(*plan->packs));
    if (!plan->packs)
        return tw_fail_nomem(err);
    pack = plan->packs;
    for (size_t i = n_parts; i-- > 0;) {
        for (unsigned done = 0; done < parts[i].bits;) {
            unsigned room = 64 - plan->row_bits - pack->bits;
            unsigned width = TW_MIN(room, parts[i].bits - done);
            struct tw_window window = {&parts[i], NULL, done, width};

            if (room == 0 || pack->n == tw_windows_most) {
                pack++;
                continue;
            }
            prepend(pack, &window);
            done += width;
        }
    }
    plan->n = (size_t)(pack - plan->packs) + (pack->n > 0 ? 1 : 0);
    return TRAWL_OK;
}

struct fill {
    const struct tw_pack *pack;
    const uint32_t *rows; /* NULL: all, in order */
    uint64_t *words;
    uint32_t *to;
    uint64_t n, n_pieces;
    unsigned row_bits;
};

/* Words of a key's bits above the row's number. */
static int fill_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    uint64_t from = f->n * i_piece / f->n_pieces, to = f->n * (i_piece + 1) / f->n_pieces;

    (void)i_thread;
    (void)err;
    for (; from < to; from += block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)block_rows);
        uint64_t *words = f->words + from;

        tw_pack_block(f->pack, f->rows, from, n, words);
        for (uint64_t i = 0; i < n; i++)
            words[i] = words[i] << f->row_bits | (f->rows ? f->rows[from + i] : from + i);
    }
    return TRAWL_OK;
}

static int take_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    uint64_t from = f->n * i_piece / f->n_pieces, to = f->n * (i_piece + 1) / f->n_pieces;
    uint64_t mask = (UINT64_C(1) << f->row_bits) - 1;

    (void)i_thread;
    (void)err;
    for (uint64_t i = from; i < to; i++)
        f->to[i] = (uint32_t)(f->words[i] & mask);
    return TRAWL_OK;
}

/* Put rows (n of them, or all when *rows is NULL) into order; *rows is made when NULL. */
static int order_rows(const struct plan *plan, uint32_t **rows, uint64_t n, trawl_error *err)
{
    struct fill f = {.rows = *rows, .n = n, .row_bits = plan->row_bits};
    int rc = TRAWL_OK;

    f.to = *rows ? *rows : tw_alloc_array(n, sizeof(*f.to));
    if (!f.to)
        return tw_fail_nomem(err);
    *rows = f.to;
    if (plan->n == 0) {
        for (uint64_t i = 0; i < n && !f.rows; i++)
            f.to[i] = (uint32_t)i;
        return TRAWL_OK;
    }
    f.words = tw_alloc_array(n, sizeof(*f.words));
    if (!f.words)
        return tw_fail_nomem(err);
    f.n_pieces = tw_pieces_for(n, piece_least);
    for (size_t p = 0; p < plan->n && rc == TRAWL_OK; p++) {
        f.pack = &plan->packs[p];
        rc = tw_pool_run(f.n_pieces, fill_piece, &f, err);
        if (rc == TRAWL_OK)
            rc = tw_sort_u64(&f.words, n, f.row_bits, f.row_bits + f.pack->bits, err);
        if (rc == TRAWL_OK)
            rc = tw_pool_run(f.n_pieces, take_piece, &f, err);
        f.rows = f.to;
    }
    tw_free(f.words);
    return rc;
}

/* ---- the first few ---- */

struct cut {
    const struct tw_pack *pack; /* the most significant bits of the keys */
    uint64_t n, n_pieces;
    uint64_t prefix;    /* of the last row that is wanted, so far */
    unsigned shift;     /* the prefix is what is above */
    unsigned width;     /* bits below it that are counted next */
    uint32_t *counts;   /* [piece][value] */
    uint64_t *selected; /* bit by row */
};

static int count_cut(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct cut *c = context;
    uint64_t from = c->n * i_piece / c->n_pieces, to = c->n * (i_piece + 1) / c->n_pieces;
    uint32_t *counts = c->counts + (i_piece << cut_bits);
    uint32_t mask = (UINT32_C(1) << c->width) - 1;
    uint64_t block[block_rows];

    (void)i_thread;
    (void)err;
    memset(counts, 0, sizeof(*counts) << cut_bits);
    for (; from < to; from += block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)block_rows);

        tw_pack_block(c->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            if (c->shift == 64 || block[i] >> c->shift == c->prefix)
                counts[block[i] >> (c->shift - c->width) & mask]++;
        }
    }
    return TRAWL_OK;
}

static int select_cut(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct cut *c = context;
    uint64_t n_words = (c->n + 63) / 64;
    uint64_t from = n_words * i_piece / c->n_pieces * 64;
    uint64_t to = TW_MIN(n_words * (i_piece + 1) / c->n_pieces * 64, c->n);
    uint64_t block[block_rows];

    (void)i_thread;
    (void)err;
    for (; from < to; from += block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)block_rows);

        tw_pack_block(c->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            if (block[i] >> c->shift <= c->prefix)
                c->selected[(from + i) / 64] |= UINT64_C(1) << ((from + i) % 64);
        }
    }
    return TRAWL_OK;
}

/* The rows that may be among the first `limit`: all up to a value, found digit by digit. */
static int candidates(const struct tw_key *parts, size_t n_parts, uint64_t n, uint64_t limit,
                      uint32_t **ret, uint64_t *ret_n, trawl_error *err)
{
    struct tw_pack pack = {.n = 0};
    struct cut c = {.pack = &pack, .n = n, .n_pieces = tw_pieces_for(n, piece_least)};
    uint64_t below = 0, within = n;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < n_parts && pack.bits < 64 && pack.n < tw_windows_most; i++) {
        unsigned width = TW_MIN(64 - pack.bits, parts[i].bits);

        if (width == 0)
            continue;
        pack.windows[pack.n++] = (struct tw_window){&parts[i], NULL, parts[i].bits - width, width};
        pack.bits += width;
    }
    c.shift = pack.bits;
    c.counts = tw_alloc_array(c.n_pieces << cut_bits, sizeof(*c.counts));
    c.selected = tw_alloc_array((n + 63) / 64, sizeof(*c.selected));
    if (!c.counts || !c.selected)
        rc = tw_fail_nomem(err);
    while (rc == TRAWL_OK && c.shift > 0 && below + within > TW_MAX(limit * 2, n / 16)) {
        uint32_t value = 0;

        c.width = TW_MIN(c.shift, (unsigned)cut_bits);
        rc = tw_pool_run(c.n_pieces, count_cut, &c, err);
        for (; rc == TRAWL_OK; value++) {
            within = 0;
            for (uint64_t p = 0; p < c.n_pieces; p++)
                within += c.counts[(p << cut_bits) + value];
            if (below + within >= limit)
                break;
            below += within;
        }
        c.prefix = c.prefix << c.width | value;
        c.shift -= c.width;
    }
    if (rc == TRAWL_OK)
        rc = tw_pool_run(c.n_pieces, select_cut, &c, err);
    if (rc == TRAWL_OK)
        rc = tw_rows_from_bits(c.selected, n, ret, ret_n, err);
    tw_free(c.counts);
    tw_free(c.selected);
    return rc;
}

/* ---- sort ---- */

int tw_sort_rows(tw_table *table, const struct tw_sort_key *keys, size_t n_keys, uint64_t limit,
                 uint32_t **ret, uint64_t *ret_n, trawl_error *err)
{
    struct tw_key *made = tw_alloc_array(n_keys, sizeof(*made));
    struct tw_key *parts = tw_alloc_array(n_keys * 2, sizeof(*parts));
    struct plan plan = {NULL, 0, 0};
    const struct tw_column *column = NULL;
    uint32_t *rows = NULL;
    uint64_t n = table->n_rows;
    size_t n_parts = 0, n_made = 0;
    int rc = made && parts ? TRAWL_OK : tw_fail_nomem(err);

    if (n >= UINT32_MAX)
        rc = tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot sort more than %u rows", UINT32_MAX - 1);
    for (; n_made < n_keys && rc == TRAWL_OK; n_made++) {
        struct tw_key *key = &made[n_made];

        rc = tw_table_column(table, keys[n_made].i_column, &column, err);
        if (rc == TRAWL_OK && column->is_list)
            rc = rank_lists(key, column, n, err);
        else if (rc == TRAWL_OK)
            rc = tw_key_init(key, column, n, true, false, err);
        if (rc != TRAWL_OK)
            break;
        key->descending = keys[n_made].descending;
        n_parts += tw_key_split(key, parts + n_parts);
    }
    if (rc == TRAWL_OK)
        rc = plan_init(&plan, parts, n_parts, n, err);
    if (rc == TRAWL_OK && limit > 0 && limit < n / 8)
        rc = candidates(parts, n_parts, n, limit, &rows, &n, err);
    if (rc == TRAWL_OK)
        rc = order_rows(&plan, &rows, n, err);
    for (size_t i = 0; i < n_made; i++)
        tw_key_fini(&made[i]);
    tw_free(made);
    tw_free(parts);
    tw_free(plan.packs);
    if (rc != TRAWL_OK) {
        tw_free(rows);
        return rc;
    }
    *ret = rows;
    *ret_n = limit > 0 ? TW_MIN(n, limit) : n;
    return TRAWL_OK;
}
