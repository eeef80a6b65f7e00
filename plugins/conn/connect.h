/* How MPTCP options build connections: keys, tokens, joins and mappings.
 * Knows nothing of columns; model.c feeds it. */
#ifndef CONN_CONNECT_H
#define CONN_CONNECT_H

#include "model.h"
#include "mapping.h"
#include "option.h"

/** The packet around an option. */
struct where {
    uint32_t row;
    uint32_t i_subflow;
    unsigned direction;
    uint32_t seq;    /**< relative */
    uint32_t length; /**< payload bytes */
    unsigned flags;  /**< TCP */
    uint32_t window; /**< scaled */
    uint8_t has_window;
    uint8_t has_payload_sum;
    uint16_t payload_sum; /**< of the payload as 16-bit words, folded */
};
enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/** What the options of one packet say together. Numbers as in struct side. */
struct said {
    struct row_result result;
    uint8_t has_map, fin;
    uint16_t length; /**< of the mapping, without DATA_FIN */
    uint32_t ssn;
    uint64_t dsn;
};

/** Let an option work on the model. @return 1, or 0: no memory */
int connect_option(struct model *model, const struct where *at, const struct mp_option *option,
                   struct said *said);

/** After all options of a packet: its data sequence number, as far as mappings tell. */
void connect_dsn(const struct model *model, const struct where *at, struct row_result *result);

#endif
