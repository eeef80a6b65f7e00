/* Rows with equal keys, numbered by first row.
 * Must not know aggregates. */
#include "core/table/keys.h"

int tw_group_rows(tw_table *table, const size_t *i_keys, size_t n_keys, struct tw_groups *ret,
                  trawl_error *err)
{
    struct tw_key *keys = tw_alloc_array(n_keys, sizeof(*keys));
    struct tw_numbering numbering = {NULL, NULL, 0};
    size_t n_ready = 0;
    const struct tw_column *column;
    int rc;

    if (!keys)
        return tw_fail_nomem(err);
    rc = tw_table_prefetch(table, i_keys, n_keys, err);
    for (; n_ready < n_keys && rc == TRAWL_OK; n_ready++) {
        rc = tw_table_column(table, i_keys[n_ready], &column, err);
        if (rc == TRAWL_OK && column->is_list)
            rc = tw_fail(err, TRAWL_E_USAGE, "cannot group by '%s': it is a list",
                         table->schema->columns[i_keys[n_ready]].name);
        if (rc == TRAWL_OK)
            rc = tw_key_init(&keys[n_ready], column, table->n_rows, false, false, err);
    }
    if (rc == TRAWL_OK)
        rc = tw_number_keys(NULL, 0, keys, n_keys, table->n_rows, &numbering, err);
    for (size_t i = 0; i < n_ready; i++)
        tw_key_fini(&keys[i]);
    tw_free(keys);
    if (rc != TRAWL_OK)
        return rc;
    ret->group_of_row = numbering.number_of;
    ret->first_row = numbering.first;
    ret->n_groups = numbering.n_numbers;
    return TRAWL_OK;
}

void tw_groups_fini(struct tw_groups *groups)
{
    tw_free(groups->group_of_row);
    tw_free(groups->first_row);
    *groups = (struct tw_groups){NULL, NULL, 0};
}
