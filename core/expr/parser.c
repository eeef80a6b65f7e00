/* Tokens → tree, by recursive descent with bounded depth. Every node keeps its place.
 * Must not know columns or types. */
#include "core/expr/node.h"

struct parser {
    tw_expr *expr;
    struct lexer lexer;
    struct token now;
    unsigned depth;
    trawl_error *err;
};

static struct node *parse_or(struct parser *p);

struct node *tw_expr_node(tw_expr *expr, enum node_kind kind, enum op op, size_t start, size_t len,
                          trawl_error *err)
{
    struct node *n = tw_arena_alloc(&expr->arena, sizeof(*n));

    if (!n) {
        tw_fail_nomem(err);
        return NULL;
    }
    n->kind = kind;
    n->op = op;
    n->start = start;
    n->len = len;
    n->id = expr->n_nodes++;
    return n;
}

void tw_expr_adopt(struct node *parent, struct node *child)
{
    struct node **at = &parent->first;

    while (*at)
        at = &(*at)->next;
    *at = child;
    child->next = NULL;
    parent->n_children++;
}

static int advance(struct parser *p)
{
    return tw_expr_lex(&p->lexer, &p->now, p->err);
}
static bool at_op(const struct parser *p, enum op op)
{
    return (p->now.kind == T_PUNCT || p->now.kind == T_KEYWORD) && p->now.op == op;
}
static bool at_op_in(const struct parser *p, enum op from, enum op to)
{
    return (p->now.kind == T_PUNCT || p->now.kind == T_KEYWORD) && p->now.op >= from &&
           p->now.op <= to;
}

static struct node *fail_here(struct parser *p, const char *hint, const char *wanted)
{
    if (!hint && (at_op(p, OP_RANGE) || at_op(p, OP_COMMA)))
        hint = "Several values are a set: tcp.port in {80, 443, 8000..8099}.";
    if (p->now.kind == T_END)
        tw_expr_fail(p->err, p->now.start, 1, hint, "the expression ends where %s should follow",
                     wanted);
    else
        tw_expr_fail(p->err, p->now.start, p->now.len, hint, "'%.*s' stands where %s should",
                     (int)TW_MIN(p->now.len, (size_t)80), p->lexer.text + p->now.start, wanted);
    return NULL;
}

static bool enter(struct parser *p)
{
    if (++p->depth <= TW_EXPR_MAX_DEPTH)
        return true;
    tw_expr_fail(p->err, p->now.start, p->now.len, NULL,
                 "the expression is nested more than %d deep", TW_EXPR_MAX_DEPTH);
    return false;
}

static struct node *combine(struct parser *p, enum node_kind kind, enum op op, struct node *a,
                            struct node *b)
{
    struct node *n = tw_expr_node(p->expr, kind, op, a->start, b->start + b->len - a->start,
                                  p->err);

    if (!n)
        return NULL;
    tw_expr_adopt(n, a);
    tw_expr_adopt(n, b);
    return n;
}

/* ---- slices: [3], [0:3], [2-4], [:4], [4:], several with commas ---- */

static bool slice_number(struct parser *p, int64_t *ret)
{
    struct lexer *l = &p->lexer;
    size_t start = l->at;
    bool minus = false;

    if (l->at < l->n && l->text[l->at] == '-') {
        minus = true;
        l->at++;
    }
    size_t digits = l->at;
    int64_t v = 0;
    while (l->at < l->n && l->text[l->at] >= '0' && l->text[l->at] <= '9' && l->at - digits < 10)
        v = v * 10 + (l->text[l->at++] - '0');
    if (l->at == digits) {
        l->at = start;
        return false;
    }
    *ret = minus ? -v : v;
    return true;
}

static char slice_char(struct parser *p)
{
    struct lexer *l = &p->lexer;

    while (l->at < l->n && l->text[l->at] == ' ')
        l->at++;
    return l->at < l->n ? l->text[l->at] : '\0';
}

static bool slice_part(struct parser *p, struct slice_part *ret)
{
    struct slice_part part = {0, 1, false};
    char c = slice_char(p);

    if (c == ':') {
        p->lexer.at++;
        slice_char(p);
        if (!slice_number(p, &part.len) || part.len < 1)
            return false;
        *ret = part;
        return true;
    }
    if (!slice_number(p, &part.start))
        return false;
    c = slice_char(p);
    if (c == ':') {
        p->lexer.at++;
        c = slice_char(p);
        if (c == ']' || c == ',')
            part.len = -1;
        else if (!slice_number(p, &part.len) || part.len < 1)
            return false;
    } else if (c == '-') {
        p->lexer.at++;
        slice_char(p);
        part.by_end = true;
        if (!slice_number(p, &part.len))
            return false;
    }
    *ret = part;
    return true;
}

/** After '[' was read as the current token. */
static struct node *parse_slice(struct parser *p, struct node *of)
{
    struct slice_part parts[32];
    size_t n = 0;
    struct node *slice;
    char c;

    do {
        if (n == TW_COUNT(parts) || !slice_part(p, &parts[n++]))
            goto bad;
        c = slice_char(p);
        p->lexer.at += c == ',';
    } while (c == ',');
    if (c != ']')
        goto bad;
    p->lexer.at++;
    slice = tw_expr_node(p->expr, N_SLICE, OP_NONE, of->start, p->lexer.at - of->start, p->err);
    if (!slice)
        return NULL;
    slice->parts = tw_arena_alloc(&p->expr->arena, n * sizeof(parts[0]));
    if (!slice->parts) {
        tw_fail_nomem(p->err);
        return NULL;
    }
    memcpy(slice->parts, parts, n * sizeof(parts[0]));
    slice->n_parts = n;
    tw_expr_adopt(slice, of);
    return advance(p) ? NULL : slice;

bad:
    tw_expr_fail(p->err, p->now.start, TW_MAX(p->lexer.at, p->now.start + 1) - p->now.start,
                 "Write [start:length], [first-last] or [index].", "the slice cannot be read");
    return NULL;
}

/* ---- operands ---- */

static struct node *parse_call(struct parser *p, const struct token *name, enum op function)
{
    struct node *call, *arg;

    call = tw_expr_node(p->expr, N_CALL, function, name->start, name->len, p->err);
    if (!call || advance(p))
        return NULL;
    while (!at_op(p, OP_CLOSE)) {
        if (call->n_children) {
            if (!at_op(p, OP_COMMA))
                return fail_here(p, NULL, "',' or ')'");
            if (advance(p))
                return NULL;
        }
        arg = parse_or(p);
        if (!arg)
            return NULL;
        if (call->n_children == TW_EXPR_MAX_DEPTH)
            return fail_here(p, NULL, "')'");
        tw_expr_adopt(call, arg);
    }
    call->len = p->now.start + p->now.len - call->start;
    return advance(p) ? NULL : call;
}

static struct node *parse_name(struct parser *p)
{
    struct token name = p->now;
    struct node *n;

    if (advance(p))
        return NULL;
    if (at_op(p, OP_OPEN) && !name.quote) {
        enum op function = tw_expr_function(name.s, name.n);

        if (function)
            return parse_call(p, &name, function);
        tw_expr_fail(p->err, name.start, name.len, tw_expr_function_hint(name.s, name.n),
                     "no function '%.*s'", (int)TW_MIN(name.n, (size_t)80), name.s);
        return NULL;
    }
    n = tw_expr_node(p->expr, N_NAME, OP_NONE, name.start, name.len, p->err);
    if (n) {
        n->token = name;
        n->raw = name.quote == '`';
    }
    return n;
}

static struct node *parse_literal(struct parser *p)
{
    struct node *n = tw_expr_node(p->expr, N_LITERAL, OP_NONE, p->now.start, p->now.len, p->err);

    if (!n)
        return NULL;
    n->token = p->now;
    return advance(p) ? NULL : n;
}

static bool at_number(const struct parser *p)
{
    return p->now.kind == T_INTEGER || p->now.kind == T_FLOAT || p->now.kind == T_UNIT;
}

static struct node *parse_operand(struct parser *p)
{
    struct node *n = NULL;
    size_t start = p->now.start;

    if (!enter(p))
        return NULL;
    if (at_op(p, OP_OPEN)) {
        if (advance(p) || !(n = parse_or(p)))
            return NULL;
        if (!at_op(p, OP_CLOSE))
            return fail_here(p, NULL, "')'");
        n->len = p->now.start + p->now.len - start;
        n->start = start;
        if (advance(p))
            return NULL;
    } else if (at_op(p, OP_SUB)) {
        if (advance(p))
            return NULL;
        if (at_number(p)) {
            n = parse_literal(p);
            if (!n)
                return NULL;
            n->minus = true;
        } else {
            struct node *of = parse_operand(p);

            if (!of || !(n = tw_expr_node(p->expr, N_NEGATE, OP_SUB, start, 0, p->err)))
                return NULL;
            tw_expr_adopt(n, of);
        }
        n->len = n->first ? n->first->start + n->first->len - start : n->len + n->start - start;
        n->start = start;
    } else if (p->now.kind == T_NAME) {
        n = parse_name(p);
    } else if (at_number(p) || p->now.kind == T_STRING || p->now.kind == T_ADDRESS) {
        n = parse_literal(p);
    } else {
        return fail_here(p, at_op(p, OP_ASSIGN) ? "Write '==' to compare." : NULL,
                         "a column or a value");
    }
    while (n && at_op(p, OP_OPEN_SLICE)) {
        if (!enter(p))
            return NULL;
        n = parse_slice(p, n);
        p->depth--;
    }
    p->depth--;
    return n;
}

/* ---- arithmetic, tightest last: & | + - | * / // % ---- */

static struct node *parse_product(struct parser *p)
{
    struct node *a = parse_operand(p);
    unsigned depth = p->depth;

    while (a && at_op_in(p, OP_MUL, OP_MOD)) {
        enum op op = p->now.op;
        struct node *b;

        if (!enter(p) || advance(p) || !(b = parse_operand(p)))
            return NULL;
        a = combine(p, N_ARITH, op, a, b);
    }
    p->depth = depth;
    return a;
}

static struct node *parse_sum(struct parser *p)
{
    struct node *a = parse_product(p);
    unsigned depth = p->depth;

    while (a && at_op_in(p, OP_ADD, OP_SUB)) {
        enum op op = p->now.op;
        struct node *b;

        if (!enter(p) || advance(p) || !(b = parse_product(p)))
            return NULL;
        a = combine(p, N_ARITH, op, a, b);
    }
    p->depth = depth;
    return a;
}

static struct node *parse_value(struct parser *p)
{
    struct node *a = parse_sum(p);
    unsigned depth = p->depth;

    while (a && at_op(p, OP_BIT_AND)) {
        struct node *b;

        if (!enter(p) || advance(p) || !(b = parse_sum(p)))
            return NULL;
        a = combine(p, N_ARITH, OP_BIT_AND, a, b);
    }
    p->depth = depth;
    return a;
}

/* ---- tests ---- */

static struct node *parse_set_literal(struct parser *p)
{
    struct node *n;
    size_t start = p->now.start;
    bool minus = at_op(p, OP_SUB);

    if (minus && advance(p))
        return NULL;
    if (!(at_number(p) || (!minus && (p->now.kind == T_STRING || p->now.kind == T_ADDRESS ||
                                      p->now.kind == T_NAME))))
        return fail_here(p, NULL, "a value of the set");
    n = parse_literal(p);
    if (n && minus) {
        n->minus = true;
        n->len += n->start - start;
        n->start = start;
    }
    return n;
}

/** "text" in column, as Python has it. */
static struct node *parse_within(struct parser *p, struct node *part)
{
    struct node *whole = parse_value(p);
    struct node *n = whole ? combine(p, N_CONTAINS, OP_CONTAINS, whole, part) : NULL;

    if (n) {
        n->start = part->start;
        n->len = whole->start + whole->len - part->start;
    }
    return n;
}

static struct node *parse_set(struct parser *p, struct node *of)
{
    struct node *in = tw_expr_node(p->expr, N_IN, OP_IN, of->start, of->len, p->err);
    struct set_item **at;

    if (!in || advance(p))
        return NULL;
    if (!at_op(p, OP_OPEN_SET))
        return of->kind == N_LITERAL && of->token.kind == T_STRING
                   ? parse_within(p, of)
                   : fail_here(p, "Write a set as {1, 2, 5..9}.", "'{'");
    tw_expr_adopt(in, of);
    at = &in->items;
    do {
        struct set_item *item = tw_arena_alloc(&p->expr->arena, sizeof(*item));

        if (!item) {
            tw_fail_nomem(p->err);
            return NULL;
        }
        if (advance(p) || !(item->lo = parse_set_literal(p)))
            return NULL;
        if (at_op(p, OP_RANGE) && (advance(p) || !(item->hi = parse_set_literal(p))))
            return NULL;
        *at = item;
        at = &item->next;
    } while (at_op(p, OP_COMMA));
    if (!at_op(p, OP_CLOSE_SET))
        return fail_here(p, "Write a set as {1, 2, 5..9}.", "',' or '}'");
    in->len = p->now.start + p->now.len - in->start;
    return advance(p) ? NULL : in;
}

static bool at_comparison(const struct parser *p)
{
    return at_op_in(p, OP_EQ, OP_ANY_NE);
}

/** a < b <= c is a < b and b <= c; both comparisons hold the same node b (so children are counted,
 * not followed to the end of the list). */
static struct node *parse_chain(struct parser *p, struct node *a, bool all, bool any)
{
    struct node *chain = NULL, *test = NULL;

    while (at_comparison(p)) {
        enum op op = p->now.op;
        struct node *b, *before = test;

        if (advance(p) || !(b = parse_value(p)))
            return NULL;
        test = combine(p, N_COMPARE, op == OP_ALL_EQ ? OP_EQ : op == OP_ANY_NE ? OP_NE : op, a, b);
        if (!test)
            return NULL;
        test->for_all = op == OP_ALL_EQ || (op == OP_NE && !any) || (op != OP_ANY_NE && all);
        if (before && !chain) {
            chain = tw_expr_node(p->expr, N_AND, OP_AND, before->start, 0, p->err);
            if (!chain)
                return NULL;
            tw_expr_adopt(chain, before);
        }
        if (chain) {
            if (chain->n_children == TW_EXPR_MAX_DEPTH)
                return fail_here(p, NULL, "'and' or 'or'");
            tw_expr_adopt(chain, test);
            chain->len = test->start + test->len - chain->start;
        }
        a = b;
    }
    return chain ? chain : test;
}

static struct node *parse_test(struct parser *p)
{
    bool all = false, any = false, negated = false;
    struct node *a, *test;

    if (at_op(p, OP_ALL) || at_op(p, OP_ANY)) {
        all = at_op(p, OP_ALL);
        any = !all;
        if (advance(p))
            return NULL;
    }
    a = parse_value(p);
    if (!a)
        return NULL;
    if (at_op(p, OP_ASSIGN)) {
        tw_expr_fail(p->err, p->now.start, 1, "Write '==' to compare.", "'=' is no comparison");
        return NULL;
    }
    if (at_comparison(p))
        return parse_chain(p, a, all, any);
    if (at_op(p, OP_NOT) && p->now.kind == T_KEYWORD) {
        struct lexer before = p->lexer;
        struct token token = p->now;

        if (advance(p))
            return NULL;
        negated = at_op(p, OP_IN) || at_op(p, OP_CONTAINS) || at_op(p, OP_MATCHES);
        if (!negated) {
            p->lexer = before;
            p->now = token;
        }
    }
    if (at_op(p, OP_IN)) {
        test = parse_set(p, a);
    } else if (at_op(p, OP_CONTAINS) || at_op(p, OP_MATCHES)) {
        enum node_kind kind = at_op(p, OP_CONTAINS) ? N_CONTAINS : N_MATCHES;
        enum op op = p->now.op;
        struct node *b;

        if (advance(p) || !(b = parse_value(p)))
            return NULL;
        test = combine(p, kind, op, a, b);
    } else if (all || any) {
        return fail_here(p, NULL, "a comparison");
    } else {
        return a;
    }
    if (!test)
        return NULL;
    test->for_all = all;
    if (negated) {
        struct node *not = tw_expr_node(p->expr, N_NOT, OP_NOT, test->start, test->len, p->err);

        if (!not )
            return NULL;
        tw_expr_adopt(not, test);
        return not ;
    }
    return test;
}

static struct node *parse_not(struct parser *p)
{
    struct node * not, *of;
    size_t start = p->now.start;

    if (!at_op(p, OP_NOT))
        return parse_test(p);
    if (!enter(p) || advance(p) || !(of = parse_not(p)))
        return NULL;
    p->depth--;
    not = tw_expr_node(p->expr, N_NOT, OP_NOT, start, of->start + of->len - start, p->err);
    if (not )
        tw_expr_adopt(not, of);
    return not ;
}

/** Any number of operands without depth: a or b or c … is one node. */
static struct node *parse_many(struct parser *p, enum op op, enum node_kind kind,
                               struct node *(*next)(struct parser *))
{
    struct node *a = next(p), *many = NULL, *last = a, *b;

    while (a && at_op(p, op)) {
        if (advance(p) || !(b = next(p)))
            return NULL;
        if (!many) {
            many = tw_expr_node(p->expr, kind, op, a->start, a->len, p->err);
            if (!many)
                return NULL;
            tw_expr_adopt(many, a);
        }
        last->next = b; /* not tw_expr_adopt: that would walk the list each time */
        last = b;
        many->n_children++;
        many->len = b->start + b->len - many->start;
    }
    return many ? many : a;
}
static struct node *parse_and(struct parser *p)
{
    return parse_many(p, OP_AND, N_AND, parse_not);
}
static struct node *parse_xor(struct parser *p)
{
    return parse_many(p, OP_XOR, N_XOR, parse_and);
}
static struct node *parse_or(struct parser *p)
{
    return parse_many(p, OP_OR, N_OR, parse_xor);
}

int tw_expr_parse(tw_expr *expr, trawl_error *err)
{
    struct parser p = {.expr = expr, .lexer = {expr->text, expr->n_text, 0}, .err = err};
    int rc = advance(&p);

    if (rc)
        return rc;
    if (p.now.kind == T_END)
        return tw_expr_fail(err, 0, 1, "For example: tcp.port == 443.", "the expression is empty");
    expr->root = parse_or(&p);
    if (!expr->root)
        return err && err->code ? err->code : TRAWL_E_USAGE;
    if (p.now.kind != T_END) {
        fail_here(&p, at_op(&p, OP_ASSIGN) ? "Write '==' to compare." : NULL,
                  "'and', 'or' or the end");
        return TRAWL_E_USAGE;
    }
    return TRAWL_OK;
}
