/* A list through an array. Knows nothing of keys or columns. */
#include "lru.h"

static void put_last(struct lru *lru, uint32_t i)
{
    lru->links[i].before = lru->newest;
    lru->links[i].after = FLOWS_NONE;
    if (lru->newest == FLOWS_NONE)
        lru->oldest = i;
    else
        lru->links[lru->newest].after = i;
    lru->newest = i;
}

static void take_out(struct lru *lru, uint32_t i)
{
    const struct lru_link link = lru->links[i];

    if (link.before == FLOWS_NONE)
        lru->oldest = link.after;
    else
        lru->links[link.before].after = link.after;
    if (link.after == FLOWS_NONE)
        lru->newest = link.before;
    else
        lru->links[link.after].before = link.before;
}

int lru_add(struct lru *lru, uint32_t i)
{
    if (lru->n_open == 0)
        lru->oldest = lru->newest = FLOWS_NONE;
    if (i >= lru->capacity) {
        const size_t more = ((size_t)i + 1) * 2;
        struct lru_link *links = host->realloc(lru->links, more * sizeof(*links));

        if (!links)
            return 0;
        lru->links = links;
        lru->capacity = more;
    }
    put_last(lru, i);
    lru->n_open++;
    return 1;
}

void lru_use(struct lru *lru, uint32_t i)
{
    take_out(lru, i);
    put_last(lru, i);
}

void lru_remove(struct lru *lru, uint32_t i)
{
    take_out(lru, i);
    lru->n_open--;
}

void lru_fini(struct lru *lru)
{
    host->free(lru->links);
    *lru = (struct lru){0};
}
