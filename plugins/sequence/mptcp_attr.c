/* Any field of the packets of an MPTCP connection, a line for each subflow.
 * Must not know how figures are drawn. */
#include <math.h>

#include "mptcp.h"

/* A subflow's packets; what goes to the connection's client goes to the subflow's server where the
 * connection's server opened it. */
static int add_subflow(struct sketch *sketch, const struct connection *c, uint32_t i,
                       const struct attr_opts *o, unsigned mask, struct attr *attr,
                       trawl_error *err)
{
    const struct subflow *f = &c->subflows[i];
    struct points points[2] = {{.n = 0}};
    struct stream s = {.n = 0};
    trawl_view flags;
    int rc = stream_open(sketch->call, f->stream, &s, err);

    if (rc == TRAWL_OK)
        rc = attr_open(sketch->call, s.packets, o->fields.items[0], attr, err);
    if (rc == TRAWL_OK)
        rc = stream_view(sketch->call, &s, "tcp.flags", &flags, err);
    for (uint32_t k = 0; rc == TRAWL_OK && k < s.n; k++) {
        const unsigned d = f->by_client ? s.towards[k] : 1u - s.towards[k];
        const double value = attr_value(attr, s.rows[k], c->origin_ns);

        if (!(mask >> d & 1) || !isfinite(value) ||
            (o->drop_syn && trawl_view_u64(&flags, s.rows[k]) & 2))
            continue;
        points_add(sketch->call, &points[d], s.at[k] + seconds_since(c->origin_ns, s.origin_ns),
                   value);
    }
    if (rc == TRAWL_OK)
        rc = points_check(points, 2, err);
    for (unsigned d = 0; d < 2 && rc == TRAWL_OK; d++)
        sketch_add(sketch, &points[d], subflow_label(sketch->call, f, d, mask),
                   TRAWL_SERIES_LINE_DOTS,
                   (trawl_look){.colour = subflow_colour(i),
                                .flags = mask == 3 && d ? TRAWL_LOOK_DASHED : 0});
    stream_close(&s);
    return rc;
}

int draw_mptcp_attr(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                    trawl_error *err)
{
    const struct attr_opts *o = opts;
    struct attr attr;
    struct connection c;
    struct sketch sketch;
    unsigned mask = 0;
    int rc = TRAWL_OK;

    (void)in;
    if (o->fields.n > 1)
        return host->fail(err, TRAWL_E_USAGE, "a line for each subflow is of one field");
    rc = connection_open(call, NULL, o->stream, &c, err);
    if (rc == TRAWL_OK) {
        mask = connection_mask(&c, &o->dest);
        rc = sketch_init(call, &sketch, 2 * c.n_subflows, err);
    }
    for (uint32_t i = 0; rc == TRAWL_OK && i < c.n_subflows; i++)
        rc = add_subflow(&sketch, &c, i, o, mask, &attr, err);
    if (rc == TRAWL_OK && !sketch.n)
        return host->fail(err, TRAWL_E_NOT_FOUND, "no packet of MPTCP connection %llu has '%s'",
                          (unsigned long long)c.id, o->fields.items[0]);
    if (rc != TRAWL_OK)
        return rc;
    sketch_finish(&sketch, NULL, ret);
    ret->time_origin_ns = c.origin_ns;
    ret->x = (trawl_axis){.label = "time (UTC)", .kind = TRAWL_AXIS_TIME};
    ret->y = attr_axis(call, &attr, 1);
    ret->title = connection_title(call, &c, o->fields.items[0], mask);
    return TRAWL_OK;
}
