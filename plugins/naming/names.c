/* A sorted array. Knows nothing of where names are from. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

int names_add(struct names *names, const uint8_t address[16], const char *text, size_t n,
              trawl_error *err)
{
    struct name name = {.order = names->n, .n = n};

    if (names->n == names->room) {
        const size_t room = names->room ? names->room * 2 : 64;
        struct name *items = host->realloc(names->items, room * sizeof(*items));

        if (!items)
            return naming_nomem(err);
        names->items = items;
        names->room = room;
    }
    name.text = host->alloc(n + 1);
    if (!name.text)
        return naming_nomem(err);
    memcpy(name.text, text, n);
    memcpy(name.address, address, sizeof(name.address));
    names->items[names->n++] = name;
    return TRAWL_OK;
}

static int by_address(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    const int order = memcmp(x->address, y->address, sizeof(x->address));

    return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

void names_sort(struct names *names)
{
    if (names->n)
        qsort(names->items, names->n, sizeof(*names->items), by_address);
}

int names_tell(const struct names *names, const uint8_t (*addresses)[16], size_t n,
               naming_named *named, void *context, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        size_t low = 0, high = names->n;

        while (low < high) {
            const size_t middle = low + (high - low) / 2;

            if (memcmp(names->items[middle].address, addresses[i], 16) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < names->n && memcmp(names->items[low].address, addresses[i], 16) == 0)
            rc = named(context, i, names->items[low].text, names->items[low].n, err);
    }
    return rc;
}

void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        host->free(names->items[i].text);
    host->free(names->items);
    memset(names, 0, sizeof(*names));
}
