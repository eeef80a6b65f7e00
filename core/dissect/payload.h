/* What UDP and TCP carry: which dissector a conversation belongs to, and the messages found in byte
 * streams. Must not know how streams are put together. */
#ifndef TW_DISSECT_PAYLOAD_H
#define TW_DISSECT_PAYLOAD_H

#include "core/base/memory.h"
#include "core/dissect/frame.h"

enum { TW_PAYLOADS_MOST = 255, TW_KEEP_BYTES = 1 << 16, TW_STATE_MOST = 4096 };

/** The payload dissectors of a catalogue and the ports that they claim. */
struct tw_claims {
    const trawl_dissector *dissectors[TW_PAYLOADS_MOST];
    unsigned n_dissectors;
    uint8_t tcp[1 << 16], udp[1 << 16]; /* index + 1 of the first that claims the port */
};

/** Does a dissector read payloads? */
bool tw_is_payload(const trawl_dissector *dissector);
/** Does it read datagrams? With a message function only if it has UDP ports. */
bool tw_is_over_udp(const trawl_dissector *dissector);
/** The list of ports is well formed: "53", "8000-8010", …, NULL. NULL is fine. */
bool tw_ports_are_valid(const char *const *ports);
/** Register the ports; false: too many dissectors. */
bool tw_claims_add(struct tw_claims *claims, const trawl_dissector *dissector);
/** By the lower port, else by the higher one; NULL: nobody's. carrier: 6 or 17. */
const trawl_dissector *tw_claims_find(const struct tw_claims *claims, unsigned carrier,
                                      uint16_t sport, uint16_t dport);
/** The first that recognises a payload which no port claims; NULL: none. */
const trawl_dissector *tw_claims_probe(const struct tw_claims *claims, const trawl_layer *payload);

/** Whose a connection is that begins with this payload: the port's, unless its probe says no and
 * another's yes. NULL: nobody's. */
const trawl_dissector *tw_claims_decide(const struct tw_claims *claims, const trawl_layer *payload);

/** A message out of a TCP stream. */
struct tw_message {
    uint32_t row; /**< of the packet in which it ends */
    uint32_t stream;
    uint32_t order;      /**< among the messages of its row */
    uint32_t at;         /**< place in that packet's frame, where data is NULL */
    uint32_t cap_len;    /**< bytes that are there */
    uint32_t len;        /**< of the message; UINT32_MAX stands for more */
    const uint8_t *data; /**< put together from several packets; NULL: lies in its packet */
    uint32_t mark;       /**< what the dissector left for its `extract` */
    uint32_t seen;       /**< bytes of parts given before, ahead of data */
    uint16_t sport, dport;
    uint8_t direction;
    bool partial; /**< not all of its bytes are at hand */
    bool lacks;   /**< because some never came */
    bool begins;  /**< nothing but that one begins in this row, which ends in a later one */
};
/** By row and order. */
struct tw_messages {
    struct tw_message *items;
    size_t n;
    struct tw_arena *arenas; /**< n_arenas of the bytes */
    size_t n_arenas;
};
void tw_messages_free(struct tw_messages *messages);
/** Index of the first message of a row at or after `row`. */
size_t tw_messages_from(const struct tw_messages *messages, uint64_t row);

struct tw_packets;

/** A payload dissector on its way through ascending rows. */
struct tw_payload_of {
    const trawl_dissector *dissector;
    const struct tw_messages *messages; /**< NULL: not over TCP */
    size_t i_message;                   /**< the next one; set with tw_messages_from() */
    bool over_udp;
};
struct tw_payload_of tw_payload_of(const trawl_dissector *dissector,
                                   const struct tw_messages *messages, uint64_t first_row);

/** Several of them together, so that whose a datagram is gets found once. */
struct tw_payload_walk {
    const struct tw_packets *packets;
    const struct tw_claims *claims;
    struct tw_payload_of *of;
    size_t n;
};
/** From now on a walk keeps whose each row's datagram is, so that later ones pass over the others';
 * until there are more claims. No walk is under way. */
int tw_payload_walk_remember(struct tw_packets *packets, const struct tw_claims *claims,
                             trawl_error *err);
/** Whose later datagrams of conversations are where a dissector with TRAWL_DISSECTOR_STAYS has
 * recognised one of the first 16, into packets->owners. One look at these, on the pool's threads.
 */
int tw_payload_recognise(struct tw_packets *packets, const struct tw_claims *claims,
                         trawl_error *err);
/** May the row have payloads of one of them? By the base columns and the messages. */
bool tw_payload_walk_hit(const struct tw_payload_walk *walk, uint64_t row);
/** Call visit for each payload in the walked frame of the row, with the index in `of`. payload
 * NULL: one begins there that ends in a later row, of a dissector with TRAWL_DISSECTOR_BEGINS. */
void tw_payload_walk_row(const struct tw_payload_walk *walk, uint64_t row,
                         const struct tw_frame *frame,
                         void (*visit)(void *context, size_t i_of, const trawl_layer *payload),
                         void *context);

#endif
