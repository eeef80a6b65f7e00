/* Reads MPTCP options byte by byte, every length checked first.
 * Knows nothing of connections, fields or tables. */
#include "option.h"

#include <string.h>

enum { KIND_END = 0, KIND_NOP = 1, KIND_MPTCP = 30 };

/* A place in an option of n bytes; a read beyond those that are there sets `cut` and gives 0. */
struct cursor {
    const uint8_t *p;
    size_t at, n, there;
    int cut;
};

static uint64_t take(struct cursor *c, size_t n)
{
    uint64_t x = 0;

    if (c->cut || c->there - c->at < n) {
        c->cut = 1;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        x = x << 8 | c->p[c->at + i];
    c->at += n;
    return x;
}

static const uint8_t *take_bytes(struct cursor *c, size_t n)
{
    const uint8_t *p = c->p + c->at;

    if (c->cut || c->there - c->at < n) {
        c->cut = 1;
        return NULL;
    }
    c->at += n;
    return p;
}

/* The value was read whole: say so. */
#define HAVE(option, cursor, bit) ((option)->have |= (cursor)->cut ? 0u : (uint32_t)(bit))

static void read_capable(struct mp_option *o, struct cursor *c)
{
    o->version = (uint8_t)(take(c, 1) & 0xf);
    HAVE(o, c, MP_HAVE_VERSION);
    o->flags = (uint8_t)take(c, 1);
    HAVE(o, c, MP_HAVE_FLAGS);
    /* 12: SYN (v0) and SYN/ACK; 20: third ACK; 22 and 24: with data (v1), without and with checksum
     */
    if (c->n != 12 && c->n != 20 && c->n != 22 && c->n != 24)
        return;
    o->sendkey = take(c, 8);
    HAVE(o, c, MP_HAVE_SENDKEY);
    if (c->n < 20)
        return;
    o->recvkey = take(c, 8);
    HAVE(o, c, MP_HAVE_RECVKEY);
    if (c->n < 22)
        return;
    o->length = (uint16_t)take(c, 2);
    HAVE(o, c, MP_HAVE_LENGTH);
    if (c->n < 24)
        return;
    o->checksum = (uint16_t)take(c, 2);
    HAVE(o, c, MP_HAVE_CHECKSUM);
}

static void read_join(struct mp_option *o, struct cursor *c)
{
    if (c->n == 24) {
        o->reserved = (uint16_t)(take(c, 2) & 0xfff);
        HAVE(o, c, MP_HAVE_RESERVED);
        o->hmac = take_bytes(c, 20);
        HAVE(o, c, MP_HAVE_HMAC);
        return;
    }
    if (c->n != 12 && c->n != 16)
        return;
    o->flags = (uint8_t)take(c, 1);
    HAVE(o, c, MP_HAVE_FLAGS);
    o->addrid = (uint8_t)take(c, 1);
    HAVE(o, c, MP_HAVE_ADDRID);
    if (c->n == 12) {
        o->recvtok = (uint32_t)take(c, 4);
        HAVE(o, c, MP_HAVE_RECVTOK);
    } else {
        o->trunc_hmac = take(c, 8);
        HAVE(o, c, MP_HAVE_TRUNC_HMAC);
    }
    o->sendrand = (uint32_t)take(c, 4);
    HAVE(o, c, MP_HAVE_SENDRAND);
}

static void read_dss(struct mp_option *o, struct cursor *c)
{
    take(c, 1);
    o->flags = (uint8_t)take(c, 1);
    HAVE(o, c, MP_HAVE_FLAGS);
    if (o->flags & MP_DSS_ACK) {
        o->ack = take(c, o->flags & MP_DSS_ACK8 ? 8 : 4);
        HAVE(o, c, MP_HAVE_ACK);
    }
    if (!(o->flags & MP_DSS_MAP))
        return;
    o->dsn = take(c, o->flags & MP_DSS_DSN8 ? 8 : 4);
    HAVE(o, c, MP_HAVE_DSN);
    o->ssn = (uint32_t)take(c, 4);
    HAVE(o, c, MP_HAVE_SSN);
    o->length = (uint16_t)take(c, 2);
    HAVE(o, c, MP_HAVE_LENGTH);
    if (!c->cut && c->n - c->at >= 2) {
        o->checksum = (uint16_t)take(c, 2);
        HAVE(o, c, MP_HAVE_CHECKSUM);
    }
}

static void read_add_addr(struct mp_option *o, struct cursor *c)
{
    size_t n = c->n;

    o->ipver = (uint8_t)(take(c, 1) & 0xf);
    if (o->ipver == 4 || o->ipver == 6) {
        HAVE(o, c, MP_HAVE_IPVER);
    } else {
        o->echo = o->ipver & 1;
        HAVE(o, c, MP_HAVE_ECHO);
    }
    o->addrid = (uint8_t)take(c, 1);
    HAVE(o, c, MP_HAVE_ADDRID);
    if (n == 8 || n == 10 || n == 16 || n == 18) {
        o->address = take_bytes(c, 4);
        HAVE(o, c, MP_HAVE_IPV4);
    } else if (n == 20 || n == 22 || n == 28 || n == 30) {
        o->address = take_bytes(c, 16);
        HAVE(o, c, MP_HAVE_IPV6);
    }
    if (n == 10 || n == 18 || n == 22 || n == 30) {
        o->port = (uint16_t)take(c, 2);
        HAVE(o, c, MP_HAVE_PORT);
    }
    if (n == 16 || n == 18 || n == 28 || n == 30) {
        o->addr_hmac = take(c, 8);
        HAVE(o, c, MP_HAVE_ADDR_HMAC);
    }
}

static void read_rest(struct mp_option *o, struct cursor *c)
{
    switch (o->subtype) {
    case MP_REMOVE_ADDR:
        take(c, 1);
        o->n_removed = (uint8_t)(c->there - c->at);
        o->removed = c->p + c->at;
        break;
    case MP_PRIO:
        o->flags = (uint8_t)take(c, 1);
        HAVE(o, c, MP_HAVE_FLAGS);
        if (c->n == 4) {
            o->addrid = (uint8_t)take(c, 1);
            HAVE(o, c, MP_HAVE_ADDRID);
        }
        break;
    case MP_FAIL:
    case MP_FASTCLOSE:
        o->reserved = (uint16_t)(take(c, 2) & 0xfff);
        HAVE(o, c, MP_HAVE_RESERVED);
        if (o->subtype == MP_FAIL) {
            o->dsn = take(c, 8);
            HAVE(o, c, MP_HAVE_DSN);
        } else {
            o->recvkey = take(c, 8);
            HAVE(o, c, MP_HAVE_RECVKEY);
        }
        break;
    case MP_TCPRST:
        o->flags = (uint8_t)take(c, 1);
        HAVE(o, c, MP_HAVE_FLAGS);
        o->reason = (uint8_t)take(c, 1);
        HAVE(o, c, MP_HAVE_REASON);
        break;
    default:
        break;
    }
}

int mp_option_read(const uint8_t *p, size_t n, struct mp_option *ret)
{
    return mp_option_read_cut(p, n, n, ret);
}

int mp_option_read_cut(const uint8_t *p, size_t n, size_t there, struct mp_option *ret)
{
    struct cursor c = {p, 2, n, there, there < 3};

    memset(ret, 0, sizeof(*ret));
    if (c.cut)
        return 0;
    ret->subtype = (uint8_t)(p[2] >> 4);
    ret->have = MP_HAVE_SUBTYPE;
    switch (ret->subtype) {
    case MP_CAPABLE:
        read_capable(ret, &c);
        break;
    case MP_JOIN:
        read_join(ret, &c);
        break;
    case MP_DSS:
        read_dss(ret, &c);
        break;
    case MP_ADD_ADDR:
        read_add_addr(ret, &c);
        break;
    default:
        read_rest(ret, &c);
        break;
    }
    return !c.cut;
}

size_t mp_option_next(const uint8_t *header, size_t n, size_t *at, const uint8_t **ret, int *cut)
{
    size_t end, header_end;

    *cut = 0;
    *ret = NULL;
    if (n < 20)
        return 0;
    end = header_end = (size_t)(header[12] >> 4) * 4;
    if (end > n)
        end = n;
    while (*at < end) {
        size_t length;

        if (header[*at] == KIND_END)
            return 0;
        if (header[*at] == KIND_NOP) {
            ++*at;
            continue;
        }
        if (end - *at < 2) {
            *cut = 1;
            return 0;
        }
        length = header[*at + 1];
        if (length < 2 || length > end - *at) {
            *cut = 1;
            if (header[*at] == KIND_MPTCP && length <= header_end - *at)
                *ret = header + *at;
            return 0;
        }
        *at += length;
        if (header[*at - length] == KIND_MPTCP) {
            *ret = header + *at - length;
            return length;
        }
    }
    return 0;
}
