/* Counts the values of one field in each slot. Knows nothing of what is done with the counts. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "compare.h"

enum { NONE = 0 };

/* ---- values as bytes ---- */

/* Numbers as they are, addresses with their family, text as such. */
struct bytes {
    const uint8_t *p;
    size_t n;
    uint8_t own[17];
};

static int is_coded(trawl_type type)
{
    return type == TRAWL_IP || type == TRAWL_STRING || type == TRAWL_BYTES;
}

static uint64_t number_of(const trawl_view *view, uint64_t item)
{
    uint64_t number;

    if (view->type != TRAWL_F64)
        return trawl_view_u64(view, item);
    memcpy(&number, (const double *)view->data + item, sizeof(number));
    return number;
}

static void bytes_of(const trawl_view *view, uint64_t item, struct bytes *ret)
{
    uint64_t number;
    uint32_t code;

    ret->p = ret->own;
    switch (view->type) {
    case TRAWL_IP:
        code = ((const uint32_t *)view->data)[item];
        memcpy(ret->own, view->addresses[code & 0x7fffffffu], 16);
        ret->own[16] = (uint8_t)(code >> 31);
        ret->n = 17;
        break;
    case TRAWL_STRING:
    case TRAWL_BYTES:
        code = ((const uint32_t *)view->data)[item];
        ret->p = view->text + view->text_offsets[code];
        ret->n = (size_t)(view->text_offsets[code + 1] - view->text_offsets[code]);
        break;
    default:
        number = number_of(view, item);
        memcpy(ret->own, &number, 8);
        ret->n = 8;
        break;
    }
}

static int is_same(const struct bytes *a, const struct bytes *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static uint64_t hash_of(uint64_t seed, const struct bytes *b)
{
    uint64_t x = seed ^ b->n;
    size_t i = 0;

    for (; i + 8 <= b->n; i += 8) {
        uint64_t word;

        memcpy(&word, b->p + i, 8);
        x = (x ^ word) * 0xd6e8feb86659fd93u;
        x ^= x >> 32;
    }
    for (; i < b->n; i++)
        x = (x ^ b->p[i]) * 0x100000001b3u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* ---- one field ---- */

struct run {
    uint32_t slot;
    struct cell cell;
};

struct counter {
    struct tally *t;
    const struct sample *sample;
    trawl_error *err;
    uint64_t seed;
    unsigned flags;
    uint64_t n_before; /* rows of the sources before the one at hand */
    uint64_t *places;  /* hash table of values + 1 below, their hash's upper half above */
    uint64_t n_places;
    uint64_t room;     /* for values */
    uint64_t expected; /* so many values there may be */
    uint32_t *counts;  /* few slots: [value][slot]; else of the slot at hand */
    int is_dense;      /* few slots */
    size_t n_dense;    /* slots side by side in counts: all, or 1 */
    uint32_t slot;     /* at hand */
    uint32_t *touched; /* values that the slot at hand has */
    uint64_t n_touched;
    struct run *runs; /* what slots gave, not in order */
    uint64_t n_runs, runs_room;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count values: no memory");
}

/* More room for n elements of an array in host memory. */
static int grow(void **array, uint64_t n, size_t size, trawl_error *err)
{
    void *more = host->realloc(*array, (size_t)n * size);

    if (!more)
        return no_memory(err);
    *array = more;
    return TRAWL_OK;
}

static int grow_values(struct counter *c)
{
    uint64_t room = c->room ? c->room * 2 : c->expected;
    int rc = grow((void **)&c->t->first, room, sizeof(*c->t->first), c->err);

    if (rc == TRAWL_OK)
        rc = grow((void **)&c->t->source, room, sizeof(*c->t->source), c->err);
    if (rc == TRAWL_OK)
        rc = grow((void **)&c->counts, room * c->n_dense, sizeof(*c->counts), c->err);
    if (rc == TRAWL_OK && !c->is_dense)
        rc = grow((void **)&c->touched, room, sizeof(*c->touched), c->err);
    if (rc == TRAWL_OK && c->flags & TALLY_ROWS)
        rc = grow((void **)&c->t->seen, room * c->n_dense, sizeof(*c->t->seen), c->err);
    if (rc != TRAWL_OK)
        return rc;
    if (c->flags & TALLY_ROWS)
        memset(c->t->seen + c->room * c->n_dense, 0,
               (size_t)((room - c->room) * c->n_dense) * sizeof(*c->t->seen));
    memset(c->counts + c->room * c->n_dense, 0,
           (size_t)((room - c->room) * c->n_dense) * sizeof(*c->counts));
    c->room = room;
    return TRAWL_OK;
}

static int grow_places(struct counter *c)
{
    uint64_t n = c->n_places ? c->n_places * 4 : 16;
    uint64_t *places;

    while (!c->n_places && n <= c->expected * 2)
        n *= 2;
    places = n <= UINT64_C(1) << 32 ? host->alloc((size_t)n * sizeof(*places)) : NULL;
    if (!places)
        return no_memory(c->err);
    for (uint64_t k = 0; k < c->n_places; k++) {
        uint64_t i = c->places[k] >> 32 & (n - 1);

        if (c->places[k] == NONE)
            continue;
        while (places[i] != NONE)
            i = (i + 1) & (n - 1);
        places[i] = c->places[k];
    }
    host->free(c->places);
    c->places = places;
    c->n_places = n;
    return TRAWL_OK;
}

/* The number of an item's value, a new one if it has none. */
static int value_of(struct counter *c, size_t source, uint64_t item, uint32_t *ret)
{
    struct bytes b, other;
    uint64_t i, tag;
    int rc;

    if (c->t->n_values * 2 >= c->n_places) {
        rc = grow_places(c);
        if (rc != TRAWL_OK)
            return rc;
    }
    bytes_of(&c->t->views[source], item, &b);
    tag = hash_of(c->seed, &b) >> 32;
    for (i = tag & (c->n_places - 1); c->places[i] != NONE; i = (i + 1) & (c->n_places - 1)) {
        uint32_t v = (uint32_t)c->places[i] - 1;

        if (c->places[i] >> 32 != tag)
            continue;
        bytes_of(&c->t->views[c->t->source[v]], c->t->first[v], &other);
        if (is_same(&b, &other)) {
            *ret = v;
            return TRAWL_OK;
        }
    }
    if (c->t->n_values == c->room) {
        rc = grow_values(c);
        if (rc != TRAWL_OK)
            return rc;
    }
    *ret = (uint32_t)c->t->n_values++;
    c->places[i] = tag << 32 | (*ret + 1);
    c->t->first[*ret] = (uint32_t)item;
    c->t->source[*ret] = (uint32_t)source;
    return TRAWL_OK;
}

/* The counts of the slot at hand become runs. */
static int flush(struct counter *c)
{
    if (c->is_dense)
        return TRAWL_OK;
    if (c->n_runs + c->n_touched > c->runs_room) {
        uint64_t room = (c->n_runs + c->n_touched) * 2;
        int rc = grow((void **)&c->runs, room, sizeof(*c->runs), c->err);

        if (rc != TRAWL_OK)
            return rc;
        c->runs_room = room;
    }
    for (uint64_t i = 0; i < c->n_touched; i++) {
        uint32_t v = c->touched[i];

        c->runs[c->n_runs++] = (struct run){c->slot, {v, c->counts[v]}};
        c->counts[v] = 0;
    }
    c->n_touched = 0;
    return TRAWL_OK;
}

static int is_zero(const trawl_view *view, uint64_t item)
{
    uint64_t number = trawl_view_u64(view, item);

    if (view->type == TRAWL_F64)
        return ((const double *)view->data)[item] == 0;
    if (view->type == TRAWL_STRING || view->type == TRAWL_BYTES)
        return view->text_offsets[number] == view->text_offsets[number + 1];
    return number == 0 && !is_coded(view->type);
}

/* ---- cells in order ---- */

static int by_slot_and_value(const void *a, const void *b)
{
    const struct run *x = a, *y = b;

    if (x->slot != y->slot)
        return x->slot < y->slot ? -1 : 1;
    return x->cell.value < y->cell.value ? -1 : x->cell.value > y->cell.value;
}

int cell_by_count(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

static int cells_from_dense(struct counter *c)
{
    struct tally *t = c->t;
    uint64_t n = 0;

    for (uint64_t i = 0; i < t->n_values * c->n_dense; i++)
        n += c->counts[i] != 0;
    t->cells = host->alloc((size_t)(n + 1) * sizeof(*t->cells));
    if (!t->cells)
        return no_memory(c->err);
    n = 0;
    for (size_t s = 0; s < c->sample->n_slots; s++) {
        t->slot_start[s] = n;
        for (uint32_t v = 0; v < t->n_values; v++) {
            uint32_t count = c->counts[(uint64_t)v * c->n_dense + s];

            if (count)
                t->cells[n++] = (struct cell){v, count};
        }
    }
    t->slot_start[c->sample->n_slots] = n;
    return TRAWL_OK;
}

static int cells_from_runs(struct counter *c)
{
    struct tally *t = c->t;
    uint64_t n = 0, n_slots = c->sample->n_slots, slot = 0;

    for (uint64_t i = 1; i < c->n_runs; i++) {
        if (by_slot_and_value(&c->runs[i - 1], &c->runs[i]) > 0) {
            qsort(c->runs, (size_t)c->n_runs, sizeof(*c->runs), by_slot_and_value);
            break;
        }
    }
    t->cells = host->alloc((size_t)(c->n_runs + 1) * sizeof(*t->cells));
    if (!t->cells)
        return no_memory(c->err);
    for (uint64_t i = 0; i < c->n_runs; i++) {
        const struct run *r = &c->runs[i];

        while (slot <= r->slot)
            t->slot_start[slot++] = n;
        if (i && r[-1].slot == r->slot && r[-1].cell.value == r->cell.value)
            t->cells[n - 1].count += r->cell.count;
        else
            t->cells[n++] = r->cell;
    }
    while (slot <= n_slots)
        t->slot_start[slot++] = n;
    return TRAWL_OK;
}

/* ---- counts that the host made ---- */

/* Sets of rows of several sources add up like those of one, each source's by a factor of its own.
 */
static void see(struct counter *c, size_t i_source, uint32_t value, const trawl_tally_seen *rows)
{
    struct seen *seen = &c->t->seen[(uint64_t)value * c->n_dense + c->slot];

    if (!seen->n)
        seen->first = c->n_before + rows->first + 1;
    seen->last = c->n_before + rows->last + 1;
    seen->n += rows->n_rows;
    seen->rows += rows->set * (2 * (uint64_t)i_source + 1);
}

/* The only source's values are those of all. */
static int take_values(struct counter *c, uint32_t *number_of, uint64_t n)
{
    int rc = TRAWL_OK;

    while (c->room < n && rc == TRAWL_OK)
        rc = grow_values(c);
    for (uint32_t v = 0; v < n && rc == TRAWL_OK; v++) {
        number_of[v] = v;
        c->t->first[v] = v;
        c->t->source[v] = 0;
    }
    c->t->n_values = n;
    return rc;
}

/* Values of a source to those of all sources. */
static int number_values(struct counter *c, size_t i_source, uint32_t **ret)
{
    const trawl_view *values = &c->t->views[i_source];
    uint32_t *number_of = host->alloc((size_t)(values->n_rows + 1) * sizeof(*number_of));
    int rc = number_of ? TRAWL_OK : no_memory(c->err);

    *ret = number_of;
    if (rc == TRAWL_OK && c->sample->n_sources == 1 && !(c->flags & TALLY_SKIP_ZERO))
        return take_values(c, number_of, values->n_rows);
    for (uint64_t v = 0; v < values->n_rows && rc == TRAWL_OK; v++) {
        number_of[v] = UINT32_MAX;
        if (!(c->flags & TALLY_SKIP_ZERO) || !is_zero(values, v))
            rc = value_of(c, i_source, v, &number_of[v]);
    }
    return rc;
}

static int add_tally(struct counter *c, size_t i_source)
{
    const struct source *s = &c->sample->sources[i_source];
    const trawl_tally *tally = &c->t->tallies[i_source];
    const size_t n_slots = s->slot_of_row ? c->sample->n_slots : 1;
    uint32_t *number_of = NULL;
    int rc;

    if (!tally->slot_start)
        return TRAWL_OK;
    rc = number_values(c, i_source, &number_of);
    for (size_t k = 0; k < n_slots && rc == TRAWL_OK; k++) {
        c->slot = s->slot_of_row ? (uint32_t)k : s->slot;
        for (uint64_t i = tally->slot_start[k]; i < tally->slot_start[k + 1]; i++) {
            const uint32_t value = number_of[tally->counts[i].value];

            if (value == UINT32_MAX)
                continue;
            if (c->flags & TALLY_ROWS)
                see(c, i_source, value, &tally->seen[i]);
            if (c->is_dense) {
                c->counts[(uint64_t)value * c->n_dense + c->slot] += tally->counts[i].count;
                continue;
            }
            if (c->counts[value] == 0)
                c->touched[c->n_touched++] = value;
            c->counts[value] += tally->counts[i].count;
        }
        rc = flush(c);
    }
    host->free(number_of);
    return rc;
}

/* Cells by value, most of which have small counts, are dealt out by count. */
static int deal_cells(struct cell *cells, uint64_t n, trawl_error *err)
{
    enum { MOST = 1024 };
    uint64_t start[MOST + 2] = {0}, at = 0;
    struct cell *out = host->alloc((size_t)n * sizeof(*out));

    if (!out)
        return no_memory(err);
    for (uint64_t i = 0; i < n; i++)
        start[cells[i].count < MOST ? cells[i].count : MOST]++;
    for (size_t k = MOST + 1; k-- > 0;) {
        const uint64_t here = start[k];

        start[k] = at;
        at += here;
    }
    at = start[MOST - 1]; /* those above are first, and not in order yet */
    for (uint64_t i = 0; i < n; i++)
        out[start[cells[i].count < MOST ? cells[i].count : MOST]++] = cells[i];
    qsort(out, (size_t)at, sizeof(*out), cell_by_count);
    memcpy(cells, out, (size_t)n * sizeof(*out));
    host->free(out);
    return TRAWL_OK;
}

/* Most frequent first, ties by value. */
static int sort_cells(struct cell *cells, uint64_t n, trawl_error *err)
{
    int in_order = 1;

    for (uint64_t i = 1; i < n; i++)
        in_order &= cells[i - 1].value < cells[i].value;
    if (n >= 64 && in_order)
        return deal_cells(cells, n, err);
    qsort(cells, (size_t)n, sizeof(*cells), cell_by_count);
    return TRAWL_OK;
}

/* As many values as the sources have together, but not more than two of them. */
static uint64_t expected_values(const struct counter *c)
{
    uint64_t all = 0, most = 0;

    for (size_t i = 0; i < c->sample->n_sources; i++) {
        const uint64_t n = c->t->views[i].size ? c->t->views[i].n_rows : 0;

        all += n;
        most = n > most ? n : most;
    }
    all = all < 2 * most ? all : 2 * most;
    return all ? all : 1;
}

static int count_field(struct counter *c)
{
    struct tally *t = c->t;
    int rc;

    c->expected = expected_values(c);
    rc = grow_values(c);

    for (size_t i = 0; i < c->sample->n_sources && rc == TRAWL_OK; i++) {
        if (t->views[i].size)
            rc = add_tally(c, i);
        c->n_before += c->sample->sources[i].n_rows;
    }
    if (rc == TRAWL_OK)
        rc = c->is_dense ? cells_from_dense(c) : cells_from_runs(c);
    for (size_t s = 0; s < c->sample->n_slots && rc == TRAWL_OK; s++) {
        struct cell *cells = t->cells + t->slot_start[s];
        uint64_t n = tally_width(t, s);

        for (uint64_t i = 0; i < n; i++)
            t->sums[s] += cells[i].count;
        rc = sort_cells(cells, n, c->err);
    }
    return rc;
}

static int count_total(const struct sample *sample, struct tally *t, trawl_error *err)
{
    t->n_values = 1;
    t->cells = host->alloc((sample->n_slots + 1) * sizeof(*t->cells));
    if (!t->cells)
        return no_memory(err);
    for (size_t s = 0; s < sample->n_slots; s++) {
        uint64_t n = t->slot_start[s];

        t->slot_start[s + 1] = n;
        t->sums[s] = sample->slots[s].n_rows;
        if (t->sums[s]) {
            t->cells[n] = (struct cell){0, (uint32_t)t->sums[s]};
            t->slot_start[s + 1] = n + 1;
        }
    }
    return TRAWL_OK;
}

int tally_count(const struct sample *sample, uint64_t seed, unsigned flags, struct tally *t,
                trawl_error *err)
{
    size_t n_slots = sample->n_slots;
    struct counter c = {.t = t,
                        .sample = sample,
                        .err = err,
                        .seed = seed,
                        .flags = flags,
                        .is_dense = n_slots <= TALLY_FEW_SLOTS,
                        .n_dense = n_slots && n_slots <= TALLY_FEW_SLOTS ? n_slots : 1,
                        .slot = UINT32_MAX};
    int rc;

    t->slot_start = host->alloc((n_slots + 1) * sizeof(*t->slot_start));
    t->sums = host->alloc((n_slots + 1) * sizeof(*t->sums));
    if (!t->slot_start || !t->sums)
        return no_memory(err);
    if (t->is_total)
        return count_total(sample, t, err);
    rc = count_field(&c);
    host->free(c.places);
    host->free(c.counts);
    host->free(c.touched);
    host->free(c.runs);
    return rc;
}
