/* Arithmetic, slices and functions over batches. A result that does not exist (1/0, 64 bits
 * overflowed, a slice beyond the end) is null. Must not know columns or tests. */
#include <math.h>

#include "core/expr/vector.h"

/* ---- two operands of one shape ---- */

/** Item i of the shorter list with item i of the longer; what is left over is dropped. */
static int pair_lists(const struct batch *b, struct vector *x, struct vector *y, trawl_error *err)
{
    uint32_t *offsets = tw_scratch_alloc(b->scratch, b->n + 1, sizeof(*offsets), err);
    struct vector *v[2] = {x, y};
    size_t at = 0;

    if (!offsets)
        return TRAWL_E_NOMEM;
    for (size_t row = 0; row < b->n; row++) {
        uint32_t nx = x->offsets[row + 1] - x->offsets[row];
        uint32_t ny = y->offsets[row + 1] - y->offsets[row];

        offsets[row] = (uint32_t)at;
        at += TW_MIN(nx, ny);
    }
    offsets[b->n] = (uint32_t)at;
    for (int k = 0; k < 2; k++) {
        uint64_t *items = tw_scratch_alloc(b->scratch, at, sizeof(*items), err);
        uint8_t *valid = v[k]->valid ? tw_scratch_alloc(b->scratch, at, 1, err) : NULL;

        if (!items || (v[k]->valid && !valid))
            return TRAWL_E_NOMEM;
        for (size_t row = 0; row < b->n; row++)
            for (uint32_t i = offsets[row]; i < offsets[row + 1]; i++) {
                uint32_t from = v[k]->offsets[row] + i - offsets[row];

                items[i] = v[k]->at.u[from];
                if (valid)
                    valid[i] = v[k]->valid[from];
            }
        v[k]->at.u = items;
        v[k]->valid = valid;
        v[k]->offsets = offsets;
        v[k]->n_items = at;
    }
    return TRAWL_OK;
}

static int align(const struct batch *b, struct vector *x, struct vector *y, trawl_error *err)
{
    if (x->is_constant || y->is_constant || (!x->offsets && !y->offsets))
        return TRAWL_OK;
    if (!x->offsets) {
        struct vector one = *x;

        return tw_vector_spread(b, &one, y, x, err);
    }
    if (!y->offsets) {
        struct vector one = *y;

        return tw_vector_spread(b, &one, x, y, err);
    }
    return pair_lists(b, x, y, err);
}

/* ---- arithmetic: 1 when the result exists ---- */

static bool arith_u(enum op op, uint64_t x, uint64_t y, uint64_t *ret)
{
    switch (op) {
    case OP_ADD:
        return !__builtin_add_overflow(x, y, ret);
    case OP_MUL:
        return !__builtin_mul_overflow(x, y, ret);
    case OP_BIT_AND:
        *ret = x & y;
        return true;
    case OP_WHOLE_DIV:
        *ret = y ? x / y : 0;
        return y != 0;
    default:
        *ret = y ? x % y : 0;
        return y != 0;
    }
}

static bool arith_i(enum op op, int64_t x, int64_t y, int64_t *ret)
{
    *ret = 0;
    switch (op) {
    case OP_ADD:
        return !__builtin_add_overflow(x, y, ret);
    case OP_SUB:
        return !__builtin_sub_overflow(x, y, ret);
    case OP_MUL:
        return !__builtin_mul_overflow(x, y, ret);
    case OP_BIT_AND:
        *ret = x & y;
        return true;
    default:
        if (!y || (x == INT64_MIN && y == -1))
            return false;
        *ret = op == OP_MOD ? x % y : x / y;
        return true;
    }
}

static bool arith_f(enum op op, double x, double y, double *ret)
{
    switch (op) {
    case OP_ADD:
        *ret = x + y;
        break;
    case OP_SUB:
        *ret = x - y;
        break;
    case OP_MUL:
        *ret = x * y;
        break;
    case OP_DIV:
        *ret = y != 0 ? x / y : 0;
        return y != 0;
    default:
        *ret = y != 0 ? fmod(x, y) : 0;
        return y != 0;
    }
    return true;
}

/** ns from a double, when 64 bits hold it. */
static bool to_ns(double f, int64_t *ret)
{
    if (!(f > -0x1p63 && f < 0x1p63))
        return false;
    *ret = (int64_t)llround(f);
    return true;
}

struct arith {
    enum op op;
    trawl_type cls, gives; /* of both sides, of the result */
    bool unsigned_minus;
    double factor;
};

/* false: no value (divided by 0, out of range). */
static bool arith_cell(const struct arith *a, const struct vector *x, size_t ix,
                       const struct vector *y, size_t iy, uint64_t *ret)
{
    int64_t s = 0;
    double f = 0;
    bool has;

    if (a->unsigned_minus) { /* exact as long as the difference has a sign bit to spare */
        *ret = x->at.u[ix] - y->at.u[iy];
        return (x->at.u[ix] >= y->at.u[iy]) == ((int64_t)*ret >= 0);
    }
    if (a->cls == TRAWL_U64)
        return arith_u(a->op, x->at.u[ix], y->at.u[iy], ret);
    if (a->cls == TRAWL_I64) {
        has = arith_i(a->op, x->at.i[ix], y->at.i[iy], &s);
        *ret = (uint64_t)s;
        return has;
    }
    has = arith_f(a->op, x->at.f[ix], y->at.f[iy], &f);
    if (a->gives == TRAWL_SPAN) {
        has = has && to_ns(f, &s);
        *ret = (uint64_t)s;
        return has;
    }
    f *= a->factor;
    memcpy(ret, &f, 8);
    return has;
}

int tw_vector_arith(const struct batch *b, const struct node *n, struct vector *ret,
                    trawl_error *err)
{
    const struct node *na = n->first, *nb = node_second(n);
    const trawl_type ca = tw_expr_class(na->type), cb = tw_expr_class(nb->type);
    const struct arith a = {.op = n->op,
                            .cls = n->set_class,
                            .gives = tw_expr_class(n->type),
                            .unsigned_minus = n->op == OP_SUB && ca == TRAWL_U64 && cb == TRAWL_U64,
                            /* a number by a span is a rate in 1/s */
                            .factor = cb == TRAWL_SPAN && ca != TRAWL_SPAN ? 1e9 : 1};
    const trawl_type cls = a.unsigned_minus ? TRAWL_U64 : a.cls;
    struct vector x, y;
    uint64_t *out;
    uint8_t *valid;
    size_t sx, sy;
    int rc;

    rc = tw_vector_eval(b, na, cls, &x, err);
    if (!rc)
        rc = tw_vector_eval(b, nb, cls, &y, err);
    if (!rc)
        rc = align(b, &x, &y, err);
    if (rc)
        return rc;
    memset(ret, 0, sizeof(*ret));
    ret->is_constant = x.is_constant && y.is_constant;
    ret->n_items = x.is_constant ? y.n_items : x.n_items;
    ret->offsets = x.is_constant ? y.offsets : x.offsets;
    ret->cls = a.gives;
    out = tw_scratch_alloc(b->scratch, ret->n_items, sizeof(*out), err);
    valid = tw_scratch_alloc(b->scratch, ret->n_items, 1, err);
    if (!out || !valid)
        return TRAWL_E_NOMEM;
    sx = !x.is_constant;
    sy = !y.is_constant;
    for (size_t i = 0; i < ret->n_items; i++) {
        uint64_t u = 0;
        bool has = vector_has(&x, i) && vector_has(&y, i) &&
                   arith_cell(&a, &x, i * sx, &y, i * sy, &u);

        out[i] = has ? u : 0;
        valid[i] = has;
    }
    ret->at.u = out;
    ret->valid = valid;
    return TRAWL_OK;
}

int tw_vector_negate(const struct batch *b, const struct node *n, struct vector *ret,
                     trawl_error *err)
{
    trawl_type cls = tw_expr_class(n->type);
    int rc = tw_vector_eval(b, n->first, cls, ret, err);
    uint64_t *out;
    uint8_t *valid;

    if (rc)
        return rc;
    out = tw_scratch_alloc(b->scratch, ret->n_items, sizeof(*out), err);
    valid = tw_scratch_alloc(b->scratch, ret->n_items, 1, err);
    if (!out || !valid)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < ret->n_items; i++) {
        valid[i] = vector_has(ret, i);
        if (cls == TRAWL_F64) {
            double f = -ret->at.f[i];

            memcpy(&out[i], &f, 8);
        } else {
            valid[i] = valid[i] && ret->at.i[i] != INT64_MIN;
            out[i] = 0 - ret->at.u[i];
        }
    }
    ret->at.u = out;
    ret->valid = valid;
    return TRAWL_OK;
}

/* ---- slices ---- */

/** [*ret_from, *ret_to) of n bytes; false when it reaches beyond them. */
static bool slice_bounds(const struct slice_part *part, size_t n, size_t *ret_from, size_t *ret_to)
{
    int64_t size = (int64_t)n, from = part->start < 0 ? part->start + size : part->start, to;

    if (part->by_end)
        to = (part->len < 0 ? part->len + size : part->len) + 1;
    else
        to = part->len < 0 ? size : from + part->len;
    if (from < 0 || to > size || from >= to)
        return false;
    *ret_from = (size_t)from;
    *ret_to = (size_t)to;
    return true;
}

static bool slice_one(const struct batch *b, const struct node *n, const struct text *of,
                      struct text *ret, trawl_error *err)
{
    size_t from = 0, to = 0, total = 0;
    uint8_t *joined;

    for (size_t i = 0; i < n->n_parts; i++) {
        if (!slice_bounds(&n->parts[i], of->n, &from, &to))
            return false;
        total += to - from;
    }
    if (n->n_parts == 1) {
        *ret = (struct text){of->p + from, to - from};
        return true;
    }
    joined = tw_scratch_alloc(b->scratch, total, 1, err);
    if (!joined)
        return false;
    *ret = (struct text){joined, total};
    for (size_t i = 0; i < n->n_parts; i++) {
        (void)slice_bounds(&n->parts[i], of->n, &from, &to);
        memcpy(joined, of->p + from, to - from);
        joined += to - from;
    }
    return true;
}

int tw_vector_slice(const struct batch *b, const struct node *n, struct vector *ret,
                    trawl_error *err)
{
    int rc = tw_vector_eval(b, n->first, n->type, ret, err);
    trawl_error failed = TW_ERROR_INIT;
    struct text *out;
    uint8_t *valid;

    if (rc)
        return rc;
    out = tw_scratch_alloc(b->scratch, ret->n_items, sizeof(*out), err);
    valid = tw_scratch_alloc(b->scratch, ret->n_items, 1, err);
    if (!out || !valid)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < ret->n_items; i++) {
        valid[i] = vector_has(ret, i) && slice_one(b, n, &ret->at.s[i], &out[i], &failed);
        if (failed.code)
            return tw_fail_nomem(err);
        if (!valid[i])
            out[i] = (struct text){(const uint8_t *)"", 0};
    }
    ret->at.s = out;
    ret->valid = valid;
    return TRAWL_OK;
}

/* ---- functions ---- */

static int map_case(const struct batch *b, bool upper, struct vector *v, trawl_error *err)
{
    struct text *out = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*out), err);
    size_t total = 0;
    uint8_t *bytes;

    for (size_t i = 0; i < v->n_items; i++)
        if (!tw_add_size(total, v->at.s[i].n, &total))
            return tw_fail_nomem(err);
    bytes = tw_scratch_alloc(b->scratch, total, 1, err);
    if (!out || !bytes)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < v->n_items; i++) {
        out[i] = (struct text){bytes, v->at.s[i].n};
        for (size_t k = 0; k < out[i].n; k++) {
            uint8_t c = v->at.s[i].p[k];

            if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
                c ^= 0x20;
            *bytes++ = c;
        }
    }
    v->at.s = out;
    return TRAWL_OK;
}

static int map_number(const struct batch *b, const struct node *n, struct vector *v,
                      trawl_error *err)
{
    uint64_t *out = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*out), err);

    if (!out)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < v->n_items; i++) {
        if (n->op == OP_LEN) {
            out[i] = v->at.s[i].n;
        } else if (v->cls == TRAWL_F64) {
            double f = fabs(v->at.f[i]);

            memcpy(&out[i], &f, 8);
        } else if (v->cls != TRAWL_U64 && v->at.i[i] < 0) {
            out[i] = 0 - v->at.u[i]; /* as a span INT64_MIN stays what it is */
        } else {
            out[i] = v->at.u[i];
        }
    }
    v->at.u = out;
    v->cls = tw_expr_class(n->type);
    return TRAWL_OK;
}

/* What a table shows of a number, time or address. */
static int map_text(const struct batch *b, const struct node *of, struct vector *v,
                    trawl_error *err)
{
    static const struct text truths[] = {{(const uint8_t *)"false", 5},
                                         {(const uint8_t *)"true", 4}};
    struct text *out = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*out), err);

    if (!out)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < v->n_items; i++) {
        char *to = tw_scratch_alloc(b->scratch, TW_TEXT_MAX, 1, err);
        struct tw_ip ip = {0};

        if (!to)
            return TRAWL_E_NOMEM;
        out[i] = (struct text){(const uint8_t *)to, 0};
        if (!vector_has(v, i))
            continue;
        switch (v->cls) {
        case TRAWL_U64:
            if (of->type == TRAWL_BOOL)
                out[i] = truths[v->at.u[i] != 0];
            else
                out[i].n = tw_format_u64(to, v->at.u[i]);
            break;
        case TRAWL_I64:
            out[i].n = tw_format_i64(to, v->at.i[i]);
            break;
        case TRAWL_F64:
            out[i].n = tw_format_f64(to, v->at.f[i]);
            break;
        case TRAWL_TIME:
            out[i].n = tw_format_time(to, v->at.i[i], TW_TIME_UTC, 9, 0);
            break;
        case TRAWL_SPAN:
            out[i].n = tw_format_span(to, v->at.i[i], 9);
            break;
        case TRAWL_MAC:
            out[i].n = tw_format_mac(to, v->at.u[i]);
            break;
        default: /* an address */
            ip.is_v6 = v->at.s[i].n == sizeof(ip.bytes);
            memcpy(ip.bytes + sizeof(ip.bytes) - v->at.s[i].n, v->at.s[i].p, v->at.s[i].n);
            out[i].n = tw_format_ip(to, &ip);
            break;
        }
    }
    v->at.s = out;
    v->cls = TRAWL_STRING;
    return TRAWL_OK;
}

static int count_items(const struct batch *b, struct vector *v, trawl_error *err)
{
    uint64_t *out = tw_scratch_alloc(b->scratch, b->n, sizeof(*out), err);
    uint8_t *valid = tw_scratch_alloc(b->scratch, b->n, 1, err);

    if (!out || !valid)
        return TRAWL_E_NOMEM;
    for (size_t row = 0; row < b->n; row++) {
        size_t from = v->offsets ? v->offsets[row] : row,
               to = v->offsets ? v->offsets[row + 1] : row + 1;

        out[row] = 0;
        for (size_t i = from; i < to; i++)
            out[row] += vector_has(v, i);
        valid[row] = out[row] !=
                     0; /* of a field that is not there there is no count, as in Wireshark */
    }
    *v = (struct vector){.cls = TRAWL_U64,
                         .n_items = b->n,
                         .valid = valid,
                         .at.u = out,
                         .is_constant = v->is_constant};
    return TRAWL_OK;
}

/** a before b in the class. */
static bool less(trawl_type cls, uint64_t a, uint64_t b)
{
    double fa, fb;

    if (cls == TRAWL_U64)
        return a < b;
    if (cls != TRAWL_F64)
        return (int64_t)a < (int64_t)b;
    memcpy(&fa, &a, 8);
    memcpy(&fb, &b, 8);
    return fa < fb;
}

static int extreme(const struct batch *b, const struct node *n, struct vector *ret,
                   trawl_error *err)
{
    uint64_t *out = tw_scratch_alloc(b->scratch, b->n, sizeof(*out), err);
    uint8_t *valid = tw_scratch_alloc(b->scratch, b->n, 1, err);
    const struct node *arg = n->first;
    trawl_type cls = tw_expr_class(n->type);

    if (!out || !valid)
        return TRAWL_E_NOMEM;
    memset(valid, 0, b->n);
    memset(out, 0, b->n * sizeof(*out));
    for (size_t k = 0; k < n->n_children; k++, arg = arg->next) {
        struct vector v;
        int rc = tw_vector_eval(b, arg, cls, &v, err);

        if (rc)
            return rc;
        for (size_t row = 0; row < b->n; row++) {
            size_t from = v.is_constant ? 0 : v.offsets ? v.offsets[row] : row;
            size_t to = v.is_constant ? 1 : v.offsets ? v.offsets[row + 1] : row + 1;

            for (size_t i = from; i < to; i++) {
                if (!vector_has(&v, i))
                    continue;
                if (!valid[row] || (n->op == OP_MIN ? less(cls, v.at.u[i], out[row])
                                                    : less(cls, out[row], v.at.u[i])))
                    out[row] = v.at.u[i];
                valid[row] = 1;
            }
        }
    }
    *ret = (struct vector){.cls = cls, .n_items = b->n, .valid = valid, .at.u = out};
    return TRAWL_OK;
}

int tw_vector_call(const struct batch *b, const struct node *n, struct vector *ret,
                   trawl_error *err)
{
    int rc;

    if (n->op == OP_MIN || n->op == OP_MAX)
        return extreme(b, n, ret, err);
    rc = tw_vector_eval(b, n->first, 0, ret, err);
    if (rc)
        return rc;
    if (n->op == OP_COUNT)
        return count_items(b, ret, err);
    if (n->op == OP_STRING)
        return map_text(b, n->first, ret, err);
    if (n->op == OP_LOWER || n->op == OP_UPPER)
        return map_case(b, n->op == OP_UPPER, ret, err);
    return map_number(b, n, ret, err);
}
