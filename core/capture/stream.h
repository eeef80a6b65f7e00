/* The loop around a streaming decompressor: input in pieces, frames one after another, what comes
 * after the last one. Private to this room. Must not know formats of captures. */
#ifndef TW_CAPTURE_STREAM_H
#define TW_CAPTURE_STREAM_H

#include "core/capture/decode.h"

/** What a step moves; it advances both. */
struct tw_step {
    const uint8_t *in;
    size_t n_in;
    uint8_t *out;
    size_t n_out;
    bool last;       /**< no input comes after this */
    const char *why; /**< set with TW_STEP_BAD: constant text */
};

enum tw_step_end {
    TW_STEP_MORE, /**< go on; input or room may be used up */
    TW_STEP_DONE, /**< a frame (stream, member) ended */
    TW_STEP_BAD   /**< corrupt */
};

/** One format. */
struct tw_engine {
    const char *name;
    size_t n_magic;    /**< bytes that is_start() wants */
    bool zero_padding; /**< zero bytes after a frame are fine */
    bool (*is_start)(const uint8_t *p, size_t n);
    bool (*start)(void *state); /**< before each frame; false: no memory */
    enum tw_step_end (*step)(void *state, struct tw_step *step);
};

/** Decode the feed to its end. The state is the caller's. */
void tw_stream_run(const struct tw_engine *engine, void *state, struct tw_feed *feed,
                   struct tw_spill *spill);

#endif
