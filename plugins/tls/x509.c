/* X.509 certificates (RFC 5280 section 4.1, DER after X.690): names, validity, numbers.
 * Checks nothing of what they claim. Must not know TLS. */
#include "der.h"

#include <stdio.h>
#include <string.h>

enum {
    OID_TEXT = 80,   /* characters; longer ones are cut */
    WIDE_MOST = 256, /* characters of a name */
    NESTED_MOST = 10 /* elements within one another that are looked through for names */
};

static void oid_text(struct tls_reader r, char ret[OID_TEXT])
{
    size_t n = 0;
    uint64_t v = 0;
    int first = 1;

    ret[0] = 0;
    while (r.n && n < OID_TEXT - 24) {
        const uint32_t b = tls_take(&r, 1);

        if (v >> 56)
            break;
        v = v << 7 | (b & 0x7f);
        if (b & 0x80)
            continue;
        if (first) {
            const unsigned root = v < 40 ? 0 : v < 80 ? 1 : 2;

            n += (size_t)snprintf(ret + n, OID_TEXT - n, "%u.%llu", root,
                                  (unsigned long long)(v - 40 * root));
        } else {
            n += (size_t)snprintf(ret + n, OID_TEXT - n, ".%llu", (unsigned long long)v);
        }
        first = 0;
        v = 0;
    }
}

/* An object identifier, and its text. */
static void put_oid(const struct tls_x509_sink *sink, enum tls_x509 what, enum tls_x509_part part,
                    struct tls_reader r, char text[OID_TEXT])
{
    oid_text(r, text);
    sink->bytes(sink->context, what, part, NULL, (const uint8_t *)text, strlen(text));
}

int tls_x509_algorithm(struct tls_reader *r, const struct tls_x509_sink *sink)
{
    struct der e, oid, inner;
    char text[OID_TEXT];

    if (!der_is(r, DER_SEQUENCE, &e) || !der_is(&e.body, DER_OID, &oid))
        return 0;
    put_oid(sink, X509_ALGORITHM, PART_OTHER, oid.body, text);
    /* RSASSA-PSS has two more, its hash and its mask (RFC 4055 section 3.1). */
    if (strcmp(text, "1.2.840.113549.1.1.10") == 0 && der_is(&e.body, DER_SEQUENCE, &inner)) {
        while (der_next(&inner.body, &e)) {
            if (e.tag != 0xa0 && e.tag != 0xa1)
                continue;
            if (der_is(&e.body, DER_SEQUENCE, &oid) && der_is(&oid.body, DER_OID, &e))
                put_oid(sink, X509_ALGORITHM, PART_OTHER, e.body, text);
        }
    }
    return 1;
}

/* Characters of width bytes each, as UTF-8: Latin-1, UTF-16 without pairs, UTF-32. What is none is
 * U+FFFD. */
static void put_wide(const struct tls_x509_sink *sink, enum tls_x509 what, enum tls_x509_part part,
                     const char *oid, struct tls_reader r, unsigned width)
{
    uint8_t text[4 * WIDE_MOST];
    size_t n = 0;

    while (r.n >= width && n + 4 <= sizeof(text)) {
        const uint32_t v = tls_take(&r, width);
        const uint32_t c = v > 0x10ffff || v >> 11 == 0xd800 >> 11 ? 0xfffd : v;

        if (c < 0x80) {
            text[n++] = (uint8_t)c;
        } else if (c < 0x800) {
            text[n++] = (uint8_t)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            text[n++] = (uint8_t)(0xe0 | c >> 12);
        } else {
            text[n++] = (uint8_t)(0xf0 | c >> 18);
            text[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        }
        if (c >= 0x800)
            text[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        if (c >= 0x80)
            text[n++] = (uint8_t)(0x80 | (c & 0x3f));
    }
    sink->bytes(sink->context, what, part, oid, text, n);
}

/* The country, and that of the jurisdiction (extended validation). */
static int is_country(const char *oid)
{
    return strcmp(oid, "2.5.4.6") == 0 || strcmp(oid, "1.3.6.1.4.1.311.60.2.1.3") == 0;
}

static void put_attribute(const struct tls_x509_sink *sink, enum tls_x509_part part,
                          const char *oid, const struct der *value)
{
    enum tls_x509 what;

    switch (value->tag) {
    case DER_UTF8:
        what = X509_UTF8;
        break;
    case DER_PRINTABLE:
        if (strcmp(oid, "2.5.4.5") == 0) /* a serial number of the subject is no name */
            return;
        what = is_country(oid) ? X509_COUNTRY : X509_PRINTABLE;
        break;
    case DER_IA5: /* not what X.520 says, but used */
        what = X509_IA5;
        break;
    case DER_TELETEX: /* T.61 by name; what is there is Latin-1, as OpenSSL and browsers know */
        put_wide(sink, X509_TELETEX, part, oid, value->body, 1);
        return;
    case DER_BMP:
        put_wide(sink, X509_BMP, part, oid, value->body, 2);
        return;
    case DER_UNIVERSAL:
        put_wide(sink, X509_UNIVERSAL, part, oid, value->body, 4);
        return;
    default:
        return;
    }
    sink->bytes(sink->context, what, part, oid, value->body.p, value->body.n);
}

int tls_x509_name(struct tls_reader der, enum tls_x509_part part, const struct tls_x509_sink *sink)
{
    struct der name, set, pair, oid, value;
    char text[OID_TEXT];

    if (!der_is(&der, DER_SEQUENCE, &name))
        return 0;
    while (name.body.n) {
        if (!der_is(&name.body, DER_SET, &set))
            return 0;
        while (set.body.n) {
            if (!der_is(&set.body, DER_SEQUENCE, &pair) || !der_is(&pair.body, DER_OID, &oid) ||
                !der_next(&pair.body, &value))
                return 0;
            put_oid(sink, X509_NAME_OID, part, oid.body, text);
            put_attribute(sink, part, text, &value);
        }
    }
    return 1;
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int two_digits(struct tls_reader *r, int64_t *ret)
{
    const uint32_t v = tls_take(r, 2), tens = (v >> 8) - '0', ones = (v & 0xff) - '0';

    *ret = (int64_t)tens * 10 + ones;
    return tens <= 9 && ones <= 9;
}

/* YYMMDDHHMM[SS]Z or YYYYMMDDHHMM[SS]Z. */
static int read_time(const struct der *e, int64_t *ret)
{
    struct tls_reader r = e->body;
    int64_t century = 0, year, month, day, hour, minute, second = 0, seconds;

    if (e->tag == DER_GENERALIZED && !two_digits(&r, &century))
        return 0;
    if (!two_digits(&r, &year) || !two_digits(&r, &month) || !two_digits(&r, &day) ||
        !two_digits(&r, &hour) || !two_digits(&r, &minute))
        return 0;
    if (r.n >= 2 && !two_digits(&r, &second))
        return 0;
    if (e->tag == DER_UTC)
        century = year < 50 ? 20 : 19;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 ||
        century < 1)
        return 0;
    seconds = days_of(century * 100 + year, month, day) * 86400 + hour * 3600 + minute * 60 +
              second;
    return !__builtin_mul_overflow(seconds, INT64_C(1000000000), ret);
}

static int put_time(struct tls_reader *r, enum tls_x509_part part, const struct tls_x509_sink *sink)
{
    struct der e;
    int64_t time;

    if (!der_next(r, &e) || (e.tag != DER_UTC && e.tag != DER_GENERALIZED))
        return 0;
    /* Years that nanoseconds cannot hold have no value; the rest of the certificate has. */
    if (read_time(&e, &time))
        sink->number(sink->context, e.tag == DER_UTC ? X509_UTC_TIME : X509_GENERALIZED_TIME, part,
                     time);
    return 1;
}

/* subjectAltName: the DNS names, addresses, and directory names. */
static void put_alternatives(struct tls_reader octets, const struct tls_x509_sink *sink)
{
    struct der names, name;

    if (!der_is(&octets, DER_SEQUENCE, &names))
        return;
    while (der_next(&names.body, &name))
        if (name.tag == 0x82)
            sink->bytes(sink->context, X509_DNS_NAME, PART_SUBJECT, NULL, name.body.p, name.body.n);
        else if (name.tag == 0x87 && name.body.n == 4)
            sink->bytes(sink->context, X509_IPV4, PART_SUBJECT, NULL, name.body.p, 4);
        else if (name.tag == 0x87 && name.body.n == 16)
            sink->bytes(sink->context, X509_IPV6, PART_SUBJECT, NULL, name.body.p, 16);
        else if (name.tag == 0xa4)
            (void)tls_x509_name(name.body, PART_OTHER, sink);
}

/* Logotypes (RFC 3709): the algorithms of the pictures' hashes, each before its octets. */
static void put_logotypes(struct tls_reader r, unsigned depth, const struct tls_x509_sink *sink)
{
    struct tls_reader inner;
    struct der e, algorithm, value;

    while (der_next(&r, &e)) {
        inner = e.body;
        if (e.tag == DER_SEQUENCE && der_is(&inner, DER_SEQUENCE, &algorithm) && algorithm.body.n &&
            algorithm.body.p[0] == DER_OID && der_is(&inner, DER_OCTETS, &value))
            (void)tls_x509_algorithm(&e.body, sink);
        else if (e.tag & 0x20 && depth < NESTED_MOST)
            put_logotypes(e.body, depth + 1, sink);
    }
}

/* Names within another extension: of issuers, of who lists what is revoked. A name is the only
 * sequence of sets. */
static void put_nested(struct tls_reader r, unsigned depth, const struct tls_x509_sink *sink)
{
    struct tls_reader at = r;
    struct der e;

    while (der_next(&r, &e)) {
        if (e.tag == DER_SEQUENCE && e.body.n && e.body.p[0] == DER_SET)
            (void)tls_x509_name(at, PART_OTHER, sink);
        else if (e.tag & 0x20 && depth < NESTED_MOST)
            put_nested(e.body, depth + 1, sink);
        at = r;
    }
}

void tls_sct_list(struct tls_reader r, const struct tls_x509_sink *sink)
{
    struct tls_reader list = tls_sub(&r, tls_take(&r, 2));

    while (list.n > 2) {
        struct tls_reader sct = tls_sub(&list, tls_take(&list, 2));

        if (tls_take(&sct, 1) != 0)
            continue;
        tls_sub(&sct, 32 + 8); /* the log, the time */
        tls_sub(&sct, tls_take(&sct, 2));
        if (sct.n >= 2)
            sink->number(sink->context, X509_SCT_ALGORITHM, PART_OTHER, tls_take(&sct, 2));
    }
}

static int is_oid(struct tls_reader oid, const void *bytes, size_t n)
{
    return oid.n == n && memcmp(oid.p, bytes, n) == 0;
}

static int put_extensions(struct tls_reader r, const struct tls_x509_sink *sink)
{
    struct der all, extension, oid, value;

    if (!der_is(&r, DER_SEQUENCE, &all))
        return 0;
    while (all.body.n) {
        if (!der_is(&all.body, DER_SEQUENCE, &extension) ||
            !der_is(&extension.body, DER_OID, &oid) || !der_next(&extension.body, &value))
            return 0;
        if (value.tag == DER_BOOLEAN && !der_next(&extension.body, &value))
            return 0;
        if (value.tag != DER_OCTETS)
            continue;
        if (is_oid(oid.body, "\x55\x1d\x11", 3)) { /* subjectAltName */
            put_alternatives(value.body, sink);
        } else if (is_oid(oid.body, "\x2b\6\1\4\1\xd6\x79\2\4\2", 10)) { /* RFC 6962 section 3.3 */
            if (der_is(&value.body, DER_OCTETS, &value))
                tls_sct_list(value.body, sink);
        } else if (is_oid(oid.body, "\x2b\6\1\5\5\7\1\x0c", 8)) {
            put_logotypes(value.body, 0, sink);
        } else {
            put_nested(value.body, 0, sink);
        }
    }
    return 1;
}

/* A Name with its head, from where r stands. */
static int put_name(struct tls_reader *r, enum tls_x509_part part, const struct tls_x509_sink *sink)
{
    const struct tls_reader whole = *r;
    struct der e;

    return der_next(r, &e) && tls_x509_name(whole, part, sink);
}

int tls_x509_read(struct tls_reader der, const struct tls_x509_sink *sink)
{
    struct der certificate, tbs, e, validity, key;

    if (!der_is(&der, DER_SEQUENCE, &certificate) ||
        !der_is(&certificate.body, DER_SEQUENCE, &tbs) || !der_next(&tbs.body, &e))
        return 0;
    if (e.tag == 0xa0) {
        struct der version;

        if (der_is(&e.body, DER_INTEGER, &version) && version.body.n == 1)
            sink->number(sink->context, X509_VERSION, PART_OTHER, version.body.p[0]);
        if (!der_next(&tbs.body, &e))
            return 0;
    }
    if (e.tag != DER_INTEGER)
        return 0;
    sink->bytes(sink->context, X509_SERIAL, PART_OTHER, NULL, e.body.p, e.body.n);
    if (!tls_x509_algorithm(&tbs.body, sink) || !put_name(&tbs.body, PART_ISSUER, sink) ||
        !der_is(&tbs.body, DER_SEQUENCE, &validity) ||
        !put_time(&validity.body, PART_NOT_BEFORE, sink) ||
        !put_time(&validity.body, PART_NOT_AFTER, sink) ||
        !put_name(&tbs.body, PART_SUBJECT, sink) || !der_is(&tbs.body, DER_SEQUENCE, &key) ||
        !tls_x509_algorithm(&key.body, sink))
        return 0;
    while (tbs.body.n) {
        if (!der_next(&tbs.body, &e))
            return 0;
        if (e.tag == 0xa3 && !put_extensions(e.body, sink))
            return 0;
    }
    return tls_x509_algorithm(&certificate.body, sink);
}

/* A response of OCSP (RFC 6960 section 4.2.1). */
int tls_ocsp_read(struct tls_reader der, const struct tls_x509_sink *sink)
{
    struct der response, e, bytes, basic, tbs, single, id;

    if (!der_is(&der, DER_SEQUENCE, &response) || !der_next(&response.body, &e))
        return 0;
    if (!response.body.n)
        return 1; /* an error */
    if (!der_is(&response.body, 0xa0, &e) || !der_is(&e.body, DER_SEQUENCE, &bytes) ||
        !der_next(&bytes.body, &e) || !der_is(&bytes.body, DER_OCTETS, &e) ||
        !der_is(&e.body, DER_SEQUENCE, &basic) || !der_is(&basic.body, DER_SEQUENCE, &tbs) ||
        !der_next(&tbs.body, &e))
        return 0;
    if (e.tag == 0xa0 && !der_next(&tbs.body, &e)) /* version */
        return 0;
    if (e.tag == 0xa1)
        (void)tls_x509_name(e.body, PART_OTHER, sink);
    if (!der_is(&tbs.body, DER_GENERALIZED, &e) || !der_is(&tbs.body, DER_SEQUENCE, &e))
        return 0;
    while (e.body.n)
        if (!der_is(&e.body, DER_SEQUENCE, &single) || !der_is(&single.body, DER_SEQUENCE, &id) ||
            !tls_x509_algorithm(&id.body, sink))
            return 0;
    if (!tls_x509_algorithm(&basic.body, sink) || !der_next(&basic.body, &e))
        return 0;
    if (!basic.body.n)
        return 1;
    if (!der_is(&basic.body, 0xa0, &e) || !der_is(&e.body, DER_SEQUENCE, &bytes))
        return 0;
    while (bytes.body.n) {
        const struct tls_reader whole = bytes.body;

        if (!der_next(&bytes.body, &e) || !tls_x509_read(whole, sink))
            return 0;
    }
    return 1;
}
