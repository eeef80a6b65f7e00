/* What of the data of MPTCP connections came when, and over which subflow first.
 * Knows nothing of commands. */
#ifndef VANTAGE_ARRIVALS_H
#define VANTAGE_ARRIVALS_H

#include "vantage.h"

/** Data that a packet carried, seen at its sender's place and perhaps at the receiver's. */
struct carried {
    uint32_t meeting;
    uint32_t mptcp;
    uint64_t dsn;
    uint32_t length;
    uint32_t fresh;      /* of them, bytes that had not come before; 0 where it never came */
    uint32_t first;      /* meeting of the packet that sent the first byte first, or NONE32 */
    uint8_t dest;        /* CLIENT or SERVER of the MPTCP connection */
    uint8_t reinjection; /* some of it was sent before on another subflow */
    uint8_t came;
    int64_t sent_ns, received_ns; /* each by the clock of its capture */
};

/** All of it: by connection, direction, arrival; what never came is at the end of its direction. */
struct arrivals {
    struct carried *items;
    size_t n;
};
int arrivals_open(trawl_call *call, const struct merged *m, struct arrivals *ret, trawl_error *err);
void arrivals_fini(struct arrivals *arrivals);

/** Makes a command's table of them; opts: the command's own. */
typedef int arrivals_writer(const void *opts, const struct merged *m, const struct arrivals *a,
                            trawl_table **ret, trawl_error *err);
/** What a command does whose opts begin with a struct which: all of MPTCP, or the connection that
 * was asked for; with both_ids it has a number in either capture. */
int arrivals_run(trawl_call *call, const void *opts, int both_ids, arrivals_writer *write,
                 trawl_table **ret, trawl_error *err);

/** When a meeting was seen at the receiver's place: 0, it was not. */
int meeting_received(const struct merged *m, uint32_t meeting, int64_t *ret);
int meeting_sent(const struct merged *m, uint32_t meeting, int64_t *ret);

#endif
