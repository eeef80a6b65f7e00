/* Snapshots of subflows that mptcp-pm writes as JSON: congestion windows and their like over the
 * delay at which each was taken. Must not know captures. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "mptcp.h"

const char *const cwnds_fields[] = {"snd_cwnd", "rtt_us", "delivery_rate", "rmem", "fowd",
                                    "bowd",     NULL};

static const char *unit_of(const char *field)
{
    static const char *const units[][2] = {{"snd_cwnd", "segments"}, {"rtt_us", "us"},
                                           {"delivery_rate", "B/s"}, {"rmem", "B"},
                                           {"fowd", "us"},           {"bowd", "us"}};

    for (size_t i = 0; i < TRAWL_COUNT(units); i++) {
        if (strcmp(units[i][0], field) == 0)
            return units[i][1];
    }
    return "";
}

/* Lines by their name: subflow and field. */
enum { MOST_LINES = 64 };
struct lines {
    trawl_call *call;
    const struct cwnds_opts *o;
    const char *names[MOST_LINES];
    struct points points[MOST_LINES];
    uint32_t n;
};

static int find_line(struct lines *l, const char *name, trawl_error *err)
{
    for (uint32_t i = 0; i < l->n; i++) {
        if (strcmp(l->names[i], name) == 0)
            return (int)i;
    }
    if (l->n == MOST_LINES)
        return host->fail(err, TRAWL_E_USAGE, "more than %d lines are too many for one picture",
                          MOST_LINES);
    l->names[l->n] = name;
    return (int)l->n++;
}

static int take(void *context, const struct snapshot_number *n, trawl_error *err)
{
    struct lines *l = context;
    const char *name = new_text(l->call, "%s:%lld > %s:%lld", n->src, n->src_port, n->dst,
                                n->dst_port);
    const int at = find_line(
        l, l->o->fields.n == 1 ? name : new_text(l->call, "%s, %s", n->field, name), err);

    if (at < 0)
        return at;
    points_add(l->call, &l->points[at], n->delay, n->value);
    return TRAWL_OK;
}

/* Points by their delay, whatever the files are called. */
struct point {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const struct point *p = a, *q = b;

    return (p->x > q->x) - (p->x < q->x);
}

static int sort_points(trawl_call *call, struct points *p, trawl_error *err)
{
    struct point *sorted = new_array(call, p->n, sizeof(*sorted), err);

    if (!sorted)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < p->n; k++)
        sorted[k] = (struct point){p->x[k], p->y[k]};
    qsort(sorted, p->n, sizeof(*sorted), by_x);
    for (size_t k = 0; k < p->n; k++) {
        p->x[k] = sorted[k].x;
        p->y[k] = sorted[k].y;
    }
    return TRAWL_OK;
}

static int finish(struct lines *l, trawl_figure *ret, trawl_error *err)
{
    const char *field = l->o->fields.items[0];
    struct sketch sketch;
    int rc = points_check(l->points, l->n, err);

    if (rc == TRAWL_OK && !l->n)
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no snapshot has a number '%s'", field);
    if (rc == TRAWL_OK)
        rc = sketch_init(l->call, &sketch, l->n, err);
    for (uint32_t i = 0; i < l->n && rc == TRAWL_OK; i++) {
        rc = sort_points(l->call, &l->points[i], err);
        sketch_add(&sketch, &l->points[i], l->names[i], TRAWL_SERIES_LINE_DOTS,
                   (trawl_look){.colour = 0});
    }
    if (rc != TRAWL_OK)
        return rc;
    sketch_finish(&sketch, NULL, ret);
    ret->x = (trawl_axis){.label = "delay (as in the snapshots)"};
    ret->y = (trawl_axis){.label = l->o->fields.n == 1
                                       ? new_text(l->call, "%s (%s)", field, unit_of(field))
                                       : "value"};
    ret->title = new_text(l->call, "%s: snapshots of subflows", l->o->pattern);
    return TRAWL_OK;
}

int draw_cwnds(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
               trawl_error *err)
{
    static const char *const usual[] = {"snd_cwnd"};
    struct cwnds_opts o = *(const struct cwnds_opts *)opts;
    struct lines *lines = new_array(call, 1, sizeof(*lines), err);
    const void *part;
    glob_t found;
    int rc = lines ? host->part("sequence", &part, err) : TRAWL_E_NOMEM, status;

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (!o.fields.n)
        o.fields = (trawl_words){.items = usual, .n = 1};
    lines->call = call;
    lines->o = &o;
    status = glob(o.pattern, GLOB_NOCHECK, NULL, &found);
    if (status != 0)
        return host->fail(err, TRAWL_E_IO, "could not look for '%s'", o.pattern);
    for (size_t i = 0; i < found.gl_pathc && rc == TRAWL_OK; i++)
        rc = host->cancelled(call)
                 ? host->fail(err, TRAWL_E_CANCELLED, "cancelled")
                 : ((const struct sequence_part *)part)
                       ->snapshot_read(found.gl_pathv[i], &o.fields, take, lines, err);
    globfree(&found);
    return rc == TRAWL_OK ? finish(lines, ret, err) : rc;
}
