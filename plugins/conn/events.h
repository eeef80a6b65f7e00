/* The signals of connections: what options say beside data.
 * Knows nothing of tables. */
#ifndef CONN_EVENTS_H
#define CONN_EVENTS_H

#include "connect.h"

enum event_kind {
    EVENT_CAPABLE,
    EVENT_JOIN,
    EVENT_ADD,
    EVENT_ADD_ECHO,
    EVENT_REMOVE,
    EVENT_PRIO,
    EVENT_FAIL,
    EVENT_FASTCLOSE,
    EVENT_RESET,
    EVENT_DATA_FIN,
    EVENT_INFINITE,
    N_EVENTS
};

struct event {
    uint32_t row, i_subflow;
    uint8_t kind, direction, tcp_flags;
    uint8_t flags, version, reason; /**< of the option */
    uint8_t id, has_id;
    uint8_t n_address; /**< 0, 4 or 16 */
    uint8_t has_port,
        hmac; /**< HMAC_: of this option, or whether the key of a FASTCLOSE is right */
    uint16_t port;
    uint64_t number; /**< as struct side counts the sender's; FAIL: raw, of the receiver's data */
    uint8_t address[16];
};

/** An option that worked on the model; model.events, if wanted. @return 1, or 0 without memory */
int event_note(struct model *model, const struct where *at, const struct mp_option *option,
               const struct said *said);

#endif
