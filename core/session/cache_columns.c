/* Columns of fields beside their capture in the disk cache: a file each, with what the dissector
 * found malformed. Must not know how the bytes lie in a file. */
#include <unistd.h>

#include "core/cache/column.h"
#include "core/cache/folder.h"
#include "core/session/cache.h"

/* Unasked, columns are kept of passes that take this long, and that the disk would not give back
 * more slowly (in bytes a nanosecond, 100 MB/s). */
static const int64_t worth_ns = 250000000;
static const double worth_rate = 0.1;

struct place {
    char *key, *path;
};

static void place_fini(struct place *place)
{
    tw_free(place->key);
    tw_free(place->path);
    *place = (struct place){0};
}

static bool place_of(const tw_capture *capture, const struct tw_catalogue_field *field,
                     struct place *ret)
{
    const char *name = field->field->name;

    ret->key = tw_asprintf("%sfield=%s\n", capture->cache_key, name);
    ret->path = tw_cache_path(capture->session->cache.folder, capture->cache_hash,
                              tw_hash_bytes(name, strlen(name), 0) | 1);
    if (ret->key && ret->path)
        return true;
    place_fini(ret);
    return false;
}

static bool can_be_kept(const tw_capture *capture, const struct tw_catalogue_field *field)
{
    return capture->cache_key && field->dissector && tw_cache_holds(field->field->type);
}

/* ---- warnings of a dissector ---- */

struct stored_warning {
    uint64_t packet, offset;
    uint32_t i_file, n; /* bytes of text that follow, after its name and a colon */
};

static bool is_of(const struct tw_warning *w, const char *dissector)
{
    const size_t n = strlen(dissector);

    return strcmp(w->what, "malformed") == 0 && w->why && strncmp(w->why, dissector, n) == 0 &&
           w->why[n] == ':' && w->why[n + 1] == ' ';
}

static int put_warnings(struct tw_cache_parts *parts, const struct tw_input *input,
                        const char *dissector, trawl_error *err)
{
    const size_t n_name = strlen(dissector) + 2;
    struct tw_buffer b = TW_BUFFER_INIT;

    for (size_t i = 0; i < input->n_warnings; i++) {
        const struct tw_warning *w = &input->warnings[i];
        struct stored_warning s;

        if (!is_of(w, dissector))
            continue;
        s = (struct stored_warning){w->packet, w->offset, w->i_file,
                                    (uint32_t)strlen(w->why + n_name)};
        tw_buffer_append(&b, &s, sizeof(s));
        tw_buffer_append(&b, w->why + n_name, s.n);
    }
    if (b.failed) {
        tw_buffer_fini(&b);
        return tw_fail_nomem(err);
    }
    if (b.len) {
        const size_t n = b.len;

        tw_cache_part_take(parts, TW_CACHE_WARNINGS, tw_buffer_steal(&b), n);
    }
    tw_buffer_fini(&b);
    return TRAWL_OK;
}

/* Go over the stored ones; add: into the input. False: they make no sense. */
static bool each_warning(const struct tw_cache_file *file, struct tw_input *input,
                         const char *dissector, bool add)
{
    const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_WARNINGS);
    const uint8_t *p = block ? block->data : NULL;
    uint64_t left = block ? block->n : 0;

    while (left) {
        struct stored_warning s;

        if (left < sizeof(s))
            return false;
        memcpy(&s, p, sizeof(s));
        p += sizeof(s);
        left -= sizeof(s);
        if (s.n > left || s.n > 4096 || s.i_file >= input->n_files)
            return false;
        if (add)
            tw_input_warn(input, s.i_file, s.packet, s.offset, false, "malformed", "%s: %.*s",
                          dissector, (int)s.n, (const char *)p);
        p += s.n;
        left -= s.n;
    }
    return true;
}

/* ---- serving ---- */

static int serve(tw_capture *capture, const struct tw_catalogue_field *field,
                 const struct tw_cache_file *file, struct tw_column **ret, trawl_error *err)
{
    const bool is_list = (field->field->flags & TRAWL_COLUMN_LIST) != 0;
    const char *dissector = field->dissector->name;
    struct tw_packets *packets = capture->packets;
    int rc = tw_cache_check(file, err);

    if (rc == TRAWL_OK && !each_warning(file, packets->input, dissector, false))
        rc = tw_fail(err, TRAWL_E_DATA, "a warning is out of range");
    if (rc == TRAWL_OK)
        rc = tw_cache_get_column(file, field->field->type, is_list, packets->n_rows, ret, err);
    if (rc != TRAWL_OK || tw_hashmap_get(&packets->warned, dissector))
        return rc;
    if (tw_hashmap_put(&packets->warned, dissector, packets) == TRAWL_OK) {
        each_warning(file, packets->input, dissector, true);
        tw_input_sort_warnings(packets->input);
    }
    return TRAWL_OK;
}

bool tw_cached_column(tw_capture *capture, const struct tw_catalogue_field *field,
                      struct tw_column **ret)
{
    struct tw_cache_file file = {0};
    trawl_error why = TW_ERROR_INIT;
    struct place place;
    int rc;

    if (!can_be_kept(capture, field) || (capture->cache_flags & TRAWL_LOAD_FORCE_OVERWRITE) ||
        !place_of(capture, field, &place))
        return false;
    rc = tw_cache_open(place.path, &file, &why);
    if (rc == TRAWL_OK)
        rc = strcmp(file.key, place.key) == 0 ? serve(capture, field, &file, ret, &why)
                                              : TRAWL_E_NOT_FOUND;
    if (rc == TRAWL_OK)
        tw_cache_touch(place.path);
    if (rc == TRAWL_E_DATA) {
        tw_log(1, "'%s' of '%s' is read again: the cache's '%s' is damaged: %s", field->field->name,
               capture->name, place.path, why.message);
        unlink(place.path);
    }
    tw_error_clear(&why);
    tw_cache_close(&file);
    place_fini(&place);
    return rc == TRAWL_OK;
}

/* ---- keeping ---- */

static int keep(const tw_capture *capture, const struct tw_catalogue_field *field,
                const struct tw_column *column, trawl_error *err)
{
    struct tw_cache_parts *parts = tw_alloc(sizeof(*parts));
    struct place place = {0};
    int rc = parts && place_of(capture, field, &place) ? TRAWL_OK : tw_fail_nomem(err);

    if (rc == TRAWL_OK)
        rc = tw_cache_put_column(parts, column, err);
    if (rc == TRAWL_OK)
        rc = put_warnings(parts, capture->input, field->dissector->name, err);
    if (rc == TRAWL_OK)
        rc = tw_cached_write(capture->session, place.path, place.key, parts, err);
    if (parts)
        tw_cache_parts_fini(parts);
    tw_free(parts);
    place_fini(&place);
    return rc;
}

static bool is_worth_it(struct tw_column *const *columns, size_t n, int64_t took_ns)
{
    uint64_t n_bytes = 0;

    for (size_t i = 0; i < n; i++)
        n_bytes += columns[i]->data.committed + columns[i]->offsets.committed;
    return took_ns >= worth_ns && (double)n_bytes <= worth_rate * (double)took_ns;
}

void tw_cached_keep_columns(tw_capture *capture, const struct tw_catalogue *catalogue,
                            const uint32_t *fields, struct tw_column *const *columns, size_t n,
                            int64_t took_ns)
{
    trawl_error why = TW_ERROR_INIT;

    if (!capture->cache_key || capture->input->n_warnings_dropped ||
        (!(capture->cache_flags & TRAWL_LOAD_CACHE) && !is_worth_it(columns, n, took_ns)) ||
        !tw_cached_is_current(capture))
        return;
    atomic_store(&tw_progress.what, "caching");
    for (size_t i = 0; i < n && why.code == TRAWL_OK; i++)
        if (can_be_kept(capture, &catalogue->fields[fields[i]]))
            (void)keep(capture, &catalogue->fields[fields[i]], columns[i], &why);
    if (why.code != TRAWL_OK && why.code != TRAWL_E_CANCELLED)
        tw_log(3, "columns of '%s' are not in the cache: %s", capture->name, why.message);
    atomic_store(&tw_progress.what, NULL);
    tw_error_clear(&why);
}
