/* Names → columns, literals → constants of the right type, types of every node: all that can be
 * wrong is found here, before anything runs. Must not know rows. */
#include "core/expr/check.h"

#include <stdio.h>

static int check(struct checker *c, struct node *n);

const char *tw_check_type_word(trawl_type type)
{
    if (type == TRAWL_BOOL)
        return "a truth value";
    switch (tw_expr_class(type)) {
    case TRAWL_TIME:
        return "a time";
    case TRAWL_SPAN:
        return "a time span";
    case TRAWL_MAC:
        return "a MAC address";
    case TRAWL_IP:
        return "an IP address";
    case TRAWL_STRING:
        return "a string";
    case TRAWL_BYTES:
        return "bytes";
    default:
        return "a number";
    }
}

/* ---- names ---- */

static int use_columns(struct checker *c, struct node *n, const size_t *columns, size_t n_columns)
{
    const trawl_column *all = c->expr->schema->columns;
    size_t *copy = tw_arena_alloc(&c->expr->arena, n_columns * sizeof(*copy));

    if (!copy)
        return tw_fail_nomem(c->err);
    memcpy(copy, columns, n_columns * sizeof(*copy));
    n->kind = N_COLUMN;
    n->columns = copy;
    n->n_columns = n_columns;
    n->type = all[copy[0]].type;
    n->is_list = n_columns > 1;
    for (size_t i = 0; i < n_columns; i++) {
        n->is_list = n->is_list || all[copy[i]].flags & TRAWL_COLUMN_LIST;
        if (tw_expr_class(all[copy[i]].type) != tw_expr_class(n->type))
            return tw_expr_fail(c->err, n->start, n->len, NULL,
                                "'%s' and '%s' are of different types", all[copy[0]].name,
                                all[copy[i]].name);
    }
    return TRAWL_OK;
}

/* A name that fields are below ("tls.handshake") holds where one of them is there, as in Wireshark.
 */
static int use_group(struct checker *c, struct node *n)
{
    tw_expr *x = c->expr;
    size_t *below = tw_arena_alloc(&x->arena, x->schema->n_columns * sizeof(*below) + 1);
    size_t n_below;
    struct node *fields;

    if (!below)
        return tw_fail_nomem(c->err);
    n_below = tw_schema_below(x->schema, n->token.s, n->token.n, below);
    if (!n_below)
        return TRAWL_E_NOT_FOUND;
    fields = tw_expr_node(x, N_COLUMN, OP_NONE, n->start, n->len, c->err);
    if (!fields)
        return TRAWL_E_NOMEM;
    fields->columns = below;
    fields->n_columns = n_below;
    fields->type = TRAWL_BOOL; /* of its being there: the columns may have several */
    n->kind = N_EXISTS;
    n->first = fields;
    n->n_children = 1;
    n->is_test = true;
    n->type = TRAWL_BOOL;
    return TRAWL_OK;
}

/** TRAWL_E_NOT_FOUND, with nothing filled, when it names nothing. */
static int resolve(struct checker *c, struct node *n)
{
    tw_expr *x = c->expr;
    const char *s = n->token.s;
    size_t len = n->token.n, found[16], n_found = 0, n_parts = 0;
    const int64_t own = tw_schema_find(x->schema, s, len);
    const char *const *any = NULL;
    int rc;

    if (x->names.any_of && !n->raw)
        any = x->names.any_of(s, len);
    for (; any && *any && n_found < TW_COUNT(found); any++, n_parts++) {
        const int64_t i = tw_schema_find(x->schema, *any, strlen(*any));

        if (i >= 0)
            found[n_found++] = (size_t)i;
    }
    /* `packets` has ip.addr as a column too, but a test of its parts needs no copy of their cells.
     * A column that was chosen is no longer hidden, and is what the name means. */
    if (own >= 0 && (n_found < 2 || n_found < n_parts ||
                     !(x->schema->columns[own].flags & TRAWL_COLUMN_HIDDEN))) {
        found[0] = (size_t)own;
        return use_columns(c, n, found, 1);
    }
    if (n->raw)
        return TRAWL_E_NOT_FOUND;
    if (n_found)
        return use_columns(c, n, found, n_found);
    rc = x->names.presence ? x->names.presence(x->names.context, NULL, s, len, NULL, NULL)
                           : TRAWL_E_NOT_FOUND;
    if (rc == TRAWL_E_NOT_FOUND)
        return use_group(c, n);
    if (rc)
        return rc;
    n->kind = N_PRESENCE;
    n->name = tw_arena_strndup(&x->arena, s, len);
    if (!n->name)
        return tw_fail_nomem(c->err);
    n->is_test = true;
    n->type = TRAWL_BOOL;
    return TRAWL_OK;
}

static int fail_name(struct checker *c, const struct node *n, bool maybe_string)
{
    const char *dash = memchr(n->token.s, '-', n->token.n);

    if (maybe_string) {
        tw_expr_fail(c->err, n->start, n->len, NULL, "no column '%.*s'",
                     (int)TW_MIN(n->token.n, (size_t)80), n->token.s);
        tw_error_hint(c->err, "Quote a string: \"%.*s\".", (int)TW_MIN(n->token.n, (size_t)80),
                      n->token.s);
        return TRAWL_E_USAGE;
    }
    if (dash && tw_schema_find(c->expr->schema, n->token.s, (size_t)(dash - n->token.s)) >= 0)
        return tw_expr_fail(c->err, n->start, n->len, "Put blanks around a minus sign.",
                            "no column '%.*s'", (int)TW_MIN(n->token.n, (size_t)80), n->token.s);
    (void)tw_schema_fail_column(c->expr->schema, n->token.s, n->token.n, c->err);
    tw_error_span(c->err, n->start, n->len);
    return TRAWL_E_USAGE;
}

/* ---- operands ---- */

int tw_check_operand(struct checker *c, struct node *n, bool *ret_open)
{
    int rc = TRAWL_OK;

    *ret_open = false;
    if (n->kind == N_LITERAL) {
        *ret_open = true;
        return TRAWL_OK;
    }
    if (n->kind == N_NAME) {
        rc = resolve(c, n);
        if (rc == TRAWL_E_NOT_FOUND) {
            *ret_open = true;
            return TRAWL_OK;
        }
    } else if (n->kind != N_CONST && !n->type) {
        rc = check(c, n);
    }
    if (rc)
        return rc;
    if (n->is_test && n->kind == N_EXISTS && n->token.kind == T_NAME && n->token.n)
        return fail_name(c, n, false); /* a group: the hint says what is below */
    if (n->is_test)
        return tw_expr_fail(c->err, n->start, n->len,
                            n->kind == N_PRESENCE ? "A protocol is a test by itself." : NULL,
                            "a test has no value to compute with");
    return TRAWL_OK;
}

int tw_check_close(struct checker *c, struct node *n, trawl_type type, bool cidr)
{
    if (n->kind == N_NAME) {
        bool is_word = n->token.n && !n->raw;

        if (is_word && (type == TRAWL_BOOL || type == TRAWL_BYTES) &&
            tw_expr_coerce(c->expr, n, type, false, NULL) == TRAWL_OK)
            return TRAWL_OK;
        return fail_name(c, n, is_word && type == TRAWL_STRING);
    }
    return tw_expr_coerce(c->expr, n, type, cidr, c->err);
}

int tw_check_close_default(struct checker *c, struct node *n)
{
    if (n->kind == N_NAME)
        return fail_name(c, n, false);
    return tw_expr_default_type(c->expr, n, c->err);
}

int tw_check_alone(struct checker *c, struct node *n)
{
    bool open;
    int rc = tw_check_operand(c, n, &open);

    return !rc && open ? tw_check_close_default(c, n) : rc;
}

/** Both operands of a comparison, typed. */
static int check_pair(struct checker *c, struct node *a, struct node *b, bool cidr)
{
    bool open_a, open_b;
    int rc = tw_check_operand(c, a, &open_a);

    if (!rc)
        rc = tw_check_operand(c, b, &open_b);
    if (!rc && open_a && open_b) {
        rc = tw_check_close_default(c, a);
        open_a = false;
    }
    if (!rc && open_a)
        rc = tw_check_close(c, a, b->type, cidr);
    if (!rc && open_b)
        rc = tw_check_close(c, b, a->type, cidr);
    return rc;
}

/** Replace a value made of constants by what it gives. */
static int fold(struct checker *c, struct node *n)
{
    const struct node *child = n->first;
    int rc;

    for (size_t i = 0; i < n->n_children; i++, child = child->next)
        if (child->kind != N_CONST)
            return TRAWL_OK;
    rc = tw_vector_constant(c->expr, n, &n->value, c->err);
    if (rc)
        return rc;
    n->kind = N_CONST;
    n->is_list = false;
    return TRAWL_OK;
}

/* ---- predicates ---- */

/** The only column that a predicate reads, when that is dictionary coded and nothing in between
 * counts items: then it is enough to look at each dictionary entry once. */
static bool find_lift(struct node *n, struct node **ret)
{
    struct node *child = n->first;

    if (n->kind == N_COLUMN) {
        if (*ret || !tw_type_is_coded(n->type))
            return false;
        *ret = n;
        return true;
    }
    if (n->kind == N_CALL && (n->op == OP_COUNT || n->op == OP_MIN || n->op == OP_MAX))
        return false;
    for (size_t i = 0; i < n->n_children; i++, child = child->next)
        if (!find_lift(child, ret))
            return false;
    return true;
}

/** A truth value is a number where it is 0 or 1, but not that of another column: `tcp.port == http`
 * would compare a port with there being HTTP. */
static bool comparable_columns(const struct node *a, const struct node *b)
{
    return a->kind == N_CONST || b->kind == N_CONST ||
           (a->type == TRAWL_BOOL) == (b->type == TRAWL_BOOL);
}

static bool comparable(trawl_type a, trawl_type b)
{
    bool bytes_a = a == TRAWL_STRING || a == TRAWL_BYTES,
         bytes_b = b == TRAWL_STRING || b == TRAWL_BYTES;

    return a == b || (class_is_number(a) && class_is_number(b)) || (bytes_a && bytes_b) ||
           (a == TRAWL_BYTES && (b == TRAWL_MAC || b == TRAWL_IP)) ||
           (b == TRAWL_BYTES && (a == TRAWL_MAC || a == TRAWL_IP));
}

static int fail_compare(struct checker *c, const struct node *n)
{
    const struct node *a = n->first, *b = node_second(n);
    trawl_type ca = tw_expr_class(a->type), cb = tw_expr_class(b->type);
    const struct node *word = ca == TRAWL_STRING ? b : a;

    (void)tw_expr_fail(c->err, n->start, n->len, NULL, "%s cannot be compared with %s",
                       tw_check_type_word(a->type), tw_check_type_word(b->type));
    if ((ca == TRAWL_SPAN && class_is_number(cb)) || (cb == TRAWL_SPAN && class_is_number(ca)))
        tw_error_hint(c->err, "Divide the time span by 1s to get a number of seconds.");
    else if ((ca == TRAWL_STRING || cb == TRAWL_STRING) && word->kind == N_COLUMN && !word->raw)
        tw_error_hint(c->err, "Quote a string: \"%.*s\".", (int)TW_MIN(word->token.n, (size_t)80),
                      word->token.s);
    else if (a->kind == N_COLUMN && b->kind == N_COLUMN && b->type == TRAWL_BOOL &&
             class_is_number(ca))
        tw_error_hint(c->err,
                      "Compare with a number, or write 'and': '%.*s' says whether it is there.",
                      (int)TW_MIN(b->token.n, (size_t)80), b->token.s);
    return TRAWL_E_USAGE;
}

static int check_compare(struct checker *c, struct node *n)
{
    struct node *a = n->first, *b = node_second(n);
    bool equality = n->op == OP_EQ || n->op == OP_NE;
    int rc = check_pair(c, a, b, equality);

    if (rc)
        return rc;
    if (!comparable(tw_expr_class(a->type), tw_expr_class(b->type)) || !comparable_columns(a, b))
        return fail_compare(c, n);
    n->type = TRAWL_BOOL;
    n->is_test = true;
    return tw_expr_compare_to_set(c->expr, n, c->err);
}

static int check_in(struct checker *c, struct node *n)
{
    int rc = tw_check_alone(c, n->first);

    if (rc)
        return rc;
    n->type = TRAWL_BOOL;
    n->is_test = true;
    return tw_expr_make_set(c->expr, n, n->first->type, c->err);
}

int tw_check_bytes_of(struct checker *c, struct node *n)
{
    char name[64];
    int64_t i;

    if (n->kind != N_COLUMN || n->type != TRAWL_BOOL || n->raw || n->token.n > 32)
        return TRAWL_OK;
    snprintf(name, sizeof(name), "%.*s.bytes", (int)n->token.n, n->token.s);
    i = tw_schema_find(c->expr->schema, name, strlen(name));
    return i < 0 ? TRAWL_OK : use_columns(c, n, &(size_t){(size_t)i}, 1);
}

/** 'contains', 'in' and 'matches' look into strings and bytes. */
static int need_text(struct checker *c, struct node *n, const char *verb)
{
    const int rc = tw_check_bytes_of(c, n);

    if (rc || n->type == TRAWL_STRING || n->type == TRAWL_BYTES)
        return rc;
    (void)tw_expr_fail(c->err, n->start, n->len, NULL,
                       "'%s' works on strings and bytes, this is %s", verb,
                       tw_check_type_word(n->type));
    if (n->kind == N_COLUMN && n->type == TRAWL_BOOL) {
        if (tw_schema_find(c->expr->schema, "frame.bytes", 11) >= 0)
            tw_error_hint(c->err, "The bytes of a packet are in frame, ip, tcp and udp.");
    } else if (n->kind == N_COLUMN) {
        tw_error_hint(c->err, "Its text is string(%.*s).", (int)TW_MIN(n->token.n, (size_t)80),
                      n->token.s);
    }
    return TRAWL_E_USAGE;
}

static int check_contains(struct checker *c, struct node *n)
{
    struct node *a = n->first, *b = node_second(n);
    const char *verb = a->start < b->start ? "contains" : "in";
    bool open;
    int rc = tw_check_operand(c, a, &open);

    if (!rc && !open)
        rc = need_text(c, a, verb);
    if (!rc)
        rc = check_pair(c, a, b, false);
    if (!rc)
        rc = need_text(c, a, verb);
    if (!rc)
        rc = need_text(c, b, verb);
    if (rc)
        return rc;
    n->type = TRAWL_BOOL;
    n->is_test = true;
    return TRAWL_OK;
}

/** The pattern as PCRE2 wants it: of the escapes of a string only \\ and \" are undone, so that
 * "\d" and "\\d" both mean a digit. */
static int pattern_of(struct checker *c, const struct token *t, struct text *ret)
{
    uint8_t *out = tw_arena_alloc(&c->expr->arena, t->n + 1);
    size_t len = 0;

    if (!out)
        return tw_fail_nomem(c->err);
    for (size_t i = 0; i < t->n; i++) {
        if (t->quote != 'r' && t->s[i] == '\\' && i + 1 < t->n &&
            (t->s[i + 1] == '\\' || t->s[i + 1] == t->quote))
            i++;
        out[len++] = (uint8_t)t->s[i];
    }
    ret->p = out;
    ret->n = len;
    return TRAWL_OK;
}

static int check_matches(struct checker *c, struct node *n)
{
    struct node *a = n->first, *b = node_second(n);
    struct text pattern = {0};
    int rc = tw_check_alone(c, a);

    if (rc)
        return rc;
    rc = need_text(c, a, "matches");
    if (rc)
        return rc;
    if (b->kind != N_LITERAL || b->token.kind != T_STRING)
        return tw_expr_fail(c->err, b->start, b->len, "For example: matches \"^www\\.\".",
                            "the regular expression must be a quoted string");
    rc = pattern_of(c, &b->token, &pattern);
    if (!rc)
        rc = tw_regex_new((const char *)pattern.p, pattern.n, &n->regex, c->err);
    if (rc) {
        tw_error_span(c->err, b->start, b->len);
        return rc;
    }
    *tw_regex_next(n->regex) = c->expr->regexes;
    c->expr->regexes = n->regex;
    n->n_children = 1;
    n->type = TRAWL_BOOL;
    n->is_test = true;
    return TRAWL_OK;
}

/* ---- tests ---- */

/** A truth value of a table ("answered"), by itself, is its truth; that of a packet's field, whose
 * name has a dot ("tcp.flags.syn"), is there or not, as in Wireshark. */
static bool is_truth(const struct checker *c, const struct node *n)
{
    return n->kind == N_COLUMN && n->type == TRAWL_BOOL && n->n_columns == 1 &&
           !strchr(c->expr->schema->columns[n->columns[0]].name, '.');
}

/** Turn a value into the test that it stands for: a column or slice is there, a number is not 0, a
 * truth value true. */
static int make_test(struct checker *c, struct node *n)
{
    struct node *inner;

    if (n->is_test)
        return TRAWL_OK;
    if (n->kind == N_CONST)
        return tw_expr_fail(c->err, n->start, n->len, "Compare a column with it.",
                            "a value by itself is no test");
    inner = tw_expr_node(c->expr, n->kind, n->op, n->start, n->len, c->err);
    if (!inner)
        return TRAWL_E_NOMEM;
    uint32_t id = inner->id;
    *inner = *n;
    inner->id = id;
    n->kind = ((inner->kind == N_ARITH || inner->kind == N_NEGATE || inner->kind == N_CALL) &&
               class_is_number(tw_expr_class(inner->type))) ||
                      is_truth(c, inner)
                  ? N_NONZERO
                  : N_EXISTS;
    n->first = inner;
    n->n_children = 1;
    n->type = TRAWL_BOOL;
    n->is_test = true;
    n->is_list = false;
    return TRAWL_OK;
}

static int check_logic(struct checker *c, struct node *n)
{
    struct node *child = n->first;
    int rc;

    for (size_t i = 0; i < n->n_children; i++, child = child->next) {
        rc = check(c, child);
        if (!rc)
            rc = make_test(c, child);
        if (rc)
            return rc;
    }
    n->type = TRAWL_BOOL;
    n->is_test = true;
    return TRAWL_OK;
}

static int check(struct checker *c, struct node *n)
{
    int rc;

    switch (n->kind) {
    case N_LITERAL:
        return tw_expr_default_type(c->expr, n, c->err);
    case N_NAME:
        rc = resolve(c, n);
        return rc == TRAWL_E_NOT_FOUND ? fail_name(c, n, false) : rc;
    case N_NEGATE:
    case N_ARITH:
    case N_SLICE:
    case N_CALL:
        rc = tw_check_computed(c, n);
        return rc ? rc : fold(c, n);
    case N_COMPARE:
        rc = check_compare(c, n);
        break;
    case N_CONTAINS:
        rc = check_contains(c, n);
        break;
    case N_MATCHES:
        rc = check_matches(c, n);
        break;
    case N_IN:
        rc = check_in(c, n);
        break;
    case N_AND:
    case N_OR:
    case N_XOR:
    case N_NOT:
        return check_logic(c, n);
    default:
        return TRAWL_OK;
    }
    if (!rc) {
        struct node *only = NULL;

        if (find_lift(n, &only))
            n->lift = only;
    }
    return rc;
}

/* ---- what is read ---- */

static void collect_columns(const struct node *n, bool *seen)
{
    const struct node *child = n->first;

    if (n->kind == N_COLUMN)
        for (size_t i = 0; i < n->n_columns; i++)
            seen[n->columns[i]] = true;
    for (size_t i = 0; i < n->n_children; i++, child = child->next)
        collect_columns(child, seen);
}

int tw_expr_check(tw_expr *expr, trawl_error *err)
{
    struct checker c = {expr, err};
    size_t n = expr->schema->n_columns;
    bool *seen;
    int rc = check(&c, expr->root);

    if (rc)
        return rc;
    seen = tw_arena_alloc(&expr->arena, n * sizeof(*seen) + 1);
    expr->columns = tw_arena_alloc(&expr->arena, n * sizeof(*expr->columns) + 1);
    if (!seen || !expr->columns)
        return tw_fail_nomem(err);
    collect_columns(expr->root, seen);
    for (size_t i = 0; i < n; i++)
        if (seen[i])
            expr->columns[expr->n_columns++] = i;
    expr->test = expr->root;
    if (!expr->root->is_test && expr->root->kind != N_CONST) {
        struct node *test = tw_expr_node(expr, expr->root->kind, OP_NONE, 0, 0, err);

        if (!test)
            return TRAWL_E_NOMEM;
        uint32_t id = test->id;
        *test = *expr->root;
        test->id = id;
        rc = make_test(&c, test);
        expr->test = test;
    }
    return rc;
}
