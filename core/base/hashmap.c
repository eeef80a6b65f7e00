/* String → pointer map that remembers insertion order.
 * Must not know what the pointers are. */
#include "core/base/hashmap.h"

/* Slots hold index + 1; entries keep their slot when removed (key NULL), until the next rehash. */

static size_t slot_of(const struct tw_hashmap *map, const char *key, size_t len)
{
    size_t mask = map->n_slots - 1;
    size_t i = (size_t)tw_hash_bytes(key, len, tw_seed()) & mask;

    while (map->slots[i] != 0) {
        const char *other = map->entries[map->slots[i] - 1].key;

        if (other && strcmp(other, key) == 0)
            break;
        i = (i + 1) & mask;
    }
    return i;
}

/* Drop removed entries and size the slots for the live ones and one more. */
static int rehash(struct tw_hashmap *map)
{
    size_t n_slots = 16, n = 0;
    size_t capacity;
    struct tw_hashmap_entry *entries;
    uint32_t *slots;

    while (n_slots / 2 < map->n_live + map->n_live / 4 + 1)
        n_slots *= 2;
    capacity = n_slots / 2;
    if (n_slots > UINT32_MAX)
        return TRAWL_E_NOMEM;
    slots = tw_alloc_array(n_slots, sizeof(*slots));
    entries = tw_alloc_array(capacity, sizeof(*entries));
    if (!slots || !entries) {
        tw_free(slots);
        tw_free(entries);
        return TRAWL_E_NOMEM;
    }
    for (size_t i = 0; i < map->n_entries; i++) {
        if (map->entries[i].key)
            entries[n++] = map->entries[i];
    }
    tw_free(map->slots);
    tw_free(map->entries);
    map->slots = slots;
    map->n_slots = n_slots;
    map->entries = entries;
    map->n_entries = n;
    map->capacity = capacity;
    for (size_t i = 0; i < n; i++) {
        size_t at = slot_of(map, entries[i].key, strlen(entries[i].key));

        slots[at] = (uint32_t)(i + 1);
    }
    return TRAWL_OK;
}

int tw_hashmap_put(struct tw_hashmap *map, const char *key, void *value)
{
    size_t len = strlen(key);
    size_t at;
    char *copy;

    if (map->n_entries == map->capacity) {
        if (map->n_slots > 0) {
            at = slot_of(map, key, len);
            if (map->slots[at] != 0) {
                map->entries[map->slots[at] - 1].value = value;
                return TRAWL_OK;
            }
        }
        if (rehash(map) != TRAWL_OK)
            return TRAWL_E_NOMEM;
    }
    at = slot_of(map, key, len);
    if (map->slots[at] != 0) {
        map->entries[map->slots[at] - 1].value = value;
        return TRAWL_OK;
    }
    copy = tw_strndup(key, len);
    if (!copy)
        return TRAWL_E_NOMEM;
    map->entries[map->n_entries] = (struct tw_hashmap_entry){copy, value};
    map->slots[at] = (uint32_t)++map->n_entries;
    map->n_live++;
    return TRAWL_OK;
}

static struct tw_hashmap_entry *find(const struct tw_hashmap *map, const char *key)
{
    size_t at;

    if (map->n_live == 0)
        return NULL;
    at = slot_of(map, key, strlen(key));
    return map->slots[at] ? &map->entries[map->slots[at] - 1] : NULL;
}

void *tw_hashmap_get(const struct tw_hashmap *map, const char *key)
{
    const struct tw_hashmap_entry *entry = find(map, key);

    return entry ? entry->value : NULL;
}

void *tw_hashmap_remove(struct tw_hashmap *map, const char *key)
{
    struct tw_hashmap_entry *entry = find(map, key);
    void *value;

    if (!entry)
        return NULL;
    value = entry->value;
    tw_free(entry->key);
    *entry = (struct tw_hashmap_entry){NULL, NULL};
    map->n_live--;
    return value;
}

void tw_hashmap_fini(struct tw_hashmap *map)
{
    for (size_t i = 0; i < map->n_entries; i++)
        tw_free(map->entries[i].key);
    tw_free(map->entries);
    tw_free(map->slots);
    *map = (struct tw_hashmap)TW_HASHMAP_INIT;
}
