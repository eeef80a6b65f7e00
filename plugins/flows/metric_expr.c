/* Metrics that are written as an aggregate of an expression over the packets of a flow:
 * "big = count(frame.len > 666)". Knows nothing of hooks. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "metric.h"

enum { LIST_MOST = 1000 }; /* items of one flow */

/* One expression, read. */
struct reading {
    trawl_aggregate aggregate;
    int is_list;    /* list(…): the distinct values, in order of the first packet that has each */
    int is_rows;    /* count(): of packets */
    const char *of; /* the text within the brackets; call memory */
    const char *at; /* the same in what was given */
    size_t n_of;
    const char *where; /* only packets for which this is true; NULL: all */
    const char *where_at;
    size_t n_where;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not work out the metrics: no memory");
}

static char *copy_text(trawl_call *call, const char *text, size_t n)
{
    char *copy = host->call_alloc(call, n + 1);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}

static int is_blank(char c)
{
    return isspace((unsigned char)c) != 0;
}

static int fail_at(trawl_call *call, const char *at, size_t n, trawl_error *err, const char *what,
                   const char *hint)
{
    const char *shown = copy_text(call, at, n);
    int rc = host->fail(err, TRAWL_E_USAGE, what, shown ? shown : "");

    host->hint(err, "%s", hint);
    host->place(call, at, n, err);
    return rc;
}

/* The bracket that closes the one at `open`, quoted text aside; NULL: none does. */
static const char *closing(const char *open)
{
    int depth = 0;

    for (const char *p = open; *p; p++) {
        if (*p == '"' || *p == '\'') {
            const char quote = *p++;

            while (*p && *p != quote)
                p += *p == '\\' && p[1] ? 2 : 1;
            if (!*p)
                return NULL;
        }
        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (depth == 0)
            return p;
    }
    return NULL;
}

/* " where udp.port == 53" behind the bracket; 0: something else is there. */
static int read_where(trawl_call *call, const char *text, struct reading *ret)
{
    static const char word[] = "where";
    const size_t n_word = sizeof(word) - 1;

    while (is_blank(*text))
        text++;
    if (!*text)
        return 1;
    if (strncmp(text, word, n_word) != 0 || !is_blank(text[n_word]))
        return 0;
    ret->where_at = text + n_word + 1;
    ret->n_where = strlen(ret->where_at);
    ret->where = copy_text(call, ret->where_at, ret->n_where);
    return ret->where != NULL;
}

/* "count(frame.len > 666)", "list(dns.qry.name) where dns.flags.response" */
static int read_aggregate(trawl_call *call, const char *text, struct reading *ret, trawl_error *err)
{
    static const char
        *const how = "Write an aggregate of an expression: count(frame.len > 666), first(ip.ttl), "
                     "sum(tcp.len) where tcp.flags.push.";
    const char *open = strchr(text, '('), *end = open ? closing(open) : NULL;
    size_t n;
    char *function;

    *ret = (struct reading){0};
    if (!end || !read_where(call, end + 1, ret))
        return fail_at(call, text, strlen(text), err, "'%s' is no aggregate", how);
    n = (size_t)(open - text);
    while (n && is_blank(text[n - 1]))
        n--;
    function = copy_text(call, text, n);
    ret->at = open + 1;
    ret->n_of = (size_t)(end - ret->at);
    ret->of = copy_text(call, ret->at, ret->n_of);
    if (!function || !ret->of)
        return no_memory(err);
    ret->is_list = strcmp(function, "list") == 0;
    if (!ret->is_list && strcmp(function, "mean") == 0) /* as statisticians call it */
        ret->aggregate = TRAWL_AGG_AVG;
    else if (!ret->is_list && host->aggregate_find(function, &ret->aggregate) != TRAWL_OK)
        return fail_at(call, text, n, err, "no aggregate '%s'",
                       "The aggregates are count sum min max avg distinct p25 p50 p75 p90 p95 p99 "
                       "stddev first last list.");
    ret->is_rows = !ret->is_list && ret->aggregate == TRAWL_AGG_COUNT &&
                   strspn(ret->of, " \t") == ret->n_of;
    return TRAWL_OK;
}

int metric_parse_expr(trawl_call *call, const char *text, struct metric_use *ret, trawl_error *err)
{
    const char *equals = strchr(text, '='), *open = strchr(text, '(');
    const char **exprs;
    size_t n;

    if (!open)
        return 0;
    if (!equals || equals > open)
        return fail_at(call, text, strlen(text), err, "metric '%s' has no name",
                       "Name its column: big = count(frame.len > 666).");
    for (n = (size_t)(equals - text); n && is_blank(text[n - 1]); n--)
        ;
    while (n && is_blank(*text)) {
        text++;
        n--;
    }
    ret->columns = host->call_alloc(call, sizeof(*ret->columns));
    exprs = host->call_alloc(call, sizeof(*exprs));
    if (!ret->columns || !exprs)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (!(text[i] == '_' || isalpha((unsigned char)text[i]) ||
              (i && (isdigit((unsigned char)text[i]) || text[i] == '.' || text[i] == '-'))))
            n = 0;
    }
    if (!n || n > 128)
        return fail_at(call, text, (size_t)(equals - text), err, "'%s' cannot name a column",
                       "Use letters, digits, '_', '.' and '-'; begin with a letter.");
    for (equals++; is_blank(*equals); equals++)
        ;
    exprs[0] = equals;
    *ret->columns = (trawl_column)TRAWL_COLUMN(.help = "as --metric says");
    ret->columns->name = copy_text(call, text, n);
    ret->n_columns = 1;
    ret->exprs = exprs;
    ret->typed = ret->columns->name;
    ret->at = text;
    ret->n_at = n;
    return ret->columns->name ? 1 : no_memory(err);
}

/* ---- types ---- */

/* The expressions over packets, NULL where there is none; an error has its place. */
static int compile(trawl_call *call, const struct reading *r, const trawl_schema *packets,
                   trawl_expr **ret, trawl_expr **ret_where, trawl_error *err)
{
    int rc = TRAWL_OK;

    *ret = *ret_where = NULL;
    if (!r->is_rows)
        rc = host->expr_compile(call, r->of, packets, ret, err);
    if (rc != TRAWL_OK)
        host->place(call, r->at, r->n_of, err);
    if (rc != TRAWL_OK || !r->where)
        return rc;
    rc = host->expr_compile(call, r->where, packets, ret_where, err);
    if (rc != TRAWL_OK)
        host->place(call, r->where_at, r->n_where, err);
    else if (host->expr_type(*ret_where) != TRAWL_BOOL || host->expr_is_list(*ret_where))
        rc = fail_at(call, r->where_at, r->n_where, err, "'%s' is neither true nor false",
                     "Write a comparison, or a protocol: tcp, tcp.len > 0.");
    return rc;
}

static int type_of(trawl_call *call, const struct metric_use *use, const trawl_schema *packets,
                   size_t i, trawl_column *column, trawl_error *err)
{
    struct reading r;
    trawl_expr *expr, *where;
    int rc = read_aggregate(call, use->exprs[i], &r, err);
    trawl_type type = TRAWL_U64;

    if (rc == TRAWL_OK)
        rc = compile(call, &r, packets, &expr, &where, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!r.is_rows) {
        type = host->expr_type(expr);
        if (!r.is_list)
            type = host->aggregate_type(r.aggregate, type);
        if (!type)
            return fail_at(call, r.at, r.n_of, err, "cannot take that aggregate of '%s'",
                           "Take count, distinct, first, last or list of it.");
    }
    column->type = type;
    column->flags = (column->flags & ~(uint32_t)TRAWL_COLUMN_LIST) |
                    (r.is_list ? TRAWL_COLUMN_LIST : 0);
    return TRAWL_OK;
}

int metric_check_exprs(trawl_call *call, struct metric_use *use, trawl_error *err)
{
    trawl_schema *packets = NULL;
    int rc = host->columns_of(call, "packets", &packets, err);

    for (size_t i = 0; rc == TRAWL_OK && i < use->n_columns; i++) {
        if (!use->exprs[i][0])
            continue;
        /* what a plugin declares stays, fields of a plugin that is off or not */
        rc = type_of(call, use, packets, i, &use->columns[i], use->metric ? NULL : err);
        if (use->metric && rc != TRAWL_E_NOMEM)
            rc = TRAWL_OK;
    }
    host->schema_free(packets);
    return rc;
}

/* ---- values ---- */

/* Flows by their place in the order; the rest of the work. */
struct express {
    const struct meter *meter;
    uint32_t *place_of; /* by flow: its place in the order; FLOWS_NONE: none */
    uint64_t n;         /* flows of the order */
    uint64_t n_rows;
    const trawl_column *column;
    trawl_view where; /* data NULL: all packets */
};

static uint32_t place_of_row(const struct express *x, uint64_t row)
{
    const uint32_t flow = meter_flow_at(x->meter, row);

    if (x->where.data &&
        (!trawl_view_has(&x->where, row) || !((const uint8_t *)x->where.data)[row]))
        return FLOWS_NONE;
    return flow == FLOWS_NONE ? FLOWS_NONE : x->place_of[flow];
}

static trawl_builder *builder_of(const struct express *x, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(x->column, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    return b;
}

/* count(EXPR): packets where it is true, or where it has a value. */
static int count_rows(const struct express *x, const trawl_view *view, trawl_table **ret,
                      trawl_error *err)
{
    uint64_t *counts = host->alloc((size_t)(x->n + 1) * sizeof(*counts));
    trawl_builder *b = counts ? builder_of(x, err) : NULL;

    if (!b) {
        host->free(counts);
        return no_memory(err);
    }
    for (uint64_t row = 0; row < x->n_rows; row++) {
        const uint32_t place = place_of_row(x, row);

        if (place == FLOWS_NONE || (view && !trawl_view_has(view, row)))
            continue;
        if (view && view->offsets)
            counts[place] += view->offsets[row + 1] - view->offsets[row];
        else
            counts[place] += !view || view->type != TRAWL_BOOL ||
                             ((const uint8_t *)view->data)[row];
    }
    for (uint64_t i = 0; i < x->n; i++) {
        host->put_u64(b, counts[i]);
        host->end_row(b);
    }
    host->free(counts);
    return host->finish(b, ret, err);
}

static void put_item(trawl_builder *b, const trawl_view *view, uint64_t i)
{
    switch (view->type) {
    case TRAWL_F64:
        host->put_f64(b, ((const double *)view->data)[i]);
        break;
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        host->put_i64(b, (int64_t)trawl_view_u64(view, i));
        break;
    case TRAWL_STRING:
    case TRAWL_BYTES:
    case TRAWL_IP:
        host->put_code(b, (uint32_t)trawl_view_u64(view, i));
        break;
    default:
        host->put_u64(b, trawl_view_u64(view, i));
    }
}

static uint64_t item_bits(const trawl_view *view, uint64_t i)
{
    return view->type == TRAWL_F64 ? ((const uint64_t *)view->data)[i] : trawl_view_u64(view, i);
}

/* Distinct items of each flow, as chains: of flow p the first is first[p] - 1, … */
struct chains {
    uint64_t *first, *last, *next, *item;
    uint32_t *n_of;
    size_t n, cap;
};

static void chains_fini(struct chains *c)
{
    host->free(c->first);
    host->free(c->last);
    host->free(c->next);
    host->free(c->item);
    host->free(c->n_of);
}

static int chain_add(struct chains *c, const trawl_view *view, uint32_t place, uint64_t i)
{
    if (c->n_of[place] >= LIST_MOST)
        return 1;
    for (uint64_t k = c->first[place]; k; k = c->next[k - 1]) {
        if (item_bits(view, c->item[k - 1]) == item_bits(view, i))
            return 1;
    }
    if (c->n == c->cap) {
        const size_t more = c->cap ? c->cap * 2 : 1024;
        uint64_t *next = host->realloc(c->next, more * sizeof(*next)), *item;

        if (!next)
            return 0;
        c->next = next;
        item = host->realloc(c->item, more * sizeof(*item));
        if (!item)
            return 0;
        c->item = item;
        c->cap = more;
    }
    c->item[c->n] = i;
    c->next[c->n++] = 0;
    if (c->last[place])
        c->next[c->last[place] - 1] = c->n;
    else
        c->first[place] = c->n;
    c->last[place] = c->n;
    c->n_of[place]++;
    return 1;
}

static int list_rows(trawl_call *call, const struct express *x, trawl_table *values,
                     const trawl_view *view, trawl_table **ret, trawl_error *err)
{
    const size_t n = (size_t)x->n + 1;
    struct chains c = {.first = host->alloc(n * sizeof(*c.first)),
                       .last = host->alloc(n * sizeof(*c.last)),
                       .n_of = host->alloc(n * sizeof(*c.n_of))};
    trawl_builder *b = c.first && c.last && c.n_of ? builder_of(x, err) : NULL;
    int rc = b ? TRAWL_OK : no_memory(err);

    if (rc == TRAWL_OK &&
        (view->type == TRAWL_STRING || view->type == TRAWL_BYTES || view->type == TRAWL_IP))
        rc = host->builder_share(b, 0, values, 0, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < x->n_rows; row++) {
        const uint32_t place = place_of_row(x, row);
        uint64_t i = view->offsets ? view->offsets[row] : row;
        const uint64_t end = view->offsets ? view->offsets[row + 1] : row + 1;

        if (row % 4096 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (place == FLOWS_NONE || !trawl_view_has(view, row))
            continue;
        for (; i < end && rc == TRAWL_OK; i++)
            rc = chain_add(&c, view, place, i) ? TRAWL_OK : no_memory(err);
    }
    for (uint64_t p = 0; rc == TRAWL_OK && p < x->n; p++) {
        for (uint64_t k = c.first[p]; k; k = c.next[k - 1])
            put_item(b, view, c.item[k - 1]);
        host->end_list(b);
        host->end_row(b);
    }
    chains_fini(&c);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

static const trawl_column place_declared = TRAWL_COLUMN(.name = "place", .type = TRAWL_U32,
                                                        .help = "of a flow in the order");

/* A column with the place of each row's flow, null where it is in none. */
static int place_column(const struct express *x, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(&place_declared, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    trawl_cells cells = {.size = sizeof(cells), .may_be_null = 1};
    int rc = b ? host->builder_rows(b, x->n_rows, &cells, err) : TRAWL_E_NOMEM;

    for (uint64_t row = 0; rc == TRAWL_OK && row < x->n_rows; row++) {
        const uint32_t place = place_of_row(x, row);

        if (place == FLOWS_NONE)
            continue;
        ((uint32_t *)cells.data)[row] = place;
        cells.valid[row / 64] |= (uint64_t)1 << (row % 64);
    }
    host->schema_free(schema);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

/* Groups come in order of their first row, flows in another; some have no group. */
static int in_order(trawl_call *call, const struct express *x, trawl_table *groups,
                    trawl_table **ret, trawl_error *err)
{
    static const size_t first = 0, second = 1;
    trawl_schema *schema = host->schema_from(&place_declared, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    trawl_cells cells = {.size = sizeof(cells)};
    trawl_table *places = NULL, *joined = NULL;
    int rc = b ? host->builder_rows(b, x->n, &cells, err) : TRAWL_E_NOMEM;

    for (uint64_t i = 0; rc == TRAWL_OK && i < x->n; i++)
        ((uint32_t *)cells.data)[i] = (uint32_t)i;
    if (rc == TRAWL_OK)
        rc = host->finish(b, &places, err);
    else
        host->builder_free(b);
    if (rc == TRAWL_OK)
        rc = host->join(call, places, &first, groups, &first, 1, "left", &joined, err);
    if (rc == TRAWL_OK)
        rc = host->project(call, joined, &second, &x->column->name, 1, ret, err);
    host->schema_free(schema);
    host->release(places);
    host->release(joined);
    return rc;
}

static int group_rows(trawl_call *call, const struct express *x, const struct reading *r,
                      trawl_table *values, trawl_table **ret, trawl_error *err)
{
    static const size_t first = 0;
    const trawl_aggregate_column aggregate = {r->aggregate, 1, x->column->name};
    trawl_table *places = NULL, *both = NULL, *groups = NULL;
    int rc = place_column(x, &places, err);

    if (rc == TRAWL_OK)
        rc = host->paste(call, places, values, &both, err);
    if (rc == TRAWL_OK)
        rc = host->group(call, both, &first, 1, &aggregate, 1, &groups, err);
    if (rc == TRAWL_OK)
        rc = in_order(call, x, groups, ret, err);
    host->release(places);
    host->release(both);
    host->release(groups);
    return rc;
}

static int express_one(trawl_call *call, struct express *x, const char *text, trawl_table **ret,
                       trawl_error *err)
{
    trawl_table *packets = x->meter->input.packets, *values = NULL, *wheres = NULL;
    trawl_view view = {.size = sizeof(view)};
    struct reading r;
    trawl_expr *expr, *where;
    int rc = read_aggregate(call, text, &r, err);

    x->where = (trawl_view){.size = sizeof(x->where)};
    if (rc == TRAWL_OK)
        rc = compile(call, &r, host->schema_of(packets), &expr, &where, err);
    if (rc == TRAWL_OK && where)
        rc = host->expr_column(call, where, packets, "where", &wheres, err);
    if (rc == TRAWL_OK && where)
        rc = host->view(call, wheres, 0, &x->where, err);
    if (rc == TRAWL_OK && expr)
        rc = host->expr_column(call, expr, packets, "value", &values, err);
    if (rc == TRAWL_OK && expr && (r.is_list || r.aggregate == TRAWL_AGG_COUNT))
        rc = host->view(call, values, 0, &view, err);
    if (rc == TRAWL_OK && r.is_list)
        rc = list_rows(call, x, values, &view, ret, err);
    else if (rc == TRAWL_OK && r.aggregate == TRAWL_AGG_COUNT)
        rc = count_rows(x, expr ? &view : NULL, ret, err);
    else if (rc == TRAWL_OK)
        rc = group_rows(call, x, &r, values, ret, err);
    host->release(values);
    host->release(wheres);
    return rc;
}

/* A column without values. */
static int empty_column(const struct express *x, trawl_table **ret, trawl_error *err)
{
    trawl_builder *b = builder_of(x, err);

    for (uint64_t i = 0; b && i < x->n; i++) {
        host->put_null(b);
        host->end_row(b);
    }
    return b ? host->finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* A plugin's metric may read fields of a plugin that is off: its column is empty then. */
static int express_column(trawl_call *call, struct express *x, const struct metric_use *use,
                          size_t i, trawl_table **ret, trawl_error *err)
{
    int rc;

    if (!use->exprs[i][0])
        return empty_column(x, ret, err);
    rc = express_one(call, x, use->exprs[i], ret, use->metric ? NULL : err);
    if (!use->metric || rc == TRAWL_OK)
        return rc;
    if (rc == TRAWL_E_CANCELLED)
        return host->fail(err, rc, "interrupted");
    if (rc == TRAWL_E_NOMEM)
        return no_memory(err);
    host->log(1, "flows: column '%s' of metric '%s' is empty: '%s' cannot be worked out here",
              x->column->name, use->metric->name, use->exprs[i]);
    return empty_column(x, ret, err);
}

int metric_express(trawl_call *call, const struct metric_use *use, const struct meter *m,
                   const uint32_t *order, uint64_t n, trawl_table **ret, trawl_error *err)
{
    const size_t n_flows = (size_t)meter_end(m) + 1;
    struct express x = {.meter = m,
                        .n = n,
                        .n_rows = m->input.n_rows,
                        .place_of = host->alloc(n_flows * sizeof(*x.place_of))};
    trawl_table *all = NULL;
    int any_empty = 0;
    int rc = x.place_of ? TRAWL_OK : no_memory(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n_flows; i++)
        x.place_of[i] = FLOWS_NONE;
    for (uint64_t i = 0; rc == TRAWL_OK && i < n; i++)
        x.place_of[order[i]] = (uint32_t)i;
    for (size_t i = 0; i < use->n_columns && any_empty == 0; i++)
        any_empty = !use->exprs[i][0];
    if (any_empty)
        host->log(1, "flows: metric '%s' has empty columns: %s", use->metric->name,
                  use->metric->summary);
    for (size_t i = 0; rc == TRAWL_OK && i < use->n_columns; i++) {
        trawl_table *one = NULL, *both = NULL;

        x.column = &use->columns[i];
        rc = express_column(call, &x, use, i, &one, err);
        if (rc == TRAWL_OK && all) {
            rc = host->paste(call, all, one, &both, err);
            host->release(all);
            host->release(one);
            all = both;
        } else if (rc == TRAWL_OK) {
            all = one;
        }
    }
    host->free(x.place_of);
    if (rc == TRAWL_OK)
        *ret = all;
    else
        host->release(all);
    return rc;
}
