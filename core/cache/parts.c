/* Blocks in the making, and blocks as arrays.
 * Must not know what they hold. */
#include "core/cache/parts.h"

void tw_cache_part(struct tw_cache_parts *parts, uint32_t id, const void *data, uint64_t n)
{
    if (parts->n == TW_COUNT(parts->blocks))
        TW_BUG("more than %d blocks", TW_CACHE_MOST_BLOCKS);
    parts->blocks[parts->n++] = (struct tw_cache_block){id, data, n};
}

void tw_cache_part_take(struct tw_cache_parts *parts, uint32_t id, void *data, uint64_t n)
{
    tw_cache_part(parts, id, data, n);
    parts->owned[parts->n_owned++] = data;
}

uint64_t tw_cache_parts_size(const struct tw_cache_parts *parts)
{
    uint64_t n = 0;

    for (size_t i = 0; i < parts->n; i++)
        n += parts->blocks[i].n;
    return n;
}

void tw_cache_parts_fini(struct tw_cache_parts *parts)
{
    for (size_t i = 0; i < parts->n_owned; i++)
        tw_free(parts->owned[i]);
    *parts = (struct tw_cache_parts){0};
}

bool tw_cache_array(const struct tw_cache_file *file, uint32_t id, size_t size, const void **ret,
                    uint64_t *ret_n)
{
    const struct tw_cache_block *block = tw_cache_block(file, id);

    *ret = block ? block->data : NULL;
    *ret_n = block ? block->n / size : 0;
    return !block || block->n % size == 0;
}
