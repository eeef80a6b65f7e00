/* One row of the base pass: from a record, or from a walked frame, into the columns.
 * Must not know how the input is read. */
#ifndef TW_DISSECT_PASS_H
#define TW_DISSECT_PASS_H

#include "core/dissect/packets.h"

enum { TW_PASS_PENDING = 64 };

/** Until conversations are numbered, `stream` holds this hash of a row's conversation, 31 bits, the
 * same in both directions; UINT32_MAX: it belongs to none. */
static inline uint32_t tw_pass_hash(uint64_t seed, uint32_t a, uint32_t b, unsigned pa, unsigned pb,
                                    unsigned proto)
{
    const bool swap = a > b || (a == b && pa > pb);
    const uint64_t addresses = swap ? (uint64_t)b << 32 | a : (uint64_t)a << 32 | b;
    const uint64_t ports = swap ? (uint64_t)pb << 32 | (uint64_t)pa << 8
                                : (uint64_t)pa << 32 | (uint64_t)pb << 8;

    return (uint32_t)(tw_mix64((addresses ^ seed) + tw_mix64((ports | proto) ^ (seed >> 7))) >> 33);
}

/** What a thread keeps between blocks. */
struct tw_pass_thread {
    struct tw_dict_cache addresses;
    uint64_t
        pending[TW_PASS_PENDING]; /**< rows whose src and dst are IPv4 addresses, not yet codes */
    size_t n_pending;
    struct tw_frame frame;
    trawl_error error; /**< first failure: no memory for an address */
};

/** The cells of all columns, and the thread: made once a block. */
struct tw_pass {
    struct tw_dict *addresses;
    uint64_t seed;
    struct tw_pass_thread *thread;
    int64_t *time;
    uint64_t *offset;
    uint32_t *len, *cap_len;
    uint16_t *interface, *flags, *network, *transport;
    uint8_t *proto;
    uint16_t *label;
    uint32_t *src, *dst;
    uint16_t *sport, *dport;
    uint32_t *stream, *seq, *ack;
    uint16_t *window, *tcp_flags;
    uint32_t *payload;
};
void tw_pass_init(struct tw_pass *pass, struct tw_packets *packets, struct tw_pass_thread *thread);

/** Ethernet with VLAN tags, IPv4 or IPv6, TCP or UDP, whole and plain: fill the row without a walk.
 * False when the packet is anything else; then nothing was written. Cells equal the walk's. */
bool tw_pass_fast(struct tw_pass *pass, uint64_t row, const struct tw_record *record,
                  const struct tw_interface *interface);
/** Turn the addresses of the rows that tw_pass_fast() left pending into codes; at the end of a
 * block at the latest. */
void tw_pass_flush(struct tw_pass *pass);
/** Fill the row from pass->thread->frame. */
void tw_pass_fill(struct tw_pass *pass, uint64_t row, const struct tw_record *record);

#endif
