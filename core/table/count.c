/* Distinct values of a column with their counts.
 * Must not know what the values mean. */
#include "core/table/keys.h"

enum { direct_bits_most = 22, piece_least = 1 << 16 };

struct job {
    const struct tw_pack *pack;
    uint64_t n, n_pieces;
    uint64_t *entries; /* [piece][value]: count << 32 | first cell; 0: none */
};

static int count_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    uint64_t from = job->n * i_piece / job->n_pieces, to = job->n * (i_piece + 1) / job->n_pieces;
    uint64_t *entries = job->entries + (i_piece << job->pack->bits);
    uint64_t block[tw_block_rows];

    (void)i_thread;
    for (; from < to; from += tw_block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)tw_block_rows);

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        tw_pack_block(job->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t *entry = &entries[block[i]];

            if (TW_UNLIKELY(*entry == 0))
                *entry = from + i;
            *entry += UINT64_C(1) << 32;
        }
    }
    return TRAWL_OK;
}

/* Counts of values in no order. */
static int count_direct(const struct tw_pack *pack, uint64_t n, uint64_t **ret, uint64_t *ret_n,
                        trawl_error *err)
{
    struct job job = {.pack = pack, .n = n, .n_pieces = tw_pieces_for(n, piece_least)};
    uint64_t n_values = UINT64_C(1) << pack->bits;
    uint64_t n_entries = 0;
    int rc;

    while (job.n_pieces > 1 && n_values * job.n_pieces > n) /* more to merge than to count */
        job.n_pieces--;
    job.entries = tw_alloc_array(n_values * job.n_pieces, sizeof(*job.entries));
    if (!job.entries)
        return tw_fail_nomem(err);
    rc = tw_pool_run(job.n_pieces, count_piece, &job, err);
    if (rc != TRAWL_OK) {
        tw_free(job.entries);
        return rc;
    }
    for (uint64_t v = 0; v < n_values; v++) {
        uint64_t entry = job.entries[v];

        for (uint64_t p = 1; p < job.n_pieces; p++) {
            uint64_t later = job.entries[(p << pack->bits) + v];

            entry = entry == 0 ? later : entry + (later >> 32 << 32);
        }
        if (entry != 0) /* values without cells leave the list */
            job.entries[n_entries++] = entry;
    }
    *ret = job.entries;
    *ret_n = n_entries;
    return TRAWL_OK;
}

static int count_numbered(const struct tw_key *key, uint64_t n, uint64_t **ret, uint64_t *ret_n,
                          trawl_error *err)
{
    struct tw_numbering numbering = {NULL, NULL, 0};
    uint64_t *entries;
    int rc = tw_number_keys(NULL, 0, key, 1, n, &numbering, err);

    if (rc != TRAWL_OK)
        return rc;
    entries = tw_alloc_array(numbering.n_numbers, sizeof(*entries));
    if (entries) {
        for (uint64_t i = 0; i < numbering.n_numbers; i++)
            entries[i] = numbering.first[i];
        for (uint64_t i = 0; i < n; i++)
            entries[numbering.number_of[i]] += UINT64_C(1) << 32;
        *ret = entries;
        *ret_n = numbering.n_numbers;
    } else {
        rc = tw_fail_nomem(err);
    }
    tw_numbering_fini(&numbering);
    return rc;
}

/* Most frequent first, then by first cell; nulls leave the list. */
static int arrange(const struct tw_column *flat, uint64_t **entries, uint64_t n,
                   struct tw_value_counts *ret, trawl_error *err)
{
    unsigned first_bits = tw_bits_for(flat->n_rows);
    uint64_t high = 0, first_mask = (UINT64_C(1) << first_bits) - 1;
    int rc;

    ret->n = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t entry = (*entries)[i];

        if (tw_column_has(flat, (uint32_t)entry)) {
            high = TW_MAX(high, entry >> 32);
            (*entries)[ret->n++] = entry;
        } else {
            ret->n_null = entry >> 32;
        }
    }
    for (uint64_t i = 0; i < ret->n; i++) /* the greatest count becomes 0 */
        (*entries)[i] = (high - ((*entries)[i] >> 32)) << first_bits | (uint32_t)(*entries)[i];
    rc = tw_sort_u64(entries, ret->n, 0, first_bits + tw_bits_for(high + 1), err);
    if (rc != TRAWL_OK)
        return rc;
    ret->first = tw_alloc_array(ret->n, sizeof(*ret->first));
    ret->counts = tw_alloc_array(ret->n, sizeof(*ret->counts));
    if (!ret->first || !ret->counts)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < ret->n; i++) {
        ret->first[i] = (uint32_t)((*entries)[i] & first_mask);
        ret->counts[i] = high - ((*entries)[i] >> first_bits);
    }
    return TRAWL_OK;
}

int tw_count_values(const struct tw_column *column, struct tw_value_counts *ret, trawl_error *err)
{
    struct tw_column items = tw_flat_items(column);
    const struct tw_column *flat = column->is_list ? &items : column;
    struct tw_value_counts counts = {NULL, NULL, 0, 0};
    struct tw_pack pack = {.n = 0};
    struct tw_key key;
    uint64_t *entries = NULL;
    uint64_t n = flat->n_rows, n_entries = 0;
    int rc;

    if (n >= UINT32_MAX)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot count more than %u values",
                       UINT32_MAX - 1);
    rc = tw_key_init(&key, flat, n, false, false, err);
    if (rc != TRAWL_OK)
        return rc;
    if (key.bits <= direct_bits_most &&
        (UINT64_C(1) << key.bits) <= TW_MAX(n * 2, UINT64_C(1024))) {
        tw_pack_add(&pack, &key, NULL, key.bits);
        rc = count_direct(&pack, n, &entries, &n_entries, err);
    } else {
        rc = count_numbered(&key, n, &entries, &n_entries, err);
    }
    if (rc == TRAWL_OK)
        rc = arrange(flat, &entries, n_entries, &counts, err);
    for (uint64_t i = 0; column->is_list && i < column->n_rows; i++)
        counts.n_null += !tw_column_has(column, i);
    tw_free(entries);
    tw_key_fini(&key);
    if (rc != TRAWL_OK) {
        tw_value_counts_fini(&counts);
        return rc;
    }
    *ret = counts;
    return TRAWL_OK;
}

void tw_value_counts_fini(struct tw_value_counts *counts)
{
    tw_free(counts->first);
    tw_free(counts->counts);
    *counts = (struct tw_value_counts){NULL, NULL, 0, 0};
}
