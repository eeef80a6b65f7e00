/* Counts of fields' values, to blocks and back: each kind of array of all of them behind one
 * another. Must not know which fields they are of. */
#include "core/cache/counts.h"

static const uint32_t v6_bit = UINT32_C(1) << 31;

/* One of them; its values begin where those of the one before end. */
struct stored {
    uint32_t type, n_values;
    uint64_t n_text; /* bytes, STRING and BYTES */
    uint64_t n_name; /* with the zero byte behind it */
};

/* How much each array has of one. */
struct lengths {
    uint64_t cells, offsets, addresses;
};

static bool is_text(uint32_t type)
{
    return type == TRAWL_STRING || type == TRAWL_BYTES;
}

static struct lengths lengths_of(const struct stored *s)
{
    const uint64_t n = s->n_values;

    return (struct lengths){(n * tw_type_size((trawl_type)s->type) + 7) / 8 * 8,
                            n && is_text(s->type) ? n + 2 : 0,
                            n && s->type == TRAWL_IP ? n + 1 : 0};
}

/* ---- to blocks ---- */

static void put_one(const struct tw_tally *t, const struct stored *s, struct tw_buffer buffers[5])
{
    static const uint8_t zeros[8];
    const struct lengths n = lengths_of(s);
    const uint64_t n_cells = (uint64_t)t->n_values * tw_type_size(t->type);

    tw_buffer_append(&buffers[0], t->cells, n_cells);
    tw_buffer_append(&buffers[0], zeros, n.cells - n_cells);
    tw_buffer_append(&buffers[1], t->rows, (uint64_t)t->n_values * sizeof(*t->rows));
    tw_buffer_append(&buffers[2], t->counts, (uint64_t)t->n_values * sizeof(*t->counts));
    if (n.offsets) {
        tw_buffer_append(&buffers[3], t->text_offsets, n.offsets * sizeof(*t->text_offsets));
        tw_buffer_append(&buffers[4], t->text, s->n_text);
    } else if (n.addresses) {
        tw_buffer_append(&buffers[4], t->addresses, n.addresses * sizeof(*t->addresses));
    }
}

int tw_cache_put_counts(struct tw_cache_parts *parts, const struct tw_cache_counts *counts,
                        size_t n, trawl_error *err)
{
    /* Index, names, then put_one()'s. */
    struct tw_buffer buffers[7] = {TW_BUFFER_INIT, TW_BUFFER_INIT, TW_BUFFER_INIT, TW_BUFFER_INIT,
                                   TW_BUFFER_INIT, TW_BUFFER_INIT, TW_BUFFER_INIT};
    bool failed = false;

    for (size_t i = 0; i < n; i++) {
        const struct tw_tally *t = counts[i].tally;
        const struct stored s = {.type = (uint32_t)t->type,
                                 .n_values = t->n_values,
                                 .n_text = t->n_values && is_text((uint32_t)t->type)
                                               ? t->text_offsets[t->n_values + 1]
                                               : 0,
                                 .n_name = strlen(counts[i].name) + 1};

        if (t->n_slots != 1 || (t->n_values && t->slot_start[1] != t->n_values))
            TW_BUG("counts of '%s' are not of all rows together", counts[i].name);
        tw_buffer_append(&buffers[0], &s, sizeof(s));
        tw_buffer_append(&buffers[1], counts[i].name, s.n_name);
        put_one(t, &s, buffers + 2);
    }
    for (size_t k = 0; k < TW_COUNT(buffers); k++)
        failed |= buffers[k].failed;
    for (uint32_t k = 0; k < TW_COUNT(buffers); k++) {
        const size_t n_bytes = buffers[k].len;

        if (!failed && n_bytes)
            tw_cache_part_take(parts, TW_CACHE_COUNTS + k, tw_buffer_steal(&buffers[k]), n_bytes);
        tw_buffer_fini(&buffers[k]);
    }
    return failed ? tw_fail_nomem(err) : TRAWL_OK;
}

/* ---- and back ---- */

static int bad(trawl_error *err)
{
    return tw_fail(err, TRAWL_E_DATA, "a count is out of range");
}

/* What is left of each array. */
struct arrays {
    const uint8_t *at[7];
    uint64_t left[7];
};

static const void *take(struct arrays *a, size_t k, uint64_t n, size_t size)
{
    const void *p = a->at[k];

    if (n > a->left[k] / size)
        return NULL;
    a->at[k] += n * size;
    a->left[k] -= n * size;
    return p;
}

static bool are_values(const struct tw_tally *t, uint64_t n_text, uint64_t n_rows)
{
    bool good = true;

    for (uint32_t v = 0; v < t->n_values; v++)
        good &= t->rows[v] < n_rows && t->counts[v].value < t->n_values;
    if (t->type == TRAWL_BOOL)
        for (uint32_t v = 0; v < t->n_values; v++)
            good &= ((const uint8_t *)t->cells)[v] <= 1;
    if (tw_type_is_coded(t->type))
        for (uint32_t v = 0; v < t->n_values; v++)
            good &= (((const uint32_t *)t->cells)[v] &
                     (t->type == TRAWL_IP ? ~v6_bit : UINT32_MAX)) == v + 1;
    if (t->text_offsets) {
        good &= t->text_offsets[0] == 0 && t->text_offsets[t->n_values + 1] == n_text;
        for (uint32_t v = 0; v <= t->n_values; v++)
            good &= t->text_offsets[v] <= t->text_offsets[v + 1];
    }
    return good;
}

static int get_one(const struct tw_cache_file *file, struct arrays *a, const struct stored *s,
                   uint64_t n_rows, struct tw_cache_counts *ret, trawl_error *err)
{
    const size_t size = tw_type_size((trawl_type)s->type);
    const struct lengths n = lengths_of(s);
    struct tw_tally *t;

    if (size == 0 || s->n_name == 0 || !(ret->name = take(a, 1, s->n_name, 1)) ||
        memchr(ret->name, 0, s->n_name) != ret->name + s->n_name - 1)
        return bad(err);
    t = ret->tally = tw_alloc(sizeof(*t));
    if (!t)
        return tw_fail_nomem(err);
    atomic_init(&t->refs, 1);
    t->type = (trawl_type)s->type;
    t->n_slots = 1;
    t->n_values = s->n_values;
    t->map = tw_map_retain(file->map);
    if (t->n_values == 0)
        return s->n_text ? bad(err) : TRAWL_OK;
    t->slot_start = tw_alloc_array(2, sizeof(*t->slot_start));
    if (!t->slot_start)
        return tw_fail_nomem(err);
    t->slot_start[1] = t->n_values;
    t->cells = (void *)(uintptr_t)take(a, 2, n.cells, 1);
    t->rows = (uint32_t *)(uintptr_t)take(a, 3, t->n_values, sizeof(*t->rows));
    t->counts = (trawl_count *)(uintptr_t)take(a, 4, t->n_values, sizeof(*t->counts));
    if (n.offsets) {
        t->text_offsets = (uint64_t *)(uintptr_t)take(a, 5, n.offsets, sizeof(*t->text_offsets));
        t->text = (uint8_t *)(uintptr_t)take(a, 6, s->n_text, 1);
    } else if (n.addresses) {
        t->addresses = (uint8_t(*)[16])(uintptr_t)take(a, 6, n.addresses, sizeof(*t->addresses));
    }
    return t->cells && t->rows && t->counts && (!n.offsets || (t->text_offsets && t->text)) &&
                   (!n.addresses || t->addresses) && are_values(t, s->n_text, n_rows)
               ? TRAWL_OK
               : bad(err);
}

int tw_cache_get_counts(const struct tw_cache_file *file, uint64_t n_rows,
                        struct tw_cache_counts **ret, size_t *ret_n, trawl_error *err)
{
    static const uint8_t none[8];
    struct tw_cache_counts *counts;
    struct arrays arrays;
    const void *index;
    uint64_t n;
    int rc = TRAWL_OK;

    if (!tw_cache_array(file, TW_CACHE_COUNTS, sizeof(struct stored), &index, &n) || n == 0)
        return bad(err);
    for (uint32_t k = 0; k < TW_COUNT(arrays.at); k++) {
        const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_COUNTS + k);

        arrays.at[k] = block ? block->data : none;
        arrays.left[k] = block ? block->n : 0;
    }
    counts = tw_alloc_array((size_t)n, sizeof(*counts));
    if (!counts)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = get_one(file, &arrays, (const struct stored *)index + i, n_rows, &counts[i], err);
    for (size_t k = 1; rc == TRAWL_OK && k < TW_COUNT(arrays.at); k++)
        rc = arrays.left[k] ? bad(err) : TRAWL_OK;
    if (rc != TRAWL_OK) {
        tw_cache_counts_free(counts, (size_t)n);
        return rc;
    }
    *ret = counts;
    *ret_n = (size_t)n;
    return TRAWL_OK;
}

uint64_t tw_cache_n_counts(const struct tw_cache_file *file)
{
    const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_COUNTS);

    return block ? block->n / sizeof(struct stored) : 0;
}

void tw_cache_counts_free(struct tw_cache_counts *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tw_tally_release(counts[i].tally);
    tw_free(counts);
}
