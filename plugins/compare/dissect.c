/* dissect: how often each value of every field occurs.
 * Knows nothing of how values are found. */
#include "compare.h"

#include <string.h>

static void put_row(trawl_builder *b, const char *field, const char *value, uint64_t count,
                    uint64_t sum)
{
    host->put_text(b, field);
    host->put_text(b, value);
    host->put_u64(b, count);
    if (sum)
        host->put_f64(b, 100.0 * (double)count / (double)sum);
    else
        host->put_null(b);
    host->end_row(b);
}

/* Most frequent first; ties in order of appearance. */
static int dissect_field(trawl_call *call, const struct dissect_opts *o, const struct side *side,
                         size_t i_field, trawl_builder *b, trawl_error *err)
{
    const char *field = side->names[i_field];
    struct values v;
    uint64_t n_put = 0;
    int rc = values_get(call, side, i_field, &v, err);

    if (rc != TRAWL_OK || v.counts.n == 0)
        return rc;
    for (uint64_t i = 0; i < v.counts.n && (o->top == 0 || n_put < o->top); i++) {
        const char *text;

        if (v.counts.counts[i] < o->min_count)
            break;
        text = values_text(call, &v, i, err);
        if (!text)
            return TRAWL_E_NOMEM;
        if (!matches_any(text, &o->values))
            continue;
        put_row(b, field, text, v.counts.counts[i], v.sum);
        n_put++;
    }
    if (v.counts.n >= o->min_count && matches_any(WIDTH_NAME, &o->values))
        put_row(b, field, WIDTH_NAME, v.counts.n, 0);
    return TRAWL_OK;
}

static int dissect_table(trawl_call *call, const struct dissect_opts *o, trawl_table *table,
                         trawl_builder *b, trawl_error *err)
{
    struct side side = {.table = table};
    int rc = fields_choose(call, &o->fields, o->match, &side, 1, err);

    for (size_t f = 0; f < side.n_fields && rc == TRAWL_OK; f++) {
        if (host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        else
            rc = dissect_field(call, o, &side, f, b, err);
    }
    return rc;
}

int dissect_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err)
{
    const struct dissect_opts *o = opts;
    trawl_schema *schema = host->schema_new(err);
    trawl_capture *capture = NULL;
    trawl_table *table = in ? host->retain(in) : NULL;
    trawl_builder *b = NULL;
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < DISSECT_N_COLUMNS && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &dissect_columns[i], err);
    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK && !in)
        rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK && !in)
        rc = host->table(call, capture, "packets", &table, err);
    if (rc == TRAWL_OK)
        rc = dissect_table(call, o, table, b, err);
    if (rc == TRAWL_OK) {
        rc = host->finish(b, ret, err);
        b = NULL;
    }
    host->builder_free(b);
    host->schema_free(schema);
    host->release(table);
    return rc;
}
