/* Counts of values of packets' fields, kept beside the capture in the disk cache: one file for all
 * fields that were counted so far, so that a deeper level serves a shallower one.
 * Must not know levels. */
#include "core/cache/counts.h"
#include "core/session/cache.h"

static const char kind[] = "counts", name[] = "counts";
/* Unasked, they are kept when the disk gives them back faster (in bytes a nanosecond). */
static const double worth_rate = 0.1;

struct all {
    tw_capture *capture;
    const struct tw_cached_counts *counts;
    struct tw_buffer *warnings; /* keeping: what of the old file is kept too; NULL: serving */
};

static int take(void *context, const struct tw_cache_file *file, trawl_error *err)
{
    const struct all *a = context;
    const struct tw_cached_counts *c = a->counts;
    const tw_schema *schema = c->table->schema;
    struct tw_packets *packets = a->capture->packets;
    struct tw_cache_counts *counts = NULL;
    size_t n = 0;
    int rc = tw_cached_check_warnings(file, packets->input, err);

    if (rc == TRAWL_OK)
        rc = tw_cache_get_counts(file, packets->n_rows, &counts, &n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const int64_t at = tw_schema_find(schema, counts[i].name, strlen(counts[i].name));

        if (at < 0 || !c->wanted[at] || c->of[at] ||
            counts[i].tally->type != schema->columns[at].type)
            continue;
        c->of[at] = tw_tally_retain(counts[i].tally);
        if (!a->warnings && c->dissectors[at])
            tw_cached_add_warnings(file, packets, c->dissectors[at]);
    }
    if (rc == TRAWL_OK && a->warnings)
        tw_cached_put_warnings(a->warnings, packets, NULL, file);
    tw_cache_counts_free(counts, n);
    return rc;
}

void tw_cached_serve_counts(tw_capture *capture, const struct tw_cached_counts *counts)
{
    (void)tw_cached_serve_beside(capture, kind, name, take, &(struct all){capture, counts, NULL});
}

/* ---- keeping ---- */

static uint64_t size_of(const struct tw_tally *t)
{
    const uint64_t n = t->n_values;

    return n * (tw_type_size(t->type) + 12 +
                (t->addresses      ? 16
                 : t->text_offsets ? 8 + t->text_offsets[n + 1] / n
                                   : 0));
}

static bool are_small(const struct tw_cached_counts *c, int64_t took_ns)
{
    uint64_t n_bytes = 0;

    for (size_t i = 0; i < c->table->schema->n_columns; i++)
        n_bytes += c->wanted[i] && c->of[i] ? size_of(c->of[i]) : 0;
    return (double)n_bytes <= worth_rate * (double)took_ns;
}

/* All that are there now, and all that were in the file. */
static int keep(tw_capture *capture, const tw_table *table, struct tw_tally **of, bool *all,
                trawl_error *err)
{
    const size_t n_columns = table->schema->n_columns;
    const struct tw_cached_counts counts = {.table = table, .wanted = all, .of = of};
    struct tw_cache_parts *parts = tw_alloc(sizeof(*parts));
    struct tw_cache_counts *list = tw_alloc_array(n_columns + 1, sizeof(*list));
    struct tw_buffer warnings = TW_BUFFER_INIT;
    size_t n = 0;
    int rc = parts && list ? TRAWL_OK : tw_fail_nomem(err);

    if (rc == TRAWL_OK && !tw_cached_serve_beside(capture, kind, name, take,
                                                  &(struct all){capture, &counts, &warnings}))
        tw_cached_put_warnings(&warnings, capture->packets, NULL, NULL);
    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++)
        if (of[i])
            list[n++] = (struct tw_cache_counts){table->schema->columns[i].name, of[i]};
    if (rc == TRAWL_OK)
        rc = tw_cached_end_warnings(parts, &warnings, err);
    if (rc == TRAWL_OK)
        rc = tw_cache_put_counts(parts, list, n, err);
    if (rc == TRAWL_OK)
        rc = tw_cached_keep_beside(capture, kind, name, parts, err);
    tw_buffer_fini(&warnings);
    if (parts)
        tw_cache_parts_fini(parts);
    tw_free(parts);
    tw_free(list);
    return rc;
}

void tw_cached_keep_counts(tw_capture *capture, const struct tw_cached_counts *counts,
                           int64_t took_ns)
{
    const uint32_t asked = TRAWL_LOAD_CACHE | TRAWL_LOAD_FORCE_OVERWRITE;
    const size_t n_columns = counts->table->schema->n_columns;
    trawl_error why = TW_ERROR_INIT;
    struct tw_tally **of;
    bool *all;
    int rc;

    if (capture->input->n_warnings_dropped || !tw_cached_wants(capture, took_ns) ||
        (!(capture->cache_flags & asked) && !are_small(counts, took_ns)))
        return;
    atomic_store(&tw_progress.what, "caching");
    of = tw_alloc_array(n_columns + 1, sizeof(*of));
    all = tw_alloc_array(n_columns + 1, sizeof(*all));
    rc = of && all ? TRAWL_OK : tw_fail_nomem(&why);
    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++) {
        of[i] = counts->wanted[i] ? tw_tally_retain(counts->of[i]) : NULL;
        all[i] = true;
    }
    if (rc == TRAWL_OK)
        rc = keep(capture, counts->table, of, all, &why);
    if (rc != TRAWL_OK && rc != TRAWL_E_CANCELLED)
        tw_log(3, "counts of '%s' are not in the cache: %s", capture->name, why.message);
    for (size_t i = 0; of && i < n_columns; i++)
        tw_tally_release(of[i]);
    tw_free(of);
    tw_free(all);
    atomic_store(&tw_progress.what, NULL);
    tw_error_clear(&why);
}
