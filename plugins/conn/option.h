/* One MPTCP option of a TCP header, read as RFC 6824 (version 0) and RFC 8684 (version 1) say.
 * Knows nothing of connections. */
#ifndef CONN_OPTION_H
#define CONN_OPTION_H

#include <stddef.h>
#include <stdint.h>

enum {
    MP_CAPABLE = 0,
    MP_JOIN = 1,
    MP_DSS = 2,
    MP_ADD_ADDR = 3,
    MP_REMOVE_ADDR = 4,
    MP_PRIO = 5,
    MP_FAIL = 6,
    MP_FASTCLOSE = 7,
    MP_TCPRST = 8,
    MP_EXPERIMENTAL = 15
};

/** What was read: bits of mp_option.have. */
enum {
    MP_HAVE_SUBTYPE = 1u << 0,
    MP_HAVE_VERSION = 1u << 1,
    MP_HAVE_FLAGS = 1u << 2,
    MP_HAVE_RESERVED = 1u << 3,
    MP_HAVE_SENDKEY = 1u << 4,
    MP_HAVE_RECVKEY = 1u << 5,
    MP_HAVE_RECVTOK = 1u << 6,
    MP_HAVE_SENDRAND = 1u << 7,
    MP_HAVE_TRUNC_HMAC = 1u << 8,
    MP_HAVE_HMAC = 1u << 9,
    MP_HAVE_ADDR_HMAC = 1u << 10,
    MP_HAVE_ACK = 1u << 11,
    MP_HAVE_DSN = 1u << 12,
    MP_HAVE_SSN = 1u << 13,
    MP_HAVE_LENGTH = 1u << 14,
    MP_HAVE_CHECKSUM = 1u << 15,
    MP_HAVE_IPVER = 1u << 16,
    MP_HAVE_ECHO = 1u << 17,
    MP_HAVE_ADDRID = 1u << 18,
    MP_HAVE_IPV4 = 1u << 19,
    MP_HAVE_IPV6 = 1u << 20,
    MP_HAVE_PORT = 1u << 21,
    MP_HAVE_REASON = 1u << 22
};

/** Bits of the flags byte of a DSS option. */
enum {
    MP_DSS_ACK = 0x01,
    MP_DSS_ACK8 = 0x02,
    MP_DSS_MAP = 0x04,
    MP_DSS_DSN8 = 0x08,
    MP_DSS_FIN = 0x10
};

struct mp_option {
    uint32_t have; /**< MP_HAVE_ bits */
    uint8_t subtype, version, flags, addrid, ipver, echo, reason;
    uint8_t n_removed; /**< REMOVE_ADDR: ids at `removed` */
    uint16_t length;   /**< data-level length */
    uint16_t checksum, port, reserved;
    uint32_t recvtok, sendrand, ssn;
    uint64_t sendkey, recvkey, trunc_hmac, addr_hmac, ack, dsn;
    const uint8_t *hmac;    /**< 20 bytes */
    const uint8_t *address; /**< 4 or 16 bytes */
    const uint8_t *removed;
};

/**
 * Read one option. @param p its kind byte; @param n its length as declared, all captured.
 * @return 1, or 0 when it ends before what its subtype promises: `have` tells what was whole.
 */
int mp_option_read(const uint8_t *p, size_t n, struct mp_option *ret);
/** The same of an option whose first bytes alone were captured, at least two. */
int mp_option_read_cut(const uint8_t *p, size_t n, size_t there, struct mp_option *ret);

/**
 * Step to the next MPTCP option of a TCP header.
 * @param at where to go on: start with *at = 20; header[0, n) are its captured bytes
 * @return its length with *ret at its kind byte, or 0 when there is none (*cut: 1 if the options
 * are damaged, so that the end is not known; *ret at an option whose end was not captured, or NULL)
 */
size_t mp_option_next(const uint8_t *header, size_t n, size_t *at, const uint8_t **ret, int *cut);

#endif
