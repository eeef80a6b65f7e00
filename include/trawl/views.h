/* Columns of tables by their names, and what their cells hold: helpers for plugins, all inline.
 * Must not know tables that are built. */
#ifndef TRAWL_VIEWS_H
#define TRAWL_VIEWS_H

#include "trawl/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What tables of counts (dissect, compare …) have in place of a field, and of values: how many of
 * these differ, and how many are on one side only. */
#define TRAWL_COUNTS_TOTAL "__TOTAL__"
#define TRAWL_COUNTS_WIDTH "__WIDTH__"
#define TRAWL_COUNTS_NEW   "__NEW_VALUES__"

/** A column that code relies on. */
typedef struct trawl_wanted {
    const char *name;
    trawl_view *view;
    trawl_type type; /**< 0: any */
} trawl_wanted;

/** The view of a column, whatever was in *ret; one without rows when it fails. */
static inline int trawl_open_view(const trawl_host *host, trawl_call *call, trawl_table *table,
                                  const char *name, trawl_view *ret, trawl_error *err)
{
    ret->size = sizeof(*ret);
    ret->n_rows = ret->n_codes = 0;
    return host->view_named(call, table, name, ret, err);
}

/** Those of n columns; one of another type is TRAWL_E_PLUGIN. */
static inline int trawl_open_views(const trawl_host *host, trawl_call *call, trawl_table *table,
                                   const trawl_wanted *wanted, size_t n, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        rc = trawl_open_view(host, call, table, wanted[i].name, wanted[i].view, err);
        if (rc == TRAWL_OK && wanted[i].type && wanted[i].view->type != wanted[i].type)
            rc = host->fail(err, TRAWL_E_PLUGIN, "column '%s' is not of its type", wanted[i].name);
    }
    return rc;
}

enum { TRAWL_FETCH_MOST = 32 };

/** The same of at most TRAWL_FETCH_MOST columns, which are read from the packets in one pass. */
static inline int trawl_fetch_views(const trawl_host *host, trawl_call *call, trawl_table *table,
                                    const trawl_wanted *wanted, size_t n, trawl_error *err)
{
    const char *names[TRAWL_FETCH_MOST];
    int rc;

    if (n > TRAWL_FETCH_MOST)
        return host->fail(err, TRAWL_E_PLUGIN, "%zu columns at once are too many", n);
    for (size_t i = 0; i < n; i++)
        names[i] = wanted[i].name;
    rc = host->prefetch(call, table, names, n, err);
    return rc == TRAWL_OK ? trawl_open_views(host, call, table, wanted, n, err) : rc;
}

/** Column i comes out of a file, and no setting names one, or this build lacks what reads it: it is
 * not among "all fields". A file with faults is told of when the cells are wanted. */
static inline int trawl_lacks_file(const trawl_host *host, trawl_call *call, trawl_table *table,
                                   size_t i)
{
    trawl_view view;
    int rc = TRAWL_OK;

    view.size = sizeof(view);
    if (host->schema_column(host->schema_of(table), i)->flags & TRAWL_COLUMN_EXTERNAL)
        rc = host->view(call, table, i, &view, NULL);
    return rc == TRAWL_E_USAGE || rc == TRAWL_E_UNSUPPORTED;
}

/** Value i of strings or bytes, not null: its bytes, without a NUL, and how many. */
static inline const uint8_t *trawl_view_text(const trawl_view *view, uint64_t i, size_t *ret_n)
{
    const uint32_t code = ((const uint32_t *)view->data)[i];

    *ret_n = (size_t)(view->text_offsets[code + 1] - view->text_offsets[code]);
    return view->text + view->text_offsets[code];
}

/** Row i of a view of strings has this one. */
static inline int trawl_view_is(const trawl_view *view, uint64_t i, const char *text)
{
    size_t n, k = 0;
    const uint8_t *there;

    if (!trawl_view_has(view, i))
        return 0;
    there = trawl_view_text(view, i, &n);
    while (k < n && text[k] && there[k] == (uint8_t)text[k])
        k++;
    return k == n && !text[k];
}

#ifdef __cplusplus
}
#endif
#endif
