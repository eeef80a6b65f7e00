/* One packet at a time for who reads bytes beside the passes.
 * Must not know who asks. */
#ifndef TW_DISSECT_BYTES_H
#define TW_DISSECT_BYTES_H

#include "core/dissect/extract.h"

/** For one thread at a time. */
struct tw_bytes {
    struct tw_packets *packets; /**< borrowed */
    struct tw_extract_thread thread;
};

/** NULL and err on no memory. */
struct tw_bytes *tw_bytes_open(struct tw_packets *packets, trawl_error *err);
void tw_bytes_close(struct tw_bytes *bytes);
/** Fetch a row and walk its frame; what the functions below give is of it, until the next call. */
int tw_bytes_at(struct tw_bytes *bytes, uint64_t row, trawl_packet *ret, trawl_error *err);
/** The innermost network header that carries the transport; data NULL: none. */
trawl_layer tw_bytes_network(const struct tw_bytes *bytes);
/** Its transport header; data NULL: none. */
trawl_layer tw_bytes_transport(const struct tw_bytes *bytes);
/** What TCP or UDP carries there; data NULL: nothing. */
trawl_layer tw_bytes_payload(const struct tw_bytes *bytes);

#endif
