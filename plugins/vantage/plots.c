/* Plots of two captures: owd, reinject, mptcp_gput. Knows nothing of how figures are drawn. */
#include "plots.h"
#include "arrivals.h"
#include "clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plot_opts {
    struct which which;
    trawl_words dest;
    uint8_t clock;
    int64_t window;
};

enum { MOST_SERIES = 12, MOST_WINDOWS = 1000000 };

/* ---- what the three share ---- */

/* Points of a line as they come. */
struct points {
    double *x, *y;
    size_t n, room;
    const char *label;
};

static int add_point(struct points *p, double x, double y, trawl_error *err)
{
    if (p->n == p->room) {
        const size_t room = p->room * 2 + 256;
        double *xs = host->realloc(p->x, room * sizeof(*xs)), *ys;

        p->x = xs ? xs : p->x;
        ys = xs ? host->realloc(p->y, room * sizeof(*ys)) : NULL;
        p->y = ys ? ys : p->y;
        if (!xs || !ys)
            return no_memory(err);
        p->room = room;
    }
    p->x[p->n] = x;
    p->y[p->n++] = y;
    return TRAWL_OK;
}

static void points_free(struct points *points, size_t n)
{
    for (size_t i = 0; points && i < n; i++) {
        host->free(points[i].x);
        host->free(points[i].y);
    }
    host->free(points);
}

static int by_size(const void *a, const void *b)
{
    const struct points *x = *(const struct points *const *)a;
    const struct points *y = *(const struct points *const *)b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int by_place(const void *a, const void *b)
{
    const struct points *x = *(const struct points *const *)a;
    const struct points *y = *(const struct points *const *)b;

    return x < y ? -1 : x > y;
}

static double *copy_of(trawl_call *call, const double *values, size_t n)
{
    double *copy = host->call_alloc(call, (n + 1) * sizeof(*copy));

    if (copy)
        memcpy(copy, values, n * sizeof(*copy));
    return copy;
}

/* The largest of them as series, in their order. */
static int put_series(trawl_call *call, struct points *points, size_t n, int style,
                      trawl_figure *ret, trawl_error *err)
{
    struct points **chosen = host->call_alloc(call, (n + 1) * sizeof(struct points *));
    size_t n_chosen = 0;

    if (!chosen)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (points[i].n)
            chosen[n_chosen++] = &points[i];
    }
    if (n_chosen > MOST_SERIES) {
        host->log(2, "%zu lines: the %d with most points are drawn", n_chosen, MOST_SERIES);
        qsort(chosen, n_chosen, sizeof(*chosen), by_size);
        n_chosen = MOST_SERIES;
        qsort(chosen, n_chosen, sizeof(*chosen), by_place);
    }
    ret->series = host->call_alloc(call, (n_chosen + 1) * sizeof(*ret->series));
    if (!ret->series)
        return no_memory(err);
    for (size_t i = 0; i < n_chosen; i++) {
        trawl_series *s = &ret->series[i];

        *s = (trawl_series){.label = chosen[i]->label,
                            .style = style,
                            .n = chosen[i]->n,
                            .x = copy_of(call, chosen[i]->x, chosen[i]->n),
                            .y = copy_of(call, chosen[i]->y, chosen[i]->n)};
        if (!s->x || !s->y)
            return no_memory(err);
    }
    ret->n_series = (uint32_t)n_chosen;
    return TRAWL_OK;
}

static int64_t day_of(int64_t ns)
{
    const int64_t day = INT64_C(86400) * 1000000000;
    const int64_t since = (ns % day + day) % day;

    return ns < INT64_MIN + day ? ns : ns - since;
}

static const char *of_id(trawl_call *call, const struct which *w, const char *what)
{
    return w->has_id ? text_of(call, ", %s %llu", what, (unsigned long long)w->id) : "";
}

static int open_two(trawl_call *call, const struct plot_opts *o, struct which *which,
                    struct two *ret, trawl_error *err)
{
    *which = o->which;
    which->has_id = host->given(call, "id") != 0;
    which->has_right_id = host->given(call, "right-id") != 0;
    return two_open(call, which, ret, err);
}

/* ---- owd ---- */

static int fill_owd(trawl_call *call, const struct plot_opts *o, const struct merged *m,
                    const struct clocks *clocks, struct points *points, trawl_figure *ret,
                    trawl_error *err)
{
    const unsigned wanted = dest_wanted(&o->dest);
    int64_t sent, received, first = INT64_MAX;
    int rc = TRAWL_OK;

    for (uint64_t i = 0; i < m->n; i++) {
        if (meeting_times(m, clocks, &m->meetings[i], &sent, &received))
            first = sent < first ? sent : first;
    }
    ret->time_origin_ns = first == INT64_MAX ? 0 : day_of(first);
    for (uint64_t i = 0; i < m->n && rc == TRAWL_OK; i++) {
        const struct meeting *x = &m->meetings[i];
        const unsigned dest = meeting_dest(m, x);

        if (!(wanted >> dest & 1) || !meeting_times(m, clocks, x, &sent, &received))
            continue;
        rc = add_point(&points[(size_t)x->pair * 2 + (dest ^ 1)],
                       (double)ns_between(ret->time_origin_ns, sent) / 1e9,
                       (double)ns_between(sent, received) / 1e6, err);
    }
    for (uint32_t k = 0; k < m->n_pairs * 2; k++) {
        if (points[k].n)
            points[k].label = text_of(call, "stream %u to %s",
                                      m->left->conns[m->pairs[k / 2].left].stream,
                                      end_names[(k & 1) ^ 1]);
    }
    return rc;
}

struct point {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const struct point *p = a, *q = b;

    return p->x < q->x ? -1 : p->x > q->x;
}

/* Points come in the order of the first capture: those that it received are not in that of their
 * senders where packets were reordered. */
static int sort_points(struct points *p, trawl_error *err)
{
    struct point *sorted;
    size_t i = 1;

    while (i < p->n && p->x[i - 1] <= p->x[i])
        i++;
    if (i >= p->n)
        return TRAWL_OK;
    sorted = host->alloc(p->n * sizeof(*sorted));
    if (!sorted)
        return no_memory(err);
    for (i = 0; i < p->n; i++)
        sorted[i] = (struct point){p->x[i], p->y[i]};
    qsort(sorted, p->n, sizeof(*sorted), by_x);
    for (i = 0; i < p->n; i++) {
        p->x[i] = sorted[i].x;
        p->y[i] = sorted[i].y;
    }
    host->free(sorted);
    return TRAWL_OK;
}

static int draw_owd(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                    trawl_error *err)
{
    const struct plot_opts *o = opts;
    struct clocks clocks = {0};
    struct points *points = NULL;
    struct which which;
    struct two two;
    size_t n;
    int rc = open_two(call, o, &which, &two, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    n = (size_t)two.merged.n_pairs * 2;
    points = host->alloc((n + 1) * sizeof(*points));
    if (!points)
        rc = no_memory(err);
    if (rc == TRAWL_OK && o->clock) {
        rc = clocks_find(call, &two.merged, &clocks, err);
        if (rc == TRAWL_OK)
            clocks_say(&clocks, &two.merged);
    }
    if (rc == TRAWL_OK)
        rc = fill_owd(call, o, &two.merged, &clocks, points, ret, err);
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = sort_points(&points[i], err);
    if (rc == TRAWL_OK)
        rc = put_series(call, points, n, TRAWL_SERIES_LINE_DOTS, ret, err);
    ret->title = text_of(call, "%s to %s and back: one-way delays%s%s", two.left.name,
                         two.right.name, of_id(call, &which, which.mptcp ? "MPTCP" : "TCP stream"),
                         o->clock ? ", clocks put right" : "");
    ret->x = (trawl_axis){.label = "sent", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = "one-way delay (ms)"};
    points_free(points, n);
    two_fini(&two);
    return rc;
}

/* ---- reinject ---- */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static int fill_reinject(trawl_call *call, const struct plot_opts *o, const struct merged *m,
                         const struct arrivals *a, struct points *points, trawl_error *err)
{
    const unsigned wanted = dest_wanted(&o->dest);
    int rc = TRAWL_OK;

    for (size_t i = 0; i < a->n && rc == TRAWL_OK; i++) {
        const struct carried *c = &a->items[i];
        int64_t original;

        if (!c->reinjection || !c->came || !(wanted >> c->dest & 1) || c->first == NONE32 ||
            !meeting_received(m, c->first, &original))
            continue;
        rc = add_point(&points[(size_t)m->meetings[c->meeting].pair * 2 + (c->dest ^ 1)],
                       (double)ns_between(c->received_ns, original) / 1e6, 0, err);
    }
    for (uint32_t k = 0; k < m->n_pairs * 2 && rc == TRAWL_OK; k++) {
        struct points *p = &points[k];
        size_t n;

        if (!p->n)
            continue;
        n = p->n;
        qsort(p->x, n, sizeof(*p->x), by_number);
        rc = add_point(p, 0, 0, err); /* the curve rises from 0 */
        for (size_t i = p->n; i-- > 1 && rc == TRAWL_OK;) {
            p->x[i] = p->x[i - 1];
            p->y[i] = (double)i / (double)n;
        }
        p->y[0] = 0;
        p->label = text_of(call, "stream %u to %s (%zu)",
                           m->left->conns[m->pairs[k / 2].left].stream, end_names[(k & 1) ^ 1], n);
    }
    return rc;
}

static int open_arrivals(trawl_call *call, const struct plot_opts *o, struct which *which,
                         struct two *two, struct arrivals *arrivals, struct points **points,
                         size_t n_more, trawl_error *err)
{
    struct plot_opts mine = *o;
    int rc;

    mine.which.mptcp = 1;
    rc = open_two(call, &mine, which, two, err);
    if (rc != TRAWL_OK)
        return rc;
    *points = host->alloc(((size_t)two->merged.n_pairs * 2 + n_more + 1) * sizeof(**points));
    rc = *points ? arrivals_open(call, &two->merged, arrivals, err) : no_memory(err);
    if (rc != TRAWL_OK) {
        host->free(*points);
        two_fini(two);
    }
    return rc;
}

static int draw_reinject(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                         trawl_error *err)
{
    const struct plot_opts *o = opts;
    struct arrivals arrivals = {0};
    struct points *points = NULL;
    struct which which;
    struct two two;
    size_t n;
    int rc = open_arrivals(call, o, &which, &two, &arrivals, &points, 0, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    n = (size_t)two.merged.n_pairs * 2;
    rc = fill_reinject(call, o, &two.merged, &arrivals, points, err);
    if (rc == TRAWL_OK)
        rc = put_series(call, points, n, TRAWL_SERIES_STEPS, ret, err);
    if (rc == TRAWL_OK && !ret->n_series)
        rc = host->fail(err, TRAWL_E_NOT_FOUND,
                        "nothing to draw: no reinjection came with its original to both places");
    ret->title = text_of(call, "%s and %s: what reinjections gained%s", two.left.name,
                         two.right.name, of_id(call, &which, "MPTCP"));
    ret->x = (trawl_axis){.label = "gain over the original (ms)"};
    ret->y = (trawl_axis){.label = "share of reinjections", .min = 0, .max = 1};
    points_free(points, n);
    arrivals_fini(&arrivals);
    two_fini(&two);
    return rc;
}

/* ---- mptcp_gput ---- */

/* Bytes of first arrivals by window, a line a subflow and direction, then a line for each
 * direction's sum where there are several. */
static int fill_gput(trawl_call *call, const struct plot_opts *o, const struct merged *m,
                     const struct arrivals *a, struct points *points, trawl_figure *ret,
                     trawl_error *err)
{
    const unsigned wanted = dest_wanted(&o->dest);
    const size_t n_lines = (size_t)m->n_pairs * 2 + 2;
    const double seconds = (double)o->window / 1e9;
    int64_t first = INT64_MAX, last = INT64_MIN;
    uint64_t n_windows;
    uint32_t n_subflows[2] = {0, 0};

    for (size_t i = 0; i < a->n; i++) {
        if (!a->items[i].came)
            continue;
        first = a->items[i].received_ns < first ? a->items[i].received_ns : first;
        last = a->items[i].received_ns > last ? a->items[i].received_ns : last;
    }
    if (first > last)
        return TRAWL_OK;
    ret->time_origin_ns = day_of(first);
    if (first > INT64_MIN / 2)
        first -= (first % o->window + o->window) % o->window;
    n_windows = ((uint64_t)last - (uint64_t)first) / (uint64_t)o->window + 1;
    if (n_windows > MOST_WINDOWS) {
        host->fail(err, TRAWL_E_USAGE, "more than %d windows to draw", MOST_WINDOWS);
        host->hint(err, "Give a longer --window.");
        return TRAWL_E_USAGE;
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct carried *c = &a->items[i];
        const size_t lines[2] = {(size_t)m->meetings[c->meeting].pair * 2 + (c->dest ^ 1),
                                 n_lines - 2 + (c->dest ^ 1)};

        if (!c->came || !(wanted >> c->dest & 1))
            continue;
        for (unsigned k = 0; k < 2; k++) {
            struct points *p = &points[lines[k]];

            while (p->n < n_windows) {
                const double at = (double)ns_between(ret->time_origin_ns, first) / 1e9 +
                                  (double)p->n * seconds;
                int rc = add_point(p, at, 0, err);

                if (rc != TRAWL_OK)
                    return rc;
                n_subflows[c->dest] += p->n == 1 && !k;
            }
            p->y[((uint64_t)c->received_ns - (uint64_t)first) / (uint64_t)o->window] +=
                (double)c->fresh / seconds;
        }
    }
    for (size_t k = 0; k < n_lines; k++) {
        const unsigned dest = (k & 1) ^ 1;

        if (k < n_lines - 2 && points[k].n)
            points[k].label = text_of(call, "stream %u to %s",
                                      m->left->conns[m->pairs[k / 2].left].stream, end_names[dest]);
        else if (k >= n_lines - 2 && points[k].n)
            points[k].label = text_of(call, "all to %s", end_names[dest]);
        if (k >= n_lines - 2 && n_subflows[dest] < 2)
            points[k].n = 0; /* it would be the one line again */
    }
    return TRAWL_OK;
}

static int draw_gput(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                     trawl_error *err)
{
    const struct plot_opts *o = opts;
    struct arrivals arrivals = {0};
    struct points *points = NULL;
    struct which which;
    struct two two;
    size_t n;
    int rc = open_arrivals(call, o, &which, &two, &arrivals, &points, 2, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    n = (size_t)two.merged.n_pairs * 2 + 2;
    rc = fill_gput(call, o, &two.merged, &arrivals, points, ret, err);
    if (rc == TRAWL_OK)
        rc = put_series(call, points, n, TRAWL_SERIES_LINE, ret, err);
    ret->title = text_of(call, "%s and %s: goodput in windows of %g s%s", two.left.name,
                         two.right.name, (double)o->window / 1e9, of_id(call, &which, "MPTCP"));
    ret->x = (trawl_axis){.label = "received", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = "data that came first (B/s)"};
    points_free(points, n);
    arrivals_fini(&arrivals);
    two_fini(&two);
    return rc;
}

/* ---- declarations ---- */

static const trawl_arg owd_args[] = {
    LEFT_ARG(struct plot_opts, which.left),   RIGHT_ARG(struct plot_opts, which.right),
    ID_ARG(struct plot_opts, which.id),       RIGHT_ID_ARG(struct plot_opts, which.right_id),
    DEST_ARG(struct plot_opts, dest),         CLOCK_ARG(struct plot_opts, clock),
    MPTCP_ARG(struct plot_opts, which.mptcp), UDP_ARG(struct plot_opts, which.udp),
};
static const trawl_arg reinject_args[] = {
    LEFT_ARG(struct plot_opts, which.left),   RIGHT_ARG(struct plot_opts, which.right),
    MPTCP_ID_ARG(struct plot_opts, which.id), RIGHT_ID_ARG(struct plot_opts, which.right_id),
    DEST_ARG(struct plot_opts, dest),
};
static const trawl_arg gput_args[] = {
    LEFT_ARG(struct plot_opts, which.left),
    RIGHT_ARG(struct plot_opts, which.right),
    MPTCP_ID_ARG(struct plot_opts, which.id),
    RIGHT_ID_ARG(struct plot_opts, which.right_id),
    DEST_ARG(struct plot_opts, dest),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct plot_opts, window, .name = "window", .short_name = 'w',
              .def = "1s", .min = "1us", .help = "length of a window"),
};
static const trawl_example owd_examples[] = {
    {"plot owd here there -o owd.png", "delays of what both captures have, both ways"},
    {"plot owd here there --mptcp --clock -o owd.png",
     "those of MPTCP's subflows, clocks put right"},
};
static const trawl_example reinject_examples[] = {
    {"plot reinject here there -o reinject.png", "how much earlier reinjections came"},
};
static const trawl_example gput_examples[] = {
    {"plot mptcp_gput here there --window 10ms -o goodput.png", "what each subflow brought first"},
};

#define PLOT(name_, summary_, args_, examples_, draw_)                                            \
    {                                                                                             \
        .size = sizeof(trawl_plot), .arg_size = sizeof(trawl_arg), .flags = TRAWL_COMMAND_SOURCE, \
        .name = name_, .summary = summary_, .args = args_, .n_args = TRAWL_COUNT(args_),          \
        .examples = examples_, .n_examples = TRAWL_COUNT(examples_),                              \
        .opts_size = sizeof(struct plot_opts), .draw = draw_                                      \
    }

const trawl_plot vantage_plots[VANTAGE_N_PLOTS] = {
    PLOT("owd", "one-way delays between two captures over time", owd_args, owd_examples, draw_owd),
    PLOT("reinject", "how much earlier MPTCP reinjections came than their originals", reinject_args,
         reinject_examples, draw_reinject),
    PLOT("mptcp_gput", "data that came first, by MPTCP subflow and window", gput_args,
         gput_examples, draw_gput),
};
