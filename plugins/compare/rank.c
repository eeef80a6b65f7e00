/* Orders what comes with a value, and leaves out what says the same again. Knows nothing of tests
 * or tables. */
#include "rank.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "stats.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM,
                      "could not put in order what comes with a value: no memory");
}

static const struct company *company_of(const struct ranking *how, const struct ranked *r)
{
    return &how->companies->items[r->i];
}

static double strength(const struct company *c)
{
    double g = c->lift <= 1 ? 0 : c->g;

    return c->change_g > g ? c->change_g : g;
}

/* ---- q-values ---- */

static int adjust(struct companies *all, size_t member, trawl_error *err)
{
    double *p = host->alloc((size_t)(all->n + 1) * sizeof(*p));
    size_t *order = host->alloc((size_t)(all->n + 1) * sizeof(*order));
    size_t n = 0;
    int rc = p && order ? TRAWL_OK : no_memory(err);

    for (uint64_t i = 0; i < all->n && rc == TRAWL_OK; i++) {
        double *at = (double *)(void *)((char *)&all->items[i] + member);

        if (!isnan(*at))
            p[n++] = *at;
    }
    if (rc == TRAWL_OK)
        stats_adjust(p, n, order);
    n = 0;
    for (uint64_t i = 0; i < all->n && rc == TRAWL_OK; i++) {
        double *at = (double *)(void *)((char *)&all->items[i] + member);

        if (!isnan(*at))
            *at = p[n++];
    }
    host->free(p);
    host->free(order);
    return rc;
}

int rank_adjust(struct companies *companies, trawl_error *err)
{
    int rc = adjust(companies, offsetof(struct company, p), err);

    return rc == TRAWL_OK ? adjust(companies, offsetof(struct company, change_p), err) : rc;
}

/* ---- which rows ---- */

static int is_address(const struct tally *t)
{
    return t->type == TRAWL_IP;
}

static int is_wanted(const struct ranking *how, const struct company *c)
{
    if (c->sides[0].held + c->sides[1].held < how->scope->min_count)
        return 0;
    return how->all || (c->p <= how->max_q && !(c->lift <= 1)) || c->change_p <= how->max_q;
}

static int choose(const struct ranking *how, struct ranked *list, uint64_t *ret_n, trawl_error *err)
{
    const struct companies *all = how->companies;
    double *best = host->call_alloc(how->call, (how->n_fields + 1) * sizeof(*best));
    uint64_t n = 0;

    if (!best)
        return no_memory(err);
    memset(best, 0, (how->n_fields + 1) * sizeof(*best));
    for (uint64_t i = 0; i < all->n; i++) {
        const struct company *c = &all->items[i];

        if (c->i_tally != NO_TALLY && strength(c) > best[c->i_tally])
            best[c->i_tally] = strength(c);
    }
    for (uint64_t i = 0; i < all->n; i++) {
        const struct company *c = &all->items[i];
        int asked = i == how->i_asked;

        if (asked || (c->i_tally != NO_TALLY && c->i_tally != how->i_only && is_wanted(how, c)))
            list[n++] = (struct ranked){.of_field = best[c->i_tally],
                                        .i_tally = c->i_tally,
                                        .own = strength(c),
                                        .i = i,
                                        .is_address = is_address(&how->tallies[c->i_tally]),
                                        .is_asked = asked};
    }
    *ret_n = n;
    return TRAWL_OK;
}

const char *rank_text(const struct ranking *how, uint64_t i, trawl_error *err)
{
    const struct company *c = &how->companies->items[i];

    return tally_text(how->call, &how->tallies[c->i_tally], c->value,
                      scope_is_taffy(how->scope) ? TAFFY_CUT : 0, err);
}

/* What -M and -E want, and the value asked for. */
static int keep_matching(const struct ranking *how, struct ranked *list, uint64_t *n,
                         trawl_error *err)
{
    const struct scope *scope = how->scope;
    struct candidate *rows;
    uint8_t *keep = NULL;
    uint64_t n_kept = 0;
    int rc;

    if (!scope->expr && !scope->values.n)
        return TRAWL_OK;
    rows = host->call_alloc(how->call, (size_t)(*n + 1) * sizeof(*rows));
    if (!rows)
        return no_memory(err);
    for (uint64_t i = 0; i < *n; i++) {
        const struct company *c = company_of(how, &list[i]);

        list[i].text = rank_text(how, list[i].i, err);
        if (!list[i].text)
            return TRAWL_E_NOMEM;
        rows[i] = (struct candidate){0, how->tallies[c->i_tally].field, list[i].text,
                                     c->sides[0].held + c->sides[1].held};
    }
    rc = scope_keep(how->call, scope, rows, *n, &keep, err);
    for (uint64_t i = 0; i < *n && rc == TRAWL_OK; i++) {
        if (list[i].is_asked || (keep[i] && matches_any(list[i].text, &scope->values)))
            list[n_kept++] = list[i];
    }
    *n = n_kept;
    return rc;
}

/* ---- values of the same packets ---- */

/* Addresses and names say most, what the link layer and the frame say least. */
static int rank_of_kind(const struct tally *t)
{
    if (is_address(t))
        return 0;
    if (strncmp(t->field, "frame.", 6) == 0 || strncmp(t->field, "eth.", 4) == 0)
        return 3;
    return t->type == TRAWL_STRING ? 1 : 2;
}

struct twin {
    uint64_t rows; /* the same: the same packets */
    int is_asked, kind;
    uint64_t i; /* in the list */
};

static int by_rows(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;

    if (x->is_asked != y->is_asked)
        return y->is_asked - x->is_asked;
    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind - y->kind;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* Of values that stand in the same packets one stays, and every address; the others are told beside
 * it. The value asked for stands alone: what comes with it is what was asked. */
static int merge_twins(const struct ranking *how, struct ranked *list, uint64_t *n,
                       trawl_error *err)
{
    struct twin *twins = host->call_alloc(how->call, (size_t)(*n + 1) * sizeof(*twins));
    uint64_t *also = host->call_alloc(how->call, (size_t)(*n + 1) * sizeof(*also));
    uint8_t *gone = host->call_alloc(how->call, (size_t)*n + 1);
    uint64_t n_kept = 0, n_also = 0;

    if (!twins || !also || !gone)
        return no_memory(err);
    memset(gone, 0, (size_t)*n + 1);
    for (uint64_t i = 0; i < *n; i++) {
        const struct company *c = company_of(how, &list[i]);

        twins[i] = (struct twin){c->rows, list[i].is_asked, rank_of_kind(&how->tallies[c->i_tally]),
                                 i};
    }
    qsort(twins, (size_t)*n, sizeof(*twins), by_rows);
    for (uint64_t from = 0, to; from < *n; from = to) {
        struct ranked *first = &list[twins[from].i];

        first->also = also + n_also;
        for (to = from + 1; to < *n && twins[to].rows == twins[from].rows &&
                            twins[to].is_asked == twins[from].is_asked;
             to++) {
            if (twins[to].kind == 0)
                continue;
            gone[twins[to].i] = 1;
            also[n_also++] = list[twins[to].i].i;
            first->n_also++;
        }
    }
    for (uint64_t i = 0; i < *n; i++) {
        if (!gone[i])
            list[n_kept++] = list[i];
    }
    *n = n_kept;
    return TRAWL_OK;
}

/* ---- order ---- */

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->is_asked != y->is_asked)
        return y->is_asked - x->is_asked;
    if (x->is_address != y->is_address)
        return y->is_address - x->is_address;
    if (x->of_field != y->of_field)
        return x->of_field > y->of_field ? -1 : 1;
    if (x->i_tally != y->i_tally)
        return x->i_tally < y->i_tally ? -1 : 1;
    if (x->own != y->own)
        return x->own > y->own ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* The first ones of each field. */
static int cut(const struct ranking *how, struct ranked *list, uint64_t *n, trawl_error *err)
{
    uint64_t *n_of = host->call_alloc(how->call, (how->n_fields + 1) * sizeof(*n_of));
    uint64_t n_kept = 0;

    if (!n_of)
        return no_memory(err);
    memset(n_of, 0, (how->n_fields + 1) * sizeof(*n_of));
    for (uint64_t i = 0; i < *n; i++) {
        size_t field = company_of(how, &list[i])->i_tally;

        if (!list[i].is_asked && how->top && n_of[field] >= how->top)
            continue;
        n_of[field] += !list[i].is_asked;
        list[n_kept] = list[i];
        if (!list[n_kept].text)
            list[n_kept].text = rank_text(how, list[n_kept].i, err);
        if (!list[n_kept++].text)
            return TRAWL_E_NOMEM;
    }
    *n = n_kept;
    return TRAWL_OK;
}

int rank_companies(const struct ranking *how, struct ranked **ret, uint64_t *ret_n,
                   trawl_error *err)
{
    struct companies *all = how->companies;
    struct ranked *list = host->call_alloc(how->call, (size_t)(all->n + 1) * sizeof(*list));
    uint64_t n = 0;
    int rc = list ? TRAWL_OK : no_memory(err);

    if (rc == TRAWL_OK)
        rc = choose(how, list, &n, err);
    if (rc == TRAWL_OK)
        rc = keep_matching(how, list, &n, err);
    if (rc == TRAWL_OK && !how->all)
        rc = merge_twins(how, list, &n, err);
    if (rc == TRAWL_OK && n)
        qsort(list, (size_t)n, sizeof(*list), by_rank);
    if (rc == TRAWL_OK)
        rc = cut(how, list, &n, err);
    *ret = list;
    *ret_n = n;
    return rc;
}
