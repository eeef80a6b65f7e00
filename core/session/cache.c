/* Captures in the disk cache: when one is served, when one is written, what tells it from others.
 * Must not know how the bytes lie in a file. */
#include "core/session/cache.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/now.h"
#include "core/cache/folder.h"
#include "core/cache/parts.h"
#include "core/capture/source.h"

/* Reading that takes less is not worth the disk. */
static const int64_t worth_ns = INT64_C(1000000000);
/* The same for what is made of a capture that is there. */
static const int64_t worth_beside_ns = 250000000;
/* A file that changes again within a tick of the clock looks the same. */
static const int64_t tick_ns = 20000000;

/* ---- what tells one from another ---- */

static void put_line(struct tw_buffer *b, const char *name, const char *value)
{
    tw_buffer_printf(b, "%s=", name);
    for (const char *p = value; *p; p++) {
        if (*p == '\n' || *p == '\\')
            tw_buffer_putc(b, '\\');
        tw_buffer_putc(b, *p == '\n' ? 'n' : *p);
    }
    tw_buffer_putc(b, '\n');
}

/* What was asked for: names the file, so that a capture that changed takes its own place. */
static void put_wish(struct tw_buffer *b, const trawl_load_options *options)
{
    if (options->max_packets)
        tw_buffer_printf(b, "count=%llu\n", (unsigned long long)options->max_packets);
    if (options->bpf)
        put_line(b, "bpf", options->bpf);
    if (options->expr)
        put_line(b, "where", options->expr);
}

static bool put_file(struct tw_buffer *b, const struct tw_input_file *file, bool identity)
{
    struct tw_source_identity id;
    char real[PATH_MAX];

    if (!tw_source_identity(file->source, &id) || !realpath(file->path, real))
        return false;
    put_line(b, "file", real);
    if (identity)
        tw_buffer_printf(b, "size=%llu\nmodified=%lld\nchanged=%lld\ndevice=%llu\ninode=%llu\n",
                         (unsigned long long)id.size, (long long)id.modified_ns,
                         (long long)id.changed_ns, (unsigned long long)id.device,
                         (unsigned long long)id.inode);
    return true;
}

/* Of open files, as they are now; NULL: they have none, or no memory. */
static char *key_of(const tw_session *session, const trawl_load_options *options,
                    const struct tw_input *input)
{
    struct tw_buffer b = TW_BUFFER_INIT;
    bool ok = true;

    put_line(&b, "engine", session->cache.engine);
    put_wish(&b, options);
    for (size_t i = 0; ok && i < input->n_files; i++)
        ok = put_file(&b, &input->files[i], true);
    if (ok)
        return tw_buffer_steal(&b);
    tw_buffer_fini(&b);
    return NULL;
}

/* The hash in the name of its file. */
static bool hash_of(const trawl_load_options *options, const struct tw_input *input, uint64_t *ret)
{
    struct tw_buffer b = TW_BUFFER_INIT;
    bool ok = true;

    put_wish(&b, options);
    for (size_t i = 0; ok && i < input->n_files; i++)
        ok = put_file(&b, &input->files[i], false);
    ok = ok && !b.failed;
    if (ok)
        *ret = tw_hash_bytes(b.data, b.len, 0);
    tw_buffer_fini(&b);
    return ok;
}

int64_t tw_cached_now(void)
{
    return tw_now_ns(CLOCK_MONOTONIC);
}

static bool is_current(const tw_capture *capture)
{
    struct tw_buffer b = TW_BUFFER_INIT;
    const size_t n_key = strlen(capture->cache_key);
    bool ok = true;

    for (size_t i = 0; ok && i < capture->input->n_files; i++)
        ok = put_file(&b, &capture->input->files[i], true);
    /* the files are the end of a key */
    ok = ok && !b.failed && b.len <= n_key &&
         strcmp(capture->cache_key + n_key - b.len, b.data) == 0;
    tw_buffer_fini(&b);
    return ok;
}

/* A file of this very moment could still change without its times' telling. */
static void let_tick(const struct tw_input *input)
{
    for (size_t i = 0; i < input->n_files; i++) {
        struct tw_source_identity id;
        const int64_t now = tw_now_ns(CLOCK_REALTIME);

        if (tw_source_identity(input->files[i].source, &id) && now >= id.changed_ns &&
            now - id.changed_ns < tick_ns)
            nanosleep(&(struct timespec){.tv_nsec = tick_ns}, NULL);
    }
}

void tw_cached_begin(const tw_session *session, const trawl_load_options *options,
                     const struct tw_input *input, struct tw_cached_load *ret)
{
    *ret = (struct tw_cached_load){.flags = session->cache.flags | options->cache};
    ret->started_ns = tw_now_ns(CLOCK_MONOTONIC);
    if (!session->cache.folder || (ret->flags & TRAWL_LOAD_NO_CACHE))
        return;
    let_tick(input);
    ret->key = key_of(session, options, input);
    if (ret->key && hash_of(options, input, &ret->hash))
        ret->path = tw_cache_path(session->cache.folder, ret->hash, 0);
}

void tw_cached_end(struct tw_cached_load *load)
{
    tw_free(load->key);
    tw_free(load->path);
    *load = (struct tw_cached_load){0};
}

/* ---- conversations ---- */

static bool are_conversations(const struct tw_conversation *c, uint64_t n,
                              const struct tw_cache_addresses *addresses, uint64_t n_rows)
{
    for (uint64_t i = 0; i < n; i++)
        if (!tw_cache_is_address(addresses, c[i].src) ||
            !tw_cache_is_address(addresses, c[i].dst) || c[i].first_row >= n_rows)
            return false;
    return true;
}

static bool are_rebases(const struct tw_rebase *r, uint64_t n, uint32_t n_tcp)
{
    for (uint64_t i = 0; i < n; i++)
        if (r[i].stream >= n_tcp || r[i].dir > 1 || (i && tw_rebase_compare(&r[i - 1], &r[i]) > 0))
            return false;
    return true;
}

/* The conversations as they lie in the file. */
static int find_conversations(const struct tw_cache_file *file, struct tw_conversations *ret,
                              trawl_error *err)
{
    const void *tcp, *udp;
    uint64_t n_tcp, n_udp;

    if (!tw_cache_array(file, TW_CACHE_TCP, sizeof(*ret->tcp), &tcp, &n_tcp) ||
        !tw_cache_array(file, TW_CACHE_UDP, sizeof(*ret->udp), &udp, &n_udp) ||
        n_tcp >= UINT32_MAX || n_udp >= UINT32_MAX)
        return tw_fail(err, TRAWL_E_DATA, "its conversations are not there");
    ret->tcp = (struct tw_conversation *)(uintptr_t)tcp;
    ret->udp = (struct tw_conversation *)(uintptr_t)udp;
    ret->n_tcp = (uint32_t)n_tcp;
    ret->n_udp = (uint32_t)n_udp;
    return TRAWL_OK;
}

static int check_conversations(const struct tw_cache_file *file, uint64_t n_rows,
                               struct tw_conversations *v, trawl_error *err)
{
    struct tw_cache_addresses addresses;
    const void *rebases;
    uint64_t n;

    if (!tw_cache_find_addresses(file, TW_CACHE_ADDRESSES, TW_CACHE_FAMILIES, &addresses) ||
        !are_conversations(v->tcp, v->n_tcp, &addresses, n_rows) ||
        !are_conversations(v->udp, v->n_udp, &addresses, n_rows) ||
        !tw_cache_array(file, TW_CACHE_REBASES, sizeof(*v->rebases), &rebases, &n) ||
        !are_rebases(rebases, n, v->n_tcp))
        return tw_fail(err, TRAWL_E_DATA, "a conversation is out of range");
    v->rebases = tw_alloc_array((size_t)n + 1, sizeof(*v->rebases));
    if (!v->rebases)
        return tw_fail_nomem(err);
    if (n)
        memcpy(v->rebases, rebases, (size_t)n * sizeof(*v->rebases));
    v->n_rebases = (size_t)n;
    return TRAWL_OK;
}

/* ---- serving ---- */

static int fill_capture(tw_capture *capture, const struct tw_cache_file *file,
                        struct tw_input *input, trawl_error *err)
{
    struct tw_conversations v = {.tcp_memory = TW_REGION_INIT, .udp_memory = TW_REGION_INIT};
    struct tw_packets *packets = NULL;
    int rc = tw_cache_check(file, err);

    if (rc == TRAWL_OK)
        rc = tw_cache_get_input(file, input, err);
    if (rc == TRAWL_OK)
        rc = find_conversations(file, &v, err);
    if (rc == TRAWL_OK)
        rc = tw_cache_get_packets(file, input, v.n_tcp, v.n_udp, &packets, err);
    if (rc == TRAWL_OK)
        rc = check_conversations(file, packets->n_rows, &v, err);
    if (rc != TRAWL_OK) {
        tw_conversations_fini(&v);
        tw_packets_free(packets);
        return rc;
    }
    capture->packets = packets;
    capture->conversations = v;
    return TRAWL_OK;
}

/* Same program, same plugins: whatever else differs, the bytes mean the same. */
static bool same_engine(const char *a, const char *b)
{
    const size_t n = strcspn(a, "\n");

    return strncmp(a, b, n + 1) == 0;
}

static bool is_wanted(const tw_capture *capture, const struct tw_cached_load *load, const char *key)
{
    if (strcmp(key, load->key) == 0)
        return true;
    if (!(load->flags & TRAWL_LOAD_FORCE_LOAD) || !same_engine(key, load->key))
        return false;
    tw_log(1, "'%s' has changed since it was put into the cache, which is used all the same",
           capture->name);
    return true;
}

/* The capture is in the cache, and its columns may be. */
static void take_place(tw_capture *capture, struct tw_cached_load *load)
{
    capture->cache_key = load->key;
    capture->cache_hash = load->hash;
    capture->cache_flags = load->flags;
    load->key = NULL;
}

bool tw_cached_serve(tw_capture *capture, struct tw_cached_load *load, struct tw_input **input)
{
    trawl_error why = TW_ERROR_INIT;
    struct tw_cache_file file = {0};
    bool served = false;
    int rc;

    if (!load->path || (load->flags & TRAWL_LOAD_FORCE_OVERWRITE))
        return false;
    rc = tw_cache_open(load->path, &file, &why);
    if (rc == TRAWL_OK && is_wanted(capture, load, file.key)) {
        rc = fill_capture(capture, &file, *input, &why);
        served = rc == TRAWL_OK;
        if (!served) {
            tw_input_free(*input);
            *input = NULL;
        }
    }
    if (rc == TRAWL_E_DATA) {
        tw_log(1, "'%s' is read again: the cache's '%s' is damaged: %s", capture->name, load->path,
               why.message);
        unlink(load->path);
    }
    tw_error_clear(&why);
    if (!served) {
        tw_cache_close(&file);
        return false;
    }
    tw_cache_touch(load->path);
    if (strcmp(file.key, load->key) != 0) {
        /* what lies beside it goes with it; nothing is added, for the files are not those */
        tw_free(load->key);
        load->key = tw_strdup(file.key);
    }
    if (load->key)
        take_place(capture, load);
    capture->input = *input;
    capture->cache = file;
    return true;
}

/* ---- keeping ---- */

static int gather(const tw_capture *capture, struct tw_cache_parts *parts, trawl_error *err)
{
    const struct tw_conversations *v = &capture->conversations;
    int rc = tw_cache_put_input(parts, capture->input, err);

    if (rc == TRAWL_OK)
        rc = tw_cache_put_packets(parts, capture->packets, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_cache_part(parts, TW_CACHE_TCP, v->tcp, v->n_tcp * sizeof(*v->tcp));
    tw_cache_part(parts, TW_CACHE_UDP, v->udp, v->n_udp * sizeof(*v->udp));
    tw_cache_part(parts, TW_CACHE_REBASES, v->rebases, v->n_rebases * sizeof(*v->rebases));
    return TRAWL_OK;
}

static int write_file(const tw_session *session, const char *path, const char *key,
                      const struct tw_cache_parts *parts, trawl_error *err)
{
    const struct tw_session_cache *cache = &session->cache;
    const uint64_t size = tw_cache_parts_size(parts);
    uint64_t room;
    int rc = tw_cache_make_folder(cache->folder, err);

    if (rc != TRAWL_OK)
        return rc;
    room = tw_cache_room(cache->folder, cache->limit);
    if (size > room)
        return tw_fail(err, TRAWL_E_IO, "it needs %llu KiB, more than the cache may hold",
                       (unsigned long long)(size >> 10));
    tw_cache_make_room(cache->folder, room, size);
    return tw_cache_write(path, key, parts->blocks, parts->n, err);
}

static int keep(const tw_capture *capture, const struct tw_cached_load *load, trawl_error *err)
{
    struct tw_cache_parts *parts = tw_alloc(sizeof(*parts));
    int rc = parts ? gather(capture, parts, err) : tw_fail_nomem(err);

    if (rc == TRAWL_OK)
        rc = write_file(capture->session, load->path, load->key, parts, err);
    if (parts)
        tw_cache_parts_fini(parts);
    tw_free(parts);
    return rc;
}

/* What the system could not read this time is no property of the file. */
static bool is_sound(const struct tw_input *input)
{
    for (size_t i = 0; i < input->n_files; i++)
        if (input->files[i].failed)
            return false;
    return true;
}

static bool is_asked_for(uint32_t flags)
{
    return (flags & (TRAWL_LOAD_CACHE | TRAWL_LOAD_FORCE_OVERWRITE)) != 0;
}

void tw_cached_keep(tw_capture *capture, const trawl_load_options *options,
                    struct tw_cached_load *load)
{
    trawl_error why = TW_ERROR_INIT;
    char *key;

    if (!load->path ||
        (!is_asked_for(load->flags) && tw_now_ns(CLOCK_MONOTONIC) - load->started_ns < worth_ns))
        return;
    if (!is_sound(capture->input))
        return;
    key = key_of(capture->session, options, capture->input);
    if (key && strcmp(key, load->key) == 0) {
        atomic_store(&tw_progress.what, "caching");
        if (keep(capture, load, &why) == TRAWL_OK)
            take_place(capture, load);
        else if (why.code != TRAWL_E_CANCELLED)
            tw_log(is_asked_for(load->flags) ? 1 : 3, "'%s' is not in the cache: %s", capture->name,
                   why.message);
        atomic_store(&tw_progress.what, NULL);
    }
    tw_error_clear(&why);
    tw_free(key);
}

/* ---- beside a capture ---- */

struct place {
    char *key, *path;
};

static void place_fini(struct place *place)
{
    tw_free(place->key);
    tw_free(place->path);
    *place = (struct place){0};
}

/* False: no memory. */
static bool place_of(const tw_capture *capture, const char *kind, const char *name,
                     struct place *ret)
{
    struct tw_buffer b = TW_BUFFER_INIT;
    const size_t n_key = strlen(capture->cache_key);

    tw_buffer_puts(&b, capture->cache_key);
    put_line(&b, kind, name);
    *ret = (struct place){0};
    if (!b.failed)
        ret->path = tw_cache_path(capture->session->cache.folder, capture->cache_hash,
                                  tw_hash_bytes(b.data + n_key, b.len - n_key, 0) | 1);
    ret->key = tw_buffer_steal(&b);
    if (ret->key && ret->path)
        return true;
    place_fini(ret);
    return false;
}

bool tw_cached_serve_beside(const tw_capture *capture, const char *kind, const char *name,
                            int (*fill)(void *context, const struct tw_cache_file *file,
                                        trawl_error *err),
                            void *context)
{
    struct tw_cache_file file = {0};
    trawl_error why = TW_ERROR_INIT;
    struct place place;
    int rc;

    if (!capture->cache_key || (capture->cache_flags & TRAWL_LOAD_FORCE_OVERWRITE) ||
        !place_of(capture, kind, name, &place))
        return false;
    rc = tw_cache_open(place.path, &file, &why);
    if (rc == TRAWL_OK && strcmp(file.key, place.key) != 0)
        rc = TRAWL_E_NOT_FOUND;
    if (rc == TRAWL_OK)
        rc = tw_cache_check(&file, &why);
    if (rc == TRAWL_OK)
        rc = fill(context, &file, &why);
    if (rc == TRAWL_OK)
        tw_cache_touch(place.path);
    if (rc == TRAWL_E_DATA) {
        tw_log(1, "'%.*s' of '%s' is made again: the cache's '%s' is damaged: %s",
               (int)strcspn(name, "\n"), name, capture->name, place.path, why.message);
        unlink(place.path);
    }
    tw_error_clear(&why);
    tw_cache_close(&file);
    place_fini(&place);
    return rc == TRAWL_OK;
}

int tw_cached_keep_beside(const tw_capture *capture, const char *kind, const char *name,
                          const struct tw_cache_parts *parts, trawl_error *err)
{
    struct place place;
    int rc;

    if (!place_of(capture, kind, name, &place))
        return tw_fail_nomem(err);
    rc = write_file(capture->session, place.path, place.key, parts, err);
    place_fini(&place);
    return rc;
}

bool tw_cached_wants(const tw_capture *capture, int64_t took_ns)
{
    return capture->cache_key &&
           (is_asked_for(capture->cache_flags) || took_ns >= worth_beside_ns) &&
           is_current(capture);
}
