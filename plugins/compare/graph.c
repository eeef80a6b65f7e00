/* plot graph: counts of chosen values over time, a line each. Knows nothing of how figures are
 * drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "tally.h"

struct graph_opts {
    struct scope scope;
    trawl_words captures;
    int64_t bin;
    uint64_t top;
    uint8_t percent, fill;
};

struct line {
    const struct tally *tally;
    uint32_t value;
    uint64_t total, most;
    const char *label;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not draw counts: no memory");
}

static int by_total(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return strcmp(x->label, y->label);
}

static const char *label_of(trawl_call *call, const struct sample *sample, const struct line *l,
                            trawl_error *err)
{
    const char *text = tally_text(call, sample, l->tally, l->value, TAFFY_CUT, err);
    size_t n = strlen(l->tally->field), n_text = text ? strlen(text) : 0;
    char *label = text ? host->call_alloc(call, n + n_text + 4) : NULL;

    if (!label)
        return NULL;
    memcpy(label, l->tally->field, n);
    memcpy(label + n, " = ", 3);
    memcpy(label + n + 3, text, n_text + 1);
    return label;
}

/* Values of a field that some bin has often enough and whose text is wanted. */
static int lines_of(trawl_call *call, const struct scope *scope, const struct sample *sample,
                    const struct tally *t, struct line *lines, size_t *n, trawl_error *err)
{
    struct line *all = lines + *n;

    for (uint32_t v = 0; v < t->n_values; v++)
        all[v] = (struct line){.tally = t, .value = v};
    for (uint64_t i = 0; i < t->slot_start[sample->n_slots]; i++) {
        struct line *l = &all[t->cells[i].value];

        l->total += t->cells[i].count;
        l->most = l->most > t->cells[i].count ? l->most : t->cells[i].count;
    }
    for (uint32_t v = 0; v < t->n_values; v++) {
        struct line l = all[v];

        if (l.most < scope->min_count)
            continue;
        l.label = label_of(call, sample, &l, err);
        if (!l.label)
            return no_memory(err);
        if (matches_any(l.label + strlen(t->field) + 3, &scope->values))
            lines[(*n)++] = l;
    }
    return TRAWL_OK;
}

/* Counts of a line by slot; NaN where it has none, 0 with fill. */
static void counts_of(const struct line *l, size_t n_slots, int fill, double *ret)
{
    const struct tally *t = l->tally;

    for (size_t s = 0; s < n_slots; s++) {
        ret[s] = fill ? 0 : NAN;
        for (uint64_t i = t->slot_start[s]; i < t->slot_start[s + 1]; i++) {
            if (t->cells[i].value == l->value)
                ret[s] = t->cells[i].count;
        }
    }
}

static int fill_series(trawl_call *call, const struct graph_opts *o, const struct sample *sample,
                       const struct line *lines, size_t n, trawl_figure *ret, trawl_error *err)
{
    size_t n_slots = sample->n_slots;
    double *sums = host->call_alloc(call, (n_slots + 1) * sizeof(*sums));

    ret->series = host->call_alloc(call, (n + 1) * sizeof(*ret->series));
    if (!sums || !ret->series)
        return no_memory(err);
    memset(sums, 0, (n_slots + 1) * sizeof(*sums));
    ret->n_series = (uint32_t)n;
    ret->time_origin_ns = n_slots ? sample->slots[0].start_ns / 86400000000000 * 86400000000000 : 0;
    for (size_t i = 0; i < n; i++) {
        double *x = host->call_alloc(call, (n_slots + 1) * sizeof(*x));
        double *y = host->call_alloc(call, (n_slots + 1) * sizeof(*y));
        double *all = host->call_alloc(call, (n_slots + 1) * sizeof(*all));
        size_t n_points = 0;

        if (!x || !y || !all)
            return no_memory(err);
        counts_of(&lines[i], n_slots, o->fill, all);
        for (size_t s = 0; s < n_slots; s++) {
            if (isnan(all[s]))
                continue;
            x[n_points] = (double)(sample->slots[s].start_ns - ret->time_origin_ns) / 1e9;
            y[n_points++] = all[s];
            sums[s] += all[s];
        }
        ret->series[i] = (trawl_series){.label = n > 1 ? lines[i].label : NULL,
                                        .style = TRAWL_SERIES_LINE_DOTS,
                                        .n = n_points,
                                        .x = x,
                                        .y = y};
    }
    for (size_t i = 0; o->percent && i < n; i++) {
        double *y = (double *)(uintptr_t)ret->series[i].y;
        const double *x = ret->series[i].x;

        for (size_t k = 0, s = 0; k < ret->series[i].n; k++) {
            while ((double)(sample->slots[s].start_ns - ret->time_origin_ns) / 1e9 < x[k])
                s++;
            y[k] = sums[s] > 0 ? 100 * y[k] / sums[s] : 0;
        }
    }
    return TRAWL_OK;
}

static int fill_figure(trawl_call *call, const struct graph_opts *o, const struct sample *sample,
                       const struct tally *tallies, size_t n_fields, trawl_figure *ret,
                       trawl_error *err)
{
    size_t room = 1, n = 0;
    struct line *lines;
    int rc = TRAWL_OK;

    for (size_t f = 0; f < n_fields; f++)
        room += (size_t)tallies[f].n_values;
    lines = host->call_alloc(call, room * sizeof(*lines));
    if (!lines)
        return no_memory(err);
    for (size_t f = 0; f < n_fields && rc == TRAWL_OK; f++)
        rc = lines_of(call, &o->scope, sample, &tallies[f], lines, &n, err);
    if (rc != TRAWL_OK)
        return rc;
    qsort(lines, n, sizeof(*lines), by_total);
    n = n < o->top ? n : (size_t)o->top;
    ret->title = n == 1 ? lines[0].label : "counts over time";
    ret->x = (trawl_axis){.label = "time", .kind = TRAWL_AXIS_TIME};
    ret->y = (trawl_axis){.label = o->percent ? "share of what is drawn (%)" : "count"};
    return fill_series(call, o, sample, lines, n, ret, err);
}

static int draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    const struct graph_opts *o = opts;
    struct sampling how = {
        .captures = &o->captures, .max_rows = o->scope.max_rows, .bin_ns = o->bin, .merge = 1};
    struct sample sample = {0};
    const char **names = NULL;
    struct tally *tallies = NULL;
    size_t n = 0;
    int rc = sample_open(call, &how, &sample, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = fields_choose(call, &o->scope, &sample, &names, &n, err);
    if (rc == TRAWL_OK) {
        tallies = host->call_alloc(call, (n + 1) * sizeof(*tallies));
        rc = tallies ? tally_fields(call, &sample, names, n, scope_flags(&o->scope), tallies, err)
                     : no_memory(err);
    }
    if (rc == TRAWL_OK)
        rc = fill_figure(call, o, &sample, tallies, n, ret, err);
    for (size_t i = 0; tallies && i < n; i++)
        tally_free(&tallies[i]);
    sample_close(&sample);
    return rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct graph_opts, captures, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "captures to count together (default: the current one)"),
    SCOPE_ARGS(struct graph_opts, scope),
    TRAWL_OPT(TRAWL_ARG_U64, struct graph_opts, scope.min_count, .name = "min-count",
              .short_name = 'c', .meta = "N",
              .help = "only values that one of the bins has at least N times"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct graph_opts, bin, .name = "bin", .short_name = 'b', .def = "1s",
              .min = "1us", .help = "width of the time bins, aligned to 1970"),
    TRAWL_OPT(TRAWL_ARG_U64, struct graph_opts, top, .name = "top", .short_name = 'x', .meta = "N",
              .def = "12", .min = "1", .max = "12", .help = "only the N most frequent values"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct graph_opts, percent, .name = "by-percentage",
              .short_name = 'p', .help = "share of what is drawn in each bin, instead of counts"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct graph_opts, fill, .name = "fill",
              .help = "bins without a value are 0, instead of left out of its line"),
};
static const trawl_example examples[] = {
    {"plot graph -m __TOTAL__ -b 100ms -o packets.png", "packets in each tenth of a second"},
    {"plot graph before after -m ip.dst -p -o spoken-to.svg", "shares of the addresses spoken to"},
};

const trawl_plot graph_plot = {
    .size = sizeof(trawl_plot),
    .arg_size = sizeof(trawl_arg),
    .flags = TRAWL_COMMAND_SOURCE,
    .name = "graph",
    .summary = "how often values of fields occur over time, a line each",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct graph_opts),
    .draw = draw,
};
