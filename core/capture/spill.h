/* Bytes that one thread makes and others read at any place, while it is still making them: memory
 * up to a bound, then an unlinked temporary file. Must not know where the bytes come from. */
#ifndef TW_CAPTURE_SPILL_H
#define TW_CAPTURE_SPILL_H

#include <stdatomic.h>

#include "core/base/memory.h"

struct tw_spill;

struct tw_spill *tw_spill_new(trawl_error *err);
/** The maker must have ended (tw_spill_stop() and join it first). NULL is fine. */
void tw_spill_free(struct tw_spill *spill);

/* ---- the maker, one thread ---- */

/** Room for the next bytes: at least 1, usually hundreds of KiB. NULL: stopped, or no memory, or
 * the disk is full; then call tw_spill_end(). */
uint8_t *tw_spill_space(struct tw_spill *spill, size_t *ret_n);
/** n of those bytes are there: readers may have them. */
void tw_spill_commit(struct tw_spill *spill, size_t n);
/** Copy bytes in; false as for a NULL of tw_spill_space(). */
bool tw_spill_write(struct tw_spill *spill, const void *data, size_t n);
/** No more bytes will come. damage: why they ended early (copied), NULL: a good end. */
void tw_spill_end(struct tw_spill *spill, const char *damage);
/** No more bytes will come, for want of memory: readers get TRAWL_E_NOMEM. */
void tw_spill_end_nomem(struct tw_spill *spill);
/** True once nobody wants more: the maker should end. */
bool tw_spill_stopped(const struct tw_spill *spill);
const atomic_bool *tw_spill_stop_flag(const struct tw_spill *spill);

/* ---- readers, any thread ---- */

/** Waits for the bytes. *ret_n < n only at the end. TRAWL_E_IO, TRAWL_E_NOMEM when the spill itself
 * failed, TRAWL_E_CANCELLED. */
int tw_spill_read(struct tw_spill *spill, uint64_t offset, void *out, size_t n, size_t *ret_n,
                  trawl_error *err);
uint64_t tw_spill_length(const struct tw_spill *spill); /**< bytes so far */
/** After the end: the reason of an early one, or NULL. */
const char *tw_spill_damage(struct tw_spill *spill);
/** See tw_source_advance(), tw_source_set_lead(). */
void tw_spill_advance(struct tw_spill *spill, uint64_t offset);
void tw_spill_set_lead(struct tw_spill *spill, uint64_t n_bytes);
/** A cancel does not stop the maker: nobody would start it again. Before it begins. */
void tw_spill_set_steady(struct tw_spill *spill);
/** Tell the maker to end. */
void tw_spill_stop(struct tw_spill *spill);

#endif
