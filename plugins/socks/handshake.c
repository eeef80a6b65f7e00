/* Tells how long each message of a SOCKS handshake is, and when it is over.
 * Knows neither fields nor the host. */
#include "handshake.h"

#include <string.h>

enum {
    METHODS_MOST = 16, /* in a first message on any port: nobody offers more */
    USER_MOST = 512,
    PASSWORD = 2,
    NONE = 0,
    CONNECT = 1,
    BIND = 2,
    GRANTED = 90 /* version 4 */
};

/* Bytes up to and with the zero at or behind `from`; 0: it is not there yet; -1: it never comes. */
static int64_t up_to_zero(const trawl_layer *p, uint32_t from)
{
    const uint8_t *end;

    if (p->cap_len <= from)
        return 0;
    end = memchr(p->data + from, 0, p->cap_len - from);
    if (end)
        return end - p->data + 1;
    return p->cap_len - from > USER_MOST ? -1 : 0;
}

/* Version 4: user's name, and for 0.0.0.x the name of the host. */
static int64_t request4(const trawl_layer *p)
{
    static const uint8_t none[3];
    const int64_t n = up_to_zero(p, 8);

    if (n <= 0 || memcmp(p->data + 4, none, 3) != 0 || p->data[7] == 0)
        return n;
    return up_to_zero(p, (uint32_t)n);
}

/* Version 5: head, address, port. 0: more is needed; -1: no such kind of address. */
static int64_t with_address(const trawl_layer *p)
{
    if (p->cap_len < 5)
        return 0;
    switch (p->data[3]) {
    case 1:
        return 10;
    case 3:
        return 7 + p->data[4];
    case 4:
        return 22;
    default:
        return -1;
    }
}

static int64_t password(const trawl_layer *p)
{
    uint32_t n;

    if (p->cap_len < 2)
        return 0;
    n = 2 + (uint32_t)p->data[1];
    return p->cap_len <= n ? 0 : n + 1 + p->data[n];
}

static int64_t from_client(struct socks_state *s, const trawl_layer *p, enum socks_kind *ret)
{
    int64_t n;

    if (s->kind == SOCKS_NONE && p->data[0] == 4) {
        *ret = SOCKS4_REQUEST;
        n = request4(p);
        if (n > 0)
            s->command = p->data[1];
        s->done[s->client] = n > 0;
        return n;
    }
    if (s->kind == SOCKS_NONE) {
        *ret = SOCKS5_METHODS;
        return p->data[0] != 5 ? -1 : p->cap_len < 2 ? 0 : 2 + p->data[1];
    }
    if (p->data[0] == 1) {
        *ret = SOCKS5_PASSWORD;
        return s->method == PASSWORD ? password(p) : -1;
    }
    *ret = SOCKS5_REQUEST;
    n = p->data[0] == 5 ? with_address(p) : -1;
    if (n > 0) {
        s->command = p->data[1];
        s->done[s->client] = 1;
    }
    return n;
}

/* The proxy's answers. */
static int64_t from_proxy(struct socks_state *s, const trawl_layer *p, enum socks_kind *ret)
{
    const unsigned dir = !s->client;
    int64_t n;

    if (p->cap_len < 2)
        return 0;
    if (p->data[0] == 0) { /* version 4 answers with a zero */
        *ret = SOCKS4_REPLY;
        s->has_failed = p->data[1] != GRANTED;
        n = 8;
    } else if (p->data[0] == 1) {
        *ret = SOCKS5_STATUS;
        s->has_failed = p->data[1] != 0;
        return s->method == PASSWORD ? 2 : -1;
    } else if (p->data[0] != 5) {
        return -1;
    } else if (s->method == UINT8_MAX) {
        *ret = SOCKS5_METHOD;
        s->method = p->data[1];
        s->has_failed = s->method != NONE && s->method != PASSWORD;
        return 2;
    } else {
        *ret = SOCKS5_REPLY;
        n = with_address(p);
        s->has_failed = n > 0 && p->data[1] != 0;
    }
    if (n > 0)
        s->done[dir] = ++s->n_replies >= (s->command == BIND ? 2 : 1);
    return n;
}

int64_t socks_message(void *state, const trawl_layer *payload)
{
    struct socks_state *s = state;
    enum socks_kind kind = SOCKS_NONE;
    int64_t n;

    if (s->kind == SOCKS_NONE) {
        s->client = payload->direction;
        s->method = UINT8_MAX;
    }
    if (s->has_failed)
        return TRAWL_MESSAGE_FOREIGN;
    if (s->done[payload->direction])
        return s->command == CONNECT || s->command == BIND ? TRAWL_MESSAGE_HANDOVER
                                                           : TRAWL_MESSAGE_FOREIGN;
    n = payload->direction == s->client ? from_client(s, payload, &kind)
                                        : from_proxy(s, payload, &kind);
    if (n < 0)
        return TRAWL_MESSAGE_FOREIGN;
    if (n == 0)
        return TRAWL_MESSAGE_MORE;
    s->kind = kind;
    return n;
}

static int is_method(uint8_t method)
{
    return method <= 9 || method >= 0x80;
}

int socks_probe(const trawl_layer *payload)
{
    const uint8_t *p = payload->data;

    if (payload->carrier != 6 || payload->cap_len < 3)
        return 0;
    if (p[0] == 4)
        return (p[1] == CONNECT || p[1] == BIND) && payload->cap_len >= 9 &&
               request4(payload) == payload->cap_len;
    if (p[0] != 5 || p[1] == 0 || p[1] > METHODS_MOST || payload->cap_len != 2 + (uint32_t)p[1])
        return 0;
    for (uint32_t i = 2; i < payload->cap_len; i++)
        if (!is_method(p[i]))
            return 0;
    return 1;
}

int socks_hands_over(const trawl_layer *payload)
{
    (void)payload;
    return 1;
}
