/* Conversations: which packets belong together, numbered as Wireshark numbers tcp.stream and
 * udp.stream, identical for any number of threads. Must not know tables or sessions. */
#ifndef TW_TRACK_CONVERSATION_H
#define TW_TRACK_CONVERSATION_H

#include "core/dissect/packets.h"

/** One conversation of TCP or UDP. */
struct tw_conversation {
    uint32_t src, dst; /**< address codes of the first packet's source and destination */
    uint16_t sport, dport;
    uint32_t first_row;
    uint32_t base_seq[2]; /**< TCP: sequence number that is relative 0, of [0] first sender, [1] the
                             other */
    uint16_t flags;       /**< TW_CONV_ bits */
};
enum {
    TW_CONV_BASE_0 = 1,
    TW_CONV_BASE_1 = 2,   /**< base_seq[i] is set */
    TW_CONV_REUSED = 4,   /**< opened by a SYN where another had the same addresses and ports */
    TW_CONV_QUOTED = 64,  /**< only ever seen quoted in ICMP errors */
    TW_CONV_REBASED = 128 /**< has entries in rebases */
};

/** A SYN/ACK gave a direction a new sequence number 0: it holds from that row on. */
struct tw_rebase {
    uint32_t stream, row, base;
    uint8_t dir;
};

/** Their order: by stream, direction, row. */
static inline int tw_rebase_compare(const struct tw_rebase *a, const struct tw_rebase *b)
{
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    if (a->dir != b->dir)
        return a->dir < b->dir ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

enum { TW_TCP_HEADER_LEAST = 16 /**< captured, up to the window */ };

/** Has a row of TCP a segment of its own, whose numbers and length are known? A fragment has none,
 * but for the one that completes its datagram. */
static inline bool tw_row_is_segment(uint16_t flags, uint16_t transport, uint32_t cap_len)
{
    return transport && !(flags & (TW_FRAME_QUOTED | TW_FRAME_RECORD | TW_FRAME_UNMEASURED)) &&
           (flags & TW_FRAME_WHOLE || cap_len >= transport + (uint32_t)TW_TCP_HEADER_LEAST);
}

/** All conversations of a capture: index = stream number. */
struct tw_conversations {
    struct tw_conversation *tcp, *udp;
    uint32_t n_tcp, n_udp;
    struct tw_region tcp_memory, udp_memory;
    struct tw_rebase *rebases; /**< in order */
    size_t n_rebases;
};

/** Number the conversations and fill packets->stream (hashes after the load), TW_FRAME_REVERSE, and
 * stream and reverse of packets->events. */
int tw_conversations_build(struct tw_packets *packets, struct tw_conversations *ret,
                           trawl_error *err);
/** The same for packets that grow: each call takes the rows that came since the last one. All that
 * they have belongs to one tracker from the first row on. After a failure the rows that came are to
 * be cut off (tw_packets_cut()), and nothing more may be added. */
struct tw_tracker;
struct tw_tracker *tw_tracker_new(struct tw_packets *packets, trawl_error *err);
int tw_tracker_more(struct tw_tracker *tracker, struct tw_conversations *conversations,
                    trawl_error *err);
/** Put in order what is looked up by: before anybody reads the conversations, since a hostile
 * capture has much of it, and sorting for each step would take ever longer. */
int tw_tracker_settle(struct tw_tracker *tracker, struct tw_conversations *conversations,
                      trawl_error *err);
/** Bytes that it holds. */
uint64_t tw_tracker_held(const struct tw_tracker *tracker);
void tw_tracker_free(struct tw_tracker *tracker);

/** Relative sequence number of a direction of a TCP conversation at a row; raw where it has no
 * base. */
uint32_t tw_conversations_relative(const struct tw_conversations *conversations, uint32_t stream,
                                   unsigned dir, uint32_t row, uint32_t raw);
void tw_conversations_fini(struct tw_conversations *conversations);

#endif
