/* SHA-1 and SHA-256 of short messages, and HMAC with them: all that MPTCP needs.
 * Knows nothing of packets, and is no general hash library. */
#include "digest.h"

#include <string.h>

static uint32_t rol(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t ror(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

enum { BLOCK = 64 };

/* The last block of a message of `before` bytes in whole blocks and these n. */
static void last_block(const uint8_t *message, size_t n, size_t before, uint8_t block[BLOCK])
{
    if (n > DIGEST_MAX)
        n = DIGEST_MAX;
    memset(block, 0, BLOCK);
    memcpy(block, message, n);
    block[n] = 0x80;
    put32(block + 60, (uint32_t)(before + n) * 8);
}

static const uint32_t start_sha1[8] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u,
                                       0xc3d2e1f0u};
static const uint32_t start_sha256[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                         0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};

static void sha1_block(uint32_t state[8], const uint8_t block[BLOCK])
{
    uint32_t w[80], h[5];

    for (size_t i = 0; i < 16; i++)
        w[i] = get32(block + 4 * i);
    for (size_t i = 16; i < 80; i++)
        w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(h, state, sizeof(h));
    for (size_t i = 0; i < 80; i++) {
        uint32_t f, k, t;

        if (i < 20) {
            f = (h[1] & h[2]) | (~h[1] & h[3]);
            k = 0x5a827999u;
        } else if (i < 40) {
            f = h[1] ^ h[2] ^ h[3];
            k = 0x6ed9eba1u;
        } else if (i < 60) {
            f = (h[1] & h[2]) | (h[1] & h[3]) | (h[2] & h[3]);
            k = 0x8f1bbcdcu;
        } else {
            f = h[1] ^ h[2] ^ h[3];
            k = 0xca62c1d6u;
        }
        t = rol(h[0], 5) + f + h[4] + k + w[i];
        h[4] = h[3];
        h[3] = h[2];
        h[2] = rol(h[1], 30);
        h[1] = h[0];
        h[0] = t;
    }
    for (size_t i = 0; i < 5; i++)
        state[i] += h[i];
}

static void sha256_block(uint32_t state[8], const uint8_t block[BLOCK])
{
    static const uint32_t k[64] = {
        0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
        0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
        0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
        0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
        0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
        0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
        0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
        0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
        0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
        0xc67178f2u};
    uint32_t w[64], h[8];

    for (size_t i = 0; i < 16; i++)
        w[i] = get32(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;

        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(h, state, sizeof(h));
    for (size_t i = 0; i < 64; i++) {
        uint32_t s1 = ror(h[4], 6) ^ ror(h[4], 11) ^ ror(h[4], 25);
        uint32_t t1 = h[7] + s1 + ((h[4] & h[5]) ^ (~h[4] & h[6])) + k[i] + w[i];
        uint32_t s0 = ror(h[0], 2) ^ ror(h[0], 13) ^ ror(h[0], 22);
        uint32_t t2 = s0 + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));

        h[7] = h[6];
        h[6] = h[5];
        h[5] = h[4];
        h[4] = h[3] + t1;
        h[3] = h[2];
        h[2] = h[1];
        h[1] = h[0];
        h[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += h[i];
}

/* A hash function of the two. */
struct hash {
    const uint32_t *start;
    void (*block)(uint32_t state[8], const uint8_t block[BLOCK]);
    size_t n_bytes;
};
static const struct hash sha1 = {start_sha1, sha1_block, 20};
static const struct hash sha256 = {start_sha256, sha256_block, 32};

/* Hash the end of a message whose first `before` bytes are in the state. */
static void hash_end(const struct hash *hash, uint32_t state[8], size_t before,
                     const uint8_t *message, size_t n, uint8_t *ret)
{
    uint8_t block[BLOCK];

    last_block(message, n, before, block);
    hash->block(state, block);
    for (size_t i = 0; i < hash->n_bytes / 4; i++)
        put32(ret + 4 * i, state[i]);
}

static void hash_all(const struct hash *hash, const uint8_t *message, size_t n, uint8_t *ret)
{
    uint32_t state[8];

    memcpy(state, hash->start, sizeof(state));
    hash_end(hash, state, 0, message, n, ret);
}

void digest_sha1(const uint8_t *message, size_t n, uint8_t ret[20])
{
    hash_all(&sha1, message, n, ret);
}

void digest_sha256(const uint8_t *message, size_t n, uint8_t ret[32])
{
    hash_all(&sha256, message, n, ret);
}

static void hmac_half(const struct hash *hash, const uint8_t *key, size_t n_key, uint8_t pad,
                      const uint8_t *message, size_t n, uint8_t *ret)
{
    uint32_t state[8];
    uint8_t block[BLOCK];

    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)((i < n_key ? key[i] : 0) ^ pad);
    memcpy(state, hash->start, sizeof(state));
    hash->block(state, block);
    hash_end(hash, state, BLOCK, message, n, ret);
}

size_t digest_hmac(unsigned version, const uint8_t *key, size_t n_key, const uint8_t *message,
                   size_t n, uint8_t ret[32])
{
    const struct hash *hash = version == 0 ? &sha1 : &sha256;
    uint8_t inner[32];

    hmac_half(hash, key, n_key, 0x36, message, n, inner);
    hmac_half(hash, key, n_key, 0x5c, inner, hash->n_bytes, ret);
    return hash->n_bytes;
}

int digest_mptcp(unsigned version, uint64_t key, uint32_t *ret_token, uint64_t *ret_idsn)
{
    uint8_t bytes[8], sum[32];
    size_t n;

    put32(bytes, (uint32_t)(key >> 32));
    put32(bytes + 4, (uint32_t)key);
    if (version == 0) {
        digest_sha1(bytes, sizeof(bytes), sum);
        n = 20;
    } else if (version == 1) {
        digest_sha256(bytes, sizeof(bytes), sum);
        n = 32;
    } else {
        return 0;
    }
    *ret_token = get32(sum);
    *ret_idsn = (uint64_t)get32(sum + n - 8) << 32 | get32(sum + n - 4);
    return 1;
}
