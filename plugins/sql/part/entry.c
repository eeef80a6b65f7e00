/* The part of the plugin sql: all that needs SQLite. Knows nothing of files. */
#include "../sql.h"

const trawl_host *host;

static const struct sql_part functions = {
    .open = database_open,
    .create = database_create,
    .look = database_look,
    .rows = database_rows,
    .close = database_close,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "sql",
    .version = SQL_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
