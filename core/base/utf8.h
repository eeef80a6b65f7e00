/* One character of UTF-8.
 * Must not know what characters mean. */
#ifndef TW_BASE_UTF8_H
#define TW_BASE_UTF8_H

#include "core/base/base.h"

/** Decode the character at p[0..n), n > 0: its length in bytes, 0 when it is not valid UTF-8 (cut,
 * overlong, a surrogate, above U+10FFFF). */
static inline size_t tw_utf8_decode(const uint8_t *p, size_t n, uint32_t *ret)
{
    uint32_t c = p[0];
    size_t len;

    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    if (c < 0xc2 || c > 0xf4)
        return 0;
    len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n < len)
        return 0;
    c &= 0x7fU >> len;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fU);
    }
    if ((len == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) ||
        (len == 4 && (c < 0x10000 || c > 0x10ffff)))
        return 0;
    *ret = c;
    return len;
}

#endif
