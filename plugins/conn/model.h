/* MPTCP connections and their subflows, found from the packets of a capture.
 * Knows nothing of tables that are shown or of commands. */
#ifndef CONN_MODEL_H
#define CONN_MODEL_H

#include "conn.h"
#include "map.h"
#include "spans.h"

enum { NONE32 = 0xffffffffu };

/** One end of a connection. */
struct side {
    uint64_t key, idsn; /**< idsn: where relative numbers start */
    uint64_t reference; /**< a recent 64-bit number: what 32-bit ones are completed with */
    uint32_t token;
    uint8_t has_key, has_token;
    uint8_t has_base; /**< idsn is set: from the key, or 0 once a 64-bit number was seen */
    uint8_t has_reference;
    uint8_t wide;      /**< reference is one of 64 bits: a number on the wire, or from the key */
    uint8_t has_start; /**< start is set */
    uint8_t has_acked; /**< acked is set */
    uint8_t has_fin;   /**< fin is set */
    /* Numbers below are counted as the first ones on the wire were: where those had 32 bits only,
     * `shift` is what is missing in them. See model_raw(), model_relative(). */
    uint64_t shift;
    uint64_t start;          /**< the first number seen, of a mapping or an ACK */
    uint64_t acked;          /**< the highest data ACK so far */
    uint64_t fin;            /**< number of the DATA_FIN */
    uint32_t sent, carriers; /**< sets of spans: bytes that were sent; by which packet first */
};

/** State of a connection, see struct connection. */
enum { STATE_PARTIAL = 0, STATE_COMPLETE = 1, STATE_FALLBACK = 2 };

struct connection {
    struct side side[2];
    uint32_t master;      /**< subflow that carried MP_CAPABLE, or NONE32 */
    uint32_t first, last; /**< its subflows in order of joining, linked by subflow.next */
    uint32_t n_subflows;
    uint8_t version, has_version;
    uint8_t client_side; /**< 0 or 1; 2: not known */
    uint8_t failed;      /**< MP_FAIL or an infinite mapping was seen */
    uint8_t closed;      /**< 1 DATA_FIN, 2 MP_FASTCLOSE */
    uint8_t checksums;   /**< one side at least asked for them */
    uint8_t saw_mapping;
};

/** One direction of a subflow; direction 0 is that of the conversation's first packet. */
struct half {
    uint32_t address; /**< code of the source address */
    uint16_t port;
    uint8_t side; /**< side of the connection that sends here */
    uint8_t addrid, has_addrid, saw_syn, has_dsn;
    uint8_t has_nonce; /**< of MP_JOIN */
    uint32_t nonce;
    uint8_t has_infinite; /**< fallback: all from `infinite` on is mapped, to infinite_dsn on */
    uint32_t infinite;
    uint64_t infinite_dsn;
    uint32_t infinite_row;
    uint32_t shift;  /**< subflow sequence numbers minus tcp.seq, where the SYN was not captured */
    uint32_t sent;   /**< set of spans: data that this subflow carried */
    uint32_t mapped; /**< set of spans: places whose mappings are known, see mapping.h */
    uint32_t far;    /**< number of the last mapping that was far from the others */
    uint64_t place;  /**< of the newest mapping */
    uint8_t has_shift, has_far;
    uint64_t dsn_min, dsn_end; /**< 64-bit numbers, end exclusive */
    uint64_t packets, bytes, payload;
    int64_t start_ns, end_ns;
    uint8_t has_time;
    uint8_t version, has_version; /**< of its MP_CAPABLE */
};

struct subflow {
    uint32_t stream;
    uint32_t connection; /**< or NONE32: MPTCP was asked for, but there is no connection yet */
    uint32_t prev, next; /**< of the same connection, or NONE32 */
    uint32_t first_row;
    struct half half[2];
    uint8_t opener; /**< direction of the first SYN, else of the first packet */
    uint8_t has_opener, has_time;
    uint8_t joined; /**< by MP_JOIN (else by MP_CAPABLE, or not known) */
    uint8_t backup;
    uint8_t asked;                /**< MP_CAPABLE in the SYN */
    uint8_t refused;              /**< SYN/ACK without an MPTCP option */
    uint8_t checksums;            /**< asked for in a SYN */
    uint8_t last_hmac;            /**< HMAC_: of its last MP_JOIN */
    uint8_t hmac;                 /**< HMAC_: of its MP_JOINs */
    uint8_t version, has_version; /**< of its first MP_CAPABLE */
    uint32_t join_row;            /**< first MP_JOIN */
    int64_t start_ns, end_ns;
};
enum { HMAC_UNKNOWN = 0, HMAC_RIGHT = 1, HMAC_WRONG = 2 };

/** What one packet with MPTCP options says. */
struct row_result {
    uint32_t row;
    uint32_t connection;
    uint32_t mapping_row; /**< packet that carried the mapping, or NONE32 */
    uint32_t n_subflows;  /**< of the connection, so far */
    uint8_t no_mapping;   /**< none is known that it needs */
    uint8_t master, has_dsn, has_relative, has_ack, has_dss;
    uint8_t key_mismatch; /**< MP_CAPABLE echoes another key than the other side gave */
    uint64_t dsn, relative, ack, dss;
};

/** Data that one packet carries, of one mapping. Numbers as in struct side. */
struct carry {
    uint32_t row;
    uint32_t i_subflow;
    uint64_t dsn;     /**< of the first byte carried */
    uint64_t map_dsn; /**< of the first byte of the mapping */
    uint32_t ssn, map_ssn;
    uint32_t length; /**< bytes carried: 0 where the packet brings the mapping alone */
    uint32_t seen;   /**< of these, bytes that were sent before */
    uint32_t resent; /**< of these, bytes that this subflow sent before */
    uint32_t first_row, first_flow; /**< who sent the first one of them first, or NONE32 */
    uint32_t map_row;
    uint16_t map_length;
    uint8_t direction, fin;
    uint8_t reinjection;    /**< some were sent before on another subflow */
    uint8_t retransmission; /**< some were sent before on this subflow */
};

/** One data ACK. Numbers as in struct side, of the other side. */
struct data_ack {
    uint32_t row;
    uint32_t i_subflow;
    uint64_t ack;
    uint64_t acked;  /**< bytes that it is above the highest one before */
    uint32_t window; /**< scaled */
    uint8_t direction, has_window;
};

/** What to build: bits of model_build's `wants`. */
enum {
    WANT_RESULTS = 1,   /**< model.results */
    WANT_TOTALS = 2,    /**< packets, bytes and times of subflows */
    WANT_CARRIES = 4,   /**< model.carries */
    WANT_ACKS = 8,      /**< model.acks */
    WANT_PROBLEMS = 16, /**< model.problems; with WANT_CARRIES */
    WANT_EVENTS = 32    /**< model.events */
};

struct model {
    unsigned wants;
    struct connection *connections;
    struct subflow *subflows;
    uint32_t *subflow_of_stream; /**< n_streams entries, NONE32: none */
    size_t n_connections, n_subflows, n_streams;
    trawl_view src;        /**< decodes half.address */
    trawl_view interfaces; /**< name of each packet's, or zero */
    trawl_table *packets;
    size_t cap_connections, cap_subflows;
    struct map tokens; /**< token → connection * 2 + side */
    struct mapping *maps;
    size_t n_maps, cap_maps;
    uint64_t map_steps, map_steps_allowed;
    struct row_result *results; /**< in order of rows, if asked for, as all below */
    size_t n_results, cap_results;
    struct carry *carries;
    size_t n_carries, cap_carries;
    struct data_ack *acks;
    size_t n_acks, cap_acks;
    struct spans spans;
    struct event *events; /**< see events.h */
    size_t n_events, cap_events;
    struct problem *problems; /**< see check.h */
    size_t n_problems, cap_problems;
    struct unmapped *unmapped;
    size_t n_unmapped, cap_unmapped;
    struct map told; /**< subflow and rule → index of the problem */
};

/**
 * Build the model.
 * @param wants  WANT_ bits
 * Zero the model first; model_fini after success and failure alike. Linear in packets.
 */
int model_build(struct model *model, trawl_call *call, trawl_table *packets, unsigned wants,
                trawl_error *err);
void model_fini(struct model *model);

/** Complete, partial (keys or tokens are missing) or fallback to TCP. */
int model_state(const struct model *model, const struct connection *connection);

/** A number of a side as it is on the wire, all 64 bits as far as they are known. */
uint64_t model_raw(const struct side *side, uint64_t number);
/** The same relative to the initial number that its key gives; without a key the first number that
 * was seen is 1. */
uint64_t model_relative(const struct side *side, uint64_t number);

#endif
