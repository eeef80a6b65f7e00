/* What was sent over TCP: which bytes of which packets make each direction's stream, every byte
 * once; and over UDP, datagram after datagram. Must not know tables or sessions. */
#ifndef TW_TRACK_CONTENTS_H
#define TW_TRACK_CONTENTS_H

#include "core/track/conversation.h"
#include "trawl/host.h"

/** n bytes of a direction, at `offset` from its first one; they lie `skip` bytes into the payload
 * of a row. */
struct tw_chunk {
    uint64_t offset;
    uint32_t row, skip, n;
    uint32_t half; /**< 2 * stream + direction; directions as of struct tw_conversation */
};

/** The chunks of a direction follow each other, by offset. */
struct tw_contents {
    struct tw_chunk *chunks;
    size_t n_chunks;
    size_t *first;     /**< of the halves that have any: index of their first chunk; n_halves + 1 */
    uint64_t *lengths; /**< of those halves, as far as their FIN told: 0 where none came */
    size_t n_halves;
    bool udp;
};

/** Find them without reading a packet, from the numbers alone (RFC 9293 section 3.4): one pass,
 * sharded over the pool, 24 bytes a segment. Offset 0 is the byte after the SYN, or the
 * first that was seen. Of bytes that were sent twice the first are taken. What is 1 GiB (RFC 7323's
 * largest window) off a direction's place is left out. wanted: streams, ascending; NULL: all.
 * udp: of UDP, in the order of capture, on one thread. */
int tw_contents_find(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     bool udp, const uint32_t *wanted, size_t n_wanted, struct tw_contents *ret,
                     trawl_error *err);
/** Read them: body is called on pool threads with pieces that follow each other, a direction at a
 * time, about 1 MiB each; one direction is one thread's. Bytes that the capture cut off, and those
 * that it never had, are missing between the offsets. */
int tw_contents_read(const struct tw_packets *packets, const struct tw_contents *contents,
                     int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                                 trawl_error *err),
                     void *context, trawl_error *err);
void tw_contents_fini(struct tw_contents *contents);

#endif
