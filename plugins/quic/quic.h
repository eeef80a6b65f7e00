/* QUIC packets in the clear: what their headers say before any key is needed.
 * Must not know fields or tables. */
#ifndef QUIC_H
#define QUIC_H

#include "trawl/plugin.h"

extern const trawl_dissector quic_dissectors[1];

enum { QUIC_ID_MOST = 20 };
/** Kinds of long headers, as version 1 numbers them; the two last have no number. */
enum quic_kind {
    QUIC_INITIAL,
    QUIC_0RTT,
    QUIC_HANDSHAKE,
    QUIC_RETRY,
    QUIC_NEGOTIATION,
    QUIC_SHORT
};

/** Bytes in the packet, or none (p NULL). */
struct quic_bytes {
    const uint8_t *p;
    uint32_t n;
};

struct quic_packet {
    enum quic_kind kind;
    uint8_t first;    /* byte */
    int is_v2;        /* kinds have other numbers in the header */
    int bad;          /* it ends before its lists do */
    uint32_t version; /* of a long header */
    struct quic_bytes dcid, scid;
    int has_token, has_length; /* the lengths below are there */
    uint64_t token_length;
    uint64_t length;            /* of packet number and payload */
    struct quic_bytes token;    /* Initial, Retry */
    struct quic_bytes tag;      /* Retry: 16 bytes */
    struct quic_bytes original; /* Retry of drafts up to 24: the first destination id */
    int has_original;           /* its length is there */
    struct quic_bytes versions; /* version negotiation: 4 bytes each */
    uint64_t packet_length;     /* all of it, within the datagram */
};

/** A version that anybody is known to use: final, draft, experiment, or reserved to test
 * (0x?a?a?a?a). */
int quic_version_is_known(uint32_t version);
/** The packet at data, of which cap_len bytes are there and len were sent. 0: it is none. */
int quic_packet_read(const uint8_t *data, uint32_t cap_len, uint32_t len, struct quic_packet *ret);
/** A datagram that begins with a long header of a known version. */
int quic_probe(const trawl_layer *payload);

#endif
