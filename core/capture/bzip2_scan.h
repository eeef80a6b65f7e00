/* Finds the blocks of bzip2 streams: they begin with a magic of 48 bits at any bit.
 * Must not know threads or captures. */
#ifndef TW_CAPTURE_BZIP2_SCAN_H
#define TW_CAPTURE_BZIP2_SCAN_H

#include "core/capture/decode.h"

enum tw_bz_mark {
    TW_BZ_BLOCK,  /**< a block begins */
    TW_BZ_FINISH, /**< the end of a stream: 32 bits of checksum follow */
    TW_BZ_NONE    /**< the input ended */
};

/** A window over the compressed bytes; bit numbers count from its first byte. */
struct tw_bz_scan {
    struct tw_feed *feed;
    uint8_t *bytes; /**< 8 readable bytes follow the n */
    size_t n, capacity;
    bool ended;                   /**< no bytes after these */
    bool failed;                  /**< reading failed, or no memory */
    uint8_t candidate[65536 / 8]; /**< pairs of bytes that occur within a magic */
};

bool tw_bz_scan_init(struct tw_bz_scan *scan, struct tw_feed *feed);
void tw_bz_scan_fini(struct tw_bz_scan *scan);
/** Read on until n_bits are in the window; false when the input ends before. */
bool tw_bz_scan_want(struct tw_bz_scan *scan, uint64_t n_bits);
/** 48 or fewer bits at a place that is in the window. */
uint64_t tw_bz_scan_bits(const struct tw_bz_scan *scan, uint64_t bit, unsigned n);
/** What begins at this bit; TW_BZ_NONE: neither. */
enum tw_bz_mark tw_bz_scan_at(struct tw_bz_scan *scan, uint64_t bit);
/** The next mark at or after a bit, but at most most_bits away. */
enum tw_bz_mark tw_bz_scan_next(struct tw_bz_scan *scan, uint64_t bit, uint64_t most_bits,
                                uint64_t *ret_bit);
/** Forget the bytes before a bit; returns by how many bits the numbers shrink. */
uint64_t tw_bz_scan_drop(struct tw_bz_scan *scan, uint64_t bit);

#endif
