/* Values of packets' fields counted while the packets are read, without columns: those of
 * dissectors, presence of protocols, both of two fields, and what plugins derive from a field.
 * Must not know plugins' files or terminals. */
#include "core/dissect/rows.h"
#include "core/session/cache.h"
#include "core/session/internal.h"
#include "core/session/own.h"

struct packets_tally {
    tw_capture *capture;
    tw_table *table;
    const trawl_tally_rows *rows;
    const struct tw_tally_job *job;
    struct tw_tally **of;           /* by column of the table; NULL: not there */
    uint8_t *wanted;                /* by column: READ, MERGE … */
    const struct tw_column **plain; /* the n_plain columns that are counted as such */
    size_t *plain_at;               /* which they are */
    size_t n_plain;
    struct tw_cached_counts counts; /* what the cache has or gets */
    bool served;                    /* nothing is new to the cache */
    int64_t started;
};

enum { NOT_WANTED, READ, PLAIN, MERGE, DERIVE };

static const struct tw_catalogue_field *field_of(const struct packets_tally *t, size_t i_column)
{
    const tw_session *session = t->capture->session;

    return &session->catalogue->fields[session->packets_order[i_column]];
}

static int64_t column_named(const struct packets_tally *t, const char *name)
{
    return tw_schema_find(t->table->schema, name, strlen(name));
}

/* The set of derived fields that are counted by the values of another field, or NULL. */
static const trawl_derived *derived_of(const struct packets_tally *t, const char *name)
{
    const trawl_derived *derived = tw_hashmap_get(&t->capture->session->derived, name);

    return derived && derived->of && column_named(t, derived->of) >= 0 ? derived : NULL;
}

/* The boolean of a protocol: see declare_protocols(). */
static bool is_presence(const tw_session *session, const trawl_field *field)
{
    return field >= session->protocols &&
           field < session->protocols + TW_LAYER_N + session->catalogue->n_dissectors;
}

static void want(struct packets_tally *t, size_t i_column)
{
    const struct tw_catalogue_field *field = field_of(t, i_column);
    const char *name = field->field->name;
    const char *const *parts = tw_catalogue_any_of(name, strlen(name));
    const trawl_derived *derived = derived_of(t, name);
    /* values of several fields, or of a list, may be of one row: counts do not tell which rows */
    const bool by_counts = !(t->rows->flags & TRAWL_TALLY_SEEN);

    if (t->wanted[i_column] || t->of[i_column])
        return;
    if (t->table->columns[i_column] || tw_own_field_find(name)) {
        t->wanted[i_column] = PLAIN;
    } else if (parts && by_counts) {
        t->wanted[i_column] = MERGE;
        for (; *parts; parts++)
            want(t, (size_t)column_named(t, *parts));
    } else if (derived && by_counts) {
        t->wanted[i_column] = DERIVE;
        want(t, (size_t)column_named(t, derived->of));
    } else if (parts || derived) {
        t->wanted[i_column] = PLAIN;
    } else if (field->dissector || is_presence(t->capture->session, field->field)) {
        t->wanted[i_column] = READ;
    } else {
        t->wanted[i_column] = PLAIN;
    }
}

/* ---- from packets and from columns ---- */

static int read_packets(struct packets_tally *t, trawl_error *err)
{
    const size_t n_columns = t->table->schema->n_columns;
    uint32_t *fields = tw_alloc_array(n_columns, sizeof(*fields));
    size_t *at = tw_alloc_array(n_columns, sizeof(*at));
    struct tw_tally **made = tw_alloc_array(n_columns, sizeof(*made));
    struct tw_count_request request = {.fields = fields, .rows = *t->rows};
    int rc = fields && at && made ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++) {
        if (t->wanted[i] != READ)
            continue;
        at[request.n] = i;
        fields[request.n++] = t->capture->session->packets_order[i];
    }
    if (rc == TRAWL_OK && request.n)
        rc = tw_packets_count(t->capture->packets, t->capture->session->catalogue, &request, made,
                              err);
    for (size_t i = 0; rc == TRAWL_OK && i < request.n; i++)
        t->of[at[i]] = made[i];
    tw_free(fields);
    tw_free(at);
    tw_free(made);
    return rc;
}

/* A column that is made on the caller's thread: its plugin may keep state. */
static bool is_made_apart(const struct packets_tally *t, size_t i_column)
{
    const trawl_derived *derived = tw_hashmap_get(&t->capture->session->derived,
                                                  field_of(t, i_column)->field->name);

    return derived && !(derived->flags & TRAWL_DERIVED_BESIDE);
}

/* What is counted as columns: all of it, or what is made apart. */
static int make_columns(struct packets_tally *t, bool apart, trawl_error *err)
{
    const struct tw_column *column;
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < t->table->schema->n_columns; i++) {
        if (t->wanted[i] != PLAIN || (apart && !is_made_apart(t, i)))
            continue;
        rc = tw_table_column(t->table, i, &column, err);
        if (apart)
            continue;
        t->plain_at[t->n_plain] = i;
        t->plain[t->n_plain++] = column;
    }
    return rc;
}

static int plain_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct packets_tally *t = context;

    (void)i_thread;
    return tw_tally_column(t->plain[i], t->rows, &t->of[t->plain_at[i]], err);
}

/* ---- from other counts ---- */

static int merge_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct packets_tally *t = context;
    const char *name = field_of(t, (size_t)i)->field->name;
    const char *const *names = tw_catalogue_any_of(name, strlen(name));
    const struct tw_tally *parts[4];
    size_t n = 0;

    (void)i_thread;
    if (t->wanted[i] != MERGE)
        return TRAWL_OK;
    for (; names[n] && n < TW_COUNT(parts); n++)
        parts[n] = t->of[column_named(t, names[n])];
    return tw_tally_merge(parts, n, &t->of[i], err);
}

/* The distinct values as a table of one column, of the name that the plugin looks for. */
static int table_of_values(struct packets_tally *t, size_t i_source, tw_table **ret,
                           trawl_error *err)
{
    const trawl_column *declared = &t->table->schema->columns[i_source];
    const trawl_column column = TRAWL_COLUMN(.name = declared->name, .type = declared->type,
                                             .flags = declared->flags &
                                                      ~(uint32_t)TRAWL_COLUMN_LIST);
    tw_schema *schema = tw_schema_from(&column, 1, err);
    tw_builder *b = schema ? tw_builder_new(schema, NULL, err) : NULL;
    const struct tw_tally *source = t->of[i_source];
    trawl_view view;

    tw_schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    tw_tally_view(source, column.flags, &view);
    for (uint32_t v = 0; v < source->n_values; v++) {
        const uint64_t cell = trawl_view_u64(&view, v), code = cell & 0x7fffffffu;
        const size_t n_address = cell >> 31 ? 16 : 4;

        if (view.type == TRAWL_IP)
            tw_builder_value(b, view.addresses[code] + 16 - n_address, n_address);
        else if (tw_type_is_coded(view.type))
            tw_builder_value(b, view.text + view.text_offsets[cell],
                             (size_t)(view.text_offsets[cell + 1] - view.text_offsets[cell]));
        else if (view.type == TRAWL_F64)
            tw_builder_f64(b, ((const double *)view.data)[v]);
        else if (view.type == TRAWL_I64 || view.type == TRAWL_TIME || view.type == TRAWL_SPAN)
            tw_builder_i64(b, (int64_t)cell);
        else
            tw_builder_u64(b, cell);
        tw_builder_end_row(b);
    }
    return tw_builder_finish(b, ret, err);
}

/* All wanted fields of one set at once. */
static int derive(struct packets_tally *t, const trawl_derived *derived, trawl_error *err)
{
    tw_session *session = t->capture->session;
    const size_t i_source = (size_t)column_named(t, derived->of);
    tw_table *values = NULL, *made = NULL;
    int rc = table_of_values(t, i_source, &values, err);

    if (rc == TRAWL_OK)
        rc = session->run_compute(session->run_context, derived, t->capture, values, &made, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < derived->n_fields; i++) {
        const int64_t at = column_named(t, derived->fields[i].name);
        const struct tw_column *column = NULL;

        if (at < 0 || t->wanted[at] != DERIVE)
            continue;
        rc = tw_table_column(made, i, &column, err);
        if (rc == TRAWL_OK)
            rc = tw_tally_map(t->of[i_source], column, &t->of[at], err);
    }
    tw_table_release(made);
    tw_table_release(values);
    return rc;
}

static int derive_all(struct packets_tally *t, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < t->table->schema->n_columns; i++) {
        if (t->wanted[i] == DERIVE && !t->of[i])
            rc = derive(t, derived_of(t, field_of(t, i)->field->name), err);
    }
    return rc;
}

/* ---- from the disk cache ---- */

/* Whose malformed packets are told when a column is counted from packets; NULL: nobody's. */
static const char *dissector_of(const struct packets_tally *t, size_t i_column)
{
    const struct tw_catalogue_field *field = field_of(t, i_column);

    if (t->wanted[i_column] != READ)
        return NULL;
    if (field->dissector)
        return field->dissector->name;
    return tw_rows_kinds(field->field->name) ? NULL : field->field->name;
}

/* Derived fields depend on files of their plugins: they are made anew each time. */
static int describe(const struct packets_tally *t, struct tw_cached_counts *ret, trawl_error *err)
{
    const size_t n_columns = t->table->schema->n_columns;
    const tw_session *session = t->capture->session;
    bool *wanted = tw_alloc_array(n_columns + 1, sizeof(*wanted));
    const char **dissectors = tw_alloc_array(n_columns + 1, sizeof(*dissectors));

    *ret = (struct tw_cached_counts){t->table, wanted, dissectors, t->of};
    if (!wanted || !dissectors)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n_columns; i++) {
        wanted[i] = t->wanted[i] != NOT_WANTED &&
                    !tw_hashmap_get(&session->derived, field_of(t, i)->field->name);
        dissectors[i] = dissector_of(t, i);
    }
    return TRAWL_OK;
}

static void described(struct tw_cached_counts *counts)
{
    tw_free((void *)(uintptr_t)counts->wanted);
    tw_free((void *)(uintptr_t)counts->dissectors);
}

/* Counts of all rows may be in the cache. True: none is left to be made of what it can have. */
static bool serve(struct packets_tally *t, const struct tw_cached_counts *counts)
{
    bool all = true;

    tw_cached_serve_counts(t->capture, counts);
    for (size_t i = 0; i < t->table->schema->n_columns; i++) {
        if (t->of[i])
            t->wanted[i] = NOT_WANTED;
        all &= !counts->wanted[i] || t->of[i];
    }
    return all;
}

/* ---- the steps ---- */

static int begin(void *context, const struct tw_tally_job *job, void **state, trawl_error *err)
{
    struct packets_tally *t = tw_alloc(sizeof(*t));
    const trawl_tally_rows *rows = job->rows;
    const bool whole = !rows->slot_of_row && rows->n_slots == 1 &&
                       rows->n_rows >= job->table->n_rows && !(rows->flags & TRAWL_TALLY_SEEN);
    const size_t n_columns = job->table->schema->n_columns;
    int rc = TRAWL_OK;

    if (!t)
        return tw_fail_nomem(err);
    *state = t;
    *t = (struct packets_tally){.capture = context,
                                .table = job->table,
                                .rows = rows,
                                .job = job,
                                .served = !whole,
                                .started = tw_cached_now()};
    t->of = tw_alloc_array(n_columns + 1, sizeof(*t->of));
    t->wanted = tw_alloc_array(n_columns + 1, sizeof(*t->wanted));
    t->plain = tw_alloc_array(n_columns + 1, sizeof(*t->plain));
    t->plain_at = tw_alloc_array(n_columns + 1, sizeof(*t->plain_at));
    if (!t->of || !t->wanted || !t->plain || !t->plain_at)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < job->n; i++) {
        if (job->ret[i] && !t->of[job->i_columns[i]])
            t->of[job->i_columns[i]] = tw_tally_retain(job->ret[i]);
    }
    for (size_t i = 0; i < job->n; i++)
        want(t, job->i_columns[i]);
    if (whole) {
        rc = describe(t, &t->counts, err);
        t->served = rc == TRAWL_OK && serve(t, &t->counts);
    }
    return rc == TRAWL_OK ? make_columns(t, true, err) : rc;
}

static int count(void *state, trawl_error *err)
{
    struct packets_tally *t = state;
    int rc = make_columns(t, false, err);

    if (rc == TRAWL_OK)
        rc = read_packets(t, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run(t->n_plain, plain_body, t, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run(t->table->schema->n_columns, merge_body, t, err);
    return rc;
}

static int end(void *state, int rc, trawl_error *err)
{
    struct packets_tally *t = state;
    const struct tw_tally_job *job = t->job;

    if (rc == TRAWL_OK)
        rc = derive_all(t, err);
    if (rc == TRAWL_OK && !t->served)
        tw_cached_keep_counts(t->capture, &t->counts, tw_cached_now() - t->started);
    for (size_t i = 0; rc == TRAWL_OK && i < job->n; i++) {
        if (!job->ret[i])
            job->ret[i] = tw_tally_retain(t->of[job->i_columns[i]]);
    }
    for (size_t i = 0; t->of && i < t->table->schema->n_columns; i++)
        tw_tally_release(t->of[i]);
    described(&t->counts);
    tw_free(t->of);
    tw_free(t->wanted);
    tw_free(t->plain);
    tw_free(t->plain_at);
    tw_free(t);
    return rc;
}

const struct tw_tally_way tw_packets_tally = {begin, count, end};
