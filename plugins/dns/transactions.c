/* The table `dns`: a query with its repetitions and its response are one row.
 * Knows nothing of how fields are read. */
#include "table.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

#define COL(name_, type_, flags_, priority_, help_)                                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_)                                           \
    }
const trawl_column dns_transaction_columns[] = {
    COL("time", TRAWL_TIME, 0, 3, "when the query was seen first; without a query, the response"),
    COL("protocol", TRAWL_STRING, 0, 5, "dns, mdns or llmnr"),
    COL("transport", TRAWL_STRING, 0, 6, "udp or tcp"),
    COL("client", TRAWL_IP, 0, 0, "who asked"),
    COL("client_port", TRAWL_U16, TRAWL_COLUMN_ID, 4, "its port"),
    COL("server", TRAWL_IP, 0, 0, "who was asked"),
    COL("server_port", TRAWL_U16, TRAWL_COLUMN_ID, 5, "its port"),
    COL("stream", TRAWL_U32, TRAWL_COLUMN_ID, 6, "udp.stream or tcp.stream"),
    COL("id", TRAWL_U16, TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID, 5, "id of the transaction"),
    COL("qname", TRAWL_STRING, 0, 0, "name of the first question"),
    COL("qtype", TRAWL_STRING, 0, 0, "its type"),
    COL("qclass", TRAWL_STRING, 0, 7, "its class"),
    COL("rcode", TRAWL_STRING, 0, 0, "what the response says"),
    COL("flags", TRAWL_STRING, 0, 4, "aa tc rd ra ad cd, of the response or else of the query"),
    COL("answers", TRAWL_U16, 0, 2, "answers that the response counts"),
    COL("response_time", TRAWL_SPAN, 0, 1, "from the first query to the response"),
    COL("retransmissions", TRAWL_U32, 0, 2, "how often the query was sent again"),
    COL("answered", TRAWL_BOOL, 0, 1, "there was a response to the query"),
    COL("query", TRAWL_U64, TRAWL_COLUMN_ID, 8, "number of the first query's packet"),
    COL("response", TRAWL_U64, TRAWL_COLUMN_ID, 8, "number of the response's packet"),
};
_Static_assert(TRAWL_COUNT(dns_transaction_columns) == DNS_N_TRANSACTION_COLUMNS, "see table.h");

enum { TCP = 6, FLAG_RESPONSE = 0x8000, NONE = UINT32_MAX };

/* A name that was seen, in a chain of its hash. */
struct text {
    uint32_t next, at, n;
};
struct transaction {
    int64_t time_ns, response_ns;
    uint64_t hash;
    uint32_t query, response; /* rows; NONE: none */
    uint32_t stream, name;    /* NONE: no question */
    uint32_t client, server;  /* codes of addresses */
    uint32_t next;            /* in the chain of the hash */
    uint32_t n_again;
    uint16_t client_port, server_port, id, type, class_, flags, n_answers;
    uint8_t transport, kind;
};
/* Arrays that grow, and heads of chains: a power of two of them. */
struct model {
    struct transaction *items;
    uint32_t n, capacity, n_heads, *heads;
    struct text *texts;
    uint32_t n_texts, text_capacity, n_text_heads, *text_heads;
    char *bytes;
    uint32_t n_bytes, bytes_capacity;
    const uint32_t *src, *dst;
    struct dns_name name;
    uint8_t room[DNS_HTTP2_JOINED];
};

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_text(const char *p, size_t n)
{
    uint64_t h = n, word;

    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, p, n);
    return mix(mix(h, word), 1);
}

/* Room for n items of `size` in *items. */
static int reserve(void *items, uint32_t *capacity, uint64_t n, size_t size, trawl_error *err)
{
    void **at = items;
    uint64_t wanted = *capacity ? *capacity : 256;
    void *grown;

    if (n <= *capacity)
        return TRAWL_OK;
    while (wanted < n)
        wanted *= 2;
    grown = wanted < NONE ? host->realloc(*at, (size_t)wanted * size) : NULL;
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *at = grown;
    *capacity = (uint32_t)wanted;
    return TRAWL_OK;
}

/* Chains for n items, each as long as one on average. */
static int make_heads(uint32_t **heads, uint32_t *n_heads, uint32_t n, trawl_error *err)
{
    const uint32_t wanted = *n_heads ? *n_heads * 2 : 1024;
    uint32_t *grown;

    if (n < *n_heads)
        return 0;
    grown = host->realloc(*heads, (size_t)wanted * sizeof(**heads));
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(grown, 0xff, (size_t)wanted * sizeof(*grown));
    *heads = grown;
    *n_heads = wanted;
    return 1; /* the caller fills them */
}

static int find_name(struct model *m, uint64_t *ret_hash, uint32_t *ret, trawl_error *err)
{
    const struct dns_name *name = &m->name;
    const uint64_t h = hash_text(name->text, name->n);
    struct text *t;
    uint32_t i;
    int rc = make_heads(&m->text_heads, &m->n_text_heads, m->n_texts, err);

    if (rc < 0)
        return rc;
    if (rc > 0) {
        for (i = 0; i < m->n_texts; i++) {
            const uint64_t other = hash_text(m->bytes + m->texts[i].at, m->texts[i].n);
            uint32_t *head = &m->text_heads[other & (m->n_text_heads - 1)];

            m->texts[i].next = *head;
            *head = i;
        }
    }
    *ret_hash = h;
    for (i = m->text_heads[h & (m->n_text_heads - 1)]; i != NONE; i = m->texts[i].next) {
        t = &m->texts[i];
        if (t->n == name->n && memcmp(m->bytes + t->at, name->text, t->n) == 0) {
            *ret = i;
            return TRAWL_OK;
        }
    }
    rc = reserve(&m->texts, &m->text_capacity, (uint64_t)m->n_texts + 1, sizeof(*t), err);
    if (rc == TRAWL_OK)
        rc = reserve(&m->bytes, &m->bytes_capacity, (uint64_t)m->n_bytes + name->n, 1, err);
    if (rc != TRAWL_OK)
        return rc;
    t = &m->texts[m->n_texts];
    *t = (struct text){m->text_heads[h & (m->n_text_heads - 1)], m->n_bytes, name->n};
    memcpy(m->bytes + t->at, name->text, t->n);
    m->n_bytes += t->n;
    m->text_heads[h & (m->n_text_heads - 1)] = m->n_texts;
    *ret = m->n_texts++;
    return TRAWL_OK;
}

static int same(const struct transaction *a, const struct transaction *b)
{
    return a->hash == b->hash && a->stream == b->stream && a->transport == b->transport &&
           a->id == b->id && a->name == b->name && a->type == b->type && a->client == b->client &&
           a->client_port == b->client_port;
}

static int append(struct model *m, const struct transaction *t, trawl_error *err)
{
    int rc = reserve(&m->items, &m->capacity, (uint64_t)m->n + 1, sizeof(*t), err);

    if (rc == TRAWL_OK)
        rc = make_heads(&m->heads, &m->n_heads, m->n, err);
    if (rc < 0)
        return rc;
    for (uint32_t i = 0; rc > 0 && i < m->n; i++) {
        uint32_t *head = &m->heads[m->items[i].hash & (m->n_heads - 1)];

        m->items[i].next = *head;
        *head = i;
    }
    m->items[m->n] = *t;
    m->items[m->n].next = m->heads[t->hash & (m->n_heads - 1)];
    m->heads[t->hash & (m->n_heads - 1)] = m->n++;
    return TRAWL_OK;
}

/* A message's part in a transaction: an open one, or a new one. */
static int settle(struct model *m, const struct transaction *t, trawl_error *err)
{
    uint32_t i = m->n ? m->heads[t->hash & (m->n_heads - 1)] : NONE;

    while (i != NONE && !same(&m->items[i], t))
        i = m->items[i].next;
    if (i != NONE) { /* the latest of its kind */
        struct transaction *old = &m->items[i];

        if (t->query != NONE && old->query != NONE && old->response == NONE) {
            old->n_again++;
            return TRAWL_OK;
        }
        if (t->response != NONE && old->query != NONE) {
            if (old->response == NONE) {
                old->response = t->response;
                old->response_ns = t->response_ns;
                old->flags = t->flags;
                old->n_answers = t->n_answers;
            }
            return TRAWL_OK;
        }
    }
    return append(m, t, err);
}

static int add_message(void *context, const trawl_packet *packet, const trawl_layer *layer,
                       trawl_error *err)
{
    struct model *m = context;
    const uint32_t row = (uint32_t)packet->row;
    struct dns_message message;
    struct dns_walk walk;
    struct dns_item item;
    struct transaction t;
    int response;

    if (layer->flags & TRAWL_LAYER_QUOTED || !dns_message_of(layer, m->room, &message) ||
        !dns_walk_begin(&walk, &message))
        return TRAWL_OK;
    response = (walk.header.flags & FLAG_RESPONSE) != 0;
    t = (struct transaction){.time_ns = packet->time_ns,
                             .response_ns = packet->time_ns,
                             .query = response ? NONE : row,
                             .response = response ? row : NONE,
                             .stream = layer->stream,
                             .name = NONE,
                             .client = response ? m->dst[row] : m->src[row],
                             .server = response ? m->src[row] : m->dst[row],
                             .client_port = response ? layer->dst_port : layer->src_port,
                             .server_port = response ? layer->src_port : layer->dst_port,
                             .id = walk.header.id,
                             .flags = walk.header.flags,
                             .n_answers = walk.header.counts[DNS_ANSWER],
                             .transport = layer->carrier,
                             .kind = (uint8_t)dns_kind_of(layer->src_port, layer->dst_port)};
    if (dns_walk_next(&walk, &item) && item.section == DNS_QUESTION) {
        int rc = TRAWL_OK;

        t.type = item.type;
        t.class_ = t.kind == KIND_MDNS ? item.class_ & 0x7fff : item.class_;
        if (!dns_read_name(&message, item.name_at, &m->name))
            rc = find_name(m, &t.hash, &t.name, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    t.hash = mix(t.hash, (uint64_t)t.stream << 32 | (uint32_t)t.id << 16 | t.type);
    return settle(m, &t, err);
}

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

static void put_packet(trawl_builder *b, uint32_t row)
{
    if (row == NONE)
        host->put_null(b);
    else
        host->put_u64(b, (uint64_t)row + 1);
}

static void put_question(trawl_builder *b, const struct model *m, const struct transaction *t)
{
    char buf[DNS_NUMBER_TEXT];

    if (t->name == NONE) {
        for (int i = 0; i < 3; i++)
            host->put_null(b);
        return;
    }
    host->put_value(b, m->bytes + m->texts[t->name].at, m->texts[t->name].n);
    host->put_text(b, dns_type_name(t->type, buf));
    host->put_text(b, dns_class_name(t->class_, buf));
}

static void put_response(trawl_builder *b, const struct transaction *t)
{
    char buf[DNS_NUMBER_TEXT];
    const int is_there = t->response != NONE;

    host->put_text(b, is_there ? dns_rcode_name(t->flags & 15, buf) : NULL);
    put_flags(b, t->flags);
    if (is_there)
        host->put_u64(b, t->n_answers);
    else
        host->put_null(b);
    if (is_there && t->query != NONE)
        host->put_i64(b, (int64_t)((uint64_t)t->response_ns - (uint64_t)t->time_ns));
    else
        host->put_null(b);
}

static void put_row(trawl_builder *b, const struct model *m, const struct transaction *t)
{
    static const char *const kinds[] = {
        [KIND_DNS] = "dns", [KIND_MDNS] = "mdns", [KIND_LLMNR] = "llmnr"};

    host->put_i64(b, t->time_ns);
    host->put_text(b, kinds[t->kind]);
    host->put_text(b, t->transport == TCP ? "tcp" : "udp");
    host->put_code(b, t->client);
    host->put_u64(b, t->client_port);
    host->put_code(b, t->server);
    host->put_u64(b, t->server_port);
    if (t->stream == NONE)
        host->put_null(b);
    else
        host->put_u64(b, t->stream);
    host->put_u64(b, t->id);
    put_question(b, m, t);
    put_response(b, t);
    if (t->query == NONE)
        host->put_null(b);
    else
        host->put_u64(b, t->n_again);
    if (t->query == NONE)
        host->put_null(b);
    else
        host->put_u64(b, t->response != NONE);
    put_packet(b, t->query);
    put_packet(b, t->response);
    host->end_row(b);
}

int dns_build_transactions(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                           trawl_error *err)
{
    struct model m = {0};
    trawl_table *packets = NULL;
    trawl_view src = {.size = sizeof(src)}, dst = {.size = sizeof(dst)};
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "src", &src, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "dst", &dst, err);
    if (rc == TRAWL_OK) {
        m.src = src.data;
        m.dst = dst.data;
        rc = host->messages(call, capture, "dns", add_message, &m, err);
    }
    if (rc == TRAWL_OK)
        rc = dns_begin_table(packets, dns_transaction_columns, DNS_N_TRANSACTION_COLUMNS, &b, err);
    if (rc == TRAWL_OK) {
        for (uint32_t i = 0; i < m.n; i++)
            put_row(b, &m, &m.items[i]);
        rc = host->finish(b, ret, err);
    }
    host->free(m.items);
    host->free(m.heads);
    host->free(m.texts);
    host->free(m.text_heads);
    host->free(m.bytes);
    host->release(packets);
    return rc;
}
