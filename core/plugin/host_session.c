/* Slots of the host table that reach captures, the session, the shell's lists and other plugins.
 * Must not know command lines. */
#include <stdlib.h>
#include <time.h>

#include "core/base/task.h"
#include "core/capture/source.h"
#include "core/plugin/arguments.h"
#include "core/plugin/host.h"
#include "core/track/contents.h"

enum { WAIT_STEP_MS = 20 }; /* a wait looks at the cancel flag this often */

static tw_session *session_of(const trawl_call *call)
{
    return call->registry->session;
}

/* ---- captures ---- */

int host_capture(trawl_call *call, const char *name, trawl_capture **ret, trawl_error *err)
{
    return tw_session_capture(session_of(call), name, ret, err);
}

size_t host_n_captures(trawl_call *call)
{
    return session_of(call)->captures.n_live;
}

const char *host_capture_name(trawl_call *call, size_t i)
{
    const struct tw_hashmap *captures = &session_of(call)->captures;

    for (size_t j = 0; j < captures->n_entries; j++) {
        if (captures->entries[j].key && i-- == 0)
            return captures->entries[j].key;
    }
    return NULL;
}

const char *host_name_of(const trawl_capture *capture)
{
    return capture->name;
}

/* The table that a name means beside those of captures: "$x" or, when no table has that name, "x".
 */
static tw_table *find_variable(tw_session *session, const char *name)
{
    if (name[0] == '$')
        return tw_hashmap_get(&session->variables, name + 1);
    return tw_session_table_schema(session, name) ? NULL
                                                  : tw_hashmap_get(&session->variables, name);
}

int host_table(trawl_call *call, trawl_capture *capture, const char *name, trawl_table **ret,
               trawl_error *err)
{
    tw_session *session = session_of(call);
    tw_table *variable = find_variable(session, name);
    int rc = TRAWL_OK;

    if (variable) {
        *ret = tw_table_retain(variable);
        return TRAWL_OK;
    }
    if (name[0] == '$')
        return tw_fail(err, TRAWL_E_NOT_FOUND, "no variable '%s'", name);
    if (!tw_session_table_schema(session, name) && tw_hashmap_get(&session->captures, name)) {
        capture = tw_hashmap_get(&session->captures, name);
        name = "packets";
    }
    if (!capture)
        rc = tw_session_capture(session, NULL, &capture, err);
    return rc == TRAWL_OK ? tw_session_table(session, capture, name, ret, err) : rc;
}

int host_packet_bytes(trawl_call *call, trawl_capture *capture, uint64_t row, const uint8_t **ret,
                      uint32_t *ret_n, trawl_error *err)
{
    const struct tw_packets *p = capture->packets;
    uint64_t i_interface;
    uint32_t n;
    int rc;

    if (row >= p->n_rows)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for packet %llu of %llu",
                       (unsigned long long)row + 1, (unsigned long long)p->n_rows);
    if (call->fetch && call->fetch_capture != capture) {
        tw_fetch_close(call->fetch);
        call->fetch = NULL;
    }
    if (!call->fetch) {
        call->fetch = tw_fetch_open(capture->input, err);
        if (!call->fetch)
            return err && err->code != TRAWL_OK ? err->code : TRAWL_E_IO;
        call->fetch_capture = capture;
    }
    i_interface = tw_column_u64(p->interface, row);
    n = (uint32_t)tw_column_u64(p->cap_len, row);
    rc = tw_fetch_bytes(call->fetch, capture->input->interfaces[i_interface].i_file,
                        tw_column_u64(p->offset, row), n, ret, err);
    if (rc == TRAWL_OK)
        *ret_n = n;
    return rc;
}

/* Doubles the room: how long it is cannot be told before its end. */
static int read_source(struct tw_source *source, uint8_t **data, size_t *ret_n, trawl_error *err)
{
    size_t room = 1 << 16, n = 0, got;
    int rc;

    for (;;) {
        uint8_t *grown = tw_realloc_array(*data, room, 1);

        if (!grown)
            return tw_fail_nomem(err);
        *data = grown;
        rc = tw_source_read(source, n, grown + n, room - n, &got, err);
        if (rc != TRAWL_OK)
            return rc;
        n += got;
        if (n < room)
            break;
        if (room > SIZE_MAX / 2)
            return tw_fail_nomem(err);
        room *= 2;
        tw_source_advance(source, n);
    }
    *ret_n = n;
    return TRAWL_OK;
}

int host_read_file(trawl_call *call, const char *path, void **ret, size_t *ret_n, trawl_error *err)
{
    struct tw_source *source = NULL;
    uint8_t *data = NULL;
    int rc = tw_source_open(path, &source, err);

    (void)call;
    if (rc != TRAWL_OK)
        return rc;
    rc = read_source(source, &data, ret_n, err);
    if (rc == TRAWL_OK && tw_source_damage(source))
        rc = tw_fail(err, TRAWL_E_DATA, "'%s' is damaged: %s", path, tw_source_damage(source));
    tw_source_close(source);
    if (rc == TRAWL_OK)
        *ret = data;
    else
        tw_free(data);
    return rc;
}

int host_messages(trawl_call *call, trawl_capture *capture, const char *dissector,
                  int (*body)(void *context, const trawl_packet *packet, const trawl_layer *message,
                              trawl_error *err),
                  void *context, trawl_error *err)
{
    const struct tw_catalogue *catalogue = session_of(call)->catalogue;
    const trawl_dissector *found = tw_catalogue_dissector(catalogue, dissector);

    if (!found || !tw_is_payload(found))
        return tw_fail(err, TRAWL_E_NOT_FOUND, "no dissector '%s' of payloads", dissector);
    return tw_packets_messages(capture->packets, catalogue, found, body, context, err);
}

static int contents_of(trawl_capture *capture, bool udp, const uint32_t *streams, size_t n,
                       int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                                   trawl_error *err),
                       void *context, trawl_error *err)
{
    struct tw_contents contents;
    int rc = tw_contents_find(capture->packets, &capture->conversations, udp, streams, n, &contents,
                              err);

    if (rc != TRAWL_OK)
        return rc;
    rc = tw_contents_read(capture->packets, &contents, body, context, err);
    tw_contents_fini(&contents);
    return rc;
}

int host_contents(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                  int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                              trawl_error *err),
                  void *context, trawl_error *err)
{
    (void)call;
    return contents_of(capture, false, streams, n, body, context, err);
}

int host_datagrams(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                   int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                               trawl_error *err),
                   void *context, trawl_error *err)
{
    (void)call;
    return contents_of(capture, true, streams, n, body, context, err);
}

int host_groups(trawl_call *call, trawl_capture *capture, const uint32_t *group_of_row, uint32_t n,
                trawl_table **ret, trawl_error *err)
{
    (void)call;
    return tw_capture_groups(capture, group_of_row, n, ret, err);
}

int host_match(trawl_call *call, trawl_capture *capture, const char *bpf, uint64_t *ret,
               trawl_error *err)
{
    (void)call;
    return tw_packets_match(capture->packets, bpf, ret, err);
}

void host_warn(trawl_call *call, trawl_capture *capture, uint64_t row, const char *what,
               const char *why)
{
    const struct tw_packets *p = capture->packets;
    uint32_t i_file = 0;
    uint64_t offset = 0;

    (void)call;
    if (row < p->n_rows) {
        i_file = capture->input->interfaces[TW_CELLS(p->interface, const uint16_t)[row]].i_file;
        offset = TW_CELLS(p->offset, const uint64_t)[row];
    }
    tw_input_warn(capture->input, i_file, row < p->n_rows ? row + 1 : 0, offset, false, what, "%s",
                  why);
}

/* ---- the session ---- */

/* Row `first` of `captures` and those after it. */
static int put_captures(trawl_call *call, size_t first, trawl_table **ret, trawl_error *err)
{
    tw_table *all = NULL, *table;
    int rc = tw_session_list(session_of(call), "captures", &all, err);

    if (rc != TRAWL_OK)
        return rc;
    table = tw_table_slice(all, first, all->n_rows > first ? all->n_rows - first : 0, err);
    tw_table_release(all);
    if (!table)
        return err && err->code != TRAWL_OK ? err->code : TRAWL_E_NOMEM;
    *ret = table;
    return TRAWL_OK;
}

int host_load(trawl_call *call, const trawl_load_options *options, trawl_table **ret,
              trawl_error *err)
{
    trawl_load_options full = {.size = sizeof(full)};
    size_t first = 0;
    int rc;

    memcpy(&full, options, TW_MIN(options->size, sizeof(full)));
    full.size = sizeof(full);
    rc = tw_session_load(session_of(call), &full, &first, err);
    return rc == TRAWL_OK ? put_captures(call, first, ret, err) : rc;
}

int host_live(trawl_call *call, const trawl_live_options *options, trawl_table **ret,
              trawl_error *err)
{
    trawl_live_options full = {.size = sizeof(full)};
    size_t first = 0;
    int rc;

    memcpy(&full, options, TW_MIN(options->size, sizeof(full)));
    full.size = sizeof(full);
    rc = tw_session_live(session_of(call), &full, &first, err);
    if (rc == TRAWL_E_USAGE && full.bpf && err && strncmp(err->message, "filter ", 7) == 0)
        host_place(call, full.bpf, strlen(full.bpf), err);
    return rc == TRAWL_OK ? put_captures(call, first, ret, err) : rc;
}

int host_live_stop(trawl_call *call, const char *name, trawl_error *err)
{
    return tw_session_stop(session_of(call), name, err);
}

int host_live_wait(trawl_call *call, uint32_t milliseconds, trawl_error *err)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};

    tw_session_leave(session_of(call));
    for (uint32_t i = 0; i < milliseconds && !tw_cancelled(); i += WAIT_STEP_MS)
        nanosleep(&step, NULL);
    tw_session_enter(session_of(call));
    return tw_cancelled() ? tw_fail_cancelled(err) : TRAWL_OK;
}

/* A plugin's work, with what its calls need. */
struct work {
    struct tw_registry *registry;
    trawl_live_work of;
};

static int work_step(void *context, bool is_end, trawl_error *err)
{
    const struct work *w = context;
    trawl_call call;
    int rc;

    tw_call_init(&call, w->registry, NULL);
    rc = w->of.step(&call, w->of.context, is_end, err);
    tw_call_fini(&call);
    return rc > 0 ? tw_fail(err, TRAWL_E_PLUGIN, "its plugin's work returned %d", rc) : rc;
}

static void work_free(void *context)
{
    struct work *w = context;

    if (w->of.free)
        w->of.free(w->of.context);
    tw_free(w);
}

int host_live_work(trawl_call *call, const trawl_live_work *work, trawl_error *err)
{
    struct work *w = tw_alloc(sizeof(*w));
    tw_capture *capture = NULL;
    int rc = w ? tw_session_capture(session_of(call), work->capture, &capture, err)
               : tw_fail_nomem(err);

    if (rc == TRAWL_OK) {
        w->registry = call->registry;
        memcpy(&w->of, work, TW_MIN((size_t)work->size, sizeof(w->of)));
        rc = tw_session_beside(
            session_of(call), capture,
            &(struct tw_work){.step = work_step,
                              .free = work_free,
                              .context = w,
                              .every_ms = w->of.every_ms ? w->of.every_ms : 1000,
                              .needs_tables = !(w->of.flags & TRAWL_WORK_ALONE),
                              .what_ends = w->of.what_ends ? w->of.what_ends : "it ends here"},
            err);
    }
    if (rc != TRAWL_OK)
        tw_free(w);
    return rc;
}

int host_unload(trawl_call *call, const char *name, trawl_error *err)
{
    return tw_session_unload(session_of(call), name, err);
}

int host_clear_cache(trawl_call *call, const char *name, trawl_error *err)
{
    return tw_session_clear_cache(session_of(call), name, err);
}

int host_recall(trawl_call *call, trawl_capture *capture, const char *name,
                const trawl_schema *schema, trawl_table **ret)
{
    (void)call;
    return tw_session_recall(capture, name, schema, ret) ? TRAWL_OK : TRAWL_E_NOT_FOUND;
}

void host_remember(trawl_call *call, trawl_capture *capture, const char *name, trawl_table *table,
                   int64_t took_ns)
{
    (void)call;
    tw_session_remember(capture, name, table, took_ns);
}

int host_use(trawl_call *call, const char *name, trawl_error *err)
{
    return tw_session_use(session_of(call), name, err);
}

int host_save_capture(trawl_call *call, trawl_table *packets, const char *path, trawl_error *err)
{
    const struct tw_hashmap *captures = &session_of(call)->captures;

    for (size_t i = 0; i < captures->n_entries; i++) {
        if (captures->entries[i].key && captures->entries[i].value == packets->origin)
            return tw_session_save(captures->entries[i].value, packets, path, err);
    }
    return tw_fail(err, TRAWL_E_USAGE, "its rows are not packets of a loaded capture");
}

int host_keep(trawl_call *call, const char *name, trawl_table *table, trawl_error *err)
{
    return tw_session_keep(session_of(call), name, table, err);
}

static int fail_hook(const char *what, trawl_error *err)
{
    return tw_fail(err, TRAWL_E_UNSUPPORTED, "there is no %s here", what);
}

int host_list(trawl_call *call, const char *what, trawl_table **ret, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;
    int rc;

    if (strcmp(what, "history") == 0)
        return hooks->history ? hooks->history(hooks->context, ret, err) : fail_hook(what, err);
    if (strcmp(what, "settings") == 0)
        return hooks->settings ? hooks->settings(hooks->context, ret, err) : fail_hook(what, err);
    rc = tw_registry_list(call->registry, what, ret, err);
    return rc == TRAWL_E_NOT_FOUND ? tw_session_list(session_of(call), what, ret, err) : rc;
}

/* Lists of the registry and the shell: short, so their columns are taken from the list itself. */
static bool is_own_list(const char *what)
{
    static const char *const lists[] = {"commands", "plugins", "settings",  "history", "plots",
                                        "metrics",  "writers", "resolvers", "allows",  "analyzers"};

    for (size_t i = 0; i < TW_COUNT(lists); i++) {
        if (strcmp(lists[i], what) == 0)
            return true;
    }
    return false;
}

int host_columns_of(trawl_call *call, const char *what, trawl_schema **ret, trawl_error *err)
{
    tw_session *session = session_of(call);
    const tw_table *variable = find_variable(session, what);
    const tw_schema *from = NULL;
    tw_schema *copy;
    tw_table *table = NULL;
    int rc = TRAWL_OK;

    if (tw_session_list_schema(session, what, ret, NULL) == TRAWL_OK)
        return TRAWL_OK;
    if (is_own_list(what)) {
        rc = host_list(call, what, &table, err);
        from = table ? table->schema : NULL;
    } else if (variable) {
        from = variable->schema;
    } else {
        from = tw_session_table_schema(session, what);
        if (!from && tw_hashmap_get(&session->captures, what))
            from = tw_session_table_schema(session, "packets");
        if (!from)
            rc = tw_fail(err, TRAWL_E_NOT_FOUND, "no %s '%s'",
                         what[0] == '$' ? "variable" : "table", what);
    }
    copy = rc == TRAWL_OK ? tw_schema_new() : NULL;
    if (rc == TRAWL_OK)
        rc = copy && from ? tw_schema_add_all(copy, from, err) : tw_fail_nomem(err);
    tw_table_release(table);
    if (rc == TRAWL_OK)
        *ret = copy;
    else
        tw_schema_free(copy);
    return rc;
}

int host_setting(trawl_call *call, const char *name, const char *value, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;

    return hooks->set ? hooks->set(hooks->context, name, value, err) : fail_hook("setting", err);
}

const char *host_setting_text(trawl_call *call, const char *name)
{
    return tw_registry_setting(call->registry, name);
}

int host_plugin_off(trawl_call *call, const char *name, trawl_error *err)
{
    return tw_registry_off(call->registry, name, err);
}

int host_help(trawl_call *call, const char *topic, trawl_table **ret, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;

    return hooks->help ? hooks->help(hooks->context, topic, ret, err) : fail_hook("help", err);
}

int host_quit(trawl_call *call, trawl_error *err)
{
    (void)err;
    session_of(call)->quit = true;
    return TRAWL_OK;
}

/* ---- other plugins ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "There are: dns, hosts." */
static void hint_names(const char **names, size_t n, trawl_error *err)
{
    struct tw_buffer all = TW_BUFFER_INIT;

    qsort(names, n, sizeof(*names), by_name);
    for (size_t i = 0; i < n; i++)
        tw_buffer_printf(&all, "%s%s", i ? ", " : "", names[i]);
    if (n && !all.failed)
        tw_error_hint(err, "There %s: %s.", n == 1 ? "is" : "are", all.data);
    tw_buffer_fini(&all);
}

/* A thing that plugins offer, by its name; NULL: there is none. is_few: the hint lists all. */
static const void *thing_named(const struct tw_hashmap *map, const char *what, const char *name,
                               bool is_few, trawl_error *err)
{
    const void *thing = tw_hashmap_get(map, name);
    const char **names;
    size_t n = 0;

    if (thing)
        return thing;
    names = tw_alloc_array(map->n_live + 1, sizeof(*names));
    for (size_t i = 0; names && i < map->n_entries; i++) {
        if (map->entries[i].key)
            names[n++] = map->entries[i].key;
    }
    tw_fail_name(err, TRAWL_E_USAGE, what, name, names, n);
    if (is_few && names && !tw_nearest(name, names, n))
        hint_names(names, n, err);
    tw_free(names);
    return NULL;
}

const struct trawl_metric *host_metric(trawl_call *call, const char *name, trawl_error *err)
{
    return thing_named(&call->registry->metrics, "flow metric", name, false, err);
}

const struct trawl_resolver *host_resolver(trawl_call *call, const char *name, trawl_error *err)
{
    return thing_named(&call->registry->resolvers, "resolver", name, true, err);
}

const struct trawl_allow *host_allow(trawl_call *call, const char *name, trawl_error *err)
{
    return thing_named(&call->registry->allows, "allow list", name, true, err);
}

const struct trawl_analyzer *host_analyzer(trawl_call *call, const char *name, trawl_error *err)
{
    return thing_named(&call->registry->analyzers, "analyzer", name, true, err);
}

int host_draw(trawl_call *call, trawl_table *in, trawl_figure **ret, trawl_error *err)
{
    trawl_figure *figure;
    int rc;

    if (!call->plot)
        return tw_fail(err, TRAWL_E_PLUGIN, "this command names no plot");
    figure = tw_arena_alloc(&call->arena, sizeof(*figure));
    if (!figure)
        return tw_fail_nomem(err);
    figure->size = sizeof(*figure);
    rc = call->plot->draw(call, call->plot_opts, in, figure, err);
    if (rc != TRAWL_OK)
        return tw_fail(err, rc < 0 ? rc : TRAWL_E_PLUGIN, "plot '%s' failed without saying why",
                       call->plot->name);
    *ret = figure;
    return TRAWL_OK;
}

int host_plot(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
              trawl_table **ret, trawl_error *err)
{
    const struct tw_registry *registry = call->registry;

    for (size_t i = 0; i < registry->n_plugins; i++) {
        const struct tw_plugin *p = registry->plugins[i];
        int rc;

        if (!p->descriptor || !p->descriptor->draw_figure || strcmp(p->state, "on") != 0)
            continue;
        rc = p->descriptor->draw_figure(call, figure, canvas, ret, err);
        if (rc > 0)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "plugin '%s' broke its contract: drawing returned %d",
                         p->name, rc);
        return rc;
    }
    tw_fail(err, TRAWL_E_UNSUPPORTED, "no plugin draws pictures");
    tw_error_hint(err, "'plugins' says which there are.");
    return TRAWL_E_UNSUPPORTED;
}

void host_terminal(trawl_call *call, unsigned *ret_columns, unsigned *ret_rows)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;

    *ret_columns = *ret_rows = 0;
    if (hooks->terminal)
        hooks->terminal(hooks->context, ret_columns, ret_rows);
}
