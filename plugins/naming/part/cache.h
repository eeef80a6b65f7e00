/* What DNS said of addresses, and what is still to be asked. Knows nothing of c-ares; whoever calls
 * guards it. */
#ifndef NAMING_CACHE_H
#define NAMING_CACHE_H

#include "../naming.h"

enum { NAME_MOST = 255 };
enum answer { ANSWER_WAITS, ANSWER_NAME, ANSWER_NONE, ANSWER_SILENCE };

struct entry {
    uint8_t address[16];
    char *name;       /**< also of an earlier answer, while it is asked for again */
    int64_t until_ns; /**< of the monotonic clock: then it is asked for again */
    uint8_t answer, n_name;
};

/** Zero-filled: empty. */
struct cache {
    struct entry *items;
    uint32_t *slots;   /**< index + 1, 0: free */
    uint32_t *waiting; /**< indices that are to be asked for, [first, n) */
    size_t n, room, n_slots, first, n_waiting, room_waiting;
    size_t n_open; /**< addresses that were asked for and not answered yet */
    uint64_t seed;
};

/** What is known of an address; what is not, or too old, now waits to be asked for. NULL: no
 * memory. Until the next call. */
const struct entry *cache_look(struct cache *cache, const uint8_t address[16], int64_t now_ns);
/** The next that is to be asked for: its index, whose address goes to ret; -1: none. */
int64_t cache_next(struct cache *cache, uint8_t ret[16]);
/** What came of it. 0, or -1: no memory for the name. */
int cache_put(struct cache *cache, size_t i, enum answer answer, const char *name, int64_t now_ns);

#endif
