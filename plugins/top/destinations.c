/* Rows by what they are about: open addressing over an array that grows. Knows nothing of segments.
 */
#include <string.h>

#include "top.h"

static size_t hash(uint64_t seed, uint32_t group, uint16_t port, unsigned inbound)
{
    uint64_t h = (seed ^ group) * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ h >> 29 ^ ((uint64_t)inbound << 16 | port)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(h ^ h >> 32);
}

static uint32_t *slot_of(const struct destinations *p, uint32_t group, uint16_t port,
                         unsigned inbound)
{
    size_t i = hash(p->seed, group, port, inbound) & (p->n_slots - 1);

    for (; p->slots[i]; i = (i + 1) & (p->n_slots - 1)) {
        const struct destination *d = &p->items[p->slots[i] - 1];

        if (d->group == group && d->port == port && d->inbound == inbound)
            break;
    }
    return &p->slots[i];
}

static int grow(struct destinations *p, trawl_error *err)
{
    const size_t n_slots = p->n_slots ? p->n_slots * 2 : 64;
    uint32_t *slots = host->alloc(n_slots * sizeof(*slots));
    struct destination *items = slots ? host->realloc(p->items, n_slots / 2 * sizeof(*items))
                                      : NULL;

    if (!items) {
        host->free(slots);
        return top_nomem(err);
    }
    host->free(p->slots);
    p->slots = slots;
    p->n_slots = n_slots;
    p->items = items;
    p->room = n_slots / 2;
    for (size_t i = 0; i < p->n; i++) {
        const struct destination *d = &p->items[i];

        *slot_of(p, d->group, d->port, d->inbound) = (uint32_t)i + 1;
    }
    return TRAWL_OK;
}

int destinations_find(struct destinations *p, uint32_t group, uint16_t port, unsigned inbound,
                      uint32_t *ret, trawl_error *err)
{
    uint32_t *slot;

    if (p->n == p->room) {
        const int rc = grow(p, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    slot = slot_of(p, group, port, inbound);
    if (!*slot) {
        p->items[p->n] = (struct destination){
            .group = group, .port = port, .inbound = (uint8_t)inbound};
        *slot = (uint32_t)++p->n;
    }
    *ret = *slot - 1;
    return TRAWL_OK;
}

void destinations_fetch(const struct destinations *p, uint32_t group, uint16_t port, int with_item)
{
    const uint32_t *slot;

    if (!p->n_slots)
        return;
    slot = &p->slots[hash(p->seed, group, port, 0) & (p->n_slots - 1)];
    if (!with_item)
        __builtin_prefetch(slot);
    else if (*slot)
        __builtin_prefetch(&p->items[*slot - 1], 1);
}

int destinations_settle(struct destinations *p, trawl_error *err)
{
    p->spare.is_due = 0;
    for (size_t i = 0; i < p->n; i++)
        if (numbers_settle(&p->items[i].numbers, &p->spare) != 0)
            return top_nomem(err);
    return TRAWL_OK;
}

int destinations_recount(struct destinations *p, trawl_error *err)
{
    memset(&p->spare, 0, sizeof(p->spare));
    for (size_t i = 0; i < p->n; i++) {
        p->items[i].numbers.spare = NULL;
        for (int k = 0; k < N_MEASURES; k++)
            spare_count(&p->spare, p->items[i].numbers.measures[k]);
    }
    return destinations_settle(p, err);
}

void destinations_fini(struct destinations *p)
{
    for (size_t i = 0; i < p->n; i++)
        numbers_fini(&p->items[i].numbers);
    host->free(p->items);
    host->free(p->slots);
    memset(p, 0, sizeof(*p));
}
