/* What counters gathered, put together: values in order of their first row, counts by slot.
 * Must not know where values come from. */
#include "core/table/tally.h"

#include "core/table/counting.h"
#include "core/table/dict.h"

static bool is_ip(const struct tw_tally *t)
{
    return t->type == TRAWL_IP;
}

struct tw_tally *tw_tally_retain(struct tw_tally *tally)
{
    if (tally)
        atomic_fetch_add_explicit(&tally->refs, 1, memory_order_relaxed);
    return tally;
}

void tw_tally_release(struct tw_tally *tally)
{
    if (!tally || atomic_fetch_sub_explicit(&tally->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (!tally->map) {
        tw_free(tally->cells);
        tw_free(tally->rows);
        tw_free(tally->text_offsets);
        tw_free(tally->text);
        tw_free(tally->addresses);
        tw_free(tally->counts);
        tw_free(tally->seen);
    }
    tw_free(tally->slot_start);
    tw_map_release(tally->map);
    tw_free(tally);
}

/* ---- counts by slot ---- */

static int counts_of_one(struct tw_tally *t, const struct tw_counter *c, trawl_error *err)
{
    t->counts = tw_alloc_array(c->n, sizeof(*t->counts));
    if (!t->counts)
        return tw_fail_nomem(err);
    for (uint32_t v = 0; v < c->n; v++)
        t->counts[v] = (trawl_count){v, c->values[v].count};
    t->slot_start[1] = c->n;
    return TRAWL_OK;
}

/* Of values whose rows are kept. */
static int counts_of_seen(struct tw_tally *t, const struct tw_counter *c, trawl_error *err)
{
    uint64_t n = 0;

    for (uint64_t i = 0; i < (uint64_t)c->n * c->n_seen; i++)
        n += c->seen[i].count != 0;
    t->counts = tw_alloc_array(n + 1, sizeof(*t->counts));
    t->seen = tw_alloc_array(n + 1, sizeof(*t->seen));
    if (!t->counts || !t->seen)
        return tw_fail_nomem(err);
    n = 0;
    for (uint32_t s = 0; s < t->n_slots; s++) {
        for (uint32_t v = 0; v < c->n; v++) {
            const struct tw_seen *seen = &c->seen[(size_t)v * c->n_seen + s];

            if (!seen->count)
                continue;
            t->counts[n] = (trawl_count){v, seen->count};
            t->seen[n++] = seen->rows;
        }
        t->slot_start[s + 1] = n;
    }
    return TRAWL_OK;
}

/* Runs by slot; a slot may have come up several times, and a value several times in it. */
static int counts_of_runs(struct tw_tally *t, struct tw_counter *c, trawl_error *err)
{
    uint64_t *start = t->slot_start, n = 0, from = 0;
    struct tw_count_run *runs = tw_alloc_array(c->n_runs + 1, sizeof(*runs));
    uint32_t *at = tw_alloc_array(c->n, sizeof(*at)); /* of a value among the slot's counts, + 1 */

    t->counts = tw_alloc_array(c->n_runs + 1, sizeof(*t->counts));
    if (!runs || !at || !t->counts || c->n_runs >= UINT32_MAX) {
        tw_free(runs);
        tw_free(at);
        return tw_fail_nomem(err);
    }
    for (uint64_t i = 0; i < c->n_runs; i++)
        start[c->runs[i].slot + 1]++;
    for (uint32_t s = 0; s < t->n_slots; s++)
        start[s + 1] += start[s];
    for (uint64_t i = 0; i < c->n_runs; i++)
        runs[start[c->runs[i].slot]++] = c->runs[i]; /* start[s] is the end of s from now on */
    for (uint32_t s = 0; s < t->n_slots; s++) {
        const uint64_t first = n, end = start[s];

        for (; from < end; from++) {
            const struct tw_count_run *r = &runs[from];

            if (at[r->value] > first) {
                t->counts[at[r->value] - 1].count += r->count;
                continue;
            }
            t->counts[n++] = (trawl_count){r->value, r->count};
            at[r->value] = (uint32_t)n;
        }
        start[s] = first;
    }
    start[t->n_slots] = n;
    tw_free(runs);
    tw_free(at);
    return TRAWL_OK;
}

/* ---- values ---- */

static int take_numbers(struct tw_tally *t, const struct tw_counter *c, trawl_error *err)
{
    const size_t size = tw_type_size(t->type);

    t->cells = tw_alloc_array(c->n, size);
    if (!t->cells)
        return tw_fail_nomem(err);
    for (uint32_t v = 0; v < c->n; v++) {
        const uint64_t number = c->values[v].number;
        uint8_t *cell = (uint8_t *)t->cells + v * size;

        if (size == 1)
            *cell = (uint8_t)number;
        else if (size == 2)
            *(uint16_t *)(void *)cell = (uint16_t)number;
        else if (size == 4)
            *(uint32_t *)(void *)cell = (uint32_t)number;
        else
            *(uint64_t *)(void *)cell = number;
    }
    return TRAWL_OK;
}

/* Bytes lie in the order of values already. */
static int take_texts(struct tw_tally *t, struct tw_counter *c, trawl_error *err)
{
    uint32_t *codes = t->cells = tw_alloc_array(c->n, sizeof(*codes));

    t->text_offsets = tw_alloc_array((size_t)c->n + 2, sizeof(*t->text_offsets));
    if (!codes || !t->text_offsets)
        return tw_fail_nomem(err);
    for (uint32_t v = 0; v < c->n; v++) {
        codes[v] = v + 1;
        t->text_offsets[v + 2] = c->values[v].number + c->values[v].n;
    }
    t->text = c->bytes;
    c->bytes = NULL;
    return TRAWL_OK;
}

static int take_addresses(struct tw_tally *t, const struct tw_counter *c, trawl_error *err)
{
    static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    uint32_t *codes = t->cells = tw_alloc_array(c->n, sizeof(*codes));

    t->addresses = tw_alloc_array((size_t)c->n + 1, sizeof(*t->addresses));
    if (!codes || !t->addresses)
        return tw_fail_nomem(err);
    for (uint32_t v = 0; v < c->n; v++) {
        const struct tw_counted *value = &c->values[v];

        codes[v] = (v + 1) | (value->n == 16 ? UINT32_C(1) << 31 : 0);
        memcpy(t->addresses[v + 1], mapped_prefix, 12);
        memcpy(t->addresses[v + 1] + 16 - value->n, c->bytes + value->number, value->n);
    }
    return TRAWL_OK;
}

static int fill(struct tw_tally *t, struct tw_counter *c, trawl_error *err)
{
    int rc = tw_counter_flush(c, err);

    t->n_values = c->n;
    t->slot_start = tw_alloc_array((size_t)t->n_slots + 1, sizeof(*t->slot_start));
    t->rows = tw_alloc_array(c->n, sizeof(*t->rows));
    if (rc != TRAWL_OK || !t->slot_start || !t->rows)
        return tw_fail_nomem(err);
    for (uint32_t v = 0; v < c->n; v++)
        t->rows[v] = c->values[v].row;
    rc = c->n_seen ? counts_of_seen(t, c, err)
         : c->many ? counts_of_runs(t, c, err)
                   : counts_of_one(t, c, err);
    if (rc != TRAWL_OK)
        return rc;
    return !tw_type_is_coded(t->type) ? take_numbers(t, c, err)
           : is_ip(t)                 ? take_addresses(t, c, err)
                                      : take_texts(t, c, err);
}

/* From one counter, which is empty afterwards. */
static int finish(struct tw_counter *c, uint32_t n_slots, struct tw_tally **ret, trawl_error *err)
{
    struct tw_tally *t;
    int rc;

    t = tw_alloc(sizeof(*t));
    if (!t)
        return tw_fail_nomem(err);
    atomic_init(&t->refs, 1);
    t->type = c->type;
    t->n_slots = n_slots;
    rc = c->n ? fill(t, c, err) : TRAWL_OK;
    tw_counter_fini(c);
    if (rc == TRAWL_OK)
        *ret = t;
    else
        tw_tally_release(t);
    return rc;
}

/* ---- several parts ---- */

/* Row of the next value of a part; UINT64_MAX: it has no more. */
static uint64_t next_row(const struct tw_counter *part, uint32_t at)
{
    return at < part->n ? part->values[at].row : UINT64_MAX;
}

/* Values of all parts in order of rows, those of a row in order of parts. new_of[p][v]: where value
 * v of part p went. */
static int merge_values(struct tw_counter *const *parts, size_t n_parts, uint32_t *const *new_of,
                        uint32_t *at, struct tw_counter *all, trawl_error *err)
{
    for (;;) {
        uint64_t row = UINT64_MAX;
        size_t best = 0;
        const struct tw_counted *v;
        int rc;

        for (size_t p = 0; p < n_parts; p++) {
            const uint64_t next = next_row(parts[p], at[p]);

            if (next < row) {
                row = next;
                best = p;
            }
        }
        if (row == UINT64_MAX)
            return TRAWL_OK;
        v = &parts[best]->values[at[best]];
        rc = tw_counter_find_counted(all, parts[best], v, &new_of[best][at[best]], err);
        if (rc != TRAWL_OK)
            return rc;
        at[best]++;
    }
}

static int merge_counts(struct tw_counter *part, const uint32_t *new_of, struct tw_counter *all,
                        trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint64_t i = 0; i < (uint64_t)part->n * part->n_seen; i++) {
        const uint64_t v = i / part->n_seen, s = i % part->n_seen;

        if (part->seen[i].count)
            tw_seen_add(&all->seen[(uint64_t)new_of[v] * all->n_seen + s], part->seen[i].count,
                        &part->seen[i].rows);
    }
    for (uint64_t i = 0; part->many && rc == TRAWL_OK && i < part->n_runs; i++)
        rc = tw_counter_add_run(all, part->runs[i].slot, new_of[part->runs[i].value],
                                part->runs[i].count, err);
    for (uint32_t v = 0; !part->many && rc == TRAWL_OK && v < part->n; v++)
        rc = tw_counter_add_run(all, 0, new_of[v], part->values[v].count, err);
    return rc;
}

static int merge(struct tw_counter *const *parts, size_t n_parts, struct tw_counter *all,
                 trawl_error *err)
{
    uint32_t **new_of = tw_alloc_array(n_parts, sizeof(*new_of));
    uint32_t *at = tw_alloc_array(n_parts, sizeof(*at));
    int rc = new_of && at ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t p = 0; p < n_parts && rc == TRAWL_OK; p++) {
        new_of[p] = tw_alloc_array((size_t)parts[p]->n + 1, sizeof(*new_of[p]));
        if (!new_of[p])
            rc = tw_fail_nomem(err);
    }
    if (rc == TRAWL_OK)
        rc = merge_values(parts, n_parts, new_of, at, all, err);
    for (size_t p = 0; p < n_parts && rc == TRAWL_OK; p++)
        rc = merge_counts(parts[p], new_of[p], all, err);
    for (size_t p = 0; new_of && p < n_parts; p++)
        tw_free(new_of[p]);
    tw_free(new_of);
    tw_free(at);
    return rc;
}

int tw_tally_new(struct tw_counter *const *parts, size_t n_parts, uint32_t n_slots,
                 struct tw_tally **ret, trawl_error *err)
{
    struct tw_counter all, *some = parts[0];
    size_t n_some = 0;
    int rc = TRAWL_OK;

    for (size_t p = 0; p < n_parts && rc == TRAWL_OK; p++) {
        rc = tw_counter_flush(parts[p], err);
        if (parts[p]->n) {
            some = parts[p];
            n_some++;
        }
    }
    if (rc != TRAWL_OK)
        return rc;
    if (n_some <= 1)
        return finish(some, n_slots, ret, err);
    tw_counter_init(&all, some->type, n_slots);
    all.n_seen = some->n_seen;
    all.many = some->many;
    rc = merge(parts, n_parts, &all, err);
    for (size_t p = 0; p < n_parts; p++)
        tw_counter_fini(parts[p]);
    if (rc == TRAWL_OK)
        rc = finish(&all, n_slots, ret, err);
    tw_counter_fini(&all);
    return rc;
}

/* ---- tallies of tallies ---- */

static uint64_t number_of(const struct tw_tally *t, uint32_t v)
{
    switch (tw_type_size(t->type)) {
    case 1:
        return ((const uint8_t *)t->cells)[v];
    case 2:
        return ((const uint16_t *)t->cells)[v];
    case 4:
        return ((const uint32_t *)t->cells)[v];
    default:
        return ((const uint64_t *)t->cells)[v];
    }
}

/* The bytes of value v; NULL: a number. */
static const uint8_t *bytes_of(const struct tw_tally *t, uint32_t v, size_t *ret_n)
{
    *ret_n = 0;
    if (!tw_type_is_coded(t->type))
        return NULL;
    if (is_ip(t)) {
        *ret_n = number_of(t, v) >> 31 ? 16 : 4;
        return t->addresses[v + 1] + 16 - *ret_n;
    }
    *ret_n = (size_t)(t->text_offsets[v + 2] - t->text_offsets[v + 1]);
    return t->text ? t->text + t->text_offsets[v + 1] : (const uint8_t *)"";
}

/* Add the counts of a tally; value v stands for new_of[start_of[v]] to new_of[start_of[v + 1] - 1].
 */
static int add_counts(const struct tw_tally *t, const uint32_t *start_of, const uint32_t *new_of,
                      struct tw_counter *all, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t s = 0; t->n_values && s < t->n_slots; s++) {
        for (uint64_t i = t->slot_start[s]; i < t->slot_start[s + 1]; i++) {
            const trawl_count *c = &t->counts[i];

            for (uint32_t k = start_of[c->value]; k < start_of[c->value + 1]; k++) {
                rc = tw_counter_add_run(all, s, new_of[k], c->count, err);
                if (rc != TRAWL_OK)
                    return rc;
            }
        }
    }
    return rc;
}

int tw_tally_merge(const struct tw_tally *const *parts, size_t n_parts, struct tw_tally **ret,
                   trawl_error *err)
{
    struct tw_counter *counters = tw_alloc_array(n_parts + 1, sizeof(*counters));
    struct tw_counter **list = tw_alloc_array(n_parts + 1, sizeof(*list));
    uint32_t n_slots = 1;
    int rc = counters && list ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t p = 0; p < n_parts && rc == TRAWL_OK; p++) {
        const struct tw_tally *t = parts[p];
        uint32_t *start = NULL, *same = NULL;

        list[p] = &counters[p];
        n_slots = t->n_slots;
        tw_counter_init(&counters[p], t->type, n_slots);
        start = tw_alloc_array((size_t)t->n_values + 1, sizeof(*start));
        same = tw_alloc_array(t->n_values, sizeof(*same));
        if (!start || !same)
            rc = tw_fail_nomem(err);
        for (uint32_t v = 0; v < t->n_values && rc == TRAWL_OK; v++) {
            size_t n;
            const uint8_t *bytes = bytes_of(t, v, &n);

            rc = tw_counter_find(&counters[p], t->rows[v], bytes ? 0 : number_of(t, v), bytes, n,
                                 &same[v], err);
            start[v + 1] = v + 1;
        }
        if (rc == TRAWL_OK)
            rc = add_counts(t, start, same, &counters[p], err);
        tw_free(start);
        tw_free(same);
    }
    if (rc == TRAWL_OK)
        rc = tw_tally_new(list, n_parts, n_slots, ret, err);
    for (size_t p = 0; counters && p < n_parts; p++)
        tw_counter_fini(&counters[p]);
    tw_free(counters);
    tw_free(list);
    return rc;
}

int tw_counter_find_item(struct tw_counter *all, uint32_t row, const struct tw_column *column,
                         uint64_t item, bool is_new, uint32_t *ret, trawl_error *err)
{
    int (*find)(struct tw_counter * counter, uint32_t in_row, uint64_t cell, const void *data,
                size_t n_bytes, uint32_t *ret_value,
                trawl_error *error) = is_new ? tw_counter_append : tw_counter_find;
    const uint64_t number = tw_column_u64(column, item);
    size_t n = 0;
    const uint8_t *bytes;

    if (column->type == TRAWL_F64)
        return find(all, row, TW_CELLS(column, const uint64_t)[item], NULL, 0, ret, err);
    if (!tw_type_is_coded(column->type))
        return find(all, row, number, NULL, 0, ret, err);
    if (column->type == TRAWL_IP) {
        n = number >> 31 ? 16 : 4;
        bytes = tw_dict_address(column->dict, (uint32_t)number & 0x7fffffffu) + 16 - n;
    } else {
        bytes = tw_dict_text(column->dict, (uint32_t)number, &n);
    }
    return find(all, row, 0, bytes, n, ret, err);
}

static int map_values(const struct tw_tally *of, const struct tw_column *column, uint32_t *start,
                      uint32_t *new_of, struct tw_counter *all, trawl_error *err)
{
    const uint64_t *offsets = (const uint64_t *)(const void *)column->offsets.base;
    uint32_t n = 0;
    int rc = TRAWL_OK;

    for (uint32_t v = 0; v < of->n_values; v++) {
        uint64_t i = column->is_list ? offsets[v] : v;
        const uint64_t end = column->is_list ? offsets[v + 1]
                                             : i + (unsigned)tw_column_has(column, v);

        start[v] = n;
        for (; i < end && rc == TRAWL_OK; i++)
            rc = tw_counter_find_item(all, of->rows[v], column, i, false, &new_of[n++], err);
        if (rc != TRAWL_OK)
            return rc;
    }
    start[of->n_values] = n;
    return TRAWL_OK;
}

int tw_tally_map(const struct tw_tally *of, const struct tw_column *column, struct tw_tally **ret,
                 trawl_error *err)
{
    const uint64_t n_items = column->is_list ? column->n_items : column->n_rows;
    uint32_t *start = tw_alloc_array((size_t)of->n_values + 1, sizeof(*start));
    uint32_t *new_of = tw_alloc_array(n_items + 1, sizeof(*new_of));
    struct tw_counter all;
    int rc;

    tw_counter_init(&all, column->type, of->n_slots);
    rc = !start || !new_of ? tw_fail_nomem(err)
         : column->n_rows < of->n_values || n_items >= UINT32_MAX
             ? tw_fail(err, TRAWL_E_PLUGIN, "a row is missing for a value")
             : map_values(of, column, start, new_of, &all, err);
    if (rc == TRAWL_OK)
        rc = add_counts(of, start, new_of, &all, err);
    if (rc == TRAWL_OK)
        rc = finish(&all, of->n_slots, ret, err);
    tw_counter_fini(&all);
    tw_free(start);
    tw_free(new_of);
    return rc;
}
