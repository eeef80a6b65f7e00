/* Counts of chosen values over time. Knows nothing of what is done with them. */
#include "series.h"

#include <stdlib.h>
#include <string.h>

#include "compare.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count over time: no memory");
}

/* ---- order ---- */

/* Before names are known: fields are in order of name, values in order of appearance. */
static int by_total(const void *a, const void *b)
{
    const struct series *x = a, *y = b;

    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    if (x->tally != y->tally)
        return strcmp(x->tally->field, y->tally->field);
    return x->value < y->value ? -1 : x->value > y->value;
}

static int by_total_and_name(const void *a, const void *b)
{
    const struct series *x = a, *y = b;

    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_place(const void *a, const void *b)
{
    const struct series *x = a, *y = b;

    if (x->tally != y->tally)
        return x->tally < y->tally ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

static void keep_most(struct series_set *set, uint64_t most)
{
    set->n_found = set->n;
    qsort(set->items, set->n, sizeof(*set->items), by_total);
    if (set->n > most)
        set->n = (size_t)most;
}

/* ---- names ---- */

static int name_series(trawl_call *call, const struct series_query *query, struct series *s,
                       trawl_error *err)
{
    const char *text = tally_text(call, s->tally, s->value, query->cut, err);
    size_t n = strlen(s->tally->field), n_text = text ? strlen(text) : 0;
    char *name = text ? host->call_alloc(call, n + n_text + 2) : NULL;

    if (!name)
        return no_memory(err);
    memcpy(name, s->tally->field, n);
    name[n] = '=';
    memcpy(name + n + 1, text, n_text + 1);
    s->name = name;
    return TRAWL_OK;
}

const char *series_value(const struct series *s)
{
    return s->name + strlen(s->tally->field) + 1;
}

/* Names of all; those whose text is not wanted are dropped. */
static int name_all(trawl_call *call, struct series_set *set, const struct series_query *query,
                    trawl_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        int rc = set->items[i].name ? TRAWL_OK : name_series(call, query, &set->items[i], err);

        if (rc != TRAWL_OK)
            return rc;
        if (matches_any(series_value(&set->items[i]), &query->scope->values))
            set->items[n++] = set->items[i];
    }
    set->n = n;
    return TRAWL_OK;
}

/* ---- values ---- */

/* Values of all fields that one bin has often enough. */
static int find_values(struct series_set *set, uint64_t least, trawl_error *err)
{
    size_t room = 1, n_slots = set->sample.n_slots, most_values = 1;
    uint32_t *highest;

    for (size_t f = 0; f < set->n_tallies; f++) {
        const size_t n = (size_t)set->tallies[f].n_values;

        room += n;
        most_values = n > most_values ? n : most_values;
    }
    set->items = host->alloc(room * sizeof(*set->items));
    highest = host->alloc(most_values * sizeof(*highest));
    if (!set->items || !highest) {
        host->free(highest);
        return no_memory(err);
    }
    for (size_t f = 0; f < set->n_tallies; f++) {
        const struct tally *t = &set->tallies[f];
        struct series *all = set->items + set->n;
        size_t n = 0;

        memset(highest, 0, most_values * sizeof(*highest));
        for (uint32_t v = 0; v < t->n_values; v++)
            all[v] = (struct series){.tally = t, .value = v};
        for (uint64_t i = 0; i < t->slot_start[n_slots]; i++) {
            const struct cell *c = &t->cells[i];

            all[c->value].total += c->count;
            all[c->value].n++;
            highest[c->value] = c->count > highest[c->value] ? c->count : highest[c->value];
        }
        for (uint32_t v = 0; v < t->n_values; v++) {
            if (all[v].n && highest[v] >= least)
                all[n++] = all[v];
        }
        set->n += n;
    }
    host->free(highest);
    return TRAWL_OK;
}

/* The points of each series, slot after slot. */
static int find_points(struct series_set *set, trawl_error *err)
{
    size_t n = 1, most_values = 1;
    struct series **of_value;

    qsort(set->items, set->n, sizeof(*set->items), by_place);
    for (size_t i = 0; i < set->n; i++)
        n += set->items[i].n;
    for (size_t f = 0; f < set->n_tallies; f++)
        most_values = set->tallies[f].n_values > most_values ? (size_t)set->tallies[f].n_values
                                                             : most_values;
    set->points = host->alloc(n * sizeof(*set->points));
    of_value = host->alloc(most_values * sizeof(*of_value));
    if (!set->points || !of_value) {
        host->free(of_value);
        return no_memory(err);
    }
    n = 0;
    for (size_t i = 0, end; i < set->n; i = end) {
        const struct tally *t = set->items[i].tally;

        memset(of_value, 0, most_values * sizeof(*of_value));
        for (end = i; end < set->n && set->items[end].tally == t; end++) {
            struct series *s = &set->items[end];

            s->points = set->points + n;
            n += s->n;
            s->n = 0;
            of_value[s->value] = s;
        }
        for (size_t slot = 0; slot < set->sample.n_slots; slot++) {
            for (uint64_t c = t->slot_start[slot]; c < t->slot_start[slot + 1]; c++) {
                struct series *s = of_value[t->cells[c].value];

                if (s)
                    s->points[s->n++] = (struct point){(uint32_t)slot, t->cells[c].count};
            }
        }
    }
    host->free(of_value);
    return TRAWL_OK;
}

/* Drop the points that the expression is false for, and series without any. */
static int keep_points(trawl_call *call, struct series_set *set, const struct scope *scope,
                       trawl_error *err)
{
    size_t n = 0, n_series = 0, at = 0;
    struct candidate *rows;
    uint8_t *keep = NULL;
    int rc;

    for (size_t i = 0; i < set->n; i++)
        n += set->items[i].n;
    rows = host->alloc((n + 1) * sizeof(*rows));
    if (!rows)
        return no_memory(err);
    n = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct series *s = &set->items[i];

        for (size_t k = 0; k < s->n; k++)
            rows[n++] = (struct candidate){(double)set->sample.slots[s->points[k].slot].start_ns /
                                               1e9,
                                           s->tally->field, series_value(s), s->points[k].count};
    }
    rc = scope_keep(call, scope, rows, n, &keep, err);
    host->free(rows);
    for (size_t i = 0; i < set->n && rc == TRAWL_OK; i++) {
        struct series s = set->items[i];
        size_t n_kept = 0;

        s.total = 0;
        for (size_t k = 0; k < s.n; k++) {
            if (!keep[at++])
                continue;
            s.total += s.points[k].count;
            s.points[n_kept++] = s.points[k];
        }
        s.n = n_kept;
        if (n_kept)
            set->items[n_series++] = s;
    }
    set->n = rc == TRAWL_OK ? n_series : set->n;
    return rc;
}

static int choose(trawl_call *call, const struct series_query *query, struct series_set *set,
                  trawl_error *err)
{
    const struct scope *scope = query->scope;
    int rc = find_values(set, scope->min_count, err);

    if (rc == TRAWL_OK && (scope->values.n || scope->expr))
        rc = name_all(call, set, query, err);
    if (rc == TRAWL_OK && !scope->expr)
        keep_most(set, query->most);
    if (rc == TRAWL_OK)
        rc = find_points(set, err);
    if (rc == TRAWL_OK && scope->expr) {
        rc = keep_points(call, set, scope, err);
        if (rc == TRAWL_OK)
            keep_most(set, query->most);
    }
    if (rc == TRAWL_OK)
        rc = name_all(call, set, query, err);
    if (rc == TRAWL_OK)
        qsort(set->items, set->n, sizeof(*set->items), by_total_and_name);
    return rc;
}

int series_open(trawl_call *call, const struct series_query *query, struct series_set *ret,
                trawl_error *err)
{
    const struct scope *scope = query->scope;
    struct sampling how = {.captures = query->captures,
                           .in = query->in,
                           .max_rows = scope->max_rows,
                           .bin_ns = query->bin,
                           .fit_bins = query->fit_bins,
                           .merge = 1};
    const char **names = NULL;
    size_t n = 0;
    int rc;

    memset(ret, 0, sizeof(*ret));
    rc = sample_open(call, &how, &ret->sample, err);
    if (rc == TRAWL_OK)
        rc = fields_choose(call, scope, &ret->sample, &names, &n, err);
    if (rc != TRAWL_OK)
        return rc;
    ret->tallies = host->call_alloc(call, (n + 1) * sizeof(*ret->tallies));
    if (!ret->tallies)
        return no_memory(err);
    rc = tally_fields(call, &ret->sample, names, n, scope_flags(scope), ret->tallies, err);
    ret->n_tallies = n;
    return rc == TRAWL_OK ? choose(call, query, ret, err) : rc;
}

int series_fail_empty(const struct series_set *set, const char *what, trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOT_FOUND, "nothing to %s: %s", what,
                      set->sample.n_slots ? "no value is chosen"
                                          : "there is no packet with a time");
}

void series_close(struct series_set *set)
{
    for (size_t i = 0; i < set->n_tallies; i++)
        tally_free(&set->tallies[i]);
    host->free(set->items);
    host->free(set->points);
    sample_close(&set->sample);
    memset(set, 0, sizeof(*set));
}
