/* Lists of keys with values: EDNS options, the parameters of SVCB and HTTPS, what stateful
 * operations say.
 * Knows nothing of packets. */
#include "layout.h"

#include <string.h>

enum {
    O_DAU = 5,
    O_DHU = 6,
    O_N3U = 7,
    O_SUBNET = 8,
    O_COOKIE = 10,
    O_KEEPALIVE = 11,
    O_PADDING = 12,
    O_CHAIN = 13,
    O_ERROR = 15,
    P_MANDATORY = 0,
    P_ALPN = 1,
    P_PORT = 3,
    P_IPV4 = 4,
    P_ECH = 5,
    P_IPV6 = 6,
    P_ODOH = 32769,
    FAMILY_IP4 = 1,
    FAMILY_IP6 = 2,
    COOKIE_BYTES = 8
};

static void put_each(trawl_sink *sink, uint32_t field, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        dns_put(sink, field, p[i]);
}

static const char *put_subnet(trawl_sink *sink, const uint8_t *p, uint32_t n)
{
    uint8_t address[16] = {0};
    uint32_t family, n_most;

    if (n >= 2)
        dns_put(sink, F_OPT_FAMILY, dns_u16(p));
    if (n >= 3)
        dns_put(sink, F_OPT_NETMASK, p[2]);
    if (n < 4)
        return "client subnet option ends too early";
    family = dns_u16(p);
    dns_put(sink, F_OPT_SCOPE, p[3]);
    n -= 4;
    if (family != FAMILY_IP4 && family != FAMILY_IP6) {
        if (n)
            sink->put_bytes(sink, F_OPT_ADDR, p + 4, n);
        return NULL;
    }
    n_most = family == FAMILY_IP4 ? 4 : 16;
    memcpy(address, p + 4, n < n_most ? n : n_most);
    sink->put_bytes(sink, family == FAMILY_IP4 ? F_OPT_ADDR4 : F_OPT_ADDR6, address, n_most);
    return n > n_most ? "client subnet option is longer than an address" : NULL;
}

static const char *put_option(trawl_sink *sink, unsigned code, struct dns_part *part)
{
    const uint32_t n = part->end - part->at;
    const uint8_t *p = part->message->data + part->at;

    if (n == 0)
        return NULL;
    sink->put_bytes(sink, F_OPT_DATA, p, n);
    switch (code) {
    case O_DAU:
        put_each(sink, F_OPT_DAU, p, n);
        break;
    case O_DHU:
        put_each(sink, F_OPT_DHU, p, n);
        break;
    case O_N3U:
        put_each(sink, F_OPT_N3U, p, n);
        break;
    case O_SUBNET:
        return put_subnet(sink, p, n);
    case O_COOKIE:
        if (n < COOKIE_BYTES)
            return "cookie option ends too early";
        sink->put_bytes(sink, F_OPT_COOKIE, p, COOKIE_BYTES);
        if (n > COOKIE_BYTES)
            sink->put_bytes(sink, F_OPT_SERVER_COOKIE, p + COOKIE_BYTES, n - COOKIE_BYTES);
        break;
    case O_KEEPALIVE:
        if (n != 2)
            return "keepalive option is not of two bytes";
        dns_put(sink, F_OPT_KEEPALIVE, dns_u16(p));
        break;
    case O_PADDING:
        sink->put_bytes(sink, F_OPT_PADDING, p, n);
        break;
    case O_CHAIN:
        return dns_take_name(part, sink, F_OPT_CHAIN);
    case O_ERROR:
        if (n < 2)
            return "extended error option ends too early";
        dns_put(sink, F_OPT_ERROR, dns_u16(p));
        if (n > 2)
            sink->put_bytes(sink, F_OPT_ERROR_TEXT, p + 2, n - 2);
        break;
    default:
        break;
    }
    return NULL;
}

/* The next pair of a key and a value: the key and the value's length into fields; NULL or a fault.
 */
static const char *take_pair(struct dns_part *part, trawl_sink *sink, uint32_t key, uint32_t length,
                             unsigned *ret_key, struct dns_part *ret)
{
    const uint8_t *p = dns_take(part, 4);

    if (!p)
        return DNS_DATA_ENDS;
    *ret_key = dns_u16(p);
    dns_put(sink, key, *ret_key);
    dns_put(sink, length, dns_u16(p + 2));
    *ret = (struct dns_part){part->message, part->at, part->at + dns_u16(p + 2), NULL};
    return dns_take(part, dns_u16(p + 2)) ? NULL : DNS_DATA_ENDS;
}

/* Pairs up to the end. A value that is not well does not keep from the next; the first fault. */
static const char *put_pairs(trawl_sink *sink, struct dns_part *part, uint32_t key, uint32_t length,
                             const char *(*put)(trawl_sink *sink, unsigned code,
                                                struct dns_part *value))
{
    const char *fault = NULL;

    while (part->at < part->end) {
        struct dns_part value;
        unsigned code;
        const char *what = take_pair(part, sink, key, length, &code, &value);

        if (what)
            return fault ? fault : what;
        what = put(sink, code, &value);
        fault = fault ? fault : value.fault ? value.fault : what;
    }
    return fault;
}

const char *dns_put_options(trawl_sink *sink, struct dns_part *part)
{
    return put_pairs(sink, part, F_OPT_CODE, F_OPT_LEN, put_option);
}

static const char *put_alpn(trawl_sink *sink, struct dns_part *part)
{
    while (part->at < part->end) {
        const unsigned n = *dns_take(part, 1);
        const uint8_t *p = dns_take(part, n);

        dns_put(sink, F_SVCB_ALPN_LENGTH, n);
        if (!p)
            return DNS_DATA_ENDS;
        sink->put_bytes(sink, F_SVCB_ALPN, p, n);
    }
    return NULL;
}

static const char *put_parameter(trawl_sink *sink, unsigned key, struct dns_part *part)
{
    const uint32_t n = part->end - part->at;
    const uint8_t *p = part->message->data + part->at;
    const uint32_t n_address = key == P_IPV4 ? 4 : 16;

    switch (key) {
    case P_MANDATORY:
        for (uint32_t i = 0; i + 2 <= n; i += 2)
            dns_put(sink, F_SVCB_MANDATORY, dns_u16(p + i));
        return n % 2 ? DNS_DATA_ENDS : NULL;
    case P_ALPN:
        return put_alpn(sink, part);
    case P_PORT:
        if (n < 2)
            return DNS_DATA_ENDS;
        dns_put(sink, F_SVCB_PORT, dns_u16(p));
        return NULL;
    case P_IPV4:
    case P_IPV6:
        for (uint32_t i = 0; i + n_address <= n; i += n_address)
            sink->put_bytes(sink, key == P_IPV4 ? F_SVCB_IPV4 : F_SVCB_IPV6, p + i, n_address);
        return n % n_address ? DNS_DATA_ENDS : NULL;
    case P_ECH:
    case P_ODOH:
        if (n)
            sink->put_bytes(sink, key == P_ECH ? F_SVCB_ECH : F_SVCB_ODOH, p, n);
        return NULL;
    default:
        if (n)
            sink->put_bytes(sink, F_SVCB_VALUE, p, n);
        return NULL;
    }
}

const char *dns_put_service(trawl_sink *sink, struct dns_part *part)
{
    static const struct step head[] = {{U16, F_SVCB_PRIORITY}, {NAME, F_SVCB_TARGET}, {DONE, 0}};
    const char *fault = dns_put_steps(sink, part, head);

    return fault ? fault : put_pairs(sink, part, F_SVCB_KEY, F_SVCB_LENGTH, put_parameter);
}

static const char *put_stateful(trawl_sink *sink, unsigned kind, struct dns_part *part)
{
    static const struct step kinds[][3] = {
        {{REST, F_DSO_DATA}}, /* what is not known */
        {{U32, F_DSO_INACTIVITY}, {U32, F_DSO_INTERVAL}},
        {{U32, F_DSO_RETRY}},
        {{REST, F_DSO_PADDING}},
    };

    return dns_put_steps(sink, part, kinds[kind < TRAWL_COUNT(kinds) ? kind : 0]);
}

const char *dns_put_stateful(trawl_sink *sink, struct dns_walk *walk)
{
    struct dns_part part = {walk->message, walk->at, walk->message->n, NULL};

    walk->at = part.end;
    return put_pairs(sink, &part, F_DSO_TYPE, F_DSO_LENGTH, put_stateful);
}
