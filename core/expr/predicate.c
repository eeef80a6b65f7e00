/* Tests of items and their reduction to rows. Numbers are tested where they lie, coded columns
 * through their codes, everything else by value. Must not know and, or, not. */
#include "core/expr/predicate.h"

enum { FAILS = 0, PASSES = 1, NOTHING = 2 };

void tw_pack_bits(const uint8_t *bytes, size_t n, uint64_t *words)
{
    memset(words, 0, BATCH_WORDS * sizeof(words[0]));
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t x;

        memcpy(&x, bytes + i, 8);
        /* bit k of the product's top byte is byte k of x (little endian, bytes 0 or 1) */
        words[i / 64] |= (x * UINT64_C(0x0102040810204080) >> 56) << (i % 64);
    }
    for (size_t i = n & ~(size_t)7; i < n; i++)
        words[i / 64] |= (uint64_t)(bytes[i] & 1) << (i % 64);
}

/** Truths of items → bits of rows. */
static void reduce(const uint8_t *item, size_t n_rows, const uint32_t *offsets, struct truth *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (size_t row = 0; row < n_rows; row++) {
        uint64_t bit = UINT64_C(1) << (row % 64);
        size_t from = offsets ? offsets[row] : row, to = offsets ? offsets[row + 1] : row + 1;

        for (size_t i = from; i < to; i++) {
            if (item[i] == PASSES)
                ret->some_true[row / 64] |= bit;
            else if (item[i] == FAILS)
                ret->some_false[row / 64] |= bit;
        }
    }
}

static void same_for_all(uint8_t item, size_t n_rows, struct truth *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (size_t row = 0; row < n_rows && item != NOTHING; row++)
        (item == PASSES ? ret->some_true : ret->some_false)[row / 64] |= UINT64_C(1) << (row % 64);
}

/** What a list's items say, given truths and where the rows begin. */
static void reduce_wide(const uint8_t *passes, size_t n_rows, const uint64_t *offsets, bool negate,
                        struct truth *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (size_t row = 0; row < n_rows; row++) {
        uint64_t bit = UINT64_C(1) << (row % 64);

        for (uint64_t i = offsets[row] - offsets[0]; i < offsets[row + 1] - offsets[0]; i++)
            *((passes[i] != 0) != negate ? &ret->some_true[row / 64]
                                         : &ret->some_false[row / 64]) |= bit;
    }
}

/** Bits of plain cells with the column's validity. */
static void finish_plain(const struct batch *b, const struct tw_column *c, const uint8_t *passes,
                         bool negate, struct truth *ret)
{
    tw_pack_bits(passes, b->n, ret->some_true);
    for (size_t w = 0; w < (b->n + 63) / 64; w++) {
        uint64_t rows = b->n - w * 64 >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (b->n % 64)) - 1;
        uint64_t valid = column_valid_word(c, b->start / 64 + w) & rows;
        uint64_t yes = negate ? ~ret->some_true[w] : ret->some_true[w];

        ret->some_true[w] = yes & valid;
        ret->some_false[w] = ~yes & valid;
    }
    for (size_t w = (b->n + 63) / 64; w < BATCH_WORDS; w++)
        ret->some_true[w] = ret->some_false[w] = 0;
}

/* ---- numbers where they lie ---- */

/* x in [lo, lo+span] with one comparison: below lo wraps around. */
#define IN_RANGE(bits)                                                                \
    static void in_range_##bits(const uint##bits##_t *x, size_t n, uint##bits##_t lo, \
                                uint##bits##_t span, uint8_t *out)                    \
    {                                                                                 \
        for (size_t i = 0; i < n; i++)                                                \
            out[i] |= (uint##bits##_t)(x[i] - lo) <= span;                            \
    }
IN_RANGE(8)
IN_RANGE(16)
IN_RANGE(32)
IN_RANGE(64)

static void in_range_double(const double *x, size_t n, double lo, double hi, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] |= (x[i] >= lo) & (x[i] <= hi);
}

static void test_range(const struct tw_column *c, uint64_t first, size_t n,
                       const struct interval *r, uint8_t *out)
{
    size_t size = tw_type_size(c->type);
    uint64_t max = size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1, lo, hi;

    if (c->type == TRAWL_F64) {
        in_range_double(TW_CELLS(c, const double) + first, n, r->lo.f, r->hi.f, out);
        return;
    }
    if (c->type == TRAWL_I64 || c->type == TRAWL_TIME || c->type == TRAWL_SPAN) {
        lo = (uint64_t)r->lo.i;
        hi = (uint64_t)r->hi.i;
    } else {
        lo = r->lo.u;
        hi = TW_MIN(r->hi.u, max);
        if (lo > hi)
            return;
    }
    switch (size) {
    case 1:
        in_range_8(TW_CELLS(c, const uint8_t) + first, n, (uint8_t)lo, (uint8_t)(hi - lo), out);
        break;
    case 2:
        in_range_16(TW_CELLS(c, const uint16_t) + first, n, (uint16_t)lo, (uint16_t)(hi - lo), out);
        break;
    case 4:
        in_range_32(TW_CELLS(c, const uint32_t) + first, n, (uint32_t)lo, (uint32_t)(hi - lo), out);
        break;
    default:
        in_range_64(TW_CELLS(c, const uint64_t) + first, n, lo, hi - lo, out);
        break;
    }
}

/** Cells of the batch: where they begin and how many. */
static int cells_of(const struct batch *b, const struct tw_column *c, uint64_t *ret_first,
                    size_t *ret_n, const uint64_t **ret_offsets, uint8_t **ret_passes,
                    trawl_error *err)
{
    *ret_offsets = NULL;
    *ret_first = b->start;
    *ret_n = b->n;
    if (c->is_list) {
        const uint64_t *o = (const uint64_t *)(const void *)c->offsets.base + b->start;

        *ret_offsets = o;
        *ret_first = o[0];
        *ret_n = (size_t)(o[b->n] - o[0]);
    }
    *ret_passes = tw_scratch_alloc(b->scratch, *ret_n, 1, err);
    if (!*ret_passes)
        return TRAWL_E_NOMEM;
    memset(*ret_passes, 0, *ret_n);
    return TRAWL_OK;
}

int tw_predicate_numbers(const struct batch *b, const struct node *n, const struct tw_column *c,
                         struct truth *ret, trawl_error *err)
{
    const uint64_t *offsets;
    uint64_t first;
    uint8_t *passes;
    size_t n_cells;
    int rc = cells_of(b, c, &first, &n_cells, &offsets, &passes, err);

    if (rc)
        return rc;
    for (size_t k = 0; k < n->n_set && n_cells; k++)
        test_range(c, first, n_cells, &n->set[k], passes);
    if (offsets)
        reduce_wide(passes, b->n, offsets, n->negate, ret);
    else
        finish_plain(b, c, passes, n->negate, ret);
    return TRAWL_OK;
}

/* ---- dictionary codes ---- */

int tw_predicate_codes(const struct batch *b, const struct node *n, const struct lifted *l,
                       struct truth *ret, trawl_error *err)
{
    const struct tw_column *c = l->column;
    const uint64_t *offsets;
    const uint32_t *codes;
    uint64_t first;
    uint8_t *passes;
    size_t n_cells;
    int rc = cells_of(b, c, &first, &n_cells, &offsets, &passes, err);

    if (rc)
        return rc;
    if (n_cells) {
        codes = TW_CELLS(c, const uint32_t) + first;
        if (l->by_codes)
            for (size_t k = 0; k < l->n_codes; k++)
                in_range_32(codes, n_cells, l->codes[k], 0, passes);
        else
            for (size_t i = 0; i < n_cells; i++)
                passes[i] = l->table[codes[i] & 0x7fffffff] >> (codes[i] >> 31) & 1;
    }
    /* a table holds the predicate's own truth, codes that of the set */
    if (offsets)
        reduce_wide(passes, b->n, offsets, l->by_codes && n->negate, ret);
    else
        finish_plain(b, c, passes, l->by_codes && n->negate, ret);
    return TRAWL_OK;
}

/* ---- by value ---- */

static int compare_text(trawl_type cls, const struct text *a, const struct text *b)
{
    size_t n = TW_MIN(a->n, b->n);
    int c;

    if (cls == TRAWL_IP && a->n != b->n)
        return a->n < b->n ? -1 : 1;
    c = n ? memcmp(a->p, b->p, n) : 0;
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

static bool has_prefix(const struct text *s, const struct value *net)
{
    unsigned bytes = net->prefix / 8, bits = net->prefix % 8;

    if (s->n != net->s.n || (bytes && memcmp(s->p, net->s.p, bytes) != 0))
        return false;
    return !bits || (s->p[bytes] ^ net->s.p[bytes]) >> (8 - bits) == 0;
}

bool tw_set_has_text(const struct node *in, const struct text *s)
{
    for (size_t k = 0; k < in->n_set; k++) {
        const struct interval *r = &in->set[k];

        if (r->is_prefix ? has_prefix(s, &r->lo)
                         : compare_text(in->set_class, s, &r->lo.s) >= 0 &&
                               compare_text(in->set_class, s, &r->hi.s) <= 0)
            return true;
    }
    return false;
}

/** Binary search: numbers' intervals are sorted and apart. */
static bool set_has_number(const struct node *in, uint64_t bits)
{
    size_t lo = 0, hi = in->n_set;
    double f;

    memcpy(&f, &bits, 8);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct interval *r = &in->set[mid];
        bool below, above;

        if (in->set_class == TRAWL_F64) {
            below = f < r->lo.f;
            above = f > r->hi.f;
            if (f != f)
                return false;
        } else if (in->set_class == TRAWL_U64 || in->set_class == TRAWL_MAC) {
            below = bits < r->lo.u;
            above = bits > r->hi.u;
        } else {
            below = (int64_t)bits < r->lo.i;
            above = (int64_t)bits > r->hi.i;
        }
        if (!below && !above)
            return true;
        if (below)
            hi = mid;
        else
            lo = mid + 1;
    }
    return false;
}

/** a ? b, with *ret_unordered for NaN. */
static int compare_items(const struct vector *a, size_t i, const struct vector *b, size_t k,
                         bool *ret_unordered)
{
    *ret_unordered = false;
    if (class_is_text(a->cls))
        return compare_text(a->cls, &a->at.s[i], &b->at.s[k]);
    if (a->cls == TRAWL_F64) {
        double x = a->at.f[i], y = b->at.f[k];

        *ret_unordered = x != x || y != y;
        return (x > y) - (x < y);
    }
    bool ua = a->cls == TRAWL_U64 || a->cls == TRAWL_MAC,
         ub = b->cls == TRAWL_U64 || b->cls == TRAWL_MAC;

    if (!ua && a->at.i[i] < 0 && ub)
        return -1;
    if (!ub && b->at.i[k] < 0 && ua)
        return 1;
    if (!ua && !ub)
        return (a->at.i[i] > b->at.i[k]) - (a->at.i[i] < b->at.i[k]);
    return (a->at.u[i] > b->at.u[k]) - (a->at.u[i] < b->at.u[k]);
}

static uint8_t compare_passes(enum op op, const struct vector *a, size_t i, const struct vector *b,
                              size_t k)
{
    bool unordered;
    int c = compare_items(a, i, b, k, &unordered);

    if (unordered)
        return op == OP_NE;
    switch (op) {
    case OP_EQ:
        return c == 0;
    case OP_NE:
        return c != 0;
    case OP_LT:
        return c < 0;
    case OP_LE:
        return c <= 0;
    case OP_GT:
        return c > 0;
    default:
        return c >= 0;
    }
}

static uint8_t item_passes(const struct node *n, const struct vector *a, size_t i,
                           const struct vector *b, size_t k)
{
    if (n->kind != N_CONTAINS)
        return compare_passes(n->op, a, i, b, k);
    return b->at.s[k].n == 0 ||
           (a->at.s[i].n >= b->at.s[k].n &&
            memmem(a->at.s[i].p, a->at.s[i].n, b->at.s[k].p, b->at.s[k].n) != NULL);
}

/** Items of row [from, to). */
static void row_items(const struct vector *v, size_t row, size_t *from, size_t *to)
{
    *from = v->is_constant ? 0 : v->offsets ? v->offsets[row] : row;
    *to = v->is_constant ? 1 : v->offsets ? v->offsets[row + 1] : row + 1;
}

/** Two operands: each item of the one with each of the other. */
static int eval_two(const struct batch *b, const struct node *n, struct truth *ret,
                    trawl_error *err)
{
    const struct node *nx = n->first, *ny = node_second(n);
    trawl_type cx = tw_expr_class(nx->type), cy = tw_expr_class(ny->type), cls = 0;
    struct vector x, y;
    int rc;

    if (cx != cy && (cx == TRAWL_F64 || cy == TRAWL_F64))
        cls = TRAWL_F64;
    else if (cx != cy && !(class_is_number(cx) && class_is_number(cy)))
        cls = TRAWL_BYTES;
    rc = tw_vector_eval(b, nx, cls, &x, err);
    if (!rc)
        rc = tw_vector_eval(b, ny, cls, &y, err);
    if (rc)
        return rc;
    memset(ret, 0, sizeof(*ret));
    for (size_t row = 0; row < b->n; row++) {
        uint64_t bit = UINT64_C(1) << (row % 64);
        size_t fx, tx, fy, ty;

        row_items(&x, row, &fx, &tx);
        row_items(&y, row, &fy, &ty);
        if ((tx - fx) * (ty - fy) > 64 && tw_cancelled())
            return tw_fail_cancelled(err);
        for (size_t i = fx; i < tx; i++) {
            if (!vector_has(&x, i))
                continue;
            for (size_t k = fy; k < ty; k++) {
                if (!vector_has(&y, k))
                    continue;
                if (item_passes(n, &x, i, &y, k))
                    ret->some_true[row / 64] |= bit;
                else
                    ret->some_false[row / 64] |= bit;
            }
        }
    }
    return TRAWL_OK;
}

static int eval_one(const struct batch *b, const struct node *n, struct truth *ret,
                    trawl_error *err)
{
    struct vector v;
    uint8_t *items;
    int rc = tw_vector_eval(b, n->first, n->kind == N_IN ? n->set_class : 0, &v, err);

    if (rc)
        return rc;
    items = tw_scratch_alloc(b->scratch, v.n_items, 1, err);
    if (!items)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < v.n_items; i++) {
        if (!vector_has(&v, i)) {
            items[i] = NOTHING;
        } else if (n->kind == N_MATCHES) {
            int got = tw_regex_match(n->regex, b->regex, v.at.s[i].p, v.at.s[i].n, err);

            if (got < 0)
                return got;
            items[i] = (uint8_t)got;
        } else if (class_is_text(v.cls)) {
            items[i] = tw_set_has_text(n, &v.at.s[i]) != n->negate;
        } else {
            items[i] = set_has_number(n, v.at.u[i]) != n->negate;
        }
    }
    if (v.is_constant)
        same_for_all(v.n_items ? items[0] : NOTHING, b->n, ret);
    else
        reduce(items, b->n, v.offsets, ret);
    return TRAWL_OK;
}

int tw_predicate_eval(const struct batch *b, const struct node *n, struct truth *ret,
                      trawl_error *err)
{
    return n->kind == N_COMPARE || n->kind == N_CONTAINS ? eval_two(b, n, ret, err)
                                                         : eval_one(b, n, ret, err);
}
