/* Round trips of a TCP connection, over time or along the stream.
 * Must not know how figures are drawn. */
#include <string.h>

#include "sequence.h"

/* A round trip of data is known when its ACK comes, from the other side. */
static int fill(trawl_call *call, const struct stream *s, const struct rtt_opts *o,
                trawl_figure *ret, trawl_error *err)
{
    const int by_seq = strcmp(o->by, "seq") == 0;
    const unsigned mask = dest_mask(&o->dest);
    struct points points[2] = {{.n = 0}};
    struct unwrap unwrap[2] = {{0}};
    trawl_view rtt, ack;
    struct sketch sketch;
    int rc = stream_view(call, s, "tcp.analysis.ack_rtt", &rtt, err);

    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.ack", &ack, err);
    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, 2, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t k = 0; k < s->n; k++) {
        const uint32_t r = s->rows[k];
        const unsigned d = 1 - s->towards[k];
        int64_t at;

        if (!trawl_view_has(&ack, r))
            continue;
        at = unwrap_next(&unwrap[d], (uint32_t)trawl_view_u64(&ack, r));
        if (trawl_view_has(&rtt, r) && mask >> d & 1)
            points_add(call, &points[d], by_seq ? (double)at : s->at[k],
                       (double)((const int64_t *)rtt.data)[r] / 1e6);
    }
    rc = points_check(points, 2, err);
    for (unsigned d = 0; d < 2; d++)
        sketch_add(&sketch, &points[d], towards_names[d], TRAWL_SERIES_DOTS,
                   (trawl_look){.colour = d ? 3 : 1});
    if (rc == TRAWL_OK && !sketch.n)
        return host->fail(err, TRAWL_E_NOT_FOUND,
                          "TCP stream %llu has no round trips: nothing was sent and acknowledged",
                          (unsigned long long)s->id);
    sketch_finish(&sketch, s, ret);
    if (by_seq)
        ret->x = (trawl_axis){.label = "acknowledged up to relative sequence number (B)"};
    ret->y = (trawl_axis){.label = "round trip (ms)"};
    ret->title = stream_title(call, s, "round trips", mask == 2 ? TO_CLIENT : TO_SERVER);
    return rc;
}

int draw_tcp_rtt(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                 trawl_error *err)
{
    const struct rtt_opts *o = opts;
    struct stream s = {.n = 0};
    int rc = stream_open(call, o->stream, &s, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = fill(call, &s, o, ret, err);
    stream_close(&s);
    return rc;
}
