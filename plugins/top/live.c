/* Steps over a growing capture, and its rows at any time. Numbers of addresses and connections are
 * the capture's until it lets go of its oldest packets, which numbers all anew. Must not know
 * screens. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int live_open(trawl_call *call, const struct plan *plan, const char *capture_name,
              struct live **ret, trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "address", .type = TRAWL_BYTES,
                                             .help = "of destinations");
    struct live *l = host->alloc(sizeof(*l));
    trawl_schema *schema = NULL;

    (void)call;
    if (!l)
        return top_nomem(err);
    l->plan = plan;
    l->fine = *plan;
    l->fine.by = BY_ENDPOINT;
    l->capture_name = capture_name;
    l->top.end_ns = INT64_MIN;
    l->top.groups.with_port = 1;
    engine_init(&l->engine, &l->fine, &l->top);
    schema = host->schema_from(&column, 1, err);
    l->known = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    if (!l->known) {
        live_close(l);
        return TRAWL_E_NOMEM;
    }
    *ret = l;
    return TRAWL_OK;
}

void live_close(struct live *l)
{
    if (!l)
        return;
    engine_fini(&l->engine);
    top_fini(&l->top);
    host->builder_free(l->known);
    host->free(l->addresses);
    host->free(l);
}

/* ---- addresses, numbered for good ---- */

static int know(struct live *l, const uint8_t address[16], uint32_t *ret, trawl_error *err)
{
    int rc = host->builder_code(l->known, 0, address, 16, ret, err);

    if (rc != TRAWL_OK || *ret < l->n_addresses)
        return rc;
    if (*ret >= l->room_addresses) {
        const uint32_t room = *ret + *ret / 2 + 64;
        void *addresses = host->realloc(l->addresses, room * sizeof(*l->addresses));

        if (!addresses)
            return top_nomem(err);
        l->addresses = addresses;
        l->room_addresses = room;
    }
    memcpy(l->addresses[*ret], address, 16);
    l->n_addresses = *ret + 1;
    return TRAWL_OK;
}

/* The packets' codes that came since the last step. */
static int know_codes(struct live *l, trawl_error *err)
{
    const trawl_view *v = &l->top.addresses;
    uint32_t *of = host->realloc(l->top.groups.of_address, ((size_t)v->n_codes + 1) * sizeof(*of));
    int rc = of ? top_mark_local(&l->fine, &l->top, l->n_codes, err) : top_nomem(err);

    if (of)
        l->top.groups.of_address = of;
    for (uint32_t i = l->n_codes; rc == TRAWL_OK && i < v->n_codes; i++) {
        rc = know(l, v->addresses[i], &of[i], err);
        if (rc == TRAWL_OK)
            l->n_codes = i + 1;
    }
    return rc;
}

/* ---- a capture that let go of its oldest packets ---- */

static int let_go_of(trawl_call *call, trawl_capture *capture, uint64_t *ret, trawl_error *err)
{
    const char *name = host->name_of(capture);
    trawl_table *list = NULL;
    trawl_view v = {.size = sizeof(v)};
    int64_t i_name;
    int rc = host->list(call, "captures", &list, err);

    *ret = 0;
    if (rc == TRAWL_OK)
        rc = host->view_named(call, list, "let_go", &v, err);
    i_name = rc == TRAWL_OK ? host->schema_find(host->schema_of(list), "name") : -1;
    for (uint64_t row = 0; rc == TRAWL_OK && row < v.n_rows; row++) {
        const char *text = host->cell_text(call, list, (size_t)i_name, row, err);

        if (!text)
            rc = TRAWL_E_NOMEM;
        else if (strcmp(text, name) == 0)
            *ret = trawl_view_u64(&v, row); /* 0 of one that does not grow */
    }
    host->release(list);
    return rc;
}

/* Where a connection goes on; NO_GROUP: all of its packets were let go. */
static uint32_t stream_now(const struct live *l, const struct connection *c, uint64_t gone)
{
    const struct input *in = &l->engine.in;

    return c->last_row >= gone && c->last_row - gone < in->n_rows &&
                   input_has(in, c->last_row - gone)
               ? input_u32(&in->stream, c->last_row - gone)
               : NO_GROUP;
}

static int move(struct live *l, const struct part *from, const struct connection *c,
                uint32_t client, uint64_t gone, trawl_error *err)
{
    struct engine *e = &l->engine;
    const uint32_t stream = stream_now(l, c, gone);
    struct session session = c->session;
    const struct destination *d = NULL;
    struct connection *to = NULL;
    struct part *p = NULL;
    int rc = TRAWL_OK;

    if (c->i_destination != NO_GROUP)
        d = &from->rows.items[c->i_destination];
    if (stream != NO_GROUP) {
        p = &e->parts[stream & (e->n_parts - 1)];
        to = &p->connections[stream >> e->shift];
    }
    if (!to || to->seen) { /* nothing more comes; two that are one now: the first goes on */
        if (d && session_has_pending(&session))
            rc = session_end(&session, &from->rows.items[c->i_destination].numbers) == 0
                     ? TRAWL_OK
                     : top_nomem(err);
        return rc;
    }
    *to = *c;
    to->last_row = (uint32_t)(c->last_row - gone);
    to->client = input_u32(&e->in.src, to->last_row);
    if (l->top.groups.of_address[to->client & 0x7fffffff] != client ||
        input_u16(&e->in.sport, to->last_row) != c->client_port)
        to->client = input_u32(&e->in.dst, to->last_row);
    if (d) /* which may move the rows: d is not used any more */
        rc = destinations_find(&p->rows, d->group, d->port, d->inbound, &to->i_destination, err);
    return rc;
}

/* Rows, connections and codes have new numbers: `gone` packets fewer. */
static int renumber(struct live *l, uint64_t gone, trawl_error *err)
{
    struct engine *e = &l->engine;
    struct connection *old[MAX_PARTS];
    size_t n_old[MAX_PARTS];
    uint32_t *old_codes = l->top.groups.of_address;
    uint64_t next = 0;
    int rc;

    l->top.groups.of_address = NULL;
    l->n_codes = 0;
    for (unsigned i = 0; i < e->n_parts; i++) {
        next = e->parts[i].next_row > next ? e->parts[i].next_row : next;
        old[i] = e->parts[i].connections;
        n_old[i] = e->parts[i].n_connections;
        e->parts[i].connections = NULL;
        e->parts[i].n_connections = 0;
    }
    l->n_missed += gone > next ? gone - next : 0;
    rc = know_codes(l, err);
    if (rc == TRAWL_OK) {
        for (unsigned i = 0; i < e->n_parts; i++) /* room is made for all rows from there on */
            e->parts[i].next_row = 0;
        rc = engine_make_room(e, err);
    }
    for (unsigned i = 0; i < e->n_parts; i++) {
        for (size_t k = 0; rc == TRAWL_OK && k < n_old[i]; k++)
            if (old[i][k].seen)
                rc = move(l, &e->parts[i], &old[i][k], old_codes[old[i][k].client & 0x7fffffff],
                          gone, err);
        e->parts[i].next_row = next > gone ? next - gone : 0;
        host->free(old[i]);
    }
    host->free(old_codes);
    return rc;
}

int live_take(trawl_call *call, struct live *l, trawl_capture **ret_capture,
              trawl_table **ret_packets, trawl_error *err)
{
    uint64_t let_go = 0;
    int rc = host->capture(call, l->capture_name, ret_capture, err);

    if (rc == TRAWL_OK)
        rc = host->table(call, *ret_capture, "packets", ret_packets, err);
    if (rc == TRAWL_OK)
        rc = let_go_of(call, *ret_capture, &let_go, err);
    if (rc == TRAWL_OK)
        rc = engine_look(call, &l->engine, *ret_packets, err);
    if (rc == TRAWL_OK)
        rc = let_go != l->n_let_go ? renumber(l, let_go - l->n_let_go, err) : know_codes(l, err);
    if (rc == TRAWL_OK) {
        l->n_let_go = let_go;
        rc = engine_take(call, &l->engine, err);
    }
    for (unsigned i = 0; i < l->engine.n_parts; i++)
        if (l->engine.parts[i].end_ns > l->top.end_ns)
            l->top.end_ns = l->engine.parts[i].end_ns;
    return rc;
}

/* ---- rows of the engine's parts into those that are shown ---- */

static trawl_builder *addresses_new(trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "address", .type = TRAWL_IP,
                                             .help = "of a row");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    return b;
}

static int code_of_address(const struct live *l, uint32_t i, trawl_builder *b, uint32_t *ret,
                           trawl_error *err)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *a = l->addresses[i];
    const int is4 = memcmp(a, mapped, sizeof(mapped)) == 0;

    return host->builder_code(b, 0, is4 ? a + 12 : a, is4 ? 4 : 16, ret, err);
}

/* The group of each address that was ever seen, and their table. */
static int number_groups(trawl_call *call, const struct live *l, const struct plan *plan,
                         trawl_capture *capture, trawl_table *packets, uint32_t *group_of,
                         trawl_table **ret, trawl_error *err)
{
    struct groups g = {0};
    trawl_builder *b;
    int rc = TRAWL_OK;

    memset(group_of, 0xff, ((size_t)l->n_addresses + 1) * sizeof(*group_of));
    if (plan->by == BY_ASN || plan->by == BY_LABEL) { /* packets know */
        rc = groups_open(call, plan, capture, packets, &g, err);
        for (uint32_t i = 0; rc == TRAWL_OK && i < l->n_codes; i++)
            group_of[l->top.groups.of_address[i]] = g.of_address[i];
        if (rc == TRAWL_OK)
            *ret = host->retain(g.labels);
        groups_fini(&g);
        return rc;
    }
    b = plan->by == BY_PREFIX ? labels_new(err) : addresses_new(err);
    if (!b)
        return TRAWL_E_NOMEM;
    for (uint32_t i = 1; rc == TRAWL_OK && i < l->n_addresses; i++)
        rc = plan->by == BY_PREFIX ? prefix_label(plan, l->addresses[i], b, &group_of[i], err)
                                   : code_of_address(l, i, b, &group_of[i], err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    host->put_null(b);
    host->end_row(b);
    return host->finish(b, ret, err);
}

struct pending {
    struct destinations *rows;
    struct live_fold *fold;
};

static struct numbers *folded(void *context, unsigned i_part, uint32_t i_row)
{
    const struct pending *p = context;

    return &p->rows->items[p->fold->row_of[i_part][i_row]].numbers;
}

static int merge_parts(trawl_call *call, struct live *l, const uint32_t *group_of, int with_port,
                       struct top *ret, struct live_fold *fold, trawl_error *err)
{
    struct pending pending = {&ret->all, fold};
    int rc = TRAWL_OK;

    ret->all.seed = l->engine.parts[0].rows.seed;
    for (unsigned i = 0; rc == TRAWL_OK && i < l->engine.n_parts; i++) {
        const struct part *p = &l->engine.parts[i];

        ret->n_elsewhere += p->n_elsewhere;
        fold->row_of[i] = host->call_alloc(call, (p->rows.n + 1) * sizeof(*fold->row_of[i]));
        if (!fold->row_of[i])
            return top_nomem(err);
        for (size_t k = 0; rc == TRAWL_OK && k < p->rows.n; k++) {
            const struct destination *d = &p->rows.items[k];
            uint32_t *to = &fold->row_of[i][k];

            rc = destinations_find(&ret->all, group_of ? group_of[d->group] : 0,
                                   with_port ? d->port : 0, d->inbound, to, err);
            if (rc == TRAWL_OK && numbers_merge(&ret->all.items[*to].numbers, &d->numbers) != 0)
                rc = top_nomem(err);
        }
    }
    return rc == TRAWL_OK ? engine_pending(&l->engine, folded, &pending, err) : rc;
}

int live_fold(trawl_call *call, struct live *l, enum by by, trawl_capture *capture,
              trawl_table *packets, struct live_rows *ret, struct live_fold *fold,
              trawl_error *err)
{
    struct top *top = &ret->top;
    uint32_t *group_of = NULL;
    trawl_table *labels = NULL;
    int rc = TRAWL_OK;

    ret->plan = l->fine;
    ret->plan.by = by;
    memset(fold, 0, sizeof(*fold));
    if (by == BY_SNI) /* not the address's, the connection's */
        return top_run(call, &ret->plan, capture, packets, top, err);
    top->end_ns = l->top.end_ns;
    if (by != BY_PORT) {
        group_of = host->call_alloc(call, ((size_t)l->n_addresses + 1) * sizeof(*group_of));
        rc = group_of ? number_groups(call, l, &ret->plan, capture, packets, group_of, &labels, err)
                      : top_nomem(err);
    }
    if (rc == TRAWL_OK && labels) {
        top->label_view.size = sizeof(top->label_view);
        rc = host->view(call, labels, 0, &top->label_view, err);
        top->addresses = top->label_view;
    }
    if (rc == TRAWL_OK)
        rc = merge_parts(call, l, group_of, by == BY_ENDPOINT || by == BY_PORT, top, fold, err);
    if (rc == TRAWL_OK && by == BY_NAME) {
        rc = names_fold(call, &ret->plan, capture, top, err);
        host->release(labels);
    } else {
        top->groups.labels = labels;
    }
    return rc;
}

/* ---- the table ---- */

/* The table with the rows' places behind, sorted and filtered as asked for. */
static int look_at(trawl_call *call, const struct live_look *look, struct live_rows *rows,
                   trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "row", .type = TRAWL_U32,
                                             .flags = TRAWL_COLUMN_HIDDEN | TRAWL_COLUMN_ID,
                                             .help = "place in the order of top");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    trawl_table *places = NULL, *wide = NULL, *next = NULL;
    trawl_expr *expr = NULL;
    int rc = TRAWL_OK;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < rows->top.all.n; i++) {
        host->put_u64(b, i);
        host->end_row(b);
    }
    rc = host->finish(b, &places, err);
    if (rc == TRAWL_OK)
        rc = host->paste(call, rows->table, places, &wide, err);
    host->release(places);
    if (rc != TRAWL_OK)
        return rc;
    host->release(rows->table);
    rows->table = wide;
    if (look->filter && *look->filter) {
        rc = host->expr_compile(call, look->filter, host->schema_of(rows->table), &expr, err);
        if (rc == TRAWL_OK)
            rc = host->expr_select(call, expr, rows->table, &next, err);
        if (rc != TRAWL_OK)
            return rc;
        host->release(rows->table);
        rows->table = next;
    }
    if (look->sort) {
        const int64_t i = host->schema_find(host->schema_of(rows->table), look->sort);
        const trawl_sort_key key = {(size_t)i, !look->ascending};

        if (i < 0)
            return host->schema_fail_column(host->schema_of(rows->table), look->sort, err);
        rc = host->sort(call, rows->table, &key, 1, UINT64_MAX, &next, err);
        if (rc != TRAWL_OK)
            return rc;
        host->release(rows->table);
        rows->table = next;
    }
    return rc;
}

int live_rows(trawl_call *call, struct live *l, const struct live_look *look, struct live_rows *ret,
              trawl_error *err)
{
    const uint64_t before = l->engine.in.n_rows + l->n_let_go;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    struct live_fold fold;
    int rc;

    memset(ret, 0, sizeof(*ret));
    rc = live_take(call, l, &capture, &packets, err);
    if (rc == TRAWL_OK)
        rc = live_fold(call, l, look->by, capture, packets, ret, &fold, err);
    if (rc == TRAWL_OK)
        rc = top_table(call, &ret->plan, &ret->top, packets, &ret->table, err);
    if (rc == TRAWL_OK)
        rc = look_at(call, look, ret, err);
    ret->n_packets = l->engine.in.n_rows + l->n_let_go;
    ret->n_new = ret->n_packets - before;
    ret->n_missed = l->n_missed;
    host->release(packets);
    return rc;
}

void live_rows_fini(struct live_rows *rows)
{
    host->release(rows->table);
    top_fini(&rows->top);
    memset(rows, 0, sizeof(*rows));
}

int live_key(trawl_call *call, const struct live_rows *rows, uint64_t row, char *ret, size_t n,
             trawl_error *err)
{
    trawl_view places = {.size = sizeof(places)};
    int rc = host->view_named(call, rows->table, "row", &places, err);

    if (rc == TRAWL_OK)
        key_text(&rows->plan, &rows->top, &rows->top.all.items[trawl_view_u64(&places, row)], ret,
                 n);
    return rc;
}
