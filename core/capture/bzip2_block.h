/* One bzip2 block, in three steps so that the slow middle one can be done for several at a time.
 * Must not know streams, threads or captures. */
#ifndef TW_CAPTURE_BZIP2_BLOCK_H
#define TW_CAPTURE_BZIP2_BLOCK_H

#include "core/base/base.h"

enum {
    TW_BZ_BLOCK_MOST = 900000, /**< bytes of a block before run lengths are undone */
    TW_BZ_LANES = 4,           /**< blocks that are undone together */
    TW_BZ_PADDING = 160        /**< readable bytes wanted behind a block's bits */
};

/** What a block is while it is decoded. The caller gives the two arrays. */
struct tw_bz_block {
    uint32_t *links; /**< TW_BZ_BLOCK_MOST */
    uint8_t *text;   /**< TW_BZ_BLOCK_MOST: after tw_bz_blocks_undo() */
    uint32_t n;
    uint32_t origin;
    uint32_t crc; /**< as the block says */
};

/** Read the block whose magic begins at bit `bit` (0 to 7) of bytes and that ends n_bits later.
 * False when it is not a sound block: the serial decoder says what is wrong. */
bool tw_bz_block_read(struct tw_bz_block *block, const uint8_t *bytes, unsigned bit,
                      uint64_t n_bits);
/** Undo the sorting of at most TW_BZ_LANES blocks: text is set. The steps of one block wait for
 * memory, so those of several go side by side. */
void tw_bz_blocks_undo(struct tw_bz_block *const *blocks, size_t n);

/** Where the undoing of run lengths stands. */
struct tw_bz_run {
    uint32_t i;       /**< next byte of the text */
    unsigned n_equal; /**< equal bytes seen in a row, at most 4 */
    unsigned left;    /**< repetitions still to write */
    uint8_t byte;
    uint32_t crc;
};
void tw_bz_run_init(struct tw_bz_run *run);
/** Write up to room bytes; returns how many. The block is done when run->i is block->n and
 * run->left is 0. */
size_t tw_bz_run_write(struct tw_bz_run *run, const struct tw_bz_block *block, uint8_t *out,
                       size_t room);
/** After the last byte: does the checksum fit? */
bool tw_bz_run_matches(const struct tw_bz_run *run, const struct tw_bz_block *block);

#endif
