/* Throughput of MPTCP connections by subflow, and what several paths are good for.
 * Must not know how figures are drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mptcp.h"
#include "rate.h"

/* ---- throughput ---- */

/* Windows of the subflows one after the other, behind them those of all: for one direction. */
static double *fill_windows(trawl_call *call, const struct connection *c, unsigned towards,
                            double width, enum rate_shape shape, int goodput, uint64_t n,
                            trawl_error *err)
{
    double *windows = new_array(call, n * (c->n_subflows + 1), sizeof(*windows), err);

    for (uint64_t k = 0; windows && k < c->n; k++) {
        const struct mapping *m = &c->mappings[k];
        const double bytes = (double)(m->end - m->dsn) - (goodput ? (double)m->seen : 0);

        if (m->towards != towards || !(bytes > 0))
            continue;
        rate_add(windows + n * m->i_subflow, n, c->first, width, shape, m->at, bytes);
        rate_add(windows + n * c->n_subflows, n, c->first, width, shape, m->at, bytes);
    }
    return windows;
}

static int add_direction(struct sketch *sketch, const struct connection *c,
                         const struct tput_opts *o, unsigned towards, unsigned mask, uint64_t n,
                         trawl_error *err)
{
    const enum rate_shape shape = rate_shape_of(o->shape);
    const double width = (double)o->window / 1e9;
    const double *windows = fill_windows(sketch->call, c, towards, width, shape, o->goodput, n,
                                         err);
    const int style = shape == RATE_BOXCAR ? TRAWL_SERIES_STEPS : TRAWL_SERIES_LINE;
    int rc = windows ? TRAWL_OK : TRAWL_E_NOMEM;

    for (uint32_t j = 0; j <= c->n_subflows && rc == TRAWL_OK; j++) {
        const uint32_t i = j ? j - 1 : c->n_subflows; /* all of them lie below */
        struct points points = {.n = 0};
        double most = 0;

        for (uint64_t k = 0; k < n; k++)
            most = fmax(most, windows[n * i + k]);
        if (!(most > 0))
            continue;
        rc = rate_points(sketch->call, windows + n * i, n, c->first, width, shape, &points, err);
        if (i < c->n_subflows)
            sketch_add(sketch, &points, subflow_label(sketch->call, &c->subflows[i], towards, mask),
                       style, (trawl_look){.colour = subflow_colour(i)});
        else
            sketch_add(sketch, &points,
                       mask != 3 ? "total"
                       : towards ? "total, to client"
                                 : "total, to server",
                       style, (trawl_look){.colour = 7});
    }
    return rc;
}

int draw_mptcp_tput(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                    trawl_error *err)
{
    const struct tput_opts *o = opts;
    struct connection c;
    struct sketch sketch;
    unsigned mask;
    uint64_t n, most;
    int rc = connection_open(call, NULL, o->stream, &c, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    mask = connection_mask(&c, &o->dest);
    most = (uint64_t)RATE_MOST * 64 / (c.n_subflows + 1);
    most = most < RATE_MOST ? most : RATE_MOST;
    n = rate_windows(c.first, c.last, (double)o->window / 1e9);
    if (!n || n > most)
        return too_many_windows(c.last - c.first, most, err);
    rc = sketch_init(call, &sketch, 2 * (c.n_subflows + 1), err);
    for (unsigned d = 0; d < 2 && rc == TRAWL_OK; d++) {
        if (mask >> d & 1)
            rc = add_direction(&sketch, &c, o, d, mask, n, err);
    }
    if (rc != TRAWL_OK)
        return rc;
    sketch_finish(&sketch, NULL, ret);
    ret->time_origin_ns = c.origin_ns;
    ret->x = (trawl_axis){.label = "time (UTC)", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = o->goodput ? "goodput (B/s)" : "throughput (B/s)"};
    ret->title = connection_title(call, &c,
                                  new_text(call, "%s by %g s",
                                           o->goodput ? "goodput" : "throughput",
                                           (double)o->window / 1e9),
                                  mask);
    return TRAWL_OK;
}

/* ---- aggregation benefit ---- */

/* "CAPTURE:STREAM", or a number of bytes a second: the goodput of a path alone. */
static int path_alone(trawl_call *call, const char *text, unsigned towards, double *ret,
                      trawl_error *err)
{
    struct coverage seen = {.n = 0};
    struct unwrap unwrap = {0};
    struct stream s = {.n = 0};
    const char *colon = strrchr(text, ':');
    trawl_view len, seq;
    char *end;
    double bytes = 0, first = INFINITY, last = -INFINITY;
    uint64_t id;
    int rc;

    *ret = strtod(text, &end);
    if (!*end && end != text && isfinite(*ret) && *ret > 0)
        return TRAWL_OK;
    id = colon ? strtoull(colon + 1, &end, 10) : 0;
    if (!colon || colon[1] < '0' || colon[1] > '9' || *end) {
        host->fail(err, TRAWL_E_USAGE, "'%s' is no path: neither CAPTURE:STREAM nor bytes a second",
                   text);
        host->hint(err, "For example --alone wifi:0, the TCP stream 0 of the capture 'wifi'.");
        return TRAWL_E_USAGE;
    }
    rc = stream_open_in(call, new_text(call, "%.*s", (int)(colon - text), text), id, &s, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, &s, "tcp.len", &len, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, &s, "tcp.seq", &seq, err);
    for (uint32_t k = 0; rc == TRAWL_OK && k < s.n; k++) {
        const int64_t n = (int64_t)trawl_view_u64(&len, s.rows[k]);
        int64_t at;

        if (s.towards[k] != towards || !trawl_view_has(&seq, s.rows[k]))
            continue;
        at = unwrap_next(&unwrap, (uint32_t)trawl_view_u64(&seq, s.rows[k]));
        if (!n)
            continue;
        bytes += (double)coverage_add(&seen, at, at + n);
        first = fmin(first, s.at[k]);
        last = fmax(last, s.at[k]);
    }
    coverage_fini(&seen);
    stream_close(&s);
    if (rc == TRAWL_OK && !(last > first))
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "'%s' carries no data %s over time", text,
                        towards_names[towards]);
    *ret = rc == TRAWL_OK ? bytes / (last - first) : 0;
    return rc;
}

/* First and last data of a direction. */
static void narrow(struct connection *c, unsigned towards)
{
    c->first = INFINITY;
    c->last = -INFINITY;
    for (uint64_t k = 0; k < c->n; k++) {
        const struct mapping *m = &c->mappings[k];

        if (m->towards != towards || m->end == m->dsn)
            continue;
        c->first = fmin(c->first, m->at);
        c->last = fmax(c->last, m->at);
    }
}

static int fill_benefit(trawl_call *call, const struct connection *c, const struct agg_opts *o,
                        const double *alone, unsigned towards, trawl_figure *ret, trawl_error *err)
{
    const double width = (double)o->window / 1e9;
    const uint64_t n = rate_windows(c->first, c->last, width);
    struct points points = {.n = 0}, whole = {.n = 0};
    struct sketch sketch;
    double *windows, total = 0, benefit;
    int rc;

    if (!n)
        return too_many_windows(c->last - c->first, RATE_MOST, err);
    windows = fill_windows(call, c, towards, width, RATE_BOXCAR, 1, n, err);
    rc = windows ? sketch_init(call, &sketch, 2, err) : TRAWL_E_NOMEM;
    if (rc != TRAWL_OK)
        return rc;
    windows += n * c->n_subflows;
    for (uint64_t k = 0; k < n; k++) {
        total += windows[k] * width;
        windows[k] = aggregation_benefit(windows[k], alone, o->alone.n);
    }
    benefit = aggregation_benefit(total / (c->last - c->first), alone, o->alone.n);
    rc = rate_points(call, windows, n, c->first, width, RATE_BOXCAR, &points, err);
    points_add(call, &whole, c->first, benefit);
    points_add(call, &whole, c->last, benefit);
    sketch_add(&sketch, &points, new_text(call, "by %g s", width), TRAWL_SERIES_STEPS,
               (trawl_look){.colour = 1});
    sketch_add(&sketch, &whole, new_text(call, "whole connection: %.3f", benefit),
               TRAWL_SERIES_LINE, (trawl_look){.colour = 2, .flags = TRAWL_LOOK_DASHED});
    sketch_finish(&sketch, NULL, ret);
    ret->time_origin_ns = c->origin_ns;
    ret->x = (trawl_axis){.label = "time (UTC)", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = "aggregation benefit (ratio)"};
    ret->title = connection_title(call, c, "aggregation benefit", 1u << towards);
    return rc == TRAWL_OK ? points_check(&whole, 1, err) : rc;
}

int draw_agg(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
             trawl_error *err)
{
    const struct agg_opts *o = opts;
    double *alone = new_array(call, o->alone.n, sizeof(*alone), err);
    struct connection c;
    unsigned mask, towards;
    int rc = alone ? TRAWL_OK : TRAWL_E_NOMEM;

    (void)in;
    if (rc == TRAWL_OK && o->alone.n < 2) {
        host->fail(err, TRAWL_E_USAGE, "the benefit of several paths needs what each gives alone");
        host->hint(err, "Give --alone for each path: --alone wifi:0 --alone 1250000.");
        return TRAWL_E_USAGE;
    }
    if (rc == TRAWL_OK)
        rc = connection_open(call, NULL, o->connection, &c, err);
    if (rc != TRAWL_OK)
        return rc;
    mask = connection_mask(&c, &o->dest);
    if (mask == 3)
        return host->fail(err, TRAWL_E_USAGE, "the benefit is of one direction: give one --dest");
    towards = mask == 2 ? TO_CLIENT : TO_SERVER;
    narrow(&c, towards);
    if (!(c.last > c.first))
        return host->fail(err, TRAWL_E_NOT_FOUND,
                          "MPTCP connection %llu carries no data %s over time",
                          (unsigned long long)c.id, towards_names[towards]);
    for (size_t i = 0; i < o->alone.n && rc == TRAWL_OK; i++)
        rc = path_alone(call, o->alone.items[i], towards, &alone[i], err);
    return rc == TRAWL_OK ? fill_benefit(call, &c, o, alone, towards, ret, err) : rc;
}
