/* Slots of the host table that count the values of columns.
 * Must not know packets. */
#include "core/plugin/host.h"

static void release_tally(void *tally)
{
    tw_tally_release(tally);
}

int host_tally(trawl_call *call, trawl_table *table, const size_t *i_columns, size_t n,
               const trawl_tally_rows *rows, trawl_tally *ret, trawl_error *err)
{
    trawl_tally_rows all = {0}; /* an older plugin's has fewer members */
    struct tw_tally **tallies;
    int rc;

    if (rows->n_slots == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for counts in no slot");
    memcpy(&all, rows, TW_MIN(rows->size, (uint32_t)sizeof(all)));
    tallies = tw_alloc_array(n + 1, sizeof(*tallies));
    if (!tallies)
        return tw_fail_nomem(err);
    rc = tw_table_tally(table, i_columns, n, &all, tallies, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const uint32_t size = TW_MIN(ret[i].size, (uint32_t)sizeof(ret[i]));
        trawl_tally one = {.size = ret[i].size,
                           .counts = tallies[i]->counts,
                           .slot_start = tallies[i]->slot_start,
                           .seen = tallies[i]->seen};

        tw_tally_view(tallies[i], table->schema->columns[i_columns[i]].flags, &one.values);
        memcpy(&ret[i], &one, size);
        rc = tw_call_later(call, release_tally, tallies[i], err);
        tallies[i] = NULL;
    }
    for (size_t i = 0; rc != TRAWL_OK && i < n; i++)
        tw_tally_release(tallies[i]);
    tw_free(tallies);
    return rc;
}
