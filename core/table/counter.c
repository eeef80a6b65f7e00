/* Values counted one after the other: a hash table of those met, and counts of the slot at hand.
 * Must not know where values come from. */
#include "core/table/tally.h"

enum {
    LEAST_VALUES = 16,
    LEAST_PLACES = 64,
    LATE_PLACES = 1 << 16, /* of a table that no near cache holds */
    LATE_MOST = 16,
    LATE_BYTES = 256
};

/* Bytes to be counted soon, in order: meanwhile what they are compared with comes from memory. */
struct tw_counter_late {
    uint32_t n;
    struct {
        uint32_t tag, row, n, count;
        uint8_t bytes[LATE_BYTES];
    } items[LATE_MOST];
};

void tw_counter_init(struct tw_counter *counter, trawl_type type, uint32_t n_slots)
{
    *counter = (struct tw_counter){.type = type, .many = n_slots > 1, .seed = tw_seed()};
}

void tw_counter_init_rows(struct tw_counter *counter, trawl_type type, const trawl_tally_rows *rows)
{
    tw_counter_init(counter, type, rows->n_slots);
    if (rows->flags & TRAWL_TALLY_SEEN) {
        counter->n_seen = rows->n_slots;
        counter->many = true; /* every one is looked at */
    }
}

void tw_counter_fini(struct tw_counter *c)
{
    tw_free(c->values);
    tw_free(c->places);
    tw_free(c->bytes);
    tw_free(c->direct);
    tw_free(c->touched);
    tw_free(c->runs);
    tw_free(c->seen);
    tw_free(c->late);
    *c = (struct tw_counter){
        .type = c->type, .many = c->many, .n_seen = c->n_seen, .seed = c->seed};
}

static inline bool is_value(const struct tw_counter *c, const struct tw_counted *v, uint64_t number,
                            const void *data, size_t n)
{
    if (!data)
        return v->number == number;
    if (v->n != n)
        return false;
    if (n == 4) /* an address of IPv4, most often */
        return tw_le32(c->bytes + v->number) == tw_le32(data);
    return n == 0 || memcmp(c->bytes + v->number, data, n) == 0;
}

/* A place is a tag of the value above its index + 1; the tag says where it is looked for first. So
 * a table grows, and other values are passed, without a look at values. */
static inline uint32_t tag_of(const struct tw_counter *c, uint64_t number, const void *data,
                              size_t n)
{
    return (uint32_t)(data ? tw_hash_bytes(data, n, c->seed) : tw_mix64(number ^ c->seed));
}

static int grow_values(struct tw_counter *c, trawl_error *err)
{
    const uint32_t room = c->room ? c->room * 2 : LEAST_VALUES;
    struct tw_counted *values;

    if (room <= c->room)
        return tw_fail(err, TRAWL_E_NOMEM, "out of memory: too many distinct values");
    values = tw_realloc_array(c->values, room, sizeof(*values));
    if (!values)
        return tw_fail_nomem(err);
    c->values = values;
    if (c->n_seen) {
        struct tw_seen *seen = tw_realloc_array(c->seen, (size_t)room * c->n_seen, sizeof(*seen));

        if (!seen)
            return tw_fail_nomem(err);
        memset(seen + (size_t)c->room * c->n_seen, 0,
               (size_t)(room - c->room) * c->n_seen * sizeof(*seen));
        c->seen = seen;
    } else if (c->many) {
        uint32_t *touched = tw_realloc_array(c->touched, room, sizeof(*touched));

        if (!touched)
            return tw_fail_nomem(err);
        c->touched = touched;
    }
    c->room = room;
    return TRAWL_OK;
}

static int grow_places(struct tw_counter *c, trawl_error *err)
{
    const uint32_t n = c->n_places ? c->n_places * 4 : LEAST_PLACES;
    uint64_t *places = n > c->n_places ? tw_alloc_array(n, sizeof(*places)) : NULL;

    if (!places)
        return tw_fail_nomem(err);
    for (uint32_t k = 0; k < c->n_places; k++) {
        uint32_t i = (uint32_t)(c->places[k] >> 32) & (n - 1);

        if (!c->places[k])
            continue;
        while (places[i])
            i = (i + 1) & (n - 1);
        places[i] = c->places[k];
    }
    tw_free(c->places);
    c->places = places;
    c->n_places = n;
    return TRAWL_OK;
}

static int keep_bytes(struct tw_counter *c, const void *data, size_t n, trawl_error *err)
{
    if (!c->bytes || n > c->bytes_room - c->n_bytes) {
        const uint64_t room = TW_MAX(c->bytes_room * 2, c->n_bytes + n + 256);
        uint8_t *bytes = tw_realloc_array(c->bytes, room, 1);

        if (!bytes)
            return tw_fail_nomem(err);
        c->bytes = bytes;
        c->bytes_room = room;
    }
    if (n)
        memcpy(c->bytes + c->n_bytes, data, n);
    c->n_bytes += n;
    return TRAWL_OK;
}

/* Small numbers are found without the hash table from the second one on. */
static int know_direct(struct tw_counter *c, uint64_t number, trawl_error *err)
{
    if (number >= TW_COUNTER_DIRECT || c->n < 2)
        return TRAWL_OK;
    if (!c->direct)
        c->direct = tw_alloc_array(TW_COUNTER_DIRECT, sizeof(*c->direct));
    if (!c->direct)
        return tw_fail_nomem(err);
    c->direct[number].value = c->last + 1;
    return TRAWL_OK;
}

/* The value's index in c->last; a new one if it is not there. data NULL: a number. */
static int find_tagged(struct tw_counter *c, uint32_t row, uint64_t number, const void *data,
                       size_t n, uint32_t tag, trawl_error *err)
{
    uint32_t i;
    int rc = TRAWL_OK;

    if ((uint64_t)c->n * 2 >= c->n_places)
        rc = grow_places(c, err);
    if (rc == TRAWL_OK && c->n == c->room)
        rc = grow_values(c, err);
    if (rc != TRAWL_OK)
        return rc;
    for (i = tag & (c->n_places - 1); c->places[i]; i = (i + 1) & (c->n_places - 1)) {
        const uint32_t v = (uint32_t)c->places[i] - 1;

        if (c->places[i] >> 32 == tag && is_value(c, &c->values[v], number, data, n)) {
            c->last = v;
            return data ? TRAWL_OK : know_direct(c, number, err);
        }
    }
    if (data) {
        number = c->n_bytes;
        rc = keep_bytes(c, data, n, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    c->last = c->n++;
    c->places[i] = (uint64_t)tag << 32 | c->n;
    c->values[c->last] = (struct tw_counted){
        .number = number, .n = (uint32_t)n, .row = row, .tag = tag};
    return data ? TRAWL_OK : know_direct(c, number, err);
}

static inline int find_value(struct tw_counter *c, uint32_t row, uint64_t number, const void *data,
                             size_t n, trawl_error *err)
{
    if (c->last < c->n && is_value(c, &c->values[c->last], number, data, n))
        return TRAWL_OK;
    if (!data && number < TW_COUNTER_DIRECT && c->direct && c->direct[number].value) {
        c->last = c->direct[number].value - 1;
        return TRAWL_OK;
    }
    return find_tagged(c, row, number, data, n, tag_of(c, number, data, n), err);
}

/* ---- bytes counted later ---- */

/* Three steps, so that what one needs from memory is asked for before. */
static int count_late(struct tw_counter *c, trawl_error *err)
{
    struct tw_counter_late *late = c->late;
    int rc = TRAWL_OK;

    for (uint32_t k = 0; k < late->n; k++) {
        const uint64_t place = c->places[late->items[k].tag & (c->n_places - 1)];

        if (place)
            __builtin_prefetch(&c->values[(uint32_t)place - 1]);
    }
    for (uint32_t k = 0; k < late->n; k++) {
        const uint64_t place = c->places[late->items[k].tag & (c->n_places - 1)];

        if (place >> 32 == late->items[k].tag && place)
            __builtin_prefetch(c->bytes + c->values[(uint32_t)place - 1].number);
    }
    for (uint32_t k = 0; k < late->n && rc == TRAWL_OK; k++) {
        rc = find_tagged(c, late->items[k].row, 0, late->items[k].bytes, late->items[k].n,
                         late->items[k].tag, err);
        if (rc == TRAWL_OK)
            c->values[c->last].count += late->items[k].count;
    }
    late->n = 0;
    return rc;
}

static int add_late(struct tw_counter *c, uint32_t row, const void *data, size_t n,
                    trawl_error *err)
{
    struct tw_counter_late *late = c->late ? c->late : tw_alloc_unset(sizeof(*late));
    const uint32_t tag = tag_of(c, 0, data, n);
    uint32_t k;

    if (!late)
        return tw_fail_nomem(err);
    if (!c->late)
        late->n = 0;
    c->late = late;
    k = late->n ? late->n - 1 : 0;
    if (late->n && late->items[k].tag == tag && late->items[k].n == n &&
        (n == 0 || memcmp(late->items[k].bytes, data, n) == 0)) { /* once more what came last */
        late->items[k].count++;
        return TRAWL_OK;
    }
    k = late->n++;
    late->items[k].tag = tag;
    late->items[k].count = 1;
    late->items[k].row = row;
    late->items[k].n = (uint32_t)n;
    if (n)
        memcpy(late->items[k].bytes, data, n);
    __builtin_prefetch(&c->places[tag & (c->n_places - 1)]);
    return late->n == LATE_MOST ? count_late(c, err) : TRAWL_OK;
}

/* ---- counts ---- */

/* What small numbers and late bytes have goes to their values. */
static int settle(struct tw_counter *c, trawl_error *err)
{
    for (unsigned i = 0; c->direct && !c->many && i < TW_COUNTER_DIRECT; i++) {
        if (c->direct[i].count)
            c->values[c->direct[i].value - 1].count += c->direct[i].count;
        c->direct[i].count = 0;
    }
    return c->late && c->late->n ? count_late(c, err) : TRAWL_OK;
}

int tw_counter_flush(struct tw_counter *c, trawl_error *err)
{
    const int rc = settle(c, err);

    if (rc != TRAWL_OK || !c->many)
        return rc;
    if (c->n_touched > c->runs_room - c->n_runs) {
        const uint64_t room = (c->n_runs + c->n_touched) * 2;
        struct tw_count_run *runs = tw_realloc_array(c->runs, room, sizeof(*runs));

        if (!runs)
            return tw_fail_nomem(err);
        c->runs = runs;
        c->runs_room = room;
    }
    for (uint32_t i = 0; i < c->n_touched; i++) {
        struct tw_counted *value = &c->values[c->touched[i]];

        c->runs[c->n_runs++] = (struct tw_count_run){c->slot, c->touched[i], value->count};
        value->count = 0;
    }
    c->n_touched = 0;
    return TRAWL_OK;
}

void tw_seen_add(struct tw_seen *to, uint32_t count, const trawl_tally_seen *rows)
{
    if (!to->count || rows->first < to->rows.first)
        to->rows.first = rows->first;
    if (!to->count || rows->last > to->rows.last)
        to->rows.last = rows->last;
    to->rows.n_rows += rows->n_rows;
    to->rows.set += rows->set;
    to->count += count;
}

/* Rows come in ascending order: the last one tells whether this one had the value before. */
static void see_last(struct tw_counter *c, uint32_t slot, uint32_t row)
{
    struct tw_seen *seen = &c->seen[(size_t)c->last * c->n_seen + slot];

    if (!seen->count)
        seen->rows.first = row;
    if (!seen->count || seen->rows.last != row) {
        seen->rows.n_rows++;
        seen->rows.last = row;
        seen->rows.set += tw_mix64((uint64_t)row + 1);
    }
    seen->count++;
}

/* Count the value of c->last. */
static int count_last(struct tw_counter *c, uint32_t slot, uint32_t count, trawl_error *err)
{
    struct tw_counted *value = &c->values[c->last];

    if (c->many && slot != c->slot) {
        const int rc = tw_counter_flush(c, err);

        if (rc != TRAWL_OK)
            return rc;
        c->slot = slot;
    }
    if (c->many && value->count == 0)
        c->touched[c->n_touched++] = c->last;
    value->count += count;
    return TRAWL_OK;
}

static int count_last_in(struct tw_counter *c, uint32_t slot, uint32_t row, trawl_error *err)
{
    if (!c->n_seen)
        return count_last(c, slot, 1, err);
    see_last(c, slot, row);
    return TRAWL_OK;
}

int tw_counter_add_bytes(struct tw_counter *c, uint32_t slot, uint32_t row, const void *data,
                         size_t n, trawl_error *err)
{
    int rc;

    if (c->n_places >= LATE_PLACES && !c->many) {
        if (n <= LATE_BYTES)
            return add_late(c, row, data, n, err);
        rc = settle(c, err); /* what comes first is counted first */
        if (rc != TRAWL_OK)
            return rc;
    }
    rc = find_value(c, row, 0, data ? data : "", n, err);
    return rc == TRAWL_OK ? count_last_in(c, slot, row, err) : rc;
}

int tw_counter_add_number_slowly(struct tw_counter *c, uint32_t slot, uint32_t row, uint64_t number,
                                 trawl_error *err)
{
    const int rc = find_value(c, row, number, NULL, 0, err);

    return rc == TRAWL_OK ? count_last_in(c, slot, row, err) : rc;
}

int tw_counter_find(struct tw_counter *c, uint32_t row, uint64_t number, const void *data, size_t n,
                    uint32_t *ret, trawl_error *err)
{
    const int rc = find_value(c, row, number, data, n, err);

    *ret = c->last;
    return rc;
}

int tw_counter_append(struct tw_counter *c, uint32_t row, uint64_t number, const void *data,
                      size_t n, uint32_t *ret, trawl_error *err)
{
    int rc = c->n == c->room ? grow_values(c, err) : TRAWL_OK;

    if (rc == TRAWL_OK && data) {
        number = c->n_bytes;
        rc = keep_bytes(c, data, n, err);
    }
    if (rc != TRAWL_OK)
        return rc;
    *ret = c->n;
    c->values[c->n++] = (struct tw_counted){.number = number, .n = (uint32_t)n, .row = row};
    return TRAWL_OK;
}

int tw_counter_find_counted(struct tw_counter *c, const struct tw_counter *of,
                            const struct tw_counted *value, uint32_t *ret, trawl_error *err)
{
    const bool coded = tw_type_is_coded(of->type);
    const int rc = find_tagged(c, value->row, value->number,
                               coded ? of->bytes + value->number : NULL, value->n, value->tag, err);

    *ret = c->last;
    return rc;
}

int tw_counter_add_run(struct tw_counter *c, uint32_t slot, uint32_t value, uint32_t count,
                       trawl_error *err)
{
    c->last = value;
    return count_last(c, slot, count, err);
}

int tw_counter_add_row(struct tw_counter *c, uint32_t slot, uint32_t row, uint32_t value,
                       trawl_error *err)
{
    c->last = value;
    return count_last_in(c, slot, row, err);
}
