/* Files and solutions, by the plugin's part, which is loaded when the first is asked for.
 * Must not know how they are come by. */
#include "numerics.h"

static const struct numerics_part *part(trawl_error *err)
{
    const void *functions = NULL;

    return host->part("numerics", &functions, err) == TRAWL_OK ? functions : NULL;
}

int topology_read(trawl_call *call, const char *file, int measured, struct topology *ret,
                  trawl_error *err)
{
    const struct numerics_part *p = part(err);

    return p ? p->topology_read(call, file, measured, ret, err) : TRAWL_E_PLUGIN;
}

int solve(trawl_call *call, const struct problem *problem, struct solution *ret, trawl_error *err)
{
    const struct numerics_part *p = part(err);

    return p ? p->solve(call, problem, ret, err) : TRAWL_E_PLUGIN;
}

int write_json(const char *file, const struct simulation *sim, const struct solution *solution,
               trawl_error *err)
{
    const struct numerics_part *p = part(err);

    return p ? p->write_json(file, sim, solution, err) : TRAWL_E_PLUGIN;
}
