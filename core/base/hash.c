/* The process's seed and the hash of byte strings.
 * Must not know tables. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "core/base/base.h"

static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static atomic_bool seed_known;
static uint64_t seed;

static void seed_init(void)
{
    const char *fixed = getenv("TRAWL_SEED");
    struct timespec now;

    if (fixed && *fixed) {
        seed = tw_mix64(strtoull(fixed, NULL, 10) + UINT64_C(0x9e3779b97f4a7c15));
        return;
    }
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seed = tw_mix64((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uintptr_t)&now);
}

uint64_t tw_seed(void)
{
    if (TW_LIKELY(atomic_load_explicit(&seed_known, memory_order_acquire)))
        return seed;
    pthread_once(&seed_once, seed_init);
    atomic_store_explicit(&seed_known, true, memory_order_release);
    return seed;
}

/* The two halves of the 128-bit product, folded: one multiplication mixes 16 bytes. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t tw_hash_bytes(const void *data, size_t n, uint64_t with_seed)
{
    static const uint64_t k0 = UINT64_C(0xa0761d6478bd642f), k1 = UINT64_C(0xe7037ed1a0b428db);
    const uint8_t *p = data;
    uint64_t h = with_seed ^ fold((uint64_t)n ^ k0, k1);
    uint64_t a = 0, b = 0;
    size_t left = n;

    while (left > 16) {
        h = fold(tw_le64(p) ^ k0 ^ h, tw_le64(p + 8) ^ k1);
        p += 16;
        left -= 16;
    }
    if (left >= 8) {
        a = tw_le64(p);
        b = tw_le64(p + left - 8);
    } else if (left >= 4) {
        a = tw_le32(p);
        b = tw_le32(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left / 2] << 8 | p[left - 1];
    }
    return fold(a ^ k0 ^ h, b ^ k1 ^ (h << 32 | h >> 32));
}
