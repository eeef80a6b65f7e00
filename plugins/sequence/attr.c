/* Any fields of one TCP connection's packets.
 * Must not know how figures are drawn. */
#include <math.h>
#include <string.h>

#include "sequence.h"

int attr_open(trawl_call *call, trawl_table *packets, const char *name, struct attr *ret,
              trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(packets);
    const int64_t i = host->schema_find(schema, name);

    if (i < 0)
        return host->schema_fail_column(schema, name, err);
    ret->column = host->schema_column(schema, (size_t)i);
    switch (ret->column->type) {
    case TRAWL_IP:
    case TRAWL_MAC:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        host->fail(err, TRAWL_E_USAGE, "field '%s' holds no numbers", name);
        host->hint(err, "'fields' shows the types.");
        return TRAWL_E_USAGE;
    default:
        break;
    }
    ret->view.size = sizeof(ret->view);
    return host->view(call, packets, (size_t)i, &ret->view, err);
}

double attr_value(const struct attr *a, uint64_t row, int64_t origin_ns)
{
    const uint64_t i = a->view.offsets ? a->view.offsets[row] : row; /* of a list the first */

    if (!trawl_view_has(&a->view, row))
        return NAN;
    switch (a->view.type) {
    case TRAWL_F64:
        return ((const double *)a->view.data)[i];
    case TRAWL_I64:
        return (double)((const int64_t *)a->view.data)[i];
    case TRAWL_SPAN:
        return (double)((const int64_t *)a->view.data)[i] / 1e6;
    case TRAWL_TIME:
        return seconds_since(origin_ns, ((const int64_t *)a->view.data)[i]);
    default:
        return (double)trawl_view_u64(&a->view, i);
    }
}

static const char *unit_of(const struct attr *a)
{
    return a->column->type == TRAWL_SPAN ? "ms" : a->column->unit;
}

trawl_axis attr_axis(trawl_call *call, const struct attr *attrs, size_t n)
{
    const char *unit = unit_of(&attrs[0]);

    for (size_t i = 1; i < n; i++) {
        const char *other = unit_of(&attrs[i]);

        if (!unit || !other || strcmp(unit, other) != 0)
            unit = NULL;
    }
    if (n == 1 && attrs[0].column->type == TRAWL_TIME)
        return (trawl_axis){.label = attrs[0].column->name, .kind = TRAWL_AXIS_TIME};
    return (trawl_axis){
        .label = unit ? new_text(call, "%s (%s)", n == 1 ? attrs[0].column->name : "value", unit)
                 : n == 1 ? attrs[0].column->name
                          : "value"};
}

enum { MOST = 16 }; /* fields in one picture */

static int fill(trawl_call *call, const struct stream *s, const struct attr_opts *o,
                trawl_figure *ret, trawl_error *err)
{
    const int over_packets = strcmp(o->over, "packets") == 0;
    const unsigned mask = dest_mask(&o->dest);
    struct attr *attrs = new_array(call, o->fields.n, sizeof(*attrs), err);
    struct points *points = new_array(call, o->fields.n * 2, sizeof(*points), err);
    uint64_t n_packets[2] = {0, 0};
    struct sketch sketch;
    trawl_view flags;
    int rc = attrs && points ? host->prefetch(call, s->packets, o->fields.items, o->fields.n, err)
                             : TRAWL_E_NOMEM;

    for (size_t i = 0; i < o->fields.n && rc == TRAWL_OK; i++)
        rc = attr_open(call, s->packets, o->fields.items[i], &attrs[i], err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "tcp.flags", &flags, err);
    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, (uint32_t)o->fields.n * 2, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t k = 0; k < s->n; k++) {
        const unsigned d = s->towards[k];
        const uint32_t r = s->rows[k];

        if (!(mask >> d & 1) || (o->drop_syn && trawl_view_u64(&flags, r) & 2))
            continue;
        for (size_t i = 0; i < o->fields.n; i++) {
            const double value = attr_value(&attrs[i], r, s->origin_ns);

            if (isfinite(value))
                points_add(call, &points[2 * i + d], over_packets ? (double)n_packets[d] : s->at[k],
                           value);
        }
        n_packets[d]++;
    }
    rc = points_check(points, o->fields.n * 2, err);
    for (size_t i = 0; i < o->fields.n * 2; i++)
        sketch_add(&sketch, &points[i],
                   o->fields.n == 1 ? towards_names[i % 2]
                                    : new_text(call, "%s, to %s", o->fields.items[i / 2],
                                               i % 2 ? "client" : "server"),
                   TRAWL_SERIES_LINE_DOTS, (trawl_look){.colour = 0});
    if (rc == TRAWL_OK && !sketch.n)
        return host->fail(err, TRAWL_E_NOT_FOUND, "no packet of TCP stream %llu has '%s'",
                          (unsigned long long)s->id, o->fields.items[0]);
    sketch_finish(&sketch, s, ret);
    if (over_packets)
        ret->x = (trawl_axis){.label = "packets of the direction before it"};
    ret->y = attr_axis(call, attrs, o->fields.n);
    ret->title = stream_title(call, s, o->fields.n == 1 ? o->fields.items[0] : NULL,
                              mask == 2 ? TO_CLIENT : TO_SERVER);
    return rc;
}

int draw_tcp_attr(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err)
{
    const struct attr_opts *o = opts;
    struct stream s = {.n = 0};
    int rc;

    (void)in;
    if (o->fields.n > MOST)
        return host->fail(err, TRAWL_E_USAGE, "more than %d fields are too many for one picture",
                          MOST);
    rc = stream_open(call, o->stream, &s, err);
    if (rc == TRAWL_OK)
        rc = fill(call, &s, o, ret, err);
    stream_close(&s);
    return rc;
}
