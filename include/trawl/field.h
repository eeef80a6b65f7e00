/* Packet fields: what a dissector declares and how it hands over values.
 * Knows nothing of tables' storage or of captures' files. */
#ifndef TRAWL_FIELD_H
#define TRAWL_FIELD_H

#include "trawl/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A field of a packet: Wireshark's name and meaning. Types as of columns; several occurrences in a
 * packet make a list (flags TRAWL_COLUMN_LIST). */
typedef struct trawl_field {
    uint32_t size;  /**< sizeof(trawl_field) */
    uint32_t flags; /**< TRAWL_COLUMN_ bits */
    trawl_type type;
    uint32_t reserved;
    const char *name;   /**< "tcp.window_size_value" */
    const char *unit;   /**< or NULL */
    const char *help;   /**< one line */
    const char *source; /**< "RFC 9293 section 3.1" */
} trawl_field;
#define TRAWL_FIELD(...)                         \
    {                                            \
        .size = sizeof(trawl_field), __VA_ARGS__ \
    }

/** The packet around a layer. */
typedef struct trawl_packet {
    uint32_t size;
    uint32_t cap_len;   /**< bytes at data */
    uint32_t len;       /**< bytes on the wire */
    uint32_t link_type; /**< LINKTYPE_ value */
    uint64_t row;       /**< frame.number - 1 */
    int64_t time_ns;
    const uint8_t *data;
} trawl_packet;

/** One protocol header (with all that it carries) within a packet. */
typedef struct trawl_layer {
    uint32_t size;
    uint32_t depth;      /**< 0 is the frame's own; +1 for each network header above */
    const uint8_t *data; /**< first byte of the header */
    uint32_t cap_len; /**< captured bytes from data, never beyond the enclosing header's length */
    uint32_t len;     /**< bytes that the enclosing header declares; ≥ cap_len unless it lies */
    uint32_t header_len; /**< bytes of this header where the walk has found them, else 0 */
    uint32_t flags;      /**< TRAWL_LAYER_ bits */
    /* ABI 1.1: of a payload, what carries it */
    uint8_t carrier;   /**< IP protocol number: 6 or 17; 0: something else */
    uint8_t direction; /**< 0: as the conversation's first packet, 1: back */
    uint16_t src_port, dst_port;
    uint32_t stream; /**< tcp.stream or udp.stream; UINT32_MAX: none, or not known here */
    uint32_t mark;   /**< of a message over TCP: the first four bytes of the state as `message` left
                        them when it was last asked (with a state_size of at least 4) */
    /* ABI 1.2: of a dissector with TRAWL_DISSECTOR_PARTS */
    uint32_t seen; /**< bytes of the message ahead of data, which lie in front of it */
} trawl_layer;
enum {
    TRAWL_LAYER_QUOTED = 1u << 0, /**< inside an ICMP error */
    TRAWL_LAYER_PARTIAL =
        1u << 1, /**< a message over TCP whose rest never came, or lies beyond keep_bytes */
    TRAWL_LAYER_CONTINUED =
        1u << 2, /**< `message` is asked again, behind the bytes of TRAWL_MESSAGE_ON */
    TRAWL_LAYER_LACKS = 1u
                        << 3 /**< ABI 1.2: with TRAWL_LAYER_PARTIAL: some of its bytes never came */
};

/** Cells of the packets column "label": the innermost VLAN in the low 12 bits, the kind of the
 * innermost tunnel (bare IP in IP aside) of a `tunneled` packet above them. 0: neither. */
enum { TRAWL_LABEL_VLAN = 0xfff, TRAWL_LABEL_TUNNEL_SHIFT = 12 };
/** Kinds of tunnels; up to GRE the numbers are nDPI's. */
typedef enum trawl_tunnel {
    TRAWL_TUNNEL_NONE = 0,
    TRAWL_TUNNEL_GTP = 1,
    TRAWL_TUNNEL_CAPWAP = 2,
    TRAWL_TUNNEL_TZSP = 3,
    TRAWL_TUNNEL_L2TP = 4,
    TRAWL_TUNNEL_VXLAN = 5,
    TRAWL_TUNNEL_GRE = 6,
    TRAWL_TUNNEL_GENEVE = 7,
    TRAWL_TUNNEL_ERSPAN = 8,
    TRAWL_TUNNEL_TEREDO = 9
} trawl_tunnel;

/** Where values go. put_* append one occurrence of field i (index in the dissector's array) for
 * this packet; a field that is not wanted() may be skipped. Values out of the type's range are
 * dropped. Any thread: each call has a sink of its own. */
typedef struct trawl_sink trawl_sink;
struct trawl_sink {
    uint32_t size;
    uint32_t n_fields;
    const uint8_t *wanted; /**< wanted[i] != 0: field i is being computed */
    void (*put_u64)(trawl_sink *sink, uint32_t i_field, uint64_t value);
    void (*put_i64)(trawl_sink *sink, uint32_t i_field, int64_t value);
    void (*put_f64)(trawl_sink *sink, uint32_t i_field, double value);
    void (*put_bytes)(trawl_sink *sink, uint32_t i_field, const void *data,
                      size_t n); /**< ip (4 or 16), string, bytes */
    /** Something is wrong with the packet: a row of `warnings` (what: constant text). */
    void (*malformed)(trawl_sink *sink, uint32_t offset, const char *what);
    /* ABI 1.2 */
    /** No memory for what the packet holds: the whole extraction fails, since a cell that is null
     * would say that nothing is there. */
    void (*no_memory)(trawl_sink *sink);
};

/** What `message` says beside a length. */
enum {
    TRAWL_MESSAGE_MORE = 0,     /**< cannot tell yet: call again with more bytes */
    TRAWL_MESSAGE_FOREIGN = -1, /**< not this protocol: leave this direction of the connection */
    TRAWL_MESSAGE_REST = -2,    /**< all that this direction still sends */
    /* ABI 1.2 */
    TRAWL_MESSAGE_HANDOVER = -3, /**< from here on this direction carries what a proxy was asked
                                   for: who recognises its first bytes takes it */
    TRAWL_MESSAGE_BEFORE = -4 /**< with TRAWL_LAYER_CONTINUED: the message has ended ahead of these
                                 bytes; asked again for the one that begins here */
};
/** The message has n > 0 bytes and goes on: ask again from there, TRAWL_LAYER_CONTINUED set. So a
 * message of many parts, each with its length in front, need not be kept until its end is known. */
#define TRAWL_MESSAGE_ON(n) (-16 - (int64_t)(n))

/** Fields that are read together from one kind of layer. `extract` is called once for each such
 * layer of a packet (outermost first), on pool threads with disjoint packets; it must check every
 * length against layer->cap_len, keep no state, and call nothing but the sink. */
typedef struct trawl_dissector {
    uint32_t size;       /**< sizeof(trawl_dissector) */
    uint32_t field_size; /**< sizeof(trawl_field) */
    const char *name;    /**< "tcp", "mptcp": its presence is a boolean of that name in filters */
    const char
        *layer; /**< the layer it reads: "frame" "eth" "vlan" "ip" "ipv6" "tcp" "udp" "icmp" … */
    const char *help;
    const trawl_field *fields;
    uint32_t n_fields;
    uint32_t reserved;
    void (*extract)(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink);
    const char *const *tcp_ports; /**< layer "payload": "53", "8000-8010", …, NULL; else NULL */
    const char *const *udp_ports;
    /* ABI 1.1: layer "payload", what UDP or TCP carries. `extract` gets a datagram's payload or one
     * whole message out of the byte stream; its values belong to the packet in which it ends. A
     * conversation whose lower port a dissector claims is that one's, else the higher port's, else
     * the first one's whose probe says yes. A datagram or a connection on a claimed port is
     * another's where the port's own probe says no to it, or to its first bytes, and the other's
     * says yes. */
    int (*probe)(const trawl_layer *payload); /**< does it look like this protocol? NULL: by port
                                                 alone. Asked for datagrams (not where there is a
                                                 message function and no UDP port), and for the
                                                 first bytes that a connection carries */
    /** TCP: bytes of the message that begins at payload->data, of which cap_len are there, or
     * TRAWL_MESSAGE_. May be asked again for the same message with more bytes, state unchanged
     * meanwhile if it answered MORE; then the length may also be one that the earlier bytes had.
     * What `extract` is to know of the messages before, it finds in layer->mark. NULL: not over
     * TCP. */
    int64_t (*message)(void *state, const trawl_layer *payload);
    uint32_t state_size; /**< bytes of state for each connection (both directions), zero-filled, at
                            most 4096 */
    uint32_t keep_bytes; /**< of a message, the rest is cut off, but not what `message` had to see
                            before it knew the length; 0: 65536 */
    /* ABI 1.2: may a connection that begins with these bytes, and that is this dissector's, be
     * handed over? Where it says no, other dissectors leave the connection alone. NULL: never. */
    int (*hands_over)(const trawl_layer *payload);
    uint32_t flags; /**< TRAWL_DISSECTOR_ bits */
} trawl_dissector;
enum {
    /** What TRAWL_MESSAGE_ON tells of is handed over as a message of its own, in the packet in
     * which it ends; layer->seen says how many bytes of the message came before. `message` finds
     * those too, where layer->seen is not 0. TRAWL_LAYER_PARTIAL: the message ends with it. */
    TRAWL_DISSECTOR_PARTS = 1u << 0, /**< ABI 1.2 */
    /** A packet in which a message begins that ends in a later one has the protocol too, if none of
     * its fields. */
    TRAWL_DISSECTOR_BEGINS = 1u << 1, /**< ABI 1.2 */
    /** A conversation of datagrams whose ports nobody claims is this dissector's from the datagram
     * on, one of the first 16, that its probe recognised. */
    TRAWL_DISSECTOR_STAYS = 1u << 2 /**< ABI 1.2 */
};

#ifdef __cplusplus
}
#endif
#endif
