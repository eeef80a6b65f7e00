/* What alloc, region and spill share: the count of memory in use and fault injection.
 * Must not be included outside core/base. */
#ifndef TW_BASE_BUDGET_H
#define TW_BASE_BUDGET_H

#include "core/base/memory.h"

/* Fault injection: this allocation has to fail. */
bool tw_budget_fault(void);
/* Count n_bytes more; false (nothing counted) when that would pass the share of the limit that
 * anonymous memory may have. A quarter stays free for pages of temporary files. */
bool tw_budget_take(uint64_t n_bytes);
/* Count n_bytes more whatever the limit. */
void tw_budget_force(uint64_t n_bytes);
void tw_budget_give(uint64_t n_bytes);
void tw_budget_set_refused(bool refused);

/* New unlinked temporary file of n_bytes, its space reserved (a full disk must fail here and
 * not when a page is touched). Returns the descriptor or -1 and err. */
int tw_spill_open(uint64_t n_bytes, trawl_error *err);
/* Extend it from old_bytes to n_bytes; TRAWL_OK or TRAWL_E_NOMEM. */
int tw_spill_extend(int fd, uint64_t old_bytes, uint64_t n_bytes, trawl_error *err);
/* Tell the keeper of resident memory about a mapping of such a file: under pressure its pages
 * are dropped from the process (they stay in the file). */
void tw_spill_track(void *base, uint64_t n_bytes);
void tw_spill_untrack(void *base);

#endif
