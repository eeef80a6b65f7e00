/* What each TCP packet means in its conversation: sent again, out of order, a duplicate ACK, a full
 * window, the packet that it acknowledges … Must not know tables or sessions. */
#ifndef TW_TRACK_ANALYSIS_H
#define TW_TRACK_ANALYSIS_H

#include "core/track/conversation.h"

/* What is said of a packet, as Wireshark 4.0's tcp.analysis.* says it (its User's Guide, "TCP
 * Analysis", has the definitions). */
enum {
    TW_TCP_RETRANSMISSION = 1,
    TW_TCP_FAST_RETRANSMISSION = 2,
    TW_TCP_SPURIOUS_RETRANSMISSION = 4,
    TW_TCP_OUT_OF_ORDER = 8,
    TW_TCP_LOST_SEGMENT = 16,     /**< bytes before this segment are not in the capture */
    TW_TCP_ACK_LOST_SEGMENT = 32, /**< acknowledges bytes that are not in the capture */
    TW_TCP_DUPLICATE_ACK = 64,
    TW_TCP_KEEP_ALIVE = 128,
    TW_TCP_KEEP_ALIVE_ACK = 256,
    TW_TCP_WINDOW_UPDATE = 512,
    TW_TCP_WINDOW_FULL = 1024,
    TW_TCP_ZERO_WINDOW = 2048,
    TW_TCP_ZERO_WINDOW_PROBE = 4096,
    TW_TCP_ZERO_WINDOW_PROBE_ACK = 8192,
    TW_TCP_REUSED_PORTS = 16384,
    TW_TCP_ANALYSED = 32768, /**< something is known of the packet, if none of the above */
    TW_TCP_FLAGS = TW_TCP_ANALYSED - 1
};

/** The packet that a retransmission or a duplicate ACK repeats. */
struct tw_tcp_repeat {
    uint32_t row;
    uint32_t of;    /**< row of the first unacknowledged segment; of the first such ACK */
    uint32_t times; /**< duplicate ACK: which one, from 1; 0: a retransmission */
};

/** The analysis of a capture; cells are by row and 0 where there is nothing. */
struct tw_tcp_analysis {
    uint16_t *flags;     /**< TW_TCP_ bits */
    uint32_t *acks;      /**< row + 1 of the segment that it acknowledges last byte and all */
    uint32_t *in_flight; /**< bytes sent and not acknowledged, this segment included */
    uint32_t *pushed;    /**< bytes sent since the last PSH; means something where in_flight does */
    struct tw_tcp_repeat *repeats; /**< by row */
    size_t n_repeats;
    /** By conversation: from the newest SYN to the first ACK that is none, and that ACK's row; 0:
     * not seen. */
    int64_t *handshake;
    uint32_t *handshake_row;
};

/** What the packets' options say, which the base columns do not know. */
struct tw_tcp_options {
    const uint8_t *scales; /**< by 2 * conversation + direction: 0 unknown, 255 unused, else the
                              window's shift + 1 */
    /** Edges of selective acknowledgements, a list for each row; both NULL: none in the capture. */
    const struct tw_column *sack_left, *sack_right;
};

/** One pass, sharded by conversation over the pool: the same for any number of threads. Time
 * O(packets), disorder that is never acknowledged included (see queue.h); memory 14 bytes a packet
 * and, while it runs, 180 a conversation and 24 a segment in flight, of which 10,000 a direction
 * count. */
int tw_tcp_analyse(const struct tw_packets *packets, const struct tw_conversations *conversations,
                   const struct tw_tcp_options *options, struct tw_tcp_analysis *ret,
                   trawl_error *err);
void tw_tcp_analysis_fini(struct tw_tcp_analysis *analysis);

#endif
