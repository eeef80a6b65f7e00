/* Open addressing over an array that is only emptied as a whole. Must not know c-ares. */
#include "cache.h"

#include <string.h>
#include <sys/random.h>

enum { MOST = 1 << 18 }; /* addresses: one more, and all are forgotten unless some still wait */
static const int64_t lasts_ns[] = {
    [ANSWER_WAITS] = INT64_MAX,
    [ANSWER_NAME] = INT64_C(600000000000),
    [ANSWER_NONE] = INT64_C(600000000000),
    [ANSWER_SILENCE] = INT64_C(30000000000),
};

static uint32_t *slot_of(const struct cache *c, const uint8_t address[16])
{
    uint64_t a, b, h;
    size_t i;

    memcpy(&a, address, 8);
    memcpy(&b, address + 8, 8);
    h = (a ^ c->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 29 ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
    for (i = (size_t)(h ^ h >> 32) & (c->n_slots - 1); c->slots[i]; i = (i + 1) & (c->n_slots - 1))
        if (memcmp(c->items[c->slots[i] - 1].address, address, 16) == 0)
            break;
    return &c->slots[i];
}

static int grow(struct cache *c)
{
    const size_t n_slots = c->n_slots ? c->n_slots * 2 : 256;
    uint32_t *slots = host->alloc(n_slots * sizeof(*slots));
    struct entry *items = slots ? host->realloc(c->items, n_slots / 2 * sizeof(*items)) : NULL;

    if (!items) {
        host->free(slots);
        return -1;
    }
    if (!c->slots && getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) < 0)
        c->seed = (uint64_t)(uintptr_t)slots;
    host->free(c->slots);
    c->slots = slots;
    c->n_slots = n_slots;
    c->items = items;
    c->room = n_slots / 2;
    for (size_t i = 0; i < c->n; i++)
        *slot_of(c, c->items[i].address) = (uint32_t)i + 1;
    return 0;
}

static int ask(struct cache *c, size_t i)
{
    if (c->n_waiting == c->room_waiting && c->first) {
        memmove(c->waiting, c->waiting + c->first, (c->n_waiting - c->first) * sizeof(*c->waiting));
        c->n_waiting -= c->first;
        c->first = 0;
    }
    if (c->n_waiting == c->room_waiting) {
        const size_t room = c->room_waiting ? c->room_waiting * 2 : 256;
        uint32_t *waiting = host->realloc(c->waiting, room * sizeof(*waiting));

        if (!waiting)
            return -1;
        c->waiting = waiting;
        c->room_waiting = room;
    }
    c->waiting[c->n_waiting++] = (uint32_t)i;
    c->n_open++;
    c->items[i].answer = ANSWER_WAITS;
    c->items[i].until_ns = INT64_MAX;
    return 0;
}

static void forget(struct cache *c)
{
    for (size_t i = 0; i < c->n; i++)
        host->free(c->items[i].name);
    memset(c->slots, 0, c->n_slots * sizeof(*c->slots));
    c->n = c->first = c->n_waiting = 0;
}

const struct entry *cache_look(struct cache *c, const uint8_t address[16], int64_t now_ns)
{
    uint32_t *slot = c->n ? slot_of(c, address) : NULL;
    size_t i;

    if (slot && *slot) {
        i = *slot - 1;
        return c->items[i].until_ns >= now_ns || ask(c, i) == 0 ? &c->items[i] : NULL;
    }
    if (c->n >= MOST && c->n_open == 0)
        forget(c);
    if (c->n == c->room && grow(c) != 0)
        return NULL;
    slot = slot_of(c, address);
    i = c->n;
    memset(&c->items[i], 0, sizeof(c->items[i]));
    memcpy(c->items[i].address, address, 16);
    if (ask(c, i) != 0)
        return NULL;
    *slot = (uint32_t)++c->n;
    return &c->items[i];
}

int64_t cache_next(struct cache *c, uint8_t ret[16])
{
    uint32_t i;

    if (c->first == c->n_waiting)
        return -1;
    i = c->waiting[c->first++];
    memcpy(ret, c->items[i].address, 16);
    return i;
}

int cache_put(struct cache *c, size_t i, enum answer answer, const char *name, int64_t now_ns)
{
    struct entry *e = &c->items[i];
    char *copy = NULL;
    size_t n = 0;

    if (answer == ANSWER_NAME) {
        n = strlen(name);
        n = n < NAME_MOST ? n : NAME_MOST;
        copy = host->alloc(n + 1);
        if (!copy)
            answer = ANSWER_SILENCE;
        else
            memcpy(copy, name, n);
    }
    if (copy || answer == ANSWER_NONE) {
        host->free(e->name);
        e->name = copy;
        e->n_name = (uint8_t)n;
    }
    e->answer = (uint8_t)answer;
    c->n_open--;
    e->until_ns = now_ns + lasts_ns[answer];
    return copy || answer != ANSWER_SILENCE || !name ? 0 : -1;
}
