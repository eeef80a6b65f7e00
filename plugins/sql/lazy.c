/* Databases, by the plugin's part, which is loaded when the first one is opened.
 * Must not know how they work. */
#include "sql.h"

static const struct sql_part *part; /* set by database_open(): there is none before */

int database_open(const char *path, const char *name, struct database **ret, trawl_error *err)
{
    const void *functions;
    int rc = host->part("sql", &functions, err);

    if (rc != TRAWL_OK)
        return rc;
    part = functions;
    return part->open(path, name, ret, err);
}

int database_create(struct database *db, const char *name, const trawl_schema *schema,
                    trawl_error *err)
{
    return part->create(db, name, schema, err);
}

int database_look(struct database *db, trawl_call *call, trawl_table *table, trawl_error *err)
{
    return part->look(db, call, table, err);
}

int database_rows(struct database *db, trawl_call *call, trawl_table *table, uint64_t start,
                  uint64_t n, trawl_error *err)
{
    return part->rows(db, call, table, start, n, err);
}

int database_close(struct database *db, int keep, trawl_error *err)
{
    return part->close(db, keep, err);
}
