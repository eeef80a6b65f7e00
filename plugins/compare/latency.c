/* compare --quantiles: durations of packets and of what tables say of them, side by side. Knows
 * nothing of counts of values. */
#include "latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "stats.h"

enum { LEAST_TESTED = 5 }; /* values on a side, for a test that takes sums as normal */

const trawl_column latency_columns[N_LATENCY_COLUMNS] = {
    TRAWL_COLUMN(.name = "report", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_HEADING,
                 .priority = 6, .help = "what is compared"),
    COL("field", TRAWL_STRING, 0, NULL, "packet field, or TABLE.COLUMN"),
    COL("quantile", TRAWL_STRING, 0, NULL, "p50, p90, p99: so many per cent are not longer"),
    COL("left", TRAWL_SPAN, 0, NULL, "on the left; none: there is nothing"),
    COL("right", TRAWL_SPAN, 0, NULL, "on the right"),
    COL("delta", TRAWL_SPAN, 0, NULL, "right minus left"),
    TRAWL_COLUMN(.name = "q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 1,
                 .help = "share of false alarms among rows with a q up to this one (quantile test, "
                         "Benjamini-Hochberg)"),
    COL("n_left", TRAWL_U64, 3, NULL, "durations on the left"),
    COL("n_right", TRAWL_U64, 3, NULL, "durations on the right"),
    COL("ratio", TRAWL_F64, 4, NULL, "right over left"),
    COL("longer", TRAWL_F64, 2, "%",
        "how often one from the right is longer than one from the left: 50 when they are alike"),
    TRAWL_COLUMN(.name = "field_q", .type = TRAWL_F64, .flags = TRAWL_COLUMN_MIXED, .priority = 5,
                 .help = "the same as q for all durations of the field (Mann and Whitney's test)"),
};

static const struct {
    const char *name;
    double q;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
enum { N_QUANTILES = 3 };

/* A column of durations. */
struct duration {
    const char *table;  /* NULL: packets */
    const char *column; /* its name there */
    const char *field;  /* as it is shown */
};

struct row {
    const char *field;
    size_t i_slot; /* on the right: of which report */
    size_t order;
    size_t i_quantile;
    uint64_t n_left, n_right;
    double left, right, p, longer, field_p; /* NAN: none */
};

struct latencies {
    trawl_call *call;
    const struct latency_how *how;
    struct duration *durations; /* call memory */
    size_t n_durations;
    int64_t *values;  /* of the duration at hand, by slot, sorted in each; host memory */
    uint64_t *start;  /* of slot i: [start[i], start[i + 1]) */
    struct row *rows; /* host memory */
    size_t n_rows, room;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare durations: no memory");
}

/* ---- which durations ---- */

static const char *joined(trawl_call *call, const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    char *text = host->call_alloc(call, na + nb + 2);

    if (!text)
        return NULL;
    memcpy(text, a, na);
    text[na] = '.';
    memcpy(text + na + 1, b, nb + 1);
    return text;
}

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);

    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* Those that are asked for; else what one waits for, once each: not the time between two packets of
 * a capture, nor how long connections last, nor sums over them. */
static int is_chosen(const struct scope *scope, const char *field)
{
    for (size_t i = 0; i < scope->fields.n; i++) {
        if (strcmp(scope->fields.items[i], field) == 0)
            return 1;
    }
    if (scope->fields.n)
        return 0;
    if (scope->match)
        return strstr(field, scope->match) != NULL;
    return strncmp(field, "frame.", 6) != 0 && !ends_with(field, "duration");
}

static int add_durations(struct latencies *l, const char *table, const trawl_schema *schema,
                         trawl_error *err)
{
    size_t n = host->schema_n(schema);
    struct duration *more = host->call_alloc(l->call, (l->n_durations + n) * sizeof(*more));

    if (!more)
        return no_memory(err);
    if (l->n_durations)
        memcpy(more, l->durations, l->n_durations * sizeof(*more));
    l->durations = more;
    for (size_t i = 0; i < n; i++) {
        const trawl_column *column = host->schema_column(schema, i);
        size_t n_name = strlen(column->name) + 1;
        char *name;
        const char *field;

        if (column->type != TRAWL_SPAN)
            continue;
        if (table && column->flags & TRAWL_COLUMN_HIDDEN && !l->how->scope->fields.n &&
            !l->how->scope->match)
            continue; /* details, when asked for */
        name = host->call_alloc(l->call, n_name);
        if (!name)
            return no_memory(err);
        memcpy(name, column->name, n_name);
        field = table ? joined(l->call, table, name) : name;
        if (!field)
            return no_memory(err);
        if (is_chosen(l->how->scope, field))
            l->durations[l->n_durations++] = (struct duration){table, name, field};
    }
    return TRAWL_OK;
}

/* A field of a protocol that has a table with durations says the same again. */
static void drop_doubles(struct latencies *l)
{
    size_t n = 0;

    if (l->how->scope->match || l->how->scope->fields.n)
        return;
    for (size_t i = 0; i < l->n_durations; i++) {
        const struct duration *d = &l->durations[i];
        int is_double = 0;

        for (size_t k = 0; !d->table && k < l->n_durations; k++) {
            const char *table = l->durations[k].table;
            size_t len = table ? strlen(table) : 0;

            is_double |= table && strncmp(d->field, table, len) == 0 && d->field[len] == '.';
        }
        if (!is_double)
            l->durations[n++] = *d;
    }
    l->n_durations = n;
}

static int by_field(const void *a, const void *b)
{
    const struct duration *x = a, *y = b;

    return strcmp(x->field, y->field);
}

static int find_durations(struct latencies *l, trawl_error *err)
{
    trawl_table *tables = NULL;
    const struct scope *scope = l->how->scope;
    trawl_view name = {.size = sizeof(name)}, view = {.size = sizeof(view)};
    int rc = add_durations(l, NULL, host->schema_of(l->how->sample->sources[0].table), err);

    if (rc == TRAWL_OK)
        rc = host->list(l->call, "tables", &tables, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(l->call, tables, "name", &name, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(l->call, tables, "view", &view, err);
    for (uint64_t i = 0; i < name.n_rows && rc == TRAWL_OK; i++) {
        uint32_t code = ((const uint32_t *)name.data)[i];
        size_t n = (size_t)(name.text_offsets[code + 1] - name.text_offsets[code]);
        char *table = host->call_alloc(l->call, n + 1);
        trawl_schema *schema = NULL;

        if (!table) {
            rc = no_memory(err);
            break;
        }
        memcpy(table, name.text + name.text_offsets[code], n);
        table[n] = 0;
        if (strcmp(table, "packets") == 0 ||
            (trawl_view_u64(&view, i) && !scope->fields.n && !scope->match))
            continue;
        rc = host->columns_of(l->call, table, &schema, err);
        if (rc == TRAWL_OK)
            rc = add_durations(l, table, schema, err);
        host->schema_free(schema);
    }
    host->release(tables);
    drop_doubles(l);
    if (l->n_durations > 1)
        qsort(l->durations, l->n_durations, sizeof(*l->durations), by_field);
    if (rc == TRAWL_OK && !l->n_durations && scope->fields.n)
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "'%s' holds no durations", scope->fields.items[0]);
    else if (rc == TRAWL_OK && !l->n_durations)
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no duration with '%s' in its name",
                        scope->match ? scope->match : "");
    return rc;
}

int latency_is_all(trawl_call *call, const trawl_words *fields)
{
    trawl_schema *schema = NULL;
    size_t n = 0;

    if (!fields->n || host->columns_of(call, "packets", &schema, NULL) != TRAWL_OK)
        return 0;
    for (size_t i = 0; i < fields->n; i++) {
        int64_t at = host->schema_find(schema, fields->items[i]);

        n += at >= 0 && host->schema_column(schema, (size_t)at)->type == TRAWL_SPAN;
    }
    host->schema_free(schema);
    return n == fields->n;
}

/* ---- the values of one ---- */

/* What a source has of the duration at hand. */
struct part {
    trawl_table *table; /* owned */
    trawl_view values, time;
    int there;
};

static int open_part(struct latencies *l, const struct duration *d, size_t i_source,
                     struct part *ret, trawl_error *err)
{
    const struct source *s = &l->how->sample->sources[i_source];
    const trawl_schema *schema;
    trawl_capture *capture = NULL;
    int64_t at;
    int rc = TRAWL_OK;

    *ret = (struct part){.values = {.size = sizeof(trawl_view)},
                         .time = {.size = sizeof(trawl_view)}};
    if (d->table) {
        rc = host->capture(l->call, s->name, &capture, err);
        if (rc == TRAWL_OK)
            rc = host->table(l->call, capture, d->table, &ret->table, err);
        if (rc != TRAWL_OK)
            return rc;
    } else {
        ret->table = host->retain(s->table);
    }
    schema = host->schema_of(ret->table);
    at = host->schema_find(schema, d->column);
    if (at < 0)
        return TRAWL_OK;
    rc = host->view(l->call, ret->table, (size_t)at, &ret->values, err);
    for (size_t i = 0; l->how->bin_ns && d->table && i < host->schema_n(schema); i++) {
        if (host->schema_column(schema, i)->type == TRAWL_TIME) { /* the first: when it began */
            if (rc == TRAWL_OK)
                rc = host->view(l->call, ret->table, i, &ret->time, err);
            break;
        }
    }
    ret->there = rc == TRAWL_OK && (!l->how->bin_ns || !d->table || ret->time.data);
    return rc;
}

static int64_t slot_by_time(const struct latency_how *how, int64_t t)
{
    const struct sample *sample = how->sample;
    int64_t number = t / how->bin_ns - (t % how->bin_ns < 0);
    size_t low = 0, high = sample->n_slots;

    if ((how->from_ns || how->to_ns) && (t < how->from_ns || (how->to_ns && t >= how->to_ns)))
        return -1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sample->slots[middle].start_ns / how->bin_ns < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sample->n_slots && sample->slots[low].start_ns / how->bin_ns == number
               ? (int64_t)low
               : -1;
}

static int64_t slot_of(const struct latencies *l, const struct duration *d, size_t i_source,
                       const struct part *part, uint64_t row)
{
    const struct source *s = &l->how->sample->sources[i_source];

    if (!l->how->bin_ns)
        return (int64_t)s->slot;
    if (!d->table)
        return s->slot_of_row[row] == UINT32_MAX ? -1 : (int64_t)s->slot_of_row[row];
    return trawl_view_has(&part->time, row)
               ? slot_by_time(l->how, ((const int64_t *)part->time.data)[row])
               : -1;
}

/* Counts the items of each slot (place NULL), or puts them in their places. */
static void walk(const struct latencies *l, const struct duration *d, size_t i_source,
                 const struct part *part, uint64_t *count, uint64_t *place)
{
    const trawl_view *v = &part->values;
    uint64_t n_rows = d->table ? v->n_rows : l->how->sample->sources[i_source].n_rows;

    for (uint64_t row = 0; part->there && row < n_rows; row++) {
        uint64_t from = v->offsets ? v->offsets[row] : row;
        uint64_t to = v->offsets ? v->offsets[row + 1] : row + 1;
        int64_t slot;

        if (!trawl_view_has(v, row))
            continue;
        slot = slot_of(l, d, i_source, part, row);
        for (; slot >= 0 && from < to; from++) {
            if (place)
                l->values[place[slot]++] = ((const int64_t *)v->data)[from];
            else
                count[slot]++;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static int collect(struct latencies *l, const struct duration *d, trawl_error *err)
{
    size_t n_sources = l->how->sample->n_sources, n_slots = l->how->sample->n_slots;
    struct part *parts = host->call_alloc(l->call, n_sources * sizeof(*parts));
    uint64_t *place = host->call_alloc(l->call, (n_slots + 1) * sizeof(*place));
    int rc = parts && place ? TRAWL_OK : no_memory(err);
    size_t n = 0;

    host->free(l->values);
    l->values = NULL;
    memset(l->start, 0, (n_slots + 1) * sizeof(*l->start));
    for (; n < n_sources && rc == TRAWL_OK; n++) {
        rc = open_part(l, d, n, &parts[n], err);
        if (rc == TRAWL_OK)
            walk(l, d, n, &parts[n], l->start + 1, NULL);
    }
    for (size_t s = 0; s < n_slots; s++) {
        l->start[s + 1] += l->start[s];
        if (place)
            place[s] = l->start[s];
    }
    if (rc == TRAWL_OK) {
        l->values = host->alloc((size_t)(l->start[n_slots] + 1) * sizeof(*l->values));
        rc = l->values ? TRAWL_OK : no_memory(err);
    }
    for (size_t i = 0; i < n_sources && rc == TRAWL_OK; i++)
        walk(l, d, i, &parts[i], NULL, place);
    for (size_t s = 0; s < n_slots && rc == TRAWL_OK; s++)
        qsort(l->values + l->start[s], (size_t)(l->start[s + 1] - l->start[s]), sizeof(*l->values),
              by_value);
    for (size_t i = 0; i < n; i++)
        host->release(parts[i].table);
    return rc;
}

/* ---- rows ---- */

static int add_row(struct latencies *l, struct row row, trawl_error *err)
{
    if (l->n_rows == l->room) {
        size_t room = l->room * 2 + 64;
        struct row *more = host->realloc(l->rows, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        l->rows = more;
        l->room = room;
    }
    l->rows[l->n_rows++] = row;
    return TRAWL_OK;
}

static int compare_slots(struct latencies *l, const struct duration *d, size_t left, size_t right,
                         trawl_error *err)
{
    const int64_t *x = l->values + l->start[left], *y = l->values + l->start[right];
    const uint64_t n = l->start[left + 1] - l->start[left],
                   m = l->start[right + 1] - l->start[right];
    const int tested = n >= LEAST_TESTED && m >= LEAST_TESTED;
    struct row row = {.field = d->field,
                      .i_slot = right,
                      .n_left = n,
                      .n_right = m,
                      .longer = NAN,
                      .field_p = NAN};
    int rc = TRAWL_OK;

    if (!n && !m)
        return TRAWL_OK;
    if (n && m) {
        double p = stats_mann_whitney(x, n, y, m, &row.longer);

        row.field_p = tested ? p : NAN;
    }
    for (size_t i = 0; i < N_QUANTILES && rc == TRAWL_OK; i++) {
        row.i_quantile = i;
        row.order = l->n_rows;
        row.left = n ? stats_quantile(x, n, quantiles[i].q) : NAN;
        row.right = m ? stats_quantile(y, m, quantiles[i].q) : NAN;
        row.p = tested ? stats_quantile_test(x, n, y, m, quantiles[i].q) : NAN;
        rc = add_row(l, row, err);
    }
    return rc;
}

/* By report, in each as they were added. */
static int by_report(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->i_slot != y->i_slot)
        return x->i_slot < y->i_slot ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* q-values of the rows of each report, and of its fields among themselves. */
static int adjust(struct latencies *l, trawl_error *err)
{
    double *p = host->alloc((l->n_rows + 1) * sizeof(*p));
    size_t *order = host->alloc((l->n_rows + 1) * sizeof(*order));
    int rc = p && order ? TRAWL_OK : no_memory(err);

    for (size_t from = 0, to; from < l->n_rows && rc == TRAWL_OK; from = to) {
        size_t n = 0, n_fields = 0;

        for (to = from; to < l->n_rows && l->rows[to].i_slot == l->rows[from].i_slot; to++) {
            if (!isnan(l->rows[to].p))
                p[n++] = l->rows[to].p;
        }
        stats_adjust(p, n, order);
        n = 0;
        for (size_t i = from; i < to; i++) {
            if (!isnan(l->rows[i].p))
                l->rows[i].p = p[n++];
        }
        for (size_t i = from; i < to; i += N_QUANTILES) {
            if (!isnan(l->rows[i].field_p))
                p[n_fields++] = l->rows[i].field_p;
        }
        stats_adjust(p, n_fields, order);
        n_fields = 0;
        for (size_t i = from; i < to; i += N_QUANTILES) {
            double q = isnan(l->rows[i].field_p) ? NAN : p[n_fields++];

            for (size_t k = i; k < i + N_QUANTILES; k++)
                l->rows[k].field_p = q;
        }
    }
    host->free(p);
    host->free(order);
    return rc;
}

static int is_wanted(const struct latency_how *how, const struct row *r)
{
    double delta = r->right - r->left, part = fabs(delta) / fabs(r->left);

    if (how->positive && !(delta > 0))
        return 0;
    if (how->negative && !(delta < 0))
        return 0;
    if (how->threshold > 0 && !isnan(delta) && !(part > how->threshold / 100))
        return 0;
    return how->scope->min_count == 0 || r->n_left + r->n_right > how->scope->min_count;
}

static void put_span(trawl_builder *b, double v)
{
    if (isnan(v))
        host->put_null(b);
    else
        host->put_i64(b, (int64_t)llround(v));
}

static void put_number(trawl_builder *b, double v)
{
    if (isnan(v) || isinf(v))
        host->put_null(b);
    else
        host->put_f64(b, v);
}

static int put_rows(const struct latencies *l, trawl_table **ret, int *ret_different,
                    trawl_error *err)
{
    trawl_schema *schema = host->schema_from(latency_columns, N_LATENCY_COLUMNS, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < l->n_rows; i++) {
        const struct row *r = &l->rows[i];

        if (!is_wanted(l->how, r))
            continue;
        host->put_text(b, l->how->reports[r->i_slot]);
        host->put_text(b, r->field);
        host->put_text(b, quantiles[r->i_quantile].name);
        put_span(b, r->left);
        put_span(b, r->right);
        put_span(b, r->right - r->left);
        put_number(b, r->p);
        host->put_u64(b, r->n_left);
        host->put_u64(b, r->n_right);
        put_number(b, r->right / r->left);
        put_number(b, 100 * r->longer);
        put_number(b, r->field_p);
        host->end_row(b);
        *ret_different |= !(r->left == r->right);
    }
    return host->finish(b, ret, err);
}

/* ---- the comparison ---- */

int latency_compare(trawl_call *call, const struct latency_how *how, trawl_table **ret,
                    int *ret_different, trawl_error *err)
{
    struct latencies l = {.call = call, .how = how};
    size_t n_slots = how->sample->n_slots;
    int rc = find_durations(&l, err);

    if (rc == TRAWL_OK) {
        l.start = host->alloc((n_slots + 1) * sizeof(*l.start));
        rc = l.start ? TRAWL_OK : no_memory(err);
    }
    for (size_t i = 0; i < l.n_durations && rc == TRAWL_OK; i++) {
        rc = host->cancelled(call) ? host->fail(err, TRAWL_E_CANCELLED, "interrupted")
                                   : collect(&l, &l.durations[i], err);
        for (size_t s = 1; s < n_slots && rc == TRAWL_OK; s++)
            rc = compare_slots(&l, &l.durations[i], how->against_first ? 0 : s - 1, s, err);
    }
    if (rc == TRAWL_OK && l.n_rows)
        qsort(l.rows, l.n_rows, sizeof(*l.rows), by_report);
    if (rc == TRAWL_OK)
        rc = adjust(&l, err);
    if (rc == TRAWL_OK)
        rc = put_rows(&l, ret, ret_different, err);
    host->free(l.values);
    host->free(l.start);
    host->free(l.rows);
    return rc;
}
