/* Payload of each TCP connection of a capture, and which has most.
 * Must not know how figures are drawn. */
#include "sequence.h"

enum { MOST_BARS = 400 };

static int sum_up(trawl_call *call, trawl_table *packets, double **ret_bytes, uint64_t *ret_n,
                  trawl_error *err)
{
    trawl_view stream = {.size = sizeof(stream)}, len = {.size = sizeof(len)};
    int rc = host->view_named(call, packets, "tcp.stream", &stream, err);
    uint64_t n = 0;
    double *bytes;

    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "tcp.len", &len, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < stream.n_rows; r++) {
        if (trawl_view_has(&stream, r) && trawl_view_u64(&stream, r) >= n)
            n = trawl_view_u64(&stream, r) + 1;
    }
    bytes = new_array(call, n, sizeof(*bytes), err);
    if (!bytes)
        return TRAWL_E_NOMEM;
    for (uint64_t r = 0; r < stream.n_rows; r++) {
        if (trawl_view_has(&stream, r) && trawl_view_has(&len, r))
            bytes[trawl_view_u64(&stream, r)] += (double)trawl_view_u64(&len, r);
    }
    *ret_bytes = bytes;
    *ret_n = n;
    return TRAWL_OK;
}

int draw_stream_bytes(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                      trawl_error *err)
{
    struct points points = {.n = 0}, largest = {.n = 0};
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    struct sketch sketch;
    double *bytes = NULL;
    uint64_t n = 0, best = 0;
    int rc = host->capture(call, NULL, &capture, err);

    (void)in;
    (void)opts;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = sum_up(call, packets, &bytes, &n, err);
    host->release(packets);
    if (rc == TRAWL_OK && !n)
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "the capture has no TCP streams");
    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, 2, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t i = 0; i < n; i++) {
        points_add(call, &points, (double)i, bytes[i]);
        best = bytes[i] > bytes[best] ? i : best;
    }
    points_add(call, &largest, (double)best, bytes[best]);
    rc = points_check(&points, 1, err);
    if (rc == TRAWL_OK)
        rc = points_check(&largest, 1, err);
    if (rc != TRAWL_OK)
        return rc;
    sketch_add(&sketch, &points, "payload", n > MOST_BARS ? TRAWL_SERIES_DOTS : TRAWL_SERIES_BARS,
               (trawl_look){.colour = 1});
    sketch.series[0].bar_width = 0.8;
    sketch_add(&sketch, &largest,
               new_text(call, "stream %llu: %.0f B", (unsigned long long)best, bytes[best]),
               TRAWL_SERIES_DOTS, (trawl_look){.colour = 2, .mark = TRAWL_MARK_DIAMOND});
    sketch_finish(&sketch, NULL, ret);
    ret->x = (trawl_axis){.label = "TCP stream"};
    ret->y = (trawl_axis){.label = "payload of both directions (B)"};
    ret->title = new_text(call, "%s: payload of each TCP stream", host->name_of(capture));
    return TRAWL_OK;
}
