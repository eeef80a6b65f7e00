/* xz, blocks decoded by several threads where the file has them. Must not know captures. */
#include <lzma.h>

#include "core/base/task.h"
#include "core/capture/stream.h"

/* A dictionary of 128 MiB and what the decoder needs beside it. */
#define MEMORY_ALLOWED (UINT64_C(132) << 20)
/* A larger one is only touched as far as bytes are decoded: so many bytes are fine. */
#define BYTES_WITHOUT_MEMORY (UINT64_C(128) << 20)
#define DICTIONARY_MOST      (UINT64_C(1700) << 20)
#define THREADS_MEMORY       (UINT64_C(512) << 20)

struct xz {
    lzma_stream stream;
    uint64_t bytes_left; /* that may still be decoded; UINT64_MAX: any number */
};

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 6 && memcmp(p,
                            "\xfd"
                            "7zXZ",
                            6) == 0;
}

/* Streams that follow one another are the library's to find: there is one start. */
static bool start(void *state)
{
    struct xz *xz = state;
    uint64_t limit = tw_memory_limit();
    uint64_t memory = TW_MAX(limit ? TW_MIN(limit / 2, THREADS_MEMORY) : THREADS_MEMORY,
                             MEMORY_ALLOWED);
    lzma_mt options = {
        .flags = LZMA_CONCATENATED,
        .threads = tw_pool_threads(),
        .memlimit_threading = memory,
        .memlimit_stop = memory,
    };

    xz->bytes_left = UINT64_MAX;
    return lzma_stream_decoder_mt(&xz->stream, &options) == LZMA_OK;
}

static enum tw_step_end step_xz(void *state, struct tw_step *step)
{
    struct xz *xz = state;
    lzma_stream *stream = &xz->stream;
    lzma_ret rc;

    stream->next_in = step->in;
    stream->avail_in = step->n_in;
    stream->next_out = step->out;
    stream->avail_out = step->n_out;
    rc = lzma_code(stream, step->last ? LZMA_FINISH : LZMA_RUN);
    if (rc == LZMA_MEMLIMIT_ERROR && xz->bytes_left == UINT64_MAX &&
        lzma_memlimit_set(stream, DICTIONARY_MOST) == LZMA_OK) {
        xz->bytes_left = BYTES_WITHOUT_MEMORY;
        rc = lzma_code(stream, step->last ? LZMA_FINISH : LZMA_RUN);
    }
    if (xz->bytes_left != UINT64_MAX) {
        uint64_t made = step->n_out - stream->avail_out;

        if (made > xz->bytes_left)
            rc = LZMA_MEMLIMIT_ERROR;
        else
            xz->bytes_left -= made;
    }
    step->in = stream->next_in;
    step->n_in = stream->avail_in;
    step->out = stream->next_out;
    step->n_out = stream->avail_out;
    switch (rc) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return TW_STEP_MORE;
    case LZMA_STREAM_END:
        return TW_STEP_DONE;
    case LZMA_MEMLIMIT_ERROR:
        step->why = "needs too large a dictionary";
        break;
    case LZMA_MEM_ERROR:
        step->why = "needs more memory than there is";
        break;
    case LZMA_FORMAT_ERROR:
        step->why = "is followed by other bytes";
        break;
    case LZMA_OPTIONS_ERROR:
        step->why = "uses a filter that is not known";
        break;
    default:
        step->why = "is corrupt";
    }
    return TW_STEP_BAD;
}

void tw_decode_xz(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"xz", 6, true, is_start, start, step_xz};
    struct xz xz = {.stream = LZMA_STREAM_INIT};

    tw_stream_run(&engine, &xz, feed, spill);
    lzma_end(&xz.stream);
}
