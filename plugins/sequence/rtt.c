/* Round trips of a TCP connection, over time or along the stream: the samples of `tcp_rtt`.
 * Must not know how they are taken or how figures are drawn. */
#include <string.h>

#include "trawl/views.h"

#include "sequence.h"

struct samples {
    trawl_view stream, time, sender, rtt, method, ack_packet;
};

static int open_samples(trawl_call *call, trawl_table *table, struct samples *v, trawl_error *err)
{
    const trawl_wanted wanted[] = {
        {.name = "stream", .view = &v->stream}, {.name = "time", .view = &v->time},
        {.name = "sender", .view = &v->sender}, {.name = "rtt", .view = &v->rtt},
        {.name = "method", .view = &v->method}, {.name = "ack", .view = &v->ack_packet}};

    return trawl_open_views(host, call, table, wanted, TRAWL_COUNT(wanted), err);
}

/* Series direction + 2 * by timestamps. */
static int take(trawl_call *call, const struct stream *s, const struct rtt_opts *o,
                trawl_table *table, unsigned mask, struct points points[4], trawl_error *err)
{
    const int by_seq = strcmp(o->by, "seq") == 0;
    struct unwrap unwrap[2] = {{0}};
    struct samples v;
    trawl_view ack;
    int rc = open_samples(call, table, &v, err);

    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.ack", &ack, err);
    for (uint64_t r = 0; rc == TRAWL_OK && r < v.stream.n_rows; r++) {
        const uint64_t packet = trawl_view_u64(&v.ack_packet, r); /* from 1 */
        unsigned d;
        double at;

        if (trawl_view_u64(&v.stream, r) != s->id || !packet || packet > ack.n_rows)
            continue;
        d = trawl_view_is(&v.sender, r, "client") ? TO_SERVER : TO_CLIENT;
        at = by_seq ? (double)unwrap_next(&unwrap[d], (uint32_t)trawl_view_u64(&ack, packet - 1))
                    : seconds_since(s->origin_ns, (int64_t)trawl_view_u64(&v.time, r));
        if (mask >> d & 1)
            points_add(call, &points[d + (trawl_view_is(&v.method, r, "timestamp") ? 2 : 0)], at,
                       (double)(int64_t)trawl_view_u64(&v.rtt, r) / 1e6);
    }
    return rc == TRAWL_OK ? points_check(points, 4, err) : rc;
}

static int fill(trawl_call *call, const struct stream *s, const struct rtt_opts *o,
                trawl_table *table, trawl_figure *ret, trawl_error *err)
{
    static const char *const labels[4] = {"towards the server", "towards the client",
                                          "to server, by timestamps", "to client, by timestamps"};
    static const trawl_look looks[4] = {{.colour = 1},
                                        {.colour = 3},
                                        {.colour = 6, .mark = TRAWL_MARK_DIAMOND},
                                        {.colour = 4, .mark = TRAWL_MARK_DIAMOND}};
    const unsigned mask = dest_mask(&o->dest);
    struct points points[4] = {{.n = 0}};
    struct sketch sketch;
    int rc = take(call, s, o, table, mask, points, err);

    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, 4, err);
    if (rc != TRAWL_OK)
        return rc;
    for (unsigned i = 0; i < 4; i++)
        sketch_add(&sketch, &points[i], labels[i], TRAWL_SERIES_DOTS, looks[i]);
    if (!sketch.n)
        return host->fail(err, TRAWL_E_NOT_FOUND,
                          "TCP stream %llu has no round trips: nothing was sent and acknowledged",
                          (unsigned long long)s->id);
    sketch_finish(&sketch, s, ret);
    if (strcmp(o->by, "seq") == 0)
        ret->x = (trawl_axis){.label = "acknowledged up to relative sequence number (B)"};
    ret->y = (trawl_axis){.label = "round trip (ms)"};
    ret->title = stream_title(call, s, "round trips", mask == 2 ? TO_CLIENT : TO_SERVER);
    return TRAWL_OK;
}

int draw_tcp_rtt(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                 trawl_error *err)
{
    const struct rtt_opts *o = opts;
    trawl_table *table = NULL;
    struct stream s = {.n = 0};
    int rc = stream_open(call, o->stream, &s, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->table(call, s.capture, "tcp_rtt", &table, err);
    if (rc == TRAWL_OK)
        rc = fill(call, &s, o, table, ret, err);
    host->release(table);
    stream_close(&s);
    return rc;
}
