/* The packet fields that a query and its response have of each other, under Wireshark's names.
 * Knows nothing of how they are matched. */
#include "pair.h"
#include "table.h"

enum {
    D_RESPONSE_IN,
    D_RESPONSE_TO,
    D_TIME,
    D_RETRANSMISSION,
    D_REQUEST_AGAIN,
    D_REQUEST_AGAIN_IN,
    D_RESPONSE_AGAIN,
    D_RESPONSE_AGAIN_IN,
    D_UNSOLICITED,
    N_DERIVED
};

#define ID TRAWL_COLUMN_ID
#define FIELD(name_, type_, flags_, help_)                                               \
    TRAWL_FIELD(.type = (type_), .flags = TRAWL_COLUMN_LIST | (flags_), .name = (name_), \
                .help = (help_), .source = "RFC 1035 section 7.3")
static const trawl_field fields[N_DERIVED] = {
    [D_RESPONSE_IN] = FIELD("dns.response_in", TRAWL_U32, ID,
                            "number of the packet with the response to this query"),
    [D_RESPONSE_TO] = FIELD("dns.response_to", TRAWL_U32, ID,
                            "number of the packet with the query of this response"),
    [D_TIME] = FIELD("dns.time", TRAWL_SPAN, 0, "time from that packet to the response"),
    [D_RETRANSMISSION] = FIELD("dns.retransmission", TRAWL_BOOL, 0,
                               "the query or the response came before"),
    [D_REQUEST_AGAIN] = FIELD("dns.retransmit_request", TRAWL_BOOL, 0, "the query came before"),
    [D_REQUEST_AGAIN_IN] = FIELD("dns.retransmit_request_in", TRAWL_U32, ID,
                                 "number of the packet with the first such query"),
    [D_RESPONSE_AGAIN] = FIELD("dns.retransmit_response", TRAWL_BOOL, 0,
                               "the response came before"),
    [D_RESPONSE_AGAIN_IN] = FIELD("dns.retransmit_response_in", TRAWL_U32, ID,
                                  "number of the packet with the first response"),
    [D_UNSOLICITED] = FIELD("dns.unsolicited", TRAWL_BOOL, 0,
                            "a response whose query is not there"),
};

/* From the query to this response of it. */
static int64_t time_of(const struct dns_transaction *t, const struct dns_event *event)
{
    struct dns_transaction more = *t;

    if (event->part != DNS_RESPONSE_MORE)
        return dns_response_time(t);
    more.response_ns = event->time_ns;
    return dns_response_time(&more);
}

static void put_cell(trawl_builder *b, uint32_t i_field, const struct dns_transaction *t,
                     const struct dns_event *event)
{
    const enum dns_part part = event->part;
    const int is_response = part == DNS_RESPONSE || part == DNS_RESPONSE_MORE;
    const int64_t time = time_of(t, event);

    switch (i_field) {
    case D_RESPONSE_IN:
        if (part == DNS_QUERY && t->response != DNS_NONE)
            host->put_u64(b, (uint64_t)t->response + 1);
        break;
    case D_RESPONSE_TO:
        if (is_response)
            host->put_u64(b, (uint64_t)t->query + 1);
        break;
    case D_TIME:
        if (is_response && time != INT64_MIN)
            host->put_i64(b, time);
        break;
    case D_RETRANSMISSION:
        if (part == DNS_QUERY_AGAIN || part == DNS_RESPONSE_AGAIN)
            host->put_u64(b, 1);
        break;
    case D_REQUEST_AGAIN:
        if (part == DNS_QUERY_AGAIN)
            host->put_u64(b, 1);
        break;
    case D_REQUEST_AGAIN_IN:
        if (part == DNS_QUERY_AGAIN)
            host->put_u64(b, (uint64_t)t->query + 1);
        break;
    case D_RESPONSE_AGAIN:
        if (part == DNS_RESPONSE_AGAIN)
            host->put_u64(b, 1);
        break;
    case D_RESPONSE_AGAIN_IN:
        if (part == DNS_RESPONSE_AGAIN)
            host->put_u64(b, (uint64_t)t->response + 1);
        break;
    case D_UNSOLICITED:
        if (part == DNS_UNASKED)
            host->put_u64(b, 1);
        break;
    default:
        break;
    }
}

static trawl_builder *begin(const trawl_column *columns, uint32_t n, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, n, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    return b;
}

static trawl_builder *begin_fields(trawl_error *err)
{
    trawl_column columns[N_DERIVED];

    for (uint32_t i = 0; i < N_DERIVED; i++)
        columns[i] = (trawl_column){.size = sizeof(trawl_column),
                                    .flags = fields[i].flags,
                                    .type = fields[i].type,
                                    .name = fields[i].name};
    return begin(columns, N_DERIVED, err);
}

/* Of a query with several questions all that they have in common is said once. */
static int is_said(const struct dns_pairs *p, uint32_t first, uint32_t i)
{
    const struct dns_event *event = &p->events[i];
    const struct dns_transaction *t = &p->items[event->i_transaction];

    for (uint32_t j = first; t->kind == KIND_MDNS && j < i; j++) {
        const struct dns_transaction *other = &p->items[p->events[j].i_transaction];

        if (p->events[j].part == event->part && other->query == t->query &&
            other->response == t->response)
            return 1;
    }
    return 0;
}

static void put_rows(trawl_builder *b, const struct dns_pairs *p, uint64_t n_rows)
{
    uint32_t first = 0, end = 0;

    for (uint64_t row = 0; row < n_rows; row++, first = end) {
        while (end < p->n_events && p->events[end].row == row)
            end++;
        for (uint32_t f = 0; f < N_DERIVED; f++) {
            for (uint32_t i = first; i < end; i++)
                if (!is_said(p, first, i))
                    put_cell(b, f, &p->items[p->events[i].i_transaction], &p->events[i]);
            host->end_list(b);
        }
        host->end_row(b);
    }
}

static int compute(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    struct dns_pairs *p = host->call_alloc(call, sizeof(*p));
    trawl_builder *b = NULL;
    int rc = TRAWL_OK;

    if (!p)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    p->wants_events = 1;
    rc = dns_pairs_build(p, call, capture, packets, err);
    if (rc == TRAWL_OK) {
        b = begin_fields(err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        put_rows(b, p, host->n_rows(packets));
        rc = host->finish(b, ret, err);
    }
    dns_pairs_fini(p);
    return rc;
}

const trawl_derived dns_derived[DNS_N_DERIVED] = {
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "dns",
     .fields = fields,
     .n_fields = N_DERIVED,
     .compute = compute,
     .flags = TRAWL_DERIVED_BESIDE},
};
