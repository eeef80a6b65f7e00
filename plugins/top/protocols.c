/* Response times that the tables of protocols have, added to the rows of their servers.
 * Knows nothing of segments. */
#include <string.h>

#include "top.h"

enum { CLIENT, SERVER, PORT, TIME, STREAM, N_COLUMNS };

static const struct protocol {
    const char *table, *time;
    enum measure measure;
    int is_tcp;
} protocols[] = {
    {"dns", "response_time", Q_DNS, 0},
    {"http", "response_time", Q_HTTP, 1},
    {"tls", "handshake_time", Q_TLS, 1},
};

/* Other tables have dictionaries of their own: the code in packets' one of each of theirs. */
struct codes {
    trawl_builder *known; /* its dictionary has packets' addresses */
    uint32_t *of;         /* code without bit 31, by its code there; NO_GROUP */
    uint32_t n;           /* codes there */
};

static int codes_open(const trawl_view *addresses, struct codes *ret, trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "address", .type = TRAWL_BYTES,
                                             .help = "of packets");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    int rc = TRAWL_OK;

    ret->known = schema ? host->builder_new(schema, err) : NULL;
    ret->n = addresses->n_codes + 1; /* 0 is the empty value */
    host->schema_free(schema);
    if (!ret->known)
        return TRAWL_E_NOMEM;
    ret->of = host->alloc((size_t)ret->n * sizeof(*ret->of));
    if (!ret->of)
        return top_nomem(err);
    memset(ret->of, 0xff, (size_t)ret->n * sizeof(*ret->of));
    for (uint32_t i = 1; rc == TRAWL_OK && i < addresses->n_codes; i++) {
        uint32_t code;

        rc = host->builder_code(ret->known, 0, addresses->addresses[i], 16, &code, err);
        if (rc == TRAWL_OK && code < ret->n)
            ret->of[code] = i;
    }
    return rc;
}

/* NO_GROUP: no packet has it. */
static int code_of(const struct codes *codes, const trawl_view *view, uint64_t row, uint32_t *ret,
                   trawl_error *err)
{
    const uint32_t code = ((const uint32_t *)view->data)[row];
    uint32_t there;
    int rc = host->builder_code(codes->known, 0, view->addresses[code & 0x7fffffff], 16, &there,
                                err);

    if (rc != TRAWL_OK)
        return rc;
    *ret = there < codes->n && trawl_view_has(view, row) ? codes->of[there] : NO_GROUP;
    if (*ret != NO_GROUP)
        *ret |= code & 0x80000000;
    return TRAWL_OK;
}

static int add_row(const struct plan *plan, struct top *top, const struct protocol *protocol,
                   const struct codes *codes, const trawl_view *v, uint64_t row, trawl_error *err)
{
    uint32_t client, server, i, stream = (uint32_t)trawl_view_u64(&v[STREAM], row);
    int rc = code_of(codes, &v[CLIENT], row, &client, err);

    if (rc == TRAWL_OK)
        rc = code_of(codes, &v[SERVER], row, &server, err);
    if (rc != TRAWL_OK || client == NO_GROUP || server == NO_GROUP)
        return rc;
    if (!protocol->is_tcp)
        stream = top->groups.datagrams ? top->groups.datagrams : NO_GROUP;
    rc = top_row(plan, top, &top->all, client, server, (uint16_t)trawl_view_u64(&v[PORT], row),
                 stream, &i, err);
    if (rc == TRAWL_OK && i != NO_GROUP &&
        samples_add(&top->all.items[i].numbers.measures[protocol->measure],
                    (int64_t)trawl_view_u64(&v[TIME], row), NULL) != 0)
        rc = top_nomem(err);
    return rc;
}

static int add_table(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                     struct top *top, const struct protocol *protocol, const struct codes *codes,
                     trawl_error *err)
{
    const char *const names[N_COLUMNS] = {"client", "server", "server_port", protocol->time,
                                          "stream"};
    trawl_table *table = NULL;
    trawl_view v[N_COLUMNS];
    int rc = host->table(call, capture, protocol->table, &table, err);

    for (int i = 0; rc == TRAWL_OK && i < N_COLUMNS; i++) {
        memset(&v[i], 0, sizeof(v[i]));
        v[i].size = sizeof(v[i]);
        rc = host->view_named(call, table, names[i], &v[i], err);
    }
    for (uint64_t row = 0; rc == TRAWL_OK && row < v[TIME].n_rows; row++)
        if (trawl_view_has(&v[TIME], row))
            rc = add_row(plan, top, protocol, codes, v, row, err);
    host->release(table);
    return rc;
}

int top_protocols(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                  struct top *top, trawl_error *err)
{
    struct codes codes = {0};
    int rc = codes_open(&top->addresses, &codes, err);

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(protocols); i++)
        rc = add_table(call, plan, capture, top, &protocols[i], &codes, err);
    host->builder_free(codes.known);
    host->free(codes.of);
    return rc;
}
