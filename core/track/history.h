/* Zeek's view of a connection: the state of either side, conn_state, and the history of letters.
 * Must not know tables, sessions or times. */
#ifndef TW_TRACK_HISTORY_H
#define TW_TRACK_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/** Histories grow by a letter at a time: a tree of all that came up, so that a connection needs a
 * number, not a text. Entry 0 is the empty one. One thread's. Zero at first. */
struct tw_histories {
    struct tw_history_node {
        uint32_t before; /**< the history without its last letter */
        uint32_t length;
        char letter;
    } * nodes;
    uint32_t n, capacity;
    uint32_t *slots; /**< hash table of number + 1 */
    uint32_t n_slots;
};
/** Zero is one with the empty history only. */
void tw_histories_fini(struct tw_histories *histories);
/** Length of history i, of which at most room bytes go to out, from the start. */
size_t tw_histories_text(const struct tw_histories *histories, uint32_t i, char *out, size_t room);

/** One side. Zero at first. */
struct tw_history_side {
    uint32_t start, last; /**< sequence numbers: of the SYN, and one after the highest */
    uint32_t last_of[3];  /**< numbers of its last SYN, FIN and RST, relative to start */
    uint32_t n_again, n_zero_windows, n_gaps;
    uint8_t state, state_before;
    uint8_t seen; /**< letters that come once */
    bool has_payload;
};
/** One connection. [0] is the originator. Zero at first. */
struct tw_history {
    struct tw_history_side side[2];
    uint32_t history; /**< of a struct tw_histories */
    bool partial;     /**< its start was not seen */
    bool plain_reset; /**< the originator's SYN was followed by its RST, no other letter of its own
                       */
    bool syn_first;   /**< its first packet was the originator's SYN */
    bool first_seen[2];
};

/** What a packet of a connection is. */
struct tw_history_packet {
    uint32_t seq, len;
    uint16_t flags, window;
};

/** The connection began with the responder's packet: '^'. */
int tw_history_flipped(struct tw_histories *histories, struct tw_history *c, trawl_error *err);
/** The other side turns out to be the originator. */
void tw_history_swap(struct tw_history *c);
/** The next packet, of the originator or not. histories NULL: only the states are wanted. */
int tw_history_step(struct tw_histories *histories, struct tw_history *c, bool is_originator,
                    const struct tw_history_packet *packet, trawl_error *err);
/** Each direction is open since its SYN or ended after it: bytes not captured are worth a word. */
bool tw_history_is_clean(const struct tw_history *c);
/** Each direction was closed or reset: Zeek's durations end here. */
bool tw_history_is_over(const struct tw_history *c);
/** Bytes that the packet before acknowledged, and that the originator (or the responder) sent, were
 * not captured: one letter more. Only of a clean connection. */
int tw_history_gap(struct tw_histories *histories, struct tw_history *c, bool of_originator,
                   trawl_error *err);
/** S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH. */
const char *tw_history_state(const struct tw_history *c);

#endif
