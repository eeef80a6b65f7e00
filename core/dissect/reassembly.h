/* IP datagrams put together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
 * Must not know columns or what the datagrams carry. */
#ifndef TW_DISSECT_REASSEMBLY_H
#define TW_DISSECT_REASSEMBLY_H

#include "core/base/memory.h"

enum {
    TW_REASSEMBLY_BYTES = 64
                          << 20, /**< most that incomplete datagrams may hold; then the oldest go */
    TW_DATAGRAM_BYTES = 1 << 17 /**< longest datagram put together: a jumbogram is not fragmented */
};

/** What tells datagrams apart. */
struct tw_datagram_key {
    uint32_t src, dst; /**< address codes */
    uint32_t id;
    uint8_t proto; /**< IPv4: protocol; IPv6: 0, the identification alone counts */
};

/** One fragment: bytes [offset, offset + n) of the datagram. */
struct tw_fragment {
    uint32_t row;
    uint32_t offset, n;
    bool more;           /**< another follows */
    const uint8_t *data; /**< n bytes */
};

/** A datagram that a fragment completed; lives until the next call. */
struct tw_datagram {
    const uint8_t *data;
    uint32_t n;
    const uint32_t *rows; /**< its fragments, in order of arrival; the last completed it */
    size_t n_rows;
};

struct tw_reassembly;
struct tw_reassembly *tw_reassembly_new(trawl_error *err);
void tw_reassembly_free(struct tw_reassembly *reassembly);

/** Add a fragment. *ret_complete: ret is filled. Where fragments overlap the first bytes stay; a
 * datagram that ended once begins anew with the next fragment of its key. */
int tw_reassembly_add(struct tw_reassembly *reassembly, const struct tw_datagram_key *key,
                      const struct tw_fragment *fragment, bool *ret_complete,
                      struct tw_datagram *ret, trawl_error *err);

#endif
