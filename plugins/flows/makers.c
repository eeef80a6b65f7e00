/* Assignments of 36, 28 and 24 bits, each list in order; the longest that fits counts.
 * Knows nothing of flows. */
#include "makers.h"

#include <stddef.h>

#include "makers_tables.h"

static const char *find(const struct makers_list *list, uint64_t prefix)
{
    size_t first = 0, end = list->n;

    while (first < end) {
        const size_t middle = first + (end - first) / 2;

        if (list->items[middle].prefix < prefix)
            first = middle + 1;
        else
            end = middle;
    }
    return first < list->n && list->items[first].prefix == prefix
               ? makers_names + list->items[first].name
               : NULL;
}

const char *makers_find(uint64_t mac)
{
    for (size_t i = 0; i < MAKERS_LISTS; i++) {
        const char *name = find(&makers_lists[i], mac >> (48 - makers_lists[i].bits));

        if (name)
            return name;
    }
    return NULL;
}
