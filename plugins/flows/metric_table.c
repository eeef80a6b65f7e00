/* The columns of flow metrics: what their hooks put when flows are over.
 * Knows nothing of packets. */
#include <string.h>

#include "names.h"

enum { POLL_FLOWS = 16 }; /* on_expire is a plugin's: it may be slow */

static const char *name_of(const struct metric_use *use)
{
    return use->metric ? use->metric->name : use->is_names ? "dpi" : use->typed;
}

static int fail_twice(trawl_call *call, const struct flows_plan *plan, const struct metric_use *use,
                      const trawl_column *column, const trawl_column *there, trawl_error *err)
{
    const int is_dpi = use->metric && strcmp(use->metric->name, "dpi") == 0;
    int rc;

    if (use->metric)
        rc = host->fail(err, TRAWL_E_USAGE, "metric '%s' has a column '%s', which is there already",
                        use->metric->name, column->name);
    else
        rc = host->fail(err, TRAWL_E_USAGE, "column '%s' is there already%s", column->name,
                        there->flags & TRAWL_COLUMN_HIDDEN ? ", hidden until it is named" : "");
    if (is_dpi && plan->dissections)
        host->hint(err, "--dissections gives the columns of dpi: leave one of them out.");
    else if (!use->metric)
        host->hint(err, "Give yours another name.");
    if (use->n_at)
        host->place(call, use->at, use->n_at, err);
    return rc;
}

int metric_add_columns(trawl_call *call, const struct flows_plan *plan, trawl_schema *schema,
                       trawl_error *err)
{
    const struct metric_set *set = plan->metrics;
    int rc = TRAWL_OK;

    for (size_t i = 0; set && i < set->n; i++) {
        for (size_t k = 0; k < set->uses[i].n_columns && rc == TRAWL_OK; k++) {
            const trawl_column *column = &set->uses[i].columns[k];
            const int64_t there = host->schema_find(schema, column->name);

            if (there >= 0)
                rc = fail_twice(call, plan, &set->uses[i], column,
                                host->schema_column(schema, (size_t)there), err);
            else
                rc = host->schema_add(schema, column, err);
        }
    }
    return rc;
}

/* Cells of all flows; with empty: nothing in them. */
static int put_flows(trawl_call *call, const struct metric_use *use, size_t i_use,
                     const struct meter *m, const uint32_t *order, uint64_t n, int empty,
                     trawl_builder *b, uint64_t *ret_n_failed, trawl_error *err)
{
    for (uint64_t i = 0; i < n; i++) {
        uint8_t *states = empty ? NULL : meter_states(m, order[i]);

        if (i % POLL_FLOWS == 0) {
            host->progress(call, i, n);
            if (host->cancelled(call))
                return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        }
        if (!empty && !metric_failed(states, i_use)) {
            use->metric->on_expire(host, states + use->state_at, b);
        } else {
            for (size_t k = 0; k < use->n_columns; k++)
                host->put_null(b);
            *ret_n_failed += !empty;
        }
        host->end_row(b);
    }
    return TRAWL_OK;
}

static int hooked_table(trawl_call *call, const struct metric_use *use, size_t i_use,
                        const struct meter *m, const uint32_t *order, uint64_t n, int empty,
                        trawl_table **ret, uint64_t *ret_n_failed, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(use->columns, use->n_columns, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? put_flows(call, use, i_use, m, order, n, empty, b, ret_n_failed, err)
               : TRAWL_E_NOMEM;

    host->schema_free(schema);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    return host->finish(b, ret, empty ? err : NULL);
}

/* One metric's columns. */
static int use_table(trawl_call *call, const struct metric_use *use, size_t i_use,
                     const struct meter *m, const uint32_t *order, uint64_t n, trawl_table **ret,
                     trawl_error *err)
{
    uint64_t n_failed = 0;
    int rc;

    if (use->is_names && (!use->metric || m->metrics_off >> i_use & 1))
        return names_table(call, use, m, order, n, ret, err);
    if (use->exprs)
        return metric_express(call, use, m, order, n, ret, err);
    rc = hooked_table(call, use, i_use, m, order, n, 0, ret, &n_failed, err);
    if (rc == TRAWL_E_PLUGIN) {
        host->log(1, "flows: metric '%s' put cells that do not fit its columns: they are empty",
                  name_of(use));
        return hooked_table(call, use, i_use, m, order, n, 1, ret, &n_failed, err);
    }
    if (rc == TRAWL_E_NOMEM)
        return host->fail(err, rc, "could not keep the columns of metric '%s': no memory",
                          name_of(use));
    if (rc == TRAWL_OK && n_failed && !(m->metrics_off >> i_use & 1))
        host->log(1, "flows: metric '%s' failed in %llu flows: its cells are empty there",
                  name_of(use), (unsigned long long)n_failed);
    return rc;
}

int metric_table(trawl_call *call, const struct meter *m, const uint32_t *order, uint64_t n,
                 trawl_table **ret, trawl_error *err)
{
    const struct metric_set *set = m->plan->metrics;
    trawl_table *all = NULL;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < set->n && rc == TRAWL_OK; i++) {
        trawl_table *one = NULL, *both = NULL;

        rc = use_table(call, &set->uses[i], i, m, order, n, &one, err);
        if (rc != TRAWL_OK)
            break;
        if (!all) {
            all = one;
            continue;
        }
        rc = host->paste(call, all, one, &both, err);
        host->release(all);
        host->release(one);
        all = both;
    }
    if (rc == TRAWL_OK)
        *ret = all;
    else
        host->release(all);
    return rc;
}
