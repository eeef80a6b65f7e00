/* Subflows of a topology by name, and whether they have what is needed. Must not know files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numerics.h"

int64_t topology_find(const struct topology *t, const char *name, trawl_error *err)
{
    char all[256];
    size_t n = 0;
    char *end;
    unsigned long i;

    for (size_t k = 0; k < t->n; k++) {
        if (strcmp(t->paths[k].name, name) == 0)
            return (int64_t)k;
    }
    errno = 0;
    i = strtoul(name, &end, 10);
    if (*name >= '0' && *name <= '9' && !*end && !errno && i < t->n)
        return (int64_t)i;
    for (size_t k = 0; k < t->n && n + 12 < sizeof(all); k++)
        n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", k ? ", " : "", t->paths[k].name);
    (void)host->fail(err, TRAWL_E_NOT_FOUND, "'%s' has no subflow '%s'", t->file, name);
    host->hint(err, "It has %s%s.", all, n + 12 < sizeof(all) ? "" : " …");
    return -1;
}

int topology_need_cwnds(const struct topology *t, trawl_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->paths[i].cwnd <= 0)
            return host->fail(err, TRAWL_E_DATA, "'%s': subflow '%s' has no %s", t->file,
                              t->paths[i].name, t->is_new ? "snd_cwnd" : "cwnd");
    }
    return TRAWL_OK;
}
