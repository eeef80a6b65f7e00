/* ClientHello and ServerHello, their extensions, and JA3.
 * Must not know records or fields. */
#include "tls.h"

#include <md5.h>
#include <stdio.h>
#include <string.h>

enum { EXT_GROUPS = 10, EXT_POINT_FORMATS = 11 };

/* The extensions fill their list. */
static int extensions_fit(struct tls_reader r)
{
    struct tls_extension e;

    while (tls_extension_next(&r, &e))
        ;
    return !r.bad && r.n == 0;
}

void tls_hello_read(struct tls_reader body, int is_server, struct tls_hello *ret)
{
    struct tls_reader random;

    *ret = (struct tls_hello){.is_server = is_server};
    ret->version = (uint16_t)tls_take(&body, 2);
    random = tls_sub(&body, 32);
    if (random.n == 32)
        ret->random = random.p;
    /* Draft versions of TLS 1.3 up to 21 had neither session id nor compression. */
    if (!is_server || ret->version >> 8 != 0x7f)
        ret->session_id = tls_sub(&body, tls_take(&body, 1));
    if (!is_server && (ret->version >> 8 == 0xfe || ret->version == 0x100)) /* DTLS: a cookie */
        tls_sub(&body, tls_take(&body, 1));
    ret->ciphers = tls_sub(&body, is_server ? 2 : tls_take(&body, 2));
    if (!is_server)
        ret->compressions = tls_sub(&body, tls_take(&body, 1));
    else if (ret->version >> 8 != 0x7f)
        ret->compressions = tls_sub(&body, 1);
    if (body.n >= 2) {
        ret->has_extensions = 1;
        ret->extensions_length = tls_take(&body, 2);
        ret->extensions = tls_sub(&body, ret->extensions_length);
        ret->extensions.bad = 0;
    } else if (body.n) {
        body.bad = 1;
    }
    ret->bad = body.bad || !extensions_fit(ret->extensions);
}

int tls_extension_next(struct tls_reader *r, struct tls_extension *ret)
{
    if (r->n < 4)
        return 0;
    ret->type = (uint16_t)tls_take(r, 2);
    ret->length = tls_take(r, 2);
    ret->body = tls_sub(r, ret->length);
    ret->body.bad = 0;
    return 1;
}

int tls_extension_find(const struct tls_hello *hello, uint16_t type, struct tls_reader *ret)
{
    struct tls_reader r = hello->extensions;
    struct tls_extension e;

    while (tls_extension_next(&r, &e)) {
        if (e.type == type) {
            *ret = e.body;
            return 1;
        }
    }
    return 0;
}

/* ---- JA3 ---- */

struct text {
    char *p;
    size_t n, room;
};

static void put_number(struct text *t, uint32_t v, char before)
{
    if (before)
        t->p[t->n++] = before;
    t->n += (size_t)snprintf(t->p + t->n, t->room - t->n, "%u", (unsigned)v);
}

static void put_list(struct text *t, struct tls_reader r, unsigned width)
{
    char before = 0;

    while (r.n >= width) {
        const uint32_t v = tls_take(&r, width);

        if (width == 2 && tls_is_grease(v))
            continue;
        put_number(t, v, before);
        before = '-';
    }
}

static void put_extensions(struct text *t, struct tls_reader r)
{
    struct tls_extension e;
    char before = 0;

    while (tls_extension_next(&r, &e)) {
        if (tls_is_grease(e.type))
            continue;
        put_number(t, e.type, before);
        before = '-';
    }
}

char *tls_ja3_text(const struct tls_hello *hello, size_t *ret_n)
{
    struct tls_reader groups = {0}, formats = {0};
    /* A number of two bytes takes at most six characters, of one byte four; those of extensions
     * stand there as its type, a group or a format. */
    struct text t = {.room = 64 + 3 * hello->ciphers.n + 9 * hello->extensions.n};

    t.p = host->alloc(t.room);
    if (!t.p)
        return NULL;
    put_number(&t, hello->version, 0);
    t.p[t.n++] = ',';
    put_list(&t, hello->ciphers, 2);
    t.p[t.n++] = ',';
    put_extensions(&t, hello->extensions);
    if (!hello->is_server) {
        if (tls_extension_find(hello, EXT_GROUPS, &groups))
            groups = tls_sub(&groups, tls_take(&groups, 2));
        if (tls_extension_find(hello, EXT_POINT_FORMATS, &formats))
            formats = tls_sub(&formats, tls_take(&formats, 1));
        t.p[t.n++] = ',';
        put_list(&t, groups, 2);
        t.p[t.n++] = ',';
        put_list(&t, formats, 1);
    }
    *ret_n = t.n;
    return t.p;
}

void tls_md5(const char *text, size_t n, char ret[33])
{
    uint8_t digest[MD5_DIGEST_LENGTH];
    MD5_CTX md5;

    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)text, n);
    MD5Final(digest, &md5);
    for (unsigned i = 0; i < sizeof(digest); i++)
        snprintf(ret + (size_t)2 * i, 3, "%02x", digest[i]);
}
