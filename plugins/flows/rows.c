/* What cannot be filled by several threads at once: lists.
 * Knows nothing of how flows are found. */
#include "rows.h"

static int add_splt(int nf, trawl_schema *schema, trawl_error *err)
{
    static const trawl_column own[] = {
        TRAWL_COLUMN(.name = "first_directions", .type = TRAWL_U8,
                     .flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_ID, .priority = 1,
                     .help = "directions of the first packets: 0 from the source, 1 back"),
        TRAWL_COLUMN(.name = "first_sizes", .type = TRAWL_U32, .flags = TRAWL_COLUMN_LIST,
                     .unit = "B", .help = "their sizes"),
        TRAWL_COLUMN(.name = "first_gaps", .type = TRAWL_SPAN, .flags = TRAWL_COLUMN_LIST,
                     .priority = 1, .help = "the gaps before them"),
    };
    static const trawl_column nfstream[] = {
        TRAWL_COLUMN(.name = "splt_direction", .type = TRAWL_I64,
                     .flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_ID, .priority = 1,
                     .help = "directions of the first packets: 0 from the source, 1 back, -1 none"),
        TRAWL_COLUMN(.name = "splt_ps", .type = TRAWL_I64, .flags = TRAWL_COLUMN_LIST, .unit = "B",
                     .help = "their sizes"),
        TRAWL_COLUMN(.name = "splt_piat_ms", .type = TRAWL_I64, .flags = TRAWL_COLUMN_LIST,
                     .priority = 1, .unit = "ms", .help = "the gaps before them"),
    };
    int rc = TRAWL_OK;

    for (size_t i = 0; i < TRAWL_COUNT(own) && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, nf ? &nfstream[i] : &own[i], err);
    return rc;
}

int rows_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err)
{
    return plan->splt ? add_splt(plan->view->is_nfstream, schema, err) : TRAWL_OK;
}

/* NFStream's lists are as long as was asked for. */
static void put_splt(trawl_builder *b, const struct stats *s, uint32_t i_flow, uint64_t length,
                     int nf)
{
    const struct first_packet *p = s->packets + s->first[i_flow];
    const uint64_t n = s->first[i_flow + 1] - s->first[i_flow];

    for (int what = 0; what < 3; what++) {
        for (uint64_t i = 0; i < n; i++) {
            if (what == 0)
                host->put_u64(b, p[i].direction);
            else if (what == 1)
                host->put_u64(b, p[i].size);
            else
                host->put_i64(b, nf ? p[i].gap_ns / 1000000 : p[i].gap_ns);
        }
        for (uint64_t i = n; nf && i < length; i++)
            host->put_i64(b, -1);
        host->end_list(b);
    }
}

static int put_rows(trawl_call *call, const struct fill_source *from, uint64_t n, trawl_builder *b,
                    trawl_error *err)
{
    const struct meter *m = from->meter;
    const struct flows_plan *plan = m->plan;

    for (uint64_t i = 0; i < n; i++) {
        const uint32_t flow = from->order->flows[i];

        if (i % 4096 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (plan->splt)
            put_splt(b, from->stats, flow, plan->splt, plan->view->is_nfstream);
        host->end_row(b);
    }
    return TRAWL_OK;
}

int rows_table(trawl_call *call, const struct fill_source *from, uint64_t n, trawl_table **ret,
               trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *b = NULL;
    int rc = schema ? rows_columns(from->meter->plan, schema, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        rc = b ? put_rows(call, from, n, b, err) : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        rc = host->finish(b, ret, err);
        b = NULL;
    }
    host->builder_free(b);
    host->schema_free(schema);
    return rc;
}
