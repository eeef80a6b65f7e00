/* `value op constant` and `value in {…}` as closed intervals of the value's class, so that one
 * range test serves them all. Must not know rows. */
#include "core/expr/node.h"

#include <math.h>

/* ---- number → interval ---- */

typedef __int128 wide;

/** Bounds of an integer class. */
static void domain(trawl_type cls, wide *lo, wide *hi)
{
    bool is_signed = cls == TRAWL_I64 || cls == TRAWL_TIME || cls == TRAWL_SPAN;

    *lo = is_signed ? (wide)INT64_MIN : 0;
    *hi = is_signed ? (wide)INT64_MAX : (wide)UINT64_MAX;
}

static wide integer_of(const struct node *c)
{
    trawl_type cls = tw_expr_class(c->type);

    return cls == TRAWL_U64 || cls == TRAWL_MAC ? (wide)c->value.u : (wide)c->value.i;
}

/** Least integer ≥ f (up) or greatest ≤ f, kept within what any class holds. */
static wide round_bound(double f, bool up)
{
    double r = up ? ceil(f) : floor(f);

    if (r >= 0x1p65)
        return (wide)1 << 65;
    if (r <= -0x1p65)
        return -((wide)1 << 65);
    return (wide)r;
}

static double float_of(const struct node *c)
{
    return c->type == TRAWL_F64   ? c->value.f
           : c->type == TRAWL_I64 ? (double)c->value.i
                                  : (double)c->value.u;
}

/** [lo, hi] of an integer class from literals, which may be fractions. False: empty. */
static bool integer_interval(trawl_type cls, const struct node *lo, const struct node *hi,
                             enum op op, struct interval *ret)
{
    wide min, max, a, b;

    domain(cls, &min, &max);
    a = lo->type == TRAWL_F64 ? round_bound(lo->value.f, true) : integer_of(lo);
    b = hi->type == TRAWL_F64 ? round_bound(hi->value.f, false) : integer_of(hi);
    if ((lo->type == TRAWL_F64 && isnan(lo->value.f)) ||
        (hi->type == TRAWL_F64 && isnan(hi->value.f)))
        return false;
    switch (op) {
    case OP_LT: /* x < 2.5 is x ≤ 2; x < 2 is x ≤ 1 */
        b = (wide)(lo->type == TRAWL_F64 && a != b ? b : b - 1);
        a = min;
        break;
    case OP_LE:
        a = min;
        break;
    case OP_GT:
        a = (wide)(lo->type == TRAWL_F64 && a != b ? a : a + 1);
        b = max;
        break;
    case OP_GE:
        b = max;
        break;
    default:
        break;
    }
    a = TW_MAX(a, min);
    b = TW_MIN(b, max);
    if (a > b)
        return false;
    ret->lo.u = ret->hi.u = 0;
    if (min < 0) {
        ret->lo.i = (int64_t)a;
        ret->hi.i = (int64_t)b;
    } else {
        ret->lo.u = (uint64_t)a;
        ret->hi.u = (uint64_t)b;
    }
    return true;
}

static bool float_interval(const struct node *lo, const struct node *hi, enum op op,
                           struct interval *ret)
{
    double a = float_of(lo), b = float_of(hi);

    if (op == OP_LT || op == OP_LE) {
        b = op == OP_LT ? nextafter(b, -INFINITY) : b;
        if (op == OP_LT && isinf(b) && float_of(hi) <= -INFINITY)
            return false;
        a = -INFINITY;
    } else if (op == OP_GT || op == OP_GE) {
        a = op == OP_GT ? nextafter(a, INFINITY) : a;
        if (op == OP_GT && isinf(a) && float_of(lo) >= INFINITY)
            return false;
        b = INFINITY;
    }
    if (!(a <= b))
        return false;
    ret->lo.f = a;
    ret->hi.f = b;
    return true;
}

static void text_interval(const struct node *lo, const struct node *hi, struct interval *ret)
{
    ret->lo = lo->value;
    ret->hi = hi->value;
    ret->is_prefix = lo == hi && lo->type == TRAWL_IP && lo->value.prefix < 8 * lo->value.s.n;
}

/* ---- sets ---- */

static int order(trawl_type cls, const struct value *a, const struct value *b)
{
    if (cls == TRAWL_F64)
        return (a->f > b->f) - (a->f < b->f);
    if (cls == TRAWL_U64 || cls == TRAWL_MAC)
        return (a->u > b->u) - (a->u < b->u);
    return (a->i > b->i) - (a->i < b->i);
}

/** The next integer is still inside or touches: [1,4] and [5,9] are one interval. */
static bool touches(trawl_type cls, const struct value *hi, const struct value *lo)
{
    if (order(cls, lo, hi) <= 0)
        return true;
    if (cls == TRAWL_F64)
        return false;
    return cls == TRAWL_U64 || cls == TRAWL_MAC ? lo->u - hi->u == 1
                                                : (uint64_t)lo->i - (uint64_t)hi->i == 1;
}

/** Heap sort (sets may be long, input may be hostile), then merge neighbours. */
static void sift(struct interval *set, size_t at, size_t n, trawl_type cls)
{
    for (;;) {
        size_t child = 2 * at + 1;
        struct interval t;

        if (child >= n)
            return;
        if (child + 1 < n && order(cls, &set[child].lo, &set[child + 1].lo) < 0)
            child++;
        if (order(cls, &set[at].lo, &set[child].lo) >= 0)
            return;
        t = set[at];
        set[at] = set[child];
        set[child] = t;
        at = child;
    }
}
static size_t normalise(struct interval *set, size_t n, trawl_type cls)
{
    size_t out = 0;

    for (size_t i = n / 2; i-- > 0;)
        sift(set, i, n, cls);
    for (size_t end = n; end > 1; end--) {
        struct interval t = set[0];

        set[0] = set[end - 1];
        set[end - 1] = t;
        sift(set, 0, end - 1, cls);
    }
    for (size_t i = 0; i < n; i++) {
        if (out && touches(cls, &set[out - 1].hi, &set[i].lo)) {
            if (order(cls, &set[i].hi, &set[out - 1].hi) > 0)
                set[out - 1].hi = set[i].hi;
        } else {
            set[out++] = set[i];
        }
    }
    return out;
}

static int check_range(const struct node *lo, const struct node *hi, trawl_type cls,
                       trawl_error *err)
{
    bool reversed = false;

    if (class_is_text(cls)) {
        int c = memcmp(lo->value.s.p, hi->value.s.p, TW_MIN(lo->value.s.n, hi->value.s.n));

        if (cls == TRAWL_IP && lo->value.s.n != hi->value.s.n)
            return tw_expr_fail(err, lo->start, hi->start + hi->len - lo->start, NULL,
                                "a range cannot go from IPv4 to IPv6");
        reversed = c > 0 || (c == 0 && lo->value.s.n > hi->value.s.n);
    } else if (cls == TRAWL_F64 || lo->type == TRAWL_F64 || hi->type == TRAWL_F64) {
        reversed = float_of(lo) > float_of(hi);
    } else {
        reversed = integer_of(lo) > integer_of(hi);
    }
    return reversed ? tw_expr_fail(err, lo->start, hi->start + hi->len - lo->start,
                                   "Write the lower end first.", "the range is empty")
                    : TRAWL_OK;
}

int tw_expr_make_set(tw_expr *expr, struct node *in, trawl_type type, trawl_error *err)
{
    trawl_type cls = tw_expr_class(type);
    size_t n = 0;
    int rc;

    for (struct set_item *item = in->items; item; item = item->next)
        n++;
    in->set = tw_arena_alloc(&expr->arena, n * sizeof(in->set[0]));
    if (!in->set)
        return tw_fail_nomem(err);
    for (struct set_item *item = in->items; item; item = item->next) {
        struct node *lo = item->lo, *hi = item->hi ? item->hi : item->lo;
        bool some = true;

        rc = tw_expr_coerce(expr, lo, type, !item->hi, err);
        if (!rc && item->hi)
            rc = tw_expr_coerce(expr, hi, type, false, err);
        if (!rc && item->hi)
            rc = check_range(lo, hi, cls, err);
        if (rc)
            return rc;
        if (class_is_text(cls))
            text_interval(lo, hi, &in->set[in->n_set]);
        else if (cls == TRAWL_F64)
            some = float_interval(lo, hi, OP_EQ, &in->set[in->n_set]);
        else
            some = integer_interval(cls, lo, hi, OP_EQ, &in->set[in->n_set]);
        in->n_set += some;
    }
    in->set_class = cls;
    if (!class_is_text(cls))
        in->n_set = normalise(in->set, in->n_set, cls);
    return TRAWL_OK;
}

static enum op mirror(enum op op)
{
    switch (op) {
    case OP_LT:
        return OP_GT;
    case OP_LE:
        return OP_GE;
    case OP_GT:
        return OP_LT;
    case OP_GE:
        return OP_LE;
    default:
        return op;
    }
}

int tw_expr_compare_to_set(tw_expr *expr, struct node *compare, trawl_error *err)
{
    struct node *value = compare->first, *c = node_second(compare);
    enum op op = compare->op;
    trawl_type cls;
    bool some = true;

    if (value->kind == N_CONST) {
        struct node *t = value;

        value = c;
        c = t;
        op = mirror(op);
    }
    if (c->kind != N_CONST || value->kind == N_CONST)
        return TRAWL_OK;
    cls = tw_expr_class(value->type);
    if (class_is_text(cls) ? (op != OP_EQ && op != OP_NE) || tw_expr_class(c->type) != cls
                           : cls != tw_expr_class(c->type) &&
                                 !(class_is_number(cls) && class_is_number(tw_expr_class(c->type))))
        return TRAWL_OK;
    compare->set = tw_arena_alloc(&expr->arena, sizeof(compare->set[0]));
    if (!compare->set)
        return tw_fail_nomem(err);
    if (class_is_text(cls))
        text_interval(c, c, compare->set);
    else if (cls == TRAWL_F64)
        some = float_interval(c, c, op, compare->set);
    else
        some = integer_interval(cls, c, c, op, compare->set);
    compare->kind = N_IN;
    compare->n_set = some;
    compare->set_class = cls;
    compare->negate = op == OP_NE;
    compare->first = value; /* the other stays where a chain may need it */
    compare->n_children = 1;
    return TRAWL_OK;
}
