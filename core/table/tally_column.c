/* The values of a column that is there, counted. Must not know where columns come from. */
#include "core/table/counting.h"
#include "core/table/dict.h"

/* Numbers and codes below n are found without a hash. */
struct direct {
    uint32_t *value_of; /* + 1 */
    uint64_t n;
    bool is_all; /* there are no others: nothing needs one */
};

static int direct_open(const struct tw_column *column, uint64_t n_rows, struct direct *ret,
                       trawl_error *err)
{
    enum { PORTS = 1 << 16, SOME_ROWS = 1 << 12 };
    const size_t size = tw_type_size(column->type);
    const bool coded = tw_type_is_coded(column->type);

    ret->n = column->type == TRAWL_F64          ? 0
             : coded                            ? tw_dict_size(column->dict)
             : size == 1                        ? 256
             : size == 2 && n_rows >= SOME_ROWS ? PORTS
                                                : TW_MIN(n_rows, (uint64_t)PORTS);
    ret->is_all = coded || size == 1 || (size == 2 && ret->n == PORTS);
    ret->value_of = tw_alloc_array(ret->n + 1, sizeof(*ret->value_of));
    return ret->value_of ? TRAWL_OK : tw_fail_nomem(err);
}

static int count_item(struct tw_counter *c, const struct tw_column *column,
                      const struct direct *direct, uint64_t item, uint32_t row, uint32_t slot,
                      trawl_error *err)
{
    const uint64_t number = column->type == TRAWL_F64 ? UINT64_MAX : tw_column_u64(column, item);
    const uint64_t at = column->type == TRAWL_IP ? number & 0x7fffffffu : number;
    uint32_t value;
    int rc;

    if (at < direct->n && direct->value_of[at])
        return tw_counter_add_row(c, slot, row, direct->value_of[at] - 1, err);
    rc = tw_counter_find_item(c, row, column, item, direct->is_all && at < direct->n, &value, err);
    if (rc != TRAWL_OK)
        return rc;
    if (at < direct->n)
        direct->value_of[at] = value + 1;
    return tw_counter_add_row(c, slot, row, value, err);
}

/* 64 rows from a multiple of 64 on, of which none has a value. */
static bool are_empty(const struct tw_column *column, uint64_t row)
{
    const uint64_t *offsets = (const uint64_t *)(const void *)column->offsets.base;

    if (column->is_list)
        return offsets[row] == offsets[row + 64];
    if (column->valid_bits)
        return column->valid_bits->words[row / 64] == 0;
    return column->valid.base &&
           ((const uint64_t *)(const void *)column->valid.base)[row / 64] == 0;
}

static inline uint64_t cell_of(const uint8_t *base, size_t size, uint64_t row)
{
    const void *at = base + row * size;

    switch (size) {
    case 1:
        return *(const uint8_t *)at;
    case 2:
        return *(const uint16_t *)at;
    case 4:
        return *(const uint32_t *)at;
    default:
        return *(const uint64_t *)at;
    }
}

/* Most rows have a value that was met before: with one slot, those from `row` on are counted here
 * up to one that has none or another. Where that is. */
static uint64_t count_known(struct tw_counter *c, const struct tw_column *column,
                            const struct direct *direct, uint64_t row, uint64_t end)
{
    const size_t size = tw_type_size(column->type);
    const uint64_t mask = column->type == TRAWL_IP ? 0x7fffffffu : UINT64_MAX;

    for (; row < end && tw_column_has(column, row); row++) {
        const uint64_t at = cell_of(column->data.base, size, row) & mask;

        if (at >= direct->n || !direct->value_of[at])
            break;
        c->values[direct->value_of[at] - 1].count++;
    }
    return row;
}

enum { BLOCK = 65536 }; /* rows between looks at whether it is to go on */

static int count_rows(struct tw_counter *c, const struct tw_column *column,
                      const struct direct *direct, const trawl_tally_rows *rows, trawl_error *err)
{
    const bool is_plain = !column->is_list && !rows->slot_of_row && !c->many;
    const uint64_t *offsets = (const uint64_t *)(const void *)column->offsets.base;
    const uint64_t n_rows = TW_MIN(rows->n_rows, column->n_rows);
    int rc = TRAWL_OK;

    for (uint64_t row = 0; row < n_rows && rc == TRAWL_OK; row++) {
        const uint32_t slot = rows->slot_of_row ? rows->slot_of_row[row] : 0;
        uint64_t i, end;

        if (is_plain) {
            row = count_known(c, column, direct, row, TW_MIN(n_rows, row / BLOCK * BLOCK + BLOCK));
            if (row == n_rows)
                break;
        }
        if (row % BLOCK == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        if (row % 64 == 0 && row + 64 <= n_rows && are_empty(column, row)) {
            row += 63;
            continue;
        }
        i = column->is_list ? offsets[row] : row;
        end = column->is_list ? offsets[row + 1] : i + (unsigned)tw_column_has(column, row);
        for (; slot != UINT32_MAX && i < end && rc == TRAWL_OK; i++)
            rc = count_item(c, column, direct, i, (uint32_t)row, slot, err);
    }
    return rc;
}

int tw_tally_column(const struct tw_column *column, const trawl_tally_rows *rows,
                    struct tw_tally **ret, trawl_error *err)
{
    struct direct direct = {NULL, 0, false};
    const bool is_empty = column->is_list && column->n_items == 0;
    struct tw_counter c, *const parts = &c;
    int rc = is_empty ? TRAWL_OK : direct_open(column, rows->n_rows, &direct, err);

    tw_counter_init_rows(&c, column->type, rows);
    if (rc == TRAWL_OK && !is_empty)
        rc = count_rows(&c, column, &direct, rows, err);
    tw_free(direct.value_of);
    if (rc == TRAWL_OK)
        rc = tw_tally_new(&parts, 1, rows->n_slots, ret, err);
    tw_counter_fini(&c);
    return rc;
}
