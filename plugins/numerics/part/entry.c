/* The part of the plugin numerics: files, and solutions by GLPK. Knows nothing of commands. */
#include "../numerics.h"

const trawl_host *host;

static const struct numerics_part functions = {
    .topology_read = topology_read,
    .solve = solve,
    .write_json = write_json,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "numerics",
    .version = NUMERICS_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
