/* String → pointer map that remembers insertion order. For names and registries, not for
 * packets: those have tables of their own. */
#ifndef TW_BASE_HASHMAP_H
#define TW_BASE_HASHMAP_H

#include "core/base/base.h"

struct tw_hashmap_entry {
    char *key; /**< owned copy; NULL when removed */
    void *value;
};
struct tw_hashmap {
    struct tw_hashmap_entry *entries; /**< in order of insertion */
    size_t n_entries, capacity, n_live;
    uint32_t *slots; /**< index+1 into entries, 0 free */
    size_t n_slots;
};
#define TW_HASHMAP_INIT        \
    {                          \
        NULL, 0, 0, 0, NULL, 0 \
    }
/** Insert or replace; TRAWL_OK or TRAWL_E_NOMEM. */
int tw_hashmap_put(struct tw_hashmap *map, const char *key, void *value);
void *tw_hashmap_get(const struct tw_hashmap *map, const char *key);
/** Remove and return the value, NULL when absent. */
void *tw_hashmap_remove(struct tw_hashmap *map, const char *key);
/** Frees keys and the table; values are the caller's. */
void tw_hashmap_fini(struct tw_hashmap *map);

#endif
