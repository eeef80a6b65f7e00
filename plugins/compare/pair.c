/* How the counts of one field differ between two slots, as traffic-taffy reckons it, and how sure
 * that is. Knows nothing of text or output. */
#include "pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "stats.h"

/* ---- orders ---- */

enum { BY_DELTA_SHARE, BY_DELTA, BY_LEFT, BY_RIGHT, BY_LEFT_SHARE, BY_RIGHT_SHARE, BY_TOTAL };

/* Without case, blanks, dashes and underlines: as asked for, as our columns, as traffic-taffy's. */
static const struct {
    const char *name;
    int sort;
} sorts[] = {
    {"delta%", BY_DELTA_SHARE},
    {"deltashare", BY_DELTA_SHARE},
    {"deltapercentage", BY_DELTA_SHARE},
    {"delta", BY_DELTA},
    {"deltaabsolute", BY_DELTA},
    {"left", BY_LEFT},
    {"leftcount", BY_LEFT},
    {"right", BY_RIGHT},
    {"rightcount", BY_RIGHT},
    {"left%", BY_LEFT_SHARE},
    {"leftshare", BY_LEFT_SHARE},
    {"leftpercentage", BY_LEFT_SHARE},
    {"right%", BY_RIGHT_SHARE},
    {"rightshare", BY_RIGHT_SHARE},
    {"rightpercentage", BY_RIGHT_SHARE},
    {"total", BY_TOTAL},
};

int pair_sort_of(const char *text)
{
    char plain[32];
    size_t n = 0;

    for (; *text; text++) {
        if (*text == ' ' || *text == '-' || *text == '_')
            continue;
        if (n + 1 == sizeof(plain))
            return -1;
        plain[n++] = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    }
    plain[n] = 0;
    for (size_t i = 0; i < TRAWL_COUNT(sorts); i++) {
        if (strcmp(plain, sorts[i].name) == 0)
            return sorts[i].sort;
    }
    return -1;
}

/* ---- numbers ---- */

static double share(uint64_t part, uint64_t all)
{
    return all ? (double)part / (double)all : 1.0;
}

static struct pair_row both_sides(uint64_t left, uint64_t right, uint64_t left_sum,
                                  uint64_t right_sum)
{
    struct pair_row r = {.left = left, .right = right};

    r.left_share = share(left, left_sum);
    r.right_share = share(right, right_sum);
    r.delta_share = r.right_share - r.left_share;
    r.delta = (int64_t)right - (int64_t)left;
    r.total = (int64_t)(left + right);
    return r;
}

static struct pair_row only_left(uint64_t left, uint64_t left_sum)
{
    return (struct pair_row){.left = left,
                             .left_share = share(left, left_sum),
                             .delta_share = -1,
                             .delta = -(int64_t)left,
                             .total = -(int64_t)left};
}

static struct pair_row only_right(uint64_t right, uint64_t right_sum)
{
    return (struct pair_row){.right = right,
                             .right_share = share(right, right_sum),
                             .delta_share = 1,
                             .delta = (int64_t)right,
                             .total = (int64_t)right};
}

static struct pair_row any_side(uint64_t left, uint64_t right, uint64_t left_sum,
                                uint64_t right_sum)
{
    return !right  ? only_left(left, left_sum)
           : !left ? only_right(right, right_sum)
                   : both_sides(left, right, left_sum, right_sum);
}

/* ---- filter and order ---- */

static int is_wanted(const struct pair_filter *f, const struct pair_row *r)
{
    uint64_t size = r->total >= 0 ? (uint64_t)r->total : f->taffy ? 0 : (uint64_t)-r->total;

    if (f->positive && r->delta_share <= 0)
        return 0;
    if (f->negative && r->delta_share >= 0)
        return 0;
    if (f->threshold > 0 && fabs(r->delta_share) <= f->threshold / 100)
        return 0;
    return f->min_count == 0 || size > f->min_count;
}

/* qsort has no context: set before each sort on the shell's thread. */
static const struct pair_filter *sorting;

static double sort_value(const struct pair_row *r)
{
    switch (sorting->sort) {
    case BY_DELTA:
        return (double)r->delta;
    case BY_LEFT:
        return (double)r->left;
    case BY_RIGHT:
        return (double)r->right;
    case BY_LEFT_SHARE:
        return r->left_share;
    case BY_RIGHT_SHARE:
        return r->right_share;
    case BY_TOTAL:
        return (double)r->total;
    default:
        return r->delta_share;
    }
}

static int by_choice(const void *a, const void *b)
{
    const struct pair_row *x = a, *y = b;
    double vx = sort_value(x), vy = sort_value(y);

    if (vx < vy)
        return sorting->reverse ? -1 : 1;
    if (vx > vy)
        return sorting->reverse ? 1 : -1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- rows ---- */

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare values: no memory");
}

static int add_row(const struct pair_filter *f, struct pair_row row, struct pair_rows *ret,
                   trawl_error *err)
{
    if (!is_wanted(f, &row))
        return TRAWL_OK;
    if (ret->n == ret->room) {
        size_t room = ret->room * 2 + 256;
        struct pair_row *more = host->realloc(ret->rows, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        ret->rows = more;
        ret->room = room;
    }
    row.order = ret->n;
    ret->rows[ret->n++] = row;
    return TRAWL_OK;
}

static int add_test(struct tests *tests, double p, trawl_error *err)
{
    if (tests->n == tests->room) {
        size_t room = tests->room * 2 + 1024;
        double *more = host->realloc(tests->p, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        tests->p = more;
        tests->room = room;
    }
    tests->p[tests->n++] = p;
    return TRAWL_OK;
}

/* What the test of a value with these counts came to: most values of a field are few, and the same
 * few, times there. */
struct known {
    uint64_t left, right; /* one of them is not 0 */
    double p, g, chi2;
};
enum { KNOWN_MOST = 256 };

struct sums {
    uint64_t left, right;             /* of the counts */
    uint64_t left_share, right_share; /* what shares are parts of */
    uint64_t n_gone, n_new;
    double chi2;
    struct known known[KNOWN_MOST]; /* by a hash of the counts; 0 and 0: nothing yet */
};

static const struct known *test_value(uint64_t left, uint64_t right, struct sums *sums)
{
    struct known *k = &sums->known[(left * 31 + right) % KNOWN_MOST];
    double all = (double)sums->left + (double)sums->right, n = (double)left + (double)right;
    double el = n * (double)sums->left / all, er = n * (double)sums->right / all;
    double dl = (double)left - el, dr = (double)right - er;

    if (k->left == left && k->right == right)
        return k;
    *k = (struct known){.left = left,
                        .right = right,
                        .p = stats_chi2_above(stats_g_2x2(left, sums->left, right, sums->right), 1),
                        .g = stats_g_part((double)left, el) + stats_g_part((double)right, er),
                        .chi2 = (el > 0 ? dl * dl / el : 0) + (er > 0 ? dr * dr / er : 0)};
    return k;
}

static int add_value(uint32_t value, uint64_t left, uint64_t right, const struct pair_filter *f,
                     struct sums *sums, struct tests *tests, struct pair_rows *ret,
                     struct field_test *test, trawl_error *err)
{
    struct pair_row row = any_side(left, right, sums->left_share, sums->right_share);
    const struct known *known = test_value(left, right, sums);
    int rc = add_test(tests, known->p, err);

    test->g += known->g;
    sums->chi2 += known->chi2;
    sums->n_gone += !right;
    sums->n_new += !left;
    row.value = value;
    row.i_test = tests->n - 1;
    return rc == TRAWL_OK ? add_row(f, row, ret, err) : rc;
}

static int add_values(const struct tally *t, size_t left, size_t right, uint64_t *left_of,
                      const struct pair_filter *f, struct sums *sums, struct tests *tests,
                      struct pair_rows *ret, struct field_test *test, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint64_t i = t->slot_start[right]; i < t->slot_start[right + 1] && rc == TRAWL_OK; i++) {
        const struct cell *c = &t->cells[i];
        uint64_t n = left_of[c->value];

        left_of[c->value] = 0; /* seen */
        if (n)
            rc = add_value(c->value, n, c->count, f, sums, tests, ret, test, err);
    }
    for (uint64_t i = t->slot_start[left]; i < t->slot_start[left + 1] && rc == TRAWL_OK; i++) {
        if (left_of[t->cells[i].value])
            rc = add_value(t->cells[i].value, t->cells[i].count, 0, f, sums, tests, ret, test, err);
        left_of[t->cells[i].value] = 1; /* to tell the new ones */
    }
    for (uint64_t i = t->slot_start[right]; i < t->slot_start[right + 1] && rc == TRAWL_OK; i++) {
        if (!left_of[t->cells[i].value])
            rc = add_value(t->cells[i].value, 0, t->cells[i].count, f, sums, tests, ret, test, err);
    }
    return rc;
}

int pair_compare(const struct tally *t, size_t left, size_t right, const struct pair_filter *f,
                 struct tests *tests, struct pair_rows *ret, struct field_test *test,
                 trawl_error *err)
{
    uint64_t width_left = tally_width(t, left), width_right = tally_width(t, right);
    struct sums s = {.left = t->sums[left], .right = t->sums[right]};
    uint64_t *left_of;
    double n_values;
    int rc;

    *test = (struct field_test){0};
    if (!width_left && !width_right)
        return TRAWL_OK;
    left_of = host->alloc((size_t)(t->n_values + 1) * sizeof(*left_of));
    if (!left_of)
        return no_memory(err);
    for (uint64_t i = t->slot_start[left]; i < t->slot_start[left + 1]; i++)
        left_of[t->cells[i].value] = t->cells[i].count;
    s.left_share = s.left + (f->taffy ? width_left : 0);
    s.right_share = s.right + (f->taffy ? width_right : 0);
    rc = add_values(t, left, right, left_of, f, &s, tests, ret, test, err);
    host->free(left_of);
    if (rc == TRAWL_OK) {
        struct pair_row row = both_sides(s.n_gone, s.n_new, s.left_share, s.right_share);

        row.kind = PAIR_NEW;
        rc = add_row(f, row, ret, err);
    }
    if (rc == TRAWL_OK) {
        struct pair_row row = any_side(width_left, width_right, s.left_share, s.right_share);

        row.kind = PAIR_WIDTH;
        rc = add_row(f, row, ret, err);
    }
    n_values = (double)(width_left + s.n_new);
    test->there = s.left && s.right && n_values > 1;
    if (test->there) {
        test->g = test->g > 0 ? test->g : 0;
        test->p = stats_chi2_above(test->g, n_values - 1);
        test->effect = sqrt(s.chi2 / ((double)s.left + (double)s.right));
    }
    sorting = f;
    if (rc == TRAWL_OK && ret->n > 1)
        qsort(ret->rows, ret->n, sizeof(*ret->rows), by_choice);
    return rc;
}
