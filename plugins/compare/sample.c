/* What is counted: captures, or their time bins. Knows nothing of fields or counts. */
#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "compare.h"

enum { SECOND_NS = 1000000000, DAY_S = 86400, MAX_BINS = 100000 };

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count packets: no memory");
}

/* Days since 1970 to a date: the algorithm of Howard Hinnant's "chrono-compatible low-level date
 * algorithms". */
const char *sample_time_text(trawl_call *call, int64_t time_ns, int64_t bin_ns)
{
    int64_t seconds = time_ns / SECOND_NS - (time_ns % SECOND_NS < 0);
    int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
    unsigned rest = (unsigned)(seconds - days * DAY_S);
    unsigned micros = (unsigned)(((uint64_t)time_ns - (uint64_t)seconds * SECOND_NS) / 1000);
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;
    char *text = host->call_alloc(call, 64);

    if (!text)
        return NULL;
    snprintf(text, 64, "%04lld-%02u-%02u %02u:%02u:%02u",
             (long long)(yoe + era * 400 + (month <= 2)), month, doy - (153 * mp + 2) / 5 + 1,
             rest / 3600, rest / 60 % 60, rest % 60);
    if (bin_ns % SECOND_NS)
        snprintf(text + strlen(text), 16, ".%06u", micros);
    return text;
}

const char *sample_span_text(trawl_call *call, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{86400000000000, "d"}, {3600000000000, "h"}, {60000000000, "min"},
                 {1000000000, "s"},     {1000000, "ms"},      {1000, "\u00b5s"}};
    char *text = host->call_alloc(call, 32);
    size_t i = 0;

    while (i + 1 < TRAWL_COUNT(units) && ns % units[i].ns)
        i++;
    if (text)
        snprintf(text, 32, "%lld %s", (long long)(ns / units[i].ns), units[i].name);
    return text ? text : "";
}

int64_t sample_round_bin(double length_s, unsigned most)
{
    static const int64_t minutes_s[] = {15,   30,   60,    120,   300,   600,   900,    1800,
                                        3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800};
    const double least_ns = length_s * SECOND_NS / most;
    int64_t ns = 1000;

    for (unsigned i = 0; (double)ns < least_ns && ns < INT64_C(10) * SECOND_NS; i++)
        ns = i % 3 == 1 ? ns / 2 * 5 : ns * 2; /* 1, 2, 5, 10 */
    for (size_t i = 0; (double)ns < least_ns && i < TRAWL_COUNT(minutes_s); i++)
        ns = minutes_s[i] * SECOND_NS;
    while ((double)ns < least_ns && ns < INT64_MAX / 2)
        ns *= 2;
    return ns;
}

/* ---- tables ---- */

/* Of the rows that count only those for which the expression holds; *table is replaced. */
static int choose_rows(trawl_call *call, const char *text, uint64_t max_rows, trawl_table **table,
                       trawl_error *err)
{
    trawl_table *first = NULL, *chosen = NULL;
    trawl_expr *expr;
    int rc = host->expr_compile(call, text, host->schema_of(*table), &expr, err);

    if (rc == TRAWL_OK && max_rows && host->n_rows(*table) > max_rows)
        rc = host->slice(call, *table, 0, max_rows, &first, err);
    if (rc == TRAWL_OK)
        rc = host->expr_select(call, expr, first ? first : *table, &chosen, err);
    host->release(first);
    if (rc != TRAWL_OK)
        return rc;
    host->release(*table);
    *table = chosen;
    return TRAWL_OK;
}

/* "before where tcp.port == 80" */
static const char *chosen_name(trawl_call *call, const char *name, const char *text)
{
    size_t n = strlen(name) + strlen(text) + 8;
    char *all = host->call_alloc(call, n);

    if (all)
        snprintf(all, n, "%s where %s", name, text);
    return all;
}

static int is_within(const struct sampling *how, int64_t t)
{
    return !(how->from_ns || how->to_ns) || (t >= how->from_ns && (!how->to_ns || t < how->to_ns));
}

static int add_source(trawl_call *call, const struct sampling *how, struct sample *ret,
                      const char *name, const char *expr, trawl_error *err)
{
    struct source *s = &ret->sources[ret->n_sources];
    trawl_capture *capture = NULL;
    int rc = TRAWL_OK;

    if (how->in) {
        s->table = host->retain(how->in);
    } else {
        rc = host->capture(call, name, &capture, err);
        if (rc == TRAWL_OK)
            rc = host->table(call, capture, "packets", &s->table, err);
    }
    if (rc == TRAWL_OK && expr)
        rc = choose_rows(call, expr, how->max_rows, &s->table, err);
    if (rc != TRAWL_OK) {
        host->release(s->table);
        return rc;
    }
    ret->n_sources++;
    s->n_rows = host->n_rows(s->table);
    if (how->max_rows && s->n_rows > how->max_rows)
        s->n_rows = how->max_rows;
    if (s->n_rows >= UINT32_MAX)
        return host->fail(err, TRAWL_E_UNSUPPORTED, "cannot count more than %u rows",
                          UINT32_MAX - 1);
    s->name = capture ? host->name_of(capture) : host->table_name(s->table);
    ret->slots[ret->n_sources - 1].name = expr && capture ? chosen_name(call, s->name, expr)
                                                          : s->name;
    return ret->slots[ret->n_sources - 1].name || !expr ? TRAWL_OK : no_memory(err);
}

/* From the first to the last packet of those that count; low > high: no times. */
static int range_of(trawl_call *call, const struct sampling *how, const struct source *s,
                    int64_t *low, int64_t *high, trawl_error *err)
{
    trawl_view time = {.size = sizeof(time)};
    int rc;

    if (host->schema_find(host->schema_of(s->table), "frame.time_epoch") < 0)
        return TRAWL_OK;
    rc = host->view_named(call, s->table, "frame.time_epoch", &time, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < s->n_rows; row++) {
        int64_t t = ((const int64_t *)time.data)[row];

        if (!trawl_view_has(&time, row) || !is_within(how, t))
            continue;
        *low = t < *low ? t : *low;
        *high = t > *high ? t : *high;
    }
    return rc;
}

/* Seconds between the first and the last packet; 0: no times. */
static int length_of(trawl_call *call, const struct source *s, double *ret, trawl_error *err)
{
    const struct sampling all = {0};
    int64_t low = INT64_MAX, high = INT64_MIN;
    int rc = range_of(call, &all, s, &low, &high, err);

    /* as whole numbers: reals have no nanoseconds since 1970 */
    *ret = rc == TRAWL_OK && low < high ? (double)((uint64_t)high - (uint64_t)low) / SECOND_NS : 0;
    return rc;
}

static int slots_of_sources(trawl_call *call, const struct sampling *how, struct sample *ret,
                            trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < ret->n_sources && rc == TRAWL_OK; i++) {
        struct source *s = &ret->sources[i];
        double seconds;

        s->slot = how->merge ? 0 : (uint32_t)i;
        rc = length_of(call, s, &seconds, err);
        if (rc != TRAWL_OK)
            break;
        ret->slots[s->slot].n_rows += s->n_rows;
        ret->slots[s->slot].seconds += seconds;
        if (s->slot >= ret->n_slots)
            ret->n_slots = s->slot + 1;
    }
    return rc;
}

/* ---- bins ---- */

struct bin {
    int64_t number;
    uint64_t n_rows;
    uint32_t id; /* in order of appearance */
};

struct bins {
    struct bin *items; /* in order of time */
    size_t n, capacity;
};

/* Place of a bin, or where it belongs; most rows are of the bin of the row before. */
static size_t place_of(const struct bins *bins, int64_t number, size_t before)
{
    size_t low = 0, high = bins->n;

    if (before < bins->n && bins->items[before].number == number)
        return before;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (bins->items[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_bin(struct bins *bins, size_t at, int64_t number, trawl_error *err)
{
    if (bins->n == MAX_BINS) {
        int rc = host->fail(err, TRAWL_E_USAGE, "more than %d time bins to count", MAX_BINS);

        host->hint(err, "Give a larger --bin.");
        return rc;
    }
    if (bins->n == bins->capacity) {
        size_t capacity = bins->capacity * 2 + 64;
        struct bin *more = host->realloc(bins->items, capacity * sizeof(*more));

        if (!more)
            return no_memory(err);
        bins->items = more;
        bins->capacity = capacity;
    }
    memmove(bins->items + at + 1, bins->items + at, (bins->n - at) * sizeof(*bins->items));
    bins->items[at] = (struct bin){.number = number, .id = (uint32_t)bins->n};
    bins->n++;
    return TRAWL_OK;
}

/* The bin of each row by id; UINT32_MAX: not counted. Rows without time are in no bin. */
static int bin_rows(trawl_call *call, const struct sampling *how, int64_t step, struct source *s,
                    struct bins *bins, trawl_error *err)
{
    trawl_view time = {.size = sizeof(time)};
    size_t at = 0;
    int rc = host->view_named(call, s->table, "frame.time_epoch", &time, err);

    if (rc != TRAWL_OK)
        return rc;
    s->slot_of_row = host->alloc((size_t)(s->n_rows + 1) * sizeof(*s->slot_of_row));
    if (!s->slot_of_row)
        return no_memory(err);
    for (uint64_t row = 0; row < s->n_rows && rc == TRAWL_OK; row++) {
        int64_t t = ((const int64_t *)time.data)[row];
        int64_t number = t / step - (t % step < 0);

        s->slot_of_row[row] = UINT32_MAX;
        if (!trawl_view_has(&time, row))
            continue;
        if (!is_within(how, t))
            continue;
        at = place_of(bins, number, at);
        if (at == bins->n || bins->items[at].number != number)
            rc = add_bin(bins, at, number, err);
        if (rc == TRAWL_OK) {
            bins->items[at].n_rows++;
            s->slot_of_row[row] = bins->items[at].id;
        }
    }
    return rc;
}

int sample_fit_bins(trawl_call *call, const struct sampling *how, struct sample *ret,
                    trawl_error *err)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < ret->n_sources && rc == TRAWL_OK; i++)
        rc = range_of(call, how, &ret->sources[i], &low, &high, err);
    ret->bin_ns = sample_round_bin(low < high ? ((double)high - (double)low) / SECOND_NS : 1,
                                   how->fit_bins);
    return rc;
}

static int slots_of_bins(trawl_call *call, const struct sampling *how, struct sample *ret,
                         trawl_error *err)
{
    struct bins bins = {0};
    uint32_t *place;
    int rc = TRAWL_OK;

    ret->bin_ns = how->bin_ns;
    if (!how->bin_ns)
        rc = sample_fit_bins(call, how, ret, err);
    for (size_t i = 0; i < ret->n_sources && rc == TRAWL_OK; i++)
        rc = bin_rows(call, how, ret->bin_ns, &ret->sources[i], &bins, err);
    place = host->call_alloc(call, (bins.n + 1) * sizeof(*place));
    ret->slots = host->call_alloc(call, (bins.n + 1) * sizeof(*ret->slots));
    if (rc == TRAWL_OK && (!place || !ret->slots))
        rc = no_memory(err);
    for (size_t i = 0; i < bins.n && rc == TRAWL_OK; i++) {
        int64_t start;

        if (__builtin_mul_overflow(bins.items[i].number, ret->bin_ns, &start))
            start = INT64_MIN + 1; /* it begins before any time */
        place[bins.items[i].id] = (uint32_t)i;
        ret->slots[i] = (struct slot){.name = sample_time_text(call, start, ret->bin_ns),
                                      .start_ns = start,
                                      .seconds = (double)ret->bin_ns / SECOND_NS,
                                      .n_rows = bins.items[i].n_rows};
        if (!ret->slots[i].name)
            rc = no_memory(err);
    }
    for (size_t i = 0; i < ret->n_sources && rc == TRAWL_OK; i++) {
        struct source *s = &ret->sources[i];

        for (uint64_t row = 0; row < s->n_rows; row++) {
            if (s->slot_of_row[row] != UINT32_MAX)
                s->slot_of_row[row] = place[s->slot_of_row[row]];
        }
    }
    if (rc == TRAWL_OK)
        ret->n_slots = bins.n;
    host->free(bins.items);
    return rc;
}

int sample_open(trawl_call *call, const struct sampling *how, struct sample *ret, trawl_error *err)
{
    size_t n = how->captures && how->captures->n && !how->in ? how->captures->n : 1;
    int rc = TRAWL_OK;

    if (how->in && how->captures && how->captures->n)
        return host->fail(err, TRAWL_E_USAGE,
                          "cannot count both the table before and the captures that are named");
    *ret = (struct sample){.sources = host->call_alloc(call, n * sizeof(*ret->sources)),
                           .slots = host->call_alloc(call, n * sizeof(*ret->slots))};
    if (!ret->sources || !ret->slots)
        return no_memory(err);
    memset(ret->sources, 0, n * sizeof(*ret->sources));
    memset(ret->slots, 0, n * sizeof(*ret->slots));
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        const char *name = how->captures && how->captures->n ? how->captures->items[i] : NULL;

        rc = add_source(call, how, ret, name, how->exprs ? how->exprs[i] : NULL, err);
    }
    if (rc == TRAWL_OK)
        rc = how->bin_ns || how->fit_bins ? slots_of_bins(call, how, ret, err)
                                          : slots_of_sources(call, how, ret, err);
    return rc;
}

void sample_close(struct sample *sample)
{
    for (size_t i = 0; i < sample->n_sources; i++) {
        host->free(sample->sources[i].slot_of_row);
        host->release(sample->sources[i].table);
    }
    sample->n_sources = 0;
}
