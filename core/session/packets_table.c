/* The `packets` table: every catalogue field a column, served from the base columns where they know
 * it, else computed from the bytes on first use. Must not know plugins' files or terminals. */
#include "core/session/cache.h"
#include "core/session/own.h"

int tw_packets_declare(struct tw_catalogue *catalogue, trawl_error *err)
{
    for (size_t i = 0; tw_own_field_at(i); i++) {
        const trawl_field *f = &tw_own_field_at(i)->field;
        int rc;

        if (tw_catalogue_find(catalogue, f->name, strlen(f->name)) >= 0)
            continue;
        rc = tw_catalogue_add_computed(catalogue, f, "core", err);
        if (rc != TRAWL_OK)
            return rc;
    }
    for (size_t i = 0; tw_analysis_field_at(i); i++) {
        int rc = tw_catalogue_add_computed(catalogue, tw_analysis_field_at(i), "core", err);

        if (rc != TRAWL_OK)
            return rc;
    }
    for (size_t i = 0; tw_catalogue_any_of_at(i); i++) {
        int rc = tw_catalogue_add_computed(catalogue, tw_catalogue_any_of_at(i), "core", err);

        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

/* ---- schema ---- */

/* What a narrow terminal hides first: it leaves the number, time, addresses and protocol. */
static uint32_t priority_of(enum tw_own_source source)
{
    return source == S_SPORT || source == S_DPORT || source == S_LEN || source == S_STREAM;
}

static int add_field(tw_session *session, size_t i_catalogue, trawl_error *err)
{
    const trawl_field *f = session->catalogue->fields[i_catalogue].field;
    const struct tw_own_field *own = tw_own_field_find(f->name);
    const uint32_t flags = own ? own->field.flags : f->flags | TRAWL_COLUMN_HIDDEN;
    const trawl_column column = TRAWL_COLUMN(.name = f->name,
                                             .type = own ? own->field.type : f->type,
                                             .flags = flags | tw_field_level(session, f->name) << 8,
                                             .priority = own ? priority_of(own->source) : 0,
                                             .unit = f->unit, .help = f->help, .source = f->source);

    session->packets_order[session->packets_schema->n_columns] = (uint32_t)i_catalogue;
    return tw_schema_add(session->packets_schema, &column, err);
}

/* Each protocol is a boolean field of its name, as in Wireshark: "tcp" says the packet has one. */
static int declare_protocols(tw_session *session, trawl_error *err)
{
    struct tw_catalogue *c = session->catalogue;
    const size_t n = TW_LAYER_N + c->n_dissectors;
    int rc = TRAWL_OK;

    /* after a failure the second try goes on where the first one stopped */
    if (!session->protocols)
        session->protocols = tw_alloc_array(n, sizeof(*session->protocols));
    if (!session->protocols)
        return tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const bool layer = i < TW_LAYER_N;
        const char *name = layer ? tw_layer_name((enum tw_layer_kind)i)
                                 : c->dissectors[i - TW_LAYER_N]->name;

        if (!name || !*name || tw_catalogue_find(c, name, strlen(name)) >= 0)
            continue;
        session->protocols[i] = (trawl_field)TRAWL_FIELD(.name = name, .type = TRAWL_BOOL,
                                                         .flags = TRAWL_COLUMN_HIDDEN,
                                                         .help = "the packet has this protocol");
        rc = tw_catalogue_add_computed(c, &session->protocols[i], "core", err);
    }
    return rc;
}

int tw_packets_schema(struct tw_session *session, trawl_error *err)
{
    const struct tw_catalogue *c = session->catalogue;
    int rc;

    if (session->packets_schema)
        return TRAWL_OK;
    rc = declare_protocols(session, err);
    if (rc != TRAWL_OK)
        return rc;
    session->packets_order = tw_alloc_array(c->n_fields, sizeof(*session->packets_order));
    session->packets_schema = tw_schema_new();
    if (!session->packets_order || !session->packets_schema)
        rc = tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && tw_own_field_at(i); i++) {
        const char *name = tw_own_field_at(i)->field.name;
        const int64_t at = tw_catalogue_find(c, name, strlen(name));

        if (at < 0)
            TW_BUG("field '%s' is not in the catalogue", name);
        rc = add_field(session, (size_t)at, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < c->n_fields; i++) {
        if (!tw_own_field_find(c->fields[i].field->name))
            rc = add_field(session, i, err);
    }
    if (rc != TRAWL_OK) {
        tw_schema_free(session->packets_schema);
        tw_free(session->packets_order);
        session->packets_schema = NULL;
        session->packets_order = NULL;
    }
    return rc;
}

/* ---- the lazy table ---- */

/* Fields that plugins derive from the whole capture come as a table with a column each. */
static int derived_columns(tw_capture *capture, tw_table *table, const trawl_derived *derived,
                           size_t i_wanted, struct tw_column **ret, trawl_error *err)
{
    tw_session *session = capture->session;
    tw_table *made = NULL;
    int rc = session->run_compute
                 ? session->run_compute(session->run_context, derived, capture, table, &made, err)
                 : tw_fail(err, TRAWL_E_UNSUPPORTED, "fields of '%s' cannot be computed here",
                           derived->name);

    for (uint32_t i = 0; rc == TRAWL_OK && i < derived->n_fields; i++) {
        const trawl_field *field = &derived->fields[i];
        const struct tw_column *column = NULL;
        int64_t at = tw_schema_find(table->schema, field->name, strlen(field->name));

        rc = tw_table_column(made, i, &column, err);
        if (rc == TRAWL_OK && column->n_rows != table->n_rows)
            rc = tw_fail(err, TRAWL_E_PLUGIN,
                         "plugin fields '%s' do not have a row for each packet", derived->name);
        if (rc != TRAWL_OK || at < 0)
            continue;
        tw_column_retain((struct tw_column *)(uintptr_t)column);
        if ((size_t)at == i_wanted)
            *ret = (struct tw_column *)(uintptr_t)column;
        else
            tw_table_store(table, (size_t)at, (struct tw_column *)(uintptr_t)column);
    }
    tw_table_release(made);
    return rc;
}

/* A protocol's presence as the boolean column of its name: true, or nothing. */
static int presence_column(tw_capture *capture, const char *name, struct tw_column **ret,
                           trawl_error *err)
{
    struct tw_packets *p = capture->packets;
    struct tw_bits *bits = tw_packets_presence(p, capture->session->catalogue, name, err);
    struct tw_column *column;
    uint8_t *cells;

    if (!bits)
        return err && err->code ? err->code : TRAWL_E_NOMEM;
    column = tw_column_new(TRAWL_BOOL, false, p->n_rows, NULL, err);
    if (!column || tw_column_resize(column, p->n_rows, err) != TRAWL_OK) {
        tw_column_release(column);
        tw_bits_release(bits);
        return TRAWL_E_NOMEM;
    }
    cells = TW_CELLS(column, uint8_t);
    for (uint64_t r = 0; r < p->n_rows; r++)
        cells[r] = tw_bits_get(bits, r);
    /* null where the protocol is not: a name alone in an expression asks for a value */
    column->valid_bits = bits;
    *ret = column;
    return TRAWL_OK;
}

/* "tcp.port" as a column: the values of the fields that it stands for. */
static int any_of_column(tw_table *table, const char *const *names, struct tw_column **ret,
                         trawl_error *err)
{
    const struct tw_column *parts[4];
    size_t at[TW_COUNT(parts)], n = 0;
    int rc;

    for (; names[n] && n < TW_COUNT(parts); n++) {
        const int64_t i = tw_schema_find(table->schema, names[n], strlen(names[n]));

        if (i < 0)
            TW_BUG("field '%s' is not in the catalogue", names[n]);
        at[n] = (size_t)i;
    }
    rc = tw_table_prefetch(table, at, n, err);
    for (size_t k = 0; rc == TRAWL_OK && k < n; k++)
        rc = tw_table_column(table, at[k], &parts[k], err);
    if (rc != TRAWL_OK)
        return rc;
    *ret = tw_column_list_of(parts, n, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* Fields of dissectors, from the cache or in one pass over the packets' bytes. */
static int extract(tw_capture *capture, const uint32_t *fields, size_t n, struct tw_column **ret,
                   trawl_error *err)
{
    const struct tw_catalogue *catalogue = capture->session->catalogue;
    uint32_t *missing = tw_alloc_array(n + 1, sizeof(*missing));
    struct tw_column **made = tw_alloc_array(n + 1, sizeof(*made));
    const int64_t started = tw_cached_now();
    size_t n_missing = 0;
    int rc = missing && made ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        ret[i] = NULL;
        if (!tw_cached_column(capture, &catalogue->fields[fields[i]], &ret[i]))
            missing[n_missing++] = fields[i];
    }
    if (rc == TRAWL_OK && n_missing)
        rc = tw_packets_extract(capture->packets, catalogue, missing, n_missing, made, err);
    if (rc == TRAWL_OK && n_missing)
        tw_cached_keep_columns(capture, catalogue, missing, made, n_missing,
                               tw_cached_now() - started);
    for (size_t i = 0, k = 0; i < n; i++) {
        if (rc == TRAWL_OK && !ret[i])
            ret[i] = made[k++];
        else if (rc != TRAWL_OK && missing && made)
            tw_column_release(ret[i]);
    }
    tw_free(missing);
    tw_free(made);
    return rc;
}

/* A capture that grew since: the table has the rows that it had when it was made. */
static int cut(const tw_capture *capture, const tw_table *table, struct tw_column **column,
               trawl_error *err)
{
    struct tw_column *c = *column;

    if (!capture->growing || (c->n_rows <= table->n_rows && atomic_load(&c->refs) == 1))
        return TRAWL_OK;
    if (atomic_load(&c->refs) > 1 && !c->is_list) { /* a base column, which grows on */
        c = tw_column_share(c, c->valid_bits, err);
        if (!c)
            return TRAWL_E_NOMEM;
        tw_column_release(*column);
        *column = c;
    }
    if (c->is_list)
        c->n_items = ((const uint64_t *)(const void *)c->offsets.base)[table->n_rows];
    c->n_rows = TW_MIN(c->n_rows, table->n_rows);
    return TRAWL_OK;
}

/* All bytes-derived fields among the wanted columns are extracted in one pass. */
static int prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                    trawl_error *err)
{
    tw_capture *capture = context;
    tw_session *session = capture->session;
    uint32_t *fields = tw_alloc_array(n + 1, sizeof(*fields));
    size_t *at = tw_alloc_array(n + 1, sizeof(*at));
    struct tw_column **made = tw_alloc_array(n + 1, sizeof(*made));
    size_t n_fields = 0;
    int rc = fields && at && made ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const uint32_t i_field = session->packets_order[i_columns[i]];
        bool twice = false;

        for (size_t j = 0; j < n_fields; j++)
            twice |= at[j] == i_columns[i];
        if (twice || table->columns[i_columns[i]] ||
            !session->catalogue->fields[i_field].dissector ||
            tw_own_field_find(session->catalogue->fields[i_field].field->name))
            continue;
        fields[n_fields] = i_field;
        at[n_fields++] = i_columns[i];
    }
    if (rc == TRAWL_OK && n_fields)
        rc = extract(capture, fields, n_fields, made, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n_fields; i++)
        (void)cut(capture, table, &made[i], NULL); /* nobody else has it: cannot fail */
    for (size_t i = 0; rc == TRAWL_OK && i < n_fields; i++)
        tw_table_store(table, at[i], made[i]);
    tw_free(fields);
    tw_free(at);
    tw_free(made);
    return rc;
}

static int make(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                trawl_error *err)
{
    tw_capture *capture = context;
    tw_session *session = capture->session;
    const uint32_t i_field = session->packets_order[i_column];
    const struct tw_catalogue_field *field = &session->catalogue->fields[i_field];
    const struct tw_own_field *own = tw_own_field_find(field->field->name);
    const char *const *parts = tw_catalogue_any_of(field->field->name, strlen(field->field->name));
    const struct tw_analysis_field *analysis = tw_analysis_field_find(field->field->name);
    const trawl_derived *derived;

    if (parts)
        return any_of_column(table, parts, ret, err);
    if (own)
        return tw_own_column(capture, own, ret, err);
    if (analysis)
        return tw_analysis_column(capture, table, analysis, ret, err);
    if (field->dissector)
        return extract(capture, &i_field, 1, ret, err);
    derived = tw_hashmap_get(&session->derived, field->field->name);
    if (!derived)
        return presence_column(capture, field->field->name, ret, err);
    return derived_columns(capture, table, derived, i_column, ret, err);
}

static int provide(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                   trawl_error *err)
{
    int rc = make(context, table, i_column, ret, err);

    if (rc == TRAWL_OK && *ret)
        rc = cut(context, table, ret, err);
    return rc;
}

int tw_packets_table(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    tw_session *session = capture->session;
    tw_table *table = tw_table_new_lazy(tw_schema_share(session->packets_schema),
                                        capture->packets->n_rows, provide, prefetch, capture, NULL,
                                        err);

    if (!table)
        return TRAWL_E_NOMEM;
    table->name = "packets";
    table->tally = &tw_packets_tally;
    *ret = table;
    return TRAWL_OK;
}
