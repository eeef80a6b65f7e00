/* Undoes brotli (RFC 7932) and zstd (RFC 8878) in bounded memory: a bomb fills the room that it is
 * given and is left there. Knows neither heads nor chunks. */
#include "../coding.h"

#include <zstd.h>
#include <zstd_errors.h>
#ifdef HTTP_HAS_BROTLI
#include <brotli/decode.h>
#endif

#include "../http.h"

enum { WINDOW_LOG = 23 }; /* zstd over HTTP has windows of 8 MiB at most (RFC 9659) */

#ifdef HTTP_HAS_BROTLI
static void *take(void *opaque, size_t n)
{
    void *memory = host->alloc(n);
    int *failed = opaque;

    if (!memory)
        *failed = 1;
    return memory;
}

static void give(void *opaque, void *memory)
{
    (void)opaque;
    host->free(memory);
}

/* Windows are of 16 MiB at most: larger ones are an extension that is off. */
static int undo_brotli(const uint8_t *data, size_t n, uint8_t *text, size_t room, size_t *ret_n)
{
    int no_memory = 0;
    BrotliDecoderState *state = BrotliDecoderCreateInstance(take, give, &no_memory);
    size_t left = room;
    BrotliDecoderResult rc;

    if (!state)
        return TRAWL_E_NOMEM;
    rc = BrotliDecoderDecompressStream(state, &n, &data, &left, &text, NULL);
    *ret_n = room - left;
    BrotliDecoderDestroyInstance(state);
    if (no_memory)
        return TRAWL_E_NOMEM;
    return rc != BROTLI_DECODER_RESULT_ERROR || *ret_n > 0;
}
#endif

/* One frame behind the other. */
static int undo_zstd(const uint8_t *data, size_t n, uint8_t *text, size_t room, size_t *ret_n)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {data, n, 0};
    ZSTD_outBuffer out = {text, room, 0};
    size_t rc;

    if (!context)
        return TRAWL_E_NOMEM;
    rc = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
    while (!ZSTD_isError(rc) && in.pos < in.size && out.pos < out.size)
        rc = ZSTD_decompressStream(context, &out, &in);
    ZSTD_freeDCtx(context);
    *ret_n = out.pos;
    if (ZSTD_isError(rc) && ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation)
        return TRAWL_E_NOMEM;
    return !ZSTD_isError(rc) || out.pos > 0;
}

int http_coding_undo(enum http_coding coding, const uint8_t *data, size_t n, uint8_t *text,
                     size_t room, size_t *ret_n)
{
    *ret_n = 0;
    if (coding == HTTP_ZSTD)
        return undo_zstd(data, n, text, room, ret_n);
#ifdef HTTP_HAS_BROTLI
    return undo_brotli(data, n, text, room, ret_n);
#else
    return 0;
#endif
}
