/* Numbers, times, addresses, sizes: text to value and back, one place for each, locale-free.
 * Must not know columns or terminals. */
#ifndef TW_BASE_TEXT_H
#define TW_BASE_TEXT_H

#include "core/base/memory.h"

/** 16 bytes; IPv4 as the last four after ::ffff:. */
struct tw_ip {
    uint8_t bytes[16];
    bool is_v6;
};

/** Value of a hexadecimal digit; -1: none. */
static inline int tw_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Parsers: the whole of s[0..n) must be the value. TRAWL_OK or TRAWL_E_USAGE without filling
 * anything else; *ret only on success. */
/** Decimal or 0x hex. */
int tw_parse_u64(const char *s, size_t n, uint64_t *ret);
int tw_parse_i64(const char *s, size_t n, int64_t *ret);
/** '.' whatever the locale. */
int tw_parse_f64(const char *s, size_t n, double *ret);
/** 10, 4k = 4KiB = 4096, 4kB = 4000, 1.5GiB: powers of 1024 when the unit has no B. */
int tw_parse_size(const char *s, size_t n, uint64_t *ret);
/** 5ms, 1.5s, 200us, 3m, 2h, 1d; a bare number is seconds. */
int tw_parse_span(const char *s, size_t n, int64_t *ret_ns);
/** ISO 8601 (UTC unless an offset is given), Wireshark's "Sep 26, 2004 23:18:04.95", or epoch
 * seconds with decimals. */
int tw_parse_time(const char *s, size_t n, int64_t *ret_ns);
int tw_parse_ip(const char *s, size_t n, struct tw_ip *ret);
/** The prefix counts in the family's bits. */
int tw_parse_cidr(const char *s, size_t n, struct tw_ip *ret, unsigned *ret_prefix);
/** aa:bb:cc:dd:ee:ff, with - or ., or aabb.ccdd.eeff; the value big-endian in the low 48 bits. */
int tw_parse_mac(const char *s, size_t n, uint64_t *ret);

/* Formatters append to a buffer with room for TW_TEXT_MAX bytes; they return the length and
 * never fail. No locale, no allocation; fast enough for every cell of an export. */
enum { TW_TEXT_MAX = 64 };
size_t tw_format_u64(char *out, uint64_t v);
size_t tw_format_i64(char *out, int64_t v);
/** Shortest text that reads back the same; nan, inf, -inf. */
size_t tw_format_f64(char *out, double v);
size_t tw_format_f64_digits(char *out, double v, int decimals);
size_t tw_format_ipv4(char *out, const uint8_t bytes[4]);
size_t tw_format_ip(char *out, const struct tw_ip *ip); /**< RFC 5952 */
size_t tw_format_mac(char *out, uint64_t mac);
size_t tw_format_hex(char *out, uint64_t v, size_t n_digits); /**< 0x00ff */
/** Two digits a byte; out has room for 2 n. */
size_t tw_format_bytes(char *out, const void *data, size_t n);
/** How times are written; decimals 0, 3, 6 or 9 (the precision of the capture). */
enum tw_time_style { TW_TIME_UTC, TW_TIME_LOCAL, TW_TIME_EPOCH, TW_TIME_RELATIVE };
size_t tw_format_time(char *out, int64_t ns, enum tw_time_style style, int decimals,
                      int64_t origin_ns);
/** Seconds with decimals: 1.500000000. */
size_t tw_format_span(char *out, int64_t ns, int decimals);
/* Human forms, for terminals only. */
size_t tw_format_size_human(char *out, double n_bytes); /**< 1.2 MB (SI) */
size_t tw_format_count_human(char *out, double n);      /**< 1.2 M */
size_t tw_format_span_human(char *out, int64_t ns);     /**< 12.3 ms, 1 h 14 m */

/** Escape bytes for any text output: printable ASCII and valid printable UTF-8 pass; control
 * characters, DEL, C1, invalid UTF-8, bidirectional marks, U+2028/9 become \xHH (byte by byte);
 * a backslash becomes \\ . Tab and newline count as control characters. */
void tw_escape(struct tw_buffer *out, const void *data, size_t n);
/** Columns on a terminal that an escaped UTF-8 string takes. */
size_t tw_text_width(const char *s, size_t n);

/** Nearest of n words to `word` by edit distance (at most a third of its length, at least 1);
 * NULL when none is near. */
const char *tw_nearest(const char *word, const char *const *words, size_t n);
/** As tw_nearest; where none is near, the name that has most words of the typed one, as other
 * programs call a thing ("bin" of "bin-size", "min-count" of "minimum-count"): of several the one
 * with fewest words besides, then with the earliest of the typed words, then the first. */
const char *tw_nearest_name(const char *typed, const char *const *names, size_t n);

#endif
