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

static int room_for_stream(struct exchanges *x, uint32_t stream, trawl_error *err)
{
    size_t n = x->n_streams ? x->n_streams : 64;
    uint32_t *first, *last;

    if (stream < x->n_streams)
        return TRAWL_OK;
    while (n <= stream)
        n *= 2;
    first = host->realloc(x->first, n * sizeof(*first));
    if (first)
        x->first = first;
    last = host->realloc(x->last, n * sizeof(*last));
    if (last)
        x->last = last;
    if (!first || !last)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(first + x->n_streams, 0xff, (n - x->n_streams) * sizeof(*first));
    memset(last + x->n_streams, 0xff, (n - x->n_streams) * sizeof(*last));
    x->n_streams = n;
    return TRAWL_OK;
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
    const int cut_by_us = message->cap_len == HTTP_HEAD_MOST && message->len > message->cap_len;

    half->row = (uint32_t)packet->row;
    half->time_ns = packet->time_ns;
    half->head = head->n;
    half->body = http_body_bytes(message->data, head, message->len);
    half->partial = ((message->flags & TRAWL_LAYER_PARTIAL) && !cut_by_us) || !head->whole;
}

static int new_exchange(struct exchanges *x, const trawl_layer *message, struct exchange **ret,
                        trawl_error *err)
{
    void *items = x->items;
    int rc = room_for(&items, x->n, &x->capacity, sizeof(*x->items), err);

    if (rc != TRAWL_OK)
        return rc;
    x->items = items;
    *ret = &x->items[x->n++];
    **ret = (struct exchange){.request.row = HTTP_NONE32,
                              .response.row = HTTP_NONE32,
                              .stream = message->stream,
                              .next = HTTP_NONE32};
    return TRAWL_OK;
}

static int take_request(struct turn *turn, const trawl_packet *packet, const trawl_layer *message,
                        const struct http_head *head, trawl_error *err)
{
    struct exchanges *x = turn->x;
    const uint32_t i = (uint32_t)x->n;
    struct exchange *e;
    int rc = new_exchange(x, message, &e, err);

    if (rc != TRAWL_OK)
        return rc;
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
    if (x->first[message->stream] == HTTP_NONE32)
        x->first[message->stream] = i;
    else
        x->items[x->last[message->stream]].next = i;
    x->last[message->stream] = i;
    return rc;
}

static int take_response(struct turn *turn, const trawl_packet *packet, const trawl_layer *message,
                         const struct http_head *head, uint32_t *ret_i, trawl_error *err)
{
    struct exchanges *x = turn->x;
    uint32_t i = x->first[message->stream];
    struct exchange *e;
    int rc = TRAWL_OK;

    if (i != HTTP_NONE32) {
        e = &x->items[i];
        x->first[message->stream] = e->next;
    } else {
        i = (uint32_t)x->n;
        rc = new_exchange(x, message, &e, err);
        if (rc != TRAWL_OK)
            return rc;
        e->client_port = message->dst_port;
        e->server_port = message->src_port;
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

static int take_message(void *context, const trawl_packet *packet, const trawl_layer *message,
                        trawl_error *err)
{
    struct turn *turn = context;
    struct exchanges *x = turn->x;
    struct http_head head;
    void *events = x->events;
    uint32_t i = (uint32_t)x->n;
    int rc;

    if (message->carrier != 6 || message->stream == UINT32_MAX ||
        http_head_read(message->data, message->cap_len, &head) != 1)
        return TRAWL_OK;
    if (head.kind == HTTP_RESPONSE && head.code / 100 == 1 && head.code != 101)
        return TRAWL_OK; /* the final response is still to come */
    rc = room_for_stream(x, message->stream, err);
    if (rc == TRAWL_OK)
        rc = room_for(&events, x->n_events, &x->events_capacity, sizeof(*x->events), err);
    x->events = events;
    if (rc == TRAWL_OK)
        rc = head.kind == HTTP_RESPONSE ? take_response(turn, packet, message, &head, &i, err)
                                        : take_request(turn, packet, message, &head, err);
    if (rc == TRAWL_OK)
        x->events[x->n_events++] = (struct event){(uint32_t)packet->row, i,
                                                  head.kind == HTTP_RESPONSE};
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
    host->free(exchanges->first);
    host->free(exchanges->last);
}
