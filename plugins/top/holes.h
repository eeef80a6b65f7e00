/* Bytes that a side of a connection left out and that may still come. Knows nothing of segments. */
#ifndef TOP_HOLES_H
#define TOP_HOLES_H

#include <stdint.h>

/** Of more holes of a side the first ones are forgotten: what comes of them counts as sent before.
 */
enum { HOLES_MOST = 256 };

/** Those of a side, in order of sequence numbers, which wrap; NULL: none. host->free() it. */
struct holes;

/** [from, to) is left out, behind all that was. 0, or -1: no memory. */
int holes_add(struct holes **holes, uint32_t from, uint32_t to);
/** n bytes from `from` on have come. *ret: how many of them had been left out. 0, or -1: no memory.
 */
int holes_fill(struct holes **holes, uint32_t from, uint32_t n, uint32_t *ret);
/** Nothing before `until` is waited for any more. */
void holes_pass(struct holes *holes, uint32_t until);

#endif
