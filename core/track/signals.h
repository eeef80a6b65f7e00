/* When an MPTCP connection says what it did not say before: an ACK that repeats another may do so
 * to carry it, and is no duplicate (RFC 8684 section 4). Must not know tables or sessions. */
#ifndef TW_TRACK_SIGNALS_H
#define TW_TRACK_SIGNALS_H

#include "core/track/conversation.h"

enum { TW_SIGNALS = 8 }; /* MP_CAPABLE to MP_FASTCLOSE; a reset says nothing that lasts */

struct tw_signals {
    uint32_t *connection;          /* of each TCP conversation; NULL: nobody speaks MPTCP */
    uint32_t *since;               /* row that made it its subflow; UINT32_MAX: none did */
    uint32_t (*first)[TW_SIGNALS]; /* rows of each connection; UINT32_MAX: never said */
};

/** subtypes: a list of numbers for each row; connections: a number or nothing. */
int tw_signals_find(const struct tw_packets *packets, const struct tw_conversations *conversations,
                    const struct tw_column *subtypes, const struct tw_column *connections,
                    struct tw_signals *ret, trawl_error *err);
/** Was something new said from a row of this TCP conversation on, ahead of another? */
bool tw_signals_between(const struct tw_signals *signals, uint32_t stream, uint32_t from,
                        uint32_t to);
void tw_signals_fini(struct tw_signals *signals);

#endif
