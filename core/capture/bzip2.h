/* bzip2 in two ways. Private to this room. Must not know captures. */
#ifndef TW_CAPTURE_BZIP2_H
#define TW_CAPTURE_BZIP2_H

#include "core/capture/decode.h"

/** Decode blocks in parallel, found by their magic. True: the spill has been ended. False:
 * something is not as it should be, and the serial decoder must say what: *ret_made bytes have been
 * given. */
bool tw_bzip2_parallel(struct tw_feed *feed, struct tw_spill *spill, uint64_t *ret_made);

#endif
