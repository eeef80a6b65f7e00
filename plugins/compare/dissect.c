/* dissect and export: how often each value of every field occurs, in all and in time bins.
 * Knows nothing of how values are found. */
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "tally.h"

struct dissect_opts {
    struct scope scope;
    trawl_words captures;
    int64_t bin;
    uint64_t top;
};

struct rows {
    struct candidate *items;
    uint32_t *slots; /* n_slots: all together */
    uint32_t *codes; /* of texts, in the builder; 0: not known */
    uint64_t *sums;  /* 0: no share */
    uint64_t n, room;
};

struct dissection {
    trawl_call *call;
    const struct dissect_opts *o;
    const struct sample *sample;
    int with_total; /* bin 0 */
    size_t i_field; /* columns of the result */
    trawl_builder *builder;
    int has_codes; /* of all values' texts */
    uint32_t width_code;
    struct rows rows;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count values: no memory");
}

static int add(struct dissection *d, size_t slot, const char *field, const char *text,
               uint32_t code, uint64_t count, uint64_t sum, trawl_error *err)
{
    struct rows *r = &d->rows;
    const struct slot *s = slot < d->sample->n_slots && d->o->bin ? &d->sample->slots[slot] : NULL;

    if (r->n == r->room) {
        uint64_t room = r->room * 2 + 256;
        struct candidate *items = host->realloc(r->items, (size_t)room * sizeof(*items));
        uint32_t *slots = host->realloc(r->slots, (size_t)room * sizeof(*slots));
        uint32_t *codes = host->realloc(r->codes, (size_t)room * sizeof(*codes));
        uint64_t *sums = host->realloc(r->sums, (size_t)room * sizeof(*sums));

        r->items = items ? items : r->items;
        r->slots = slots ? slots : r->slots;
        r->codes = codes ? codes : r->codes;
        r->sums = sums ? sums : r->sums;
        if (!items || !slots || !codes || !sums)
            return no_memory(err);
        r->room = room;
    }
    r->items[r->n] = (struct candidate){s ? (double)s->start_ns / 1e9 : 0, field, text, count};
    r->slots[r->n] = (uint32_t)slot;
    r->codes[r->n] = code;
    r->sums[r->n++] = sum;
    return TRAWL_OK;
}

/* ---- one field ---- */

/* Counts of a slot, or of all slots together. */
struct counts {
    const struct cell *cells;
    uint64_t n, sum;
};

static int all_slots(const struct tally *t, size_t n_slots, struct cell **ret,
                     struct counts *counts, trawl_error *err)
{
    struct cell *cells;
    uint64_t n = 0;

    *counts = (struct counts){t->cells, t->slot_start[n_slots], t->sums[0]};
    if (n_slots == 1)
        return TRAWL_OK;
    cells = host->alloc((size_t)(t->n_values + 1) * sizeof(*cells));
    if (!cells)
        return no_memory(err);
    for (uint32_t v = 0; v < t->n_values; v++)
        cells[v] = (struct cell){v, 0};
    for (uint64_t i = 0; i < t->slot_start[n_slots]; i++)
        cells[t->cells[i].value].count += t->cells[i].count;
    counts->sum = 0;
    for (uint32_t v = 0; v < t->n_values; v++) {
        counts->sum += cells[v].count;
        if (cells[v].count)
            cells[n++] = cells[v];
    }
    qsort(cells, (size_t)n, sizeof(*cells), cell_by_count);
    counts->cells = *ret = cells;
    counts->n = n;
    return TRAWL_OK;
}

/* Values that one of the bins looked at has often enough: they count in every bin. */
static uint8_t *usable_values(struct dissection *d, const struct tally *t,
                              const struct counts *total, int *ret_width)
{
    uint64_t least = d->o->scope.min_count;
    uint8_t *usable = host->call_alloc(d->call, (size_t)t->n_values + 1);

    *ret_width = d->with_total && total->n >= least;
    if (!usable)
        return NULL;
    memset(usable, 0, (size_t)t->n_values);
    for (uint64_t i = 0; d->with_total && i < total->n; i++)
        usable[total->cells[i].value] = total->cells[i].count >= least;
    for (size_t s = 0; d->o->bin && s < d->sample->n_slots; s++) {
        *ret_width |= tally_width(t, s) >= least;
        for (uint64_t i = t->slot_start[s]; i < t->slot_start[s + 1]; i++)
            usable[t->cells[i].value] |= t->cells[i].count >= least;
    }
    return usable;
}

static int add_counts(struct dissection *d, const struct tally *t, size_t slot,
                      const struct counts *counts, const uint8_t *usable, int width,
                      trawl_error *err)
{
    const struct scope *scope = &d->o->scope;
    uint64_t most = d->o->top && !scope->expr ? d->o->top : UINT64_MAX, n_put = 0;
    int rc = TRAWL_OK;

    for (uint64_t i = 0; n_put < most && i < counts->n && rc == TRAWL_OK; i++) {
        uint32_t v = counts->cells[i].value;
        const char *text;

        if (!usable[v])
            continue;
        text = t->codes ? ""
                        : tally_text(d->call, t, v, scope_is_taffy(scope) ? TAFFY_CUT : 0, err);
        if (!text)
            return TRAWL_E_NOMEM;
        if (!matches_any(text, &scope->values))
            continue;
        rc = add(d, slot, t->field, text, t->codes ? t->codes[v] : 0, counts->cells[i].count,
                 counts->sum, err);
        n_put++;
    }
    if (rc == TRAWL_OK && counts->n && width && matches_any(TRAWL_COUNTS_WIDTH, &scope->values))
        rc = add(d, slot, t->field, TRAWL_COUNTS_WIDTH, d->width_code, counts->n, 0, err);
    return rc;
}

static int dissect_field(struct dissection *d, const struct tally *t, trawl_error *err)
{
    size_t n_slots = d->sample->n_slots;
    struct counts total = {0};
    struct cell *cells = NULL;
    uint8_t *usable = NULL;
    int width = 0;
    int rc = all_slots(t, n_slots, &cells, &total, err);

    if (rc == TRAWL_OK) {
        usable = usable_values(d, t, &total, &width);
        if (!usable)
            rc = no_memory(err);
    }
    if (rc == TRAWL_OK && d->with_total)
        rc = add_counts(d, t, n_slots, &total, usable, width, err);
    for (size_t s = 0; d->o->bin && s < n_slots && rc == TRAWL_OK; s++) {
        struct counts counts = {t->cells + t->slot_start[s], tally_width(t, s), t->sums[s]};

        rc = add_counts(d, t, s, &counts, usable, width, err);
    }
    host->free(cells);
    return rc;
}

/* ---- the result ---- */

static const trawl_column columns[] = {
    COL("time", TRAWL_TIME, 0, NULL, "start of the bin; none: the whole of the captures"),
    COL("field", TRAWL_STRING, 0, NULL, "packet field, or column"),
    COL("value", TRAWL_STRING, 0, NULL, "its value; __WIDTH__: how many different ones there are"),
    COL("count", TRAWL_U64, 0, NULL, "how often it occurs"),
    COL("share", TRAWL_F64, 1, "%", "part in all values of the field"),
};

static int dissect_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                          trawl_schema **ret, trawl_error *err)
{
    const struct dissect_opts *o = opts;
    size_t skip = o->bin ? 0 : 1;

    (void)call;
    (void)in;
    *ret = host->schema_from(columns + skip, TRAWL_COUNT(columns) - skip, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* Rows by slot, all together first, in a slot as they were added. */
static uint64_t *order_by_slot(trawl_call *call, const struct rows *rows, size_t n_slots)
{
    uint64_t *start = host->call_alloc(call, (n_slots + 3) * sizeof(*start));
    uint64_t *order = host->call_alloc(call, (size_t)(rows->n + 1) * sizeof(*order));

    if (!start || !order)
        return NULL;
    memset(start, 0, (n_slots + 3) * sizeof(*start));
    for (uint64_t i = 0; i < rows->n; i++)
        start[rows->slots[i] == n_slots ? 1 : rows->slots[i] + 2]++;
    for (size_t s = 1; s < n_slots + 2; s++)
        start[s] += start[s - 1];
    for (uint64_t i = 0; i < rows->n; i++)
        order[start[rows->slots[i] == n_slots ? 0 : rows->slots[i] + 1]++] = i;
    return order;
}

static int put_rows(struct dissection *d, const uint8_t *keep, trawl_error *err)
{
    trawl_builder *b = d->builder;
    const struct rows *rows = &d->rows;
    size_t n_slots = d->sample->n_slots;
    const uint64_t *order = order_by_slot(d->call, rows, n_slots);
    const char *field = NULL;
    uint32_t slot = 0;
    uint64_t n_put = 0;
    uint32_t field_code = 0;
    int rc = order ? TRAWL_OK : no_memory(err);

    for (uint64_t k = 0; k < rows->n && rc == TRAWL_OK; k++) {
        uint64_t i = order[k];
        const struct candidate *r = &rows->items[i];

        if (!keep[i])
            continue;
        if (r->key != field || rows->slots[i] != slot)
            n_put = 0;
        if (r->key != field)
            rc = host->builder_code(b, d->i_field, r->key, strlen(r->key), &field_code, err);
        field = r->key;
        slot = rows->slots[i];
        if (d->o->top && n_put >= d->o->top && rows->sums[i])
            continue;
        n_put++;
        if (d->o->bin && slot == n_slots)
            host->put_null(b);
        else if (d->o->bin)
            host->put_i64(b, d->sample->slots[slot].start_ns);
        host->put_code(b, field_code);
        if (rows->codes[i])
            host->put_code(b, rows->codes[i]);
        else
            host->put_text(b, r->subkey);
        host->put_u64(b, r->value);
        if (rows->sums[i])
            host->put_f64(b, 100.0 * (double)r->value / (double)rows->sums[i]);
        else
            host->put_null(b);
        host->end_row(b);
    }
    return rc;
}

/* ---- all values of all fields ---- */

enum { FIELD, VALUE, COUNT, SHARE, N_COLUMNS }; /* of a result without bins */

struct plain {
    const struct tally *tallies;
    const uint32_t *fields; /* codes of their names */
    const uint64_t *start;  /* of their rows */
    uint32_t width_code;
    trawl_cells cells[N_COLUMNS];
};

/* The rows of one field: its values and how many there are. */
static int put_field(void *context, uint64_t f, unsigned i_thread, trawl_error *err)
{
    const struct plain *p = context;
    const struct tally *t = &p->tallies[f];
    const uint64_t first = p->start[f], n = p->start[f + 1] - first;
    uint32_t *field = (uint32_t *)p->cells[FIELD].data + first;
    uint32_t *value = (uint32_t *)p->cells[VALUE].data + first;
    uint64_t *count = (uint64_t *)p->cells[COUNT].data + first;
    double *share = (double *)p->cells[SHARE].data + first;
    uint64_t valid = 0;

    (void)i_thread;
    (void)err;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t row = first + i;
        const int is_width = i + 1 == n;

        field[i] = p->fields[f];
        value[i] = is_width ? p->width_code : t->codes[t->cells[i].value];
        count[i] = is_width ? n - 1 : t->cells[i].count;
        if (!is_width && t->sums[0]) {
            share[i] = 100.0 * (double)count[i] / (double)t->sums[0];
            valid |= UINT64_C(1) << (row % 64);
        }
        if (row % 64 == 63 || is_width) { /* other fields have rows of the word */
            __atomic_fetch_or(&p->cells[SHARE].valid[row / 64], valid, __ATOMIC_RELAXED);
            valid = 0;
        }
    }
    return TRAWL_OK;
}

/* Nothing is left out, and there is one slot: cells are written where they stay. */
static int put_all(struct dissection *d, const struct tally *tallies, size_t n, trawl_error *err)
{
    struct plain p = {.tallies = tallies, .width_code = d->width_code};
    uint32_t *fields = host->call_alloc(d->call, (n + 1) * sizeof(*fields));
    uint64_t *start = host->call_alloc(d->call, (n + 1) * sizeof(*start));
    int rc = fields && start ? TRAWL_OK : no_memory(err);

    p.fields = fields;
    p.start = start;
    for (size_t f = 0; f < n && rc == TRAWL_OK; f++) {
        const uint64_t n_values = tally_width(&tallies[f], 0);

        start[0] = 0;
        start[f + 1] = start[f] + n_values + (n_values != 0);
        rc = host->builder_code(d->builder, FIELD, tallies[f].field, strlen(tallies[f].field),
                                &fields[f], err);
    }
    for (size_t i = 0; i < N_COLUMNS; i++)
        p.cells[i] = (trawl_cells){.size = sizeof(p.cells[i]), .may_be_null = i == SHARE};
    if (rc == TRAWL_OK)
        rc = host->builder_rows(d->builder, n ? start[n] : 0, p.cells, err);
    return rc == TRAWL_OK && n && start[n] ? host->parallel(d->call, n, put_field, &p, err) : rc;
}

/* Without a filter every value is shown: their texts are made on all threads. */
static int make_codes(struct dissection *d, struct tally *tallies, size_t n, trawl_error *err)
{
    const struct scope *scope = &d->o->scope;
    trawl_schema *schema = NULL;
    int rc = dissect_schema(d->call, d->o, NULL, &schema, err);

    if (rc == TRAWL_OK)
        d->builder = host->builder_new(schema, err);
    host->schema_free(schema);
    d->i_field = d->o->bin ? 1 : 0;
    if (rc == TRAWL_OK)
        rc = d->builder ? host->builder_code(d->builder, d->i_field + 1, TRAWL_COUNTS_WIDTH,
                                             strlen(TRAWL_COUNTS_WIDTH), &d->width_code, err)
                        : TRAWL_E_NOMEM;
    if (rc != TRAWL_OK || d->o->top || scope->min_count > 1 || scope->values.n || scope->expr)
        return rc;
    d->has_codes = 1;
    return tally_codes(d->call, tallies, n, scope_is_taffy(scope) ? TAFFY_CUT : 0, d->builder,
                       d->i_field + 1, err);
}

/* The rows that are wanted. */
static int choose_rows(struct dissection *d, struct tally *tallies, size_t n, trawl_error *err)
{
    uint8_t *keep = NULL;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        rc = host->cancelled(d->call) ? host->fail(err, TRAWL_E_CANCELLED, "interrupted")
                                      : dissect_field(d, &tallies[i], err);
    }
    if (rc == TRAWL_OK)
        rc = scope_keep(d->call, &d->o->scope, d->rows.items, d->rows.n, &keep, err);
    return rc == TRAWL_OK ? put_rows(d, keep, err) : rc;
}

static int make_table(struct dissection *d, struct tally *tallies, size_t n, trawl_table **ret,
                      trawl_error *err)
{
    const int all = d->has_codes && !d->o->bin && d->sample->n_slots == 1;
    int rc = all ? put_all(d, tallies, n, err) : choose_rows(d, tallies, n, err);

    if (rc == TRAWL_OK) {
        rc = host->finish(d->builder, ret, err);
        d->builder = NULL;
    }
    return rc;
}

static int run(trawl_call *call, const struct dissect_opts *o, trawl_table *in, int with_total,
               trawl_table **ret, trawl_error *err)
{
    struct sampling how = {.captures = &o->captures,
                           .in = in,
                           .max_rows = o->scope.max_rows,
                           .bin_ns = o->bin,
                           .merge = 1};
    struct sample sample = {0};
    struct dissection d = {.call = call, .o = o, .sample = &sample, .with_total = with_total};
    const char **names = NULL;
    struct tally *tallies = NULL;
    size_t n = 0;
    int rc = sample_open(call, &how, &sample, err);

    if (rc == TRAWL_OK)
        rc = fields_choose(call, &o->scope, &sample, &names, &n, err);
    if (rc == TRAWL_OK) {
        tallies = host->call_alloc(call, (n + 1) * sizeof(*tallies));
        rc = tallies ? tally_fields(call, &sample, names, n, scope_flags(&o->scope), tallies, err)
                     : no_memory(err);
    }
    if (rc == TRAWL_OK)
        rc = make_codes(&d, tallies, n, err);
    if (rc == TRAWL_OK)
        rc = make_table(&d, tallies, n, ret, err);
    for (size_t i = 0; tallies && i < n; i++)
        tally_free(&tallies[i]);
    host->free(d.rows.items);
    host->free(d.rows.slots);
    host->free(d.rows.codes);
    host->builder_free(d.builder);
    host->free(d.rows.sums);
    sample_close(&sample);
    return rc;
}

static int dissect_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    return run(call, opts, in, 1, ret, err);
}

static int export_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    return run(call, opts, in, 0, ret, err);
}

/* ---- declarations ---- */

#define DISSECT_ARGS                                                                           \
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct dissect_opts, captures, .name = "capture",             \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,                              \
              .help = "captures to count together (default: the table before, or the current " \
                      "capture)"),                                                             \
        SCOPE_ARGS(struct dissect_opts, scope), SCOPE_EXPR_ARG(struct dissect_opts, scope),    \
        TRAWL_OPT(                                                                             \
            TRAWL_ARG_U64, struct dissect_opts, scope.min_count, .name = "min-count",          \
            .short_name = 'c', .meta = "N",                                                    \
            .help = "only values that occur at least N times, in all or in one of the bins"),  \
        TRAWL_OPT(TRAWL_ARG_U64, struct dissect_opts, top, .name = "top", .short_name = 'x',   \
                  .meta = "N", .help = "at most N values of each field (and bin)")

static const trawl_arg dissect_args[] = {
    DISSECT_ARGS,
    TRAWL_OPT(TRAWL_ARG_SPAN, struct dissect_opts, bin, .name = "bin", .short_name = 'b',
              .min = "1us", .help = "count in time bins of this width too, aligned to 1970"),
};
static const trawl_arg export_args[] = {
    DISSECT_ARGS,
    TRAWL_OPT(TRAWL_ARG_SPAN, struct dissect_opts, bin, .name = "bin", .short_name = 'b',
              .def = "1s", .min = "1us", .help = "width of the time bins, aligned to 1970"),
};

static const trawl_example dissect_examples[] = {
    {"dissect -x 3", "the three most frequent values of each field"},
    {"dissect -m port -c 10", "ports that occur at least ten times"},
    {"dissect -d 1 -b 1s", "packets in all and in each second"},
    {"dissect -d 10 -m ip. -E 'value > 5 and subkey != \"__WIDTH__\"'",
     "every field of IP, values that occur more than five times"},
    {"packets | where frame.len > 1000 | dissect -m ip.", "what large packets are"},
};
static const trawl_example export_examples[] = {
    {"export -m ip.proto --fsdb", "protocols in each second, as FSDB"},
    {"export before after -b 1h -d 1", "packets of both captures in each hour"},
};

const trawl_command dissect_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
    .name = "dissect",
    .summary = "count the values of every field",
    .text = "One row for each value of each field of the level, most frequent first, and one with "
            "the number of different values (__WIDTH__). The field __TOTAL__ counts packets. With "
            "--bin the rows of all bins together come first and have no time. After a table that "
            "is not of packets, all its columns are counted. A field that occurs several times in "
            "a packet counts each time. Ports, protocols and types are shown with their names.\n\n"
            "'fields --level N' lists the fields of a level; checksums, identifiers, sequence "
            "numbers and the like are left out unless --ignore says otherwise.",
    .args = dissect_args,
    .n_args = TRAWL_COUNT(dissect_args),
    .examples = dissect_examples,
    .n_examples = TRAWL_COUNT(dissect_examples),
    .opts_size = sizeof(struct dissect_opts),
    .schema = dissect_schema,
    .run = dissect_run,
};

const trawl_command export_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
    .name = "export",
    .summary = "count the values of every field in each time bin",
    .text = "The rows of 'dissect --bin' without those of all bins together.",
    .args = export_args,
    .n_args = TRAWL_COUNT(export_args),
    .examples = export_examples,
    .n_examples = TRAWL_COUNT(export_examples),
    .opts_size = sizeof(struct dissect_opts),
    .schema = dissect_schema,
    .run = export_run,
};
