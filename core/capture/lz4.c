/* lz4: frames, skippable ones included. Must not know captures. */
#include <lz4frame.h>

#include "core/capture/stream.h"

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 4 && ((tw_le32(p) & 0xfffffff0u) == 0x184d2a50u || tw_le32(p) == 0x184d2204u);
}

static bool start(void *state)
{
    LZ4F_resetDecompressionContext(state);
    return true;
}

static enum tw_step_end step_lz4(void *state, struct tw_step *step)
{
    size_t n_in = step->n_in, n_out = step->n_out;
    size_t rc = LZ4F_decompress(state, step->out, &n_out, step->in, &n_in, NULL);

    if (LZ4F_isError(rc)) {
        const char *name = LZ4F_getErrorName(rc);

        step->why = strstr(name, "hecksum") ? "has a wrong checksum" : "is corrupt";
        return TW_STEP_BAD;
    }
    step->in += n_in;
    step->n_in -= n_in;
    step->out += n_out;
    step->n_out -= n_out;
    return rc == 0 ? TW_STEP_DONE : TW_STEP_MORE;
}

void tw_decode_lz4(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"lz4", 4, false, is_start, start, step_lz4};
    LZ4F_dctx *context = NULL;

    if (!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        tw_stream_run(&engine, context, feed, spill);
    else
        tw_spill_end_nomem(spill);
    LZ4F_freeDecompressionContext(context);
}
