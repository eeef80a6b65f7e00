/* The sockets of this machine, looked at again and again while captures run: whose they were.
 * Must not know flows or commands. */
#ifndef LIVE_SEEN_H
#define LIVE_SEEN_H

#include "sockets.h"

/** Look at them every few milliseconds from now on, as long as the capture grows. What was seen
 * stays until trawl ends. */
int live_seen_begin(trawl_call *call, const char *capture, trawl_error *err);
/** Take in what /proc tells at a time; proc is "/proc". Any thread. */
int live_seen_look(const char *proc, int64_t now_ns, trawl_error *err);
/** Whose socket a flow was that was there from start to end: the one between its ends, or one at an
 * end of this machine that takes from anybody. 0: none was seen. Any thread. */
int live_seen_find(unsigned protocol, const uint8_t *const address[2], const unsigned port[2],
                   int64_t start, int64_t end, struct live_owner *ret);
void live_seen_clear(void);

#endif
