/* What a sender tells over a Unix socket, written down as a Frame Streams file.
 * Knows nothing of trawl's host. */
#ifndef DNSTAP_SPOOL_H
#define DNSTAP_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct spool {
    int (*is_enough)(void *context, uint64_t n); /**< asked often, with the messages so far */
    void *context;
    int fd;     /**< the file; -1: none yet */
    uint64_t n; /**< messages in it */
    int error;  /**< errno of what went wrong */
    const char
        *ended; /**< why a stream that was not closed ended; NULL: it was, or it was enough */
};

/** Listen at a path; -1 with errno. A socket that nobody listens to any more is replaced. */
int spool_listen(const char *path);
/** Take one sender and what it says, into a file without a name. 0, or what went wrong (errno). */
const char *spool_take(struct spool *spool, int listener);

#endif
