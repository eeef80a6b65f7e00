/* What the tables of the dns plugin share. Knows nothing of their rows. */
#include "table.h"

#include <time.h>

int dns_begin_table(trawl_table *packets, const trawl_column *columns, uint32_t n,
                    trawl_builder **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, n, err);
    const int64_t i_src = host->schema_find(host->schema_of(packets), "src");
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (uint32_t i = 0; i < n && rc == TRAWL_OK; i++)
        if (columns[i].type == TRAWL_IP)
            rc = host->builder_share(b, i, packets, (size_t)i_src, err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    *ret = b;
    return TRAWL_OK;
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int dns_kept_table(trawl_call *call, trawl_capture *capture, const struct dns_table *table,
                   trawl_table **ret, trawl_error *err)
{
    const int64_t from = now_ns();
    trawl_schema *schema = host->schema_from(table->columns, table->n_columns, err);
    int rc;

    if (!schema)
        return TRAWL_E_NOMEM;
    rc = host->recall(call, capture, table->name, schema, ret);
    host->schema_free(schema);
    if (rc == TRAWL_OK)
        return TRAWL_OK;
    rc = table->build(call, capture, ret, err);
    if (rc == TRAWL_OK)
        host->remember(call, capture, table->name, *ret, now_ns() - from);
    return rc;
}
