/* Plots of a capture: bandwidth, lengths.
 * Must not know how figures are drawn. */
#include "capture.h"

#include <math.h>

#include "plot.h"

static int packets_of(trawl_call *call, const char *name, trawl_capture **ret_capture,
                      trawl_table **ret, trawl_error *err)
{
    int rc = host->capture(call, name, ret_capture, err);

    return rc == TRAWL_OK ? host->table(call, *ret_capture, "packets", ret, err) : rc;
}

/* ---- bandwidth ---- */

enum { MAX_BINS = 1000000 };

/* The bin for a capture of so many seconds: one second, but where that makes next to no bins or too
 * many to draw the shortest round one that makes at most 500. */
static int64_t fitting_bin(double lasts_s)
{
    static const double bins_s[] = {1e-6, 1e-5, 1e-4, 1e-3, 0.01,  0.1,   1,
                                    10,   60,   600,  3600, 21600, 86400, 604800};
    size_t i = 0;

    /* One packet, or all at once: what comes within a microsecond is no bandwidth. */
    if (lasts_s <= 0 || (lasts_s >= 8 && lasts_s <= 10000))
        return 1000000000;
    while (i + 1 < TRAWL_COUNT(bins_s) && lasts_s > 500 * bins_s[i])
        i++;
    return (int64_t)llround(bins_s[i] * 1e9);
}

static const char *length_text(trawl_call *call, double s)
{
    static const struct {
        const char *name;
        double s;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"µs", 0}};
    size_t i = 0;

    while (s < units[i].s)
        i++;
    return plot_text(call, "%g %s", s / (units[i].s > 0 ? units[i].s : 1e-6), units[i].name);
}

/* The bin of at least `least_s` seconds to type instead. */
static void span_hint(trawl_error *err, double least_s)
{
    if (least_s > 1)
        host->hint(err, "Give a longer one: --bin %.0fs.", ceil(least_s));
    else
        host->hint(err, "Give a longer one: --bin %.0fms.", ceil(least_s * 1e3));
}

/* o->bin is set to the one that was taken, if none was asked for. */
static int fill_bandwidth(trawl_call *call, struct plot_bandwidth *o, trawl_table *packets,
                          trawl_figure *ret, trawl_error *err)
{
    double span_s;
    struct plot_column time, len;
    struct plot_groups groups;
    double first = INFINITY, last = -INFINITY, *x, *y;
    uint64_t n_bins;
    int rc = plot_origin(call, packets, "frame.time_epoch", &ret->time_origin_ns, err);

    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.time_epoch", ret->time_origin_ns, PLOT_NO_NAMES, &time,
                       err);
    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.len", 0, PLOT_NO_NAMES, &len, err);
    if (rc == TRAWL_OK)
        rc = plot_group(call, packets, o->by, len.values, &groups, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < time.n; r++) {
        if (isfinite(time.values[r])) {
            first = fmin(first, time.values[r]);
            last = fmax(last, time.values[r]);
        }
    }
    if (!isfinite(first))
        return TRAWL_OK; /* no times: nothing to draw, said by the caller */
    if (!o->bin)
        o->bin = fitting_bin(last - first);
    span_s = (double)o->bin / 1e9;
    first = floor(first / span_s);
    last = floor(last / span_s);
    if (last - first + 1 > MAX_BINS) {
        host->fail(err, TRAWL_E_USAGE, "the capture has more than %d bins of that length",
                   MAX_BINS);
        span_hint(err, (last - first + 1) * span_s / (MAX_BINS - 2));
        return TRAWL_E_USAGE;
    }
    n_bins = (uint64_t)(last - first) + 1;
    x = plot_array(call, n_bins, sizeof(*x), err);
    y = plot_array(call, n_bins * groups.n, sizeof(*y), err);
    ret->series = plot_array(call, groups.n, sizeof(*ret->series), err);
    if (!x || !y || !ret->series)
        return TRAWL_E_NOMEM;
    for (uint64_t b = 0; b < n_bins; b++)
        x[b] = (first + (double)b) * span_s;
    for (uint64_t r = 0; r < time.n; r++) {
        if (isfinite(time.values[r]))
            y[groups.of_row[r] * n_bins + (uint64_t)(floor(time.values[r] / span_s) - first)] +=
                len.values[r] * (o->bytes ? 1 : 8) / span_s;
    }
    for (uint32_t g = 0; g < groups.n; g++)
        ret->series[g] = (trawl_series){.label = groups.names[g],
                                        .style = TRAWL_SERIES_LINE,
                                        .n = n_bins,
                                        .x = x,
                                        .y = y + g * n_bins};
    ret->n_series = groups.n;
    ret->x = time.axis;
    ret->y = (trawl_axis){.label = o->bytes ? "bandwidth (B/s)" : "bandwidth (bit/s)"};
    return TRAWL_OK;
}

int plot_draw_bandwidth(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                        trawl_error *err)
{
    struct plot_bandwidth o = *(const struct plot_bandwidth *)opts;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc = packets_of(call, o.capture, &capture, &packets, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = fill_bandwidth(call, &o, packets, ret, err);
    if (rc == TRAWL_OK)
        ret->title = plot_text(call, "%s: bandwidth in bins of %s%s%s", host->name_of(capture),
                               length_text(call, (double)o.bin / 1e9), o.by ? ", by " : "",
                               o.by ? o.by : "");
    host->release(packets);
    return rc;
}

/* ---- lengths ---- */

int plot_draw_lengths(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                      trawl_error *err)
{
    enum { WIDTH = 64, MOST = 1 << 18 };
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    struct plot_column len;
    double *x, *y, max = 0;
    uint64_t n_bins;
    int rc = packets_of(call, ((const struct plot_lengths *)opts)->capture, &capture, &packets,
                        err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.len", 0, PLOT_NO_NAMES, &len, err);
    host->release(packets);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < len.n; r++)
        max = fmax(max, len.values[r]);
    max = fmin(max, MOST); /* a record's claim may be absurd; it counts in the last bar */
    n_bins = (uint64_t)(max / WIDTH) + 1;
    x = plot_array(call, n_bins, sizeof(*x), err);
    y = plot_array(call, n_bins, sizeof(*y), err);
    ret->series = plot_array(call, 1, sizeof(*ret->series), err);
    if (!x || !y || !ret->series)
        return TRAWL_E_NOMEM;
    for (uint64_t b = 0; b < n_bins; b++)
        x[b] = (double)(b * WIDTH) + WIDTH / 2.0;
    for (uint64_t r = 0; r < len.n; r++)
        y[(uint64_t)(fmin(len.values[r], max) / WIDTH)] += 1;
    ret->series[0] = (trawl_series){
        .style = TRAWL_SERIES_BARS, .n = len.n ? n_bins : 0, .x = x, .y = y, .bar_width = WIDTH};
    ret->n_series = 1;
    ret->x = len.axis;
    ret->y = (trawl_axis){.label = "packets"};
    ret->title = plot_text(call, "%s: packet lengths in bins of %d B", host->name_of(capture),
                           WIDTH);
    return TRAWL_OK;
}
