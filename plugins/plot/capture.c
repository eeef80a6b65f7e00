/* Plots of a capture: bandwidth, lengths, tcpseq.
 * Must not know how figures are drawn. */
#include "capture.h"

#include <math.h>

#include "plot.h"

static int packets_of(trawl_call *call, trawl_capture **ret_capture, trawl_table **ret,
                      trawl_error *err)
{
    int rc = host->capture(call, NULL, ret_capture, err);

    return rc == TRAWL_OK ? host->table(call, *ret_capture, "packets", ret, err) : rc;
}

/* ---- bandwidth ---- */

enum { MAX_BINS = 1000000 };

static int fill_bandwidth(trawl_call *call, const struct plot_bandwidth *o, trawl_table *packets,
                          trawl_figure *ret, trawl_error *err)
{
    const double span_s = (double)o->bin / 1e9;
    struct plot_column time, len;
    struct plot_groups groups;
    double first = INFINITY, last = -INFINITY, *x, *y;
    uint64_t n_bins;
    int rc = plot_origin(call, packets, "frame.time_epoch", &ret->time_origin_ns, err);

    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.time_epoch", ret->time_origin_ns, 0, &time, err);
    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.len", 0, 0, &len, err);
    if (rc == TRAWL_OK)
        rc = plot_group(call, packets, o->by, len.values, &groups, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < time.n; r++) {
        if (isfinite(time.values[r])) {
            first = fmin(first, floor(time.values[r] / span_s));
            last = fmax(last, floor(time.values[r] / span_s));
        }
    }
    if (!isfinite(first))
        return TRAWL_OK; /* no times: nothing to draw, said by the caller */
    if (last - first + 1 > MAX_BINS) {
        host->fail(err, TRAWL_E_USAGE, "the capture has more than %d bins of that length",
                   MAX_BINS);
        host->hint(err, "Give a longer one: --bin 1m.");
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
                len.values[r] * 8 / span_s;
    }
    for (uint32_t g = 0; g < groups.n; g++)
        ret->series[g] = (trawl_series){.label = groups.names[g],
                                        .style = TRAWL_SERIES_LINE,
                                        .n = n_bins,
                                        .x = x,
                                        .y = y + g * n_bins};
    ret->n_series = groups.n;
    ret->x = time.axis;
    ret->y = (trawl_axis){.label = "bandwidth (bit/s)"};
    return TRAWL_OK;
}

int plot_draw_bandwidth(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                        trawl_error *err)
{
    const struct plot_bandwidth *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc = packets_of(call, &capture, &packets, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = fill_bandwidth(call, o, packets, ret, err);
    if (rc == TRAWL_OK)
        ret->title = plot_text(call, "%s: bandwidth in bins of %g s%s%s", host->name_of(capture),
                               (double)o->bin / 1e9, o->by ? ", by " : "", o->by ? o->by : "");
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
    int rc = packets_of(call, &capture, &packets, err);

    (void)in;
    (void)opts;
    if (rc == TRAWL_OK)
        rc = plot_read(call, packets, "frame.len", 0, 0, &len, err);
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

/* ---- tcpseq ---- */

/* The packets of one stream, as columns. */
struct stream {
    trawl_view stream, seq, len, time, reverse, src, sport, dst, dport, number;
    uint64_t *rows;
    uint64_t n;
};

static int open_stream(trawl_call *call, trawl_table *packets, uint64_t id, struct stream *s,
                       trawl_error *err)
{
    static const char *const names[] = {"tcp.stream", "tcp.seq",     "tcp.len", "frame.time_epoch",
                                        "reverse",    "src",         "sport",   "dst",
                                        "dport",      "frame.number"};
    trawl_view *const views[] = {&s->stream, &s->seq,   &s->len, &s->time,  &s->reverse,
                                 &s->src,    &s->sport, &s->dst, &s->dport, &s->number};

    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        int rc;

        views[i]->size = sizeof(*views[i]);
        rc = host->view_named(call, packets, names[i], views[i], err);
        if (rc != TRAWL_OK)
            return rc;
    }
    for (int pass = 0; pass < 2; pass++) {
        s->n = 0;
        for (uint64_t r = 0; r < s->stream.n_rows; r++) {
            if (!trawl_view_has(&s->stream, r) || trawl_view_u64(&s->stream, r) != id ||
                !trawl_view_has(&s->time, r))
                continue;
            if (pass)
                s->rows[s->n] = r;
            s->n++;
        }
        if (!s->n) {
            host->fail(err, TRAWL_E_NOT_FOUND, "no TCP stream %llu", (unsigned long long)id);
            host->hint(err, "'tcp' lists them.");
            return TRAWL_E_NOT_FOUND;
        }
        if (!pass && !(s->rows = plot_array(call, s->n, sizeof(*s->rows), err)))
            return TRAWL_E_NOMEM;
    }
    return TRAWL_OK;
}

static const char *end_text(trawl_call *call, trawl_table *packets, const char *address,
                            const char *port, uint64_t row)
{
    const trawl_schema *schema = host->schema_of(packets);
    const int64_t a = host->schema_find(schema, address), p = host->schema_find(schema, port);

    if (a < 0 || p < 0)
        return "";
    return plot_text(call, "%s:%s", host->cell_text(call, packets, (size_t)a, row, NULL),
                     host->cell_text(call, packets, (size_t)p, row, NULL));
}

/* What one direction has left out so far, the newest holes only. */
enum { MAX_HOLES = 256 };
struct direction {
    uint64_t next;
    int any;
    unsigned n_holes;
    uint64_t start[MAX_HOLES], end[MAX_HOLES];
};

enum { SENT, LATE, AGAIN, KINDS };

static void add_hole(struct direction *d, uint64_t start, uint64_t end)
{
    const unsigned keep = d->n_holes == MAX_HOLES ? MAX_HOLES - 1 : d->n_holes;

    for (unsigned i = 0; i < keep; i++) {
        d->start[i] = d->start[d->n_holes - keep + i];
        d->end[i] = d->end[d->n_holes - keep + i];
    }
    d->start[keep] = start;
    d->end[keep] = end;
    d->n_holes = keep + 1;
}

/* Data that comes late fills a hole; data that fills none was there before. */
static int kind_of(struct direction *d, uint64_t seq, uint64_t len)
{
    int kind = SENT;

    if (len && d->any && seq + len <= d->next) {
        kind = AGAIN;
        for (unsigned i = d->n_holes; i-- > 0 && kind == AGAIN;) {
            if (seq >= d->end[i] || seq + len <= d->start[i])
                continue;
            kind = LATE;
            if (seq <= d->start[i])
                d->start[i] = seq + len < d->end[i] ? seq + len : d->end[i];
            else
                d->end[i] = seq; /* what remains above it is given up */
        }
    } else if (len && d->any && seq > d->next) {
        add_hole(d, d->next, seq);
    }
    if (seq + len > d->next)
        d->next = seq + len;
    d->any = 1;
    return kind;
}

/* Series KINDS * direction + kind. */
static int fill_tcpseq(trawl_call *call, const struct stream *s, trawl_figure *ret,
                       trawl_error *err)
{
    struct direction *directions = plot_array(call, 2, sizeof(*directions), err);

    for (int i = 0; i < 2 * KINDS; i++) {
        ret->series[i].x = plot_array(call, s->n, sizeof(double), err);
        ret->series[i].y = plot_array(call, s->n, sizeof(double), err);
        if (!directions || !ret->series[i].x || !ret->series[i].y)
            return TRAWL_E_NOMEM;
    }
    for (uint64_t k = 0; k < s->n; k++) {
        const uint64_t r = s->rows[k], seq = trawl_view_u64(&s->seq, r);
        const uint64_t len = trawl_view_u64(&s->len, r), d = trawl_view_u64(&s->reverse, r) != 0;
        trawl_series *series =
            &ret->series[(uint64_t)KINDS * d + (uint64_t)kind_of(&directions[d], seq, len)];

        ((double *)(uintptr_t)series->x)[series->n] = (double)(((const int64_t *)s->time.data)[r] -
                                                               ret->time_origin_ns) /
                                                      1e9;
        ((double *)(uintptr_t)series->y)[series->n++] = (double)seq;
    }
    return TRAWL_OK;
}

int plot_draw_tcpseq(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                     trawl_error *err)
{
    static const char *const labels[2 * KINDS] = {"client sends",         "client, out of order",
                                                  "client resends",       "server sends",
                                                  "server, out of order", "server resends"};
    static const trawl_look looks[2 * KINDS] = {{.colour = 1},
                                                {.colour = 5, .mark = TRAWL_MARK_DIAMOND},
                                                {.colour = 2, .mark = TRAWL_MARK_CROSS},
                                                {.colour = 3},
                                                {.colour = 6, .mark = TRAWL_MARK_DIAMOND},
                                                {.colour = 4, .mark = TRAWL_MARK_CROSS}};
    trawl_look *there = plot_array(call, 2 * (uint64_t)KINDS, sizeof(*there), err);
    const struct plot_tcpseq *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    struct stream s = {.n = 0};
    int rc = there ? packets_of(call, &capture, &packets, err) : TRAWL_E_NOMEM;

    (void)in;
    if (rc == TRAWL_OK)
        rc = open_stream(call, packets, o->stream, &s, err);
    if (rc == TRAWL_OK)
        rc = plot_origin(call, packets, "frame.time_epoch", &ret->time_origin_ns, err);
    if (rc == TRAWL_OK) {
        ret->series = plot_array(call, 2 * (uint64_t)KINDS, sizeof(*ret->series), err);
        rc = ret->series ? fill_tcpseq(call, &s, ret, err) : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        const uint64_t first = s.rows[0];
        const int swapped = trawl_view_u64(&s.reverse, first) != 0;
        const char *a = end_text(call, packets, swapped ? "dst" : "src",
                                 swapped ? "dport" : "sport", first);
        const char *b = end_text(call, packets, swapped ? "src" : "dst",
                                 swapped ? "sport" : "dport", first);
        uint32_t n = 0;

        for (uint32_t i = 0; i < 2 * KINDS; i++) {
            ret->series[i].label = labels[i];
            ret->series[i].style = i % KINDS == SENT ? TRAWL_SERIES_LINE_DOTS : TRAWL_SERIES_DOTS;
            if (!ret->series[i].n)
                continue;
            there[n] = looks[i];
            ret->series[n++] = ret->series[i];
        }
        ret->n_series = n;
        ret->looks = there;
        ret->look_size = sizeof(*there);
        ret->x = (trawl_axis){.label = "frame.time_epoch", .kind = TRAWL_AXIS_TIME};
        ret->y = (trawl_axis){.label = "relative sequence number (B)"};
        ret->title = plot_text(call, "%s: TCP stream %llu, %s to %s", host->name_of(capture),
                               (unsigned long long)o->stream, a, b);
    }
    host->release(packets);
    return rc;
}
