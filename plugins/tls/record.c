/* Records: where a message ends in the byte stream, and the records within a message.
 * Must not know fields or tables. */
#include "tls.h"

#include <string.h>

enum { RECORDS_MOST = 256, HANDSHAKES_MOST = 256 }; /* in one chain of records */

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

/* 0: these bytes are no handshake messages. */
static int chain_add(struct tls_chain *c, struct tls_reader body)
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
            if (c->left > TLS_HANDSHAKE_MOST || c->n_ended >= HANDSHAKES_MOST)
                return 0;
        }
        n = c->left < body.n ? c->left : (uint32_t)body.n;
        tls_sub(&body, n);
        c->left -= n;
        if (c->left == 0) {
            c->n_head = 0;
            c->n_ended++;
        }
    }
    c->n_records++;
    return 1;
}

/* Bytes that are there of the message at hand. */
static uint32_t chain_bytes(const struct tls_chain *c)
{
    const uint32_t length = (uint32_t)c->head[1] << 16 | (uint32_t)c->head[2] << 8 | c->head[3];

    return c->n_head < 4 ? c->n_head : 4 + length - c->left;
}

/* TLS 1.3 is what the ServerHello's supported_versions says. */
static int says_tls13(struct tls_reader handshakes)
{
    struct tls_handshake h;
    struct tls_hello hello;
    struct tls_reader body;
    uint32_t version;

    if (!tls_handshake_next(&handshakes, &h) || h.type != 2)
        return 0;
    tls_hello_read(h.body, 1, &hello);
    if (!tls_extension_find(&hello, 43, &body))
        return hello.version >> 8 == 0x7f; /* drafts up to 21 */
    version = tls_take(&body, 2);
    return version == 0x0304 || version >> 8 == 0x7f || version >> 8 == 0xfb; /* 0xfb: Facebook's */
}

/* Does a ClientHello announce early data (RFC 8446 section 4.2.10)? */
static int says_early(struct tls_reader handshakes)
{
    struct tls_handshake h;
    struct tls_hello hello;
    struct tls_reader body;

    if (!tls_handshake_next(&handshakes, &h) || h.type != 1)
        return 0;
    tls_hello_read(h.body, 0, &hello);
    return tls_extension_find(&hello, 42, &body);
}

/* The bytes of several records behind each other, without the first skip. */
static size_t put_together(struct tls_reader r, size_t skip, uint8_t *to, size_t room)
{
    struct tls_record record;
    size_t n = 0;

    while (n < room && tls_record_next(&r, &record)) {
        const size_t old = skip < record.body.n ? skip : record.body.n;
        const size_t left = record.body.n - old, more = left < room - n ? left : room - n;

        memcpy(to + n, record.body.p + old, more);
        skip -= old;
        n += more;
    }
    return n;
}

/* Of a hello over several records its first bytes are enough: key shares are what may be long. */
static int says_tls13_over(const trawl_layer *payload, size_t n)
{
    uint8_t hello[4096];
    const struct tls_reader records = {.p = payload->data - payload->seen, .n = payload->seen + n};

    if (records.n <= TLS_HEAD || records.p[TLS_HEAD] != 2)
        return 0;
    return says_tls13(
        (struct tls_reader){.p = hello, .n = put_together(records, 0, hello, sizeof(hello))});
}

static int64_t told(struct tls_state *state, unsigned direction, uint32_t more, int64_t length)
{
    state->begun[direction] = 1;
    state->mark = (state->tls13 ? TLS_MARK_13 : 0u) |
                  (state->encrypted[direction] ? TLS_MARK_ENCRYPTED : 0u) | more;
    return length;
}

/* A record of length bytes, after which the chain stands so; before it n_ended messages had. */
static int64_t told_handshake(struct tls_state *state, unsigned direction,
                              const struct tls_chain *chain, unsigned n_ended, int64_t length)
{
    const int goes_on = chain->n_head && chain->n_records < RECORDS_MOST;
    const uint32_t inside = chain->n_ended == n_ended ? TLS_MARK_INSIDE : 0;
    const uint32_t n_before = chain_bytes(&state->chain[direction]) << TLS_MARK_SHIFT;

    state->chain[direction] = *chain;
    told(state, direction, n_before | (goes_on ? TLS_MARK_ON | inside : 0), length);
    return goes_on ? TRAWL_MESSAGE_ON(length) : length;
}

/* The record at hand should go on with a handshake message. */
static int64_t goes_on(struct tls_state *state, const trawl_layer *payload)
{
    const unsigned direction = payload->direction & 1;
    struct tls_reader r = {.p = payload->data, .n = payload->cap_len};
    struct tls_chain chain = state->chain[direction];
    const unsigned n_ended = chain.n_ended;
    struct tls_record record;

    if (r.n && r.p[0] != TLS_HANDSHAKE)
        return TRAWL_MESSAGE_BEFORE;
    /* Its rest may never come. */
    told(state, direction, chain_bytes(&chain) << TLS_MARK_SHIFT, 0);
    if (r.n < TLS_HEAD)
        return TRAWL_MESSAGE_MORE;
    if (!tls_record_next(&r, &record) || record.length == 0 || record.length > TLS_RECORD_MOST)
        return TRAWL_MESSAGE_BEFORE;
    if (record.body.bad) /* not there yet */
        return TRAWL_MESSAGE_MORE;
    if (!chain_add(&chain, record.body))
        return TRAWL_MESSAGE_BEFORE;
    if (payload->seen && !n_ended && chain.n_ended &&
        says_tls13_over(payload, TLS_HEAD + (size_t)record.length))
        state->tls13 = 1;
    return told_handshake(state, direction, &chain, n_ended, TLS_HEAD + (int64_t)record.length);
}

/* A record of handshake messages that a chain may begin with. */
static int64_t begins(struct tls_state *state, unsigned direction, const struct tls_record *record)
{
    struct tls_chain chain = {0};
    const int64_t length = TLS_HEAD + (int64_t)record->length;
    struct tls_reader body = record->body;

    if (body.bad)
        return tls_handshake_is_known(body.n ? body.p[0] : 0) ? TRAWL_MESSAGE_MORE
                                                              : told(state, direction, 0, length);
    if (says_tls13(body))
        state->tls13 = 1;
    if (says_early(body))
        state->early[direction] = 1;
    state->chain[direction] = chain;
    if (!chain_add(&chain, body))
        return told(state, direction, 0, length);
    return told_handshake(state, direction, &chain, 0, length);
}

int64_t tls_message(void *state_, const trawl_layer *payload)
{
    struct tls_state *state = state_;
    const unsigned direction = payload->direction & 1;
    struct tls_reader r = {.p = payload->data, .n = payload->cap_len};
    struct tls_record record;
    int64_t length;

    if (payload->flags & TRAWL_LAYER_CONTINUED)
        return goes_on(state, payload);
    if (r.n && r.p[0] & 0x80 && !state->begun[direction]) {
        length = ssl2_length(r.p, r.n);
        return length > 0 ? told(state, direction, TLS_MARK_SSL2, length) : length;
    }
    if (r.n && (r.p[0] < TLS_CCS || r.p[0] > TLS_HEARTBEAT))
        return TRAWL_MESSAGE_FOREIGN;
    if (r.n < TLS_HEAD)
        return r.n > 1 && r.p[1] != 3 && r.p[1] != 0x7f ? TRAWL_MESSAGE_FOREIGN
                                                        : TRAWL_MESSAGE_MORE;
    if (!tls_record_next(&r, &record) || record.length > TLS_RECORD_MOST)
        return TRAWL_MESSAGE_FOREIGN;
    if (record.type == TLS_HANDSHAKE && !state->encrypted[direction])
        return begins(state, direction, &record);
    told(state, direction, record.type == TLS_DATA && state->early[direction] ? TLS_MARK_13 : 0, 0);
    if (record.type == TLS_CCS)
        state->encrypted[direction] = 1; /* what follows */
    return TLS_HEAD + (int64_t)record.length;
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

/* What the records ahead of end hold. */
static size_t bytes_before(struct tls_reader r, const uint8_t *end)
{
    struct tls_record record;
    size_t n = 0;

    while (r.p < end && tls_record_next(&r, &record))
        n += record.body.n;
    return n;
}

int tls_handshakes_open(const trawl_layer *message, struct tls_handshakes *ret)
{
    const struct tls_reader all = {.p = message->data - message->seen,
                                   .n = (size_t)message->seen + message->cap_len};
    struct tls_reader r = all;
    struct tls_record record;
    size_t n_all;

    *ret = (struct tls_handshakes){.goes_on = message->mark & TLS_MARK_ON &&
                                              !(message->flags & TRAWL_LAYER_PARTIAL)};
    if (message->mark & TLS_MARK_SSL2 || !tls_record_next(&r, &record) ||
        record.type != TLS_HANDSHAKE)
        return 0;
    if (ret->goes_on && message->mark & TLS_MARK_INSIDE)
        return 0;
    ret->bytes = record.body;
    ret->bytes.bad = 0;
    if (r.n >= TLS_HEAD) {
        const size_t n_before = bytes_before(all, message->data);
        const size_t n_mine = message->mark >> TLS_MARK_SHIFT;

        ret->n_old = n_mine < n_before ? n_mine : n_before;
        n_all = ret->n_old + message->cap_len;
        ret->memory = host->alloc(n_all);
        if (!ret->memory)
            return TRAWL_E_NOMEM;
        ret->bytes.p = ret->memory;
        ret->bytes.n = put_together(all, n_before - ret->n_old, ret->memory, n_all);
    }
    ret->n_all = ret->bytes.n;
    if (tls_handshakes_fit(ret->bytes))
        return 1;
    /* Encrypted, cut, or wrong: a first message of a plausible length tells, or what there is of
     * the head of one that goes on. */
    r = ret->bytes;
    if (!(message->mark & TLS_MARK_ENCRYPTED) && r.n && tls_handshake_is_known(r.p[0]) &&
        (r.n >= 4 ? r.p[0] != 0 && r.p[1] <= TLS_HANDSHAKE_MOST >> 16 : ret->goes_on))
        return 1;
    tls_handshakes_close(ret);
    return 0;
}

int tls_handshakes_take(struct tls_handshakes *hs, struct tls_handshake *ret)
{
    while (hs->bytes.n && tls_handshake_is_known(hs->bytes.p[0])) {
        struct tls_reader r = hs->bytes;

        if (!tls_handshake_next(&r, ret) || (r.bad && hs->goes_on))
            return 0;
        hs->bytes = r;
        if (r.bad || hs->n_all - r.n > hs->n_old)
            return 1;
    }
    return 0;
}

int tls_handshakes_are_cut(const struct tls_handshakes *hs)
{
    return !hs->goes_on && (hs->bytes.bad || hs->bytes.n);
}

void tls_handshakes_close(struct tls_handshakes *hs)
{
    host->free(hs->memory);
    hs->memory = NULL;
}
