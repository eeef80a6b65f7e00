/* Columns of fields beside their capture in the disk cache: a file each, with what the dissector
 * found malformed. Must not know how the bytes lie in a file. */
#include "core/cache/column.h"
#include "core/session/cache.h"

/* Unasked, columns are kept that the disk would not give back more slowly (in bytes a nanosecond,
 * 100 MB/s). */
static const double worth_rate = 0.1;

static bool can_be_kept(const tw_capture *capture, const struct tw_catalogue_field *field)
{
    return capture->cache_key && field->dissector;
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

struct serving {
    tw_capture *capture;
    const struct tw_catalogue_field *field;
    struct tw_column **ret;
};

static int fill(void *context, const struct tw_cache_file *file, trawl_error *err)
{
    const struct serving *s = context;
    const char *dissector = s->field->dissector->name;
    struct tw_packets *packets = s->capture->packets;
    const struct tw_cache_shape shape = {.type = s->field->field->type,
                                         .is_list = s->field->field->flags & TRAWL_COLUMN_LIST,
                                         .n_rows = packets->n_rows,
                                         .addresses = packets->addresses};
    int rc = TRAWL_OK;

    if (!each_warning(file, packets->input, dissector, false))
        rc = tw_fail(err, TRAWL_E_DATA, "a warning is out of range");
    if (rc == TRAWL_OK)
        rc = tw_cache_get_column(file, TW_CACHE_FIELD, &shape, s->ret, err);
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
    return can_be_kept(capture, field) &&
           tw_cached_serve_beside(capture, "field", field->field->name, fill,
                                  &(struct serving){capture, field, ret});
}

/* ---- keeping ---- */

static int keep(const tw_capture *capture, const struct tw_catalogue_field *field,
                const struct tw_column *column, trawl_error *err)
{
    struct tw_cache_parts *parts = tw_alloc(sizeof(*parts));
    int rc = parts ? tw_cache_put_column(parts, TW_CACHE_FIELD, column, err) : tw_fail_nomem(err);

    if (rc == TRAWL_OK)
        rc = put_warnings(parts, capture->input, field->dissector->name, err);
    if (rc == TRAWL_OK)
        rc = tw_cached_keep_beside(capture, "field", field->field->name, parts, err);
    if (parts)
        tw_cache_parts_fini(parts);
    tw_free(parts);
    return rc;
}

static bool are_small(struct tw_column *const *columns, size_t n, int64_t took_ns)
{
    uint64_t n_bytes = 0;

    for (size_t i = 0; i < n; i++)
        n_bytes += columns[i]->data.committed + columns[i]->offsets.committed;
    return (double)n_bytes <= worth_rate * (double)took_ns;
}

void tw_cached_keep_columns(tw_capture *capture, const struct tw_catalogue *catalogue,
                            const uint32_t *fields, struct tw_column *const *columns, size_t n,
                            int64_t took_ns)
{
    const uint32_t asked = TRAWL_LOAD_CACHE | TRAWL_LOAD_FORCE_OVERWRITE;
    trawl_error why = TW_ERROR_INIT;

    if (capture->input->n_warnings_dropped || !tw_cached_wants(capture, took_ns) ||
        (!(capture->cache_flags & asked) && !are_small(columns, n, took_ns)))
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
