/* What the packets of a TCP connection say together: round trips, what was lost and repeated, how
 * it began and ended. Must not know tables or sessions. */
#ifndef TW_TRACK_DETAIL_H
#define TW_TRACK_DETAIL_H

#include "core/track/analysis.h"
#include "core/track/history.h"
#include "core/track/tcp.h"

/** How a round trip was measured. */
enum {
    TW_RTT_KARN = 0,  /**< the ACK of a segment that was sent once (RFC 6298 section 3) */
    TW_RTT_STAMP = 1, /**< the time stamp that came back with it (RFC 7323 section 4) */
    TW_N_RTT = 2
};
struct tw_rtt_sample {
    uint32_t segment, ack; /**< rows */
    uint8_t method;
};
struct tw_rtt {
    uint32_t n;
    int64_t min_ns, max_ns;
    double mean_ns, squares; /**< sum of the squares of the differences from the mean */
};

/** Packets of one side that the analysis calls so, in the order of its bits. */
enum {
    TW_COUNT_RETRANSMISSION, /**< the fast and the spurious ones too */
    TW_COUNT_FAST,
    TW_COUNT_SPURIOUS,
    TW_COUNT_OUT_OF_ORDER,
    TW_COUNT_LOST,
    TW_COUNT_DUPLICATE_ACK,
    TW_COUNT_KEEP_ALIVE,
    TW_COUNT_ZERO_WINDOW,
    TW_COUNT_WINDOW_FULL,
    TW_N_COUNTS
};

/** One direction of a connection. */
struct tw_tcp_side {
    struct tw_rtt rtt[TW_N_RTT];
    int64_t syn_rtt_ns; /**< its SYN or SYN/ACK to the answer; -1: not seen, or sent twice */
    uint32_t counts[TW_N_COUNTS];
    uint32_t in_flight;   /**< most bytes sent and not acknowledged */
    uint32_t sack_blocks; /**< in its ACKs */
};

/** How a connection ended. */
enum tw_tcp_end {
    TW_END_OPEN,       /**< it did not */
    TW_END_FIN,        /**< both sides sent FIN */
    TW_END_HALF,       /**< one did: who */
    TW_END_RST,        /**< a RST before that: who */
    TW_END_REFUSED,    /**< a RST answered the SYN: who */
    TW_END_UNANSWERED, /**< nothing answered the SYN: who */
    TW_END_TIMEOUT     /**< who sent again and again, and nothing answered to the end */
};

/** What was seen of a connection, as Wireshark's tcp.completeness has it: 1 SYN, 2 SYN/ACK, 4 an
 * ACK without data, 8 data, 16 FIN, 32 RST, together; with one packet more. Of the packet that
 * opens the connection only a SYN counts, and of a SYN that uses the ports of another again only
 * itself. */
static inline uint8_t tw_tcp_completeness(const struct tw_conversation *conversation, uint32_t row,
                                          uint8_t seen, uint16_t flags, uint32_t len)
{
    const bool syn = flags & 2, ack = flags & 16;

    if (row == conversation->first_row) {
        if (conversation->flags & TW_CONV_REUSED)
            return 1;
        return syn && !ack ? (len ? 1 | 8 : 1) : 0;
    }
    if (syn && ack)
        seen |= 2;
    if (!syn && ack)
        seen |= len ? 8 : 4;
    if (flags & 1 && ack)
        seen |= 16;
    if (flags & 4)
        seen |= 32;
    return seen;
}

struct tw_tcp_detail {
    struct tw_tcp_side side[2]; /**< 0: of the connection's first packet */
    uint32_t history;           /**< of histories[stream % n_shards] */
    uint8_t end;                /**< enum tw_tcp_end */
    uint8_t ended_by;           /**< side */
    uint8_t client;             /**< side */
    uint8_t completeness;       /**< see tw_tcp_completeness() */
};

struct tw_tcp_details {
    struct tw_tcp_detail *connections; /**< by stream */
    struct tw_histories *histories;
    unsigned n_shards;
    struct tw_rtt_sample *samples; /**< by row of the ACK, then method */
    size_t n_samples;
};

/** What the options of the packets say; NULL where the capture has none. */
struct tw_detail_options {
    const struct tw_column *stamp, *echo; /**< of RFC 7323, with validity */
    const struct tw_column *sack_left;    /**< a list for each row */
};

/** One pass, sharded by conversation over the pool: the same for any number of threads. Time
 * O(packets); memory, while it runs, 200 bytes a connection and 24 a segment in flight. */
int tw_tcp_detail(const struct tw_packets *packets, const struct tw_conversations *conversations,
                  const struct tw_connection *summary, const struct tw_tcp_analysis *analysis,
                  const struct tw_detail_options *options, struct tw_tcp_details *ret,
                  trawl_error *err);
void tw_tcp_details_fini(struct tw_tcp_details *details);

#endif
