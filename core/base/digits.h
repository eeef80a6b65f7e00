/* Pieces that the text parsers and formatters of this room share.
 * Must not be included outside core/base. */
#ifndef TW_BASE_DIGITS_H
#define TW_BASE_DIGITS_H

#include "core/base/text.h"

extern const char tw_digit_pairs[201]; /* "00" … "99" */

static inline char tw_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Two digits of v < 100. */
static inline void tw_put_2(char *out, unsigned v)
{
    memcpy(out, tw_digit_pairs + v * 2, 2);
}

/* whole + fraction / scale, without rounding. */
struct tw_decimal {
    uint64_t whole, fraction, scale;
};

/* Read digits with an optional point; returns how many bytes they take, 0: not a number. */
size_t tw_parse_decimal(const char *s, size_t n, struct tw_decimal *ret);
/* The number times unit, cut to an integer; false when it does not fit. */
bool tw_decimal_times(const struct tw_decimal *d, uint64_t unit, uint64_t *ret);

#endif
