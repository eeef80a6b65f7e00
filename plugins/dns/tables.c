/* What the tables of the dns plugin share. Knows nothing of their rows. */
#include "table.h"

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
