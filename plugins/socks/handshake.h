/* What client and SOCKS proxy say before the bytes that the proxy passes on.
 * Knows neither fields nor the host. */
#ifndef SOCKS_HANDSHAKE_H
#define SOCKS_HANDSHAKE_H

#include "trawl/field.h"

/* Kinds of messages; of version 4 (and 4a), of version 5 (RFC 1928), and of its password (RFC
 * 1929). */
enum socks_kind {
    SOCKS_NONE,
    SOCKS4_REQUEST,
    SOCKS4_REPLY,
    SOCKS5_METHODS,
    SOCKS5_METHOD,
    SOCKS5_PASSWORD,
    SOCKS5_STATUS,
    SOCKS5_REQUEST,
    SOCKS5_REPLY
};

/* Of a connection. `kind` is the last message's and must be first: `extract` gets it as the mark.
 */
struct socks_state {
    uint32_t kind;
    uint8_t client;     /* direction */
    uint8_t done[2];    /* by direction: it has said its last word of the handshake */
    uint8_t method;     /* that the proxy chose */
    uint8_t command;    /* that the client asked for */
    uint8_t n_replies;  /* BIND has two */
    uint8_t has_failed; /* refused: nothing is passed on */
};

/** The first bytes of a connection: a whole request of version 4, or a whole list of methods. */
int socks_probe(const trawl_layer *payload);
/** See trawl/field.h. */
int64_t socks_message(void *state, const trawl_layer *payload);
int socks_hands_over(const trawl_layer *payload);

#endif
