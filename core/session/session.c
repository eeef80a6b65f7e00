/* The session: captures by name, tables by name, kept results.
 * Must not know plugins' files, command lines or terminals. */
#include "core/session/growing.h"

#include <time.h>

tw_schema *tw_schema_from(const trawl_column *columns, size_t n, trawl_error *err)
{
    tw_schema *schema = tw_schema_new();

    if (!schema) {
        tw_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (tw_schema_add(schema, &columns[i], err) != TRAWL_OK) {
            tw_schema_free(schema);
            return NULL;
        }
    }
    return schema;
}

static void init_gate(struct tw_gate *gate)
{
    pthread_condattr_t attr;
    pthread_mutexattr_t nested;

    pthread_mutexattr_init(&nested);
    pthread_mutexattr_settype(&nested, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&gate->turn, &nested);
    pthread_mutexattr_destroy(&nested);

    pthread_mutex_init(&gate->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&gate->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void tw_session_enter(tw_session *session)
{
    struct tw_gate *gate = &session->gate;
    bool first;

    pthread_mutex_lock(&gate->turn);
    atomic_fetch_add(&gate->n_waiting, 1);
    pthread_mutex_lock(&gate->lock);
    first = gate->held++ == 0;
    atomic_fetch_sub(&gate->n_waiting, 1);
    pthread_mutex_unlock(&gate->lock);
    for (size_t i = 0; first && i < session->captures.n_entries; i++) {
        tw_capture *capture = session->captures.entries[i].value;

        if (session->captures.entries[i].key && capture->growing)
            tw_growing_refresh(capture);
    }
}

void tw_session_leave(tw_session *session)
{
    struct tw_gate *gate = &session->gate;

    pthread_mutex_lock(&gate->lock);
    gate->held--;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    pthread_mutex_unlock(&gate->turn);
}

tw_session *tw_session_new(trawl_error *err)
{
    tw_session *session = tw_alloc(sizeof(*session));

    if (!session) {
        tw_fail_nomem(err);
        return NULL;
    }
    init_gate(&session->gate);
    session->captures = session->tables = session->derived = session->variables =
        (struct tw_hashmap)TW_HASHMAP_INIT;
    session->catalogue = tw_catalogue_new(err);
    if (!session->catalogue || tw_packets_declare(session->catalogue, err) != TRAWL_OK ||
        tw_session_add_own_tables(session, err) != TRAWL_OK) {
        tw_session_free(session);
        return NULL;
    }
    return session;
}

void tw_capture_drop_derived(tw_capture *capture)
{
    for (size_t i = 0; i < capture->tables.n_entries; i++) {
        if (capture->tables.entries[i].key)
            tw_table_release(capture->tables.entries[i].value);
    }
    tw_hashmap_fini(&capture->tables);
    for (size_t i = 0; i < capture->messages.n_entries; i++) {
        if (capture->messages.entries[i].key)
            tw_messages_free(capture->messages.entries[i].value);
    }
    tw_hashmap_fini(&capture->messages);
    capture->tables = capture->messages = (struct tw_hashmap)TW_HASHMAP_INIT;
    tw_capture_drop_analysis(capture);
    for (size_t i = 0; i < TW_N_PRESENCE; i++) {
        tw_bits_release(capture->presence[i]);
        capture->presence[i] = NULL;
    }
}

void tw_capture_free(tw_capture *capture)
{
    if (!capture)
        return;
    tw_growing_end(capture->growing); /* first: its thread drops tables too */
    tw_capture_drop_derived(capture);
    tw_table_release(capture->packets_table);
    tw_conversations_fini(&capture->conversations);
    tw_packets_free(capture->packets);
    tw_input_free(capture->input);
    tw_growing_free(capture->growing);
    tw_cache_close(&capture->cache);
    tw_free(capture->cache_key);
    tw_free(capture->bpf);
    tw_free(capture->expr);
    tw_free(capture->name);
    tw_free(capture);
}

bool tw_session_grows(const tw_session *session)
{
    for (size_t i = 0; i < session->captures.n_entries; i++) {
        const tw_capture *capture = session->captures.entries[i].value;

        if (session->captures.entries[i].key && capture->growing)
            return true;
    }
    return false;
}

void tw_session_free(tw_session *session)
{
    if (!session)
        return;
    tw_session_beside_free(session);
    for (size_t i = 0; i < session->variables.n_entries; i++) {
        if (session->variables.entries[i].key)
            tw_table_release(session->variables.entries[i].value);
    }
    for (size_t i = 0; i < session->captures.n_entries; i++) {
        if (session->captures.entries[i].key)
            tw_capture_free(session->captures.entries[i].value);
    }
    for (size_t i = 0; i < session->tables.n_entries; i++) {
        struct tw_session_table *t = session->tables.entries[i].value;

        if (!session->tables.entries[i].key)
            continue;
        tw_schema_free((tw_schema *)(uintptr_t)t->schema);
        tw_free(t);
    }
    tw_hashmap_fini(&session->variables);
    tw_hashmap_fini(&session->captures);
    tw_hashmap_fini(&session->tables);
    tw_hashmap_fini(&session->derived);
    tw_schema_free(session->packets_schema);
    tw_free(session->packets_order);
    tw_catalogue_free(session->catalogue);
    tw_free(session->protocols);
    pthread_cond_destroy(&session->gate.changed);
    pthread_mutex_destroy(&session->gate.lock);
    pthread_mutex_destroy(&session->gate.turn);
    tw_free(session->cache.folder);
    tw_free(session->cache.engine);
    tw_free(session);
}

static int fail_no_capture(tw_session *session, const char *name, trawl_error *err)
{
    const char *words[64];
    const char *near;
    size_t n = 0;

    if (!name) {
        tw_fail(err, TRAWL_E_NOT_FOUND, "no capture is loaded");
        tw_error_hint(err, "Load one first: load FILE.");
        return TRAWL_E_NOT_FOUND;
    }
    tw_fail(err, TRAWL_E_NOT_FOUND, "no capture '%s'", name);
    for (size_t i = 0; i < session->captures.n_entries && n < TW_COUNT(words); i++) {
        if (session->captures.entries[i].key)
            words[n++] = session->captures.entries[i].key;
    }
    near = tw_nearest(name, words, n);
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "'captures' lists what is loaded.");
    return TRAWL_E_NOT_FOUND;
}

int tw_session_capture(tw_session *session, const char *name, tw_capture **ret, trawl_error *err)
{
    tw_capture *capture = name ? tw_hashmap_get(&session->captures, name) : session->current;

    if (!capture)
        return fail_no_capture(session, name, err);
    *ret = capture;
    return TRAWL_OK;
}

int tw_session_use(tw_session *session, const char *name, trawl_error *err)
{
    return tw_session_capture(session, name, &session->current, err);
}

/* They go with the packets, and one line says so.
 * What was counted, grouped or built otherwise stands by itself and stays. */
void tw_session_drop_variables(const tw_capture *capture)
{
    tw_session *session = capture->session;
    struct tw_buffer names = TW_BUFFER_INIT;

    for (size_t i = 0; i < session->variables.n_entries; i++) {
        struct tw_hashmap_entry *e = &session->variables.entries[i];

        if (!e->key || !(tw_table_reads(e->value, capture->packets_table) ||
                         tw_growing_reads(capture->growing, e->value)))
            continue;
        tw_buffer_printf(&names, "%s$%s", names.len ? ", " : "", e->key);
        tw_table_release(tw_hashmap_remove(&session->variables, e->key));
    }
    if (names.len && !names.failed)
        tw_log(2, "forgot %s: rows of packets of '%s'", names.data, capture->name);
    tw_buffer_fini(&names);
}

int tw_session_unload(tw_session *session, const char *name, trawl_error *err)
{
    tw_capture *capture = NULL;
    int rc = tw_session_capture(session, name, &capture, err);

    if (rc != TRAWL_OK)
        return rc;
    rc = tw_session_beside_end(session, capture, err);
    tw_hashmap_remove(&session->captures, capture->name);
    if (session->current == capture) {
        session->current = NULL;
        for (size_t i = session->captures.n_entries; i-- > 0 && !session->current;) {
            if (session->captures.entries[i].key)
                session->current = session->captures.entries[i].value;
        }
    }
    tw_session_drop_variables(capture);
    tw_capture_free(capture);
    return rc;
}

int tw_session_keep(tw_session *session, const char *name, tw_table *table, trawl_error *err)
{
    tw_table *old = tw_hashmap_get(&session->variables, name);

    if (tw_hashmap_put(&session->variables, name, table) != TRAWL_OK)
        return tw_fail_nomem(err);
    tw_table_retain(table);
    tw_table_release(old);
    return TRAWL_OK;
}

int tw_session_add_table(tw_session *session, const trawl_table_def *def, const char *plugin,
                         trawl_error *err)
{
    struct tw_session_table *t;
    tw_schema *schema;

    if (tw_hashmap_get(&session->tables, def->name) || strcmp(def->name, "packets") == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "table '%s' is there already", def->name);
    schema = tw_schema_from(def->columns, def->n_columns, err);
    if (!schema)
        return err && err->code ? err->code : TRAWL_E_NOMEM;
    t = tw_alloc(sizeof(*t));
    if (!t || tw_hashmap_put(&session->tables, def->name, t) != TRAWL_OK) {
        tw_free(t);
        tw_schema_free(schema);
        return tw_fail_nomem(err);
    }
    *t = (struct tw_session_table){
        .name = def->name, .summary = def->summary, .schema = schema, .def = def, .plugin = plugin};
    return TRAWL_OK;
}

void tw_session_remove_table(tw_session *session, const char *name)
{
    struct tw_session_table *t = tw_hashmap_remove(&session->tables, name);

    if (!t)
        return;
    tw_schema_free((tw_schema *)(uintptr_t)t->schema);
    tw_free(t);
}

int tw_session_add_derived(tw_session *session, const trawl_derived *derived, const char *plugin,
                           trawl_error *err)
{
    for (uint32_t i = 0; i < derived->n_fields; i++) {
        const trawl_field *field = &derived->fields[i];
        int rc = tw_catalogue_add_computed(session->catalogue, field, plugin, err);

        if (rc != TRAWL_OK)
            return rc;
        if (tw_hashmap_put(&session->derived, field->name, (void *)(uintptr_t)derived) != TRAWL_OK)
            return tw_fail_nomem(err);
    }
    return TRAWL_OK;
}

void tw_session_forget_derived(tw_session *session, const trawl_derived *derived)
{
    for (size_t i = 0; i < session->captures.n_entries; i++) {
        tw_capture *capture = session->captures.entries[i].value;

        for (uint32_t k = 0; session->captures.entries[i].key && k < derived->n_fields; k++) {
            const char *name = derived->fields[k].name;
            const int64_t at = tw_schema_find(capture->packets_table->schema, name, strlen(name));

            if (at >= 0)
                tw_table_forget(capture->packets_table, (size_t)at);
        }
    }
}

const tw_schema *tw_session_table_schema(tw_session *session, const char *name)
{
    const struct tw_session_table *t;

    if (strcmp(name, "packets") == 0) {
        trawl_error ignored = TW_ERROR_INIT;

        return tw_packets_schema(session, &ignored) == TRAWL_OK ? session->packets_schema : NULL;
    }
    t = tw_hashmap_get(&session->tables, name);
    return t ? t->schema : NULL;
}

static int build_table(tw_session *session, tw_capture *capture, const struct tw_session_table *t,
                       tw_table **ret, trawl_error *err)
{
    if (t->build)
        return t->build(capture, ret, err);
    if (!session->run_build)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "table '%s' cannot be built here", t->name);
    return session->run_build(session->run_context, t->def, capture, ret, err);
}

/* Packets that were read since `warnings` was built may have given more of them. */
static bool is_old(const tw_capture *capture, const char *name, const tw_table *table)
{
    return strcmp(name, "warnings") == 0 && table->n_rows != capture->input->n_warnings;
}

int tw_session_table(tw_session *session, tw_capture *capture, const char *name, tw_table **ret,
                     trawl_error *err)
{
    const struct tw_session_table *t;
    tw_table *table;
    int rc;

    if (strcmp(name, "packets") == 0) {
        *ret = tw_table_retain(capture->packets_table);
        return TRAWL_OK;
    }
    table = tw_hashmap_get(&capture->tables, name);
    if (table && strcmp(name, "warnings") == 0) {
        rc = tw_session_look_closer(capture, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    if (table && is_old(capture, name, table)) {
        tw_table_release(tw_hashmap_remove(&capture->tables, name));
        table = NULL;
    }
    if (table) {
        *ret = tw_table_retain(table);
        return TRAWL_OK;
    }
    t = tw_hashmap_get(&session->tables, name);
    if (!t)
        return tw_fail(err, TRAWL_E_NOT_FOUND, "no table '%s'", name);
    rc = build_table(session, capture, t, &table, err);
    if (rc != TRAWL_OK)
        return rc;
    table->name = t->name;
    if (tw_hashmap_put(&capture->tables, name, table) != TRAWL_OK) {
        tw_table_release(table);
        return tw_fail_nomem(err);
    }
    *ret = tw_table_retain(table);
    return TRAWL_OK;
}

struct tw_expr_names tw_session_expr_names(tw_session *session)
{
    /* Protocols are boolean columns of `packets` ("tcp", "mptcp"), so presence needs no callback.
     */
    (void)session;
    return (struct tw_expr_names){.any_of = tw_catalogue_any_of};
}
