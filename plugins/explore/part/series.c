/* Counts over time: points by value, columns of a chart, widths of bins.
 * Knows nothing of threads or terminals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../explore.h"

enum { SECOND_NS = 1000000000 };

int series_index(struct series_side *side, const uint32_t *bins, const uint64_t *counts,
                 const uint32_t *codes, uint64_t n, uint32_t n_codes, uint32_t no_value)
{
    uint64_t *at;

    side->start = host->alloc(((size_t)n_codes + 2) * sizeof(*side->start));
    side->bins = host->alloc((size_t)(n + 1) * sizeof(*side->bins));
    side->counts = host->alloc((size_t)(n + 1) * sizeof(*side->counts));
    side->sums = host->alloc((side->n_bins + 1) * sizeof(*side->sums));
    if (!side->start || !side->bins || !side->counts || !side->sums)
        return TRAWL_E_NOMEM;
    at = side->start + 1; /* counting sort: at[c] becomes the end of code c */
    for (uint64_t i = 0; i < n; i++) {
        if (codes[i] + 1 < n_codes)
            at[codes[i] + 1]++;
    }
    for (uint32_t c = 1; c < n_codes; c++)
        at[c] += at[c - 1];
    for (uint64_t i = 0; i < n; i++) {
        uint64_t place = at[codes[i]]++;

        side->bins[place] = bins[i];
        side->counts[place] = counts[i];
        side->sums[bins[i]] += codes[i] == no_value ? 0 : counts[i];
    }
    return TRAWL_OK;
}

void series_side_free(struct series_side *side)
{
    host->free(side->start);
    host->free(side->bins);
    host->free(side->counts);
    host->free(side->sums);
    host->release(side->table);
    *side = (struct series_side){0};
}

int64_t series_code(const struct series_side *side, const char *value, size_t n)
{
    const trawl_view *v = &side->value;

    for (uint32_t c = 0; side->start && c < v->n_codes; c++) {
        if (v->text_offsets[c + 1] - v->text_offsets[c] == n &&
            memcmp(v->text + v->text_offsets[c], value, n) == 0)
            return c;
    }
    return -1;
}

/* First column of a bin when n bins are spread over the columns, in equal parts. */
static size_t column_of(size_t bin, size_t n_bins, unsigned columns)
{
    return n_bins ? bin * columns / n_bins : 0;
}

void series_columns(const struct series_side *side, int64_t code, int percent, double *ret,
                    unsigned columns)
{
    memset(ret, 0, columns * sizeof(*ret));
    if (code < 0 || !side->start || !side->n_bins)
        return;
    for (uint64_t i = side->start[code]; i < side->start[code + 1]; i++) {
        size_t bin = side->bins[i];
        size_t x = column_of(bin, side->n_bins, columns);
        size_t end = column_of(bin + 1, side->n_bins, columns);
        double v = (double)side->counts[i];

        if (percent)
            v = side->sums[bin] ? 100 * v / (double)side->sums[bin] : 0;
        do {
            ret[x] = fmax(ret[x], v);
        } while (++x < end);
    }
}

int64_t series_column_of(const struct series_side *side, int64_t bin_ns, int64_t time_ns,
                         unsigned columns)
{
    int64_t bin;

    if (!side->n_bins || bin_ns <= 0)
        return -1;
    bin = time_ns <= side->start_ns ? 0 : (time_ns - side->start_ns) / bin_ns;
    if (bin >= (int64_t)side->n_bins)
        return columns;
    return (int64_t)column_of((size_t)bin, side->n_bins, columns);
}

/* ---- widths ---- */

int64_t nice_bin(int64_t length_ns, unsigned n)
{
    static const int64_t longer_s[] = {60,   120,   300,   600,   900,    1800,   3600,
                                       7200, 21600, 43200, 86400, 604800, 2592000};
    int64_t least = length_ns / n + 1, unit = 1000;

    for (; unit < 60LL * SECOND_NS; unit *= 10) {
        static const int64_t steps[] = {1, 2, 5};

        for (size_t i = 0; i < 3; i++) {
            if (unit * steps[i] >= least && unit * steps[i] < 60LL * SECOND_NS)
                return unit * steps[i];
        }
    }
    for (size_t i = 0; i < TRAWL_COUNT(longer_s); i++) {
        if (longer_s[i] * SECOND_NS >= least)
            return longer_s[i] * SECOND_NS;
    }
    return (least / (2592000LL * SECOND_NS) + 1) * 2592000LL * SECOND_NS;
}

void bin_text(char *out, size_t room, int64_t bin_ns)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } units[] = {{86400LL * SECOND_NS, "d"},
                 {3600LL * SECOND_NS, "h"},
                 {60LL * SECOND_NS, "m"},
                 {SECOND_NS, "s"},
                 {1000000, "ms"},
                 {1000, "us"},
                 {1, "ns"}};

    for (size_t i = 0; i < TRAWL_COUNT(units); i++) {
        if (bin_ns >= units[i].ns && (bin_ns % units[i].ns == 0 || units[i].ns == 1)) {
            snprintf(out, room, "%lld %s", (long long)(bin_ns / units[i].ns), units[i].unit);
            return;
        }
    }
    snprintf(out, room, "0 s");
}

unsigned bar_eighths(double value, double most, unsigned rows, unsigned row)
{
    double eighths = most > 0 && value > 0 ? value / most * rows * 8 : 0;
    long all = lround(eighths > rows * 8 ? rows * 8 : eighths);

    if (value > 0 && all < 1)
        all = 1;
    all -= (long)row * 8;
    return all <= 0 ? 0 : all >= 8 ? 8 : (unsigned)all;
}
