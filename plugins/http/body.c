/* Joins chunks and undoes codings, within fixed bounds: gzip and deflate here, others by the part.
 * Knows neither fields nor connections. */
#include "body.h"

#include <string.h>
#include <zlib.h>

#include "coding.h"

enum { SCRATCH = 1 << 16 }; /* bytes that zlib works in: state and window take 40 KiB */

/* ---- chunks ---- */

int http_chunk_next(const uint8_t *body, size_t n, size_t *at, struct http_chunk *ret)
{
    struct http_text line;
    size_t next, left;

    memset(ret, 0, sizeof(*ret));
    if (!http_chunk_head(body + *at, n - *at, &ret->size, &next))
        return 0;
    *at += next;
    left = n - *at;
    ret->data.data = body + *at;
    if (ret->size > 0) {
        ret->data.n = (uint32_t)(ret->size < left ? ret->size : left);
        *at += ret->data.n;
        left -= ret->data.n;
        ret->boundary = (struct http_text){body + *at, left < 2 ? (uint32_t)left : 2};
        *at += ret->boundary.n;
        return 1;
    }
    ret->trailer.data = body + *at;
    while (http_line_at(body + *at, n - *at, &line, &next) && line.n) {
        *at += next;
        ret->trailer.n += (uint32_t)next;
    }
    *at = n; /* nothing is behind it */
    return 1;
}

/* ---- codings ---- */

/* Memory for one stream, so that a body takes no more than this, and cannot fail for want of it. */
struct scratch {
    size_t used;
    _Alignas(16) uint8_t bytes[SCRATCH];
};

static void *take(void *opaque, uInt n, uInt size)
{
    struct scratch *s = opaque;
    const size_t all = ((size_t)n * size + 15) & ~(size_t)15;
    void *at = s->bytes + s->used;

    if (all > SCRATCH - s->used)
        return NULL;
    s->used += all;
    return at;
}

static void give(void *opaque, void *at)
{
    (void)opaque;
    (void)at;
}

/* Where decoded bytes go, and how: by zlib, or as they are. */
struct decoder {
    z_stream stream;
    struct scratch scratch;
    int coded, ended, bad;
    uint8_t *text;
    size_t n;
};

static void decode(struct decoder *d, struct http_text part)
{
    int rc;

    if (d->ended || d->bad)
        return;
    if (!d->coded) {
        const size_t room = HTTP_DATA_MOST - d->n, n = part.n < room ? part.n : room;

        if (n)
            memcpy(d->text + d->n, part.data, n);
        d->n += n;
        return;
    }
    d->stream.next_in = (Bytef *)(uintptr_t)part.data;
    d->stream.avail_in = part.n;
    d->stream.next_out = d->text + d->n;
    d->stream.avail_out = (uInt)(HTTP_DATA_MOST - d->n);
    if (!d->stream.avail_in || !d->stream.avail_out)
        return;
    rc = inflate(&d->stream, Z_NO_FLUSH);
    d->n = HTTP_DATA_MOST - d->stream.avail_out;
    d->ended = rc == Z_STREAM_END;
    d->bad = rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR;
}

/* All of a body with one kind of deflate. 0: it is not that. */
static int run(struct decoder *d, const uint8_t *body, size_t n, int chunked, int window_bits)
{
    struct http_chunk chunk;
    size_t at = 0;

    d->n = d->scratch.used = 0;
    d->ended = d->bad = 0;
    if (d->coded) {
        d->stream = (z_stream){.zalloc = take, .zfree = give, .opaque = &d->scratch};
        if (inflateInit2(&d->stream, window_bits) != Z_OK)
            return 0;
    }
    if (!chunked)
        decode(d, (struct http_text){body, (uint32_t)n});
    while (chunked && http_chunk_next(body, n, &at, &chunk))
        decode(d, chunk.data);
    if (d->coded)
        (void)inflateEnd(&d->stream);
    /* What is damaged further on is shown up to there. */
    return !d->bad || d->n > 0;
}

/* What is kept of a message, so of a body, is not longer than the room for it. */
static int run_by_part(const uint8_t *body, size_t n, int chunked, enum http_coding coding,
                       uint8_t text[HTTP_DATA_MOST], size_t *ret_n)
{
    uint8_t joined[HTTP_DATA_MOST];
    struct decoder d;

    if (!chunked)
        return http_coding_undo(coding, body, n, text, HTTP_DATA_MOST, ret_n);
    d.text = joined;
    d.coded = 0;
    run(&d, body, n, 1, 0);
    return http_coding_undo(coding, joined, d.n, text, HTTP_DATA_MOST, ret_n);
}

int http_body_decode(const uint8_t *body, size_t n, int chunked, struct http_text coding,
                     uint8_t text[HTTP_DATA_MOST], size_t *ret_n)
{
    struct decoder d;
    int rc;

    if (http_text_is(coding, "br"))
        return run_by_part(body, n, chunked, HTTP_BROTLI, text, ret_n);
    if (http_text_is(coding, "zstd"))
        return run_by_part(body, n, chunked, HTTP_ZSTD, text, ret_n);
    d.text = text;
    d.coded = coding.n && !http_text_is(coding, "identity");
    if (!d.coded)
        rc = run(&d, body, n, chunked, 0);
    else if (http_text_is(coding, "gzip") || http_text_is(coding, "x-gzip"))
        rc = run(&d, body, n, chunked, 15 + 16);
    else if (http_text_is(coding, "deflate") || http_text_is(coding, "x-deflate"))
        rc = run(&d, body, n, chunked, 15) || run(&d, body, n, chunked, -15); /* bare: many do */
    else
        return 0;
    *ret_n = d.n;
    return rc;
}
