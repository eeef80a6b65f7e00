/* One row of the base pass: from a record, or from a walked frame, into the columns.
 * Must not know how the input is read. */
#ifndef TW_DISSECT_PASS_H
#define TW_DISSECT_PASS_H

#include "core/dissect/packets.h"

enum { TW_PASS_ROWS = 128 };

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

/** Cells of rows that lie near each other in memory until they are stored: twenty columns whose
 * cells of one row all fall into the same few sets of a cache push each other out. */
struct tw_pass_rows {
    int64_t time[TW_PASS_ROWS];
    uint64_t offset[TW_PASS_ROWS];
    uint32_t len[TW_PASS_ROWS], cap_len[TW_PASS_ROWS];
    uint32_t src[TW_PASS_ROWS], dst[TW_PASS_ROWS];
    uint32_t stream[TW_PASS_ROWS], seq[TW_PASS_ROWS], ack[TW_PASS_ROWS], payload[TW_PASS_ROWS];
    uint16_t interface[TW_PASS_ROWS], flags[TW_PASS_ROWS];
    uint16_t network[TW_PASS_ROWS], transport[TW_PASS_ROWS];
    uint16_t sport[TW_PASS_ROWS], dport[TW_PASS_ROWS], window[TW_PASS_ROWS];
    uint16_t tcp_flags[TW_PASS_ROWS], label[TW_PASS_ROWS];
    uint8_t proto[TW_PASS_ROWS];
};

/** What a thread keeps between blocks. */
struct tw_pass_thread {
    struct tw_dict_cache addresses;
    struct tw_pass_rows staged;     /**< all zero between blocks */
    uint32_t pending[TW_PASS_ROWS]; /**< rows whose src and dst are IPv4 addresses, not yet codes */
    size_t n_pending;
    struct tw_frame frame;
    trawl_error error; /**< first failure: no memory for an address */
};

/** Where rows are written: the columns' cells, or those staged, whose row 0 is not the capture's.
 * Made once a block. */
struct tw_pass {
    struct tw_packets *packets;
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
/** Rows go to the columns. */
void tw_pass_init(struct tw_pass *pass, struct tw_packets *packets, struct tw_pass_thread *thread);
/** Rows 0 to TW_PASS_ROWS - 1 are kept by the thread until tw_pass_store() brings the first n to
 * the columns, from first_row on; then they are all zero again. */
void tw_pass_stage(struct tw_pass *pass);
void tw_pass_store(struct tw_pass *pass, uint64_t first_row, size_t n);

/** Ethernet with VLAN tags, IPv4 or IPv6, TCP or UDP, whole and plain: fill the row without a walk.
 * False when the packet is anything else; then nothing was written. Cells equal the walk's. */
bool tw_pass_fast(struct tw_pass *pass, uint64_t row, const struct tw_record *record,
                  const struct tw_interface *interface);
/** Turn the addresses of the rows that tw_pass_fast() left pending, TW_PASS_ROWS at most, into
 * codes. */
void tw_pass_flush(struct tw_pass *pass);
/** Fill the row from pass->thread->frame. */
void tw_pass_fill(struct tw_pass *pass, uint64_t row, const struct tw_record *record);

#endif
