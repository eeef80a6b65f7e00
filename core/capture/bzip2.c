/* bzip2, one block after another. Must not know captures. */
#include <bzlib.h>

#include "core/capture/stream.h"

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 4 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

static bool start(void *state)
{
    bz_stream *stream = state;

    BZ2_bzDecompressEnd(stream); /* of the frame before; nothing at the first */
    memset(stream, 0, sizeof(*stream));
    return BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK;
}

static enum tw_step_end step_bzip2(void *state, struct tw_step *step)
{
    bz_stream *stream = state;
    int rc;

    stream->next_in = (char *)(uintptr_t)step->in; /* the library only reads it */
    stream->avail_in = (unsigned)step->n_in;
    stream->next_out = (char *)step->out;
    stream->avail_out = (unsigned)step->n_out;
    rc = BZ2_bzDecompress(stream);
    step->in = (const uint8_t *)stream->next_in;
    step->n_in = stream->avail_in;
    step->out = (uint8_t *)stream->next_out;
    step->n_out = stream->avail_out;
    if (rc == BZ_STREAM_END)
        return TW_STEP_DONE;
    if (rc == BZ_OK)
        return TW_STEP_MORE;
    step->why = rc == BZ_MEM_ERROR ? "needs more memory than there is" : "is corrupt";
    return TW_STEP_BAD;
}

void tw_decode_bzip2(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"bzip2", 4, false, is_start, start, step_bzip2};
    bz_stream stream = {0};

    tw_stream_run(&engine, &stream, feed, spill);
    BZ2_bzDecompressEnd(&stream);
}
