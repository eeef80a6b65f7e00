/* Appends to segments of a mebibyte; a length that only grows says how far readers may look.
 * Must not know where the bytes come from. */
#include "core/capture/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SEGMENT = 1 << 20 };

struct tw_store {
    pthread_mutex_t lock; /* of what follows up to most */
    uint8_t **segments;   /* those that are held; the first has bytes from `first` on */
    size_t n_segments, capacity;
    uint64_t first; /* a multiple of SEGMENT */
    uint64_t most;
    uint64_t made, end; /* the maker's: bytes appended, bytes there are segments for */
    uint8_t *tail;      /* its segment, which is never let go of: that of made - 1 */
    _Atomic uint64_t length;
    atomic_bool ended;
};

struct tw_store *tw_store_new(uint64_t most, trawl_error *err)
{
    struct tw_store *store = tw_alloc(sizeof(*store));

    if (!store) {
        tw_fail_nomem(err);
        return NULL;
    }
    pthread_mutex_init(&store->lock, NULL);
    store->most = TW_MAX(most, (uint64_t)2 * SEGMENT);
    return store;
}

void tw_store_free(struct tw_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->n_segments; i++)
        tw_free(store->segments[i]);
    tw_free(store->segments);
    pthread_mutex_destroy(&store->lock);
    tw_free(store);
}

/* Segments for all bytes before end. */
static bool reserve(struct tw_store *store, uint64_t end)
{
    bool there = true;

    if (end <= store->end)
        return true;
    pthread_mutex_lock(&store->lock);
    while (there && store->first + (uint64_t)store->n_segments * SEGMENT < end) {
        uint8_t *fresh = (uint64_t)(store->n_segments + 1) * SEGMENT <= store->most
                             ? tw_alloc_unset(SEGMENT)
                             : NULL;

        there = fresh && tw_grow(&store->segments, store->n_segments + 1, &store->capacity,
                                 sizeof(*store->segments));
        if (there)
            store->segments[store->n_segments++] = fresh;
        else
            tw_free(fresh);
    }
    store->end = store->first + (uint64_t)store->n_segments * SEGMENT;
    pthread_mutex_unlock(&store->lock);
    return there;
}

static uint8_t *segment_at(struct tw_store *store, uint64_t offset)
{
    uint8_t *segment;

    pthread_mutex_lock(&store->lock);
    segment = offset < store->first ? NULL : store->segments[(offset - store->first) / SEGMENT];
    pthread_mutex_unlock(&store->lock);
    return segment;
}

static void put(struct tw_store *store, const void *data, size_t n)
{
    const uint8_t *from = data;

    while (n) {
        const size_t at = (size_t)(store->made % SEGMENT), part = TW_MIN(n, SEGMENT - at);

        if (at == 0)
            store->tail = segment_at(store, store->made);
        memcpy(store->tail + at, from, part);
        store->made += part;
        from += part;
        n -= part;
    }
}

bool tw_store_append(struct tw_store *store, const void *head, size_t n_head, const void *data,
                     size_t n)
{
    if (!reserve(store, store->made + n_head + n))
        return false;
    put(store, head, n_head);
    put(store, data, n);
    return true;
}

void tw_store_publish(struct tw_store *store)
{
    atomic_store_explicit(&store->length, store->made, memory_order_release);
}

void tw_store_end(struct tw_store *store)
{
    tw_store_publish(store);
    atomic_store_explicit(&store->ended, true, memory_order_release);
}

uint64_t tw_store_length(const struct tw_store *store, bool *ret_ended)
{
    *ret_ended = atomic_load_explicit(&store->ended, memory_order_acquire);
    return atomic_load_explicit(&store->length, memory_order_acquire);
}

int tw_store_read(struct tw_store *store, uint64_t offset, void *out, size_t n, size_t *ret_n,
                  trawl_error *err)
{
    bool ended;
    const uint64_t length = tw_store_length(store, &ended);
    uint8_t *to = out;

    *ret_n = 0;
    if (offset >= length)
        return TRAWL_OK;
    n = (size_t)TW_MIN(n, length - offset);
    while (*ret_n < n) {
        const size_t at = (size_t)(offset % SEGMENT), part = TW_MIN(n - *ret_n, SEGMENT - at);
        const uint8_t *segment = segment_at(store, offset);

        if (!segment)
            return tw_fail(err, TRAWL_E_IO, "these packets were let go to stay within the memory");
        memcpy(to + *ret_n, segment + at, part);
        *ret_n += part;
        offset += part;
    }
    return TRAWL_OK;
}

void tw_store_drop(struct tw_store *store, uint64_t offset)
{
    size_t n;

    pthread_mutex_lock(&store->lock);
    n = offset > store->first ? (size_t)((offset - store->first) / SEGMENT) : 0;
    n = TW_MIN(n, store->n_segments);
    for (size_t i = 0; i < n; i++)
        tw_free(store->segments[i]);
    store->n_segments -= n;
    if (n && store->n_segments)
        memmove(store->segments, store->segments + n, store->n_segments * sizeof(*store->segments));
    store->first += (uint64_t)n * SEGMENT;
    pthread_mutex_unlock(&store->lock);
}

uint64_t tw_store_held(struct tw_store *store)
{
    uint64_t n;

    pthread_mutex_lock(&store->lock);
    n = (uint64_t)store->n_segments * SEGMENT;
    pthread_mutex_unlock(&store->lock);
    return n;
}

uint64_t tw_store_most(const struct tw_store *store)
{
    return store->most;
}
