/* Pairs requests and responses of a connection in their order (RFC 9112 section 9.3.2).
 * Knows nothing of tables. */
#include "exchange.h"

#include <string.h>

struct turn {
    struct exchanges *x;
    trawl_call *call;
};

/* ---- memory ---- */

static int room_for(void **items, size_t n, size_t *capacity, size_t size, trawl_error *err)
{
    void *grown;

    if (n < *capacity)
        return TRAWL_OK;
    grown = host->realloc(*items, (*capacity ? *capacity * 2 : 64) * size);
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *items = grown;
    *capacity = *capacity ? *capacity * 2 : 64;
    return TRAWL_OK;
}

static int room_for_stream(struct connections *c, uint32_t stream, trawl_error *err)
{
    size_t n = c->n ? c->n : 64;
    uint32_t *first, *last;

    if (stream < c->n)
        return TRAWL_OK;
    while (n <= stream)
        n *= 2;
    first = host->realloc(c->first, n * sizeof(*first));
    if (first)
        c->first = first;
    last = host->realloc(c->last, n * sizeof(*last));
    if (last)
        c->last = last;
    if (!first || !last)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(first + c->n, 0xff, (n - c->n) * sizeof(*first));
    memset(last + c->n, 0xff, (n - c->n) * sizeof(*last));
    c->n = n;
    return TRAWL_OK;
}

static struct connections *connections_of(struct exchanges *x, const trawl_layer *message)
{
    return message->carrier == 6 ? &x->tcp : &x->udp;
}

static int keep(struct turn *turn, struct http_text from, struct http_text *ret, trawl_error *err)
{
    uint8_t *copy;

    ret->n = 0;
    if (!from.n)
        return TRAWL_OK;
    copy = host->call_alloc(turn->call, from.n);
    if (!copy)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memcpy(copy, from.data, from.n);
    *ret = (struct http_text){copy, from.n};
    return TRAWL_OK;
}

/* ---- one message ---- */

static struct http_text header_value(const trawl_layer *message, const struct http_head *head,
                                     const char *name)
{
    struct http_header header;
    uint32_t at = head->first_header;

    while (http_header_next(message->data, head, &at, &header))
        if (http_header_is(&header, name))
            return header.value;
    return (struct http_text){NULL, 0};
}

static void fill_half(struct half *half, const trawl_packet *packet, const trawl_layer *message,
                      const struct http_head *head)
{
    half->row = (uint32_t)packet->row;
    half->time_ns = packet->time_ns;
    half->head = head->n;
    half->body = http_body_bytes(message->data, head, message->len,
                                 message->mark & HTTP_FRAMING_MOST);
    half->partial = (message->flags & TRAWL_LAYER_LACKS) || !head->whole;
}

/* The next of its connection. Requests that wait are behind those that do not, without a gap. */
static int new_exchange(struct exchanges *x, const trawl_layer *message, struct exchange **ret,
                        trawl_error *err)
{
    struct connections *c = connections_of(x, message);
    const uint32_t i = (uint32_t)x->n, prev = c->last[message->stream];
    void *items = x->items;
    int rc = room_for(&items, x->n, &x->capacity, sizeof(*x->items), err);

    if (rc != TRAWL_OK)
        return rc;
    x->items = items;
    x->n++;
    *ret = &x->items[i];
    **ret = (struct exchange){.request.row = HTTP_NONE32,
                              .response.row = HTTP_NONE32,
                              .stream = message->stream,
                              .number = prev == HTTP_NONE32 ? 1 : x->items[prev].number + 1,
                              .prev = prev,
                              .next = HTTP_NONE32,
                              .is_udp = message->carrier != 6};
    if (prev != HTTP_NONE32)
        x->items[prev].next = i;
    c->last[message->stream] = i;
    return TRAWL_OK;
}

static int take_request(struct turn *turn, const trawl_packet *packet, const trawl_layer *message,
                        const struct http_head *head, uint32_t *ret_i, trawl_error *err)
{
    struct exchanges *x = turn->x;
    struct connections *c = connections_of(x, message);
    uint32_t i = c->first[message->stream];
    struct exchange *e;
    int rc = TRAWL_OK;

    if (i != HTTP_NONE32 && x->items[i].is_early) {
        e = &x->items[i];
        e->is_early = 0;
        c->first[message->stream] = HTTP_NONE32;
    } else {
        i = (uint32_t)x->n;
        rc = new_exchange(x, message, &e, err);
        if (rc != TRAWL_OK)
            return rc;
        if (c->first[message->stream] == HTTP_NONE32)
            c->first[message->stream] = i;
    }
    *ret_i = i;
    fill_half(&e->request, packet, message, head);
    e->client_port = message->src_port;
    e->server_port = message->dst_port;
    rc = keep(turn, head->method, &e->method, err);
    if (rc == TRAWL_OK)
        rc = keep(turn, head->uri, &e->uri, err);
    if (rc == TRAWL_OK)
        rc = keep(turn, head->version, &e->version, err);
    if (rc == TRAWL_OK)
        rc = keep(turn, header_value(message, head, "host"), &e->host, err);
    if (rc == TRAWL_OK)
        rc = keep(turn, header_value(message, head, "user-agent"), &e->user_agent, err);
    return rc;
}

static int take_response(struct turn *turn, const trawl_packet *packet, const trawl_layer *message,
                         const struct http_head *head, uint32_t *ret_i, trawl_error *err)
{
    struct exchanges *x = turn->x;
    struct connections *c = connections_of(x, message);
    uint32_t i = c->first[message->stream];
    struct exchange *e;
    int rc = TRAWL_OK;

    if (i != HTTP_NONE32 && !x->items[i].is_early) {
        e = &x->items[i];
        c->first[message->stream] = e->next;
    } else {
        const int is_first = i == HTTP_NONE32;

        i = (uint32_t)x->n;
        rc = new_exchange(x, message, &e, err);
        if (rc != TRAWL_OK)
            return rc;
        e->client_port = message->dst_port;
        e->server_port = message->src_port;
        e->is_early = is_first && message->mark & HTTP_MARK_ANSWERS;
        if (e->is_early)
            c->first[message->stream] = i;
        rc = keep(turn, head->version, &e->version, err);
    }
    *ret_i = i;
    fill_half(&e->response, packet, message, head);
    e->code = (uint16_t)head->code;
    if (rc == TRAWL_OK)
        rc = keep(turn, head->phrase, &e->phrase, err);
    if (rc == TRAWL_OK)
        rc = keep(turn, header_value(message, head, "content-type"), &e->content_type, err);
    return rc;
}

/* A response with 1xx: the final one is still to come, and maybe the rest of the request. */
static void take_interim(const struct exchanges *x, const struct connections *c, uint32_t stream,
                         struct event *ret)
{
    const uint32_t last = c->last[stream];

    ret->i_exchange = c->first[stream];
    if (ret->i_exchange != HTTP_NONE32 && x->items[ret->i_exchange].is_early)
        ret->i_exchange = HTTP_NONE32;
    if (ret->i_exchange != HTTP_NONE32)
        ret->number = x->items[ret->i_exchange].number;
    else
        ret->number = last == HTTP_NONE32 ? 1 : x->items[last].number + 1;
}

static int take_message(void *context, const trawl_packet *packet, const trawl_layer *message,
                        trawl_error *err)
{
    struct turn *turn = context;
    struct exchanges *x = turn->x;
    struct http_head head;
    void *events = x->events;
    struct event event = {.time_ns = packet->time_ns, .row = (uint32_t)packet->row};
    int rc;

    if (message->stream == UINT32_MAX ||
        http_head_read(message->data, message->cap_len, &head) != 1)
        return TRAWL_OK;
    if (message->carrier != 6 && head.kind == HTTP_NOTIFICATION)
        return TRAWL_OK; /* nobody answers it */
    rc = room_for_stream(connections_of(x, message), message->stream, err);
    if (rc == TRAWL_OK)
        rc = room_for(&events, x->n_events, &x->events_capacity, sizeof(*x->events), err);
    x->events = events;
    if (rc != TRAWL_OK)
        return rc;
    event.is_response = head.kind == HTTP_RESPONSE;
    if (http_is_interim(&head)) {
        take_interim(x, connections_of(x, message), message->stream, &event);
    } else {
        rc = event.is_response ? take_response(turn, packet, message, &head, &event.i_exchange, err)
                               : take_request(turn, packet, message, &head, &event.i_exchange, err);
        if (rc == TRAWL_OK)
            event.number = x->items[event.i_exchange].number;
    }
    if (rc == TRAWL_OK)
        x->events[x->n_events++] = event;
    return rc;
}

int exchanges_build(struct exchanges *exchanges, trawl_call *call, trawl_capture *capture,
                    trawl_error *err)
{
    struct turn turn = {exchanges, call};

    memset(exchanges, 0, sizeof(*exchanges));
    return host->messages(call, capture, "http", take_message, &turn, err);
}

void exchanges_fini(struct exchanges *exchanges)
{
    host->free(exchanges->items);
    host->free(exchanges->events);
    host->free(exchanges->tcp.first);
    host->free(exchanges->tcp.last);
    host->free(exchanges->udp.first);
    host->free(exchanges->udp.last);
}
