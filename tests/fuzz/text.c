/* Fuzz target: the parsers of numbers, sizes, times, addresses; escaping. What is parsed must
 * format to text that parses to the same. */
#include <string.h>

#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data;
    char out[TW_TEXT_MAX];
    struct tw_buffer escaped = TW_BUFFER_INIT;
    struct tw_ip ip, ip_again;
    uint64_t u, u_again;
    int64_t i, i_again;
    double f, f_again;
    unsigned prefix;

    if (size > 4096)
        return 0;
    if (tw_parse_u64(s, size, &u) == TRAWL_OK) {
        size_t n = tw_format_u64(out, u);

        if (n > TW_TEXT_MAX || tw_parse_u64(out, n, &u_again) != TRAWL_OK || u != u_again)
            __builtin_trap();
    }
    if (tw_parse_i64(s, size, &i) == TRAWL_OK) {
        size_t n = tw_format_i64(out, i);

        if (n > TW_TEXT_MAX || tw_parse_i64(out, n, &i_again) != TRAWL_OK || i != i_again)
            __builtin_trap();
    }
    if (tw_parse_f64(s, size, &f) == TRAWL_OK && f == f) {
        size_t n = tw_format_f64(out, f);

        if (n > TW_TEXT_MAX || tw_parse_f64(out, n, &f_again) != TRAWL_OK ||
            memcmp(&f, &f_again, 8))
            __builtin_trap();
    }
    if (tw_parse_ip(s, size, &ip) == TRAWL_OK) {
        size_t n = tw_format_ip(out, &ip);

        if (n > TW_TEXT_MAX || tw_parse_ip(out, n, &ip_again) != TRAWL_OK ||
            memcmp(ip.bytes, ip_again.bytes, 16) || ip.is_v6 != ip_again.is_v6)
            __builtin_trap();
    }
    if (tw_parse_mac(s, size, &u) == TRAWL_OK) {
        size_t n = tw_format_mac(out, u);

        if (n > TW_TEXT_MAX || tw_parse_mac(out, n, &u_again) != TRAWL_OK || u != u_again)
            __builtin_trap();
    }
    if (tw_parse_time(s, size, &i) == TRAWL_OK) {
        for (int style = TW_TIME_UTC; style <= TW_TIME_RELATIVE; style++) {
            size_t n = tw_format_time(out, i, (enum tw_time_style)style, 9, 0);

            if (n > TW_TEXT_MAX)
                __builtin_trap();
            if (style == TW_TIME_UTC && i >= 0 &&
                (tw_parse_time(out, n, &i_again) != TRAWL_OK || i != i_again))
                __builtin_trap();
        }
    }
    if (tw_parse_span(s, size, &i) == TRAWL_OK &&
        (tw_format_span(out, i, 9) > TW_TEXT_MAX || tw_format_span_human(out, i) > TW_TEXT_MAX))
        __builtin_trap();
    if (tw_parse_size(s, size, &u) == TRAWL_OK &&
        (tw_format_size_human(out, (double)u) > TW_TEXT_MAX ||
         tw_format_count_human(out, (double)u) > TW_TEXT_MAX))
        __builtin_trap();
    (void)tw_parse_cidr(s, size, &ip, &prefix);

    /* Nothing that a terminal obeys may be left after escaping. */
    tw_escape(&escaped, data, size);
    for (size_t k = 0; k < escaped.len; k++)
        if ((unsigned char)escaped.data[k] < 0x20 || escaped.data[k] == 0x7f ||
            (k && (unsigned char)escaped.data[k - 1] == 0xc2 &&
             (unsigned char)escaped.data[k] >= 0x80 && (unsigned char)escaped.data[k] < 0xa0))
            __builtin_trap();
    (void)tw_text_width(escaped.data ? escaped.data : "", escaped.len);
    tw_buffer_fini(&escaped);
    return 0;
}
