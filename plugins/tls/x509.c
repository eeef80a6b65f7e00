/* X.509 certificates (RFC 5280 section 4.1, DER after X.690): names, validity, numbers.
 * Checks nothing of what they claim. Must not know TLS. */
#include "tls.h"

#include <stdio.h>
#include <string.h>

enum {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    OCTETS = 0x04,
    OID = 0x06,
    UTF8 = 0x0c,
    PRINTABLE = 0x13,
    TELETEX = 0x14,
    UTC = 0x17,
    GENERALIZED = 0x18,
    BMP = 0x1e,
    SEQUENCE = 0x30,
    SET = 0x31,
    OID_TEXT = 80, /* characters; longer ones are cut */
    BMP_MOST = 256
};

struct element {
    uint8_t tag;
    struct tls_reader body;
};

/* The next element; 0: there is none, or it runs beyond its place. */
static int next(struct tls_reader *r, struct element *ret)
{
    uint32_t length;

    if (r->n < 2)
        return 0;
    ret->tag = (uint8_t)tls_take(r, 1);
    length = tls_take(r, 1);
    if (length & 0x80) {
        const uint32_t n = length & 0x7f;

        if (n == 0 || n > 3)
            return 0;
        length = tls_take(r, n);
    }
    ret->body = tls_sub(r, length);
    return !r->bad;
}

static int next_is(struct tls_reader *r, uint8_t tag, struct element *ret)
{
    return next(r, ret) && ret->tag == tag;
}

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

/* The object identifier of an AlgorithmIdentifier. */
static int put_algorithm(struct tls_reader *r, const struct tls_x509_sink *sink)
{
    struct element e, oid;
    char text[OID_TEXT];

    if (!next_is(r, SEQUENCE, &e) || !next_is(&e.body, OID, &oid))
        return 0;
    put_oid(sink, X509_ALGORITHM, PART_OTHER, oid.body, text);
    return 1;
}

/* UTF-16 without pairs, as UTF-8. */
static void put_bmp(const struct tls_x509_sink *sink, enum tls_x509_part part, const char *oid,
                    struct tls_reader r)
{
    uint8_t text[3 * BMP_MOST];
    size_t n = 0;

    while (r.n >= 2 && n + 3 <= sizeof(text)) {
        const uint32_t c = tls_take(&r, 2);

        if (c < 0x80) {
            text[n++] = (uint8_t)c;
        } else if (c < 0x800) {
            text[n++] = (uint8_t)(0xc0 | c >> 6);
            text[n++] = (uint8_t)(0x80 | (c & 0x3f));
        } else {
            text[n++] = (uint8_t)(0xe0 | c >> 12);
            text[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            text[n++] = (uint8_t)(0x80 | (c & 0x3f));
        }
    }
    sink->bytes(sink->context, X509_BMP, part, oid, text, n);
}

/* The country, and that of the jurisdiction (extended validation). */
static int is_country(const char *oid)
{
    return strcmp(oid, "2.5.4.6") == 0 || strcmp(oid, "1.3.6.1.4.1.311.60.2.1.3") == 0;
}

static void put_attribute(const struct tls_x509_sink *sink, enum tls_x509_part part,
                          const char *oid, const struct element *value)
{
    enum tls_x509 what;

    switch (value->tag) {
    case UTF8:
        what = X509_UTF8;
        break;
    case PRINTABLE:
        if (strcmp(oid, "2.5.4.5") == 0) /* a serial number of the subject is no name */
            return;
        what = is_country(oid) ? X509_COUNTRY : X509_PRINTABLE;
        break;
    case TELETEX:
        what = X509_TELETEX;
        break;
    case BMP:
        put_bmp(sink, part, oid, value->body);
        return;
    default:
        return;
    }
    sink->bytes(sink->context, what, part, oid, value->body.p, value->body.n);
}

int tls_x509_name(struct tls_reader der, enum tls_x509_part part, const struct tls_x509_sink *sink)
{
    struct element name, set, pair, oid, value;
    char text[OID_TEXT];

    if (!next_is(&der, SEQUENCE, &name))
        return 0;
    while (name.body.n) {
        if (!next_is(&name.body, SET, &set))
            return 0;
        while (set.body.n) {
            if (!next_is(&set.body, SEQUENCE, &pair) || !next_is(&pair.body, OID, &oid) ||
                !next(&pair.body, &value))
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
static int read_time(const struct element *e, int64_t *ret)
{
    struct tls_reader r = e->body;
    int64_t century = 0, year, month, day, hour, minute, second = 0, seconds;

    if (e->tag == GENERALIZED && !two_digits(&r, &century))
        return 0;
    if (!two_digits(&r, &year) || !two_digits(&r, &month) || !two_digits(&r, &day) ||
        !two_digits(&r, &hour) || !two_digits(&r, &minute))
        return 0;
    if (r.n >= 2 && !two_digits(&r, &second))
        return 0;
    if (e->tag == UTC)
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
    struct element e;
    int64_t time;

    if (!next(r, &e) || (e.tag != UTC && e.tag != GENERALIZED))
        return 0;
    /* Years that nanoseconds cannot hold have no value; the rest of the certificate has. */
    if (read_time(&e, &time))
        sink->number(sink->context, e.tag == UTC ? X509_UTC_TIME : X509_GENERALIZED_TIME, part,
                     time);
    return 1;
}

/* subjectAltName: the DNS names. */
static void put_alternatives(struct tls_reader octets, const struct tls_x509_sink *sink)
{
    struct element names, name;

    if (!next_is(&octets, SEQUENCE, &names))
        return;
    while (next(&names.body, &name))
        if (name.tag == 0x82)
            sink->bytes(sink->context, X509_DNS_NAME, PART_SUBJECT, NULL, name.body.p, name.body.n);
}

static int put_extensions(struct tls_reader r, const struct tls_x509_sink *sink)
{
    static const uint8_t subject_alt_name[] = {0x55, 0x1d, 0x11};
    struct element all, extension, oid, value;

    if (!next_is(&r, SEQUENCE, &all))
        return 0;
    while (all.body.n) {
        if (!next_is(&all.body, SEQUENCE, &extension) || !next_is(&extension.body, OID, &oid) ||
            !next(&extension.body, &value))
            return 0;
        if (value.tag == BOOLEAN && !next(&extension.body, &value))
            return 0;
        if (oid.body.n == sizeof(subject_alt_name) &&
            memcmp(oid.body.p, subject_alt_name, sizeof(subject_alt_name)) == 0 &&
            value.tag == OCTETS)
            put_alternatives(value.body, sink);
    }
    return 1;
}

/* A Name with its head, from where r stands. */
static int put_name(struct tls_reader *r, enum tls_x509_part part, const struct tls_x509_sink *sink)
{
    const struct tls_reader whole = *r;
    struct element e;

    return next(r, &e) && tls_x509_name(whole, part, sink);
}

int tls_x509_read(struct tls_reader der, const struct tls_x509_sink *sink)
{
    struct element certificate, tbs, e, validity, key;

    if (!next_is(&der, SEQUENCE, &certificate) || !next_is(&certificate.body, SEQUENCE, &tbs) ||
        !next(&tbs.body, &e))
        return 0;
    if (e.tag == 0xa0) {
        struct element version;

        if (next_is(&e.body, INTEGER, &version) && version.body.n == 1)
            sink->number(sink->context, X509_VERSION, PART_OTHER, version.body.p[0]);
        if (!next(&tbs.body, &e))
            return 0;
    }
    if (e.tag != INTEGER)
        return 0;
    sink->bytes(sink->context, X509_SERIAL, PART_OTHER, NULL, e.body.p, e.body.n);
    if (!put_algorithm(&tbs.body, sink) || !put_name(&tbs.body, PART_ISSUER, sink) ||
        !next_is(&tbs.body, SEQUENCE, &validity) ||
        !put_time(&validity.body, PART_NOT_BEFORE, sink) ||
        !put_time(&validity.body, PART_NOT_AFTER, sink) ||
        !put_name(&tbs.body, PART_SUBJECT, sink) || !next_is(&tbs.body, SEQUENCE, &key) ||
        !put_algorithm(&key.body, sink))
        return 0;
    while (tbs.body.n) {
        if (!next(&tbs.body, &e))
            return 0;
        if (e.tag == 0xa3 && !put_extensions(e.body, sink))
            return 0;
    }
    return put_algorithm(&certificate.body, sink);
}
