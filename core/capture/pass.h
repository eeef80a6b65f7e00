/* The first pass: what one file and several files share. Private to this room.
 * Must not know formats. */
#ifndef TW_CAPTURE_PASS_H
#define TW_CAPTURE_PASS_H

#include "core/capture/bpf.h"
#include "core/capture/reader.h"

/** Records of one turn; `data` holds their bytes. */
struct tw_pass {
    struct tw_input *input;
    const struct tw_input_options *options;
    tw_input_reserve *reserve;
    tw_input_body *body;
    void *context;
    struct tw_bpf *bpf; /**< NULL: no filter */
    uint64_t n_passed;  /**< records that passed the BPF filter */
    uint64_t n_rows;
    size_t block_bytes; /**< of one file, a turn */
    bool full;          /**< max_packets reached */

    pthread_mutex_t lock;
    pthread_cond_t turned;
    _Atomic uint64_t ticket; /**< of the next worker */
    uint64_t turn;           /**< whose serial part may run */
    bool stop;
};

/** The serial part of a turn ends: apply filter, keep and limit to the records (in place), make
 * room. *ret_row: the first one's row. */
int tw_pass_take(struct tw_pass *pass, struct tw_record *records, size_t *n, uint64_t *ret_row,
                 trawl_error *err);

/** Wait for one's turn; false: the pass stops. */
bool tw_pass_begin_turn(struct tw_pass *pass, uint64_t ticket);
/** Let the next one in; stop: nobody comes after. */
void tw_pass_end_turn(struct tw_pass *pass, bool stop);

void tw_pass_stop(struct tw_pass *pass);

/** A stretch of one file and the records that begin in it. */
struct tw_block {
    uint8_t *data;
    size_t capacity;
    uint64_t offset; /**< in the file, of data[0] */
    size_t n;
    struct tw_batch batch;
};
int tw_block_init(struct tw_block *block, size_t n_bytes);
void tw_block_fini(struct tw_block *block);
/** Read on, so that the block has `need` bytes from pos (within or right behind it). Records found
 * so far follow when the bytes move. *ret_n < need: the file ends. */
int tw_block_extend(struct tw_block *block, struct tw_source *source, uint64_t pos, size_t need,
                    size_t *ret_n, trawl_error *err);

/** Bodies of tw_pool_run() (one per thread): the work until all is read. */
tw_pool_body tw_pass_one_file;

/** Several files in the order of time. */
int tw_pass_merge(struct tw_pass *pass, trawl_error *err);

#endif
