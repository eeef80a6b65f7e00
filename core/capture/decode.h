/* Decompressors: compressed bytes of a file in, decoded bytes into a spill. Each runs on a thread
 * of its own. Must not know captures. */
#ifndef TW_CAPTURE_DECODE_H
#define TW_CAPTURE_DECODE_H

#include "core/capture/spill.h"

/** Where a decoder gets its bytes, front to back. */
struct tw_feed {
    int fd;
    bool regular;     /**< pread at `offset`; else read what comes */
    uint64_t offset;  /**< of the next byte that the system gives */
    uint8_t head[64]; /**< bytes already taken, given first */
    size_t n_head, i_head;
    _Atomic uint64_t done; /**< bytes given out: progress */
    const atomic_bool *stop;
};

/** The next bytes; *ret_n < n only at the end. TRAWL_OK, TRAWL_E_IO with *ret_errno,
 * TRAWL_E_CANCELLED. */
int tw_feed_read(struct tw_feed *feed, void *out, size_t n, size_t *ret_n, int *ret_errno);

/** One decoder: reads the feed to its end, fills the spill, calls tw_spill_end() once. */
typedef void tw_decode(struct tw_feed *feed, struct tw_spill *spill);

struct tw_codec {
    const char *name;
    const char *ending; /**< of files that are usually such */
    const char *magic;
    size_t n_magic;
    tw_decode *decode;
};

/** The codec of a file that begins with these bytes, NULL: not compressed. */
const struct tw_codec *tw_codec_find(const uint8_t *head, size_t n);
/** The codec that the end of a file's name stands for, NULL: none. */
const struct tw_codec *tw_codec_of_name(const char *name);

/** No compression: copies. For pipes. */
tw_decode tw_decode_copy;
tw_decode tw_decode_gzip, tw_decode_xz, tw_decode_bzip2, tw_decode_zstd, tw_decode_lz4;

#endif
