/* What is in flight, and the windows that limit it.
 * Must not know how figures are drawn. */
#include "trawl/views.h"

#include "sequence.h"

enum { FLAG_SYN = 2, FLAG_FIN = 1, FLAG_RST = 4, FLAG_ACK = 16 };

struct columns {
    trawl_view seq, ack, len, flags, window, zero;
};

static int open_columns(trawl_call *call, const struct stream *s, struct columns *c,
                        trawl_error *err)
{
    const trawl_wanted wanted[] = {{.name = "tcp.seq", .view = &c->seq},
                                   {.name = "tcp.ack", .view = &c->ack},
                                   {.name = "tcp.len", .view = &c->len},
                                   {.name = "tcp.flags", .view = &c->flags},
                                   {.name = "tcp.window_size", .view = &c->window},
                                   {.name = "tcp.analysis.zero_window", .view = &c->zero}};

    return trawl_fetch_views(host, call, s->packets, wanted, TRAWL_COUNT(wanted), err);
}

/* ---- in flight ---- */

/* One direction: how far its data goes, and how far it was acknowledged. */
struct half {
    struct unwrap seq, ack;
    int64_t end, acked;
    int has_end, has_ack;
};

/* In flight is known from the first ACK on that the other side sends. */
static void note(trawl_call *call, const struct half *h, double at, struct points *p)
{
    if (h->has_end && h->has_ack)
        points_add(call, p, at, h->end > h->acked ? (double)(h->end - h->acked) : 0);
}

static int fill_flight(trawl_call *call, const struct stream *s, const struct columns *c,
                       unsigned mask, trawl_figure *ret, trawl_error *err)
{
    static const char *const labels[4] = {"in flight towards the server",
                                          "in flight towards the client", "server's window",
                                          "client's window"};
    static const trawl_look looks[4] = {{.colour = 1},
                                        {.colour = 3},
                                        {.colour = 6, .flags = TRAWL_LOOK_DASHED},
                                        {.colour = 4, .flags = TRAWL_LOOK_DASHED}};
    struct points points[4] = {{.n = 0}}; /* 2 + direction: the window of who gets the data */
    struct half halves[2] = {{.end = 0}};
    struct sketch sketch;
    int rc = sketch_init(call, &sketch, 4, err);

    for (uint32_t k = 0; k < s->n && rc == TRAWL_OK; k++) {
        const uint32_t r = s->rows[k];
        const unsigned d = s->towards[k];
        const uint64_t flags = trawl_view_u64(&c->flags, r);
        struct half *own = &halves[d], *other = &halves[1 - d];

        if (trawl_view_has(&c->seq, r) && !(flags & FLAG_RST)) {
            const int64_t end = unwrap_next(&own->seq, (uint32_t)trawl_view_u64(&c->seq, r)) +
                                (int64_t)trawl_view_u64(&c->len, r) +
                                ((flags & (FLAG_SYN | FLAG_FIN)) != 0);

            own->end = own->has_end && own->end > end ? own->end : end;
            own->has_end = 1;
            note(call, own, s->at[k], &points[d]);
        }
        if (!(flags & FLAG_ACK) || (flags & FLAG_RST) || !trawl_view_has(&c->ack, r))
            continue;
        const int64_t ack = unwrap_next(&other->ack, (uint32_t)trawl_view_u64(&c->ack, r));

        other->acked = other->has_ack && other->acked > ack ? other->acked : ack;
        other->has_ack = 1;
        note(call, other, s->at[k], &points[1 - d]);
        if (trawl_view_has(&c->window, r))
            points_add(call, &points[2 + 1 - d], s->at[k], (double)trawl_view_u64(&c->window, r));
    }
    if (rc == TRAWL_OK)
        rc = points_check(points, 4, err);
    for (unsigned i = 0; i < 4 && rc == TRAWL_OK; i++) {
        if (mask >> i % 2 & 1 && points[i % 2].n)
            sketch_add(&sketch, &points[i], labels[i], TRAWL_SERIES_STEPS, looks[i]);
    }
    if (rc == TRAWL_OK && !sketch.n)
        return host->fail(err, TRAWL_E_NOT_FOUND,
                          "TCP stream %llu: what is in flight is told by ACKs, and none came back",
                          (unsigned long long)s->id);
    sketch_finish(&sketch, s, ret);
    ret->y = (trawl_axis){.label = "bytes (B)"};
    ret->title = stream_title(call, s, "in flight", mask == 2 ? TO_CLIENT : TO_SERVER);
    return rc;
}

/* ---- windows ---- */

/* The window that a side has is what may be sent towards it. */
static int fill_window(trawl_call *call, const struct stream *s, const struct columns *c,
                       unsigned mask, trawl_figure *ret, trawl_error *err)
{
    struct points points[2] = {{.n = 0}}, zero = {.n = 0};
    struct sketch sketch;
    int rc = sketch_init(call, &sketch, 3, err);

    for (uint32_t k = 0; k < s->n && rc == TRAWL_OK; k++) {
        const uint32_t r = s->rows[k];
        const unsigned d = 1 - s->towards[k];

        if (!(mask >> d & 1) || !trawl_view_has(&c->window, r) ||
            trawl_view_u64(&c->flags, r) & FLAG_RST)
            continue;
        points_add(call, &points[d], s->at[k], (double)trawl_view_u64(&c->window, r));
        if (trawl_view_u64(&c->zero, r))
            points_add(call, &zero, s->at[k], 0);
    }
    if (rc == TRAWL_OK)
        rc = points_check(points, 2, err);
    if (rc == TRAWL_OK)
        rc = points_check(&zero, 1, err);
    if (rc != TRAWL_OK)
        return rc;
    sketch_add(&sketch, &points[TO_SERVER], "server's window", TRAWL_SERIES_STEPS,
               (trawl_look){.colour = 1});
    sketch_add(&sketch, &points[TO_CLIENT], "client's window", TRAWL_SERIES_STEPS,
               (trawl_look){.colour = 3});
    sketch_add(&sketch, &zero, "zero window", TRAWL_SERIES_DOTS,
               (trawl_look){.colour = 2, .mark = TRAWL_MARK_CIRCLE, .sign = "Z"});
    sketch_finish(&sketch, s, ret);
    ret->y = (trawl_axis){.label = "receive window (B)"};
    ret->title = stream_title(call, s, "receive window", mask == 2 ? TO_CLIENT : TO_SERVER);
    return TRAWL_OK;
}

/* ---- either ---- */

typedef int fill_function(trawl_call *call, const struct stream *s, const struct columns *c,
                          unsigned mask, trawl_figure *ret, trawl_error *err);

static int draw(trawl_call *call, const struct stream_opts *o, fill_function *fill,
                trawl_figure *ret, trawl_error *err)
{
    struct stream s = {.n = 0};
    struct columns c;
    int rc = stream_open(call, o->stream, &s, err);

    if (rc == TRAWL_OK)
        rc = open_columns(call, &s, &c, err);
    if (rc == TRAWL_OK)
        rc = fill(call, &s, &c, dest_mask(&o->dest), ret, err);
    stream_close(&s);
    return rc;
}

int draw_tcp_flight(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                    trawl_error *err)
{
    (void)in;
    return draw(call, opts, fill_flight, ret, err);
}

int draw_tcp_window(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                    trawl_error *err)
{
    (void)in;
    return draw(call, opts, fill_window, ret, err);
}
