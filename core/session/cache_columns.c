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

/* ---- serving ---- */

struct serving {
    tw_capture *capture;
    const struct tw_catalogue_field *field;
    struct tw_column **ret;
};

static int fill(void *context, const struct tw_cache_file *file, trawl_error *err)
{
    const struct serving *s = context;
    struct tw_packets *packets = s->capture->packets;
    const struct tw_cache_shape shape = {.type = s->field->field->type,
                                         .is_list = s->field->field->flags & TRAWL_COLUMN_LIST,
                                         .n_rows = packets->n_rows,
                                         .addresses = packets->addresses};
    int rc = tw_cached_check_warnings(file, packets->input, err);

    if (rc == TRAWL_OK)
        rc = tw_cache_get_column(file, TW_CACHE_FIELD, &shape, s->ret, err);
    if (rc == TRAWL_OK)
        tw_cached_add_warnings(file, packets, s->field->dissector->name);
    return rc;
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
    struct tw_buffer warnings = TW_BUFFER_INIT;
    int rc = parts ? tw_cache_put_column(parts, TW_CACHE_FIELD, column, err) : tw_fail_nomem(err);

    if (rc == TRAWL_OK) {
        tw_cached_put_warnings(&warnings, capture->packets, field->dissector->name, NULL);
        rc = tw_cached_end_warnings(parts, &warnings, err);
    }
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
