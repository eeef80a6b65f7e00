/* bzip2: blocks in parallel where that works, else one after another. Must not know captures. */
#include "core/capture/bzip2.h"

#include <bzlib.h>

#include "core/base/task.h"
#include "core/capture/stream.h"

enum { HELD = 64 << 10 };

/* Of a block that turns out to be damaged the library forgets what its last call made. It always
 * has the same room, and so the same bytes come of the same file. */
struct serial {
    bz_stream stream;
    uint64_t skip; /* decoded bytes that the spill has already */
    int said;      /* by the library, with the bytes that are held */
    size_t n, i;   /* held, passed on */
    uint8_t held[HELD];
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
    serial->n = serial->i = 0;
    return BZ2_bzDecompressInit(&serial->stream, 0, 0) == BZ_OK;
}

static void decode(struct serial *serial, struct tw_step *step)
{
    bz_stream *stream = &serial->stream;

    stream->next_in = (char *)(uintptr_t)step->in; /* the library only reads it */
    stream->avail_in = (unsigned)step->n_in;
    stream->next_out = (char *)serial->held + serial->n;
    stream->avail_out = (unsigned)(HELD - serial->n);
    serial->said = BZ2_bzDecompress(stream);
    step->in = (const uint8_t *)stream->next_in;
    step->n_in = stream->avail_in;
    serial->n = HELD - stream->avail_out;
}

/* False: there is no more room. */
static bool pass_on(struct serial *serial, struct tw_step *step)
{
    const size_t skipped = (size_t)TW_MIN(serial->skip, (uint64_t)(serial->n - serial->i));
    size_t n;

    serial->skip -= skipped;
    serial->i += skipped;
    n = TW_MIN(serial->n - serial->i, step->n_out);
    memcpy(step->out, serial->held + serial->i, n);
    step->out += n;
    step->n_out -= n;
    serial->i += n;
    if (serial->i < serial->n)
        return false;
    serial->n = serial->i = 0;
    return true;
}

static enum tw_step_end step_bzip2(void *state, struct tw_step *step)
{
    struct serial *serial = state;
    bool full;

    do {
        if (!serial->i && serial->n < HELD)
            decode(serial, step);
        full = serial->n == HELD;
        if (serial->said == BZ_OK && !full && !step->last)
            return TW_STEP_MORE; /* the input is used up */
        if (!pass_on(serial, step))
            return TW_STEP_MORE;
    } while (serial->said == BZ_OK && (full || step->n_in) && step->n_out);
    if (serial->said == BZ_STREAM_END)
        return TW_STEP_DONE;
    if (serial->said == BZ_OK)
        return TW_STEP_MORE;
    step->why = serial->said == BZ_MEM_ERROR ? "needs more memory than there is" : "is corrupt";
    return TW_STEP_BAD;
}

void tw_decode_bzip2(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"bzip2", 4, false, is_start, start, step_bzip2};
    uint64_t offset = feed->offset, made = 0;
    struct serial *serial;

    /* A pipe cannot be read again when the parallel way gives up. */
    if (feed->regular) {
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
