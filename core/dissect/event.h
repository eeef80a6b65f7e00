/* Headers beyond those that the base columns describe: transports around a tunnel or quoted in ICMP
 * errors, and the network header of the other family around a tunnel. Must not know conversations,
 * tables or sessions. */
#ifndef TW_DISSECT_EVENT_H
#define TW_DISSECT_EVENT_H

#include "core/capture/input.h"
#include "core/dissect/frame.h"
#include "core/table/column.h"

/** One TCP or UDP header of one packet; or, with proto TW_EVENT_IPV4 or TW_EVENT_IPV6, the
 * innermost header of that family of a packet whose own is of the other, or one that was cut behind
 * its source: dst is 0 then (always `cut`: no conversation). */
enum { TW_EVENT_IPV4 = 4, TW_EVENT_IPV6 = 41 };
struct tw_event {
    uint32_t row;
    uint32_t src, dst; /**< address codes of the network header below */
    uint32_t seq, ack; /**< TCP, raw; 0 where cut */
    uint32_t payload;  /**< bytes above the header, as declared */
    uint32_t stream;   /**< set by tracking; UINT32_MAX: none */
    uint16_t sport, dport;
    uint16_t tcp_flags, window;
    uint8_t proto;
    uint8_t sub;     /**< which transport of the packet, outermost 0 */
    uint8_t cap_len; /**< bytes of the header captured, 255 for more */
    bool quoted;     /**< inside an ICMP error */
    bool cut;        /**< too short to belong to a conversation */
    bool measured; /**< TCP: the segment's length is known, as that of one that is quoted or shorter
                      than its header is not: only then it tells which number is relative 0 */
    bool bogus;    /**< TCP: as TW_FRAME_BOGUS */
    bool in_icmp;  /**< quoted by ICMP in an IPv4 header */
    bool reverse;  /**< set by tracking: against its conversation's first packet */
};

/** Growable list of events; one a thread while loading. */
struct tw_events {
    struct tw_event *items;
    size_t n, capacity;
};

/** May a walked frame hold more than its main headers? */
bool tw_events_has(const struct tw_frame *frame);
/** Append what a walked frame holds from an offset on beyond its main transport, outermost first.
 */
int tw_events_add(struct tw_events *events, uint32_t row, const struct tw_frame *frame,
                  uint32_t from, struct tw_dict *addresses, trawl_error *err);
/** All lists, each ordered by row and sub, into the first; the others are emptied. */
int tw_events_merge(struct tw_events *lists, size_t n, trawl_error *err);
/** A transport around a row's main one, by its protocol and addresses; NULL when there is none. The
 * list must be merged. */
const struct tw_event *tw_events_find(const struct tw_events *events, uint32_t row, uint8_t proto,
                                      uint32_t src, uint32_t dst);
void tw_events_fini(struct tw_events *events);

#endif
