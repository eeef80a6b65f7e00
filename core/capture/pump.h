/* Bytes of a pipe, FIFO or device into a store, as they come; of a FIFO those of one writer after
 * the other, whole records only. Must not know captures. */
#ifndef TW_CAPTURE_PUMP_H
#define TW_CAPTURE_PUMP_H

#include "core/capture/store.h"

struct tw_pump;
/** Begin to read a path or "-" (stdin); the store is borrowed, and waited for while it is full. */
int tw_pump_open(const char *path, struct tw_store *store, struct tw_pump **ret, trawl_error *err);
/** A FIFO that nobody writes to any more, or not yet again. */
bool tw_pump_waits(const struct tw_pump *pump);
/** End it and its thread; what came so far is in the store. NULL is fine. */
void tw_pump_close(struct tw_pump *pump);

#endif
