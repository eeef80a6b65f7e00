/* Tallies of a protocol's presence: one value, which rows have or not. Must not know where the
 * counts come from. */
#include "core/table/counting.h"

int tw_tally_true(uint32_t first_row, const uint32_t *count_of_slot, uint32_t n_slots,
                  struct tw_tally **ret, trawl_error *err)
{
    struct tw_counter all, *parts[] = {&all};
    uint32_t value = 0;
    int rc;

    tw_counter_init(&all, TRAWL_BOOL, n_slots);
    rc = first_row == UINT32_MAX ? TRAWL_OK
                                 : tw_counter_find(&all, first_row, 1, NULL, 0, &value, err);
    for (uint32_t s = 0; first_row != UINT32_MAX && s < n_slots && rc == TRAWL_OK; s++) {
        if (count_of_slot[s])
            rc = tw_counter_add_run(&all, s, value, count_of_slot[s], err);
    }
    if (rc == TRAWL_OK)
        rc = tw_tally_new(parts, 1, n_slots, ret, err);
    tw_counter_fini(&all);
    return rc;
}

int tw_tally_true_rows(uint32_t first_row, const struct tw_seen *seen_of_slot, uint32_t n_slots,
                       struct tw_tally **ret, trawl_error *err)
{
    const trawl_tally_rows rows = {.n_slots = n_slots, .flags = TRAWL_TALLY_SEEN};
    struct tw_counter all, *parts[] = {&all};
    uint32_t value = 0;
    int rc;

    tw_counter_init_rows(&all, TRAWL_BOOL, &rows);
    rc = first_row == UINT32_MAX ? TRAWL_OK
                                 : tw_counter_find(&all, first_row, 1, NULL, 0, &value, err);
    if (rc == TRAWL_OK && first_row != UINT32_MAX)
        memcpy(all.seen, seen_of_slot, n_slots * sizeof(*all.seen));
    if (rc == TRAWL_OK)
        rc = tw_tally_new(parts, 1, n_slots, ret, err);
    tw_counter_fini(&all);
    return rc;
}
