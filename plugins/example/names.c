/* A derived field of the plugin that docs/PLUGINS.md explains: the last label of each name that a
 * packet asks for. Must not need anything but the public headers. */
#include "trawl/views.h"

#include "example.h"

static const trawl_field fields[] = {
    TRAWL_FIELD(.name = "example.tld", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST,
                .help = "last label of the name asked for: org of www.example.org",
                .source = "RFC 1034 section 3.1"),
};

/* Cells of row i: a list has a range of them, another column one or none. */
static void cells_of(const trawl_view *view, uint64_t i, uint64_t *ret_first, uint64_t *ret_end)
{
    *ret_first = view->offsets ? view->offsets[i] : i;
    *ret_end = view->offsets ? view->offsets[i + 1] : i + (unsigned)trawl_view_has(view, i);
}

/* Behind the last dot. */
static const char *last_label(const char *name, size_t n, size_t *ret_n)
{
    size_t at = n;

    while (at > 0 && name[at - 1] != '.')
        at--;
    *ret_n = n - at;
    return name + at;
}

static void put_labels(trawl_builder *b, const trawl_view *names)
{
    for (uint64_t row = 0; row < names->n_rows; row++) {
        uint64_t at, end;
        size_t n;

        for (cells_of(names, row, &at, &end); at < end; at++) {
            const char *name = (const char *)trawl_view_text(names, at, &n);
            const char *label = last_label(name, n, &n);

            host->put_value(b, label, n);
        }
        host->end_list(b);
        host->end_row(b);
    }
}

static int compute(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = fields[0].name, .type = fields[0].type,
                                             .flags = fields[0].flags, .help = fields[0].help);
    trawl_view names = {.size = sizeof(names)};
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    int rc = host->view_named(call, packets, "dns.qry.name", &names, err);

    (void)capture;
    if (rc != TRAWL_OK)
        return rc;
    schema = host->schema_from(&column, 1, err);
    b = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    put_labels(b, &names);
    return host->finish(b, ret, err);
}

const trawl_derived example_derived[1] = {
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "labels",
     .fields = fields,
     .n_fields = TRAWL_COUNT(fields),
     .compute = compute,
     .of = "dns.qry.name"},
};
