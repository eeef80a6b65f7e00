/* The fragments of a capture: which rows make a datagram, and the frames that complete one, put
 * together. Must not know conversations or sessions. */
#ifndef TW_DISSECT_FRAGMENTS_H
#define TW_DISSECT_FRAGMENTS_H

#include "core/base/memory.h"
#include "core/dissect/frame.h"

struct tw_events;
struct tw_packets;
struct tw_pass_thread;

enum {
    TW_WHOLE_BYTES =
        64 << 20 /**< most that the datagrams of a capture may hold; later ones stay apart */
};

/** The frame of the row that completes a datagram, with all of the datagram behind its headers. */
struct tw_whole {
    uint32_t row, len, network_at;
    const uint8_t *data; /**< in the arena */
};
/** A fragment and the row that completes its datagram. */
struct tw_part {
    uint32_t row, whole_row;
};
struct tw_fragments {
    struct tw_whole *wholes; /**< by row */
    size_t n_wholes, wholes_capacity;
    struct tw_part *parts; /**< every fragment of those but the completing ones */
    size_t n_parts, parts_capacity;
    uint64_t n_bytes;
    struct tw_arena arena;
};

/** After the first pass: put datagrams together and fill the base columns of the rows that complete
 * them; the other fragments get the ports too. As Wireshark, a transport header belongs to the
 * packet that completes its datagram. */
int tw_fragments_resolve(struct tw_packets *packets, struct tw_pass_thread *thread,
                         struct tw_events *events, trawl_error *err);
/** Walk the frame of a row flagged TW_FRAME_WHOLE. */
void tw_fragments_walk(const struct tw_packets *packets, uint64_t row, struct tw_frame *frame);
void tw_fragments_fini(struct tw_fragments *fragments);
/** Is a fragment's header the main one of the packet that completes it? Not where the datagram is a
 * tunnel's. Its base columns must be set; IPv6's own number of fragments (44) stands for any. */
bool tw_part_is_main(const struct tw_packets *packets, const struct tw_part *part);

#endif
