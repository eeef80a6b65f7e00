/* How far apart packets come: histograms of the time between them.
 * Must not know how figures are drawn. */
#include "gaps.h"

#include <math.h>

/* Edges of n bins over values; logarithmic ones over those above 0. */
static void span(const struct points *gaps, int logarithmic, double *ret_low, double *ret_high)
{
    *ret_low = INFINITY;
    *ret_high = -INFINITY;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < gaps[i].n; k++) {
            if (logarithmic && gaps[i].y[k] <= 0)
                continue;
            *ret_low = fmin(*ret_low, gaps[i].y[k]);
            *ret_high = fmax(*ret_high, gaps[i].y[k]);
        }
    }
    if (!logarithmic)
        *ret_low = fmin(*ret_low, 0); /* no gap is the natural beginning */
    if (!(*ret_high > *ret_low)) {    /* one value has a bin around it */
        *ret_high = logarithmic ? *ret_low * 2 : *ret_low + 1;
        *ret_low = logarithmic ? *ret_low / 2 : *ret_low;
    }
}

static double edge(double low, double high, uint64_t n, uint64_t i, int logarithmic)
{
    const double share = (double)i / (double)n;

    return logarithmic ? low * pow(high / low, share) : low + (high - low) * share;
}

static int outline(trawl_call *call, const struct points *gaps, uint64_t n, double low, double high,
                   int logarithmic, struct points *ret, trawl_error *err)
{
    uint64_t *counts = new_array(call, n, sizeof(*counts), err);

    if (!counts)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < gaps->n; k++) {
        const double v = gaps->y[k];
        const double bin = logarithmic ? log(fmax(v, low) / low) / log(high / low)
                                       : (v - low) / (high - low);

        counts[(uint64_t)fmin(fmax(bin * (double)n, 0), (double)(n - 1))]++;
    }
    points_add(call, ret, low, 0);
    for (uint64_t i = 0; i < n; i++)
        points_add(call, ret, edge(low, high, n, i, logarithmic), (double)counts[i]);
    points_add(call, ret, high, (double)counts[n - 1]);
    points_add(call, ret, high, 0);
    return points_check(ret, 1, err);
}

int gaps_draw(trawl_call *call, const struct points gaps[2], const char *const labels[2],
              uint64_t n_bins, int logarithmic, trawl_figure *ret, trawl_error *err)
{
    struct points outlines[2] = {{.n = 0}};
    struct sketch sketch;
    double low, high;
    int rc = sketch_init(call, &sketch, 2, err);

    if (rc != TRAWL_OK || !(gaps[0].n + gaps[1].n))
        return rc;
    span(gaps, logarithmic, &low, &high);
    if (!isfinite(low))
        return host->fail(err, TRAWL_E_NOT_FOUND, "no time between packets is above 0");
    for (unsigned i = 0; i < 2 && rc == TRAWL_OK; i++) {
        if (!gaps[i].n)
            continue;
        rc = outline(call, &gaps[i], n_bins, low, high, logarithmic, &outlines[i], err);
        sketch_add(&sketch, &outlines[i], labels[i], TRAWL_SERIES_STEPS,
                   (trawl_look){.colour = i ? 3 : 1});
    }
    sketch_finish(&sketch, NULL, ret);
    ret->x = (trawl_axis){.label = "time since the packet before (ms)",
                          .kind = logarithmic ? TRAWL_AXIS_LOG : TRAWL_AXIS_LINEAR};
    ret->y = (trawl_axis){.label = "packets"};
    return rc;
}

double gap_ms(double from_s, double to_s)
{
    return round((to_s - from_s) * 1e9) / 1e6;
}

int draw_interarrival(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                      trawl_error *err)
{
    const struct gaps_opts *o = opts;
    const unsigned mask = dest_mask(&o->dest);
    struct points gaps[2] = {{.n = 0}};
    double last[2] = {NAN, NAN};
    struct stream s = {.n = 0};
    trawl_view len;
    int rc = stream_open(call, o->stream, &s, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = stream_view(call, &s, "tcp.len", &len, err);
    for (uint32_t k = 0; k < s.n && rc == TRAWL_OK; k++) {
        const unsigned d = s.towards[k];

        if (!(mask >> d & 1) || (o->data && !trawl_view_u64(&len, s.rows[k])))
            continue;
        if (isfinite(last[d]))
            points_add(call, &gaps[d], 0, gap_ms(last[d], s.at[k]));
        last[d] = s.at[k];
    }
    if (rc == TRAWL_OK)
        rc = points_check(gaps, 2, err);
    if (rc == TRAWL_OK && !gaps[0].n && !gaps[1].n)
        rc = host->fail(err, TRAWL_E_NOT_FOUND,
                        "TCP stream %llu has no two packets in a direction that is asked for",
                        (unsigned long long)o->stream);
    if (rc == TRAWL_OK)
        rc = gaps_draw(call, gaps, towards_names, o->bins, o->log_bins, ret, err);
    if (rc == TRAWL_OK)
        ret->title = stream_title(call, &s, "time between packets",
                                  mask == 2 ? TO_CLIENT : TO_SERVER);
    stream_close(&s);
    return rc;
}
