/* why: what keeps company with a value, and the packets behind a row of a comparison. Knows nothing
 * of how values are counted or tested. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "cooccur.h"
#include "holders.h"
#include "rank.h"

struct why_opts {
    struct scope scope;
    const char *field, *value;
    trawl_words captures, with;
    int64_t bin, left, right;
    const char *among, *side;
    double max_q;
    uint64_t top;
    uint8_t all, packets;
};

struct why {
    trawl_call *call;
    const struct why_opts *o;
    struct sample sample;
    struct holders holders;
    struct tally *tallies;
    size_t n_fields;
    struct companies companies;
    uint64_t i_asked; /* among the companies */
    size_t i_only;    /* the field asked for, when it is not of those to count */
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not explain a value: no memory");
}

/* ---- columns ---- */

#define FIELD_COLUMNS                                            \
    COL("field", TRAWL_STRING, 0, NULL, "another packet field"), \
        COL("value", TRAWL_STRING, 0, NULL, "a value that it has in these packets")
#define TEST_COLUMNS                                                                              \
    COL("lift", TRAWL_F64, 1, NULL,                                                               \
        "how many times as frequent as in the other packets; none: it is nowhere else"),          \
        TRAWL_COLUMN(.name = "q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 3,  \
                     .help = "share of false alarms among rows with a q up to this one (G-test, " \
                             "Benjamini-Hochberg)")
#define TIME_COLUMNS                                                                   \
    COL("first", TRAWL_TIME, 4, NULL, "first of these packets that has it"),           \
        COL("last", TRAWL_TIME, 6, NULL, "last of these packets that has it"),         \
        TRAWL_COLUMN(.name = "also", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST, \
                     .priority = 5, .help = "what stands in exactly the same packets")

static const trawl_column one_side[] = {
    FIELD_COLUMNS,
    COL("count", TRAWL_U64, 0, NULL, "of the packets with the value asked for, how many have it"),
    COL("share", TRAWL_F64, 0, "%", "of the packets with the value asked for"),
    COL("elsewhere", TRAWL_F64, 2, "%", "of the other packets"),
    TEST_COLUMNS,
    TIME_COLUMNS,
};

static const trawl_column two_sides[] = {
    FIELD_COLUMNS,
    COL("left", TRAWL_U64, 0, NULL, "of the packets on the left with the value, how many have it"),
    COL("right", TRAWL_U64, 0, NULL, "the same on the right"),
    COL("delta", TRAWL_I64, 4, NULL, "right minus left"),
    COL("left_share", TRAWL_F64, 3, "%", "of the packets on the left with the value"),
    COL("right_share", TRAWL_F64, 1, "%", "of the packets on the right with the value"),
    COL("left_elsewhere", TRAWL_F64, 6, "%", "of the other packets on the left"),
    COL("right_elsewhere", TRAWL_F64, 4, "%", "of the other packets on the right"),
    TEST_COLUMNS,
    TRAWL_COLUMN(.name = "change_q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 5,
                 .help = "the same for the shares on the left and on the right"),
    TIME_COLUMNS,
};

/* Two sides: captures to compare, or two times. */
static int has_two_sides(const struct why_opts *o)
{
    return o->with.n || o->captures.n == 2 || o->left || o->right;
}

static int why_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct why_opts *o = opts;

    (void)in;
    if (o->packets)
        return host->columns_of(call, "packets", ret, err);
    *ret = has_two_sides(o) ? host->schema_from(two_sides, TRAWL_COUNT(two_sides), err)
                            : host->schema_from(one_side, TRAWL_COUNT(one_side), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* ---- the table ---- */

/* "443", "443 (https)" and "https" ask for the same. 1: yes; 0; negative: failed. */
static int is_as_asked(struct why *w, const struct tally *t, uint32_t value, trawl_error *err)
{
    const char *asked = w->o->value, *raw = tally_raw_text(w->call, t, value, err);
    const char *shown = raw ? tally_text(w->call, t, value, 0, err) : NULL;
    const size_t n = shown ? strlen(raw) : 0, n_asked = strlen(asked);

    if (!shown)
        return TRAWL_E_NOMEM;
    return strcmp(raw, asked) == 0 || strcmp(shown, asked) == 0 ||
           (strlen(shown) == n + n_asked + 3 && strncmp(shown + n + 2, asked, n_asked) == 0);
}

/* The value asked for among the company: every holder has it, and no other packet. Of several such
 * values of a field the one that is written as it was asked for. It is not tested. */
static int find_asked(struct why *w, trawl_error *err)
{
    const struct company_side *all = w->holders.sides;

    w->i_asked = UINT64_MAX;
    for (uint64_t i = 0; i < w->companies.n; i++) {
        const struct company *c = &w->companies.items[i];
        const struct tally *t = c->i_tally == NO_TALLY ? NULL : &w->tallies[c->i_tally];
        int as_asked;

        if (!t || strcmp(t->field, w->o->field) != 0 || c->sides[0].held != all[0].held ||
            c->sides[1].held != all[1].held || c->sides[0].others || c->sides[1].others)
            continue;
        as_asked = is_as_asked(w, t, c->value, err);
        if (as_asked < 0)
            return as_asked;
        if (w->i_asked == UINT64_MAX || as_asked)
            w->i_asked = i;
    }
    if (w->i_asked != UINT64_MAX)
        w->companies.items[w->i_asked].p = w->companies.items[w->i_asked].change_p = NAN;
    return TRAWL_OK;
}

static void put_number(trawl_builder *b, double v)
{
    if (isnan(v))
        host->put_null(b);
    else
        host->put_f64(b, v);
}

static void put_share(trawl_builder *b, uint64_t part, uint64_t all)
{
    put_number(b, all ? 100 * (double)part / (double)all : NAN);
}

static int put_times(struct why *w, const struct company *c, trawl_builder *b, trawl_error *err)
{
    size_t side = c->sides[1].held ? 1 : 0;
    const struct seen *seen = &w->tallies[c->i_tally].seen[(uint64_t)c->value * w->sample.n_slots +
                                                           side * SLOTS_OF_SIDE + HOLDERS];
    const uint64_t rows[] = {seen->first, seen->last};
    int rc = TRAWL_OK;

    for (size_t i = 0; i < TRAWL_COUNT(rows) && rc == TRAWL_OK; i++) {
        int64_t time;
        int there = 0;

        rc = holders_time(w->call, &w->sample, rows[i], &time, &there, err);
        if (rc == TRAWL_OK && there)
            host->put_i64(b, time);
        else
            host->put_null(b);
    }
    return rc;
}

static int put_row(struct why *w, const struct ranked *r, trawl_builder *b, trawl_error *err)
{
    const struct company *c = &w->companies.items[r->i];
    const struct company_side *s = c->sides, *all = w->holders.sides;

    host->put_text(b, w->tallies[c->i_tally].field);
    host->put_text(b, r->text);
    host->put_u64(b, s[0].held);
    if (w->holders.n_sides == 2) {
        host->put_u64(b, s[1].held);
        host->put_i64(b, (int64_t)s[1].held - (int64_t)s[0].held);
        put_share(b, s[0].held, all[0].held);
        put_share(b, s[1].held, all[1].held);
        put_share(b, s[0].others, all[0].others);
        put_share(b, s[1].others, all[1].others);
    } else {
        put_share(b, s[0].held, all[0].held);
        put_share(b, s[0].others, all[0].others);
    }
    put_number(b, r->is_asked ? NAN : c->lift);
    put_number(b, r->is_asked ? NAN : c->p);
    if (w->holders.n_sides == 2)
        put_number(b, r->is_asked ? NAN : c->change_p);
    return put_times(w, c, b, err);
}

/* "ip.ttl = 63" for each value that stands in the same packets. */
static int put_also(const struct ranking *how, const struct ranked *r, trawl_builder *b,
                    trawl_error *err)
{
    for (uint64_t i = 0; i < r->n_also; i++) {
        const char *field = how->tallies[how->companies->items[r->also[i]].i_tally].field;
        const char *value = rank_text(how, r->also[i], err);
        size_t n = value ? strlen(field) + strlen(value) + 4 : 0;
        char *text = n ? host->call_alloc(how->call, n) : NULL;

        if (!text)
            return value ? no_memory(err) : TRAWL_E_NOMEM;
        snprintf(text, n, "%s = %s", field, value);
        host->put_text(b, text);
    }
    host->end_list(b);
    return TRAWL_OK;
}

static int make_table(struct why *w, trawl_table **ret, trawl_error *err)
{
    struct ranking how = {.call = w->call,
                          .scope = &w->o->scope,
                          .tallies = w->tallies,
                          .n_fields = w->n_fields,
                          .companies = &w->companies,
                          .i_only = w->i_only,
                          .max_q = w->o->max_q,
                          .top = w->o->top,
                          .all = w->o->all};
    struct ranked *list = NULL;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    uint64_t n = 0;
    int rc = find_asked(w, err);

    how.i_asked = w->i_asked;
    if (rc == TRAWL_OK)
        rc = rank_adjust(&w->companies, err);
    if (rc == TRAWL_OK)
        rc = rank_companies(&how, &list, &n, err);
    if (rc == TRAWL_OK)
        rc = why_schema(w->call, w->o, NULL, &schema, err);
    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (uint64_t i = 0; i < n && rc == TRAWL_OK; i++) {
        rc = put_row(w, &list[i], b, err);
        if (rc == TRAWL_OK)
            rc = put_also(&how, &list[i], b, err);
        host->end_row(b);
    }
    if (rc == TRAWL_OK) {
        rc = host->finish(b, ret, err);
        b = NULL;
    }
    host->builder_free(b);
    host->schema_free(schema);
    return rc;
}

/* ---- the run ---- */

static int check(const struct why_opts *o, trawl_error *err)
{
    if (!o->with.n && o->captures.n > MOST_SIDES)
        return host->fail(err, TRAWL_E_USAGE, "'why' takes two captures, or sets of them (--with)");
    if ((o->left || o->right) && o->with.n)
        return host->fail(err, TRAWL_E_USAGE,
                          "'--left' and '--right' are times of one capture, or of one each");
    if (o->captures.n < 2 && !o->left != !o->right)
        return host->fail(err, TRAWL_E_USAGE, "'--left' and '--right' come together");
    if (o->with.n && !o->captures.n)
        return host->fail(err, TRAWL_E_USAGE, "'--with' needs a capture to compare with");
    if (strcmp(o->value, TRAWL_COUNTS_WIDTH) == 0 || strcmp(o->value, TRAWL_COUNTS_NEW) == 0) {
        int rc = host->fail(err, TRAWL_E_USAGE, "'%s' says how many values there are, and is none",
                            o->value);

        host->hint(err, "'dissect --fields %s' lists them", o->field);
        return rc;
    }
    return TRAWL_OK;
}

static int open_sample(struct why *w, trawl_table *in, trawl_error *err)
{
    const struct why_opts *o = w->o;
    size_t n = o->captures.n + o->with.n;
    const char **names = host->call_alloc(w->call, (n + 1) * sizeof(*names));
    trawl_words all = {names, n};
    struct sampling how = {.captures = &all, .in = in, .max_rows = o->scope.max_rows};

    int rc;

    if (!names)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        names[i] = i < o->captures.n ? o->captures.items[i] : o->with.items[i - o->captures.n];
    rc = sample_open(w->call, &how, &w->sample, err);
    w->sample.bin_ns = scope_bin(&o->scope, o->bin);
    if (rc != TRAWL_OK || w->sample.bin_ns || (!o->left && !o->right))
        return rc;
    w->sample.bin_ns = INT64_C(1000000000);
    if (n > 1) /* compare takes no bins of two */
        return rc;
    how.fit_bins = FIT_SIDES;
    rc = sample_fit_bins(w->call, &how, &w->sample, err);
    if (rc == TRAWL_OK)
        host->log(2, "in bins of %s (-b chooses the width)",
                  sample_span_text(w->call, w->sample.bin_ns));
    return rc;
}

/* The field asked for is counted too, in its place. */
static int add_asked(struct why *w, const char ***names, size_t *n, trawl_error *err)
{
    const char **more = host->call_alloc(w->call, (*n + 1) * sizeof(*more));
    size_t at = 0;

    if (!more)
        return no_memory(err);
    while (at < *n && strcmp((*names)[at], w->o->field) < 0)
        at++;
    if (at < *n && strcmp((*names)[at], w->o->field) == 0)
        return TRAWL_OK;
    memcpy(more, *names, at * sizeof(*more));
    more[at] = w->o->field;
    memcpy(more + at + 1, *names + at, (*n - at) * sizeof(*more));
    *names = more;
    *n += 1;
    w->i_only = at;
    return TRAWL_OK;
}

static int count(struct why *w, const char *const *names, size_t n, trawl_error *err)
{
    w->tallies = host->call_alloc(w->call, (n + 1) * sizeof(*w->tallies));
    w->n_fields = w->tallies ? n : 0;
    return w->tallies ? tally_fields(w->call, &w->sample, names, n,
                                     scope_flags(&w->o->scope) | TALLY_ROWS, w->tallies, err)
                      : no_memory(err);
}

/* The company in the fields that are wanted (NULL: all). */
static int add_companies(struct why *w, const uint8_t *is_wanted, int by_rows,
                         struct companies *ret, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < w->n_fields && rc == TRAWL_OK; i++) {
        if (host->cancelled(w->call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        else if (!w->tallies[i].is_total && (!is_wanted || is_wanted[i]))
            rc = company_of_field(&w->tallies[i], i, w->holders.sides, w->holders.n_sides, by_rows,
                                  ret, err);
    }
    return rc;
}

/* Fields that may have something to show, by how often their values occur. A packet may have a
 * value several times, which these counts do not tell: they are taken as a hint, and for the
 * p-values of what will not be shown. */
static int choose_fields(struct why *w, uint8_t *is_needed, trawl_error *err)
{
    struct companies rough = {0}, adjusted = {0};
    double most = sqrt(w->o->max_q);
    int rc = add_companies(w, NULL, 0, &rough, err);

    if (rc == TRAWL_OK) {
        adjusted = (struct companies){.n = rough.n, .room = rough.n};
        adjusted.items = host->alloc((size_t)(rough.n + 1) * sizeof(*adjusted.items));
        rc = adjusted.items ? TRAWL_OK : no_memory(err);
    }
    if (rc == TRAWL_OK) {
        if (rough.n)
            memcpy(adjusted.items, rough.items, (size_t)rough.n * sizeof(*adjusted.items));
        rc = rank_adjust(&adjusted, err);
    }
    for (uint64_t i = 0; rc == TRAWL_OK && i < rough.n; i++) {
        const struct company *c = &adjusted.items[i];

        is_needed[c->i_tally] |= (c->p <= most && !(c->lift <= 1)) || c->change_p <= most;
    }
    for (size_t i = 0; rc == TRAWL_OK && i < w->n_fields; i++)
        is_needed[i] |= strcmp(w->tallies[i].field, w->o->field) == 0;
    for (uint64_t i = 0; rc == TRAWL_OK && i < rough.n; i++) {
        if (!is_needed[rough.items[i].i_tally]) {
            rough.items[i].i_tally = NO_TALLY;
            rc = company_add(&w->companies, rough.items[i], err);
        }
    }
    host->free(rough.items);
    host->free(adjusted.items);
    return rc;
}

static int explain(struct why *w, trawl_table **ret, trawl_error *err)
{
    const char **names = NULL;
    uint8_t *is_needed = NULL;
    size_t n = 0;
    int rc = fields_choose(w->call, &w->o->scope, &w->sample, &names, &n, err);

    if (rc == TRAWL_OK)
        rc = add_asked(w, &names, &n, err);
    if (rc == TRAWL_OK)
        rc = count(w, names, n, err);
    if (rc == TRAWL_OK && !w->o->all) {
        is_needed = host->call_alloc(w->call, n + 1);
        rc = is_needed ? TRAWL_OK : no_memory(err);
        if (rc == TRAWL_OK) {
            memset(is_needed, 0, n + 1);
            rc = choose_fields(w, is_needed, err);
        }
    }
    if (rc == TRAWL_OK)
        rc = add_companies(w, is_needed, 1, &w->companies, err);
    return rc == TRAWL_OK ? make_table(w, ret, err) : rc;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    struct why w = {.call = call, .o = opts, .i_only = SIZE_MAX};
    const struct why_opts *o = w.o;
    struct holding how = {.field = o->field,
                          .value = o->value,
                          .n_left = o->with.n ? o->captures.n : 1,
                          .n_sides = has_two_sides(o) ? 2 : 1,
                          .left_ns = o->left,
                          .right_ns = o->right,
                          .each = o->captures.n == 2,
                          .among_all = strcmp(o->among, "all") == 0};
    int rc = check(o, err);

    if (rc == TRAWL_OK)
        rc = open_sample(&w, in, err);
    how.bin_ns = w.sample.bin_ns;
    if (rc == TRAWL_OK)
        rc = holders_find(call, &how, &w.sample, &w.holders, err);
    if (rc == TRAWL_OK)
        rc = o->packets ? holders_packets(call, &w.sample, &w.holders, o->side, ret, err)
                        : explain(&w, ret, err);
    for (size_t i = 0; i < w.n_fields; i++)
        tally_free(&w.tallies[i]);
    host->free(w.companies.items);
    sample_close(&w.sample);
    return rc;
}

/* ---- declarations ---- */

static const char *const amongs[] = {"field", "all", NULL};
static const char *const sides[] = {"any", "left", "right", NULL};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_FIELD, struct why_opts, field, .name = "field",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "packet field"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct why_opts, value, .name = "value",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "its value, as 'compare' writes it"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct why_opts, captures, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "one capture, or the left and the right one (default: the table before, or "
                      "the current capture)"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct why_opts, with, .name = "with", .flags = TRAWL_ARG_REPEATED,
              .help = "the captures before, together, are the left side, these the right one"),
    TRAWL_OPT(TRAWL_ARG_TIME, struct why_opts, left, .name = "left", .meta = "T1",
              .help = "the bin with this time is the left side, of one capture or of the left one"),
    TRAWL_OPT(TRAWL_ARG_TIME, struct why_opts, right, .name = "right", .meta = "T2",
              .help = "and the bin with this time the right one; of two captures one may be whole"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct why_opts, bin, .name = "bin", .short_name = 'b', .min = "1us",
              .help = "width of these bins, aligned to 1970 (default: of one capture as "
                      "'compare' takes it, about ten; of two, and with --compat taffy, 1s)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct why_opts, packets, .name = "packets",
              .help = "the packets that have the value, instead of what comes with it"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct why_opts, side, .name = "side", .def = "any",
              .choices = sides,
              .help = "whose packets; any: of the right side, of the left where that has none"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct why_opts, among, .name = "among", .def = "field",
              .choices = amongs,
              .help = "the other packets; field: those with another value of the field, all: all"),
    SCOPE_ARGS_AT(struct why_opts, scope, "3"),
    SCOPE_EXPR_ARG(struct why_opts, scope),
    TRAWL_OPT(TRAWL_ARG_U64, struct why_opts, scope.min_count, .name = "min-count",
              .short_name = 'c', .meta = "N",
              .help = "only values that at least N of the packets have"),
    TRAWL_OPT(TRAWL_ARG_F64, struct why_opts, max_q, .name = "max-q", .def = "0.05", .min = "0",
              .max = "1", .help = "only values with a q or a change_q up to this"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct why_opts, all, .name = "all",
              .help = "also values that are no more frequent than in the other packets, and each "
                      "of those that stand in the same packets"),
    TRAWL_OPT(TRAWL_ARG_U64, struct why_opts, top, .name = "top", .short_name = 'x', .meta = "N",
              .def = "3", .help = "at most N values of each field; 0: all"),
};

static const trawl_example examples[] = {
    {"why tcp.dstport 80", "what the packets to this port have in common"},
    {"why dns.flags.rcode 3 before after", "names that do not exist: who asks, and for which"},
    {"why udp.dstport 53 before after --fields ip.src,ip.dst --all", "who asks, and whom"},
    {"why dns.flags.rcode 3 before after --packets | head 5", "the packets themselves"},
};

const trawl_command why_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
    .name = "why",
    .summary = "what comes with a value: who, whom, when, and the packets",
    .text =
        "Takes the packets that have the value, and counts the values of all other fields of the "
        "level in them. Values that are more frequent there than in the other packets are shown, "
        "or whose part in these packets differs between left and right: after the value itself "
        "addresses, then the other fields, by their strongest value. Of values that stand in "
        "exactly the same packets one has a row (and every address); the others are in the column "
        "also. A packet counts once for each value that it has, and shares are of packets.\n\n"
        "The other packets are those with another value of the field: for a name that was asked "
        "for, all other questions. --among all takes every other packet. lift is the quotient of "
        "the shares, of two sides together by Mantel and Haenszel's weights; q comes from G-tests "
        "of both sides. first and last are times on the right, or on the left where the right has "
        "none.\n\n"
        "--packets gives the packets instead, to be piped. docs/COMPARE.md has the formulae.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct why_opts),
    .schema = why_schema,
    .run = run,
};
