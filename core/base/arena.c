/* Many small things with one end.
 * Must not know what they are. */
#include "core/base/memory.h"

struct tw_arena_block {
    struct tw_arena_block *next;
    size_t used, size; /* of data */
    _Alignas(16) uint8_t data[];
};

void *tw_arena_alloc(struct tw_arena *arena, size_t n_bytes)
{
    struct tw_arena_block *block = arena->head;
    size_t size = arena->block_size ? arena->block_size : (size_t)64 << 10;
    size_t total;
    void *p;

    if (!tw_add_size(TW_MAX(n_bytes, 1), 15, &n_bytes))
        return NULL;
    n_bytes &= ~(size_t)15;
    if (!block || block->size - block->used < n_bytes) {
        size = TW_MAX(size, n_bytes);
        if (!tw_add_size(sizeof(*block), size, &total))
            return NULL;
        block = tw_alloc_unset(total);
        if (!block)
            return NULL;
        block->used = 0;
        block->size = size;
        if (arena->head && size == n_bytes) { /* a big one: the block in use stays in use */
            block->next = arena->head->next;
            arena->head->next = block;
        } else {
            block->next = arena->head;
            arena->head = block;
        }
    }
    p = block->data + block->used;
    block->used += n_bytes;
    memset(p, 0, n_bytes);
    return p;
}

char *tw_arena_strndup(struct tw_arena *arena, const char *s, size_t n)
{
    size_t size;
    char *copy;

    if (!tw_add_size(n, 1, &size))
        return NULL;
    copy = tw_arena_alloc(arena, size);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

char *tw_arena_strdup(struct tw_arena *arena, const char *s)
{
    return tw_arena_strndup(arena, s, strlen(s));
}

void tw_arena_fini(struct tw_arena *arena)
{
    struct tw_arena_block *block = arena->head;

    while (block) {
        struct tw_arena_block *next = block->next;

        tw_free(block);
        block = next;
    }
    arena->head = NULL;
}
