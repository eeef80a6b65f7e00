/* The fragments of a capture: which rows make a datagram, and the frames that complete one, put
 * together. Must not know conversations or sessions. */
#ifndef TW_DISSECT_FRAGMENTS_H
#define TW_DISSECT_FRAGMENTS_H

#include "core/base/memory.h"
#include "core/dissect/frame.h"

struct tw_events;
struct tw_packets;

enum {
    TW_WHOLE_BYTES =
        64 << 20 /**< most that the datagrams of a capture may hold; later ones stay apart */
};

/** The frame of the row that completes a datagram, with all of the datagram behind its headers. */
struct tw_whole {
    uint32_t row, len, network_at;
    const uint8_t *data; /**< in the arena, or in the cache's mapped file */
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

/** The fragments that a thread found in its block of rows, with their bytes. */
struct tw_fragments_found {
    struct tw_found *items;
    size_t n, capacity;
    uint8_t *bytes;
    size_t n_bytes, bytes_capacity;
};
/** Note the fragment that was just walked; its bytes are copied. false: no memory. */
bool tw_fragments_note(struct tw_fragments_found *found, uint32_t row,
                       const struct tw_frame *frame);
void tw_fragments_found_fini(struct tw_fragments_found *found);

/** Puts datagrams together while the first pass runs: blocks of rows are posted in any order by the
 * threads that filled them, and worked off in the order of rows by whichever thread comes. As
 * Wireshark, a transport header belongs to the packet that completes its datagram: that row's base
 * columns are filled anew, the other fragments get the ports too. */
struct tw_joiner;
struct tw_joiner *tw_joiner_new(struct tw_packets *packets, trawl_error *err);
/** Every row is posted once, with those around it; *found is emptied. Waits while much is queued.
 * A failure is told to every later caller. */
int tw_joiner_post(struct tw_joiner *joiner, uint64_t first_row, uint64_t n_rows,
                   struct tw_fragments_found *found, trawl_error *err);
/** The pass failed: whoever waits for rows that will not come goes on. */
void tw_joiner_stop(struct tw_joiner *joiner);
/** The further transports of the datagrams, by row; the caller takes the list. */
struct tw_events tw_joiner_events(struct tw_joiner *joiner);
void tw_joiner_free(struct tw_joiner *joiner);

/** Walk the frame of a row flagged TW_FRAME_WHOLE. */
void tw_fragments_walk(const struct tw_packets *packets, uint64_t row, struct tw_frame *frame);
void tw_fragments_fini(struct tw_fragments *fragments);
/** Is a fragment's header the main one of the packet that completes it? Not where the datagram is a
 * tunnel's. Its base columns must be set; IPv6's own number of fragments (44) stands for any. */
bool tw_part_is_main(const struct tw_packets *packets, const struct tw_part *part);

#endif
