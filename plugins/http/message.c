/* How long HTTP messages are in a byte stream, with what the connection asked for before.
 * Knows nothing of fields and tables. */
#include <string.h>

#include "head.h"
#include "http.h"

/* A first line that names the version: what tshark asks of other ports too. */
int http_probe(const trawl_layer *payload)
{
    struct http_head head;

    if (payload->carrier != 6 || http_head_read(payload->data, payload->cap_len, &head) != 1)
        return 0;
    return head.version.n >= 8 && memcmp(head.version.data, "HTTP/1.", 7) == 0;
}

int http_hands_over(const trawl_layer *payload)
{
    return payload->cap_len >= 8 && memcmp(payload->data, "CONNECT ", 8) == 0;
}

static int is_method(const struct http_head *head, const char *method)
{
    return head->method.n == strlen(method) &&
           memcmp(head->method.data, method, head->method.n) == 0;
}

/* What a response would answer. */
static enum http_awaits awaited(const struct http_state *s)
{
    return s->n ? (enum http_awaits)s->awaits[s->first] : HTTP_AWAITS_BODY;
}

/* The message is settled: remember what follows from it. */
static void settle(struct http_state *s, const struct http_head *head)
{
    if (head->kind != HTTP_RESPONSE) {
        const enum http_awaits awaits = is_method(head, "HEAD")      ? HTTP_AWAITS_HEAD
                                        : is_method(head, "CONNECT") ? HTTP_AWAITS_TUNNEL
                                                                     : HTTP_AWAITS_BODY;

        s->expecting = HTTP_EXPECTS_NOTHING;
        if (s->n < HTTP_PENDING_MOST)
            s->awaits[(s->first + s->n++) % HTTP_PENDING_MOST] = (uint8_t)awaits;
        return;
    }
    if (http_is_interim(head))
        return;
    s->tunnel = head->code == 101 || (head->code / 100 == 2 && awaited(s) == HTTP_AWAITS_TUNNEL);
    if (s->n) {
        s->first = (uint16_t)((s->first + 1) % HTTP_PENDING_MOST);
        s->n--;
    }
    if (s->n == 0 && s->expecting == HTTP_EXPECTS)
        s->expecting = HTTP_IS_ANSWERED;
}

static void note(struct http_state *s, unsigned direction, uint32_t mark)
{
    s->mark = s->marks[direction] = mark;
}

/* Chunks at data, ahead of which the message has head_n bytes that were not walked over yet. */
static int64_t after_chunks(struct http_state *s, unsigned direction, const uint8_t *data, size_t n,
                            uint64_t head_n)
{
    uint64_t walked, framing;
    const enum http_chunks found = http_chunks_walk(data, n, &walked, &framing);

    if (framing > HTTP_FRAMING_MOST - (s->marks[direction] & HTTP_FRAMING_MOST))
        framing = HTTP_FRAMING_MOST - (s->marks[direction] & HTTP_FRAMING_MOST);
    note(s, direction, s->marks[direction] + (uint32_t)framing);
    switch (found) {
    case HTTP_CHUNKS_END:
        return (int64_t)(head_n + walked);
    case HTTP_CHUNKS_GO_ON:
        return head_n + walked ? TRAWL_MESSAGE_ON(head_n + walked) : TRAWL_MESSAGE_MORE;
    case HTTP_CHUNKS_BAD:
        break;
    }
    return head_n + walked ? (int64_t)(head_n + walked) : TRAWL_MESSAGE_FOREIGN;
}

/* The request pauses ahead of its body, as it said it would. */
static int64_t pause_at(struct http_state *s, unsigned direction, uint32_t n_head, uint64_t n_body)
{
    s->expecting = HTTP_EXPECTS;
    s->asker = (uint8_t)direction;
    s->body = n_body;
    return TRAWL_MESSAGE_ON(n_head);
}

/* Do these bytes begin a request whose method and version are known, rather than a body of n_body
 * bytes (0: not told)? -1: they may yet. A word alone may be all of a short body. */
static int begins_request(const trawl_layer *payload, uint64_t n_body)
{
    struct http_head head;
    const int answer = http_head_read(payload->data, payload->cap_len, &head);

    if (answer < 0)
        return n_body && payload->cap_len >= n_body ? 0 : -1;
    if (answer == 0 || head.kind == HTTP_RESPONSE)
        return 0;
    if (head.version.n)
        return head.is_known;
    return memchr(payload->data, '\n', payload->cap_len) ? 0 : -1;
}

/* What follows the pause is the body, unless the response that came first was the final one: then
 * another request may be there instead (RFC 9110 section 10.1.1). */
static int64_t after_pause(struct http_state *s, unsigned direction, const trawl_layer *payload)
{
    const int begins = s->expecting == HTTP_IS_ANSWERED ? begins_request(payload, s->body) : 0;

    if (begins < 0)
        return TRAWL_MESSAGE_MORE;
    s->expecting = HTTP_EXPECTS_NOTHING;
    note(s, direction, s->marks[direction]);
    if (begins > 0)
        return TRAWL_MESSAGE_BEFORE;
    return s->body ? (int64_t)s->body
                   : after_chunks(s, direction, payload->data, payload->cap_len, 0);
}

int64_t http_message(void *state, const trawl_layer *payload)
{
    struct http_state *s = state;
    const unsigned dir = payload->direction != 0;
    struct http_head head;
    struct http_body body;
    int to_head, pauses;

    if (payload->flags & TRAWL_LAYER_CONTINUED && s->expecting && dir == s->asker)
        return after_pause(s, dir, payload);
    if (payload->flags & TRAWL_LAYER_CONTINUED)
        return after_chunks(s, dir, payload->data, payload->cap_len, 0);
    if (s->tunnel)
        return TRAWL_MESSAGE_HANDOVER;
    switch (http_head_read(payload->data, payload->cap_len, &head)) {
    case 0:
        return TRAWL_MESSAGE_FOREIGN;
    case 1:
        break;
    default:
        return TRAWL_MESSAGE_MORE;
    }
    if (!head.whole && head.n < HTTP_HEAD_MOST)
        return TRAWL_MESSAGE_MORE;
    to_head = awaited(s) == HTTP_AWAITS_HEAD ||
              (awaited(s) == HTTP_AWAITS_TUNNEL && head.code / 100 == 2);
    http_body_of(payload->data, &head, to_head, &body);
    note(s, dir, head.kind == HTTP_RESPONSE && s->n ? HTTP_MARK_ANSWERS : 0);
    settle(s, &head);
    if (!head.whole)
        return head.n;
    pauses = body.expects && head.kind == HTTP_REQUEST && payload->cap_len == head.n;
    switch (body.framing) {
    case HTTP_NO_BODY:
        break;
    case HTTP_BY_LENGTH:
        if (pauses)
            return pause_at(s, dir, head.n, body.length);
        return (int64_t)(head.n + body.length);
    case HTTP_CHUNKED:
        if (pauses)
            return pause_at(s, dir, head.n, 0);
        return after_chunks(s, dir, payload->data + head.n, payload->cap_len - head.n, head.n);
    case HTTP_UNTIL_CLOSE:
        return TRAWL_MESSAGE_REST;
    }
    return head.n;
}
