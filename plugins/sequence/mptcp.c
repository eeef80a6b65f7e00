/* One MPTCP connection: its subflows and what their packets carry of its data.
 * Must not know what is drawn of them. */
#include "trawl/views.h"

#include "mptcp.h"

#include <math.h>
#include <string.h>

static const char *text_of(trawl_call *call, trawl_table *table, const char *column, uint64_t row)
{
    const int64_t i = host->schema_find(host->schema_of(table), column);

    return i < 0 ? "" : host->cell_text(call, table, (size_t)i, row, NULL);
}

/* ---- subflows ---- */

/* A subflow by its stream, and by the client's address, or the server's, if it differs from
 * others': both are too long for a legend. */
static void name_subflows(trawl_call *call, struct connection *c)
{
    int clients = 0, servers = 0;

    for (uint32_t i = 1; i < c->n_subflows; i++) {
        clients |= strcmp(c->subflows[i].client, c->subflows[0].client) != 0;
        servers |= strcmp(c->subflows[i].server, c->subflows[0].server) != 0;
    }
    for (uint32_t i = 0; i < c->n_subflows; i++) {
        struct subflow *s = &c->subflows[i];

        s->label = new_text(call, "stream %llu%s%s", (unsigned long long)s->stream,
                            clients || servers ? ": " : "",
                            clients   ? s->client
                            : servers ? s->server
                                      : "");
    }
}

static int take_subflows(trawl_call *call, trawl_table *table, struct connection *c,
                         trawl_error *err)
{
    trawl_view id, stream, opener;
    int rc = trawl_open_view(host, call, table, "mptcp", &id, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, table, "stream", &stream, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, table, "opener", &opener, err);
    if (rc != TRAWL_OK)
        return rc;
    c->subflows = new_array(call, id.n_rows, sizeof(*c->subflows), err);
    if (!c->subflows)
        return TRAWL_E_NOMEM;
    for (uint64_t r = 0; r < id.n_rows; r++) {
        const char *client, *server;

        if (trawl_view_u64(&id, r) != c->id)
            continue;
        client = text_of(call, table, "client", r);
        server = text_of(call, table, "server", r);
        if (!c->n_subflows) {
            c->ends[0] = client;
            c->ends[1] = server;
        }
        c->subflows[c->n_subflows++] = (struct subflow){
            .stream = trawl_view_u64(&stream, r),
            .by_client = !trawl_view_is(&opener, r, "server"),
            .client = client,
            .server = server};
    }
    if (!c->n_subflows) {
        host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection %llu", (unsigned long long)c->id);
        host->hint(err, "'mptcp' lists them.");
        return TRAWL_E_NOT_FOUND;
    }
    name_subflows(call, c);
    return TRAWL_OK;
}

static uint32_t find_subflow(const struct connection *c, uint64_t stream)
{
    for (uint32_t i = 0; i < c->n_subflows; i++) {
        if (c->subflows[i].stream == stream)
            return i;
    }
    return 0;
}

/* ---- data ---- */

struct columns {
    trawl_view id, time, stream, sender, dsn, end, seen, again, same, fin;
};

static int open_columns(trawl_call *call, trawl_table *table, struct columns *v, trawl_error *err)
{
    const trawl_wanted wanted[] = {{.name = "mptcp", .view = &v->id},
                                   {.name = "time", .view = &v->time},
                                   {.name = "stream", .view = &v->stream},
                                   {.name = "sender", .view = &v->sender},
                                   {.name = "dsn", .view = &v->dsn},
                                   {.name = "end", .view = &v->end},
                                   {.name = "reinjection", .view = &v->again},
                                   {.name = "seen", .view = &v->seen},
                                   {.name = "retransmission", .view = &v->same},
                                   {.name = "fin", .view = &v->fin}};

    return trawl_open_views(host, call, table, wanted, TRAWL_COUNT(wanted), err);
}

static int take_mappings(trawl_call *call, trawl_table *table, struct connection *c,
                         trawl_error *err)
{
    struct columns v;
    uint32_t i_subflow = 0;
    uint64_t n = 0;
    int rc = open_columns(call, table, &v, err);

    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < v.id.n_rows; r++)
        n += trawl_view_u64(&v.id, r) == c->id && trawl_view_has(&v.time, r);
    c->mappings = new_array(call, n, sizeof(*c->mappings), err);
    if (!c->mappings)
        return TRAWL_E_NOMEM;
    c->first = INFINITY;
    c->last = -INFINITY;
    for (uint64_t r = 0; r < v.id.n_rows; r++) {
        const int64_t ns = (int64_t)trawl_view_u64(&v.time, r);
        const uint64_t stream = trawl_view_u64(&v.stream, r);
        double at;

        if (trawl_view_u64(&v.id, r) != c->id || !trawl_view_has(&v.time, r))
            continue;
        if (!c->n)
            c->origin_ns = day_of(ns);
        at = seconds_since(c->origin_ns, ns);
        if (c->subflows[i_subflow].stream != stream)
            i_subflow = find_subflow(c, stream);
        if (trawl_view_u64(&v.end, r) > trawl_view_u64(&v.dsn, r)) {
            c->first = fmin(c->first, at);
            c->last = fmax(c->last, at);
        }
        c->mappings[c->n++] = (struct mapping){
            .at = at,
            .dsn = trawl_view_u64(&v.dsn, r),
            .end = trawl_view_u64(&v.end, r),
            .i_subflow = i_subflow,
            .seen = (uint32_t)trawl_view_u64(&v.seen, r),
            .towards = trawl_view_is(&v.sender, r, "client") ? TO_SERVER : TO_CLIENT,
            .reinjection = trawl_view_u64(&v.again, r) != 0,
            .retransmission = trawl_view_u64(&v.same, r) != 0,
            .fin = trawl_view_u64(&v.fin, r) != 0};
    }
    if (!(c->first <= c->last))
        return host->fail(err, TRAWL_E_NOT_FOUND, "MPTCP connection %llu has no mappings of data",
                          (unsigned long long)c->id);
    return TRAWL_OK;
}

int connection_open(trawl_call *call, const char *capture, uint64_t id, struct connection *ret,
                    trawl_error *err)
{
    trawl_table *subflows = NULL, *mappings = NULL;
    int rc;

    *ret = (struct connection){.id = id};
    rc = host->capture(call, capture, &ret->capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, ret->capture, "subflows", &subflows, err);
    if (rc == TRAWL_OK)
        rc = take_subflows(call, subflows, ret, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, ret->capture, "mptcp_mappings", &mappings, err);
    if (rc == TRAWL_OK)
        rc = take_mappings(call, mappings, ret, err);
    host->release(subflows);
    host->release(mappings);
    return rc;
}

unsigned connection_mask(const struct connection *c, const trawl_words *dest)
{
    uint64_t bytes[2] = {0, 0};

    if (dest->n)
        return dest_mask(dest);
    for (uint64_t k = 0; k < c->n; k++)
        bytes[c->mappings[k].towards] += c->mappings[k].end - c->mappings[k].dsn;
    return bytes[TO_CLIENT] > bytes[TO_SERVER] ? 2 : 1;
}

const char *connection_title(trawl_call *call, const struct connection *c, const char *what,
                             unsigned mask)
{
    return new_text(call, "%s: MPTCP connection %llu, %s, %s to %s", host->name_of(c->capture),
                    (unsigned long long)c->id, what, c->ends[mask == 2], c->ends[mask != 2]);
}

uint32_t subflow_colour(uint32_t i)
{
    static const uint32_t colours[] = {1, 3, 4, 6, 5, 8};

    return colours[i % TRAWL_COUNT(colours)] + 8 * (i / TRAWL_COUNT(colours));
}

const char *subflow_label(trawl_call *call, const struct subflow *s, unsigned towards,
                          unsigned mask)
{
    return mask == 3 ? new_text(call, "stream %llu, to %s", (unsigned long long)s->stream,
                                towards ? "client" : "server")
                     : s->label;
}
