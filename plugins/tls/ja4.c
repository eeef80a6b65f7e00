/* JA4, the fingerprint of a ClientHello: BSD 3-clause, as FoxIO publishes it (JA4.md in their
 * repository `ja4`). The others of the suite (JA4S, JA4H, JA4X …) have another licence and are not
 * here. Must not know records or fields. */
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

enum { EXT_SNI = 0, EXT_SIGNATURES = 13, EXT_ALPN = 16, EXT_VERSIONS = 43 };
enum { HEX = 4, SUM = 12, MOST = 99 };

static int order(const void *a, const void *b)
{
    const uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;

    return (x > y) - (x < y);
}

/* The highest version that is offered. */
static const char *version_of(const struct tls_hello *hello)
{
    static const struct {
        uint16_t version;
        const char *name;
    } names[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"},
                 {0x0002, "s2"}, {0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}};
    struct tls_reader r;
    uint32_t version = hello->version;

    if (tls_extension_find(hello, EXT_VERSIONS, &r)) {
        version = 0;
        r = tls_sub(&r, tls_take(&r, 1));
        while (r.n >= 2) {
            const uint32_t v = tls_take(&r, 2);

            if (!tls_is_grease(v) && v > version)
                version = v;
        }
    }
    for (size_t i = 0; i < TRAWL_COUNT(names); i++)
        if (names[i].version == version)
            return names[i].name;
    return "00";
}

static int is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first protocol that is offered, or of its bytes in hex. */
static void put_alpn(const struct tls_hello *hello, char ret[2])
{
    static const char digits[] = "0123456789abcdef";
    struct tls_reader r, name;

    memcpy(ret, "00", 2);
    if (!tls_extension_find(hello, EXT_ALPN, &r))
        return;
    r = tls_sub(&r, tls_take(&r, 2));
    name = tls_sub(&r, tls_take(&r, 1));
    if (!name.n || name.bad)
        return;
    ret[0] = (char)name.p[0];
    ret[1] = (char)name.p[name.n - 1];
    if (!is_letter_or_digit(name.p[0]) || !is_letter_or_digit(name.p[name.n - 1])) {
        ret[0] = digits[name.p[0] >> 4];
        ret[1] = digits[name.p[name.n - 1] & 15];
    }
}

/* Numbers of a list that mean something. @return how many, n_most at most */
static size_t collect(struct tls_reader r, uint16_t *ret, size_t n_most)
{
    size_t n = 0;

    while (r.n >= 2 && n < n_most) {
        const uint32_t v = tls_take(&r, 2);

        if (!tls_is_grease(v))
            ret[n++] = (uint16_t)v;
    }
    return n;
}

/* "002f,0035" at out, which has room for five characters each. @return bytes */
static size_t put_hex(char *out, const uint16_t *numbers, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (i)
            out[at++] = ',';
        for (unsigned k = 0; k < HEX; k++)
            out[at++] = digits[numbers[i] >> (12 - 4 * k) & 15];
    }
    return at;
}

/* The first twelve digits of a SHA-256 sum. */
static void put_sum(const char *text, size_t n, char ret[SUM])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    SHA2_CTX sha;

    memset(ret, '0', SUM);
    if (!n)
        return;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)text, n);
    SHA256Final(digest, &sha);
    for (unsigned i = 0; i < SUM / 2; i++)
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    memcpy(ret, hex, SUM);
}

/* Extensions: all are counted, server name and protocols are not in the list. */
static size_t collect_extensions(const struct tls_hello *hello, uint16_t *ret, size_t *ret_n_all,
                                 int *ret_named)
{
    struct tls_reader r = hello->extensions;
    struct tls_extension e;
    size_t n = 0;

    *ret_n_all = 0;
    *ret_named = 0;
    while (tls_extension_next(&r, &e)) {
        if (tls_is_grease(e.type))
            continue;
        ++*ret_n_all;
        if (e.type == EXT_SNI)
            *ret_named = 1;
        else if (e.type != EXT_ALPN)
            ret[n++] = e.type;
    }
    return n;
}

char *tls_ja4_text(const struct tls_hello *hello, char carrier, size_t *ret_n, char ret_ja4[37])
{
    /* Every number takes two bytes of the hello at least and five characters here. */
    const size_t most = (hello->ciphers.n + hello->extensions.n) / 2 + 1;
    uint16_t *ciphers = host->alloc(3 * most * sizeof(*ciphers));
    uint16_t *extensions, *signatures;
    char *text = ciphers ? host->alloc(3 * most * (HEX + 1) + 32) : NULL;
    size_t n_ciphers, n_extensions, n_all, n_signatures = 0, at, from;
    struct tls_reader r;
    int named;

    if (!text) {
        host->free(ciphers);
        return NULL;
    }
    extensions = ciphers + most;
    signatures = extensions + most;
    n_ciphers = collect(hello->ciphers, ciphers, most);
    n_extensions = collect_extensions(hello, extensions, &n_all, &named);
    if (tls_extension_find(hello, EXT_SIGNATURES, &r))
        n_signatures = collect(tls_sub(&r, tls_take(&r, 2)), signatures, most);
    if (n_ciphers)
        qsort(ciphers, n_ciphers, sizeof(*ciphers), order);
    if (n_extensions)
        qsort(extensions, n_extensions, sizeof(*extensions), order);
    at = (size_t)snprintf(text, 32, "%c%s%c%02u%02u", carrier, version_of(hello), named ? 'd' : 'i',
                          (unsigned)(n_ciphers < MOST ? n_ciphers : MOST),
                          (unsigned)(n_all < MOST ? n_all : MOST));
    put_alpn(hello, text + at);
    at += 2;
    memcpy(ret_ja4, text, at);
    text[at++] = '_';
    from = at;
    at += put_hex(text + at, ciphers, n_ciphers);
    ret_ja4[10] = '_';
    put_sum(text + from, at - from, ret_ja4 + 11);
    text[at++] = '_';
    from = at;
    at += put_hex(text + at, extensions, n_extensions);
    if (n_signatures) {
        text[at++] = '_';
        at += put_hex(text + at, signatures, n_signatures);
    }
    ret_ja4[23] = '_';
    put_sum(text + from, n_extensions ? at - from : 0, ret_ja4 + 24);
    ret_ja4[36] = '\0';
    host->free(ciphers);
    *ret_n = at;
    return text;
}
