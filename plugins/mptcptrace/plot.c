/* mptcptrace's graphs as figures. Must not know how points are found. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trace.h"

enum { SERIES_MOST = 24, TITLE_MOST = 160 };

struct plot_opts {
    const char *graph;
    uint64_t connection;
    const char *dest;
    uint64_t acks;
    const char *capture;
};

/* Points of one series; growing. */
struct line {
    double *x, *y, *low, *high;
    size_t n, room;
    int marks; /* of it: reinjections */
};

struct drawing {
    enum graph graph;
    unsigned way;
    int64_t origin_ns;
    const char *axis; /* of rtt: "rtt_seq_ts", … */
    struct line maps[SERIES_MOST], dots[SERIES_MOST], again;
};

static int add(struct line *l, double x, double y, double low, double high, trawl_error *err)
{
    if (l->n == l->room) {
        const size_t room = 2 * l->room + 64;
        double **const all[] = {&l->x, &l->y, &l->low, &l->high};

        for (size_t i = 0; i < TRAWL_COUNT(all); i++) {
            double *more = host->realloc(*all[i], room * sizeof(*more));

            if (!more)
                return host->fail(err, TRAWL_E_NOMEM, "out of memory");
            *all[i] = more;
        }
        l->room = room;
    }
    l->x[l->n] = x;
    l->y[l->n] = y;
    l->low[l->n] = low;
    l->high[l->n++] = high;
    return TRAWL_OK;
}

static int take_point(void *context, const struct point *p, trawl_error *err)
{
    struct drawing *d = context;
    const uint32_t i = p->series < SERIES_MOST ? p->series : SERIES_MOST - 1;
    const int is_real = p->graph == GRAPH_GPUT || p->graph == GRAPH_RTT;
    double x;

    if (p->graph != d->graph || p->way != d->way)
        return TRAWL_OK;
    x = strcmp(d->axis, "rtt_seq_num") == 0  ? (double)p->low
        : strcmp(d->axis, "rtt_seq_ts") == 0 ? (double)ns_between(d->origin_ns, p->sent_ns) / 1e9
                                             : (double)ns_between(d->origin_ns, p->time_ns) / 1e9;
    if (p->again >= 0) {
        const int rc = add(&d->again, x, (double)p->high, 0, 0, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    if (p->is_line)
        return add(&d->maps[i], x, NAN, (double)p->low, (double)p->high, err);
    return add(&d->dots[i], x, is_real ? p->real : (double)p->low, 0, 0, err);
}

/* A copy that goes with the call. */
static int keep(trawl_call *call, const double *from, size_t n, const double **ret,
                trawl_error *err)
{
    double *copy = host->call_alloc(call, (n + 1) * sizeof(*copy));

    if (!copy)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memcpy(copy, from, n * sizeof(*copy));
    *ret = copy;
    return TRAWL_OK;
}

static int add_series(trawl_call *call, trawl_figure *ret, trawl_look *looks, const struct line *l,
                      const char *label, int style, trawl_look look, trawl_error *err)
{
    trawl_series *s = &ret->series[ret->n_series];
    int rc = TRAWL_OK;

    if (!l->n)
        return TRAWL_OK;
    *s = (trawl_series){.label = label, .style = style, .n = l->n};
    rc = keep(call, l->x, l->n, &s->x, err);
    if (rc == TRAWL_OK)
        rc = keep(call, l->y, l->n, &s->y, err);
    if (rc == TRAWL_OK && style == TRAWL_SERIES_RANGES)
        rc = keep(call, l->low, l->n, &look.low, err);
    if (rc == TRAWL_OK && style == TRAWL_SERIES_RANGES)
        rc = keep(call, l->high, l->n, &look.high, err);
    looks[ret->n_series++] = look;
    return rc;
}

static const char *label_of(trawl_call *call, const struct drawing *d, const struct connection *c,
                            uint32_t series)
{
    static const char *const names[GRAPH_N][4] = {
        [GRAPH_GPUT] = {"", "blocks", "average", "moving average"},
        [GRAPH_FLIGHT] = {"", "receive window", "MPTCP in flight", "TCP in flight"},
        [GRAPH_RIGHT_EDGE] = {"", "data ACK", "right edge", ""},
    };
    char *text;

    if (names[d->graph][0])
        return names[d->graph][series & 3];
    text = host->call_alloc(call, 64);
    if (text && series - 1 < c->n_subflows)
        (void)snprintf(text, 64, "subflow %u (stream %u)", series - 1,
                       c->subflows[series - 1].stream);
    return text;
}

static int fill_figure(trawl_call *call, struct drawing *d, const struct connection *c,
                       trawl_figure *ret, trawl_error *err)
{
    const size_t most = 2 * SERIES_MOST + 1;
    trawl_look *looks = host->call_alloc(call, most * sizeof(*looks));
    const int dots = d->graph == GRAPH_RIGHT_EDGE ? TRAWL_SERIES_STEPS
                     : d->graph == GRAPH_GPUT     ? TRAWL_SERIES_LINE
                                                  : TRAWL_SERIES_DOTS;
    int rc = TRAWL_OK;

    ret->series = host->call_alloc(call, most * sizeof(*ret->series));
    if (!looks || !ret->series)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    ret->n_series = 0;
    for (uint32_t i = 0; i < SERIES_MOST && rc == TRAWL_OK; i++) {
        const char *label = label_of(call, d, c, i);
        const int both = d->maps[i].n > 0;

        rc = add_series(call, ret, looks, &d->maps[i], label, TRAWL_SERIES_RANGES,
                        (trawl_look){.colour = i}, err);
        if (rc == TRAWL_OK) /* data ACKs have the colour of their subflow */
            rc = add_series(
                call, ret, looks, &d->dots[i], both ? NULL : label, dots,
                (trawl_look){.colour = i, .mark = both ? TRAWL_MARK_DIAMOND : TRAWL_MARK_AUTO},
                err);
    }
    if (rc == TRAWL_OK)
        rc = add_series(call, ret, looks, &d->again, "reinjection", TRAWL_SERIES_DOTS,
                        (trawl_look){.mark = TRAWL_MARK_CROSS, .colour = c->n_subflows + 1}, err);
    ret->looks = looks;
    ret->look_size = sizeof(*looks);
    return rc;
}

static void free_lines(struct drawing *d)
{
    for (size_t i = 0; i < 2 * SERIES_MOST + 1; i++) {
        struct line *l = i < SERIES_MOST       ? &d->maps[i]
                         : i < 2 * SERIES_MOST ? &d->dots[i - SERIES_MOST]
                                               : &d->again;

        host->free(l->x);
        host->free(l->y);
        host->free(l->low);
        host->free(l->high);
    }
}

static const struct {
    const char *name, *title, *y;
    enum graph graph;
} graphs[] = {
    {"seq", "maps and data ACKs", "data sequence number", GRAPH_SEQ},
    {"acksize", "bytes acknowledged by each data ACK", "acknowledged (B)", GRAPH_ACKSIZE},
    {"gput", "goodput", "goodput (MB/s)", GRAPH_GPUT},
    {"flight", "receive window and bytes in flight", "size (B)", GRAPH_FLIGHT},
    {"flight_per_flow", "bytes in flight, subflow on subflow", "in flight (B)",
     GRAPH_FLIGHT_PER_FLOW},
    {"rightEdge", "right edge of the receive window", "data sequence number", GRAPH_RIGHT_EDGE},
    {"rtt_ack_ts", "round trips by arrival of the data ACK", "round trip (ms)", GRAPH_RTT},
    {"rtt_seq_ts", "round trips by departure of the data", "round trip (ms)", GRAPH_RTT},
    {"rtt_seq_num", "round trips by data sequence number", "round trip (ms)", GRAPH_RTT},
};
static const char *const graph_choices[] = {
    "seq",       "acksize",    "gput",       "flight",      "flight_per_flow",
    "rightEdge", "rtt_ack_ts", "rtt_seq_ts", "rtt_seq_num", NULL};
static const char *const dest_choices[] = {"server", "client", NULL};

/* The direction with more data, unless one is asked for. */
static unsigned way_of(const struct plot_opts *o, const struct follow *f)
{
    uint64_t bytes[2] = {0, 0};

    if (o->dest)
        return strcmp(o->dest, "server") == 0 ? C2S : S2C;
    for (uint32_t i = 0; i < f->connection->n_subflows; i++) {
        bytes[C2S] += f->totals[C2S].bytes[i];
        bytes[S2C] += f->totals[S2C].bytes[i];
    }
    return bytes[S2C] > bytes[C2S] ? S2C : C2S;
}

static int draw_connection(trawl_call *call, const struct plot_opts *o, const struct input *in,
                           struct drawing *d, trawl_figure *ret, trawl_error *err)
{
    struct follow f = {.connection = &in->connections[0], .n_acks = o->acks};
    char *title = host->call_alloc(call, TITLE_MOST);
    size_t i = 0;
    int rc = follow_connection(call, &f, err);

    if (rc == TRAWL_OK && !title)
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (rc != TRAWL_OK)
        return rc;
    while (i + 1 < TRAWL_COUNT(graphs) && strcmp(graphs[i].name, o->graph) != 0)
        i++;
    d->graph = graphs[i].graph;
    d->axis = graphs[i].name;
    d->way = way_of(o, &f);
    d->origin_ns = f.connection->n_events ? f.connection->events[0].time_ns : 0;
    f.put = take_point;
    f.context = d;
    rc = follow_connection(call, &f, err);
    if (rc == TRAWL_OK)
        rc = fill_figure(call, d, f.connection, ret, err);
    if (rc == TRAWL_OK && !ret->n_series)
        rc = host->fail(err, TRAWL_E_NOT_FOUND,
                        "nothing to draw: connection %u has no such data %s", f.connection->id,
                        d->way == C2S ? "to the server" : "to the client");
    (void)snprintf(title, TITLE_MOST, "%s: %s of connection %u, to the %s", in->file,
                   graphs[i].title, f.connection->id, d->way == C2S ? "server" : "client");
    ret->title = title;
    ret->time_origin_ns = d->origin_ns;
    ret->x = strcmp(d->axis, "rtt_seq_num") == 0
                 ? (trawl_axis){.label = "data sequence number"}
                 : (trawl_axis){.label = "time", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = graphs[i].y,
                          .kind = d->graph == GRAPH_GPUT ? TRAWL_AXIS_LOG : TRAWL_AXIS_LINEAR};
    return rc;
}

static int draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    const struct plot_opts *o = opts;
    const uint32_t id = o->connection < UINT32_MAX ? (uint32_t)o->connection : UINT32_MAX;
    const struct ids ids = {&id, 1};
    trawl_capture *capture = NULL;
    struct drawing *d = host->alloc(sizeof(*d));
    struct input input;
    int rc = d ? host->capture(call, o->capture, &capture, err)
               : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    (void)in;
    if (rc == TRAWL_OK)
        rc = input_open(call, capture, &ids, 0, &input, err);
    if (rc == TRAWL_OK) {
        if (input.n) {
            rc = draw_connection(call, o, &input, d, ret, err);
        } else {
            rc = host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection '%llu'",
                            (unsigned long long)o->connection);
            host->hint(err, "'lc' lists the connections with their numbers.");
        }
        input_close(&input);
    }
    if (d)
        free_lines(d);
    host->free(d);
    return rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct plot_opts, graph, .name = "graph",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .choices = graph_choices,
              .help = "which of mptcptrace's graphs"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct plot_opts, connection, .name = "connection", .meta = "MPTCP",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of the connection, as lc shows it"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct plot_opts, dest, .name = "dest", .choices = dest_choices,
              .help = "data to this side (default: where more of it goes)"),
    TRAWL_OPT(TRAWL_ARG_U64, struct plot_opts, acks, .name = "acks", .short_name = 'G', .def = "10",
              .min = "2", .max = "1000000", .unit = "data ACKs",
              .help = "of goodput: how many make a block, and the moving average"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct plot_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example examples[] = {
    {"plot mptcptrace seq 0 -o seq.png", "maps and data ACKs by subflow, reinjections marked"},
    {"plot mptcptrace flight 0 --dest server -o flight.svg", "window and bytes in flight"},
};
const trawl_plot trace_plot = {
    .size = sizeof(trawl_plot),
    .arg_size = sizeof(trawl_arg),
    .flags = TRAWL_COMMAND_SOURCE,
    .name = "mptcptrace",
    .summary = "mptcptrace's graphs of one MPTCP connection",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct plot_opts),
    .draw = draw,
};
