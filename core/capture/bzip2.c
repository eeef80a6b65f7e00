/* bzip2: blocks in parallel where that works, else one after another. Must not know captures. */
#include "core/capture/bzip2.h"

#include <bzlib.h>

#include "core/base/task.h"
#include "core/capture/stream.h"

enum { SKIP_STEP = 64 << 10 };

struct serial {
    bz_stream stream;
    uint64_t skip; /* decoded bytes that the spill has already */
    uint8_t skipped[SKIP_STEP];
};

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 4 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

static bool start(void *state)
{
    struct serial *serial = state;

    BZ2_bzDecompressEnd(&serial->stream); /* of the stream before; nothing at the first */
    memset(&serial->stream, 0, sizeof(serial->stream));
    return BZ2_bzDecompressInit(&serial->stream, 0, 0) == BZ_OK;
}

static enum tw_step_end step_bzip2(void *state, struct tw_step *step)
{
    struct serial *serial = state;
    bz_stream *stream = &serial->stream;
    int rc;

    do {
        bool skips = serial->skip > 0;
        unsigned room = skips ? (unsigned)TW_MIN(serial->skip, (uint64_t)SKIP_STEP)
                              : (unsigned)step->n_out;

        stream->next_in = (char *)(uintptr_t)step->in; /* the library only reads it */
        stream->avail_in = (unsigned)step->n_in;
        stream->next_out = skips ? (char *)serial->skipped : (char *)step->out;
        stream->avail_out = room;
        rc = BZ2_bzDecompress(stream);
        step->in = (const uint8_t *)stream->next_in;
        step->n_in = stream->avail_in;
        if (skips) {
            serial->skip -= room - stream->avail_out;
        } else {
            step->out = (uint8_t *)stream->next_out;
            step->n_out = stream->avail_out;
        }
    } while (rc == BZ_OK && serial->skip && step->n_in);
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
    uint64_t offset = feed->offset, made = 0;
    struct serial *serial;

    /* A pipe cannot be read again when the parallel way gives up. */
    if (feed->regular && tw_pool_threads() > 1) {
        if (tw_bzip2_parallel(feed, spill, &made))
            return;
        feed->offset = offset;
        feed->i_head = 0;
    }
    serial = tw_alloc(sizeof(*serial));
    if (!serial) {
        tw_spill_end_nomem(spill);
        return;
    }
    serial->skip = made;
    tw_stream_run(&engine, serial, feed, spill);
    BZ2_bzDecompressEnd(&serial->stream);
    tw_free(serial);
}
