/* Codings of bodies that need a library of their own: the plugin's part has them.
 * Knows neither heads nor chunks. */
#ifndef HTTP_CODING_H
#define HTTP_CODING_H

#include "trawl/plugin.h"

#define HTTP_VERSION "1.0.0"

enum http_coding { HTTP_BROTLI, HTTP_ZSTD };

/** Undo a coding as far as the bytes go and text has room. *ret_n: bytes in text.
 * @return 1; 0: the bytes are not in it, or this build does not know it; TRAWL_E_NOMEM */
int http_coding_undo(enum http_coding coding, const uint8_t *data, size_t n, uint8_t *text,
                     size_t room, size_t *ret_n);

/** What the part gives. */
struct http_functions {
    int (*undo)(enum http_coding coding, const uint8_t *data, size_t n, uint8_t *text, size_t room,
                size_t *ret_n);
};

#endif
