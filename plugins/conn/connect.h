/* How MPTCP options build connections: keys, tokens, joins and mappings.
 * Knows nothing of columns; model.c feeds it. */
#ifndef CONN_CONNECT_H
#define CONN_CONNECT_H

#include "model.h"
#include "option.h"

/** Bytes [low, low + length) of a subflow's sequence numbers carry data from dsn on. */
struct mapping {
    uint64_t dsn;
    uint32_t low;
    uint16_t length;
    uint16_t unused;
    uint32_t row;
    uint32_t older[2]; /**< chains of the window of its first and of its last byte */
};

/** The packet around an option. */
struct where {
    uint32_t row;
    uint32_t i_subflow;
    unsigned direction;
    uint32_t seq;    /**< relative */
    uint32_t length; /**< payload bytes */
    unsigned flags;  /**< TCP */
};
enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/** Let an option work on the model; fills result->ack and result->dss. @return 1, or 0: no memory
 */
int connect_option(struct model *model, const struct where *at, const struct mp_option *option,
                   struct row_result *result);

/** After all options of a packet: its data sequence number, as far as mappings tell. */
void connect_dsn(const struct model *model, const struct where *at, struct row_result *result);

#endif
