/* Loading: files to captures.
 * Must not know plugins' files, command lines or terminals. */
#include <sys/stat.h>

#include "core/capture/decode.h"
#include "core/capture/record.h"
#include "core/session/cache.h"
#include "core/session/growing.h"
#include "core/track/stream.h"

/* What a capture cannot be called, since the word means something else in a pipeline; or NULL. */
static const char *meaning_of(const tw_session *session, const char *name)
{
    if (strcmp(name, "packets") == 0 || tw_hashmap_get(&session->tables, name))
        return "table";
    return session->is_command && session->is_command(session->run_context, name) ? "command"
                                                                                  : NULL;
}

/* A name that was asked for; NULL: none was. */
static int check_name(const tw_session *session, const char *name, trawl_error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *taken = name ? meaning_of(session, name) : NULL;

    if (taken)
        return tw_fail(err, TRAWL_E_USAGE, "a capture cannot be called '%s': there is a %s '%s'",
                       name, taken, name);
    if (!name || (name[0] && name[0] != '-' && !name[strspn(name, letters)] && strlen(name) <= 64))
        return TRAWL_OK;
    tw_fail(err, TRAWL_E_USAGE, "'%s' cannot be the name of a capture", name);
    tw_error_hint(err, "Use letters, digits, dots, - and _.");
    return TRAWL_E_USAGE;
}

/* Take an ending off; false: it has another. */
static bool cut_ending(char *stem, const char *ending)
{
    const size_t n = strlen(stem), m = strlen(ending);

    if (n <= m || strcmp(stem + n - m, ending) != 0)
        return false;
    stem[n - m] = '\0';
    return true;
}

static bool cut_reader_ending(char *stem)
{
    for (size_t i = 0; i < TW_READERS_MOST; i++) {
        const trawl_reader *reader = tw_reader_at(i);

        for (size_t j = 0; reader && reader->extensions && reader->extensions[j]; j++)
            if (cut_ending(stem, reader->extensions[j]))
                return true;
    }
    return false;
}

char *tw_capture_name(tw_session *session, const char *path)
{
    static const char *const endings[] = {".pcap", ".cap", ".pcapng", ".snoop", ".dmp", ".ntar"};
    const char *base = strrchr(path, '/');
    char *stem = tw_strdup(strcmp(path, "-") == 0 ? "stdin" : base ? base + 1 : path);
    char *name = stem;

    if (!stem)
        return NULL;
    for (bool again = true; again;) {
        const struct tw_codec *codec = tw_codec_of_name(stem);

        again = cut_reader_ending(stem) || (codec && cut_ending(stem, codec->ending));
        for (size_t i = 0; i < TW_COUNT(endings); i++)
            again |= cut_ending(stem, endings[i]);
    }
    /* A name is typed, shown in the prompt and used in pipelines: letters, digits, . _ - only. */
    for (char *p = stem; *p; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              *p == '.' || *p == '_' || (*p == '-' && p > stem)))
            *p = '_';
    }
    for (unsigned i = 2; tw_hashmap_get(&session->captures, name) || meaning_of(session, name);
         i++) {
        if (name != stem)
            tw_free(name);
        name = tw_asprintf("%s-%u", stem, i);
        if (!name)
            break;
    }
    if (name != stem)
        tw_free(stem);
    return name;
}

/* For the edges of selective acknowledgements: the number that is relative 0. */
static bool base_seq(void *context, uint64_t row, bool other_side, uint32_t *ret)
{
    const tw_capture *capture = context;
    const struct tw_packets *p = capture->packets;
    const uint32_t stream = TW_CELLS(p->stream, const uint32_t)[row];
    const unsigned dir = (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_REVERSE) != 0;

    if (TW_CELLS(p->proto, const uint8_t)[row] != 6 || stream == UINT32_MAX ||
        !(capture->conversations.tcp[stream].flags & (TW_CONV_BASE_0 << (dir ^ other_side))))
        return false;
    *ret = 0 - tw_conversations_relative(&capture->conversations, stream, dir ^ other_side,
                                         (uint32_t)row, 0);
    return true;
}

/* Messages over TCP of one dissector, found on first ask. */
static int messages_of(void *context, const trawl_dissector *dissector,
                       const struct tw_messages **ret, trawl_error *err)
{
    tw_capture *capture = context;
    struct tw_messages *messages = tw_hashmap_get(&capture->messages, dissector->name);

    if (!messages) {
        int rc = tw_messages_build(capture->packets, &capture->conversations,
                                   capture->session->catalogue->claims, dissector, &messages, err);

        if (rc != TRAWL_OK)
            return rc;
        if (tw_hashmap_put(&capture->messages, dissector->name, messages) != TRAWL_OK) {
            tw_messages_free(messages);
            return tw_fail_nomem(err);
        }
    }
    *ret = messages;
    return TRAWL_OK;
}

int tw_capture_set_up(tw_capture *capture, trawl_error *err)
{
    struct tw_packets *packets = capture->packets;

    packets->base_seq = base_seq;
    packets->base_seq_context = capture;
    packets->messages = messages_of;
    packets->messages_context = capture;
    return tw_packets_table(capture, &capture->packets_table, err);
}

/* Takes the input, whose files are open; NULL: they are opened. */
static int read_packets(tw_capture *capture, struct tw_input *input, const char *const *paths,
                        size_t n, const struct tw_input_options *options, trawl_error *err)
{
    uint64_t n_bytes = 0;
    int rc;

    capture->input = input ? input : tw_input_open_files(paths, n, err);
    if (!capture->input)
        return err ? err->code : TRAWL_E_DATA;
    rc = tw_input_tell_formats(capture->input, err);
    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < capture->input->n_files; i++)
        n_bytes += capture->input->files[i].size;
    atomic_store(&tw_progress.done, 0);
    atomic_store(&tw_progress.packets, 0);
    atomic_store(&tw_progress.total, n_bytes);
    atomic_store(&tw_progress.what, "loading");
    rc = tw_packets_load(capture->input, options, &capture->packets, err);
    atomic_store(&tw_progress.total, 0);
    atomic_store(&tw_progress.what, "tracking");
    if (rc == TRAWL_OK)
        rc = tw_conversations_build(capture->packets, &capture->conversations, err);
    if (rc == TRAWL_OK)
        rc = tw_capture_set_up(capture, err);
    if (rc == TRAWL_OK)
        tw_input_sort_warnings(capture->input);
    atomic_store(&tw_progress.what, NULL);
    return rc;
}

/* Rows of a first read that an expression keeps, as a bitmap for the second. */
static int rows_kept(tw_session *session, tw_capture *capture, const char *text,
                     struct tw_bits **ret, trawl_error *err)
{
    const struct tw_expr_names names = tw_session_expr_names(session);
    tw_expr *expr = NULL;
    int rc = tw_expr_compile(text, strlen(text), session->packets_schema, &names, &expr, err);

    if (rc == TRAWL_OK)
        rc = tw_expr_bits(expr, capture->packets_table, ret, err);
    tw_expr_free(expr);
    return rc;
}

static tw_capture *new_capture(tw_session *session, const trawl_load_options *options,
                               const char *path, trawl_error *err)
{
    tw_capture *capture = tw_alloc(sizeof(*capture));

    if (!capture) {
        tw_fail_nomem(err);
        return NULL;
    }
    capture->session = session;
    capture->tables = (struct tw_hashmap)TW_HASHMAP_INIT;
    capture->messages = (struct tw_hashmap)TW_HASHMAP_INIT;
    capture->conversations = (struct tw_conversations){.tcp_memory = TW_REGION_INIT,
                                                       .udp_memory = TW_REGION_INIT};
    capture->name = options->name ? tw_strdup(options->name) : tw_capture_name(session, path);
    capture->bpf = options->bpf ? tw_strdup(options->bpf) : NULL;
    capture->expr = options->expr ? tw_strdup(options->expr) : NULL;
    if (!capture->name || (options->bpf && !capture->bpf) || (options->expr && !capture->expr)) {
        tw_capture_free(capture);
        tw_fail_nomem(err);
        return NULL;
    }
    return capture;
}

static void drop_read(tw_capture *capture)
{
    tw_capture_drop_derived(capture);
    tw_table_release(capture->packets_table);
    tw_conversations_fini(&capture->conversations);
    tw_packets_free(capture->packets);
    tw_input_free(capture->input);
    capture->packets_table = NULL;
    capture->packets = NULL;
    capture->input = NULL;
}

/* All of the files, or of them what the expression keeps: then they are read twice. */
static int read_files(tw_session *session, tw_capture *capture, struct tw_input *input,
                      const trawl_load_options *options, const char *const *paths, size_t n,
                      trawl_error *err)
{
    struct tw_input_options read = {.max_packets = options->expr ? 0 : options->max_packets,
                                    .bpf = options->bpf};
    struct tw_bits *keep = NULL;
    int rc = read_packets(capture, input, paths, n, &read, err);

    if (rc != TRAWL_OK || !options->expr)
        return rc;
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        if (strcmp(paths[i], "-") == 0)
            rc = tw_fail(err, TRAWL_E_UNSUPPORTED,
                         "cannot filter stdin while loading: it can be read only once");
    }
    if (rc == TRAWL_OK)
        rc = rows_kept(session, capture, options->expr, &keep, err);
    if (rc == TRAWL_OK) {
        drop_read(capture);
        read.keep = keep->words;
        read.n_keep = keep->n;
        read.max_packets = options->max_packets;
        rc = read_packets(capture, NULL, paths, n, &read, err);
    }
    tw_bits_release(keep);
    return rc;
}

/* What the lists call the file. */
static int show_origin(struct tw_input *input, const char *origin, trawl_error *err)
{
    char *path = origin ? tw_strdup(origin) : NULL;

    if (!origin)
        return TRAWL_OK;
    if (!path)
        return tw_fail_nomem(err);
    tw_free(input->files[0].path);
    input->files[0].path = path;
    return TRAWL_OK;
}

static int load_one(tw_session *session, const trawl_load_options *options,
                    const char *const *paths, size_t n, tw_capture **ret, trawl_error *err)
{
    tw_capture *capture = new_capture(session, options, paths[0], err);
    struct tw_input *input = capture ? tw_input_open_files(paths, n, err) : NULL;
    struct tw_cached_load cached = {0};
    int rc;

    if (!input) {
        tw_capture_free(capture);
        return err && err->code ? err->code : TRAWL_E_NOMEM;
    }
    rc = show_origin(input, options->origin, err);
    if (rc != TRAWL_OK) {
        tw_input_free(input);
        tw_capture_free(capture);
        return rc;
    }
    tw_cached_begin(session, options, input, &cached);
    if (tw_cached_serve(capture, &cached, &input)) {
        rc = tw_capture_set_up(capture, err);
    } else {
        rc = read_files(session, capture, input, options, paths, n, err);
        if (rc == TRAWL_OK)
            tw_cached_keep(capture, options, &cached);
    }
    tw_cached_end(&cached);
    if (rc != TRAWL_OK) {
        tw_capture_free(capture);
        return rc;
    }
    for (size_t i = 0; i < capture->input->n_warnings; i++)
        capture->n_damaged += capture->input->warnings[i].damage;
    capture->packets_table->n_damaged = capture->n_damaged;
    capture->packets_table->origin = capture;
    *ret = capture;
    return TRAWL_OK;
}

/* ---- several at once ---- */

enum { SMALL_FILE = 16 << 20 };

struct loading {
    tw_session *session;
    const trawl_load_options *options;
    const char *const *paths;
    size_t n_files; /* of each capture */
    tw_capture **captures;
};

static int load_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct loading *l = context;

    (void)i_thread;
    return load_one(l->session, l->options, l->paths + i, l->n_files, &l->captures[i], err);
}

/* Small files of about one size: a thread for each is faster than all threads for one after the
 * other. */
static bool are_alike(const trawl_load_options *options, const char *const *paths, size_t n)
{
    uint64_t all = 0, most = 0;

    if (n < 2 || options->expr || options->bpf)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct stat st;

        if (stat(paths[i], &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > SMALL_FILE)
            return false;
        all += (uint64_t)st.st_size;
        most = TW_MAX(most, (uint64_t)st.st_size);
    }
    return most * tw_pool_threads() <= all + all / 4;
}

static int load_all(const struct loading *l, size_t n, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (l->n_files == 1 && are_alike(l->options, l->paths, n))
        return tw_pool_run(n, load_body, (void *)(uintptr_t)l, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = load_body((void *)(uintptr_t)l, i, 0, err);
    return rc;
}

/* A loaded capture takes its place; one of the same name, if asked for by name, is replaced. */
static int install(tw_session *session, tw_capture *capture, trawl_error *err)
{
    if (tw_hashmap_get(&session->captures, capture->name)) /* what its works could not do is told */
        (void)tw_session_unload(session, capture->name, NULL);
    if (tw_hashmap_put(&session->captures, capture->name, capture) != TRAWL_OK)
        return tw_fail_nomem(err);
    session->current = capture;
    session->damaged |= capture->n_damaged > 0;
    return TRAWL_OK;
}

/* Files of one folder as one capture have the folder's name, if it has one. */
static int name_by_folder(tw_session *session, const trawl_load_options *options,
                          tw_capture *capture, trawl_error *err)
{
    size_t n = options->n_paths == 1 && options->merge && !options->name ? strlen(options->paths[0])
                                                                         : 0;
    struct stat st;
    char *folder;

    if (!n || stat(options->paths[0], &st) != 0 || !S_ISDIR(st.st_mode))
        return TRAWL_OK;
    while (n && options->paths[0][n - 1] == '/')
        n--;
    if (!n || options->paths[0][n - 1] == '.')
        return TRAWL_OK;
    folder = tw_asprintf("%.*s", (int)n, options->paths[0]);
    if (!folder)
        return tw_fail_nomem(err);
    tw_free(capture->name);
    capture->name = tw_capture_name(session, folder);
    tw_free(folder);
    return capture->name ? TRAWL_OK : tw_fail_nomem(err);
}

/* One that grows takes its place before anything more arrives. */
static int begin_growing(tw_session *session, tw_capture *capture, size_t *ret_first,
                         trawl_error *err)
{
    int rc = install(session, capture, err);

    if (rc != TRAWL_OK) {
        tw_capture_free(capture);
        return rc;
    }
    *ret_first = session->captures.n_live - 1;
    rc = tw_growing_start(capture, err);
    if (rc != TRAWL_OK)
        tw_session_unload(session, capture->name, NULL);
    return rc;
}

int tw_session_live(tw_session *session, const trawl_live_options *options, size_t *ret_first,
                    trawl_error *err)
{
    const trawl_load_options load = {.name = options->name, .bpf = options->bpf};
    tw_capture *capture;
    int rc = tw_packets_schema(session, err);

    if (rc == TRAWL_OK)
        rc = check_name(session, options->name, err);
    if (rc != TRAWL_OK)
        return rc;
    capture = new_capture(session, &load, options->interface, err);
    if (!capture)
        return TRAWL_E_NOMEM;
    rc = tw_growing_live(capture, options, err);
    if (rc != TRAWL_OK) {
        tw_capture_free(capture);
        return rc;
    }
    return begin_growing(session, capture, ret_first, err);
}

/* load --follow: one file that is still written to. */
static int follow(tw_session *session, const trawl_load_options *options, size_t *ret_first,
                  trawl_error *err)
{
    tw_capture *capture;
    int rc;

    if (options->n_paths != 1)
        return tw_fail(err, TRAWL_E_USAGE, "only one file can be followed");
    if (options->expr || options->max_packets)
        return tw_fail(err, TRAWL_E_USAGE, "a file that is followed is taken as it comes: %s",
                       options->expr ? "filter it with '-f' or '| where'" : "it has no '-c'");
    capture = new_capture(session, options, options->paths[0], err);
    if (!capture)
        return TRAWL_E_NOMEM;
    rc = tw_growing_follow(capture, options->paths[0], err);
    if (rc != TRAWL_OK) {
        tw_capture_free(capture);
        return rc;
    }
    return begin_growing(session, capture, ret_first, err);
}

int tw_session_stop(tw_session *session, const char *name, trawl_error *err)
{
    tw_capture *capture = NULL;
    int rc = tw_session_capture(session, name, &capture, err);

    if (rc != TRAWL_OK)
        return rc;
    if (!capture->growing)
        return tw_fail(err, TRAWL_E_USAGE, "'%s' does not grow: it was loaded", capture->name);
    if (tw_growing_is_stopped(capture->growing))
        return tw_fail(err, TRAWL_E_USAGE, "'%s' has ended already", capture->name);
    tw_growing_stop(capture);
    return tw_session_beside_end(session, capture, err);
}

int tw_session_load(tw_session *session, const trawl_load_options *options, size_t *ret_first,
                    trawl_error *err)
{
    char **paths = NULL;
    size_t n_paths = 0, n_captures;
    tw_capture **loaded = NULL;
    int rc = tw_packets_schema(session, err);

    if (rc == TRAWL_OK)
        rc = check_name(session, options->name, err);
    if (rc == TRAWL_OK && options->follow)
        return follow(session, options, ret_first, err);
    if (rc == TRAWL_OK)
        rc = tw_expand_paths(options->paths, options->n_paths, &paths, &n_paths, err);
    if (rc != TRAWL_OK)
        return rc;
    n_captures = options->merge ? 1 : n_paths;
    loaded = tw_alloc_array(n_captures, sizeof(*loaded));
    if (!loaded)
        rc = tw_fail_nomem(err);
    else if (options->name && n_captures > 1)
        rc = tw_fail(err, TRAWL_E_USAGE, "one name cannot serve %zu captures", n_captures);
    if (rc == TRAWL_OK) {
        const struct loading all = {session, options, (const char *const *)paths,
                                    options->merge ? n_paths : 1, loaded};

        rc = load_all(&all, n_captures, err);
    }
    if (rc == TRAWL_OK)
        rc = name_by_folder(session, options, loaded[0], err);
    *ret_first = session->captures.n_live;
    for (size_t i = 0; loaded && i < n_captures; i++) {
        if (!loaded[i])
            continue;
        if (rc == TRAWL_OK && !options->name &&
            tw_hashmap_get(&session->captures, loaded[i]->name)) {
            /* Two new files of one stem: the later one gets a number. */
            tw_free(loaded[i]->name);
            loaded[i]->name = tw_capture_name(session, paths[i]);
            if (!loaded[i]->name)
                rc = tw_fail_nomem(err);
        }
        if (rc == TRAWL_OK)
            rc = install(session, loaded[i], err);
        if (rc != TRAWL_OK)
            tw_capture_free(loaded[i]);
    }
    if (rc == TRAWL_OK)
        *ret_first = session->captures.n_live - n_captures;
    for (size_t i = 0; i < n_paths; i++)
        tw_free(paths[i]);
    tw_free(paths);
    tw_free(loaded);
    return rc;
}
