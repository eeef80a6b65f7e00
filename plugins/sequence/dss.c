/* Data sequence numbers of an MPTCP connection over time, and the time between them.
 * Must not know how figures are drawn. */
#include <stdlib.h>

#include "trawl/views.h"

#include "gaps.h"
#include "mptcp.h"

/* Series of one direction behind those of its subflows. */
enum { AGAIN, SAME, FIN, DACK, EDGE, OTHERS };

struct direction {
    struct points *subflows;
    struct points others[OTHERS];
    uint64_t end; /* of the data */
};

/* The data ACKs that come back, and the right edge of the window. */
static int take_acks(trawl_call *call, const struct connection *c, unsigned mask,
                     struct direction directions[2], trawl_error *err)
{
    static const char *const names[] = {"mptcp", "time", "sender", "ack", "edge"};
    trawl_view views[5];
    trawl_table *table = NULL;
    int rc = host->table(call, c->capture, "mptcp_acks", &table, err);

    for (size_t i = 0; i < 5 && rc == TRAWL_OK; i++) {
        views[i].size = sizeof(views[i]);
        rc = host->view_named(call, table, names[i], &views[i], err);
    }
    for (uint64_t r = 0; rc == TRAWL_OK && r < views[0].n_rows; r++) {
        const unsigned towards = trawl_view_is(&views[2], r, "client") ? TO_CLIENT : TO_SERVER;
        double at;

        if (trawl_view_u64(&views[0], r) != c->id || !trawl_view_has(&views[1], r) ||
            !(mask >> towards & 1))
            continue;
        at = seconds_since(c->origin_ns, (int64_t)trawl_view_u64(&views[1], r));
        points_add(call, &directions[towards].others[DACK], at,
                   (double)trawl_view_u64(&views[3], r));
        if (trawl_view_has(&views[4], r))
            points_add(call, &directions[towards].others[EDGE], at,
                       (double)trawl_view_u64(&views[4], r));
    }
    host->release(table);
    return rc;
}

static void take_mapping(trawl_call *call, const struct mapping *m, struct direction *d)
{
    if (m->end > m->dsn)
        points_add_range(call, &d->subflows[m->i_subflow], m->at, (double)m->dsn, (double)m->end);
    if (m->reinjection)
        points_add(call, &d->others[AGAIN], m->at, (double)m->end);
    else if (m->retransmission)
        points_add(call, &d->others[SAME], m->at, (double)m->end);
    if (m->fin && m->end == d->end) /* many packets share a mapping, one of them ends it */
        points_add(call, &d->others[FIN], m->at, (double)m->end);
}

static int add_direction(struct sketch *sketch, const struct connection *c,
                         const struct dss_opts *o, struct direction *d, unsigned towards,
                         unsigned mask, trawl_error *err)
{
    static const struct {
        const char *label;
        int style;
        trawl_look look;
    } others[OTHERS] = {
        [EDGE] = {"right edge of the window",
                  TRAWL_SERIES_STEPS,
                  {.colour = 7, .flags = TRAWL_LOOK_DASHED}},
        [DACK] = {"data ACK", TRAWL_SERIES_STEPS, {.colour = 7}},
        [AGAIN] = {"reinjection",
                   TRAWL_SERIES_DOTS,
                   {.colour = 2, .mark = TRAWL_MARK_CROSS, .sign = "R"}},
        [SAME] = {"retransmission",
                  TRAWL_SERIES_DOTS,
                  {.colour = 7, .mark = TRAWL_MARK_PLUS, .sign = "r"}},
        [FIN] = {"DATA_FIN",
                 TRAWL_SERIES_DOTS,
                 {.colour = 8, .mark = TRAWL_MARK_DOWN, .sign = "FIN"}},
    };
    static const int order[OTHERS] = {EDGE, DACK, SAME, AGAIN, FIN};
    int rc = points_check(d->subflows, c->n_subflows, err);

    if (rc == TRAWL_OK)
        rc = points_check(d->others, OTHERS, err);
    for (int i = 0; i < OTHERS; i++) {
        const int k = order[i];

        if (k == SAME) /* lines lie below, marks above */
            for (uint32_t f = 0; f < c->n_subflows; f++)
                sketch_add(sketch, &d->subflows[f],
                           subflow_label(sketch->call, &c->subflows[f], towards, mask),
                           TRAWL_SERIES_RANGES, (trawl_look){.colour = subflow_colour(f)});
        if ((k == EDGE && !o->window) || (k == DACK && !o->dack))
            continue;
        sketch_add(sketch, &d->others[k],
                   mask == 3 ? new_text(sketch->call, "%s, to %s", others[k].label,
                                        towards ? "client" : "server")
                             : others[k].label,
                   others[k].style, others[k].look);
    }
    return rc;
}

static void time_axis(const struct connection *c, trawl_figure *ret)
{
    ret->time_origin_ns = c->origin_ns;
    ret->x = (trawl_axis){.label = "time (UTC)", .kind = TRAWL_AXIS_TIME};
}

int draw_dss(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
             trawl_error *err)
{
    const struct dss_opts *o = opts;
    struct direction directions[2] = {{.subflows = NULL}};
    struct connection c;
    struct sketch sketch;
    unsigned mask = 0;
    int rc = connection_open(call, NULL, o->connection, &c, err);

    (void)in;
    if (rc == TRAWL_OK) {
        mask = connection_mask(&c, &o->dest);
        rc = sketch_init(call, &sketch, 2 * (c.n_subflows + OTHERS), err);
    }
    for (unsigned d = 0; d < 2 && rc == TRAWL_OK; d++) {
        directions[d].subflows = new_array(call, c.n_subflows, sizeof(struct points), err);
        rc = directions[d].subflows ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (uint64_t k = 0; rc == TRAWL_OK && k < c.n; k++) {
        struct direction *d = &directions[c.mappings[k].towards];

        d->end = c.mappings[k].end > d->end ? c.mappings[k].end : d->end;
    }
    for (uint64_t k = 0; rc == TRAWL_OK && k < c.n; k++) {
        if (mask >> c.mappings[k].towards & 1)
            take_mapping(call, &c.mappings[k], &directions[c.mappings[k].towards]);
    }
    if (rc == TRAWL_OK && (o->dack || o->window))
        rc = take_acks(call, &c, mask, directions, err);
    for (unsigned d = 0; d < 2 && rc == TRAWL_OK; d++) {
        if (mask >> d & 1)
            rc = add_direction(&sketch, &c, o, &directions[d], d, mask, err);
    }
    if (rc != TRAWL_OK)
        return rc;
    sketch_finish(&sketch, NULL, ret);
    time_axis(&c, ret);
    ret->y = (trawl_axis){.label = "data sequence number (B)"};
    ret->title = connection_title(call, &c, "data", mask);
    return TRAWL_OK;
}

/* ---- time between neighbours in the stream of data ---- */

static int by_dsn(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;

    if (x->dsn != y->dsn)
        return x->dsn < y->dsn ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

int draw_mptcp_interarrival(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                            trawl_error *err)
{
    const struct gaps_opts *o = opts;
    struct points gaps[2] = {{.n = 0}};
    const struct mapping *last[2] = {NULL, NULL};
    struct connection c;
    unsigned mask = 0;
    int rc = connection_open(call, NULL, o->stream, &c, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    mask = connection_mask(&c, &o->dest);
    qsort(c.mappings, c.n, sizeof(*c.mappings), by_dsn);
    for (uint64_t k = 0; k < c.n; k++) {
        const struct mapping *m = &c.mappings[k];
        const unsigned d = m->towards;

        if (!(mask >> d & 1) || m->end == m->dsn)
            continue;
        if (last[d] && (!o->cross || last[d]->i_subflow != m->i_subflow))
            points_add(call, &gaps[d], 0, gap_ms(last[d]->at, m->at));
        last[d] = m;
    }
    rc = points_check(gaps, 2, err);
    if (rc == TRAWL_OK && !gaps[0].n && !gaps[1].n)
        rc = host->fail(err, TRAWL_E_NOT_FOUND,
                        o->cross ? "MPTCP connection %llu never goes on on another subflow"
                                 : "MPTCP connection %llu has no two mappings in a direction",
                        (unsigned long long)c.id);
    if (rc == TRAWL_OK)
        rc = gaps_draw(call, gaps, towards_names, o->bins, o->log_bins, ret, err);
    if (rc != TRAWL_OK)
        return rc;
    ret->x.label = "time since the data before it (ms)";
    ret->title = connection_title(
        call, &c, o->cross ? "time between data of two subflows" : "time between data", mask);
    return TRAWL_OK;
}
