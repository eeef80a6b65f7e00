/* What stands on the left and on the right: captures, or the time bins of one.
 * Knows nothing of fields or counts. */
#include "compare.h"

#include <stdio.h>
#include <string.h>

enum { SECOND_NS = 1000000000, DAY_S = 86400, MAX_BINS = 10000 };

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare captures: no memory");
}

static int packets_of(trawl_call *call, const char *name, trawl_table **ret, trawl_error *err)
{
    trawl_capture *capture = NULL;
    int rc = host->capture(call, name, &capture, err);

    return rc == TRAWL_OK ? host->table(call, capture, "packets", ret, err) : rc;
}

static int room(trawl_call *call, size_t n, struct sides *ret, trawl_error *err)
{
    ret->items = host->call_alloc(call, n * sizeof(*ret->items));
    ret->names = host->call_alloc(call, n * sizeof(*ret->names));
    return ret->items && ret->names ? TRAWL_OK : no_memory(err);
}

/* "time 2023-11-14 22:13:20" with as many decimals as the bin needs. Days since 1970 to a date: the
 * algorithm of Howard Hinnant's "chrono-compatible low-level date algorithms". */
static const char *time_name(trawl_call *call, int64_t start_ns, int64_t bin_ns)
{
    int64_t seconds = start_ns / SECOND_NS - (start_ns % SECOND_NS < 0);
    int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
    unsigned rest = (unsigned)(seconds - days * DAY_S);
    unsigned micros = (unsigned)((start_ns - seconds * SECOND_NS) / 1000);
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;
    char *text = host->call_alloc(call, 64);

    if (!text)
        return NULL;
    snprintf(text, 64, "time %04lld-%02u-%02u %02u:%02u:%02u",
             (long long)(yoe + era * 400 + (month <= 2)), month, doy - (153 * mp + 2) / 5 + 1,
             rest / 3600, rest / 60 % 60, rest % 60);
    if (bin_ns % SECOND_NS)
        snprintf(text + strlen(text), 16, ".%06u", micros);
    return text;
}

/* Bin of each row; rows without time go with the one before. */
static int64_t bin_of(const trawl_view *time, uint64_t row, int64_t bin_ns, int64_t before)
{
    int64_t t;

    if (!trawl_view_has(time, row))
        return before;
    t = ((const int64_t *)time->data)[row];
    return t / bin_ns - (t % bin_ns < 0);
}

struct bin {
    int64_t number;
    uint64_t n_rows;
    uint32_t i_first; /* in rows, filled from here */
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
        int rc = host->fail(err, TRAWL_E_USAGE, "more than %d time bins to compare", MAX_BINS);

        host->hint(err, "give a larger --bin");
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
    bins->items[at] = (struct bin){.number = number};
    bins->n++;
    return TRAWL_OK;
}

/* The bins with their rows: rows[bin.i_first …]. The first pass counts, the second fills. */
static int sort_into_bins(trawl_call *call, const trawl_view *time, int64_t bin_ns,
                          struct bins *bins, uint32_t **ret_rows, trawl_error *err)
{
    uint32_t *rows = host->call_alloc(call, (size_t)(time->n_rows + 1) * sizeof(*rows));
    uint64_t from = 0;

    if (!rows)
        return no_memory(err);
    for (int pass = 0; pass < 2; pass++) {
        int64_t number = 0;
        size_t at = 0;

        for (uint64_t row = 0; row < time->n_rows; row++) {
            number = bin_of(time, row, bin_ns, number);
            at = place_of(bins, number, at);
            if (at == bins->n || bins->items[at].number != number) {
                int rc = add_bin(bins, at, number, err);

                if (rc != TRAWL_OK)
                    return rc;
            }
            if (pass == 1)
                rows[bins->items[at].i_first + bins->items[at].n_rows] = (uint32_t)row;
            bins->items[at].n_rows++;
        }
        for (size_t i = 0; pass == 0 && i < bins->n; i++) {
            bins->items[i].i_first = (uint32_t)from;
            from += bins->items[i].n_rows;
            bins->items[i].n_rows = 0;
        }
    }
    *ret_rows = rows;
    return TRAWL_OK;
}

static int open_bins(trawl_call *call, const char *name, int64_t bin_ns, struct sides *ret,
                     trawl_error *err)
{
    trawl_table *packets = NULL;
    trawl_view time = {.size = sizeof(time)};
    struct bins bins = {0};
    uint32_t *rows = NULL;
    int rc = packets_of(call, name, &packets, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "frame.time_epoch", &time, err);
    if (rc == TRAWL_OK)
        rc = sort_into_bins(call, &time, bin_ns, &bins, &rows, err);
    if (rc == TRAWL_OK && bins.n < 2) {
        rc = host->fail(err, TRAWL_E_USAGE, "capture '%s' is too short to compare with itself",
                        name);
        host->hint(err, "name a second capture, or give a smaller --bin");
    }
    if (rc == TRAWL_OK)
        rc = room(call, bins.n, ret, err);
    for (size_t i = 0; i < bins.n && rc == TRAWL_OK; i++) {
        rc = host->gather(call, packets, rows + bins.items[i].i_first, bins.items[i].n_rows,
                          &ret->items[i].table, err);
        if (rc != TRAWL_OK)
            break;
        ret->n = i + 1;
        ret->names[i] = time_name(call, bins.items[i].number * bin_ns, bin_ns);
        if (!ret->names[i])
            rc = no_memory(err);
    }
    host->free(bins.items);
    host->release(packets);
    return rc;
}

int sides_open(trawl_call *call, const trawl_words *captures, int64_t bin_ns, struct sides *ret,
               trawl_error *err)
{
    int rc;

    if (captures->n == 1)
        return open_bins(call, captures->items[0], bin_ns, ret, err);
    rc = room(call, captures->n, ret, err);
    for (size_t i = 0; i < captures->n && rc == TRAWL_OK; i++) {
        ret->names[i] = captures->items[i];
        rc = packets_of(call, captures->items[i], &ret->items[i].table, err);
        ret->n = i + 1;
    }
    return rc;
}

void sides_close(struct sides *sides)
{
    for (size_t i = 0; i < sides->n; i++)
        host->release(sides->items[i].table);
    sides->n = 0;
}
