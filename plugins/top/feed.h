/* Destinations of a capture that is taken in piece by piece: what a row adds stays when the next
 * one comes. Knows nothing of screens. */
#ifndef TOP_FEED_H
#define TOP_FEED_H

#include "top.h"

enum { HISTORY_BINS = 60, N_HISTORIES = 2 };
#define FORGOTTEN (UINT32_C(0xfffffffe))

/** Means over time: the last bins of `feed.bin_ns` each. */
struct history {
    int64_t last; /**< number of the newest bin */
    float sums[HISTORY_BINS];
    uint16_t counts[HISTORY_BINS];
};

struct endpoint {
    uint8_t address[16];
    uint16_t port;
    uint8_t is6, inbound;
    uint32_t serial;   /**< of its row, as feed_top() last made them; NO_GROUP: before that */
    int64_t last_ns;   /**< time of its last segment */
    uint64_t last_row; /**< of it, counted from the capture's first packet of all */
    struct numbers numbers;
    struct history *histories[N_HISTORIES]; /**< of Q_LAT and Q_TTFB; NULL: none yet */
};

struct feed_connection {
    struct session session;
    uint64_t n_bytes;
    uint32_t i_endpoint; /**< NO_GROUP: not counted; FORGOTTEN: its endpoint was let go */
    uint32_t client;     /**< code of its address */
    uint32_t last_row;
    uint32_t n_packets;
    uint16_t client_port;
    uint8_t seen, last_out;
};

struct feed {
    struct endpoint *endpoints;
    size_t n_endpoints, room_endpoints;
    uint32_t *slots; /**< index + 1, 0: free */
    size_t n_slots;
    uint64_t seed;
    struct spare spare;
    struct feed_connection *connections; /**< by stream */
    size_t n_connections, room_connections;
    uint64_t n_done; /**< rows of packets that are in it */
    uint64_t let_go; /**< packets before the first row of them */
    uint64_t n_elsewhere;
    uint64_t n_forgotten;     /**< endpoints that were let go */
    struct numbers forgotten; /**< what they counted, as top.let_go */
    uint64_t n_short;         /**< segments of which there was no memory to count all */
    int64_t next_ns; /**< time of the first packet that is not in it; INT64_MAX: none is there */
    int64_t start_ns, end_ns, bin_ns;
    struct numbers scratch; /**< of one segment, for analyzers */
    int is_over;            /**< feed_end() was called */
};

/** Take in rows of packets before the first that is more than span_ns after the capture's first
 * one, `most` at once; *ret_more: there are others. let_go: how many packets the capture has lost
 * before its first row. TRAWL_E_CANCELLED leaves what was taken in. */
int feed_take(trawl_call *call, const struct plan *plan, struct feed *feed, trawl_table *packets,
              uint64_t let_go, int64_t span_ns, uint64_t most, int *ret_more, trawl_error *err);
/** No more rows will come: responses that still came have ended. */
int feed_end(const struct plan *plan, struct feed *feed, trawl_error *err);
/** Let go of endpoints without a segment in the last idle_ns of the capture's time, and of those
 * that have waited longest when more than `most` are left. */
int feed_forget(struct feed *feed, int64_t idle_ns, size_t most, trawl_error *err);
void feed_fini(struct feed *feed);
/** Is a connection's endpoint there? */
static inline int feed_counts(const struct feed_connection *c)
{
    return c->seen && c->i_endpoint < FORGOTTEN;
}

/** Can rows of this kind be made of endpoints alone? */
int feed_knows(const struct plan *plan);
/** What top_run() gives, of what was taken in. *ret_addresses: in the place of packets for
 * top_table(). */
int feed_top(trawl_call *call, const struct plan *plan, trawl_capture *capture, struct feed *feed,
             struct top *ret, trawl_table **ret_addresses, trawl_error *err);

#endif
