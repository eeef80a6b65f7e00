/* A file's bytes in memory, read-only, shared by whoever counts a reference.
 * Must not know what is stored. */
#ifndef TW_MAP_H
#define TW_MAP_H

#include <stdatomic.h>

#include "core/base/base.h"

struct tw_map {
    _Atomic uint32_t refs;
    uint64_t n; /**< bytes, at least 1 */
    const uint8_t *data;
};

/** Map the first n bytes of a file; the descriptor stays the caller's. The file must keep its
 * length while it is mapped: a page behind its end is a signal. NULL: no memory. */
struct tw_map *tw_map_open(int fd, uint64_t n);
struct tw_map *tw_map_retain(struct tw_map *map);
void tw_map_release(struct tw_map *map); /**< NULL is fine */

#endif
