/* Bodies of HTTP/1 messages: chunks, and the bytes that were meant. Knows neither fields nor
 * connections. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "head.h"

/** A chunk as far as it is there (RFC 9112 section 7.1). */
struct http_chunk {
    uint64_t size; /* as its size line says; 0: the last one */
    struct http_text data;
    struct http_text boundary; /* the line end behind the data */
    struct http_text trailer;  /* of the last one: lines with their ends, the empty one not */
};
/** The chunk at *at, which moves behind it; start with 0. 0: no more, or no chunk. */
int http_chunk_next(const uint8_t *body, size_t n, size_t *at, struct http_chunk *ret);

enum { HTTP_DATA_MOST = 1 << 16 }; /* bytes of a decoded body; a longer one is cut there */

/** The body with its chunks joined and its coding (the value of Content-Encoding; n 0: none)
 * undone, as far as it is there and fits. *ret_n: bytes in text.
 * @return 1; 0: the coding is not known, or the body is not in it; TRAWL_E_NOMEM */
int http_body_decode(const uint8_t *body, size_t n, int chunked, struct http_text coding,
                     uint8_t text[HTTP_DATA_MOST], size_t *ret_n);

#endif
