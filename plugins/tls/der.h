/* Elements of DER (X.690), one after the other. Must not know what they mean. */
#ifndef TLS_DER_H
#define TLS_DER_H

#include "tls.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_UTF8 = 0x0c,
    DER_PRINTABLE = 0x13,
    DER_TELETEX = 0x14,
    DER_IA5 = 0x16,
    DER_UTC = 0x17,
    DER_GENERALIZED = 0x18,
    DER_UNIVERSAL = 0x1c,
    DER_BMP = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

struct der {
    uint8_t tag;
    struct tls_reader body;
};

/** The next element; 0: there is none, or it runs beyond its place. */
static inline int der_next(struct tls_reader *r, struct der *ret)
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

static inline int der_is(struct tls_reader *r, uint8_t tag, struct der *ret)
{
    return der_next(r, ret) && ret->tag == tag;
}

#endif
