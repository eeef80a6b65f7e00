/* What the files of the anonymize plugin share. Knows nothing of ciphers. */
#ifndef ANONYMIZE_ANONYMIZE_H
#define ANONYMIZE_ANONYMIZE_H

#include "trawl/plugin.h"

#define ANONYMIZE_VERSION "1.0.0"

extern const trawl_host *host;

enum { KEY_LEAST = 32, KEY_MOST = 64, DIGEST_MOST = 64 };

/** A secret. Crypto-PAn takes the first KEY_LEAST bytes of it. */
struct key {
    uint8_t bytes[KEY_MOST];
    size_t n;
};

/** From a file, or NULL: random, the same for all calls of this process, and said once. */
int key_get(const char *path, struct key *ret, trawl_error *err);

/** One thread's ciphers. */
struct cipher;

/** part/: what needs libcrypto; functions by these names. */
struct anonymize_part {
    int (*open)(const struct key *key, struct cipher **ret, trawl_error *err);
    /** Keyed BLAKE2b of a text: n_digest bytes. */
    int (*digest)(struct cipher *cipher, const void *text, size_t n, uint8_t *ret, size_t n_digest,
                  trawl_error *err);
    /** Crypto-PAn of an address of 4 or 16 bytes: ones with a common prefix keep one as long. */
    int (*address)(struct cipher *cipher, const uint8_t *address, size_t n, uint8_t *ret,
                   trawl_error *err);
    void (*close)(struct cipher *cipher); /**< NULL is fine */
};
int part_get(const struct anonymize_part **ret, trawl_error *err);

/** What is done to a column. */
enum way { WAY_KEEP, WAY_DIGEST, WAY_ADDRESS };

/** A column of the result: which one of the input, and what becomes of it. */
struct column_plan {
    size_t i_column;
    enum way way;
};

/** The new values of one column as a table of that column alone. *ret is the caller's. */
int column_make(trawl_call *call, trawl_table *table, const struct column_plan *plan,
                const trawl_column *declared, const struct key *key, size_t n_digest,
                trawl_table **ret, trawl_error *err);

#endif
