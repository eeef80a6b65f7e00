/* What makers.py writes. Knows nothing of addresses. */
#ifndef FLOWS_MAKERS_TABLES_H
#define FLOWS_MAKERS_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct makers_item {
    uint64_t prefix : 40;
    uint64_t name : 24; /**< place in makers_names */
};
struct makers_list {
    unsigned bits; /**< of a prefix */
    const struct makers_item *items;
    size_t n; /**< in order of prefixes */
};

enum { MAKERS_LISTS = 3 }; /**< longest prefixes first */
extern const struct makers_list makers_lists[MAKERS_LISTS];
extern const char makers_names[];

#endif
