/* What is in the disk cache, as a table; emptying it.
 * Must not know when captures are served or written. */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/cache/counts.h"
#include "core/base/now.h"
#include "core/cache/folder.h"
#include "core/cache/parts.h"
#include "core/session/internal.h"

/* The value of the n-th line of a key that begins with name and '='; NULL: there is none. */
static char *key_value(const char *key, const char *name, size_t i)
{
    const size_t n_name = strlen(name);

    for (const char *line = key; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *p = line + n_name + 1;
        char *value, *to;

        if (strncmp(line, name, n_name) != 0 || line[n_name] != '=' || i-- > 0)
            continue;
        value = to = tw_strndup(p, strcspn(p, "\n"));
        for (const char *from = value; from && *from; from++) {
            const bool escaped = *from == '\\' && from[1];

            from += escaped;
            *to++ = escaped && *from == 'n' ? '\n' : *from;
        }
        if (to)
            *to = 0;
        return value;
    }
    return NULL;
}

static bool is_number(const char *key, const char *name, size_t i, int64_t is)
{
    char *value = key_value(key, name, i);
    struct tw_buffer b = TW_BUFFER_INIT;
    bool same;

    tw_buffer_printf(&b, "%lld", (long long)is);
    same = value && !b.failed && strcmp(value, b.data) == 0;
    tw_buffer_fini(&b);
    tw_free(value);
    return same;
}

/* Files that are as they were when the key was made. */
static bool is_current(const char *key, size_t n_files)
{
    bool same = true;

    for (size_t i = 0; same && i < n_files; i++) {
        char *path = key_value(key, "file", i);
        struct stat st;

        same = path && stat(path, &st) == 0 && is_number(key, "size", i, st.st_size) &&
               is_number(key, "modified", i, tw_timespec_ns(st.st_mtim)) &&
               is_number(key, "changed", i, tw_timespec_ns(st.st_ctim)) &&
               is_number(key, "inode", i, (int64_t)st.st_ino);
        tw_free(path);
    }
    return same;
}

static void put_text(tw_builder *b, const char *text)
{
    if (text)
        tw_builder_value(b, text, strlen(text));
    else
        tw_builder_null(b);
}

static void put_value(tw_builder *b, const char *key, const char *name)
{
    char *value = key_value(key, name, 0);

    put_text(b, value);
    tw_free(value);
}

/* A whole number, or nothing. */
static void put_number(tw_builder *b, const char *key, const char *name)
{
    char *value = key_value(key, name, 0);
    uint64_t n;

    if (value && tw_parse_u64(value, strlen(value), &n) == TRAWL_OK)
        tw_builder_u64(b, n);
    else
        tw_builder_null(b);
    tw_free(value);
}

/* Columns, or fields whose counts they are. */
static uint64_t n_columns_of(const struct tw_cache_file *file)
{
    uint64_t n = tw_cache_n_counts(file);

    for (size_t i = 0; i < file->n_blocks; i++) {
        const uint32_t id = file->blocks[i].id;

        n += id >= TW_CACHE_COLUMNS && id < TW_CACHE_TCP;
        n += id == TW_CACHE_FIELD;
        n += id >= TW_CACHE_TABLE_COLUMNS && id % TW_CACHE_OF_COLUMN == 0;
    }
    return n;
}

static const char *kind_of(const struct tw_cache_file *file)
{
    return tw_cache_block(file, TW_CACHE_COLUMNS)  ? "capture"
           : tw_cache_block(file, TW_CACHE_FIELD)  ? "field"
           : tw_cache_block(file, TW_CACHE_COUNTS) ? "counts"
                                                   : "table";
}

static void put_open(const tw_session *session, tw_builder *b, const struct tw_cache_file *file)
{
    const struct tw_cache_block *times = tw_cache_block(file, TW_CACHE_COLUMNS);
    size_t n_files = 0;
    uint64_t n_bytes = 0;
    char *value, *engine = key_value(file->key, "engine", 0);

    while ((value = key_value(file->key, "file", n_files))) {
        tw_free(value);
        n_files++;
    }
    for (size_t i = 0; i < file->n_blocks; i++)
        n_bytes += file->blocks[i].n;
    put_value(b, file->key, "file");
    if (!engine || strcmp(engine, session->cache.engine) != 0)
        put_text(b, "other version");
    else
        put_text(b, is_current(file->key, n_files) ? "good" : "changed");
    put_text(b, kind_of(file));
    if (times)
        tw_builder_u64(b, times->n / 8);
    else
        tw_builder_null(b);
    tw_builder_u64(b, n_columns_of(file));
    tw_builder_u64(b, n_bytes);
    put_number(b, file->key, "count");
    put_value(b, file->key, "bpf");
    put_value(b, file->key, "where");
    put_value(b, file->key, "field");
    tw_builder_u64(b, n_files);
    put_text(b, engine);
    tw_free(engine);
}

static void put_entry(const tw_session *session, tw_builder *b, const struct tw_cache_entry *entry)
{
    struct tw_cache_file file = {0};
    trawl_error why = TW_ERROR_INIT;

    if (tw_cache_open(entry->path, &file, &why) == TRAWL_OK) {
        put_open(session, b, &file);
    } else {
        put_text(b, NULL);
        put_text(b, "damaged");
        for (size_t i = 0; i < 10; i++)
            tw_builder_null(b);
    }
    tw_builder_i64(b, entry->used_ns);
    put_text(b, entry->path);
    tw_builder_end_row(b);
    tw_error_clear(&why);
    tw_cache_close(&file);
}

int tw_session_put_cache(const tw_session *session, tw_builder *b, trawl_error *err)
{
    struct tw_cache_entry *entries = NULL;
    size_t n = 0;
    int rc = session->cache.folder ? tw_cache_entries(session->cache.folder, &entries, &n, err)
                                   : TRAWL_OK;

    for (size_t i = n; i-- > 0;)
        if (!entries[i].temporary)
            put_entry(session, b, &entries[i]);
    tw_cache_entries_free(entries, n);
    return rc;
}

/* The real paths of what a name stands for. */
struct named {
    char **paths;
    size_t n;
};

static bool add_path(struct named *named, const char *path)
{
    char real[PATH_MAX], **grown = tw_realloc_array(named->paths, named->n + 1, sizeof(*grown));

    if (!grown)
        return false;
    named->paths = grown;
    grown[named->n] = tw_strdup(realpath(path, real) ? real : path);
    return grown[named->n++] != NULL;
}

static void named_fini(struct named *named)
{
    for (size_t i = 0; i < named->n; i++)
        tw_free(named->paths[i]);
    tw_free(named->paths);
}

/* Files of the cache that have one of them. A damaged one is nobody's. */
static bool is_of(const char *path, void *context)
{
    const struct named *named = context;
    struct tw_cache_file file = {0};
    bool found = false;
    char *value;

    if (tw_cache_open(path, &file, NULL) != TRAWL_OK)
        return false;
    for (size_t i = 0; !found && (value = key_value(file.key, "file", i)); i++) {
        for (size_t k = 0; k < named->n; k++)
            found |= strcmp(named->paths[k], value) == 0;
        tw_free(value);
    }
    tw_cache_close(&file);
    return found;
}

static bool find_named(const tw_session *session, const char *name, struct named *ret)
{
    const tw_capture *capture = tw_hashmap_get(&session->captures, name);

    if (!capture)
        return add_path(ret, name);
    for (size_t i = 0; i < capture->input->n_files; i++)
        if (!add_path(ret, capture->input->files[i].path))
            return false;
    return true;
}

int tw_session_clear_cache(tw_session *session, const char *name, trawl_error *err)
{
    const char *folder = session->cache.folder;
    struct named named = {0};
    size_t n = 0;
    int rc = TRAWL_OK;

    if (name && !find_named(session, name, &named))
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK && folder)
        rc = tw_cache_clear(folder, name ? is_of : NULL, &named, &n, err);
    if (rc == TRAWL_OK && name && n == 0) {
        rc = tw_fail(err, TRAWL_E_NOT_FOUND, "nothing of '%s' is in the cache", name);
        tw_error_hint(err, "'cache info' lists what is there.");
    }
    if (rc == TRAWL_OK)
        tw_log(2, n == 1 ? "removed %zu file of the cache" : "removed %zu files of the cache", n);
    named_fini(&named);
    return rc;
}
