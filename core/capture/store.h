/* Bytes that one thread appends and others read at any place, whose oldest are let go: the packets
 * of a capture that grows. Must not know where the bytes come from. */
#ifndef TW_CAPTURE_STORE_H
#define TW_CAPTURE_STORE_H

#include "core/base/memory.h"

struct tw_store;

/** most: bytes that it may hold at a time. */
struct tw_store *tw_store_new(uint64_t most, trawl_error *err);
/** The maker must have ended. NULL is fine. */
void tw_store_free(struct tw_store *store);

/* ---- the maker, one thread ---- */

/** Append bytes that readers do not see before tw_store_publish(). False: it is full, or there is
 * no memory; then nothing of them was taken. */
bool tw_store_append(struct tw_store *store, const void *head, size_t n_head, const void *data,
                     size_t n);
void tw_store_publish(struct tw_store *store);
/** No more bytes will come. */
void tw_store_end(struct tw_store *store);

/* ---- readers ---- */

/** Bytes so far, those that were let go included; *ret_ended: no more will come. */
uint64_t tw_store_length(const struct tw_store *store, bool *ret_ended);
/** Copy what there is of bytes [offset, offset + n) without waiting. TRAWL_E_IO: they were let go.
 */
int tw_store_read(struct tw_store *store, uint64_t offset, void *out, size_t n, size_t *ret_n,
                  trawl_error *err);
/** Let go of the bytes before offset. No read may run, but the maker may. */
void tw_store_drop(struct tw_store *store, uint64_t offset);
/** Bytes held now, and the most there may be. */
uint64_t tw_store_held(struct tw_store *store);
uint64_t tw_store_most(const struct tw_store *store);

#endif
