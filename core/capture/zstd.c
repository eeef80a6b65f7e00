/* zstd: frames, skippable ones included. Must not know captures. Source: RFC 8878. */
#include <zstd.h>
#include <zstd_errors.h>

#include "core/capture/stream.h"

enum { WINDOW_LOG_MAX = 27 }; /* 128 MiB: what the zstd program takes without being told */

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 4 && ((tw_le32(p) & 0xfffffff0u) == 0x184d2a50u || tw_le32(p) == 0xfd2fb528u);
}

static bool start(void *state)
{
    return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum tw_step_end step_zstd(void *state, struct tw_step *step)
{
    ZSTD_inBuffer in = {step->in, step->n_in, 0};
    ZSTD_outBuffer out = {step->out, step->n_out, 0};
    size_t rc = ZSTD_decompressStream(state, &out, &in);

    step->in += in.pos;
    step->n_in -= in.pos;
    step->out += out.pos;
    step->n_out -= out.pos;
    if (!ZSTD_isError(rc))
        return rc == 0 ? TW_STEP_DONE : TW_STEP_MORE;
    switch (ZSTD_getErrorCode(rc)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        step->why = "needs a window of more than 128 MiB";
        break;
    case ZSTD_error_checksum_wrong:
        step->why = "has a wrong checksum";
        break;
    case ZSTD_error_memory_allocation:
        step->why = "needs more memory than there is";
        break;
    default:
        step->why = "is corrupt";
    }
    return TW_STEP_BAD;
}

void tw_decode_zstd(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"zstd", 4, false, is_start, start, step_zstd};
    ZSTD_DCtx *context = ZSTD_createDCtx();

    if (context &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        tw_stream_run(&engine, context, feed, spill);
    else
        tw_spill_end_nomem(spill);
    ZSTD_freeDCtx(context);
}
