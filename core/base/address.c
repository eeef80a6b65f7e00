/* Addresses: text to value and back.
 * Must not know columns or terminals. */
#include <arpa/inet.h>

#include "core/base/digits.h"

int tw_parse_ip(const char *s, size_t n, struct tw_ip *ret)
{
    struct tw_ip ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}, false};
    char text[INET6_ADDRSTRLEN];

    if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n))
        return TRAWL_E_USAGE;
    memcpy(text, s, n);
    text[n] = '\0';
    ip.is_v6 = memchr(s, ':', n) != NULL;
    if (inet_pton(ip.is_v6 ? AF_INET6 : AF_INET, text, ip.is_v6 ? ip.bytes : ip.bytes + 12) != 1)
        return TRAWL_E_USAGE;
    *ret = ip;
    return TRAWL_OK;
}

int tw_parse_cidr(const char *s, size_t n, struct tw_ip *ret, unsigned *ret_prefix)
{
    const char *slash = n > 0 ? memchr(s, '/', n) : NULL;
    struct tw_ip ip;
    uint64_t prefix;
    size_t len;

    if (!slash)
        return TRAWL_E_USAGE;
    len = (size_t)(slash - s);
    if (n - len - 1 > 3 || tw_parse_u64(slash + 1, n - len - 1, &prefix) != TRAWL_OK ||
        tw_parse_ip(s, len, &ip) != TRAWL_OK || prefix > (ip.is_v6 ? 128U : 32U))
        return TRAWL_E_USAGE;
    *ret = ip;
    *ret_prefix = (unsigned)prefix;
    return TRAWL_OK;
}

int tw_parse_mac(const char *s, size_t n, uint64_t *ret)
{
    uint64_t v = 0;

    const size_t digits = n == 14 ? 4 : 2; /* of a group */
    const char mark = n > digits ? s[digits] : 0;

    if ((n != 17 && n != 14) || (mark != '.' && (n == 14 || (mark != ':' && mark != '-'))))
        return TRAWL_E_USAGE;
    for (size_t i = 0; i < n; i++) {
        const int digit = tw_hex_digit(s[i]);

        if (i % (digits + 1) == digits ? s[i] != mark : digit < 0)
            return TRAWL_E_USAGE;
        if (i % (digits + 1) != digits)
            v = v << 4 | (uint64_t)digit;
    }
    *ret = v;
    return TRAWL_OK;
}

static char *put_byte(char *out, unsigned v)
{
    if (v >= 100) {
        *out++ = (char)('0' + v / 100);
        tw_put_2(out, v % 100);
        return out + 2;
    }
    if (v >= 10) {
        tw_put_2(out, v);
        return out + 2;
    }
    *out++ = (char)('0' + v);
    return out;
}

size_t tw_format_ipv4(char *out, const uint8_t bytes[4])
{
    char *p = put_byte(out, bytes[0]);

    for (int i = 1; i < 4; i++) {
        *p++ = '.';
        p = put_byte(p, bytes[i]);
    }
    return (size_t)(p - out);
}

static const char hex[] = "0123456789abcdef";

static char *put_group(char *out, unsigned v)
{
    if (v >= 0x1000)
        *out++ = hex[v >> 12];
    if (v >= 0x100)
        *out++ = hex[v >> 8 & 15];
    if (v >= 0x10)
        *out++ = hex[v >> 4 & 15];
    *out++ = hex[v & 15];
    return out;
}

size_t tw_format_ip(char *out, const struct tw_ip *ip)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    int best = -1, best_len = 1; /* a single zero group is not shortened (section 4.2.2) */
    int run = 0;
    char *p = out;

    if (!ip->is_v6)
        return tw_format_ipv4(out, ip->bytes + 12);
    if (memcmp(ip->bytes, mapped, sizeof(mapped)) == 0) { /* section 5 */
        memcpy(out, "::ffff:", 7);
        return 7 + tw_format_ipv4(out + 7, ip->bytes + 12);
    }
    for (int i = 0; i < 8; i++) {
        run = tw_be16(ip->bytes + i * 2) == 0 ? run + 1 : 0;
        if (run > best_len) { /* the first of equally long runs (section 4.2.3) */
            best_len = run;
            best = i + 1 - run;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            *p++ = ':';
            *p++ = ':';
            i += best_len - 1;
            continue;
        }
        if (i > 0 && p[-1] != ':')
            *p++ = ':';
        p = put_group(p, tw_be16(ip->bytes + i * 2));
    }
    return (size_t)(p - out);
}

size_t tw_format_hex(char *out, uint64_t v, size_t n_digits)
{
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < n_digits; i++)
        out[2 + i] = hex[v >> (4 * (n_digits - 1 - i)) & 15];
    return 2 + n_digits;
}

size_t tw_format_bytes(char *out, const void *data, size_t n)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex[p[i] >> 4];
        out[2 * i + 1] = hex[p[i] & 15];
    }
    return 2 * n;
}

size_t tw_format_mac(char *out, uint64_t mac)
{
    for (int i = 0; i < 6; i++) {
        unsigned byte = (unsigned)(mac >> (40 - i * 8)) & 0xff;

        out[i * 3] = hex[byte >> 4];
        out[i * 3 + 1] = hex[byte & 15];
        if (i < 5)
            out[i * 3 + 2] = ':';
    }
    return 17;
}
