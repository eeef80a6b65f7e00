/* A transport header as tracking sees it, and the rows that have more than one: tunnels and
 * packets quoted in ICMP errors. Must not know tables or sessions. */
#ifndef TW_TRACK_EVENT_H
#define TW_TRACK_EVENT_H

#include "core/dissect/packets.h"

/** One TCP or UDP header of one packet. */
struct tw_event {
    uint32_t row;
    uint32_t src, dst;       /**< address codes of the network header below */
    uint32_t seq, ack;       /**< TCP, raw; 0 where cut */
    uint16_t sport, dport;
    uint16_t tcp_flags;
    uint8_t proto;
    uint8_t sub;             /**< which transport of the packet, outermost 0 */
    uint8_t cap_len;         /**< bytes of the header captured, 255 for more */
    bool main;               /**< the one that the base columns describe */
    bool quoted;             /**< inside an ICMP error */
    bool has_tcp;            /**< flags and numbers were captured */
    bool reverse;            /**< set by tracking: against its conversation's first packet */
    uint16_t window;
    uint32_t payload;        /**< bytes above the header, as declared */
    uint32_t stream;         /**< set by tracking; UINT32_MAX: cut too short to belong to one */
};

/** Every TCP and UDP header of the rows flagged TW_FRAME_TUNNEL or TW_FRAME_QUOTED, by row, then
 * outermost first, as Wireshark meets (and numbers) them. tw_free() *ret. */
int tw_events_collect(struct tw_packets *packets, struct tw_event **ret, size_t *ret_n,
                      trawl_error *err);

#endif
