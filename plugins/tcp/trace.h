/* The counters of tcptrace, by connection and side. Knows nothing of how tables are shown. */
#ifndef TCP_TRACE_H
#define TCP_TRACE_H

#include "sequence.h"
#include "tcp.h"

/** One side of a connection. */
struct trace_side {
    struct sequence sequence;
    uint64_t data_bytes, unique_bytes, again_bytes, cut_bytes, probe_bytes, urgent_bytes;
    uint64_t initial_bytes, window_sum, owin_sum;
    int64_t first_data, last_data, last, idle;
    int64_t handshake_rtt;
    uint32_t packets, resets, acks, pure_acks, sacks_sent, sacks, dsacks, most_sacks;
    uint32_t data_packets, again_packets, probes, out_of_order, pushed, syns, fins;
    uint64_t window_most, window_least, window_last;
    uint32_t urgent_packets, mss, largest, smallest, windows_zero;
    uint32_t windows_scaled, initial_packets, cut_packets;
    uint32_t syn, fin, latest, ack_last;
    uint32_t n_wraps;
    uint8_t quarters, scale;
    uint8_t asked_scale, asked_stamps, asked_sack, data_acked, scaled;
};
struct trace {
    struct trace_side side[2]; /**< 0: of the connection's first packet */
    int64_t first, last;       /**< if has_packets */
    uint32_t first_row;
    uint8_t has_packets;
};

/** What is counted, in tcptrace's order. */
typedef enum counter {
    T_PACKETS,
    T_RESETS,
    T_ACKS,
    T_PURE_ACKS,
    T_SACKS,
    T_DSACKS,
    T_MOST_SACKS,
    T_UNIQUE_BYTES,
    T_DATA_PACKETS,
    T_DATA_BYTES,
    T_AGAIN_PACKETS,
    T_AGAIN_BYTES,
    T_PROBES,
    T_PROBE_BYTES,
    T_OUT_OF_ORDER,
    T_PUSHED,
    T_SYNS,
    T_FINS,
    T_ASKED_SCALE,
    T_ASKED_STAMPS,
    T_SCALE,
    T_ASKED_SACK,
    T_SACKS_SENT,
    T_URGENT_PACKETS,
    T_URGENT_BYTES,
    T_MSS,
    T_LARGEST,
    T_SMALLEST,
    T_AVERAGE,
    T_WINDOW_MOST,
    T_WINDOW_LEAST,
    T_WINDOWS_ZERO,
    T_WINDOW_AVERAGE,
    T_INITIAL_BYTES,
    T_INITIAL_PACKETS,
    T_LENGTH,
    T_MISSED,
    T_CUT_BYTES,
    T_CUT_PACKETS,
    T_DATA_TIME,
    T_IDLE,
    T_THROUGHPUT,
    T_RTT_N,
    T_RTT_MIN,
    T_RTT_MAX,
    T_RTT_AVG,
    T_RTT_STDEV,
    T_RTT_HANDSHAKE,
    T_FULL_N,
    T_FULL_MIN,
    T_FULL_MAX,
    T_FULL_AVG,
    T_FULL_STDEV,
    T_POST_LOSS,
    T_AMBIGUOUS,
    T_LAST_MIN,
    T_LAST_MAX,
    T_LAST_AVG,
    T_LAST_STDEV,
    T_CUMULATIVE,
    T_DUPLICATES,
    T_TRIPLE,
    T_MOST_AGAIN,
    T_AGAIN_MIN,
    T_AGAIN_MAX,
    T_AGAIN_AVG,
    T_AGAIN_STDEV,
    N_COUNTERS
} counter;

/** The counters of a side; NAN: tcptrace says NA. Times are in ns. end: of the capture. */
void trace_values(const struct trace *t, unsigned side, int64_t end, double ret[N_COUNTERS]);

/** The connections [first, first + n) of a capture; *ret has n entries (free it). stream: only that
 * one, -1: all. */
int trace_connections(trawl_call *call, trawl_table *packets, uint32_t first, uint32_t n,
                      int64_t stream, struct trace **ret, int64_t *ret_end, trawl_error *err);

#endif
