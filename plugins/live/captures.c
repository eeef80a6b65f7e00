/* Rows of `captures`: those that grow or grew, and one by its name.
 * Must not know commands. */
#include <string.h>

#include "trawl/views.h"

#include "live.h"

static int choose(trawl_call *call, trawl_table *all, const char *name, uint32_t *rows,
                  uint64_t *ret_n, trawl_error *err)
{
    trawl_view state = {.size = sizeof(state)}, names = {.size = sizeof(names)},
               current = {.size = sizeof(current)};
    int rc = host->view_named(call, all, "state", &state, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, all, "name", &names, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, all, "current", &current, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < state.n_rows; i++) {
        if (!name                        ? trawl_view_has(&state, i)
            : strcmp(name, LIVE_CURRENT) ? trawl_view_is(&names, i, name)
                                         : trawl_view_u64(&current, i) != 0)
            rows[(*ret_n)++] = (uint32_t)i;
    }
    return rc;
}

int live_captures(trawl_call *call, const char *name, trawl_table **ret, trawl_error *err)
{
    trawl_table *all = NULL;
    uint32_t *rows = NULL;
    uint64_t n = 0;
    int rc = host->list(call, "captures", &all, err);

    if (rc != TRAWL_OK)
        return rc;
    rows = host->call_alloc(call, (size_t)(host->n_rows(all) + 1) * sizeof(*rows));
    rc = rows ? choose(call, all, name, rows, &n, err)
              : host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (rc == TRAWL_OK && !n && name) {
        int is_named = strcmp(name, LIVE_CURRENT) != 0;

        rc = is_named ? host->fail(err, TRAWL_E_NOT_FOUND, "no capture '%s'", name)
                      : host->fail(err, TRAWL_E_NOT_FOUND, "no capture is loaded");
        host->hint(err,
                   is_named ? "'captures' lists what is loaded." : "Load one first: load FILE.");
    }
    if (rc == TRAWL_OK)
        rc = host->gather(call, all, rows, n, ret, err);
    host->release(all);
    return rc;
}

enum live_growth live_growth_of(trawl_call *call, const char *name)
{
    trawl_view state = {.size = sizeof(state)};
    trawl_table *row = NULL;
    enum live_growth growth = LIVE_GROWS;

    if (live_captures(call, name, &row, NULL) == TRAWL_OK &&
        host->view_named(call, row, "state", &state, NULL) == TRAWL_OK) {
        if (trawl_view_is(&state, 0, "waiting"))
            growth = LIVE_WAITS;
        else if (!trawl_view_is(&state, 0, "live") && !trawl_view_is(&state, 0, "following"))
            growth = LIVE_ENDED;
    }
    host->release(row);
    return growth;
}

const char *live_name_in(trawl_call *call, trawl_table *row, trawl_error *err)
{
    const int64_t i = host->schema_find(host->schema_of(row), "name");

    return i < 0 ? NULL : host->cell_text(call, row, (size_t)i, 0, err);
}
