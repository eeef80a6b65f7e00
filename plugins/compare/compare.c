/* compare: how the values of every field differ between captures, or time bins of them.
 * Knows nothing of how rows are reckoned. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "report.h"
#include "sides.h"

struct comparison {
    trawl_call *call;
    const struct compare_opts *o;
    const struct sample *sample;
    struct tally *tallies;
    const size_t *order; /* of tally_order() */
    const char **names;  /* of the fields */
    size_t n_fields;
    struct pair_filter filter;
    trawl_builder *rows;
    struct report *reports;
    size_t n_reports, i_report; /* the one at hand */
    int has_codes;              /* of all values' texts */
    int different;
    const char *apart; /* the first pair without a field in common */
    size_t n_apart;
    uint64_t n_cut; /* values that are gone, of fields whose first rows (--top) show none */
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare captures: no memory");
}

/* ---- columns ---- */

static const trawl_column columns[N_REPORT_COLUMNS] = {
    TRAWL_COLUMN(.name = "report", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_HEADING,
                 .priority = 6, .help = "what is compared"),
    COL("field", TRAWL_STRING, 0, NULL, "packet field"),
    COL("value", TRAWL_STRING, 0, NULL,
        "its value; __NEW_VALUES__: how many values are on one side only; __WIDTH__: how many "
        "there are"),
    COL("change", TRAWL_STRING, 2, NULL, "new: only on the right; gone: only on the left"),
    COL("left", TRAWL_U64, 1, NULL, "times on the left"),
    COL("right", TRAWL_U64, 1, NULL, "times on the right"),
    COL("delta", TRAWL_I64, 4, NULL, "right minus left"),
    COL("left_share", TRAWL_F64, 5, "%", "of all values of the field on the left"),
    COL("right_share", TRAWL_F64, 5, "%", "of all values of the field on the right"),
    TRAWL_COLUMN(.name = "delta_share", .type = TRAWL_F64, .flags = TRAWL_COLUMN_CHANGE,
                 .unit = "%",
                 .help = "right minus left share; 100 for a value that is new, -100 for one that "
                         "vanished"),
    COL("total", TRAWL_I64, 6, NULL, "left plus right; negative for a value that vanished"),
    COL("left_rate", TRAWL_F64, 6, "1/s", "times on the left in a second"),
    COL("right_rate", TRAWL_F64, 6, "1/s", "times on the right in a second"),
    TRAWL_COLUMN(.name = "q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 2,
                 .help = "share of false alarms among rows with a q up to this one (G-test, "
                         "Benjamini-Hochberg)"),
    COL("effect", TRAWL_F64, 3, NULL, "Cohen's h of the shares: 0.2 small, 0.5 medium, 0.8 large"),
    TRAWL_COLUMN(.name = "field_q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 6,
                 .help = "q of the field as a whole"),
    COL("field_effect", TRAWL_F64, 6, NULL, "Cramer's V of the field: 0 alike, 1 nothing shared"),
};

/* ---- rows ---- */

static int code_of(struct comparison *c, size_t i_column, const char *text, uint32_t *ret,
                   trawl_error *err)
{
    return host->builder_code(c->rows, i_column, text, strlen(text), ret, err);
}

/* Without a filter every value is shown: their texts are made on all threads. */
static int make_codes(struct comparison *c, trawl_error *err)
{
    const struct compare_opts *o = c->o;

    if (o->top || o->scope.min_count || o->scope.values.n || o->scope.expr || o->threshold > 0 ||
        o->positive || o->negative)
        return TRAWL_OK;
    c->has_codes = 1;
    return tally_codes(c->call, c->tallies, c->n_fields, c->filter.taffy ? TAFFY_CUT : 0, c->rows,
                       VALUE_COLUMN, err);
}

static const char *row_text(struct comparison *c, const struct tally *t, const struct pair_row *r,
                            trawl_error *err)
{
    if (r->i_p == PAIR_NEW)
        return TRAWL_COUNTS_NEW;
    if (r->i_p == PAIR_WIDTH)
        return TRAWL_COUNTS_WIDTH;
    return tally_text(c->call, t, r->value, c->filter.taffy ? TAFFY_CUT : 0, err);
}

/* Which rows -M and -E want, by their texts: value is what both sides have together. */
static int choose_rows(struct comparison *c, const struct tally *t, size_t left,
                       const struct pair *pair, const char **texts, uint8_t **ret, trawl_error *err)
{
    const struct scope *scope = &c->o->scope;
    double start = (double)c->sample->slots[left].start_ns / 1e9;
    struct candidate *list = host->call_alloc(c->call, (pair->n + 1) * sizeof(*list));
    int rc;

    if (!list)
        return no_memory(err);
    for (size_t i = 0; i < pair->n; i++) {
        const struct pair_row *r = &pair->rows[i];

        texts[i] = row_text(c, t, r, err);
        if (!texts[i])
            return TRAWL_E_NOMEM;
        list[i] = (struct candidate){start, t->field, texts[i], (uint64_t)r->left + r->right};
    }
    rc = scope_keep(c->call, scope, list, pair->n, ret, err);
    for (size_t i = 0; rc == TRAWL_OK && i < pair->n; i++)
        (*ret)[i] = (*ret)[i] && matches_any(list[i].subkey, &scope->values);
    return rc;
}

/* With a filter: the rows that it leaves, and the texts of their values alone. */
static int filter_rows(struct comparison *c, const struct tally *t, size_t left, struct pair *pair,
                       trawl_error *err)
{
    const uint64_t most = c->o->top ? c->o->top : UINT64_MAX;
    const char **texts = host->call_alloc(c->call, (pair->n + 1) * sizeof(*texts));
    uint8_t *keep = NULL;
    size_t n = 0, i = 0;
    int rc = texts ? TRAWL_OK : no_memory(err);

    if (rc == TRAWL_OK)
        memset(texts, 0, (pair->n + 1) * sizeof(*texts));
    if (rc == TRAWL_OK && (c->o->scope.expr || c->o->scope.values.n))
        rc = choose_rows(c, t, left, pair, texts, &keep, err);
    for (; i < pair->n && rc == TRAWL_OK && n < most; i++) {
        struct pair_row r = pair->rows[i];

        if (keep && !keep[i])
            continue;
        if (pair_is_value(&r)) {
            const char *text = texts[i] ? texts[i] : row_text(c, t, &r, err);

            rc = text ? code_of(c, VALUE_COLUMN, text, &r.value, err) : TRAWL_E_NOMEM;
        }
        pair->rows[n++] = r;
    }
    if (n && pair_is_value(&pair->rows[n - 1]) && !pair->rows[n - 1].right)
        i = pair->n; /* some that are gone are shown */
    for (; i < pair->n && rc == TRAWL_OK; i++)
        c->n_cut += pair_is_value(&pair->rows[i]) && !pair->rows[i].right && (!keep || keep[i]);
    pair->n = n;
    return rc;
}

/* ---- reports ---- */

static const char *report_name(struct comparison *c, size_t left, size_t right)
{
    const char *a = c->sample->slots[left].name, *b = c->sample->slots[right].name;
    const char *time = sides_are_bins(c->o) ? "time " : "";
    size_t na = strlen(a), nb = strlen(b), nt = strlen(time);
    char *text = host->call_alloc(c->call, na + nb + nt * 2 + 5);

    if (text) {
        memcpy(text, time, nt);
        memcpy(text + nt, a, na);
        memcpy(text + nt + na, " vs ", 4);
        memcpy(text + nt + na + 4, time, nt);
        memcpy(text + nt * 2 + na + 4, b, nb + 1);
    }
    return text;
}

static int is_first(const struct compare_opts *o)
{
    return o->against && strcmp(o->against, "first") == 0;
}

static size_t left_of(const struct comparison *c, size_t i_report)
{
    return is_first(c->o) ? 0 : i_report;
}

/* One field of the report at hand. */
static int compare_field(void *context, uint64_t at, unsigned i_thread, trawl_error *err)
{
    const struct comparison *c = context;
    const size_t f = c->order[at];
    struct tally *t = &c->tallies[f];
    struct pair *pair = &c->reports[c->i_report].pairs[f];
    int rc = pair_compare(t, left_of(c, c->i_report), c->i_report + 1, &c->filter, pair, err);

    (void)i_thread;
    if (rc != TRAWL_OK || !c->has_codes)
        return rc;
    for (size_t i = 0; i < pair->n; i++) {
        if (pair_is_value(&pair->rows[i]))
            pair->rows[i].value = t->codes[pair->rows[i].value];
    }
    if (c->n_reports == 1) /* no other pair needs them: the rows take their place */
        tally_free(t);
    return TRAWL_OK;
}

static int compare_pair(struct comparison *c, trawl_error *err)
{
    const size_t left = left_of(c, c->i_report), right = c->i_report + 1;
    const char *name = report_name(c, left, right);
    struct report *report = &c->reports[c->i_report];
    size_t n_common = 0, n_there = 0;
    int rc = name ? code_of(c, REPORT_COLUMN, name, &report->code, err) : no_memory(err);

    report->left_seconds = c->sample->slots[left].seconds;
    report->right_seconds = c->sample->slots[right].seconds;
    report->pairs = host->alloc((c->n_fields + 1) * sizeof(*report->pairs));
    if (!report->pairs)
        rc = no_memory(err);
    for (size_t f = 0; f < c->n_fields && rc == TRAWL_OK; f++) {
        const struct tally *t = &c->tallies[f];

        n_there += !t->is_total && (t->sums[left] || t->sums[right]);
        n_common += !t->is_total && t->sums[left] && t->sums[right];
    }
    if (rc == TRAWL_OK && !c->order) {
        c->order = tally_order(c->call, c->tallies, c->n_fields, err);
        rc = c->order ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK)
        rc = host->parallel(c->call, c->n_fields, compare_field, c, err);
    for (size_t f = 0; !c->has_codes && f < c->n_fields && rc == TRAWL_OK; f++) {
        if (report->pairs[f].n)
            rc = filter_rows(c, &c->tallies[f], left, &report->pairs[f], err);
        if (c->n_reports == 1)
            tally_free(&c->tallies[f]);
    }
    if (rc == TRAWL_OK && n_there && !n_common) {
        c->apart = c->apart ? c->apart : name;
        c->n_apart++;
    }
    return rc;
}

static int put_reports(struct comparison *c, trawl_error *err)
{
    uint32_t *fields = host->call_alloc(c->call, (c->n_fields + 1) * sizeof(*fields));
    struct report_codes codes = {.fields = fields};
    int rc = fields ? TRAWL_OK : no_memory(err);

    for (size_t f = 0; f < c->n_fields && rc == TRAWL_OK; f++)
        rc = code_of(c, FIELD_COLUMN, c->names[f], &fields[f], err);
    if (rc == TRAWL_OK)
        rc = code_of(c, CHANGE_COLUMN, "new", &codes.is_new, err);
    if (rc == TRAWL_OK)
        rc = code_of(c, CHANGE_COLUMN, "gone", &codes.is_gone, err);
    if (rc == TRAWL_OK)
        rc = code_of(c, VALUE_COLUMN, TRAWL_COUNTS_NEW, &codes.new_values, err);
    if (rc == TRAWL_OK)
        rc = code_of(c, VALUE_COLUMN, TRAWL_COUNTS_WIDTH, &codes.width, err);
    return rc == TRAWL_OK ? reports_put(c->call, c->reports, c->n_reports, c->n_fields, &codes,
                                        c->rows, &c->different, err)
                          : rc;
}

static int compare_all(struct comparison *c, trawl_error *err)
{
    int rc;

    c->n_reports = c->sample->n_slots > 1 ? c->sample->n_slots - 1 : 0;
    c->reports = host->alloc((c->n_reports + 1) * sizeof(*c->reports));
    rc = c->reports ? TRAWL_OK : no_memory(err);
    for (; c->i_report < c->n_reports && rc == TRAWL_OK; c->i_report++)
        rc = compare_pair(c, err);
    if (rc == TRAWL_OK && c->n_apart == 1)
        host->log(1, "%s: no field has values on both sides", c->apart);
    else if (rc == TRAWL_OK && c->n_apart)
        host->log(1, "%s, and %zu more of %zu: no field has values on both sides", c->apart,
                  c->n_apart - 1, c->n_reports);
    if (rc == TRAWL_OK && c->n_cut && !c->filter.reverse &&
        c->filter.sort == pair_sort_of("delta%"))
        host->log(2, "gone values left out by -x %llu: %llu; -r has them first",
                  (unsigned long long)c->o->top, (unsigned long long)c->n_cut);
    if (rc == TRAWL_OK)
        rc = put_reports(c, err);
    for (size_t i = 0; c->reports && i < c->n_reports; i++) {
        for (size_t f = 0; c->reports[i].pairs && f < c->n_fields; f++)
            pair_free(&c->reports[i].pairs[f]);
        host->free(c->reports[i].pairs);
    }
    host->free(c->reports);
    return rc;
}

static int new_builder(struct comparison *c, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, N_REPORT_COLUMNS, err);

    c->rows = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    return c->rows ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int finish(struct comparison *c, trawl_table **ret, trawl_error *err)
{
    trawl_builder *rows = c->rows;

    c->rows = NULL;
    return host->finish(rows, ret, err);
}

/* ---- the command ---- */

static int set_filter(const struct compare_opts *o, struct pair_filter *ret, trawl_error *err)
{
    *ret = (struct pair_filter){.threshold = o->threshold,
                                .min_count = o->scope.min_count,
                                .positive = o->positive,
                                .negative = o->negative,
                                .taffy = scope_is_taffy(&o->scope),
                                .reverse = o->reverse};
    ret->sort = pair_sort_of(o->sort);
    if (ret->sort < 0)
        return host->fail(
            err, TRAWL_E_USAGE,
            "cannot sort by '%s': delta%%, delta, left, right, left%%, right%%, total", o->sort);
    return TRAWL_OK;
}

static int check(const struct compare_opts *o, trawl_error *err)
{
    if (!sides_are_bins(o) && (o->between || o->until))
        return host->fail(err, TRAWL_E_USAGE,
                          "'--between' and '--and' are times of one capture, or of several with "
                          "'--merge'");
    if (o->between && o->until && o->between >= o->until)
        return host->fail(err, TRAWL_E_USAGE, "'--and' is not after '--between'");
    if (o->quantiles && o->scope.max_rows)
        return host->fail(err, TRAWL_E_USAGE, "'--quantiles' looks at all packets: no '-n'");
    if (o->quantiles && (o->left || o->right))
        return host->fail(
            err, TRAWL_E_USAGE,
            "'--quantiles' looks at all packets: no '--left-where' or '--right-where'");
    return TRAWL_OK;
}

static int wants_quantiles(trawl_call *call, const struct compare_opts *o)
{
    return o->quantiles || (!o->left && !o->right && !scope_is_taffy(&o->scope) &&
                            latency_is_all(call, &o->scope.fields));
}

static int compare_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                          trawl_schema **ret, trawl_error *err)
{
    (void)in;
    *ret = wants_quantiles(call, opts) ? host->schema_from(latency_columns, N_LATENCY_COLUMNS, err)
                                       : host->schema_from(columns, TRAWL_COUNT(columns), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int compare_quantiles(struct comparison *c, trawl_table **ret, trawl_error *err)
{
    const struct compare_opts *o = c->o;
    size_t n = c->sample->n_slots;
    const char **reports = host->call_alloc(c->call, (n + 1) * sizeof(*reports));
    struct latency_how how = {.sample = c->sample,
                              .scope = &o->scope,
                              .bin_ns = c->sample->bin_ns,
                              .from_ns = o->between,
                              .to_ns = o->until,
                              .against_first = is_first(o),
                              .threshold = o->threshold,
                              .positive = o->positive,
                              .negative = o->negative,
                              .reports = reports};

    for (size_t i = 1; reports && i < n; i++) {
        reports[i] = report_name(c, is_first(o) ? 0 : i - 1, i);
        if (!reports[i])
            return no_memory(err);
    }
    return reports ? latency_compare(c->call, &how, ret, &c->different, err) : no_memory(err);
}

static int compare_counts(struct comparison *c, trawl_table **ret, trawl_error *err)
{
    const struct compare_opts *o = c->o;
    const char **names = NULL;
    struct tally *tallies = NULL;
    int rc = fields_choose(c->call, &o->scope, c->sample, &names, &c->n_fields, err);

    if (rc == TRAWL_OK) {
        tallies = host->call_alloc(c->call, (c->n_fields + 1) * sizeof(*tallies));
        rc = tallies ? tally_fields(c->call, c->sample, names, c->n_fields, scope_flags(&o->scope),
                                    tallies, err)
                     : no_memory(err);
    }
    c->tallies = tallies;
    c->names = names;
    if (rc == TRAWL_OK)
        rc = new_builder(c, err);
    if (rc == TRAWL_OK)
        rc = make_codes(c, err);
    if (rc == TRAWL_OK)
        rc = compare_all(c, err);
    if (rc == TRAWL_OK)
        rc = finish(c, ret, err);
    host->builder_free(c->rows);
    for (size_t i = 0; tallies && i < c->n_fields; i++)
        tally_free(&tallies[i]);
    return rc;
}

/* All that are loaded, in their order. */
static int all_captures(trawl_call *call, trawl_words *ret, trawl_error *err)
{
    const size_t n = host->n_captures(call);
    const char **names = host->call_alloc(call, (n + 1) * sizeof(*names));

    if (!names)
        return no_memory(err);
    if (n == 0)
        return host->capture(call, NULL, &(trawl_capture *){NULL}, err); /* says so */
    for (size_t i = 0; i < n; i++)
        names[i] = host->capture_name(call, i);
    *ret = (trawl_words){names, n};
    return TRAWL_OK;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    struct compare_opts all = *(const struct compare_opts *)opts;
    const struct compare_opts *o = &all;
    struct sample sample = {0};
    struct comparison c = {.call = call, .o = o, .sample = &sample};
    int rc = all.captures.n ? TRAWL_OK : all_captures(call, &all.captures, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = check(o, err);
    if (rc == TRAWL_OK)
        rc = set_filter(o, &c.filter, err);
    if (rc == TRAWL_OK)
        rc = sides_open(call, o, &sample, err);
    if (rc == TRAWL_OK)
        rc = wants_quantiles(call, o) ? compare_quantiles(&c, ret, err)
                                      : compare_counts(&c, ret, err);
    sample_close(&sample);
    return rc == TRAWL_OK && o->exit_code && c.different ? TRAWL_E_DIFFERENT : rc;
}

/* ---- declarations ---- */

static const char *const pairings[] = {"next", "first", NULL};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct compare_opts, captures, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "captures to compare, each with the next; one: its time bins (default: all "
                      "that are loaded)"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct compare_opts, with, .name = "with",
              .flags = TRAWL_ARG_REPEATED,
              .help = "compare the captures before, together, with these, together"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct compare_opts, against, .name = "against", .def = "next",
              .choices = pairings, .help = "first: compare the first with each of the others"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, merge, .name = "merge",
              .help = "take several captures as one, and compare its time bins"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct compare_opts, bin, .name = "bin", .short_name = 'b',
              .min = "1us",
              .help = "over time: width of the bins, aligned to 1970, each compared with the next "
                      "(default: a round one that makes about ten; with --compat taffy 1s)"),
    TRAWL_OPT(TRAWL_ARG_TIME, struct compare_opts, between, .name = "between", .meta = "T1",
              .help = "over time: only packets from this time on"),
    TRAWL_OPT(TRAWL_ARG_TIME, struct compare_opts, until, .name = "and", .meta = "T2",
              .help = "over time: only packets before this time"),
    TRAWL_OPT(TRAWL_ARG_EXPR, struct compare_opts, left, .name = "left-where", .meta = "EXPR",
              .help = "on the left only packets for which this holds; of one capture, too"),
    TRAWL_OPT(TRAWL_ARG_EXPR, struct compare_opts, right, .name = "right-where", .meta = "EXPR",
              .help = "on the right only packets for which this holds"),
    SCOPE_ARGS(struct compare_opts, scope),
    SCOPE_EXPR_ARG(struct compare_opts, scope),
    TRAWL_OPT(TRAWL_ARG_F64, struct compare_opts, threshold, .name = "threshold", .short_name = 't',
              .min = "0", .unit = "%", .help = "only rows whose share differs by more than this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct compare_opts, scope.min_count, .name = "min-count",
              .short_name = 'c', .meta = "N", .help = "only rows whose total is above this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct compare_opts, top, .name = "top", .short_name = 'x',
              .meta = "N", .help = "at most N rows for each field"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct compare_opts, sort, .name = "sort", .short_name = 's',
              .def = "delta%", .meta = "COLUMN", .choices = pair_sorts,
              .help = "order of the rows of a field, highest first, also by a column's name here "
                      "or in traffic-taffy"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, reverse, .name = "reverse", .short_name = 'r',
              .help = "lowest first"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, positive, .name = "only-positive",
              .short_name = 'P', .help = "only values with a larger share on the right"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, negative, .name = "only-negative",
              .short_name = 'N', .help = "only values with a smaller share on the right"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, quantiles, .name = "quantiles",
              .help = "durations by p50, p90 and p99, instead of counts of values"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, exit_code, .name = "exit-code",
              .help = "exit status 5 when a row differs"),
};

static const trawl_example examples[] = {
    {"compare before after", "all values of the fields of level 2"},
    {"compare before after -t 5 -x 10", "ten for each field, that differ by more than 5 %"},
    {"compare before after -m port -P", "ports that gained"},
    {"compare after -b 500ms -t 5", "half seconds of a capture, each with the one before"},
    {"compare before after --fields ip.dst --top 20", "addresses spoken to"},
    {"compare before after --quantiles", "which response and handshake times grew"},
    {"compare after --left-where 'ip.ttl > 64' --right-where 'ip.ttl <= 64' -t 10",
     "two kinds of packets of one capture"},
    {"compare before after | where q < 0.01 and abs(effect) > 0.2 | sort -effect",
     "what is neither chance nor small"},
};

const trawl_command compare_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE,
    .name = "compare",
    .summary = "how the values of every field differ between captures",
    .text =
        "Counts each value of each field of the level on both sides. A share is a value's part in "
        "all values of its field; the difference of shares is right minus left, 100 % for a value "
        "that is new on the right and -100 % for one that is gone. --threshold and --min-count "
        "compare strictly; the total of a value that is gone is negative, and counts as if it were "
        "not (with --compat taffy --min-count hides such values).\n\n"
        "Two more rows come with each field, behind its values: __NEW_VALUES__ says how many "
        "values are on the left only and on the right only, __WIDTH__ how many different values "
        "there are. Neither counts in the sums that shares are reckoned from. With --compat taffy "
        "the latter does, and both stand among the values. Fields come in alphabetical order.\n\n"
        "q tells differences from chance: of the rows with a q up to 0.05 about one in twenty is a "
        "false alarm. It takes packets as independent, which those of one conversation are not: "
        "read it with the effect.\n\n"
        "--quantiles compares durations instead: response times, round trips, handshakes, a row "
        "for each of p50, p90 and p99, with the columns field, quantile, left, right, delta, q, "
        "n_left, n_right, ratio, longer and field_q. docs/COMPARE.md has the formulae.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .n_gives = TRAWL_COUNT(columns),
    .gives = columns,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct compare_opts),
    .schema = compare_schema,
    .run = run,
};
