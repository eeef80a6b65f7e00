/* gzip, with ISA-L where it is built in, else zlib. Must not know captures. Source: RFC 1952. */
#ifdef TRAWL_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

#include "core/capture/stream.h"

static bool is_start(const uint8_t *p, size_t n)
{
    return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

#ifdef TRAWL_HAVE_ISAL

static bool start(void *state)
{
    struct inflate_state *inflate = state;

    isal_inflate_init(inflate);
    inflate->crc_flag = ISAL_GZIP;
    return true;
}

static enum tw_step_end step_gzip(void *state, struct tw_step *step)
{
    struct inflate_state *inflate = state;
    int rc;

    inflate->next_in = (uint8_t *)(uintptr_t)step->in; /* the library only reads it */
    inflate->avail_in = (uint32_t)step->n_in;
    inflate->next_out = step->out;
    inflate->avail_out = (uint32_t)step->n_out;
    rc = isal_inflate(inflate);
    step->in = inflate->next_in;
    step->n_in = inflate->avail_in;
    step->out = inflate->next_out;
    step->n_out = inflate->avail_out;
    if (rc == ISAL_INCORRECT_CHECKSUM)
        step->why = "has a wrong checksum";
    else if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT)
        step->why = "is corrupt";
    if (step->why)
        return TW_STEP_BAD;
    return inflate->block_state == ISAL_BLOCK_FINISH ? TW_STEP_DONE : TW_STEP_MORE;
}

void tw_decode_gzip(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"gzip", 2, true, is_start, start, step_gzip};
    struct inflate_state *inflate = tw_alloc(sizeof(*inflate));

    if (inflate)
        tw_stream_run(&engine, inflate, feed, spill);
    else
        tw_spill_end_nomem(spill);
    tw_free(inflate);
}

#else

static bool start(void *state)
{
    return inflateReset(state) == Z_OK;
}

static enum tw_step_end step_gzip(void *state, struct tw_step *step)
{
    z_stream *zlib = state;
    int rc;

    zlib->next_in = (Bytef *)(uintptr_t)step->in; /* the library only reads it */
    zlib->avail_in = (uInt)step->n_in;
    zlib->next_out = step->out;
    zlib->avail_out = (uInt)step->n_out;
    rc = inflate(zlib, Z_NO_FLUSH);
    step->in = zlib->next_in;
    step->n_in = zlib->avail_in;
    step->out = zlib->next_out;
    step->n_out = zlib->avail_out;
    if (rc == Z_STREAM_END)
        return TW_STEP_DONE;
    if (rc == Z_OK || rc == Z_BUF_ERROR)
        return TW_STEP_MORE;
    step->why = zlib->msg && strcmp(zlib->msg, "incorrect data check") == 0 ? "has a wrong checksum"
                                                                            : "is corrupt";
    return TW_STEP_BAD;
}

void tw_decode_gzip(struct tw_feed *feed, struct tw_spill *spill)
{
    static const struct tw_engine engine = {"gzip", 2, true, is_start, start, step_gzip};
    enum { GZIP_ONLY = 16 }; /* added to the window size */
    z_stream zlib = {0};

    if (inflateInit2(&zlib, MAX_WBITS + GZIP_ONLY) == Z_OK) {
        tw_stream_run(&engine, &zlib, feed, spill);
        inflateEnd(&zlib);
    } else {
        tw_spill_end_nomem(spill);
    }
}

#endif
