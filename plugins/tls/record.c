/* Records: where a message ends in the byte stream, and the records within a message.
 * Must not know fields or tables. */
#include "tls.h"

#include <string.h>

enum { RECORDS_MOST = 64, HANDSHAKES_MOST = 64 }; /* looked at to find a handshake message's end */

static int is_version(uint32_t version)
{
    return (version >= 0x0300 && version <= 0x0304) || version >> 8 == 0x7f;
}

int tls_record_next(struct tls_reader *r, struct tls_record *ret)
{
    if (r->n < TLS_HEAD)
        return 0;
    ret->type = (uint8_t)tls_take(r, 1);
    ret->version = (uint16_t)tls_take(r, 2);
    ret->length = tls_take(r, 2);
    if (ret->type < TLS_CCS || ret->type > TLS_HEARTBEAT || !is_version(ret->version))
        return 0;
    ret->body = tls_sub(r, ret->length);
    return 1;
}

/* A hello in the form of SSL 2.0 (RFC 5246 appendix E.2): its length, 0: it is none. */
static int64_t ssl2_length(const uint8_t *p, size_t n)
{
    uint32_t version;

    if (n < 5)
        return n == 0 || (p[0] & 0x80 && (n < 3 || p[2] == 1 || p[2] == 4)) ? TRAWL_MESSAGE_MORE
                                                                            : TRAWL_MESSAGE_FOREIGN;
    if (!(p[0] & 0x80))
        return TRAWL_MESSAGE_FOREIGN;
    version = p[2] == 1 ? (uint32_t)p[3] << 8 | p[4] : 0;
    if (p[2] == 4 && n < 7)
        return TRAWL_MESSAGE_MORE;
    if (p[2] == 4)
        version = (uint32_t)p[5] << 8 | p[6];
    if (version != 0x0002 && !(is_version(version) && p[2] == 1))
        return TRAWL_MESSAGE_FOREIGN;
    return 2 + ((int64_t)(p[0] & 0x7f) << 8 | p[1]);
}

int tls_handshake_is_known(uint8_t type)
{
    static const uint8_t known[256] = {
        [0] = 1,  [1] = 1,  [2] = 1,  [3] = 1,  [4] = 1,  [5] = 1,  [6] = 1,  [8] = 1,
        [11] = 1, [12] = 1, [13] = 1, [14] = 1, [15] = 1, [16] = 1, [20] = 1, [21] = 1,
        [22] = 1, [23] = 1, [24] = 1, [25] = 1, [67] = 1, [254] = 1};
    return known[type];
}

int tls_handshake_next(struct tls_reader *r, struct tls_handshake *ret)
{
    if (r->n < 4)
        return 0;
    ret->type = (uint8_t)tls_take(r, 1);
    ret->length = tls_take(r, 3);
    ret->body = tls_sub(r, ret->length);
    return 1;
}

int tls_handshakes_fit(struct tls_reader r)
{
    struct tls_handshake h;

    if (r.n == 0)
        return 0;
    while (r.n) {
        if (!tls_handshake_next(&r, &h) || r.bad || !tls_handshake_is_known(h.type))
            return 0;
    }
    return 1;
}

/* Where handshake messages stand within records: bytes of the message at hand still to come. */
struct chain {
    uint8_t head[4];
    unsigned n_head;
    uint32_t left;
    unsigned n_messages;
};

/* 0: these bytes are no handshake messages. */
static int chain_add(struct chain *c, struct tls_reader body)
{
    while (body.n) {
        uint32_t n;

        if (c->left == 0 && c->n_head < 4) {
            c->head[c->n_head++] = (uint8_t)tls_take(&body, 1);
            if (c->n_head == 1 && !tls_handshake_is_known(c->head[0]))
                return 0;
            if (c->n_head < 4)
                continue;
            c->left = (uint32_t)c->head[1] << 16 | (uint32_t)c->head[2] << 8 | c->head[3];
            if (c->left > TLS_HANDSHAKE_MOST || ++c->n_messages > HANDSHAKES_MOST)
                return 0;
        }
        n = c->left < body.n ? c->left : (uint32_t)body.n;
        tls_sub(&body, n);
        c->left -= n;
        if (c->left == 0)
            c->n_head = 0;
    }
    return 1;
}

/* Records from the first on that hold whole handshake messages; one alone when it is not clear. */
static int64_t handshake_length(const uint8_t *p, size_t n)
{
    struct tls_reader r = {.p = p, .n = n};
    struct chain chain = {0};
    struct tls_record record;
    int64_t length = 0;

    for (unsigned i = 0; i < RECORDS_MOST; i++) {
        const size_t before = r.n;

        if (before < TLS_HEAD && i > 0 && (before == 0 || r.p[0] == TLS_HANDSHAKE))
            return TRAWL_MESSAGE_MORE;
        if (!tls_record_next(&r, &record) || record.type != TLS_HANDSHAKE)
            return length;
        if (i > 0 && record.length == 0)
            return length;
        if (record.body.bad) /* the record itself is not there yet */
            return i == 0 && !tls_handshake_is_known(record.body.n ? record.body.p[0] : 0)
                       ? TLS_HEAD + (int64_t)record.length
                       : TRAWL_MESSAGE_MORE;
        length += TLS_HEAD + (int64_t)record.length;
        if (!chain_add(&chain, record.body))
            return i == 0 ? length : length - TLS_HEAD - (int64_t)record.length;
        if (chain.n_head == 0)
            return length;
    }
    return length;
}

/* TLS 1.3 is what the ServerHello's supported_versions says. */
static int says_tls13(struct tls_reader r)
{
    struct tls_record record;
    struct tls_handshake h;
    struct tls_hello hello;
    struct tls_reader body;
    uint32_t version;

    if (!tls_record_next(&r, &record) || !tls_handshake_next(&record.body, &h) || h.type != 2)
        return 0;
    tls_hello_read(h.body, 1, &hello);
    if (!tls_extension_find(&hello, 43, &body))
        return hello.version >> 8 == 0x7f; /* drafts up to 21 */
    version = tls_take(&body, 2);
    return version == 0x0304 || version >> 8 == 0x7f || version >> 8 == 0xfb; /* 0xfb: Facebook's */
}

static int64_t told(struct tls_state *state, unsigned direction, uint32_t more, int64_t length)
{
    state->begun[direction] = 1;
    state->mark = (state->tls13 ? TLS_MARK_13 : 0u) |
                  (state->encrypted[direction] ? TLS_MARK_ENCRYPTED : 0u) | more;
    return length;
}

int64_t tls_message(void *state_, const trawl_layer *payload)
{
    struct tls_state *state = state_;
    const unsigned direction = payload->direction & 1;
    struct tls_reader r = {.p = payload->data, .n = payload->cap_len}, head = r;
    struct tls_record record;
    int64_t length;

    if (r.n && r.p[0] & 0x80 && !state->begun[direction]) {
        length = ssl2_length(r.p, r.n);
        return length > 0 ? told(state, direction, TLS_MARK_SSL2, length) : length;
    }
    if (r.n && (r.p[0] < TLS_CCS || r.p[0] > TLS_HEARTBEAT))
        return TRAWL_MESSAGE_FOREIGN;
    if (r.n < TLS_HEAD)
        return r.n > 1 && r.p[1] != 3 && r.p[1] != 0x7f ? TRAWL_MESSAGE_FOREIGN
                                                        : TRAWL_MESSAGE_MORE;
    if (!tls_record_next(&head, &record) || record.length > TLS_RECORD_MOST)
        return TRAWL_MESSAGE_FOREIGN;
    length = TLS_HEAD + (int64_t)record.length;
    if (record.type == TLS_HANDSHAKE && !state->encrypted[direction]) {
        length = handshake_length(r.p, r.n);
        if (length <= 0)
            return length;
        if (says_tls13(r))
            state->tls13 = 1;
    }
    told(state, direction, 0, length);
    if (record.type == TLS_CCS)
        state->encrypted[direction] = 1; /* what follows */
    return length;
}

/* Records behind each other that TLS 1.0 to 1.3 may send, in a connection whose start is not there.
 */
static int is_chain(struct tls_reader r)
{
    struct tls_record record;

    while (r.n >= TLS_HEAD) {
        if (!tls_record_next(&r, &record) || record.version < 0x0301 || record.version > 0x0303 ||
            record.length == 0 || record.length > TLS_RECORD_MOST)
            return 0;
        if (record.type == TLS_CCS ? record.length != 1 : record.length < 2)
            return 0;
    }
    return 1;
}

/* A ClientHello or ServerHello, or records of a connection that goes on. */
int tls_probe(const trawl_layer *payload)
{
    struct tls_reader r = {.p = payload->data, .n = payload->cap_len};
    struct tls_record record;
    struct tls_handshake h;

    if (payload->carrier != 6)
        return 0;
    if (r.n >= 11 && r.p[0] & 0x80) {
        const uint32_t specs = (uint32_t)r.p[5] << 8 | r.p[6];

        return r.p[2] == 1 && ssl2_length(r.p, r.n) > 11 && specs >= 3 && specs % 3 == 0;
    }
    if (r.n >= TLS_HEAD && is_chain(r))
        return 1;
    if (!tls_record_next(&r, &record) || record.type != TLS_HANDSHAKE ||
        record.length > TLS_RECORD_MOST || !tls_handshake_next(&record.body, &h))
        return 0;
    return (h.type == 1 || h.type == 2) && h.length >= 38 && h.length <= TLS_HANDSHAKE_MOST &&
           h.body.n >= 2 && is_version((uint32_t)h.body.p[0] << 8 | h.body.p[1]);
}

/* The bytes of several records behind each other. */
static int put_together(struct tls_reader r, struct tls_reader *ret, void **ret_memory)
{
    struct tls_record record;
    uint8_t *memory = host->alloc(r.n);
    size_t n = 0;

    if (!memory)
        return 0;
    while (tls_record_next(&r, &record)) {
        memcpy(memory + n, record.body.p, record.body.n);
        n += record.body.n;
    }
    *ret = (struct tls_reader){.p = memory, .n = n};
    *ret_memory = memory;
    return 1;
}

int tls_handshake_bytes(const trawl_layer *message, struct tls_reader *ret, void **ret_memory)
{
    struct tls_reader r = {.p = message->data, .n = message->cap_len};
    const struct tls_reader all = r;
    struct tls_record record;

    *ret_memory = NULL;
    if (message->mark & TLS_MARK_SSL2 || !tls_record_next(&r, &record) ||
        record.type != TLS_HANDSHAKE)
        return 0;
    *ret = record.body;
    ret->bad = 0;
    if (r.n >= TLS_HEAD && !put_together(all, ret, ret_memory))
        return TRAWL_E_NOMEM;
    if (tls_handshakes_fit(*ret))
        return 1;
    /* Encrypted, cut, or wrong: a first message of a plausible length tells. */
    if (!(message->mark & TLS_MARK_ENCRYPTED) && ret->n >= 4 && ret->p[0] != 0 &&
        tls_handshake_is_known(ret->p[0]) && ret->p[1] <= TLS_HANDSHAKE_MOST >> 16)
        return 1;
    host->free(*ret_memory);
    *ret_memory = NULL;
    return 0;
}
