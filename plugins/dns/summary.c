/* The command `dns`: the table of transactions, or what they come to.
 * Knows nothing of how they are matched. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

struct options {
    const char *what, *capture;
    uint64_t names;
};

static const char *const words[] = {"summary", NULL};
static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct options, what, .name = "what", .flags = TRAWL_ARG_POSITIONAL,
              .choices = words, .help = "nothing: the transactions; 'summary': what they come to"),
    TRAWL_OPT(TRAWL_ARG_U64, struct options, names, .name = "names", .short_name = 'n', .def = "10",
              .unit = "names", .min = "1",
              .help = "of a summary: how many of the slowest and of the unanswered names"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct options, capture, .name = "capture",
              .help = "of this capture instead of the current one"),
};

#define COL(name_, type_, unit_, priority_, help_)                                       \
    {                                                                                    \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .unit = (unit_), \
        .priority = (priority_), .help = (help_)                                         \
    }
static const trawl_column summary_columns[] = {
    COL("section", TRAWL_STRING, NULL, 0,
        "protocol, rcode, type, slowest (names), unanswered (names)"),
    COL("value", TRAWL_STRING, NULL, 0, "of the section"),
    COL("transactions", TRAWL_U64, NULL, 0, "rows of the table dns that have it"),
    COL("share", TRAWL_F64, "%", 5, "of all transactions"),
    COL("unanswered", TRAWL_U64, NULL, 2, "of these, queries without a response"),
    COL("repeated", TRAWL_U64, NULL, 6, "how often their queries were sent again"),
    COL("median", TRAWL_SPAN, NULL, 3, "response time, 50 of 100 were not longer"),
    COL("p95", TRAWL_SPAN, NULL, 4, "response time, 95 of 100 were not longer"),
    COL("max", TRAWL_SPAN, NULL, 1, "the longest response time"),
};

/* The columns of `dns` that are summed up. */
enum { V_PROTOCOL, V_RCODE, V_TYPE, V_NAME, V_TIME, V_AGAIN, V_ANSWERED, N_VIEWS };
static const char *const view_names[N_VIEWS] = {
    "protocol", "rcode", "qtype", "qname", "response_time", "retransmissions", "answered"};

/* All rows with one value of a column. */
struct group {
    uint64_t n, n_unanswered, n_again;
    uint32_t first;          /* row */
    uint32_t start, n_times; /* its response times, sorted */
};
struct sum {
    trawl_call *call;
    trawl_table *table;
    trawl_view views[N_VIEWS];
    uint64_t n_rows;
    trawl_builder *b;
    struct group *groups; /* by code */
    uint32_t n_codes, *order, n_order;
    int64_t *times;
};

static uint32_t code_of(const trawl_view *view, uint64_t row)
{
    return trawl_view_has(view, row) ? ((const uint32_t *)view->data)[row] : 0;
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void add_row(struct sum *s, struct group *g, uint64_t row)
{
    const trawl_view *answered = &s->views[V_ANSWERED];

    if (g->n++ == 0)
        g->first = (uint32_t)row;
    g->n_again += trawl_view_has(&s->views[V_AGAIN], row) ? trawl_view_u64(&s->views[V_AGAIN], row)
                                                          : 0;
    g->n_unanswered += trawl_view_has(answered, row) && !trawl_view_u64(answered, row);
    g->n_times += trawl_view_has(&s->views[V_TIME], row) != 0;
}

/* Rows by the codes of a column, with the times of each code sorted. */
static int group_rows(struct sum *s, const trawl_view *key, trawl_error *err)
{
    const int64_t *times = s->views[V_TIME].data;
    uint32_t start = 0;

    s->n_codes = 1;
    for (uint64_t row = 0; row < s->n_rows; row++)
        if (code_of(key, row) >= s->n_codes)
            s->n_codes = code_of(key, row) + 1;
    s->groups = host->call_alloc(s->call, s->n_codes * sizeof(*s->groups));
    s->order = host->call_alloc(s->call, s->n_codes * sizeof(*s->order));
    if (!s->groups || !s->order)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t row = 0; row < s->n_rows; row++)
        add_row(s, &s->groups[code_of(key, row)], row);
    s->n_order = 0;
    for (uint32_t i = 0; i < s->n_codes; i++) {
        struct group *g = &s->groups[i];

        if (g->n)
            s->order[s->n_order++] = i;
        g->start = start;
        start += g->n_times;
        g->n_times = 0;
    }
    for (uint64_t row = 0; row < s->n_rows; row++) {
        struct group *g = &s->groups[code_of(key, row)];

        if (trawl_view_has(&s->views[V_TIME], row))
            s->times[g->start + g->n_times++] = times[row];
    }
    for (uint32_t i = 0; i < s->n_order; i++) {
        const struct group *g = &s->groups[s->order[i]];

        if (g->n_times > 1)
            qsort(s->times + g->start, g->n_times, sizeof(*s->times), by_time);
    }
    return host->cancelled(s->call) ? host->fail(err, TRAWL_E_CANCELLED, "cancelled") : TRAWL_OK;
}

/* The least time that a share of a group is not above; nearest rank. */
static int64_t time_at(const struct sum *s, const struct group *g, unsigned percent)
{
    const uint64_t rank = ((uint64_t)g->n_times * percent + 99) / 100;

    return s->times[g->start + (rank ? rank - 1 : 0)];
}

/* What a section is ordered by, most first; ties by the first row. */
enum order { BY_COUNT, BY_TIME, BY_UNANSWERED };
static int64_t weight(const struct sum *s, const struct group *g, enum order order)
{
    if (order == BY_TIME)
        return g->n_times ? time_at(s, g, 100) : INT64_MIN;
    return (int64_t)(order == BY_UNANSWERED ? g->n_unanswered : g->n);
}

struct place {
    int64_t weight;
    uint32_t first, code;
};

static int by_weight(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->first > y->first) - (x->first < y->first);
}

/* The group of a code of column i_view. */
static void put_group(struct sum *s, const char *section, int i_view, uint32_t code)
{
    static const unsigned percents[] = {50, 95, 100};
    const struct group *g = &s->groups[code];
    const uint64_t *at = s->views[i_view].text_offsets + code;

    host->put_text(s->b, section);
    if (code)
        host->put_value(s->b, s->views[i_view].text + at[0], (size_t)(at[1] - at[0]));
    else
        host->put_text(s->b, i_view == V_RCODE ? "no response" : "no question");
    host->put_u64(s->b, g->n);
    host->put_f64(s->b, 100.0 * (double)g->n / (double)s->n_rows);
    host->put_u64(s->b, g->n_unanswered);
    host->put_u64(s->b, g->n_again);
    for (size_t i = 0; i < TRAWL_COUNT(percents); i++) {
        if (g->n_times)
            host->put_i64(s->b, time_at(s, g, percents[i]));
        else
            host->put_null(s->b);
    }
    host->end_row(s->b);
}

/* The groups in an order; of names at most `most`, and only those that are slow or unanswered. */
static int put_section(struct sum *s, const char *section, int i_view, enum order order,
                       uint64_t most, trawl_error *err)
{
    struct place *places = host->call_alloc(s->call, (s->n_order + 1) * sizeof(*places));
    uint32_t n = 0;

    if (!places)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < s->n_order; i++) {
        const struct group *g = &s->groups[s->order[i]];

        if (order == BY_COUNT || (s->order[i] && (order == BY_TIME ? g->n_times : g->n_unanswered)))
            places[n++] = (struct place){weight(s, g, order), g->first, s->order[i]};
    }
    qsort(places, n, sizeof(*places), by_weight);
    for (uint32_t i = 0; i < n && i < most; i++)
        put_group(s, section, i_view, places[i].code);
    return TRAWL_OK;
}

static int put_sections(struct sum *s, uint64_t n_names, trawl_error *err)
{
    static const struct {
        const char *name;
        int i_view;
        enum order order;
    } sections[] = {{"protocol", V_PROTOCOL, BY_COUNT},
                    {"rcode", V_RCODE, BY_COUNT},
                    {"type", V_TYPE, BY_COUNT},
                    {"slowest", V_NAME, BY_TIME},
                    {"unanswered", V_NAME, BY_UNANSWERED}};
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(sections); i++) {
        if (i == 0 || sections[i].i_view != sections[i - 1].i_view)
            rc = group_rows(s, &s->views[sections[i].i_view], err);
        if (rc == TRAWL_OK)
            rc = put_section(s, sections[i].name, sections[i].i_view, sections[i].order,
                             sections[i].order == BY_COUNT ? UINT64_MAX : n_names, err);
    }
    return rc;
}

static int sum_up(struct sum *s, uint64_t n_names, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema;
    int rc = TRAWL_OK;

    s->n_rows = host->n_rows(s->table);
    for (int i = 0; rc == TRAWL_OK && i < N_VIEWS; i++) {
        s->views[i].size = sizeof(s->views[i]);
        rc = host->view_named(s->call, s->table, view_names[i], &s->views[i], err);
    }
    if (rc != TRAWL_OK)
        return rc;
    s->times = host->call_alloc(s->call, (s->n_rows + 1) * sizeof(*s->times));
    if (!s->times)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    schema = host->schema_from(summary_columns, TRAWL_COUNT(summary_columns), err);
    s->b = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    if (!s->b)
        return TRAWL_E_NOMEM;
    rc = put_sections(s, n_names, err);
    if (rc == TRAWL_OK)
        return host->finish(s->b, ret, err);
    host->builder_free(s->b);
    return rc;
}

static int schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                  trawl_error *err)
{
    const struct options *o = opts;

    (void)in;
    if (!o->what && host->given(call, "names"))
        return host->fail(err, TRAWL_E_USAGE, "'--names' is for 'dns summary'");
    *ret = o->what ? host->schema_from(summary_columns, TRAWL_COUNT(summary_columns), err)
                   : host->schema_from(dns_transaction_columns, DNS_N_TRANSACTION_COLUMNS, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct options *o = opts;
    struct sum s = {.call = call};
    trawl_capture *capture = NULL;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "dns", o->what ? &s.table : ret, err);
    if (rc != TRAWL_OK || !o->what)
        return rc;
    rc = sum_up(&s, o->names, ret, err);
    host->release(s.table);
    return rc;
}

static const trawl_example examples[] = {
    {"dns | where rcode == \"NXDOMAIN\" | count qname",
     "names that do not exist, most asked first"},
    {"dns --sort -response_time --top 5", "the five slowest transactions"},
    {"dns summary", "reply codes, types, the slowest and the unanswered names"},
    {"dns summary -n 3 | where section == \"slowest\"", "the three slowest names"},
};

const trawl_command dns_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "dns",
    .group = "connections",
    .summary = "DNS transactions, or a summary of them",
    .text =
        "By itself it is the table: a query, its repetitions and its response are a row. With "
        "'summary' it sums them up: a row for each protocol, reply code and type, for the names "
        "that took longest to be answered, and for those with most queries that were not. "
        "Percentiles are by nearest rank over the transactions that have a response time.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .gives = dns_transaction_columns,
    .n_gives = DNS_N_TRANSACTION_COLUMNS,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct options),
    .schema = schema,
    .run = run,
};
