/* Types of what is computed: functions, arithmetic, slices. Must not know names or tests. */
#include "core/expr/check.h"

static const char *text_of(const struct checker *c, const struct node *n, int *ret_len)
{
    *ret_len = (int)TW_MIN(n->len, (size_t)60);
    return c->expr->text + n->start;
}

/* The arguments of a function; *ret: the first that has a type, which literals take too. */
static int check_arguments(struct checker *c, struct node *n, struct node **ret)
{
    bool many = n->op == OP_MIN || n->op == OP_MAX, open;
    struct node *typed = NULL, *arg = n->first;
    size_t i;
    int rc;

    if (many ? !n->n_children : n->n_children != 1)
        return tw_expr_fail(c->err, n->start, n->len, NULL,
                            many ? "the function needs a value" : "the function takes one value");
    for (i = 0; i < n->n_children; i++, arg = arg->next) {
        rc = tw_check_operand(c, arg, &open);
        if (rc)
            return rc;
        if (!open && !typed)
            typed = arg;
        n->is_list = n->is_list || arg->is_list;
    }
    for (i = 0, arg = n->first; i < n->n_children; i++, arg = arg->next) {
        if (arg->kind == N_LITERAL || arg->kind == N_NAME) {
            rc = typed ? tw_check_close(c, arg, typed->type, false)
                       : tw_check_close_default(c, arg);
            if (rc)
                return rc;
        }
        if (!typed)
            typed = arg;
    }
    *ret = typed;
    return TRAWL_OK;
}

/* min and max: numbers of any class, or times, or spans. */
static int check_extreme(struct checker *c, struct node *n, trawl_type cls)
{
    n->is_list = false;
    n->type = cls;
    for (const struct node *arg = n->first; arg; arg = arg->next) {
        trawl_type other = tw_expr_class(arg->type);

        if (class_is_number(other) && class_is_number(n->type))
            n->type = other == TRAWL_F64 || n->type == TRAWL_F64   ? TRAWL_F64
                      : other == TRAWL_I64 || n->type == TRAWL_I64 ? TRAWL_I64
                                                                   : TRAWL_U64;
        else if (other != n->type || (other != TRAWL_TIME && other != TRAWL_SPAN))
            return tw_expr_fail(c->err, arg->start, arg->len, NULL,
                                "min and max take numbers, times or time spans, all alike");
    }
    return TRAWL_OK;
}

static int check_call(struct checker *c, struct node *n)
{
    struct node *typed = NULL;
    trawl_type cls;
    int rc = check_arguments(c, n, &typed);

    if (rc)
        return rc;
    if (n->op == OP_LEN) {
        rc = tw_check_bytes_of(c, typed);
        if (rc)
            return rc;
        n->is_list = typed->is_list;
    }
    cls = tw_expr_class(typed->type);
    switch (n->op) {
    case OP_LEN:
        if (cls != TRAWL_STRING && cls != TRAWL_BYTES)
            break;
        n->type = TRAWL_U64;
        return TRAWL_OK;
    case OP_LOWER:
    case OP_UPPER:
        if (cls != TRAWL_STRING)
            break;
        n->type = TRAWL_STRING;
        return TRAWL_OK;
    case OP_ABS:
        if (!class_is_number(cls) && cls != TRAWL_SPAN)
            break;
        n->type = cls == TRAWL_I64 ? TRAWL_U64 : cls;
        return TRAWL_OK;
    case OP_STRING:
        if (cls == TRAWL_STRING || cls == TRAWL_BYTES)
            break;
        n->type = TRAWL_STRING;
        return TRAWL_OK;
    case OP_COUNT:
        n->is_list = false;
        n->type = TRAWL_U64;
        return TRAWL_OK;
    default:
        return check_extreme(c, n, cls);
    }
    return tw_expr_fail(c->err, n->first->start, n->first->len,
                        n->op == OP_LEN      ? "len takes a string or bytes."
                        : n->op == OP_ABS    ? "abs takes a number or a time span."
                        : n->op == OP_STRING ? "string takes numbers, times and addresses."
                                             : "lower and upper take a string.",
                        "the function cannot take %s", tw_check_type_word(typed->type));
}

static trawl_type arith_type(enum op op, trawl_type a, trawl_type b, trawl_type *ret_cls)
{
    bool numbers = class_is_number(a) && class_is_number(b);

    if (numbers) {
        bool real = a == TRAWL_F64 || b == TRAWL_F64;

        if ((op == OP_BIT_AND || op == OP_WHOLE_DIV) && real)
            return 0;
        *ret_cls = real || op == OP_DIV                                 ? TRAWL_F64
                   : a == TRAWL_I64 || b == TRAWL_I64 || (op == OP_SUB) ? TRAWL_I64
                                                                        : TRAWL_U64;
        return *ret_cls;
    }
    *ret_cls = TRAWL_I64;
    if (a == TRAWL_SPAN && b == TRAWL_SPAN) {
        if (op == OP_DIV) {
            *ret_cls = TRAWL_F64;
            return TRAWL_F64;
        }
        if (op == OP_WHOLE_DIV)
            return TRAWL_I64;
        return op == OP_ADD || op == OP_SUB || op == OP_MOD ? TRAWL_SPAN : 0;
    }
    if (a == TRAWL_TIME && b == TRAWL_TIME)
        return op == OP_SUB ? TRAWL_SPAN : 0;
    if (a == TRAWL_TIME && b == TRAWL_SPAN)
        return op == OP_ADD || op == OP_SUB ? TRAWL_TIME : 0;
    if (a == TRAWL_SPAN && b == TRAWL_TIME)
        return op == OP_ADD ? TRAWL_TIME : 0;
    if (a == TRAWL_SPAN && class_is_number(b) && (op == OP_MUL || op == OP_DIV)) {
        *ret_cls = b == TRAWL_F64 ? TRAWL_F64 : TRAWL_I64;
        return TRAWL_SPAN;
    }
    if (class_is_number(a) && b == TRAWL_SPAN) {
        *ret_cls = op == OP_MUL && a != TRAWL_F64 ? TRAWL_I64 : TRAWL_F64;
        return op == OP_MUL ? TRAWL_SPAN : op == OP_DIV ? TRAWL_F64 : 0;
    }
    return 0;
}

/** Type of an open operand of arithmetic: a bare number beside a time or span is seconds, but a
 * factor is a number. */
static int close_beside(struct checker *c, struct node *open, trawl_type other, enum op op)
{
    bool is_time = other == TRAWL_TIME || other == TRAWL_SPAN;

    if (is_time && open->kind == N_LITERAL && (op == OP_ADD || op == OP_SUB || op == OP_MOD))
        return tw_check_close(
            c, open, other == TRAWL_TIME && open->token.kind == T_STRING ? TRAWL_TIME : TRAWL_SPAN,
            false);
    if (class_is_number(other) && open->kind == N_LITERAL && open->token.kind == T_STRING)
        return tw_check_close(c, open, TRAWL_U64, false);
    return tw_check_close_default(c, open);
}

static int check_arith(struct checker *c, struct node *n)
{
    struct node *a = n->first, *b = node_second(n);
    bool open_a, open_b;
    int len, rc = tw_check_operand(c, a, &open_a);

    if (!rc)
        rc = tw_check_operand(c, b, &open_b);
    if (!rc && open_a)
        rc = open_b ? tw_check_close_default(c, a)
                    : close_beside(c, a, tw_expr_class(b->type), n->op);
    if (!rc && open_b)
        rc = close_beside(c, b, tw_expr_class(a->type), n->op);
    if (rc)
        return rc;
    n->type = arith_type(n->op, tw_expr_class(a->type), tw_expr_class(b->type), &n->set_class);
    if (!n->type) {
        const char *text = text_of(c, n, &len);

        return tw_expr_fail(
            c->err, n->start, n->len,
            a->type == TRAWL_BYTES && class_is_number(tw_expr_class(b->type))
                ? "Bytes are compared: tcp[13] == 02; numbers have '&': tcp.flags & 2."
                : NULL,
            "'%.*s' cannot be computed: %s and %s do not go with '%s'", len, text,
            tw_check_type_word(a->type), tw_check_type_word(b->type), tw_expr_op_text(n->op));
    }
    n->is_list = a->is_list || b->is_list;
    return TRAWL_OK;
}

static int check_negate(struct checker *c, struct node *n)
{
    struct node *of = n->first;
    int rc = tw_check_alone(c, of);

    if (rc)
        return rc;
    switch (tw_expr_class(of->type)) {
    case TRAWL_U64:
    case TRAWL_I64:
        n->type = TRAWL_I64;
        break;
    case TRAWL_F64:
    case TRAWL_SPAN:
        n->type = of->type;
        break;
    default:
        return tw_expr_fail(c->err, n->start, n->len, NULL, "%s cannot be negative",
                            tw_check_type_word(of->type));
    }
    n->is_list = of->is_list;
    return TRAWL_OK;
}

static int check_slice(struct checker *c, struct node *n)
{
    struct node *of = n->first;
    int rc = tw_check_alone(c, of);

    if (!rc)
        rc = tw_check_bytes_of(c, of);
    if (rc)
        return rc;
    switch (tw_expr_class(of->type)) {
    case TRAWL_STRING:
        n->type = TRAWL_STRING;
        break;
    case TRAWL_BYTES:
    case TRAWL_IP:
    case TRAWL_MAC:
        n->type = TRAWL_BYTES;
        break;
    default:
        return tw_expr_fail(c->err, n->start, n->len, "Strings, bytes and addresses can be sliced.",
                            "%s has no bytes to slice", tw_check_type_word(of->type));
    }
    n->is_list = of->is_list;
    return TRAWL_OK;
}

int tw_check_computed(struct checker *c, struct node *n)
{
    switch (n->kind) {
    case N_CALL:
        return check_call(c, n);
    case N_ARITH:
        return check_arith(c, n);
    case N_NEGATE:
        return check_negate(c, n);
    default:
        return check_slice(c, n);
    }
}
