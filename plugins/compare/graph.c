/* graph and plot graph: counts of chosen values over time, a line each. Knows nothing of how
 * figures are drawn. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "series.h"

struct graph_opts {
    trawl_canvas canvas; /* of the command; a plot's is the host's business */
    struct scope scope;
    trawl_words captures;
    int64_t bin;
    uint64_t top;
    uint8_t percent, fill;
};

#define MOST_LINES 12
enum {
    MAX_BINS = 1000000, /* of a line with fill */
    FIT_BINS = 100
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not draw counts: no memory");
}

/* The bins across: those of the sample, or with fill all from the first to the last. */
struct bins {
    size_t n;
    int64_t width_ns;
    double *x;    /* seconds since the figure's origin */
    double *sums; /* of what is drawn */
    uint32_t *of_slot;
};

static int open_bins(trawl_call *call, const struct graph_opts *o, const struct sample *sample,
                     int64_t origin_ns, struct bins *ret, trawl_error *err)
{
    const uint64_t bin = (uint64_t)sample->bin_ns;
    uint64_t first = sample->n_slots ? (uint64_t)sample->slots[0].start_ns : 0;
    uint64_t n = sample->n_slots;

    if (o->fill && n)
        n = ((uint64_t)sample->slots[n - 1].start_ns - first) / bin + 1;
    if (n > MAX_BINS) {
        int rc = host->fail(err, TRAWL_E_USAGE, "more than %d time bins to draw", MAX_BINS);

        host->hint(err, "Give a larger --bin.");
        return rc;
    }
    ret->n = (size_t)n;
    ret->width_ns = sample->bin_ns;
    ret->x = host->call_alloc(call, (ret->n + 1) * sizeof(*ret->x));
    ret->sums = host->call_alloc(call, (ret->n + 1) * sizeof(*ret->sums));
    ret->of_slot = host->call_alloc(call, (sample->n_slots + 1) * sizeof(*ret->of_slot));
    if (!ret->x || !ret->sums || !ret->of_slot)
        return no_memory(err);
    for (size_t s = 0; s < sample->n_slots; s++)
        ret->of_slot[s] = o->fill ? (uint32_t)(((uint64_t)sample->slots[s].start_ns - first) / bin)
                                  : (uint32_t)s;
    for (size_t i = 0; i < ret->n; i++) {
        const int64_t start = o->fill ? (int64_t)(first + i * bin) : sample->slots[i].start_ns;
        int64_t since;

        ret->x[i] = (__builtin_sub_overflow(start, origin_ns, &since)
                         ? (double)start - (double)origin_ns
                         : (double)since) /
                    1e9;
        ret->sums[i] = 0;
    }
    return TRAWL_OK;
}

/* Bins without the value break its line, or are 0 with fill, or (as in traffic-taffy) have no
 * point, so that the line goes straight past them. */
static int make_line(trawl_call *call, const struct graph_opts *o, const struct bins *bins,
                     const struct series *s, trawl_series *ret, trawl_error *err)
{
    const double width = (double)bins->width_ns / 1e9;
    const int breaks = !o->fill && !scope_is_taffy(&o->scope);
    size_t n = o->fill ? bins->n : breaks ? 2 * s->n : s->n, at = 0;
    double *x = host->call_alloc(call, (n + 1) * sizeof(*x));
    double *y = host->call_alloc(call, (n + 1) * sizeof(*y));

    if (!x || !y)
        return no_memory(err);
    for (size_t i = 0; o->fill && i < n; i++) {
        x[i] = bins->x[i];
        y[i] = 0;
    }
    for (size_t k = 0; k < s->n; k++) {
        const uint32_t i = bins->of_slot[s->points[k].slot];
        const double count = s->points[k].count, sum = bins->sums[i];

        if (breaks && k && bins->x[i] > x[at - 1] + 1.5 * width) {
            x[at] = x[at - 1] + width;
            y[at++] = NAN;
        }
        at = o->fill ? i : at;
        x[at] = bins->x[i];
        y[at++] = !o->percent ? count : sum > 0 ? 100 * count / sum : 0;
    }
    n = o->fill ? n : at;
    *ret = (trawl_series){
        .label = s->name, .style = TRAWL_SERIES_LINE_DOTS, .n = n, .x = x, .y = y};
    return TRAWL_OK;
}

/* The field that all lines are values of; NULL: several. */
static const char *common_field(const struct series_set *set)
{
    const char *field = set->n ? set->items[0].tally->field : NULL;

    for (size_t i = 1; field && i < set->n; i++) {
        if (set->items[i].tally != set->items[0].tally)
            return NULL;
    }
    return field;
}

/* "before, after: ip.dst in bins of 1 s"; a single line gives its name. */
static const char *title_of(trawl_call *call, const struct series_set *set)
{
    const struct sample *sample = &set->sample;
    const char *span = sample_span_text(call, sample->bin_ns), *field = common_field(set);
    const char *what = field && strcmp(field, TRAWL_COUNTS_TOTAL) == 0 ? "packets"
                       : set->n == 1                                   ? set->items[0].name
                       : field                                         ? field
                                                                       : "counts";
    size_t n = strlen(what) + strlen(span) + 80;
    char *title;

    for (size_t i = 0; i < sample->n_sources; i++)
        n += sample->sources[i].name ? strlen(sample->sources[i].name) + 2 : 0;
    title = host->call_alloc(call, n);
    if (!title)
        return NULL;
    title[0] = 0;
    for (size_t i = 0; i < sample->n_sources; i++) {
        if (sample->sources[i].name)
            snprintf(title + strlen(title), n - strlen(title), "%s%s", *title ? ", " : "",
                     sample->sources[i].name);
    }
    snprintf(title + strlen(title), n - strlen(title), "%s%s in bins of %s", *title ? ": " : "",
             what, span);
    if (set->n_found > set->n)
        snprintf(title + strlen(title), n - strlen(title), ", %zu of %zu values", set->n,
                 set->n_found);
    return title;
}

static int fill_figure(trawl_call *call, const struct graph_opts *o, const struct series_set *set,
                       trawl_figure *ret, trawl_error *err)
{
    const int64_t day = INT64_C(86400) * 1000000000;
    const struct sample *sample = &set->sample;
    const int64_t first = sample->n_slots ? sample->slots[0].start_ns : 0;
    struct bins bins = {0};
    int rc;

    ret->time_origin_ns = first - first % day;
    rc = open_bins(call, o, sample, ret->time_origin_ns, &bins, err);
    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < set->n; i++) {
        for (size_t k = 0; k < set->items[i].n; k++)
            bins.sums[bins.of_slot[set->items[i].points[k].slot]] += set->items[i].points[k].count;
    }
    ret->series = host->call_alloc(call, (set->n + 1) * sizeof(*ret->series));
    if (!ret->series)
        return no_memory(err);
    for (size_t i = 0; i < set->n && rc == TRAWL_OK; i++) {
        rc = make_line(call, o, &bins, &set->items[i], &ret->series[i], err);
        if (common_field(set)) /* the title names it */
            ret->series[i].label = series_value(&set->items[i]);
    }
    ret->n_series = (uint32_t)set->n;
    ret->title = title_of(call, set);
    ret->x = (trawl_axis){.label = "time", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = o->percent ? "share of what is drawn (%)" : "count"};
    return rc;
}

/* Nobody chose what to draw: the packets, rather than values that happen to be in all of them. A
 * table that is not of packets has rows, all of whose columns are drawn. */
static int is_all_packets(const struct graph_opts *o, const trawl_table *in)
{
    const struct scope *s = &o->scope;

    return !o->top && !s->match && !s->fields.n && !s->values.n && !s->expr && !s->min_count &&
           !s->ignore.n && s->level == SCOPE_LEVEL &&
           (!in || host->schema_find(host->schema_of(in), "frame.protocols") >= 0);
}

static int draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    struct graph_opts o = *(const struct graph_opts *)opts;
    const int taffy = scope_is_taffy(&o.scope);
    struct series_query query = {.scope = &o.scope,
                                 .captures = &o.captures,
                                 .in = in,
                                 .bin = scope_bin(&o.scope, o.bin),
                                 .fit_bins = FIT_BINS,
                                 .most = o.top ? o.top : MOST_LINES,
                                 .cut = TAFFY_CUT};
    struct series_set set;
    int rc;

    if (is_all_packets(&o, in)) {
        o.scope.match = TRAWL_COUNTS_TOTAL;
        o.fill |= !taffy; /* no packet is a count too */
    }
    rc = series_open(call, &query, &set, err);
    if (rc == TRAWL_OK && !set.n)
        rc = series_fail_empty(&set, "draw", err);
    if (rc == TRAWL_OK)
        rc = fill_figure(call, &o, &set, ret, err);
    series_close(&set);
    return rc;
}

#define GRAPH_ARGS                                                                               \
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct graph_opts, captures, .name = "capture",                 \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,                                \
              .help = "captures to count together (default: the packets before, or the current " \
                      "capture)"),                                                               \
        SCOPE_ARGS(struct graph_opts, scope), SCOPE_EXPR_ARG(struct graph_opts, scope),          \
        TRAWL_OPT(TRAWL_ARG_U64, struct graph_opts, scope.min_count, .name = "min-count",        \
                  .short_name = 'c', .meta = "N",                                                \
                  .help = "only values that one of the bins has at least N times"),              \
        TRAWL_OPT(TRAWL_ARG_SPAN, struct graph_opts, bin, .name = "bin", .short_name = 'b',      \
                  .min = "1us",                                                                  \
                  .help = "width of the time bins, aligned to 1970 (default: a round one that "  \
                          "makes about a hundred; with --compat taffy 1s)"),                     \
        TRAWL_OPT(TRAWL_ARG_U64, struct graph_opts, top, .name = "top", .short_name = 'x',       \
                  .meta = "N", .min = "1", .max = "40",                                          \
                  .help = "only the N most frequent values (default: " TEXT_OF(                  \
                      MOST_LINES) "; packets when nothing is chosen)"),                          \
        TRAWL_OPT(TRAWL_ARG_FLAG, struct graph_opts, percent, .name = "by-percentage",           \
                  .short_name = 'p',                                                             \
                  .help = "share of what is drawn in each bin, instead of counts"),              \
        TRAWL_OPT(TRAWL_ARG_FLAG, struct graph_opts, fill, .name = "fill",                       \
                  .help = "bins without a value are 0, instead of a break in its line")

static const trawl_arg plot_args[] = {GRAPH_ARGS};
static const trawl_arg command_args[] = {GRAPH_ARGS, TRAWL_CANVAS_ARGS(struct graph_opts, canvas)};
static const trawl_example examples[] = {
    {"graph -o packets.png", "packets over time"},
    {"graph before after -m ip.dst -p -o spoken-to.svg", "shares of the addresses spoken to"},
    {"graph -m udp.dstport -M domain -M ntp --fill -o ports.pdf",
     "two ports, bins without them as 0"},
    {"packets | where tcp | graph -d 10 -m tcp.flags. -b 1s -c 5 -o flags.png",
     "flags of TCP that some second has at least five times"},
};
static const trawl_example plot_examples[] = {
    {"plot graph -m __TOTAL__ -b 100ms -o packets.png", "packets in each tenth of a second"},
};
static const trawl_column picture[] = {TRAWL_CANVAS_COLUMN};

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct graph_opts *o = opts;
    trawl_canvas canvas = o->canvas;
    trawl_figure figure = {.size = sizeof(figure)};
    int rc = draw(call, opts, in, &figure, err);

    canvas.size = sizeof(canvas);
    return rc == TRAWL_OK ? host->plot(call, &figure, &canvas, ret, err) : rc;
}

const trawl_command graph_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_EFFECT,
    .name = "graph",
    .summary = "draw how often values of fields occur over time, a line each",
    .text = "Counts as 'dissect' does, in time bins, and draws the most frequent values into a "
            "file, or in the terminal without -o: packets, unless something is chosen. -m and -M "
            "choose fields and values, -c those "
            "that some bin has often enough, -E single bins. A bin in which a value does not occur "
            "breaks its line; with --fill it is 0 there, and with --compat taffy the line goes "
            "straight past it. Several captures are counted "
            "together. Times are UTC.",
    .args = command_args,
    .n_args = TRAWL_COUNT(command_args),
    .gives = picture,
    .n_gives = 1,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct graph_opts),
    .run = run,
};

const trawl_plot graph_plot = {
    .size = sizeof(trawl_plot),
    .arg_size = sizeof(trawl_arg),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
    .name = "graph",
    .summary = "how often values of fields occur over time, a line each",
    .args = plot_args,
    .n_args = TRAWL_COUNT(plot_args),
    .examples = plot_examples,
    .n_examples = TRAWL_COUNT(plot_examples),
    .opts_size = sizeof(struct graph_opts),
    .draw = draw,
};
