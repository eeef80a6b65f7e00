/* The table `http`, a row for each exchange, and the packet fields that need both of its sides.
 * Knows nothing of how they are paired. */
#include <string.h>

#include "trawl/views.h"

#include "exchange.h"

#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

static const trawl_column columns[] = {
    COL("time", TRAWL_TIME, 0, 2, NULL,
        "when the packet with the request's last byte came; of a response alone, its own"),
    COL("client", TRAWL_IP, 0, 0, NULL, "address that asked"),
    COL("client_port", TRAWL_U16, ID, 3, NULL, "its port"),
    COL("server", TRAWL_IP, 0, 0, NULL, "address that answered, or should have"),
    COL("server_port", TRAWL_U16, ID, 2, NULL, "its port"),
    COL("stream", TRAWL_U32, ID, 3, NULL, "number of the connection (tcp.stream)"),
    COL("method", TRAWL_STRING, 0, 0, NULL, "method of the request"),
    COL("host", TRAWL_STRING, 0, 0, NULL, "Host header of the request"),
    COL("uri", TRAWL_STRING, 0, 0, NULL, "target of the request, as it was sent"),
    COL("version", TRAWL_STRING, 0, 4, NULL, "version of the request"),
    COL("status", TRAWL_U16, ID, 0, NULL, "status code of the response"),
    COL("phrase", TRAWL_STRING, 0, 3, NULL, "its reason phrase"),
    COL("request_body", TRAWL_U64, 0, 3, "B",
        "bytes of the request's body: chunks joined, codings not undone"),
    COL("response_body", TRAWL_U64, 0, 1, "B", "the same of the response"),
    COL("content_type", TRAWL_STRING, 0, 2, NULL, "Content-Type of the response"),
    COL("user_agent", TRAWL_STRING, 0, 5, NULL, "User-Agent of the request"),
    COL("response_time", TRAWL_SPAN, 0, 1, NULL,
        "from the packet with the request's last byte to that with the response's last"),
    COL("state", TRAWL_STRING, 0, 1, NULL,
        "complete; unanswered: no response came; partial: bytes of it, or all of one side, are "
        "missing"),
    COL("request", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the packet in which it ends"),
    COL("response", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the packet in which it ends"),
};

/* What the rows need of `packets`. */
struct source {
    trawl_table *packets;
    trawl_view src, dst;
};

static void put_text(trawl_builder *b, struct http_text text)
{
    if (text.n)
        host->put_value(b, text.data, text.n);
    else
        host->put_null(b);
}

static void put_if(trawl_builder *b, int has, uint64_t value)
{
    if (has)
        host->put_u64(b, value);
    else
        host->put_null(b);
}

static int has_half(const struct half *half)
{
    return half->row != HTTP_NONE32;
}

/* From the request to a response in that row; of one that did not wait for its end there is none.
 */
static int span_of(const struct half *request, uint32_t row, int64_t time_ns, int64_t *ret)
{
    if (!has_half(request) || request->row > row || request->time_ns == INT64_MIN ||
        time_ns == INT64_MIN)
        return 0;
    *ret = (int64_t)((uint64_t)time_ns - (uint64_t)request->time_ns);
    return 1;
}

static void put_address(trawl_builder *b, const trawl_view *view, uint64_t row)
{
    host->put_code(b, ((const uint32_t *)view->data)[row]);
}

static const char *state_of(const struct exchange *e)
{
    if (!has_half(&e->request) || e->request.partial || e->response.partial)
        return "partial";
    return has_half(&e->response) ? "complete" : "unanswered";
}

static void put_exchange(trawl_builder *b, const struct source *s, const struct exchange *e)
{
    const int asked = has_half(&e->request), answered = has_half(&e->response);
    const struct half *half = asked ? &e->request : &e->response;
    int64_t span;

    if (half->time_ns != INT64_MIN)
        host->put_i64(b, half->time_ns);
    else
        host->put_null(b);
    put_address(b, asked ? &s->src : &s->dst, half->row);
    host->put_u64(b, e->client_port);
    put_address(b, asked ? &s->dst : &s->src, half->row);
    host->put_u64(b, e->server_port);
    host->put_u64(b, e->stream);
    put_text(b, e->method);
    put_text(b, e->host);
    put_text(b, e->uri);
    put_text(b, e->version);
    put_if(b, answered && e->code, e->code);
    put_text(b, e->phrase);
    put_if(b, asked && e->request.body != HTTP_UNKNOWN, e->request.body);
    put_if(b, answered && e->response.body != HTTP_UNKNOWN, e->response.body);
    put_text(b, e->content_type);
    put_text(b, e->user_agent);
    if (answered && span_of(&e->request, e->response.row, e->response.time_ns, &span))
        host->put_i64(b, span);
    else
        host->put_null(b);
    host->put_text(b, state_of(e));
    put_if(b, asked, (uint64_t)e->request.row + 1);
    put_if(b, answered, (uint64_t)e->response.row + 1);
    host->end_row(b);
}

static int begin(const struct source *s, trawl_builder **ret, trawl_error *err)
{
    const int64_t i_src = host->schema_find(host->schema_of(s->packets), "src");
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    int rc = TRAWL_OK;

    if (!schema)
        return TRAWL_E_NOMEM;
    *ret = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!*ret)
        return TRAWL_E_NOMEM;
    for (uint32_t i = 0; i < TRAWL_COUNT(columns) && rc == TRAWL_OK; i++)
        if (columns[i].type == TRAWL_IP)
            rc = host->builder_share(*ret, i, s->packets, (size_t)i_src, err);
    return rc;
}

static int build_http(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    struct exchanges x = {0};
    struct source s = {0};
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &s.packets, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, s.packets, "src", &s.src, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, s.packets, "dst", &s.dst, err);
    if (rc == TRAWL_OK)
        rc = exchanges_build(&x, call, capture, err);
    if (rc == TRAWL_OK)
        rc = begin(&s, &b, err);
    for (size_t i = 0; rc == TRAWL_OK && i < x.n; i++)
        if (!x.items[i].is_udp)
            put_exchange(b, &s, &x.items[i]);
    if (rc == TRAWL_OK)
        rc = host->finish(b, ret, err);
    else if (b)
        host->builder_free(b);
    exchanges_fini(&x);
    host->release(s.packets);
    return rc;
}

const trawl_table_def http_tables[HTTP_N_TABLES] = {
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "http",
     .summary = "HTTP requests and the responses to them",
     .columns = columns,
     .n_columns = TRAWL_COUNT(columns),
     .build = build_http},
};

/* ---- fields of packets ---- */

enum {
    D_REQUEST_IN,
    D_RESPONSE_IN,
    D_TIME,
    D_FOR_URI,
    D_REQUEST_NUMBER,
    D_RESPONSE_NUMBER,
    D_PREV_REQUEST_IN,
    D_PREV_RESPONSE_IN,
    D_NEXT_REQUEST_IN,
    D_NEXT_RESPONSE_IN,
    N_DERIVED
};

#define FIELD(name_, type_, flags_, help_)                                               \
    TRAWL_FIELD(.type = (type_), .flags = TRAWL_COLUMN_LIST | (flags_), .name = (name_), \
                .help = (help_), .source = "RFC 9112")
static const trawl_field fields[N_DERIVED] = {
    [D_REQUEST_IN] = FIELD("http.request_in", TRAWL_U32, ID,
                           "number of the packet in which the request of this response ends"),
    [D_RESPONSE_IN] = FIELD("http.response_in", TRAWL_U32, ID,
                            "number of the packet in which the response to this request ends"),
    [D_TIME] = FIELD("http.time", TRAWL_SPAN, 0, "time from that packet to the response"),
    [D_FOR_URI] = FIELD("http.response_for.uri", TRAWL_STRING, 0,
                        "the target that is answered, with scheme and host where they are known"),
    [D_REQUEST_NUMBER] = FIELD("http.request_number", TRAWL_U32, ID,
                               "which exchange of its connection this request begins, from 1"),
    [D_RESPONSE_NUMBER] = FIELD("http.response_number", TRAWL_U32, ID,
                                "which exchange of its connection this response ends, from 1"),
    [D_PREV_REQUEST_IN] = FIELD(
        "http.prev_request_in", TRAWL_U32, ID,
        "number of the packet in which the request of the exchange before ends"),
    [D_PREV_RESPONSE_IN] = FIELD(
        "http.prev_response_in", TRAWL_U32, ID,
        "of a response: packet in which the response of the exchange before ends"),
    [D_NEXT_REQUEST_IN] = FIELD(
        "http.next_request_in", TRAWL_U32, ID,
        "number of the packet in which the request of the exchange behind ends"),
    [D_NEXT_RESPONSE_IN] = FIELD(
        "http.next_response_in", TRAWL_U32, ID,
        "of a response: packet in which the response of the exchange behind ends"),
};

static void put_uri(trawl_builder *b, const struct exchange *e)
{
    uint8_t text[HTTP_URI_MOST];
    const struct http_text uri = http_full_uri(e->method, e->host, e->uri, text);

    if (uri.n)
        host->put_value(b, uri.data, uri.n);
    else if (e->uri.n)
        host->put_value(b, e->uri.data, e->uri.n);
}

static void put_frame(trawl_builder *b, const struct half *half)
{
    if (has_half(half))
        host->put_u64(b, (uint64_t)half->row + 1);
}

/* A request tells of the requests around it, a response of the responses too, as in tshark. */
static void put_around(trawl_builder *b, uint32_t i_field, const struct exchanges *x,
                       const struct exchange *e, int is_response)
{
    const int is_prev = i_field == D_PREV_REQUEST_IN || i_field == D_PREV_RESPONSE_IN;
    const int of_responses = i_field == D_PREV_RESPONSE_IN || i_field == D_NEXT_RESPONSE_IN;
    const uint32_t i = is_prev ? e->prev : e->next;

    if (i != HTTP_NONE32 && (is_response || !of_responses))
        put_frame(b, of_responses ? &x->items[i].response : &x->items[i].request);
}

static void put_pair(trawl_builder *b, uint32_t i_field, const struct exchange *e,
                     const struct event *event)
{
    int64_t span;

    if (!event->is_response) {
        if (i_field == D_RESPONSE_IN)
            put_frame(b, &e->response);
    } else if (has_half(&e->request)) {
        if (i_field == D_REQUEST_IN)
            put_frame(b, &e->request);
        else if (i_field == D_TIME && span_of(&e->request, event->row, event->time_ns, &span))
            host->put_i64(b, span);
        else if (i_field == D_FOR_URI)
            put_uri(b, e);
    }
}

static void put_event(trawl_builder *b, uint32_t i_field, const struct exchanges *x,
                      const struct event *event)
{
    if (i_field == (event->is_response ? D_RESPONSE_NUMBER : D_REQUEST_NUMBER)) {
        host->put_u64(b, event->number);
    } else if (event->i_exchange != HTTP_NONE32) {
        const struct exchange *e = &x->items[event->i_exchange];

        if (i_field >= D_PREV_REQUEST_IN)
            put_around(b, i_field, x, e, event->is_response);
        else
            put_pair(b, i_field, e, event);
    }
}

static trawl_builder *begin_fields(trawl_error *err)
{
    trawl_column list[N_DERIVED];
    trawl_schema *schema;
    trawl_builder *b;

    for (uint32_t i = 0; i < N_DERIVED; i++)
        list[i] = (trawl_column){.size = sizeof(trawl_column),
                                 .flags = fields[i].flags,
                                 .type = fields[i].type,
                                 .name = fields[i].name};
    schema = host->schema_from(list, N_DERIVED, err);
    b = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    return b;
}

static int compute(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    const uint64_t n_rows = host->n_rows(packets);
    struct exchanges x = {0};
    trawl_builder *b = NULL;
    size_t first = 0;
    int rc = exchanges_build(&x, call, capture, err);

    if (rc == TRAWL_OK) {
        b = begin_fields(err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (uint64_t row = 0; rc == TRAWL_OK && row < n_rows; row++) {
        size_t end = first;

        while (end < x.n_events && x.events[end].row == row)
            end++;
        if (end == first) { /* nothing up to the next event */
            const uint64_t there = first < x.n_events ? x.events[first].row : n_rows;
            const uint64_t next = there < n_rows ? there : n_rows; /* the capture may have more */

            host->empty_rows(b, next - row);
            row = next - 1;
            continue;
        }
        for (uint32_t f = 0; f < N_DERIVED; f++) {
            for (size_t i = first; i < end; i++)
                put_event(b, f, &x, &x.events[i]);
            host->end_list(b);
        }
        host->end_row(b);
        first = end;
    }
    if (rc == TRAWL_OK)
        rc = host->finish(b, ret, err);
    exchanges_fini(&x);
    return rc;
}

const trawl_derived http_derived[HTTP_N_DERIVED] = {
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "http",
     .fields = fields,
     .n_fields = N_DERIVED,
     .compute = compute,
     .flags = TRAWL_DERIVED_BESIDE},
};
