/* What the protocol forbids, looked for while a model is built. Nothing here changes connections.
 * Knows nothing of tables or warnings, only the model that collects what is found. */
#ifndef CONN_CHECK_H
#define CONN_CHECK_H

#include "connect.h"

/** Kinds of violations; violation_rules[] in violations.c has their words. */
enum rule {
    RULE_KEY_CHANGED, /**< MP_CAPABLE gives another key than before; a: it, b: the earlier one */
    RULE_KEY_ECHO,    /**< the third ACK echoes another key than the SYN/ACK gave */
    RULE_VERSION,     /**< MP_CAPABLEs of one handshake differ: a, b versions */
    RULE_VERSION_UNKNOWN,  /**< a: version */
    RULE_ALGORITHM,        /**< MP_CAPABLE offers no algorithm that is known; a: flags */
    RULE_TOKEN_REUSE,      /**< a second handshake with a token in use; a: token, b: connection */
    RULE_JOIN_UNKNOWN,     /**< MP_JOIN of a connection whose handshake is not there; a: token */
    RULE_JOIN_HMAC_SYNACK, /**< a: HMAC in the packet, b: the right one */
    RULE_JOIN_HMAC_ACK,
    RULE_ADDRESS_HMAC,     /**< ADD_ADDR; a, b as above */
    RULE_FASTCLOSE_KEY,    /**< a: key in the packet, b: the receiver's */
    RULE_CHECKSUM,         /**< DSS; a: what all sums up to, which should be 0xffff */
    RULE_CHECKSUM_MISSING, /**< a mapping without one, though it was agreed on */
    RULE_MAPPING_CHANGED,  /**< the same subflow bytes, other data; a: DSN now, b: DSN before */
    RULE_UNMAPPED,         /**< a: bytes */
    RULE_AFTER_FIN,        /**< a mapping beyond the DATA_FIN; a: its end, b: DATA_FIN */
    RULE_FIN_MOVED,        /**< a: DATA_FIN now, b: before */
    RULE_SUBTYPE,          /**< a: subtype */
    N_RULES
};

struct problem {
    uint32_t row; /**< the first packet */
    uint32_t i_subflow;
    uint64_t n; /**< packets of the subflow */
    uint64_t a, b;
    uint8_t rule, direction;
};

/** Bytes without a mapping, so far. */
struct unmapped {
    uint64_t place; /**< of the first of the bytes, see mapping.h */
    uint32_t row, i_subflow, n;
    uint8_t direction;
};

/* Each is told before the option works on the model, but check_join() after. All: @return 1, or 0
 * without memory; nothing but the HMACs' results without WANT_PROBLEMS. */
int check_capable(struct model *model, const struct where *at, const struct mp_option *option);
int check_join(struct model *model, const struct where *at, const struct mp_option *option);
int check_other(struct model *model, const struct where *at, const struct mp_option *option);
/** HMAC_ of an ADD_ADDR. @param ret_right  what it should be, or NULL */
int check_address_hmac(const struct model *model, const struct where *at,
                       const struct mp_option *option, uint64_t *ret_right);
/** A mapping, as said; option: MP_CAPABLE or DSS. */
int check_mapping(struct model *model, const struct where *at, const struct mp_option *option,
                  const struct said *said);
/** All of this packet's payload is the next part of a mapping. */
int check_payload(struct model *model, const struct where *at, uint32_t i_map);
int check_unmapped(struct model *model, const struct where *at, uint32_t ssn, uint32_t n);
/** After the last packet. */
int check_end(struct model *model);

#endif
