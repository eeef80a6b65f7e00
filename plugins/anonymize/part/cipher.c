/* Keyed BLAKE2b (RFC 7693) as NFStream takes it, and Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-
 * preserving IP address anonymization", ICNP 2002). Knows nothing of tables. */
#include "cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

enum { BLOCK = 16, ADDRESS_BITS = 128 };

struct cipher {
    EVP_MAC *mac;
    EVP_MAC_CTX *keyed; /* the key is set */
    size_t n_digest;    /* of `keyed`, 0: not yet */
    struct key key;
    EVP_CIPHER_CTX *aes;
    uint8_t pad[BLOCK];
};

static int fail(trawl_error *err)
{
    return host->fail(err, TRAWL_E_UNSUPPORTED,
                      "libcrypto does not do BLAKE2b or AES here (a policy of the system?)");
}

/* ---- Crypto-PAn ---- */

static int encrypt(struct cipher *c, const uint8_t *in, size_t n, uint8_t *ret)
{
    int n_ret = 0;

    return EVP_EncryptUpdate(c->aes, ret, &n_ret, in, (int)n) == 1 && n_ret == (int)n;
}

/* The first half of the key encrypts; the second, encrypted, is the padding. */
static int prepare_aes(struct cipher *c)
{
    c->aes = EVP_CIPHER_CTX_new();
    return c->aes &&
           EVP_EncryptInit_ex2(c->aes, EVP_aes_128_ecb(), c->key.bytes, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(c->aes, 0) == 1 &&
           encrypt(c, c->key.bytes + BLOCK, BLOCK, c->pad);
}

/* Bit i is flipped if the highest bit of the encryption of the i bits before it, filled up with the
 * padding, is set. */
int cipher_address(struct cipher *c, const uint8_t *address, size_t n, uint8_t *ret,
                   trawl_error *err)
{
    uint8_t in[ADDRESS_BITS * BLOCK], out[ADDRESS_BITS * BLOCK];
    const size_t n_bits = 8 * n;

    for (size_t i = 0; i < n_bits; i++) {
        uint8_t *block = in + i * BLOCK;
        const uint8_t rest = (uint8_t)(0xff >> i % 8); /* of its byte, from the padding */

        memcpy(block, c->pad, BLOCK);
        memcpy(block, address, i / 8);
        block[i / 8] = (uint8_t)((address[i / 8] & ~rest) | (c->pad[i / 8] & rest));
    }
    if (!encrypt(c, in, n_bits * BLOCK, out))
        return fail(err);
    memcpy(ret, address, n);
    for (size_t i = 0; i < n_bits; i++)
        ret[i / 8] = (uint8_t)(ret[i / 8] ^ (out[i * BLOCK] >> 7) << (7 - i % 8));
    return TRAWL_OK;
}

/* ---- BLAKE2b ---- */

static int set_key(struct cipher *c, size_t n_digest)
{
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &n_digest),
                                 OSSL_PARAM_construct_end()};

    if (EVP_MAC_init(c->keyed, c->key.bytes, c->key.n, params) != 1)
        return 0;
    c->n_digest = n_digest;
    return 1;
}

int cipher_digest(struct cipher *c, const void *text, size_t n, uint8_t *ret, size_t n_digest,
                  trawl_error *err)
{
    EVP_MAC_CTX *one;
    size_t n_ret = 0;
    int ok;

    if (c->n_digest != n_digest && !set_key(c, n_digest))
        return fail(err);
    one = EVP_MAC_CTX_dup(c->keyed);
    if (!one)
        return host->fail(err, TRAWL_E_NOMEM, "could not anonymize: no memory");
    ok = EVP_MAC_update(one, text, n) == 1 && EVP_MAC_final(one, ret, &n_ret, n_digest) == 1;
    EVP_MAC_CTX_free(one);
    return ok ? TRAWL_OK : fail(err);
}

/* ---- both ---- */

int cipher_open(const struct key *key, struct cipher **ret, trawl_error *err)
{
    struct cipher *c = host->alloc(sizeof(*c));

    if (!c)
        return host->fail(err, TRAWL_E_NOMEM, "could not anonymize: no memory");
    c->key = *key;
    c->mac = EVP_MAC_fetch(NULL, "BLAKE2BMAC", NULL);
    c->keyed = c->mac ? EVP_MAC_CTX_new(c->mac) : NULL;
    if (!c->keyed || !prepare_aes(c)) {
        cipher_close(c);
        return fail(err);
    }
    *ret = c;
    return TRAWL_OK;
}

void cipher_close(struct cipher *c)
{
    if (!c)
        return;
    EVP_MAC_CTX_free(c->keyed);
    EVP_MAC_free(c->mac);
    EVP_CIPHER_CTX_free(c->aes);
    explicit_bzero(c, sizeof(*c));
    host->free(c);
}
