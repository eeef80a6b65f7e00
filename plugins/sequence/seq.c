/* Time-sequence graphs in Stevens' way: sequence numbers of both directions, what came again or
 * late beside them. Must not know how figures are drawn. */
#include <string.h>

#include "sequence.h"

enum { SENT, LATE, AGAIN, KINDS };

int draw_stevens(trawl_call *call, const struct stream *s, unsigned mask, trawl_figure *ret,
                 trawl_error *err)
{
    static const char *const labels[2 * KINDS] = {
        "towards the server",      "out of order",
        "retransmission",          "towards the client",
        "out of order, to client", "retransmission, to client"};
    static const trawl_look looks[2 * KINDS] = {{.colour = 1},
                                                {.colour = 5, .mark = TRAWL_MARK_DIAMOND},
                                                {.colour = 2, .mark = TRAWL_MARK_CROSS},
                                                {.colour = 3},
                                                {.colour = 6, .mark = TRAWL_MARK_DIAMOND},
                                                {.colour = 4, .mark = TRAWL_MARK_CROSS}};
    struct points points[2 * KINDS] = {{.n = 0}};
    struct unwrap unwrap[2] = {{0}};
    trawl_view seq, late, again;
    struct sketch sketch;
    int rc = stream_view(call, s, "tcp.seq", &seq, err);

    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.analysis.out_of_order", &late, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.analysis.retransmission", &again, err);
    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, 2 * KINDS, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t k = 0; k < s->n; k++) {
        const uint32_t r = s->rows[k];
        const unsigned d = s->towards[k];
        const int kind = trawl_view_u64(&again, r) ? AGAIN : trawl_view_u64(&late, r) ? LATE : SENT;

        if (!trawl_view_has(&seq, r) || !(mask >> d & 1))
            continue;
        points_add(call, &points[d * KINDS + (unsigned)kind], s->at[k],
                   (double)unwrap_next(&unwrap[d], (uint32_t)trawl_view_u64(&seq, r)));
    }
    rc = points_check(points, 2 * KINDS, err);
    for (unsigned i = 0; i < 2 * KINDS; i++)
        sketch_add(&sketch, &points[i], labels[i],
                   i % KINDS == SENT ? TRAWL_SERIES_LINE_DOTS : TRAWL_SERIES_DOTS, looks[i]);
    sketch_finish(&sketch, s, ret);
    ret->y = (trawl_axis){.label = "relative sequence number (B)"};
    ret->title = stream_title(call, s, NULL, mask == 1u << TO_CLIENT ? TO_CLIENT : TO_SERVER);
    return rc;
}

/* The direction with more payload: the one that a graph of one direction is about. */
static int busier(trawl_call *call, const struct stream *s, unsigned *ret, trawl_error *err)
{
    uint64_t bytes[2] = {0, 0};
    trawl_view len;
    int rc = stream_view(call, s, "tcp.len", &len, err);

    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t k = 0; k < s->n; k++)
        bytes[s->towards[k]] += trawl_view_u64(&len, s->rows[k]);
    *ret = bytes[TO_CLIENT] > bytes[TO_SERVER] ? TO_CLIENT : TO_SERVER;
    return TRAWL_OK;
}

int draw_tcpseq(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    const struct seq_opts *o = opts;
    const unsigned mask = dest_mask(&o->dest);
    const int tcptrace = strcmp(o->view, "tcptrace") == 0;
    unsigned towards = mask == 2 ? TO_CLIENT : TO_SERVER;
    struct stream s = {.n = 0};
    int rc = TRAWL_OK;

    (void)in;
    if (tcptrace && o->dest.n > 1) {
        host->fail(err, TRAWL_E_USAGE, "the view tcptrace shows one direction");
        host->hint(err, "Give one --dest; without it, the direction with more data is drawn.");
        return TRAWL_E_USAGE;
    }
    rc = stream_open(call, o->stream, &s, err);
    if (rc == TRAWL_OK && tcptrace && !o->dest.n)
        rc = busier(call, &s, &towards, err);
    if (rc == TRAWL_OK)
        rc = tcptrace ? draw_tcptrace(call, &s, towards, ret, err)
                      : draw_stevens(call, &s, mask, ret, err);
    stream_close(&s);
    return rc;
}
