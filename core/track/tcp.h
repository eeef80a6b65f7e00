/* What one pass over the packets says of each connection: counters by direction, retransmitted
 * bytes, handshake time, state. Must not know tables or sessions. */
#ifndef TW_TRACK_TCP_H
#define TW_TRACK_TCP_H

#include "core/track/conversation.h"
#include "core/track/history.h"

enum {
    TW_TCP_HOLES =
        4 /**< gaps remembered a direction, so that late segments are not retransmissions */
};

/** One direction of a connection (0: from the first packet's sender). */
struct tw_half {
    uint32_t packets;
    uint32_t next;          /**< one after the highest sequence number sent, raw */
    uint64_t bytes;         /**< frame lengths on the wire */
    uint64_t payload;       /**< TCP payload, retransmissions included */
    uint64_t retransmitted; /**< payload bytes whose sequence numbers were sent before */
    uint32_t hole_start[TW_TCP_HOLES], hole_end[TW_TCP_HOLES];
    uint16_t flags; /**< all TCP flags seen, ORed */
    bool started;   /**< next is set */
};

struct tw_connection {
    struct tw_half half[2];
    int64_t start_ns, end_ns;
    int64_t syn_ns;         /**< last SYN before the SYN/ACK; INT64_MIN: none */
    int64_t rtt_ns;         /**< handshake: SYN to the ACK that ends it; -1: not seen */
    uint8_t client;         /**< half that is the client */
    bool synack;            /**< a SYN/ACK was seen */
    bool established;       /**< the handshake was seen to end, or data flowed both ways */
    struct tw_history zeek; /**< its states */
};

/** One pass; ret: conversations->n_tcp entries (tw_free). Sharded by stream number over the pool.
 * Sequence numbers wrap and are compared by distance (RFC 9293 section 3.4). */
int tw_tcp_summarise(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     struct tw_connection **ret, trawl_error *err);

/** State as Zeek's conn_state names it: S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH. */
const char *tw_tcp_state(const struct tw_connection *connection);

/** Per direction counters of UDP conversations. */
struct tw_exchange {
    uint64_t packets[2], bytes[2], payload[2];
    int64_t start_ns, end_ns;
};
int tw_udp_summarise(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     struct tw_exchange **ret, trawl_error *err);

#endif
