/* Where big memory comes from: reserved address space that grows in place, arenas, byte
 * buffers, and the budget of --memory-limit. Must not know what is stored. */
#ifndef TW_BASE_MEMORY_H
#define TW_BASE_MEMORY_H

#include "core/base/base.h"

/* ---- budget ---- */

/** Bytes that regions and tw_alloc may hold together (0: no limit, the default is set by
 * the shell). Past the limit regions move to an unlinked temporary file; when that is not
 * possible the call that needed more returns TRAWL_E_NOMEM. */
void tw_memory_set_limit(uint64_t n_bytes);
uint64_t tw_memory_limit(void);
uint64_t tw_memory_used(void); /**< bytes in anonymous memory now */
/** The last allocation that failed on this thread was refused because of the limit. */
bool tw_memory_refused(void);
/** Fault injection as TRAWL_FAIL_ALLOC sets it, for tests: "3" fails the third allocation from
 * now once, "3+" that and all later ones, "" or NULL none. */
void tw_memory_fail_at(const char *spec);
/** Ends the thread that keeps resident memory near the limit; for a clean exit. */
void tw_memory_fini(void);

/* ---- region: one contiguous array, reserved once, committed as it grows ---- */

/** A growable array that never moves: readers may hold pointers to the bytes they know. */
struct tw_region {
    uint8_t *base;      /**< NULL until the first grow */
    uint64_t reserved;  /**< bytes of address space */
    uint64_t committed; /**< bytes usable now, up to the end of a page; zero-filled */
    uint32_t skew;      /**< bytes before base in its first page */
    bool large;         /**< grows by large pages */
    bool spilled;       /**< backed by a temporary file */
    int fd;             /**< of that file, else -1 */
};
#define TW_REGION_INIT                  \
    {                                   \
        NULL, 0, 0, 0, false, false, -1 \
    }

/** Make at least n_bytes usable; reserves max_bytes of address space on the first call (a
 * later call may not go beyond what was reserved, else TRAWL_E_NOMEM). Fresh bytes are zero. */
int tw_region_grow(struct tw_region *region, uint64_t n_bytes, uint64_t max_bytes,
                   trawl_error *err);
/** Before the first grow: about n_bytes will be written from the front on. */
void tw_region_expect(struct tw_region *region, uint64_t n_bytes);
/** Make n_bytes[i] usable in regions without any so far, which will not grow: together on large
 * pages where that is worth it, else each for itself. */
int tw_regions_grow_once(struct tw_region *const *regions, const uint64_t *n_bytes, size_t n,
                         trawl_error *err);
/** Give back what lies beyond n_bytes. */
void tw_region_trim(struct tw_region *region, uint64_t n_bytes);
/** It will not grow any more: give back the address space beyond what is committed. */
void tw_region_seal(struct tw_region *region);
void tw_region_fini(struct tw_region *region);

/* ---- arena: many small things, one end ---- */

struct tw_arena_block;
struct tw_arena {
    struct tw_arena_block *head;
    size_t block_size; /**< 0: 64 KiB */
};
#define TW_ARENA_INIT \
    {                 \
        NULL, 0       \
    }
/** Zero-filled, 16-byte aligned; NULL on no memory. */
void *tw_arena_alloc(struct tw_arena *arena, size_t n_bytes);
char *tw_arena_strndup(struct tw_arena *arena, const char *s, size_t n);
char *tw_arena_strdup(struct tw_arena *arena, const char *s);
void tw_arena_fini(struct tw_arena *arena);

/* ---- buffer: bytes or text that grows ---- */

/** Growable bytes, always NUL-terminated after data[len]. A failed growth sets `failed` and
 * later appends do nothing: check once at the end. */
struct tw_buffer {
    char *data;
    size_t len;
    size_t capacity;
    bool failed;
};
#define TW_BUFFER_INIT    \
    {                     \
        NULL, 0, 0, false \
    }
bool tw_buffer_reserve(struct tw_buffer *buffer, size_t n_more);
void tw_buffer_append(struct tw_buffer *buffer, const void *data, size_t n);
void tw_buffer_puts(struct tw_buffer *buffer, const char *s);
void tw_buffer_putc(struct tw_buffer *buffer, char c);
void tw_buffer_printf(struct tw_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Take the string out (tw_free it); the buffer is empty again. NULL when failed. */
char *tw_buffer_steal(struct tw_buffer *buffer);
void tw_buffer_clear(struct tw_buffer *buffer);
void tw_buffer_fini(struct tw_buffer *buffer);

#endif
