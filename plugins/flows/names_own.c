/* Names of applications without libndpi: what trawl's own dissectors made of packets.
 * Knows nothing of views, nor of libndpi. */
#include <stdio.h>
#include <string.h>

#include "trawl/views.h"

#include "names.h"

/* A packet shows what a flow carries by a protocol that it has, or by the number above IP; the
 * first of these counts that a flow has. Names and kinds are nDPI's. */
static const struct {
    const char *field; /* NULL: by number */
    uint8_t proto;
    const char *name, *category;
} apps[] = {
    {"quic", 0, "QUIC", "Web"},       {"tls", 0, "TLS", "Web"},
    {"http", 0, "HTTP", "Web"},       {"mdns", 0, "MDNS", "Network"},
    {"llmnr", 0, "LLMNR", "Network"}, {"dns", 0, "DNS", "Network"},
    {"socks", 0, "SOCKS", "Web"},     {NULL, 1, "ICMP", "Network"},
    {NULL, 58, "ICMPV6", "Network"},  {NULL, 2, "IGMP", "Network"},
    {NULL, 89, "OSPF", "Network"},    {NULL, 132, "SCTP", "Network"},
    {"esp", 0, "IPsec", "VPN"},       {"ah", 0, "IPsec", "VPN"},
};
enum { N_APPS = TRAWL_COUNT(apps), BY_CONTENT = 6 };

/* Texts come from the first packet that has one of their fields. */
enum text { SERVER_NAME, CLIENT_PRINT, SERVER_PRINT, AGENT, CONTENT, N_TEXTS };
static const struct {
    enum text text;
    const char *field;
    const char *only; /* where this is true; NULL: anywhere */
} sources[] = {
    {SERVER_NAME, "tls.handshake.extensions_server_name", NULL},
    {SERVER_NAME, "http.host", NULL},
    {SERVER_NAME, "dns.qry.name", NULL},
    {CLIENT_PRINT, "tls.handshake.ja3", NULL},
    {SERVER_PRINT, "tls.handshake.ja3s", NULL},
    {AGENT, "http.user_agent", NULL},
    {CONTENT, "http.content_type", "http.response"},
};
enum { N_SOURCES = TRAWL_COUNT(sources), N_FIELDS = N_APPS + 2 * N_SOURCES };

/* What a flow was found to carry; numbers are one more than they are, 0: none. */
struct found {
    uint32_t rows[N_TEXTS]; /* of its texts */
    uint8_t sources[N_TEXTS];
    uint8_t app;
    uint8_t n; /* packets that were looked at */
};

struct own {
    trawl_call *call;
    const struct meter *meter;
    struct found *found;                                         /* by flow */
    trawl_view apps[N_APPS], fields[N_SOURCES], only[N_SOURCES]; /* data NULL: not there */
};

static int is_true(const trawl_view *view, uint64_t row)
{
    return view->data && view->type == TRAWL_BOOL && trawl_view_has(view, row) &&
           ((const uint8_t *)view->data)[row];
}

/* ---- fields ---- */

static int has_field(const trawl_schema *schema, const char *name)
{
    return name && host->schema_find(schema, name) >= 0;
}

static int open_field(struct own *o, const char *name, trawl_view *view, trawl_error *err)
{
    trawl_table *packets = o->meter->input.packets;

    view->size = sizeof(*view);
    if (!has_field(host->schema_of(packets), name))
        return TRAWL_OK;
    return host->view_named(o->call, packets, name, view, err);
}

static int open_fields(struct own *o, trawl_error *err)
{
    trawl_table *packets = o->meter->input.packets;
    const trawl_schema *schema = host->schema_of(packets);
    const char *names[N_FIELDS];
    size_t n = 0;
    int rc;

    for (size_t i = 0; i < N_APPS; i++) {
        if (has_field(schema, apps[i].field))
            names[n++] = apps[i].field;
    }
    for (size_t i = 0; i < N_SOURCES; i++) {
        if (has_field(schema, sources[i].field))
            names[n++] = sources[i].field;
        if (has_field(schema, sources[i].only))
            names[n++] = sources[i].only;
    }
    rc = n ? host->prefetch(o->call, packets, names, n, err) : TRAWL_OK;
    for (size_t i = 0; i < N_APPS && rc == TRAWL_OK; i++)
        rc = open_field(o, apps[i].field, &o->apps[i], err);
    for (size_t i = 0; i < N_SOURCES && rc == TRAWL_OK; i++) {
        rc = open_field(o, sources[i].field, &o->fields[i], err);
        if (rc == TRAWL_OK)
            rc = open_field(o, sources[i].only, &o->only[i], err);
    }
    return rc;
}

/* Whose names these are, and what could not be looked for: a protocol is called like its plugin. */
static void say_whose(const struct own *o, const struct metric_use *use)
{
    static const char *const plugins[] = {"tls", "quic", "http", "dns"};
    const trawl_schema *schema = host->schema_of(o->meter->input.packets);
    char text[64] = "";
    size_t at = 0;

    for (size_t i = 0; i < TRAWL_COUNT(plugins) && at < sizeof(text); i++) {
        if (!has_field(schema, plugins[i]))
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s'%s'", at ? ", " : "",
                                   plugins[i]);
    }
    if (!use->metric) /* else it was there, and was said not to begin */
        host->log(1, "flows: plugin 'dpi' with libndpi is not there: names are what trawl's own "
                     "dissectors know");
    if (at)
        host->log(1, "flows: what plugins would name that are not there either is empty: %s", text);
}

/* ---- packets ---- */

static unsigned app_of(const struct own *o, uint64_t row)
{
    const unsigned proto = input_proto(&o->meter->input, row);

    for (unsigned i = 0; i < N_APPS; i++) {
        if (apps[i].field ? is_true(&o->apps[i], row) : proto == apps[i].proto)
            return i + 1;
    }
    return 0;
}

static void look_at(const struct own *o, struct found *f, uint64_t row)
{
    const unsigned app = app_of(o, row);

    if (app && (!f->app || app < f->app))
        f->app = (uint8_t)app;
    for (unsigned i = 0; i < N_SOURCES; i++) {
        const unsigned text = sources[i].text;

        if (f->sources[text] || !o->fields[i].data || o->fields[i].type != TRAWL_STRING ||
            !trawl_view_has(&o->fields[i], row) || (sources[i].only && !is_true(&o->only[i], row)))
            continue;
        f->sources[text] = (uint8_t)(i + 1);
        f->rows[text] = (uint32_t)row;
    }
}

static int look_at_all(const struct own *o, trawl_error *err)
{
    const uint64_t n_rows = o->meter->input.n_rows;

    for (uint64_t row = 0; row < n_rows; row++) {
        const uint32_t flow = meter_flow_at(o->meter, row);

        if (row % 4096 == 0 && host->cancelled(o->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (flow == FLOWS_NONE || o->found[flow].n == o->meter->plan->dissections)
            continue;
        o->found[flow].n++;
        look_at(o, &o->found[flow], row);
    }
    return TRAWL_OK;
}

/* ---- cells ---- */

/* A server's name as nDPI has it: in small letters, without the port that a Host may have. */
static void put_name(const uint8_t *from, size_t n, trawl_builder *b)
{
    char lower[256];
    size_t at = n;

    while (at && from[at - 1] >= '0' && from[at - 1] <= '9')
        at--;
    if (at > 1 && from[at - 1] == ':' && (from[at - 2] == ']' || !memchr(from, ':', at - 1)))
        n = at - 1;
    if (n > sizeof(lower)) {
        host->put_value(b, from, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        lower[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] | 0x20 : from[i]);
    host->put_value(b, lower, n);
}

static void put_text(const struct own *o, const struct found *f, enum text text, trawl_builder *b)
{
    const trawl_view *view = f->sources[text] ? &o->fields[f->sources[text] - 1] : NULL;
    const uint8_t *from;
    uint64_t item;
    size_t n;

    if (!view) {
        host->put_null(b);
        return;
    }
    item = view->offsets ? view->offsets[f->rows[text]] : f->rows[text];
    from = trawl_view_text(view, item, &n);
    if (text == SERVER_NAME)
        put_name(from, n, b);
    else
        host->put_value(b, from, n);
}

static int put_cells(const struct own *o, const uint32_t *order, uint64_t n, trawl_builder *b,
                     trawl_error *err)
{
    for (uint64_t i = 0; i < n; i++) {
        const struct found *f = &o->found[order[i]];

        if (i % 4096 == 0 && host->cancelled(o->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        host->put_text(b, f->app ? apps[f->app - 1].name : "Unknown");
        host->put_text(b, f->app ? apps[f->app - 1].category : "Unspecified");
        host->put_u64(b, 0);
        host->put_u64(b, f->app ? BY_CONTENT : 0);
        for (int text = 0; text < N_TEXTS; text++)
            put_text(o, f, (enum text)text, b);
        host->end_row(b);
    }
    return TRAWL_OK;
}

int names_table(trawl_call *call, const struct metric_use *use, const struct meter *m,
                const uint32_t *order, uint64_t n, trawl_table **ret, trawl_error *err)
{
    struct own o = {.call = call, .meter = m};
    trawl_schema *schema = host->schema_from(use->columns, use->n_columns, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    o.found = host->alloc(((size_t)meter_end(m) + 1) * sizeof(*o.found));
    if (rc == TRAWL_OK && !o.found)
        rc = host->fail(err, TRAWL_E_NOMEM, "could not name applications: no memory");
    if (rc == TRAWL_OK)
        rc = open_fields(&o, err);
    if (rc == TRAWL_OK)
        rc = look_at_all(&o, err);
    if (rc == TRAWL_OK)
        rc = put_cells(&o, order, n, b, err);
    host->free(o.found);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    say_whose(&o, use);
    return host->finish(b, ret, err);
}
