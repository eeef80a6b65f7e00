/* Escaping for lines that are already text of ours.
 * Must not know terminals. */
#ifndef TW_BASE_ESCAPE_H
#define TW_BASE_ESCAPE_H

#include "core/base/memory.h"

/** tw_escape() without doubling backslashes: for messages, whose parts may be escaped already. */
void tw_escape_keep_backslash(struct tw_buffer *out, const void *data, size_t n);

#endif
