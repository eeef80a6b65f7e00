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

const char *const pair_sorts[] = {"delta%", "delta",  "left",  "right",
                                  "left%",  "right%", "total", NULL};

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

/* Multiplied first: 324 of 10000 are 3.24 %, not 3.2399999999999998. */
static double share(uint64_t part, uint64_t all)
{
    return all ? 100.0 * (double)part / (double)all : 100.0;
}

static struct pair_numbers both_sides(uint64_t left, uint64_t right, uint64_t left_sum,
                                      uint64_t right_sum)
{
    struct pair_numbers r = {.left_share = share(left, left_sum),
                             .right_share = share(right, right_sum),
                             .delta = (int64_t)right - (int64_t)left,
                             .total = (int64_t)(left + right)};

    r.delta_share = r.right_share - r.left_share;
    return r;
}

struct pair_numbers pair_numbers_of(const struct pair *pair, const struct pair_row *row)
{
    const uint64_t left = row->left, right = row->right;

    if (row->i_p == PAIR_NEW || (left && right))
        return both_sides(left, right, pair->left_share, pair->right_share);
    if (!right)
        return (struct pair_numbers){.left_share = share(left, pair->left_share),
                                     .delta_share = -100,
                                     .delta = -(int64_t)left,
                                     .total = -(int64_t)left};
    return (struct pair_numbers){.right_share = share(right, pair->right_share),
                                 .delta_share = 100,
                                 .delta = (int64_t)right,
                                 .total = (int64_t)right};
}

/* ---- filter and order ---- */

static int is_wanted(const struct pair_filter *f, const struct pair *pair,
                     const struct pair_row *row)
{
    struct pair_numbers r;
    uint64_t size;

    if (!f->positive && !f->negative && !(f->threshold > 0) && !f->min_count)
        return 1;
    r = pair_numbers_of(pair, row);
    size = r.total >= 0 ? (uint64_t)r.total : f->taffy ? 0 : (uint64_t)-r.total;
    if (f->positive && r.delta_share <= 0)
        return 0;
    if (f->negative && r.delta_share >= 0)
        return 0;
    if (f->threshold > 0 && fabs(r.delta_share) <= f->threshold)
        return 0;
    return f->min_count == 0 || size > f->min_count;
}

static double sort_value(int sort, const struct pair_numbers *n, const struct pair_row *r)
{
    switch (sort) {
    case BY_DELTA:
        return (double)n->delta;
    case BY_LEFT:
        return (double)r->left;
    case BY_RIGHT:
        return (double)r->right;
    case BY_LEFT_SHARE:
        return n->left_share;
    case BY_RIGHT_SHARE:
        return n->right_share;
    case BY_TOTAL:
        return (double)n->total;
    default:
        return n->delta_share;
    }
}

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare values: no memory");
}

struct keyed {
    double key;
    struct pair_row row;
};

/* Two neighbours that are in order each; ties stay as they are. */
static void merge(struct keyed *list, size_t n_left, size_t n, struct keyed *room)
{
    size_t i = 0, j = n_left, at = 0;

    if (list[n_left - 1].key <= list[n_left].key)
        return;
    memcpy(room, list, n_left * sizeof(*room));
    while (i < n_left && j < n)
        list[at++] = list[j].key < room[i].key ? list[j++] : room[i++];
    memcpy(list + at, room + i, (n_left - i) * sizeof(*room));
}

/* Ascending. Values that are on one side only come as long stretches of one key: those are left
 * alone. */
static void sort_keyed(struct keyed *list, size_t n, struct keyed *room)
{
    enum { LEAST = 8 };

    for (size_t from = 0; from < n; from += LEAST) {
        const size_t end = n - from < LEAST ? n : from + LEAST;

        for (size_t i = from + 1; i < end; i++) {
            const struct keyed k = list[i];
            size_t at = i;

            for (; at > from && k.key < list[at - 1].key; at--)
                list[at] = list[at - 1];
            list[at] = k;
        }
    }
    for (size_t width = LEAST; width < n; width *= 2)
        for (size_t from = 0; from + width < n; from += 2 * width)
            merge(list + from, width, n - from < 2 * width ? n - from : 2 * width, room);
}

/* What sums a field up stays behind its values; in traffic-taffy it is one of them. */
static int sort_rows(const struct pair_filter *f, struct pair *pair, trawl_error *err)
{
    struct keyed *list = host->alloc((pair->n + 1) * sizeof(*list));
    struct keyed *room = host->alloc((pair->n + 1) * sizeof(*room));
    size_t n_rows = pair->n;
    int rc = list && room ? TRAWL_OK : no_memory(err);

    while (!f->taffy && n_rows && !pair_is_value(&pair->rows[n_rows - 1]))
        n_rows--;
    for (size_t i = 0; i < n_rows && rc == TRAWL_OK; i++) {
        const struct pair_numbers n = pair_numbers_of(pair, &pair->rows[i]);
        const double key = sort_value(f->sort, &n, &pair->rows[i]);

        list[i] = (struct keyed){f->reverse ? key : -key, pair->rows[i]};
    }
    if (rc == TRAWL_OK)
        sort_keyed(list, n_rows, room);
    for (size_t i = 0; i < n_rows && rc == TRAWL_OK; i++)
        pair->rows[i] = list[i].row;
    host->free(list);
    host->free(room);
    return rc;
}

/* ---- rows ---- */

static int add_row(const struct pair_filter *f, struct pair_row row, struct pair *ret,
                   trawl_error *err)
{
    if (!is_wanted(f, ret, &row))
        return TRAWL_OK;
    if (ret->n == ret->room) {
        size_t room = ret->room * 2 + 256;
        struct pair_row *more = host->realloc(ret->rows, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        ret->rows = more;
        ret->room = room;
    }
    ret->rows[ret->n++] = row;
    return TRAWL_OK;
}

/* ---- tests ---- */

static uint32_t place_of(const struct pair_tests *t, double p)
{
    uint64_t bits;

    memcpy(&bits, &p, sizeof(bits));
    return (uint32_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (t->n_places - 1);
}

static int grow_tests(struct pair_tests *t, trawl_error *err)
{
    const uint32_t room = t->room ? t->room * 2 : 32;
    double *p = host->realloc(t->p, room * sizeof(*p));
    uint32_t *count, *places;

    t->p = p ? p : t->p;
    count = p ? host->realloc(t->count, room * sizeof(*count)) : NULL;
    t->count = count ? count : t->count;
    places = count ? host->alloc((size_t)room * 2 * sizeof(*places)) : NULL;
    if (!places)
        return no_memory(err);
    host->free(t->places);
    t->places = places;
    t->n_places = room * 2;
    t->room = room;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = place_of(t, t->p[i]);

        while (places[at])
            at = (at + 1) & (t->n_places - 1);
        places[at] = i + 1;
    }
    return TRAWL_OK;
}

/* The index of a p-value among the field's. */
static int find_test(struct pair_tests *t, double p, uint32_t *ret, trawl_error *err)
{
    uint32_t at;

    if (t->n == t->room) {
        int rc = grow_tests(t, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    for (at = place_of(t, p); t->places[at]; at = (at + 1) & (t->n_places - 1)) {
        *ret = t->places[at] - 1;
        if (memcmp(&t->p[*ret], &p, sizeof(p)) == 0)
            return TRAWL_OK;
    }
    *ret = t->n++;
    t->places[at] = t->n;
    t->p[*ret] = p;
    t->count[*ret] = 0;
    return TRAWL_OK;
}

/* What the test of a value with these counts came to: most values of a field are few, and the same
 * few, times there. */
struct known {
    uint64_t left, right; /* one of them is not 0 */
    double g, chi2;
    uint32_t i_p;
};
enum { KNOWN_MOST = 256 };

struct sums {
    struct pair *pair;
    const struct pair_filter *filter;
    uint64_t n_gone, n_new;
    double chi2;
    struct known *known; /* KNOWN_MOST, by a hash of the counts; 0 and 0: nothing yet */
};

static int test_value(uint64_t left, uint64_t right, struct sums *sums, const struct known **ret,
                      trawl_error *err)
{
    struct known *k = &sums->known[(left * 31 + right) % KNOWN_MOST];
    struct pair *pair = sums->pair;
    double all = (double)pair->left + (double)pair->right, n = (double)left + (double)right;
    double el = n * (double)pair->left / all, er = n * (double)pair->right / all;
    double dl = (double)left - el, dr = (double)right - er, p;

    *ret = k;
    if (k->left == left && k->right == right)
        return TRAWL_OK;
    *k = (struct known){.left = left,
                        .right = right,
                        .g = stats_g_part((double)left, el) + stats_g_part((double)right, er),
                        .chi2 = (el > 0 ? dl * dl / el : 0) + (er > 0 ? dr * dr / er : 0)};
    p = stats_chi2_above(stats_g_2x2(left, pair->left, right, pair->right), 1);
    return find_test(&pair->tests, p, &k->i_p, err);
}

static int add_value(uint32_t value, uint32_t left, uint32_t right, struct sums *sums,
                     trawl_error *err)
{
    struct pair *pair = sums->pair;
    const struct known *known;
    int rc = test_value(left, right, sums, &known, err);

    if (rc != TRAWL_OK)
        return rc;
    pair->test.g += known->g;
    pair->tests.count[known->i_p]++;
    sums->chi2 += known->chi2;
    sums->n_gone += !right;
    sums->n_new += !left;
    return add_row(sums->filter, (struct pair_row){value, left, right, known->i_p}, pair, err);
}

static int add_values(const struct tally *t, size_t left, size_t right, uint32_t *left_of,
                      struct sums *sums, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint64_t i = t->slot_start[right]; i < t->slot_start[right + 1] && rc == TRAWL_OK; i++) {
        const struct cell *c = &t->cells[i];
        const uint32_t n = left_of[c->value];

        left_of[c->value] = 0; /* seen */
        if (n)
            rc = add_value(c->value, n, c->count, sums, err);
    }
    for (uint64_t i = t->slot_start[left]; i < t->slot_start[left + 1] && rc == TRAWL_OK; i++) {
        if (left_of[t->cells[i].value])
            rc = add_value(t->cells[i].value, t->cells[i].count, 0, sums, err);
        left_of[t->cells[i].value] = 1; /* to tell the new ones */
    }
    for (uint64_t i = t->slot_start[right]; i < t->slot_start[right + 1] && rc == TRAWL_OK; i++) {
        if (!left_of[t->cells[i].value])
            rc = add_value(t->cells[i].value, 0, t->cells[i].count, sums, err);
    }
    return rc;
}

int pair_compare(const struct tally *t, size_t left, size_t right, const struct pair_filter *f,
                 struct pair *ret, trawl_error *err)
{
    const uint64_t width_left = tally_width(t, left), width_right = tally_width(t, right);
    struct known known[KNOWN_MOST];
    struct sums s = {.pair = ret, .filter = f, .known = known};
    uint32_t *left_of;
    double n_values;
    int rc;

    *ret = (struct pair){.left = t->sums[left], .right = t->sums[right]};
    if (!width_left && !width_right)
        return TRAWL_OK;
    memset(known, 0, sizeof(known));
    left_of = host->alloc((size_t)(t->n_values + 1) * sizeof(*left_of));
    if (!left_of)
        return no_memory(err);
    for (uint64_t i = t->slot_start[left]; i < t->slot_start[left + 1]; i++)
        left_of[t->cells[i].value] = t->cells[i].count;
    ret->left_share = ret->left + (f->taffy ? width_left : 0);
    ret->right_share = ret->right + (f->taffy ? width_right : 0);
    rc = add_values(t, left, right, left_of, &s, err);
    host->free(left_of);
    host->free(ret->tests.places);
    ret->tests.places = NULL;
    if (rc == TRAWL_OK)
        rc = add_row(f, (struct pair_row){0, (uint32_t)s.n_gone, (uint32_t)s.n_new, PAIR_NEW}, ret,
                     err);
    if (rc == TRAWL_OK)
        rc = add_row(f,
                     (struct pair_row){0, (uint32_t)width_left, (uint32_t)width_right, PAIR_WIDTH},
                     ret, err);
    n_values = (double)(width_left + s.n_new);
    ret->test.there = ret->left && ret->right && n_values > 1;
    if (ret->test.there) {
        ret->test.g = ret->test.g > 0 ? ret->test.g : 0;
        ret->test.p = stats_chi2_above(ret->test.g, n_values - 1);
        ret->test.effect = sqrt(s.chi2 / ((double)ret->left + (double)ret->right));
    }
    return rc == TRAWL_OK && ret->n > 1 ? sort_rows(f, ret, err) : rc;
}

void pair_free(struct pair *pair)
{
    host->free(pair->rows);
    host->free(pair->tests.p);
    host->free(pair->tests.count);
    host->free(pair->tests.places);
    *pair = (struct pair){0};
}
