/* Throughput and goodput of a TCP connection.
 * Must not know how figures are drawn. */
#include <math.h>

#include "rate.h"

static int add_all(trawl_call *call, const struct stream *s, const struct tput_opts *o,
                   enum rate_shape shape, double *const windows[2], uint64_t n, trawl_error *err)
{
    const double width = (double)o->window / 1e9;
    struct coverage seen[2] = {{.n = 0}};
    struct unwrap unwrap[2] = {{0}};
    trawl_view len, seq;
    int rc = stream_view(call, s, "tcp.len", &len, err);

    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.seq", &seq, err);
    for (uint32_t k = 0; k < s->n && rc == TRAWL_OK; k++) {
        const uint32_t r = s->rows[k];
        const unsigned d = s->towards[k];
        int64_t bytes = (int64_t)trawl_view_u64(&len, r);

        if (o->goodput && trawl_view_has(&seq, r)) {
            const int64_t at = unwrap_next(&unwrap[d], (uint32_t)trawl_view_u64(&seq, r));

            bytes = coverage_add(&seen[d], at, at + bytes);
            if (bytes < 0)
                rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
        }
        if (bytes > 0)
            rate_add(windows[d], n, s->at[0], width, shape, s->at[k], (double)bytes);
    }
    coverage_fini(&seen[0]);
    coverage_fini(&seen[1]);
    return rc;
}

int too_many_windows(double span, uint64_t most, trawl_error *err)
{
    const double least = span / (double)(most - 1);

    host->fail(err, TRAWL_E_USAGE, "there are more than %llu windows of that length",
               (unsigned long long)most);
    if (least > 1)
        host->hint(err, "Give a longer one: -w %.0fs.", ceil(least));
    else
        host->hint(err, "Give a longer one: -w %.0fms.", ceil(least * 1e3));
    return TRAWL_E_USAGE;
}

static int fill(trawl_call *call, const struct stream *s, const struct tput_opts *o,
                trawl_figure *ret, trawl_error *err)
{
    const enum rate_shape shape = rate_shape_of(o->shape);
    const double width = (double)o->window / 1e9;
    const unsigned mask = dest_mask(&o->dest);
    struct points points[2] = {{.n = 0}};
    double *windows[2], last = s->at[0];
    struct sketch sketch;
    uint64_t n;
    int rc;

    for (uint32_t k = 0; k < s->n; k++)
        last = s->at[k] > last ? s->at[k] : last;
    n = rate_windows(s->at[0], last, width);
    if (!n)
        return too_many_windows(last - s->at[0], RATE_MOST, err);
    windows[0] = new_array(call, n, sizeof(double), err);
    windows[1] = new_array(call, n, sizeof(double), err);
    if (!windows[0] || !windows[1])
        return TRAWL_E_NOMEM;
    rc = add_all(call, s, o, shape, windows, n, err);
    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, 2, err);
    for (unsigned d = 0; d < 2 && rc == TRAWL_OK; d++) {
        if (!(mask >> d & 1))
            continue;
        rc = rate_points(call, windows[d], n, s->at[0], width, shape, &points[d], err);
        sketch_add(&sketch, &points[d], towards_names[d],
                   shape == RATE_BOXCAR ? TRAWL_SERIES_STEPS : TRAWL_SERIES_LINE,
                   (trawl_look){.colour = d ? 3 : 1});
    }
    if (rc != TRAWL_OK)
        return rc;
    sketch_finish(&sketch, s, ret);
    ret->y = (trawl_axis){.label = o->goodput ? "goodput (B/s)" : "throughput (B/s)"};
    ret->title = stream_title(
        call, s, new_text(call, "%s by %g s", o->goodput ? "goodput" : "throughput", width),
        mask == 2 ? TO_CLIENT : TO_SERVER);
    return TRAWL_OK;
}

int draw_tcp_tput(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err)
{
    const struct tput_opts *o = opts;
    struct stream s = {.n = 0};
    int rc = stream_open(call, o->stream, &s, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = fill(call, &s, o, ret, err);
    stream_close(&s);
    return rc;
}
