/* Buckets: one for each value below 128, then 64 between a power of two and the next, so that the
 * middle of a bucket is at most 1/128 away from all that is in it (Gil Tene's HdrHistogram has the
 * same). Counters are a byte each until one is full, and only the octaves that occur have any.
 * Knows nothing of packets. */
#include "samples.h"

#include <string.h>

#include "top.h"

const struct samples samples_none;

enum { LINEAR = 128, PER_OCTAVE = 64, OCTAVE_BITS = 6, LINEAR_BITS = 7 };

static unsigned bucket_of(int64_t value)
{
    const uint64_t v = (uint64_t)value;
    unsigned e;

    if (v < LINEAR)
        return (unsigned)v;
    e = 63u - (unsigned)__builtin_clzll(v);
    return LINEAR + (e - LINEAR_BITS) * PER_OCTAVE +
           (unsigned)(v >> (e - OCTAVE_BITS) & (PER_OCTAVE - 1));
}

/* The middle of a bucket. */
static int64_t value_of(unsigned bucket)
{
    unsigned octave;
    uint64_t low;

    if (bucket < LINEAR)
        return bucket;
    octave = (bucket - LINEAR) / PER_OCTAVE;
    low = (uint64_t)(PER_OCTAVE + (bucket - LINEAR) % PER_OCTAVE) << (octave + 1);
    return (int64_t)(low + ((uint64_t)1 << octave));
}

static uint32_t counter(const struct samples *s, size_t i)
{
    if (s->width == 1)
        return ((const uint8_t *)s->data)[i];
    return s->width == 2 ? ((const uint16_t *)s->data)[i] : ((const uint32_t *)s->data)[i];
}

static void set_counter(struct samples *s, size_t i, uint32_t to)
{
    if (s->width == 1)
        ((uint8_t *)s->data)[i] = (uint8_t)to;
    else if (s->width == 2)
        ((uint16_t *)s->data)[i] = (uint16_t)to;
    else
        ((uint32_t *)s->data)[i] = to;
}

/* A block without values: counters of this width for the buckets [first, end), or room for values
 * that end - first is. The rest is that of `from`. */
static struct samples *new_block(const struct samples *from, unsigned first, unsigned end,
                                 unsigned width)
{
    struct samples *s = host->alloc(sizeof(*s) +
                                    (size_t)(end - first) * (width ? width : sizeof(int64_t)));

    if (!s)
        return NULL;
    *s = *from;
    s->first = (uint16_t)first;
    s->n_room = (uint16_t)(end - first);
    s->width = (uint8_t)width;
    return s;
}

/* Counters of this width for the buckets [first, end), with what the old ones say. */
static int recount(struct samples **place, unsigned first, unsigned end, unsigned width)
{
    struct samples *from = *place, *to = new_block(from, first, end, width);

    if (!to)
        return -1;
    for (size_t i = 0; i < from->n_room; i++)
        set_counter(to, from->first + i - first, counter(from, i));
    host->free(from);
    *place = to;
    return 0;
}

/* There is a counter for the bucket. */
static int reach(struct samples **place, unsigned bucket)
{
    const struct samples *s = *place;
    const unsigned first = bucket / PER_OCTAVE * PER_OCTAVE, end = first + PER_OCTAVE;

    if (s->n_room == 0)
        return recount(place, first, end, 1);
    if (bucket < s->first)
        return recount(place, first, (unsigned)s->first + s->n_room, s->width);
    if (bucket >= (unsigned)s->first + s->n_room)
        return recount(place, s->first, end, s->width);
    return 0;
}

static int count(struct samples **place, unsigned bucket, uint32_t n)
{
    struct samples *s;
    uint64_t to;

    if (reach(place, bucket) != 0)
        return -1;
    s = *place;
    to = (uint64_t)counter(s, bucket - s->first) + n;
    if (to > UINT32_MAX)
        to = UINT32_MAX;
    while (s->width < 4 && to >> (8 * s->width)) {
        if (recount(place, s->first, (unsigned)s->first + s->n_room, s->width * 2u) != 0)
            return -1;
        s = *place;
    }
    set_counter(s, bucket - s->first, (uint32_t)to);
    return 0;
}

/* All of `from` into the counters of *place. */
static int count_all(struct samples **place, const struct samples *from)
{
    const size_t n = from->width ? from->n_room : (size_t)from->n;

    for (size_t i = 0; i < n; i++) {
        const uint32_t of = from->width ? counter(from, i) : 1;
        const unsigned bucket = from->width ? from->first + (unsigned)i : bucket_of(from->data[i]);

        if (of && count(place, bucket, of) != 0)
            return -1;
    }
    return 0;
}

/* From values to counters. */
static int spread(struct samples **place)
{
    struct samples *to = new_block(*place, 0, 0, 1);

    if (!to || count_all(&to, *place) != 0) {
        host->free(to);
        return -1;
    }
    host->free(*place);
    *place = to;
    return 0;
}

/* ---- how many are kept as they are ---- */

static const uint16_t limits[SAMPLES_BANDS + 1] = {SAMPLES_KEPT, 512, 256, 128, 64, SAMPLES_LEAST};

static unsigned limit_of(const struct spare *spare)
{
    return spare ? limits[spare->level] : SAMPLES_KEPT;
}

static void lower(struct spare *spare)
{
    while (spare->used > SAMPLES_SPARE) { /* the last band leaves nothing */
        spare->used -= spare->bands[spare->level++];
        spare->is_due = 1;
    }
}

void spare_count(struct spare *spare, const struct samples *s)
{
    for (int i = spare->level; s && i < SAMPLES_BANDS && s->n > SAMPLES_LEAST; i++) {
        const uint64_t most = s->n < limits[i] ? s->n : limits[i];

        if (most > limits[i + 1]) {
            spare->bands[i] += most - limits[i + 1];
            spare->used += most - limits[i + 1];
        }
    }
    lower(spare);
}

/* The n-th value of a sample. */
static void count_one(struct spare *spare, uint64_t n)
{
    int i = SAMPLES_BANDS - 1;

    if (!spare || n <= SAMPLES_LEAST || n > limits[spare->level])
        return;
    while (n > limits[i])
        i--;
    spare->bands[i]++;
    spare->used++;
    lower(spare);
}

int samples_settle(struct samples **place, const struct spare *spare)
{
    const struct samples *s = *place;

    return s && s->width == 0 && s->n > limit_of(spare) ? spread(place) : 0;
}

/* There is a block, with room for so many values, at most SAMPLES_KEPT, if it has values. */
static int reserve(struct samples **place, size_t n)
{
    struct samples *s = *place;
    size_t n_room = s && s->n_room ? s->n_room : 4;

    if (s && (s->width || n <= s->n_room))
        return 0;
    while (n_room < n)
        n_room *= 2;
    n_room = n_room < SAMPLES_KEPT ? n_room : SAMPLES_KEPT;
    s = s ? host->realloc(s, sizeof(*s) + n_room * sizeof(*s->data))
          : new_block(&samples_none, 0, (unsigned)n_room, 0);
    if (!s)
        return -1;
    s->n_room = (uint16_t)n_room;
    *place = s;
    return 0;
}

static int keep(struct samples **place, int64_t value, const struct spare *spare)
{
    const struct samples *s = *place;

    if (s && s->width == 0 && s->n >= limit_of(spare) && spread(place) != 0)
        return -1;
    if (*place && (*place)->width)
        return count(place, bucket_of(value), 1);
    if (reserve(place, s ? (size_t)s->n + 1 : 1) != 0)
        return -1;
    (*place)->data[(*place)->n] = value;
    return 0;
}

static void sum_up(struct samples *s, uint64_t n, double sum, int64_t min, int64_t max)
{
    s->min = s->n && s->min < min ? s->min : min;
    s->max = s->n && s->max > max ? s->max : max;
    s->n += n;
    s->sum += sum;
}

int samples_add(struct samples **place, int64_t value, struct spare *spare)
{
    if (value < 0)
        value = 0;
    if (keep(place, value, spare) != 0)
        return -1;
    sum_up(*place, 1, (double)value, value, value);
    count_one(spare, (*place)->n);
    return 0;
}

int samples_merge(struct samples **place, const struct samples *from)
{
    const uint64_t n = *place ? (*place)->n : 0;

    if (!from || from->n == 0)
        return 0;
    if (!(*place && (*place)->width) && from->width == 0 && n + from->n <= SAMPLES_KEPT) {
        if (reserve(place, (size_t)(n + from->n)) != 0)
            return -1;
        memcpy((*place)->data + n, from->data, (size_t)from->n * sizeof(*from->data));
    } else if (reserve(place, 1) != 0 || ((*place)->width == 0 && spread(place) != 0) ||
               count_all(place, from) != 0) {
        return -1;
    }
    sum_up(*place, from->n, from->sum, from->min, from->max);
    return 0;
}

static void swap(int64_t *a, int64_t *b)
{
    const int64_t c = *a;

    *a = *b;
    *b = c;
}

/* The value that has this place when they are in order; they are put into another one. */
static int64_t select_value(int64_t *values, size_t n, size_t place)
{
    while (n > 1) {
        const int64_t x = values[0], y = values[n / 2], z = values[n - 1];
        const int64_t middle = x < y ? (y < z ? y : x < z ? z : x) : (x < z ? x : y < z ? z : y);
        size_t n_below = 0, n_above = 0;

        for (size_t i = 0; i + n_above < n;) { /* below, equal, above */
            if (values[i] < middle)
                swap(&values[i++], &values[n_below++]);
            else if (values[i] > middle)
                swap(&values[i], &values[n - ++n_above]);
            else
                i++;
        }
        if (place >= n_below && place < n - n_above)
            return middle;
        if (place < n_below) {
            n = n_below;
        } else {
            values += n - n_above;
            place -= n - n_above;
            n = n_above;
        }
    }
    return values[0];
}

int64_t samples_at(const struct samples *s, uint64_t rank)
{
    int64_t values[SAMPLES_KEPT], value = s->max;
    uint64_t below = 0;

    if (s->width == 0) {
        memcpy(values, s->data, (size_t)s->n * sizeof(*values));
        return select_value(values, (size_t)s->n, (size_t)rank);
    }
    for (size_t i = 0; i < s->n_room; i++) {
        below += counter(s, i);
        if (rank < below) {
            value = value_of(s->first + (unsigned)i);
            break;
        }
    }
    return value < s->min ? s->min : value > s->max ? s->max : value;
}

int64_t samples_quantile(const struct samples *s, double q)
{
    const double place = q * (double)s->n - 0.5;
    uint64_t rank = place > 0 ? (uint64_t)place : 0;

    return samples_at(s, rank < s->n ? rank : s->n - 1);
}

void samples_split(const struct samples *s, const int64_t *ends, size_t n_ends, uint64_t *ret)
{
    const size_t n = s->width ? s->n_room : (size_t)s->n;

    memset(ret, 0, (n_ends + 1) * sizeof(*ret));
    for (size_t i = 0; i < n; i++) {
        const int64_t value = s->width ? value_of(s->first + (unsigned)i) : s->data[i];
        size_t k = 0;

        while (k < n_ends && value >= ends[k])
            k++;
        ret[k] += s->width ? counter(s, i) : 1;
    }
}

void samples_fini(struct samples **place)
{
    if (*place) /* most are empty */
        host->free(*place);
    *place = NULL;
}
