/* The table `dns`: a query with its repetitions and its response are one row.
 * Knows nothing of how fields are read. */
#include "table.h"

#include "names.h"
#include "pair.h"

#include <string.h>

#define COL(name_, type_, flags_, priority_, help_)                                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_)                                           \
    }
const trawl_column dns_transaction_columns[] = {
    COL("time", TRAWL_TIME, 0, 6, "when the query was seen first; without a query, the response"),
    COL("protocol", TRAWL_STRING, 0, 7, "dns, mdns or llmnr"),
    COL("transport", TRAWL_STRING, 0, 8, "udp or tcp"),
    COL("client", TRAWL_IP, 0, 1, "who asked"),
    COL("client_port", TRAWL_U16, TRAWL_COLUMN_ID, 6, "its port"),
    COL("server", TRAWL_IP, 0, 3, "who was asked"),
    COL("server_port", TRAWL_U16, TRAWL_COLUMN_ID, 7, "its port"),
    COL("stream", TRAWL_U32, TRAWL_COLUMN_ID, 8, "udp.stream or tcp.stream"),
    COL("id", TRAWL_U16, TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID, 7, "id of the transaction"),
    COL("qname", TRAWL_STRING, 0, 0, "name of the first question; of mDNS each has a row"),
    COL("qtype", TRAWL_STRING, 0, 1, "its type"),
    COL("qclass", TRAWL_STRING, 0, 9, "its class"),
    COL("rcode", TRAWL_STRING, 0, 0, "what the response says, with what EDNS adds to it"),
    COL("flags", TRAWL_STRING, 0, 6, "aa tc rd ra ad cd, of the response or else of the query"),
    COL("answers", TRAWL_U32, 0, 4,
        "answers that the response counts; of a zone transfer, all of its"),
    COL("response_time", TRAWL_SPAN, 0, 2, "from the first query to the response"),
    COL("retransmissions", TRAWL_U32, 0, 5, "how often the query was sent again"),
    COL("answered", TRAWL_BOOL, 0, 4, "there was a response to the query"),
    COL("query", TRAWL_U64, TRAWL_COLUMN_ID, 10, "number of the first query's packet"),
    COL("response", TRAWL_U64, TRAWL_COLUMN_ID, 10, "number of the response's packet"),
};
_Static_assert(TRAWL_COUNT(dns_transaction_columns) == DNS_N_TRANSACTION_COLUMNS, "see table.h");

enum { TCP = 6, UDP = 17, C_QNAME = 9 };

/* ---- rows ---- */

static void put_flags(trawl_builder *b, uint16_t flags)
{
    static const struct {
        uint16_t bit;
        char name[4];
    } bits[] = {{0x400, "aa "}, {0x200, "tc "}, {0x100, "rd "},
                {0x80, "ra "},  {0x20, "ad "},  {0x10, "cd "}};
    char text[24];
    size_t n = 0;

    for (size_t i = 0; i < TRAWL_COUNT(bits); i++) {
        if (flags & bits[i].bit) {
            memcpy(text + n, bits[i].name, 3);
            n += 3;
        }
    }
    host->put_value(b, text, n ? n - 1 : 0);
}

static void put_time(trawl_builder *b, int64_t ns)
{
    if (ns == INT64_MIN)
        host->put_null(b);
    else
        host->put_i64(b, ns);
}

static void put_packet(trawl_builder *b, uint32_t row)
{
    if (row == DNS_NONE)
        host->put_null(b);
    else
        host->put_u64(b, (uint64_t)row + 1);
}

static void put_question(trawl_builder *b, const struct dns_transaction *t)
{
    char buf[DNS_NUMBER_TEXT];

    if (t->name == 0) {
        for (int i = 0; i < 3; i++)
            host->put_null(b);
        return;
    }
    host->put_code(b, t->name);
    host->put_text(b, dns_type_name(t->type, buf));
    host->put_text(b, dns_class_name(t->class_, buf));
}

static void put_response(trawl_builder *b, const struct dns_transaction *t)
{
    char buf[DNS_NUMBER_TEXT];
    const int is_there = t->response != DNS_NONE;

    host->put_text(b, is_there ? dns_rcode_name(t->rcode, buf) : NULL);
    put_flags(b, t->flags);
    if (is_there)
        host->put_u64(b, t->n_answers);
    else
        host->put_null(b);
    put_time(b, dns_response_time(t));
}

static void put_row(trawl_builder *b, const struct dns_transaction *t)
{
    static const char *const kinds[] = {
        [KIND_DNS] = "dns", [KIND_MDNS] = "mdns", [KIND_LLMNR] = "llmnr"};

    put_time(b, t->time_ns);
    host->put_text(b, kinds[t->kind]);
    host->put_text(b, t->carrier == TCP ? "tcp" : t->carrier == UDP ? "udp" : NULL);
    host->put_code(b, t->client);
    host->put_u64(b, t->client_port);
    host->put_code(b, t->server);
    host->put_u64(b, t->server_port);
    if (t->stream == DNS_NONE)
        host->put_null(b);
    else
        host->put_u64(b, t->stream);
    host->put_u64(b, t->id);
    put_question(b, t);
    put_response(b, t);
    if (t->query == DNS_NONE)
        host->put_null(b);
    else
        host->put_u64(b, t->n_again);
    if (t->query == DNS_NONE || t->is_one_way)
        host->put_null(b);
    else
        host->put_u64(b, t->response != DNS_NONE);
    put_packet(b, t->query);
    put_packet(b, t->response);
    host->end_row(b);
}

static int build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    struct dns_pairs *p = host->call_alloc(call, sizeof(*p));
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = p ? host->table(call, capture, "packets", &packets, err)
               : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc != TRAWL_OK)
        return rc;
    rc = dns_begin_table(packets, dns_transaction_columns, DNS_N_TRANSACTION_COLUMNS, &b, err);
    if (rc == TRAWL_OK) {
        p->names = b;
        p->i_names = C_QNAME;
        rc = dns_pairs_build(p, call, capture, packets, err);
        for (uint32_t i = 0; rc == TRAWL_OK && i < p->n; i++)
            put_row(b, &p->items[i]);
        if (rc == TRAWL_OK)
            rc = host->finish(b, ret, err);
        else
            host->builder_free(b);
        dns_pairs_fini(p);
    }
    host->release(packets);
    return rc;
}

int dns_build_transactions(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                           trawl_error *err)
{
    static const struct dns_table table = {"dns", dns_transaction_columns,
                                           DNS_N_TRANSACTION_COLUMNS, build};

    return dns_kept_table(call, capture, &table, ret, err);
}
