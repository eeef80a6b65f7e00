/* SHA-1 and SHA-256 of short messages, and what MPTCP derives from a key with them.
 * Knows nothing of packets. */
#ifndef CONN_DIGEST_H
#define CONN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/** FIPS 180-4. Messages of at most DIGEST_MAX bytes: one block; n above it is cut. Any thread. */
enum { DIGEST_MAX = 55 };
void digest_sha1(const uint8_t *message, size_t n, uint8_t ret[20]);
void digest_sha256(const uint8_t *message, size_t n, uint8_t ret[32]);

/**
 * HMAC (RFC 2104) with SHA-1 (version 0) or SHA-256 (any other) of a key of at most 64 bytes.
 * @return bytes of it: 20 or 32. Any thread.
 */
size_t digest_hmac(unsigned version, const uint8_t *key, size_t n_key, const uint8_t *message,
                   size_t n, uint8_t ret[32]);

/**
 * Token and initial data sequence number of an MPTCP key: the first 32 and the last 64 bits of
 * SHA-1 (version 0, RFC 6824 section 3.1) or SHA-256 (version 1, RFC 8684 section 3.1).
 * @return 1, or 0 for a version that has no such rule (results untouched)
 */
int digest_mptcp(unsigned version, uint64_t key, uint32_t *ret_token, uint64_t *ret_idsn);

#endif
