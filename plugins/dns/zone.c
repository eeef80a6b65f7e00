/* The data of records as zone files write it (RFC 1035 section 5, and what defines each type).
 * Knows nothing of packets or tables. */
#include "zone.h"

#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void dns_zone_add(struct dns_zone_text *out, const void *p, size_t n)
{
    if (n > DNS_ZONE_TEXT_MOST - out->n)
        n = DNS_ZONE_TEXT_MOST - out->n;
    memcpy(out->text + out->n, p, n);
    out->n += n;
}

void dns_zone_number(struct dns_zone_text *out, uint64_t value)
{
    char text[24];

    dns_zone_add(out, text,
                 (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)value));
}

void dns_zone_hex(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < n; i++) {
        const char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};

        dns_zone_add(out, pair, 2);
    }
}

void dns_zone_base64(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (uint32_t i = 0; i < n; i += 3) {
        const uint32_t n_left = n - i;
        const uint32_t bits = (uint32_t)p[i] << 16 | (n_left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                              (n_left > 2 ? p[i + 2] : 0);
        const char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                              n_left > 1 ? digits[bits >> 6 & 63] : '=',
                              n_left > 2 ? digits[bits & 63] : '='};

        dns_zone_add(out, four, 4);
    }
}

void dns_zone_address(struct dns_zone_text *out, int family, const uint8_t *p)
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(family, p, text, sizeof(text)))
        dns_zone_add(out, text, strlen(text));
}

/* A byte of a name or of a word without quotes, as dig writes it (RFC 4343 section 2.1): what means
 * something in zone files has a backslash before it, what is no visible ASCII is decimal. */
static void add_byte(struct dns_zone_text *out, uint8_t c, int is_quoted)
{
    char text[8];

    if (c > 126 || c < (is_quoted ? ' ' : ' ' + 1)) {
        dns_zone_add(out, text, (size_t)snprintf(text, sizeof(text), "\\%03u", c));
        return;
    }
    if (strchr(is_quoted ? "\"\\" : "\"$();@\\", c))
        dns_zone_add(out, "\\", 1);
    dns_zone_add(out, &c, 1);
}

/* Most bytes of names: they need no escape. */
static inline int is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
}

int dns_zone_name(struct dns_zone_text *out, const struct dns_message *message, uint32_t *at,
                  uint32_t end)
{
    struct dns_name name;

    if ((dns_read_name(message, *at, &name) && !name.is_readable) || name.end > end)
        return 0;
    *at = name.end;
    if (name.n_labels == 0)
        dns_zone_add(out, ".", 1);
    for (uint32_t i = 0, n; name.n_labels && i < name.n; i += n) {
        for (n = 0; i + n < name.n && is_plain((uint8_t)name.text[i + n]);)
            n++;
        if (n == 0 && name.text[i] == '\\')
            n = 2; /* what is behind it has what it needs */
        dns_zone_add(out, name.text + i, n);
        if (n == 0)
            add_byte(out, (uint8_t)name.text[i + n++], 0);
    }
    return 1;
}

/* What a type's data is made of: a address, A of IPv6, b h w U numbers of 8, 16, 32 and 48 bits, d
 * time, i 64 bits as an interface's identifier, n name, t type, k bytes after their length of 16
 * bits, e the rest as a hardware address, l bytes after their length as hexadecimal digits, o as
 * base32, p the rest as parameters of SVCB, q text after its length, s such texts up to the end, T
 * the rest as a bitmap of types, u the rest as text, v text after its length without quotes, x the
 * rest as hexadecimal digits, B as base64. Capital letters of rare types: zone_rare.c. */
static const char *layout_of(unsigned type)
{
    switch (type) {
#define TYPE(id, number, name, data) \
    case number:                     \
        return data;
#include "types.h"
    default:
        return "";
    }
}

static void add_quoted(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    dns_zone_add(out, "\"", 1);
    for (uint32_t i = 0; i < n; i++)
        add_byte(out, p[i], 1);
    dns_zone_add(out, "\"", 1);
}

static int add_texts(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t length = p[at];

        if (length > n - at - 1)
            return 0;
        if (at)
            dns_zone_add(out, " ", 1);
        add_quoted(out, p + at + 1, length);
        at += length + 1;
    }
    return 1;
}

/* The types of a bitmap, RFC 4034 section 4.1.2. */
static int add_types(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    int is_first = 1;

    while (n) {
        char buf[DNS_NUMBER_TEXT];

        if (n < 2 || p[1] == 0 || p[1] > 32 || p[1] > n - 2)
            return 0;
        for (uint32_t bit = 0; bit < p[1] * 8u; bit++) {
            const char *name;

            if (!(p[2 + bit / 8] & 0x80 >> bit % 8))
                continue;
            name = dns_type_name((unsigned)p[0] << 8 | bit, buf);
            if (!is_first)
                dns_zone_add(out, " ", 1);
            is_first = 0;
            dns_zone_add(out, name, strlen(name));
        }
        n -= p[1] + 2u;
        p += p[1] + 2u;
    }
    return 1;
}

/* ---- parameters of SVCB and HTTPS, RFC 9460 section 14.3.2 ---- */

enum { PARAM_MANDATORY, PARAM_ALPN, PARAM_NO_DEFAULT, PARAM_PORT, PARAM_IP4, PARAM_ECH, PARAM_IP6 };

static void add_key(struct dns_zone_text *out, unsigned key)
{
    static const char *const names[] = {"mandatory", "alpn", "no-default-alpn", "port",
                                        "ipv4hint",  "ech",  "ipv6hint",        "dohpath"};
    char text[16];

    if (key < TRAWL_COUNT(names))
        dns_zone_add(out, names[key], strlen(names[key]));
    else
        dns_zone_add(out, text, (size_t)snprintf(text, sizeof(text), "key%u", key));
}

/* An item of a list: a comma within it is none between items, and what says so is a backslash in
 * the list, two in its text (RFC 9460 appendix A.1). */
static void add_listed(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == ',' || p[i] == '\\')
            dns_zone_add(out, "\\\\", 2);
        add_byte(out, p[i], 0);
    }
}

/* The value of a parameter; 0: it is none of this key. */
static int add_value(struct dns_zone_text *out, unsigned key, const uint8_t *p, uint32_t n)
{
    const uint32_t size = key == PARAM_IP4 ? 4 : key == PARAM_IP6 ? 16 : 2;

    if (key == PARAM_NO_DEFAULT)
        return n == 0;
    dns_zone_add(out, "=", 1);
    switch (key) {
    case PARAM_ALPN:
        for (uint32_t at = 0; at < n; at += p[at] + 1u) {
            if (p[at] == 0 || p[at] > n - at - 1)
                return 0;
            dns_zone_add(out, ",", at ? 1 : 0);
            add_listed(out, p + at + 1, p[at]);
        }
        return n > 0;
    case PARAM_PORT:
        dns_zone_number(out, n == 2 ? dns_u16(p) : 0);
        return n == 2;
    case PARAM_MANDATORY:
    case PARAM_IP4:
    case PARAM_IP6:
        for (uint32_t at = 0; at + size <= n; at += size) {
            dns_zone_add(out, ",", at ? 1 : 0);
            if (key == PARAM_MANDATORY)
                add_key(out, dns_u16(p + at));
            else
                dns_zone_address(out, key == PARAM_IP4 ? AF_INET : AF_INET6, p + at);
        }
        return n > 0 && n % size == 0;
    case PARAM_ECH:
        dns_zone_base64(out, p, n);
        return n > 0;
    default:
        add_quoted(out, p, n);
        return 1;
    }
}

static int add_params(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t length = n - at < 4 ? 0 : dns_u16(p + at + 2);

        if (n - at < 4 || length > n - at - 4)
            return 0;
        if (at)
            dns_zone_add(out, " ", 1);
        add_key(out, dns_u16(p + at));
        if (!add_value(out, dns_u16(p + at), p + at + 4, length))
            return 0;
        at += length + 4;
    }
    return 1;
}

/* What goes up to the end; 0: it is not well. */
static int add_rest(struct dns_zone_text *out, char part, const uint8_t *p, uint32_t n)
{
    switch (part) {
    case 's':
        return add_texts(out, p, n);
    case 'T':
        return add_types(out, p, n);
    case 'p':
        return add_params(out, p, n);
    case 'u':
        add_quoted(out, p, n);
        return 1;
    case 'e':
        for (uint32_t i = 0; i < n; i++) {
            dns_zone_add(out, "-", i ? 1 : 0);
            dns_zone_hex(out, p + i, 1);
        }
        return n == 6 || n == 8;
    case 'B':
        dns_zone_base64(out, p, n);
        return 1;
    default:
        dns_zone_hex(out, p, n);
        return 1;
    }
}

/* Bytes after their length. */
static void add_counted(struct dns_zone_text *out, char part, const uint8_t *p, uint32_t n)
{
    char text[DNS_BASE32_MOST];

    if (part == 'q')
        add_quoted(out, p, n);
    else if (part == 'v')
        for (uint32_t i = 0; i < n; i++)
            add_byte(out, p[i], 0);
    else if (part == 'o')
        dns_zone_add(out, text, dns_base32(p, n, text));
    else if (n == 0)
        dns_zone_add(out, "-", 1);
    else
        dns_zone_hex(out, p, n);
}

/* YYYYMMDDHHmmSS, RFC 4034 section 3.2. */
static void add_time(struct dns_zone_text *out, uint32_t seconds)
{
    const time_t at = (time_t)seconds;
    struct tm tm = {0};
    char text[24];

    gmtime_r(&at, &tm);
    dns_zone_add(out, text, strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm));
}

static uint32_t size_of(char part)
{
    switch (part) {
    case 'a':
    case 'd':
    case 'w':
        return 4;
    case 'A':
        return 16;
    case 'h':
    case 'k':
    case 't':
        return 2;
    case 'i':
        return 8;
    case 'U':
        return 6;
    default:
        return 1;
    }
}

/* A part of a size that is known and there. */
static void add_fixed(struct dns_zone_text *out, char part, const uint8_t *p)
{
    char buf[DNS_NUMBER_TEXT];
    const char *name;

    switch (part) {
    case 'a':
    case 'A':
        dns_zone_address(out, part == 'a' ? AF_INET : AF_INET6, p);
        break;
    case 't':
        name = dns_type_name(dns_u16(p), buf);
        dns_zone_add(out, name, strlen(name));
        break;
    case 'd':
        add_time(out, dns_u32(p));
        break;
    case 'i':
        for (unsigned i = 0; i < 8; i += 2) {
            dns_zone_add(out, ":", i ? 1 : 0);
            dns_zone_hex(out, p + i, 2);
        }
        break;
    case 'U':
        dns_zone_number(out, (uint64_t)dns_u16(p) << 32 | dns_u32(p + 2));
        break;
    case 'w':
        dns_zone_number(out, dns_u32(p));
        break;
    case 'h':
        dns_zone_number(out, dns_u16(p));
        break;
    default:
        dns_zone_number(out, p[0]);
        break;
    }
}

/* One part of the data at *at; 0: it is not there. */
static int add_part(struct dns_zone_text *out, char part, const struct dns_message *m, uint32_t *at,
                    uint32_t end)
{
    const uint8_t *p = m->data + *at;
    const uint32_t size = size_of(part);

    if (part == 'n')
        return dns_zone_name(out, m, at, end);
    if (strchr("FHILNPRS", part))
        return dns_zone_rare(out, part, m, at, end);
    if (strchr("BespTux", part)) {
        if (!add_rest(out, part, p, end - *at))
            return 0;
        *at = end;
        return 1;
    }
    if (size > end - *at)
        return 0;
    *at += size;
    if (strchr("loqv", part)) {
        if (p[0] > end - *at)
            return 0;
        add_counted(out, part, p + 1, p[0]);
        *at += p[0];
    } else if (part == 'k') {
        if (dns_u16(p) > end - *at)
            return 0;
        dns_zone_number(out, dns_u16(p));
        dns_zone_add(out, " ", dns_u16(p) ? 1 : 0);
        dns_zone_base64(out, p + 2, dns_u16(p));
        *at += dns_u16(p);
    } else {
        add_fixed(out, part, p);
    }
    return 1;
}

/* As its type has it; 0: it is not well, or the type is not known. */
static int add_data(struct dns_zone_text *ret, const struct dns_message *message,
                    const struct dns_item *item)
{
    const char *layout = layout_of(item->type);
    const uint32_t end = item->data_at + item->data_n;
    uint32_t at = item->data_at;
    int whole = *layout != 0;

    for (size_t i = 0; whole && layout[i]; i++) {
        if (i && (at < end || layout[i] == 'u'))
            dns_zone_add(ret, " ", 1);
        whole = add_part(ret, layout[i], message, &at, end);
    }
    return whole && at == end;
}

void dns_zone_text(struct dns_zone_text *ret, const struct dns_message *message,
                   const struct dns_item *item)
{
    static const char more[] = "\xe2\x80\xa6"; /* … */

    ret->n = 0;
    if (!add_data(ret, message, item)) {
        ret->n = 0;
        dns_zone_add(ret, "0x", item->data_n ? 2 : 0);
        dns_zone_hex(ret, message->data + item->data_at, item->data_n);
    }
    if (ret->n == DNS_ZONE_TEXT_MOST)
        memcpy(ret->text + ret->n - (sizeof(more) - 1), more, sizeof(more) - 1);
}
