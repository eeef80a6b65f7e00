/* Files of the cache: blocks of bytes under a key, each with checksums, written whole or not at all
 * and mapped back. Must not know what the blocks hold. */
#ifndef TW_CACHE_FILE_H
#define TW_CACHE_FILE_H

#include "core/base/map.h"
#include "core/base/memory.h"

enum {
    TW_CACHE_ALIGNMENT = 64, /**< of every block in the file */
    TW_CACHE_MOST_BLOCKS = 320,
    TW_CACHE_MOST_KEY = 16 << 20
};

/** A block to write, or one of an open file (then data points into the mapping). */
struct tw_cache_block {
    uint32_t id; /**< ascending in a file, each at most once */
    const void *data;
    uint64_t n;
};

/** Write a file: to a name of its own, synced, then renamed. What was there is replaced; on failure
 * (TRAWL_E_IO, TRAWL_E_CANCELLED, TRAWL_E_NOMEM) it stays. Blocks without bytes may be left out. */
int tw_cache_write(const char *path, const char *key, const struct tw_cache_block *blocks, size_t n,
                   trawl_error *err);

/** A temporary file that nobody writes: its process was killed. */
bool tw_cache_is_left(const char *path);

/** An open file; all zero: none. */
struct tw_cache_file {
    struct tw_map *map;
    const char *key; /**< ends with a zero byte */
    size_t n_blocks;
    struct tw_cache_block *blocks; /**< in the heap, data in the mapping */
    const uint64_t *sums;
    uint64_t size;
    int64_t used_ns; /**< when it was last written or served */
};

/** Map a file and check its head: magic, version, byte order, lengths, places, its checksum. The
 * blocks are not read. TRAWL_E_NOT_FOUND: there is none; TRAWL_E_DATA: damaged or of another kind
 * of machine or version, the message says how; TRAWL_E_IO, TRAWL_E_NOMEM. */
int tw_cache_open(const char *path, struct tw_cache_file *ret, trawl_error *err);
/** Check every block against its checksums, on all threads. TRAWL_E_DATA when one differs. */
int tw_cache_check(const struct tw_cache_file *file, trawl_error *err);
/** A block by id; NULL: it has none. */
const struct tw_cache_block *tw_cache_block(const struct tw_cache_file *file, uint32_t id);
void tw_cache_close(struct tw_cache_file *file);

#endif
