/* The ciphers by their names; see struct anonymize_part. Knows nothing of tables. */
#ifndef ANONYMIZE_CIPHER_H
#define ANONYMIZE_CIPHER_H

#include "../anonymize.h"

int cipher_open(const struct key *key, struct cipher **ret, trawl_error *err);
int cipher_digest(struct cipher *cipher, const void *text, size_t n, uint8_t *ret, size_t n_digest,
                  trawl_error *err);
int cipher_address(struct cipher *cipher, const uint8_t *address, size_t n, uint8_t *ret,
                   trawl_error *err);
void cipher_close(struct cipher *cipher);

#endif
