/* What is in the disk cache, as a table; emptying it.
 * Must not know when captures are served or written. */
#include <sys/stat.h>

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
               is_number(key, "modified", i,
                         (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec) &&
               is_number(key, "changed", i,
                         (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec) &&
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

static void put_open(const tw_session *session, tw_builder *b, const struct tw_cache_file *file)
{
    const struct tw_cache_block *times = tw_cache_block(file, TW_CACHE_COLUMNS);
    size_t n_files = 0, n_columns = 0;
    uint64_t n_bytes = 0;
    char *value, *engine = key_value(file->key, "engine", 0);

    while ((value = key_value(file->key, "file", n_files))) {
        tw_free(value);
        n_files++;
    }
    for (size_t i = 0; i < file->n_blocks; i++) {
        n_bytes += file->blocks[i].n;
        n_columns += file->blocks[i].id >= TW_CACHE_COLUMNS && file->blocks[i].id < TW_CACHE_TCP;
        n_columns += file->blocks[i].id == TW_CACHE_FIELD;
    }
    put_value(b, file->key, "file");
    if (!engine || strcmp(engine, session->cache.engine) != 0)
        put_text(b, "other version");
    else
        put_text(b, is_current(file->key, n_files) ? "good" : "changed");
    if (times)
        tw_builder_u64(b, times->n / 8);
    else
        tw_builder_null(b);
    tw_builder_u64(b, n_columns);
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
        for (size_t i = 0; i < 9; i++)
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

int tw_session_clear_cache(tw_session *session, trawl_error *err)
{
    size_t n = 0;
    uint64_t bytes = 0;
    int rc = session->cache.folder ? tw_cache_clear(session->cache.folder, &n, &bytes, err)
                                   : TRAWL_OK;

    if (rc == TRAWL_OK)
        tw_log(2, n == 1 ? "removed %zu file of the cache" : "removed %zu files of the cache", n);
    return rc;
}
