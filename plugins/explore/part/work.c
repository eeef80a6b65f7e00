/* The explorer's jobs, on the shell's thread: other commands run, their tables made ready to draw.
 * Knows nothing of screens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trawl/views.h"

#include "../explore.h"
#include "words.h"

enum { SOURCE_BINS = 16, MOST_BINS_SHOWN = 500, CHART_BINS = 160 };

/* ---- results ---- */

void explorer_drop(struct explorer *e, struct shared *result)
{
    if (result && --result->refs == 0) {
        result->next = e->trash;
        e->trash = result;
        explorer_drop(e, result->owns);
    }
}

void explorer_put(struct explorer *e, void *place, struct shared *result)
{
    struct shared *old;

    memcpy(&old, place, sizeof(old));
    memcpy(place, &result, sizeof(result));
    explorer_drop(e, old);
}

void explorer_sweep(struct explorer *e)
{
    struct shared *list;

    pthread_mutex_lock(&e->lock);
    list = e->trash;
    e->trash = NULL;
    pthread_mutex_unlock(&e->lock);
    for (struct shared *next; list; list = next) {
        next = list->next;
        if (list->free_it)
            list->free_it(list);
        host->free(list);
    }
}

static int cancelled(void *call)
{
    return host->cancelled(call);
}

/* Counts of a field's values by time; TRAWL_COUNTS_TOTAL is level 1. */
static int count_over_time(trawl_call *call, const char *capture, const char *field, int64_t bin_ns,
                           uint64_t max_rows, trawl_table **ret, trawl_error *err)
{
    struct words w = {0};

    words_add(call, &w, "dissect", "");
    if (strcmp(field, TRAWL_COUNTS_TOTAL) == 0)
        words_add(call, &w, "--level=", "1");
    else
        words_add(call, &w, "--fields=", field);
    words_number(call, &w, "--bin=", (uint64_t)(bin_ns / 1000 > 0 ? bin_ns / 1000 : 1), "us");
    if (max_rows)
        words_number(call, &w, "--packet-count=", max_rows, "");
    words_add(call, &w, "--", "");
    words_add(call, &w, capture, "");
    return words_run(call, &w, NULL, ret, err);
}

/* ---- sources ---- */

struct captures {
    trawl_table *table;
    trawl_view name, packets, start, duration;
};

static int open_captures(trawl_call *call, struct captures *c, trawl_error *err)
{
    int rc = host->list(call, "captures", &c->table, err);

    c->name.size = c->packets.size = c->start.size = c->duration.size = sizeof(trawl_view);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, c->table, "name", &c->name, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, c->table, "packets", &c->packets, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, c->table, "start", &c->start, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, c->table, "duration", &c->duration, err);
    return rc;
}

static int64_t length_of(const struct captures *c, const char *name)
{
    for (uint64_t i = 0; i < host->n_rows(c->table); i++) {
        size_t n;
        const char *text = view_text(&c->name, i, &n);

        if (!name || (strlen(name) == n && memcmp(text, name, n) == 0))
            return trawl_view_has(&c->duration, i) ? ((const int64_t *)c->duration.data)[i] : 0;
    }
    return 0;
}

static int64_t longest(const struct captures *c)
{
    int64_t most = 0;

    for (uint64_t i = 0; i < host->n_rows(c->table); i++) {
        int64_t length = trawl_view_has(&c->duration, i) ? ((const int64_t *)c->duration.data)[i]
                                                         : 0;
        most = length > most ? length : most;
    }
    return most;
}

static void free_sources(struct shared *shared)
{
    host->free(((struct sources *)(void *)shared)->items);
}

static void *new_shared(size_t size, void (*free_it)(struct shared *))
{
    struct shared *s = host->alloc(size);

    if (s) {
        s->refs = 1;
        s->free_it = free_it;
    }
    return s;
}

static struct source *add_source(struct sources *s, const char *name, size_t n)
{
    struct source *more = host->realloc(s->items, (s->n + 1) * sizeof(*more));

    if (!more)
        return NULL;
    s->items = more;
    memset(&more[s->n], 0, sizeof(*more));
    n = n < NAME_ROOM ? n : NAME_ROOM - 1;
    memcpy(more[s->n].side.capture, name, n);
    memcpy(more[s->n].side.label, name, n);
    return &more[s->n++];
}

/* "22:13:20" of "2023-11-14T22:13:20.068431000Z", with the decimals that bins need. */
static void clock_text(char *out, size_t room, const char *time, int64_t bin_ns)
{
    const char *clock = time ? strchr(time, 'T') : NULL;
    size_t n = clock ? strcspn(clock + 1, "Z") : 0;
    size_t most = bin_ns % 1000000000 == 0 ? 8 : bin_ns % 1000000 == 0 ? 12 : 15;

    snprintf(out, room, "%.*s", (int)(n < most ? n : most), clock ? clock + 1 : "");
}

static int add_bins(trawl_call *call, struct sources *s, const char *capture, uint64_t max_rows,
                    trawl_error *err)
{
    trawl_view time = {.size = sizeof(time)}, value = {.size = sizeof(value)},
               count = {.size = sizeof(count)};
    trawl_table *table = NULL;
    int rc = count_over_time(call, capture, TRAWL_COUNTS_TOTAL, s->bin_ns, max_rows, &table, err);
    size_t n_put = 0;

    if (rc == TRAWL_OK)
        rc = host->view_named(call, table, "time", &time, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, table, "value", &value, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, table, "count", &count, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < time.n_rows && n_put < MOST_BINS_SHOWN; i++) {
        int64_t start = ((const int64_t *)time.data)[i];
        struct source *bin;
        char from[TIME_ROOM];
        size_t n;
        const char *text = view_text(&value, i, &n);

        if (!trawl_view_has(&time, i) || value_sums_up(text, n))
            continue;
        bin = add_source(s, capture, strlen(capture));
        text = bin ? host->cell_text(call, table, 0, i, err) : NULL;
        if (!text) {
            rc = explorer_no_memory(err);
            break;
        }
        clock_text(from, sizeof(from), text, s->bin_ns);
        bin->side.from_ns = start;
        bin->side.to_ns = start + s->bin_ns;
        bin->packets = trawl_view_u64(&count, i);
        snprintf(bin->side.label, sizeof(bin->side.label), "%.60s %s", capture, from);
        n_put++;
    }
    host->release(table);
    return rc;
}

static int make_sources(trawl_call *call, struct explorer *e, const struct wish *w,
                        trawl_error *err)
{
    struct sources *s = new_shared(sizeof(*s), free_sources);
    struct captures c = {0};
    int rc = s ? open_captures(call, &c, err) : explorer_no_memory(err);

    if (rc == TRAWL_OK)
        s->bin_ns = w->bin_ns ? w->bin_ns : nice_bin(longest(&c), SOURCE_BINS);
    for (uint64_t i = 0; rc == TRAWL_OK && i < c.name.n_rows; i++) {
        size_t n;
        const char *name = view_text(&c.name, i, &n);
        struct source *whole = add_source(s, name, n);
        char copy[NAME_ROOM];

        if (!whole) {
            rc = explorer_no_memory(err);
            break;
        }
        whole->packets = trawl_view_u64(&c.packets, i);
        memcpy(copy, whole->side.capture, sizeof(copy));
        if (trawl_view_has(&c.start, i))
            rc = add_bins(call, s, copy, w->max_rows, err);
    }
    host->release(c.table);
    pthread_mutex_lock(&e->lock);
    if (rc == TRAWL_OK)
        explorer_put(e, &e->made.sources, &s->shared);
    else if (s)
        explorer_drop(e, &s->shared);
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* ---- differences ---- */

static void free_diff(struct shared *shared)
{
    host->release(((struct diff *)(void *)shared)->table);
}

static int open_diff(trawl_call *call, struct diff *d, trawl_error *err)
{
    const trawl_wanted columns[] = {{"field", &d->field, TRAWL_STRING},
                                    {"value", &d->value, TRAWL_STRING},
                                    {"left", &d->left, TRAWL_U64},
                                    {"right", &d->right, TRAWL_U64},
                                    {"delta", &d->delta, TRAWL_I64},
                                    {"left_share", &d->left_share, TRAWL_F64},
                                    {"right_share", &d->right_share, TRAWL_F64},
                                    {"delta_share", &d->delta_share, TRAWL_F64},
                                    {"total", &d->total, TRAWL_I64},
                                    {"q", &d->q, TRAWL_F64},
                                    {"effect", &d->effect, TRAWL_F64}};

    d->n = host->n_rows(d->table);
    if (d->n >= UINT32_MAX)
        return host->fail(err, TRAWL_E_UNSUPPORTED, "more than %u differences", UINT32_MAX - 1);
    return trawl_open_views(host, call, d->table, columns, TRAWL_COUNT(columns), err);
}

static int make_diff(trawl_call *call, struct explorer *e, const struct wish *w, trawl_error *err)
{
    struct diff *d = new_shared(sizeof(*d), free_diff);
    struct words words = {0};
    char range[256];
    int rc;

    if (!d)
        return explorer_no_memory(err);
    memcpy(d->sides, w->sides, sizeof(d->sides));
    d->level = w->level;
    words_add(call, &words, "compare", "");
    words_number(call, &words, "--level=", w->level, "");
    range_text(range, sizeof(range), &w->sides[0]);
    if (range[0])
        words_add(call, &words, "--left-where=", range);
    range_text(range, sizeof(range), &w->sides[1]);
    if (range[0])
        words_add(call, &words, "--right-where=", range);
    if (w->max_rows)
        words_number(call, &words, "--packet-count=", w->max_rows, "");
    words_add(call, &words, "--", "");
    words_add(call, &words, w->sides[0].capture, "");
    words_add(call, &words, w->sides[1].capture, "");
    rc = words_run(call, &words, NULL, &d->table, err);
    if (rc == TRAWL_OK)
        rc = open_diff(call, d, err);
    pthread_mutex_lock(&e->lock);
    if (rc == TRAWL_OK)
        explorer_put(e, &e->made.diff, &d->shared);
    else
        explorer_drop(e, &d->shared);
    pthread_mutex_unlock(&e->lock);
    return rc;
}

static void free_list(struct shared *shared)
{
    host->free(((struct list *)(void *)shared)->rows);
}

static int make_list(trawl_call *call, struct explorer *e, const struct wish *w, trawl_error *err)
{
    struct list *l = new_shared(sizeof(*l), free_list);
    struct diff *diff;
    int rc;

    pthread_mutex_lock(&e->lock);
    diff = e->made.diff;
    if (diff)
        diff->shared.refs++;
    pthread_mutex_unlock(&e->lock);
    rc = !l      ? explorer_no_memory(err)
         : !diff ? TRAWL_E_CANCELLED /* nothing was compared: that said why */
                 : list_make(diff, &w->limits, &l->rows, &l->n, cancelled, call);
    if (rc == TRAWL_OK) {
        l->i_telling = list_telling(diff, l->rows, l->n);
        l->i_same = list_find(diff, l->rows, l->n, w->field, w->value);
    }
    if (rc == TRAWL_E_NOMEM)
        explorer_no_memory(err);
    pthread_mutex_lock(&e->lock);
    if (rc == TRAWL_OK) {
        l->diff = diff;
        l->shared.owns = &diff->shared;
        explorer_put(e, &e->made.list, &l->shared);
    } else {
        if (diff)
            explorer_drop(e, &diff->shared);
        if (l)
            explorer_drop(e, &l->shared);
    }
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* ---- over time ---- */

static void free_series(struct shared *shared)
{
    struct series *s = (struct series *)(void *)shared;

    series_side_free(&s->sides[0]);
    series_side_free(&s->sides[1]);
}

/* The rows of a count over time as points: bins, counts and codes of values. */
static int index_side(trawl_call *call, struct series_side *side, int64_t bin_ns, trawl_error *err)
{
    trawl_view time = {.size = sizeof(time)}, count = {.size = sizeof(count)};
    uint32_t *bins, *codes;
    uint64_t *counts, n = 0, first = 0, last = 0;
    int64_t low = INT64_MAX, high = INT64_MIN;
    uint32_t width = UINT32_MAX;
    int rc = host->view_named(call, side->table, "time", &time, err);

    side->value.size = sizeof(side->value);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, side->table, "value", &side->value, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, side->table, "count", &count, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < time.n_rows; i++) {
        int64_t t = ((const int64_t *)time.data)[i];

        if (!trawl_view_has(&time, i))
            continue;
        if (t < low)
            first = i;
        if (t > high)
            last = i;
        low = t < low ? t : low;
        high = t > high ? t : high;
    }
    if (rc != TRAWL_OK || low > high || bin_ns <= 0)
        return rc;
    side->start_ns = low;
    side->n_bins = (size_t)((high - low) / bin_ns + 1);
    if (side->n_bins > MAX_BINS)
        side->n_bins = MAX_BINS;
    clock_text(side->first, sizeof(side->first), host->cell_text(call, side->table, 0, first, err),
               bin_ns);
    clock_text(side->last, sizeof(side->last), host->cell_text(call, side->table, 0, last, err),
               bin_ns);
    bins = host->alloc((size_t)(time.n_rows + 1) * sizeof(*bins));
    codes = host->alloc((size_t)(time.n_rows + 1) * sizeof(*codes));
    counts = host->alloc((size_t)(time.n_rows + 1) * sizeof(*counts));
    for (uint64_t i = 0; bins && codes && counts && i < time.n_rows; i++) {
        int64_t bin = (((const int64_t *)time.data)[i] - low) / bin_ns;
        size_t n_text;
        const char *text = view_text(&side->value, i, &n_text);

        if (!trawl_view_has(&time, i) || bin >= (int64_t)side->n_bins)
            continue;
        bins[n] = (uint32_t)bin;
        codes[n] = ((const uint32_t *)side->value.data)[i];
        if (value_sums_up(text, n_text))
            width = codes[n]; /* how many values there are: none of them */
        counts[n++] = trawl_view_u64(&count, i);
    }
    rc = bins && codes && counts &&
                 series_index(side, bins, counts, codes, n, side->value.n_codes, width) == TRAWL_OK
             ? TRAWL_OK
             : explorer_no_memory(err);
    host->free(bins);
    host->free(codes);
    host->free(counts);
    return rc;
}

/* What is there already is what was asked for. */
static int is_made(struct explorer *e, struct series *const *place, const struct wish *w,
                   const char *field)
{
    const struct series *s;
    int made;

    pthread_mutex_lock(&e->lock);
    s = *place;
    made = s && strcmp(s->field, field) == 0 && strcmp(s->captures[0], w->sides[0].capture) == 0 &&
           strcmp(s->captures[1], w->sides[1].capture) == 0;
    pthread_mutex_unlock(&e->lock);
    return made;
}

static int make_series(trawl_call *call, struct explorer *e, const struct wish *w,
                       const char *field, struct series **place, trawl_error *err)
{
    struct series *s;
    struct captures c = {0};
    int64_t length = 0;
    int rc;

    if (!field[0] || is_made(e, place, w, field))
        return TRAWL_OK;
    s = new_shared(sizeof(*s), free_series);
    rc = s ? open_captures(call, &c, err) : explorer_no_memory(err);
    if (rc == TRAWL_OK) {
        snprintf(s->field, sizeof(s->field), "%s", field);
        for (int i = 0; i < 2; i++) {
            int64_t own = length_of(&c, w->sides[i].capture);

            memcpy(s->captures[i], w->sides[i].capture, NAME_ROOM);
            length = own > length ? own : length;
        }
        s->bin_ns = nice_bin(length, CHART_BINS);
    }
    for (int i = 0; i < 2 && rc == TRAWL_OK; i++) {
        if (i == 1 && strcmp(s->captures[0], s->captures[1]) == 0)
            break; /* drawn once */
        rc = count_over_time(call, s->captures[i], field, s->bin_ns, w->max_rows,
                             &s->sides[i].table, err);
        if (rc == TRAWL_OK)
            rc = index_side(call, &s->sides[i], s->bin_ns, err);
    }
    host->release(c.table);
    pthread_mutex_lock(&e->lock);
    if (rc == TRAWL_OK)
        explorer_put(e, place, &s->shared);
    else if (s)
        explorer_drop(e, &s->shared);
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* ---- which job ---- */

int explorer_serve(trawl_call *call, void *context, uint32_t i_job, trawl_error *err)
{
    struct explorer *e = context;
    struct wish *w = host->alloc(sizeof(*w));
    int rc = TRAWL_OK;

    explorer_sweep(e);
    if (!w)
        return explorer_no_memory(err);
    pthread_mutex_lock(&e->lock);
    *w = e->wish;
    pthread_mutex_unlock(&e->lock);
    switch (i_job) {
    case JOB_SOURCES:
        rc = make_sources(call, e, w, err);
        break;
    case JOB_COMPARE:
        rc = make_diff(call, e, w, err);
        break;
    case JOB_LIST:
        rc = make_list(call, e, w, err);
        break;
    case JOB_PAGE:
        rc = explorer_page(call, e, w, err);
        break;
    case JOB_SERIES:
        rc = make_series(call, e, w, w->field, &e->made.series, err);
        break;
    case JOB_TOTALS:
        rc = make_series(call, e, w, TRAWL_COUNTS_TOTAL, &e->made.totals, err);
        break;
    default:
        break;
    }
    host->free(w);
    return rc;
}
