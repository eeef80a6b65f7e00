/* Small things every room uses: checked sizes, memory, bytes, banned calls.
 * Must not know packets, tables or users. */
#ifndef TW_BASE_BASE_H
#define TW_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/error.h"

#define TW_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TW_MIN(a, b)    ((a) < (b) ? (a) : (b))
#define TW_MAX(a, b)    ((a) > (b) ? (a) : (b))
#define TW_LIKELY(x)    __builtin_expect(!!(x), 1)
#define TW_UNLIKELY(x)  __builtin_expect(!!(x), 0)

/** a*b or a+b into *ret; false (and *ret untouched) on overflow. */
static inline bool tw_mul_size(size_t a, size_t b, size_t *ret)
{
    size_t r;
    if (__builtin_mul_overflow(a, b, &r))
        return false;
    *ret = r;
    return true;
}
static inline bool tw_add_size(size_t a, size_t b, size_t *ret)
{
    size_t r;
    if (__builtin_add_overflow(a, b, &r))
        return false;
    *ret = r;
    return true;
}

/* The one allocator: counts towards the memory limit of the process, and fails on
 * purpose when TRAWL_FAIL_ALLOC=n (fault injection, see docs/TESTING.md). All NULL
 * on failure; tw_free(NULL) is fine. tw_alloc is zero-filled, tw_alloc_unset holds anything (for
 * what is written before it is read: its pages are touched once, or never). Any thread. */
void *tw_alloc(size_t n_bytes);
void *tw_alloc_unset(size_t n_bytes);
/** Ask for large pages under the memory that malloc gives the calling thread next: to fetch a
 * small one takes longer than most of what is done with it. A hint of a few MiB; none where address
 * space is scarce. */
void tw_alloc_large_pages(void);
void *tw_alloc_array(size_t n, size_t size);
void *tw_realloc_array(void *p, size_t n, size_t size);
/** Room for n_want elements of an array that grows, twice as much each time: array is the address
 * of the pointer to it. False on no memory, the array stays as it was. */
bool tw_grow(void *array, size_t n_want, size_t *capacity, size_t size);
void tw_free(void *p);
char *tw_strdup(const char *s);
char *tw_strndup(const char *s, size_t n);

/** printf into a new string (tw_free it); NULL on no memory. */
char *tw_asprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Unaligned loads. */
static inline uint16_t tw_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}
static inline uint32_t tw_be24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}
static inline uint32_t tw_be32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}
static inline uint64_t tw_be64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}
static inline uint16_t tw_le16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}
static inline uint32_t tw_le32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static inline uint64_t tw_le64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/** Mix of a 64-bit value; seeded per process (TRAWL_SEED fixes it), so that
 * nobody can choose addresses that collide. */
uint64_t tw_seed(void);
static inline uint64_t tw_mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}
uint64_t tw_hash_bytes(const void *data, size_t n, uint64_t seed);

#endif
