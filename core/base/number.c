/* Numbers and sizes: text to value and back, locale-free.
 * Must not know columns or terminals. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/digits.h"

const char tw_digit_pairs[201] = "0001020304050607080910111213141516171819"
                                 "2021222324252627282930313233343536373839"
                                 "4041424344454647484950515253545556575859"
                                 "6061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";

/* ---- reading ---- */

int tw_parse_u64(const char *s, size_t n, uint64_t *ret)
{
    uint64_t v = 0;

    if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        if (n > 18)
            return TRAWL_E_USAGE;
        for (size_t i = 2; i < n; i++) {
            int digit = tw_hex_digit(s[i]);

            if (digit < 0)
                return TRAWL_E_USAGE;
            v = v << 4 | (uint64_t)digit;
        }
        *ret = v;
        return TRAWL_OK;
    }
    if (n == 0)
        return TRAWL_E_USAGE;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
            return TRAWL_E_USAGE;
    }
    *ret = v;
    return TRAWL_OK;
}

int tw_parse_i64(const char *s, size_t n, int64_t *ret)
{
    bool negative = n > 0 && s[0] == '-';
    size_t skip = n > 0 && (s[0] == '-' || s[0] == '+') ? 1 : 0;
    uint64_t v;

    if (tw_parse_u64(s + skip, n - skip, &v) != TRAWL_OK ||
        v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return TRAWL_E_USAGE;
    *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
    return TRAWL_OK;
}

int tw_parse_f64(const char *s, size_t n, double *ret)
{
    char text[400];
    char *end;
    double v;
    size_t i = n > 0 && (s[0] == '-' || s[0] == '+') ? 1 : 0;
    bool word = n - i == 3 && (memcmp(s + i, "nan", 3) == 0 || memcmp(s + i, "inf", 3) == 0);

    if (n == 0 || n >= sizeof(text))
        return TRAWL_E_USAGE;
    /* strtod also takes white space, hexadecimal and long words: not here. */
    for (size_t j = i; j < n && !word; j++) {
        if (!((s[j] >= '0' && s[j] <= '9') || s[j] == '.' || s[j] == 'e' || s[j] == 'E' ||
              s[j] == '+' || s[j] == '-'))
            return TRAWL_E_USAGE;
    }
    memcpy(text, s, n);
    text[n] = '\0';
    v = strtod(text, &end); /* the locale is never set, so '.' it is */
    if (end != text + n || (isinf(v) && !word))
        return TRAWL_E_USAGE;
    *ret = v;
    return TRAWL_OK;
}

size_t tw_parse_decimal(const char *s, size_t n, struct tw_decimal *ret)
{
    struct tw_decimal d = {0, 0, 1};
    size_t i = 0, n_digits = 0;

    for (; i < n && s[i] >= '0' && s[i] <= '9'; i++, n_digits++) {
        if (__builtin_mul_overflow(d.whole, 10, &d.whole) ||
            __builtin_add_overflow(d.whole, (uint64_t)(s[i] - '0'), &d.whole))
            return 0;
    }
    if (i < n && s[i] == '.') {
        for (i++; i < n && s[i] >= '0' && s[i] <= '9'; i++, n_digits++) {
            if (d.scale >= UINT64_C(1000000000000000))
                continue; /* further digits are below any unit we have */
            d.fraction = d.fraction * 10 + (uint64_t)(s[i] - '0');
            d.scale *= 10;
        }
    }
    if (n_digits == 0)
        return 0;
    *ret = d;
    return i;
}

bool tw_decimal_times(const struct tw_decimal *d, uint64_t unit, uint64_t *ret)
{
    unsigned __int128 v = (unsigned __int128)d->whole * unit;

    v += (unsigned __int128)d->fraction * unit / d->scale;
    if (v > UINT64_MAX)
        return false;
    *ret = (uint64_t)v;
    return true;
}

int tw_parse_size(const char *s, size_t n, uint64_t *ret)
{
    static const char prefixes[] = "kmgtpe";
    struct tw_decimal number;
    size_t i = tw_parse_decimal(s, n, &number);
    uint64_t unit = 1, base = 1024;
    const char *prefix;
    size_t left;

    if (i == 0)
        return TRAWL_E_USAGE;
    left = n - i;
    if (left > 0 && tw_lower(s[i]) != 'b') {
        prefix = memchr(prefixes, tw_lower(s[i]), sizeof(prefixes) - 1);
        if (!prefix)
            return TRAWL_E_USAGE;
        i++, left--;
        if (left == 2 && tw_lower(s[i]) == 'i' && tw_lower(s[i + 1]) == 'b')
            left = 0;
        else if (left == 1 && tw_lower(s[i]) == 'b')
            base = 1000, left = 0;
        for (const char *p = prefixes; p <= prefix; p++)
            unit *= base;
    } else if (left == 1) {
        left = 0;
    }
    if (left != 0 || !tw_decimal_times(&number, unit, ret))
        return TRAWL_E_USAGE;
    return TRAWL_OK;
}

/* ---- writing ---- */

size_t tw_format_u64(char *out, uint64_t v)
{
    char text[20];
    size_t i = sizeof(text);

    while (v >= 100) {
        uint64_t rest = v / 100;

        i -= 2;
        memcpy(text + i, tw_digit_pairs + (v - rest * 100) * 2, 2);
        v = rest;
    }
    if (v >= 10) {
        i -= 2;
        memcpy(text + i, tw_digit_pairs + v * 2, 2);
    } else {
        text[--i] = (char)('0' + v);
    }
    memcpy(out, text + i, sizeof(text) - i);
    return sizeof(text) - i;
}

size_t tw_format_i64(char *out, int64_t v)
{
    if (v >= 0)
        return tw_format_u64(out, (uint64_t)v);
    out[0] = '-';
    return 1 + tw_format_u64(out + 1, 0 - (uint64_t)v);
}

static size_t format_special(char *out, double v)
{
    const char *word = isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";
    size_t n = strlen(word);

    memcpy(out, word, n);
    return n;
}

size_t tw_format_f64_digits(char *out, double v, int decimals)
{
    int n;

    if (!isfinite(v))
        return format_special(out, v);
    decimals = TW_MAX(0, TW_MIN(decimals, 17));
    if (fabs(v) >= 1e20) { /* more digits than there is room for, or sense in */
        n = snprintf(out, TW_TEXT_MAX, "%.*e", decimals, v);
        return n < 0 ? 0 : (size_t)n;
    }
    n = snprintf(out, TW_TEXT_MAX, "%.*f", decimals, v);
    if (n > 1 && out[0] == '-' && strspn(out + 1, "0.") == (size_t)n - 1) { /* no "-0.0" */
        memmove(out, out + 1, (size_t)n);
        n--;
    }
    return n < 0 ? 0 : (size_t)n;
}
