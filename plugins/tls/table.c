/* The table `tls`: one row for each TCP connection that carried TLS.
 * Must not know how fields are declared. */
#include "tls.h"

#include <string.h>

enum {
    ALERTS_MOST = 8,  /* of one connection */
    TEXT_MOST = 1024, /* bytes of a name that are kept */
    /* Of a record of TLS 1.3 with a Finished: its head, hash, type and tag. Shorter ones are
     * alerts, certificates that are none, or end early data. */
    FINISHED_LEAST = 4 + 32 + 1 + 8
};

/* Bytes in the call's memory; p NULL: not known. */
struct text {
    const char *p;
    size_t n;
};

struct connection {
    uint32_t stream;
    uint8_t has_client, client; /* direction in which the client sends */
    uint8_t has_first, direction_of_first;
    uint8_t has_client_hello, has_server_hello, has_version, has_cipher, has_group, has_resumed;
    uint8_t resumed, n_alerts, server_sent_key, has_certificate;
    uint8_t ccs[2], has_handshake_end, has_not_before, has_not_after;
    uint16_t version, cipher, group;
    uint64_t first_row;
    uint16_t ports[2]; /* of the first message: source, destination */
    int64_t first_ns, client_hello_ns, server_hello_ns, handshake_end_ns;
    int64_t not_before_ns, not_after_ns;
    uint64_t data[2]; /* bytes of application data, by direction */
    uint16_t alerts[ALERTS_MOST];
    struct text sni, alpn, ja3, ja3s, subject, issuer;
};

struct model {
    trawl_call *call;
    struct connection *items; /* in order of first message */
    size_t n, capacity;
    uint32_t *of_stream; /* index + 1, by stream */
    size_t n_streams;
    int rc;
    trawl_error *err;
};

#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

static const trawl_column columns[] = {
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the connection (tcp.stream)"),
    COL("start", TRAWL_TIME, 0, 4, NULL, "time of the first TLS message"),
    COL("client", TRAWL_IP, 0, 1, NULL, "address of the client"),
    COL("client_port", TRAWL_U16, ID, 3, NULL, "its port"),
    COL("server", TRAWL_IP, 0, 0, NULL, "address of the server"),
    COL("server_port", TRAWL_U16, ID, 1, NULL, "its port"),
    COL("version", TRAWL_STRING, 0, 0, NULL, "version that was negotiated"),
    COL("cipher", TRAWL_STRING, 0, 2, NULL, "cipher suite that the server chose"),
    COL("sni", TRAWL_STRING, 0, 0, NULL, "name of the server that the client asked for"),
    COL("alpn", TRAWL_STRING, 0, 3, NULL,
        "application protocol that the server chose, where it is in the clear"),
    COL("group", TRAWL_STRING, 0, 5, NULL, "group (curve) of the key exchange"),
    COL("resumed", TRAWL_BOOL, 0, 5, NULL, "an earlier session went on"),
    COL("hello_time", TRAWL_SPAN, 0, 2, NULL, "from ClientHello to ServerHello"),
    COL("handshake_time", TRAWL_SPAN, 0, 3, NULL,
        "from ClientHello to the second side's ChangeCipherSpec; TLS 1.3: to the client's first "
        "encrypted record after ServerHello"),
    COL("alerts", TRAWL_STRING, TRAWL_COLUMN_LIST, 4, NULL,
        "alerts in the clear: level and description"),
    COL("subject", TRAWL_STRING, 0, 6, NULL,
        "common name of the server's certificate, else its organisation"),
    COL("issuer", TRAWL_STRING, 0, 6, NULL, "the same of who issued it"),
    COL("not_before", TRAWL_TIME, 0, 7, NULL, "the certificate is valid from then on"),
    COL("not_after", TRAWL_TIME, 0, 7, NULL, "the certificate is valid until then"),
    COL("client_data", TRAWL_U64, 0, 5, "B",
        "application data that the client sent: length of the encrypted records"),
    COL("server_data", TRAWL_U64, 0, 5, "B",
        "application data that the server sent: length of the encrypted records"),
    COL("ja3", TRAWL_STRING, 0, 8, NULL, "fingerprint of the ClientHello"),
    COL("ja3s", TRAWL_STRING, 0, 8, NULL, "fingerprint of the ServerHello"),
    COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the packet of the first message"),
};

/* ---- what messages say ---- */

static struct text keep(struct model *m, const void *data, size_t n)
{
    const size_t kept = n < TEXT_MOST ? n : TEXT_MOST;
    char *p = host->call_alloc(m->call, kept + 1);

    if (!p) {
        m->rc = host->fail(m->err, TRAWL_E_NOMEM, "out of memory");
        return (struct text){0};
    }
    memcpy(p, data, kept);
    return (struct text){.p = p, .n = kept};
}

static void set_client(struct connection *c, unsigned direction)
{
    if (!c->has_client)
        c->client = (uint8_t)direction;
    c->has_client = 1;
}

static void set_group(struct connection *c, uint32_t group)
{
    c->group = (uint16_t)group;
    c->has_group = 1;
}

static struct text first_protocol(struct model *m, struct tls_reader r)
{
    struct tls_reader list = tls_sub(&r, tls_take(&r, 2));
    const struct tls_reader name = tls_sub(&list, tls_take(&list, 1));

    return name.n && !name.bad ? keep(m, name.p, name.n) : (struct text){0};
}

static struct text hash_of(struct model *m, const struct tls_hello *hello)
{
    char hex[33];
    size_t n;
    char *text = tls_ja3_text(hello, &n);

    if (!text) {
        m->rc = host->fail(m->err, TRAWL_E_NOMEM, "out of memory");
        return (struct text){0};
    }
    tls_md5(text, n, hex);
    host->free(text);
    return keep(m, hex, 32);
}

static void add_client_hello(struct model *m, struct connection *c, const struct tls_hello *hello,
                             int64_t time_ns)
{
    struct tls_reader r;

    if (c->has_client_hello) /* one after a HelloRetryRequest says the same again */
        return;
    c->has_client_hello = 1;
    c->client_hello_ns = time_ns;
    if (tls_extension_find(hello, 0, &r)) {
        struct tls_reader list = tls_sub(&r, tls_take(&r, 2)), name;

        tls_take(&list, 1);
        name = tls_sub(&list, tls_take(&list, 2));
        if (name.n && !name.bad)
            c->sni = keep(m, name.p, name.n);
    }
    if (!hello->bad)
        c->ja3 = hash_of(m, hello);
}

static void add_server_hello(struct model *m, struct connection *c, const struct tls_hello *hello,
                             int64_t time_ns)
{
    static const uint8_t retry[] = {0xcf, 0x21, 0xad, 0x74,
                                    0xe5, 0x9a, 0x61, 0x11}; /* its random */
    const int is_retry = hello->random && memcmp(hello->random, retry, sizeof(retry)) == 0;
    struct tls_reader r, cipher = hello->ciphers;

    if (c->has_cipher || !hello->random || cipher.n < 2) /* a renegotiation, or too little of one */
        return;
    if (!c->has_server_hello)
        c->server_hello_ns = time_ns;
    c->has_server_hello = 1;
    c->version = hello->version;
    c->has_version = 1;
    if (tls_extension_find(hello, 43, &r) && r.n >= 2)
        c->version = (uint16_t)tls_take(&r, 2);
    if (tls_extension_find(hello, 51, &r) && r.n >= 2)
        set_group(c, tls_take(&r, 2));
    if (is_retry)
        return;
    c->cipher = (uint16_t)tls_take(&cipher, 2);
    c->has_cipher = 1;
    if (tls_extension_find(hello, 16, &r))
        c->alpn = first_protocol(m, r);
    if (c->version > 0x0303) {
        c->has_resumed = 1;
        c->resumed = (uint8_t)tls_extension_find(hello, 41, &r);
    }
    if (!hello->bad)
        c->ja3s = hash_of(m, hello);
}

/* The first certificate: common name, or the organisation where there is none. */
struct certificate {
    struct model *m;
    struct connection *c;
    uint8_t has_common[2];
};

static void add_time(void *context, enum tls_x509 what, enum tls_x509_part part, int64_t value)
{
    struct connection *c = ((struct certificate *)context)->c;

    (void)what;
    if (part == PART_NOT_BEFORE) {
        c->not_before_ns = value;
        c->has_not_before = 1;
    } else if (part == PART_NOT_AFTER) {
        c->not_after_ns = value;
        c->has_not_after = 1;
    }
}

static void add_name(void *context, enum tls_x509 what, enum tls_x509_part part, const char *oid,
                     const uint8_t *data, size_t n)
{
    struct certificate *x = context;
    struct text *text = part == PART_ISSUER ? &x->c->issuer : &x->c->subject;
    const int is_common = oid && strcmp(oid, "2.5.4.3") == 0;

    (void)what;
    if (!oid || (part != PART_ISSUER && part != PART_SUBJECT))
        return;
    if (is_common || (!x->has_common[part == PART_ISSUER] && strcmp(oid, "2.5.4.10") == 0)) {
        *text = keep(x->m, data, n);
        x->has_common[part == PART_ISSUER] |= (uint8_t)is_common;
    }
}

static void add_certificate(struct model *m, struct connection *c, struct tls_reader r)
{
    struct certificate x = {.m = m, .c = c};
    const struct tls_x509_sink sink = {.number = add_time, .bytes = add_name, .context = &x};
    struct tls_reader list = tls_sub(&r, tls_take(&r, 3));

    if (c->has_certificate || list.n < 3)
        return;
    c->has_certificate = 1;
    tls_x509_read(tls_sub(&list, tls_take(&list, 3)), &sink);
}

static void add_handshake(struct model *m, struct connection *c, const struct tls_handshake *h,
                          const trawl_layer *message, int64_t time_ns)
{
    struct tls_hello hello;
    struct tls_reader r = h->body;

    switch (h->type) {
    case 1:
    case 2:
        tls_hello_read(h->body, h->type == 2, &hello);
        set_client(c, h->type == 1 ? message->direction : 1u - message->direction);
        if (h->type == 1)
            add_client_hello(m, c, &hello, time_ns);
        else
            add_server_hello(m, c, &hello, time_ns);
        return;
    case 11:
        if (c->has_client && message->direction == c->client)
            return;
        c->server_sent_key = 1;
        add_certificate(m, c, h->body);
        return;
    case 12:
        c->server_sent_key = 1;
        if (tls_take(&r, 1) == 3 && r.n >= 2)
            set_group(c, tls_take(&r, 2));
        return;
    case 14:
        c->server_sent_key = 1;
        return;
    default:
        return;
    }
}

static void add_handshakes(struct model *m, struct connection *c, const trawl_layer *message,
                           int64_t time_ns)
{
    struct tls_handshakes handshakes;
    struct tls_handshake h;
    const int rc = tls_handshakes_open(message, &handshakes);

    if (rc < 0)
        m->rc = host->fail(m->err, rc, "out of memory");
    if (rc <= 0)
        return;
    while (tls_handshakes_take(&handshakes, &h))
        add_handshake(m, c, &h, message, time_ns);
    tls_handshakes_close(&handshakes);
}

static void end_handshake(struct connection *c, int64_t time_ns)
{
    if (!c->has_handshake_end)
        c->handshake_end_ns = time_ns;
    c->has_handshake_end = 1;
}

static void add_record(struct connection *c, const struct tls_record *record,
                       const trawl_layer *message, int64_t time_ns)
{
    const unsigned direction = message->direction & 1;
    const int is_13 = (message->mark & TLS_MARK_13) != 0;
    struct tls_reader r = record->body;

    switch (record->type) {
    case TLS_CCS:
        c->ccs[direction] = 1;
        if (!is_13 && c->ccs[1 - direction])
            end_handshake(c, time_ns);
        if (!is_13 && c->has_server_hello && direction != c->client && !c->has_resumed) {
            c->has_resumed = 1;
            c->resumed = !c->server_sent_key;
        }
        return;
    case TLS_ALERT:
        if (message->mark & TLS_MARK_ENCRYPTED || record->length != 2 || r.n != 2 ||
            c->n_alerts == ALERTS_MOST)
            return;
        c->alerts[c->n_alerts++] = (uint16_t)tls_take(&r, 2);
        return;
    case TLS_DATA:
        c->data[direction] += record->length;
        if (is_13 && c->has_server_hello && c->has_cipher && direction == c->client &&
            record->length >= FINISHED_LEAST)
            end_handshake(c, time_ns);
        return;
    default:
        return;
    }
}

static struct connection *connection_of(struct model *m, uint32_t stream)
{
    if (stream >= m->n_streams) {
        const size_t n = stream < 512 ? 1024 : (size_t)stream * 2;
        uint32_t *grown = host->realloc(m->of_stream, n * sizeof(*grown));

        if (!grown)
            return NULL;
        memset(grown + m->n_streams, 0, (n - m->n_streams) * sizeof(*grown));
        m->of_stream = grown;
        m->n_streams = n;
    }
    if (m->of_stream[stream])
        return &m->items[m->of_stream[stream] - 1];
    if (m->n == m->capacity) {
        const size_t n = m->capacity ? m->capacity * 2 : 64;
        struct connection *grown = host->realloc(m->items, n * sizeof(*grown));

        if (!grown)
            return NULL;
        m->items = grown;
        m->capacity = n;
    }
    m->of_stream[stream] = (uint32_t)m->n + 1;
    m->items[m->n] = (struct connection){.stream = stream};
    return &m->items[m->n++];
}

static int add_message(void *context, const trawl_packet *packet, const trawl_layer *message,
                       trawl_error *err)
{
    struct model *m = context;
    struct tls_reader r = {.p = message->data, .n = message->cap_len};
    struct tls_record record;
    struct connection *c;

    if (message->stream == UINT32_MAX)
        return TRAWL_OK;
    c = connection_of(m, message->stream);
    if (!c)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (!c->has_first) {
        c->has_first = 1;
        c->first_ns = packet->time_ns;
        c->first_row = packet->row;
        c->direction_of_first = message->direction;
        c->ports[0] = message->src_port;
        c->ports[1] = message->dst_port;
    }
    if (message->mark & TLS_MARK_SSL2) {
        set_client(c, r.n > 2 && r.p[2] == 1 ? message->direction : 1u - message->direction);
        return TRAWL_OK;
    }
    /* Hellos say whose records these are. */
    add_handshakes(m, c, message, packet->time_ns);
    while (tls_record_next(&r, &record))
        add_record(c, &record, message, packet->time_ns);
    return m->rc;
}

/* ---- rows ---- */

static void put_text(trawl_builder *b, struct text text)
{
    if (text.p)
        host->put_value(b, text.p, text.n);
    else
        host->put_null(b);
}

/* A name, or the number in hexadecimal where there is none. */
static void put_name(trawl_builder *b, int has, const char *name, uint32_t value)
{
    static const char digits[] = "0123456789abcdef";
    char hex[] = "0x0000";

    for (unsigned i = 0; i < 4; i++)
        hex[2 + i] = digits[value >> (12 - 4 * i) & 15];
    host->put_text(b, !has ? NULL : name ? name : hex);
}

static void put_span(trawl_builder *b, int has, int64_t from, int64_t to)
{
    int64_t span;

    if (has && !__builtin_sub_overflow(to, from, &span))
        host->put_i64(b, span);
    else
        host->put_null(b);
}

static void put_time(trawl_builder *b, int has, int64_t time)
{
    if (has)
        host->put_i64(b, time);
    else
        host->put_null(b);
}

static void put_alerts(trawl_builder *b, const struct connection *c)
{
    for (unsigned i = 0; i < c->n_alerts; i++) {
        const char *level = c->alerts[i] >> 8 == 2 ? "fatal " : "warning ";
        const char *name = tls_alert_name((uint8_t)c->alerts[i]);
        char text[64] = "";

        memcpy(text, level, strlen(level));
        memccpy(text + strlen(level), name ? name : "unknown", 0, sizeof(text) - 16);
        host->put_text(b, text);
    }
    host->end_list(b);
}

static void put_row(trawl_builder *b, const struct connection *c, const trawl_view *src,
                    const trawl_view *dst)
{
    /* Without a hello, who opened the connection is the client. */
    const unsigned client = c->has_client ? c->client : 0;
    const int is_forward = c->direction_of_first == client;
    const trawl_view *from = is_forward ? src : dst, *to = is_forward ? dst : src;

    host->put_u64(b, c->stream);
    host->put_i64(b, c->first_ns);
    host->put_code(b, (uint32_t)trawl_view_u64(from, c->first_row));
    host->put_u64(b, c->ports[is_forward ? 0 : 1]);
    host->put_code(b, (uint32_t)trawl_view_u64(to, c->first_row));
    host->put_u64(b, c->ports[is_forward ? 1 : 0]);
    put_name(b, c->has_version, tls_version_name(c->version), c->version);
    put_name(b, c->has_cipher, tls_cipher_name(c->cipher), c->cipher);
    put_text(b, c->sni);
    put_text(b, c->alpn);
    put_name(b, c->has_group, tls_group_name(c->group), c->group);
    if (c->has_resumed)
        host->put_u64(b, c->resumed);
    else
        host->put_null(b);
    put_span(b, c->has_client_hello && c->has_server_hello, c->client_hello_ns, c->server_hello_ns);
    put_span(b, c->has_client_hello && c->has_handshake_end, c->client_hello_ns,
             c->handshake_end_ns);
    put_alerts(b, c);
    put_text(b, c->subject);
    put_text(b, c->issuer);
    put_time(b, c->has_not_before, c->not_before_ns);
    put_time(b, c->has_not_after, c->not_after_ns);
    host->put_u64(b, c->data[client]);
    host->put_u64(b, c->data[1 - client]);
    put_text(b, c->ja3);
    put_text(b, c->ja3s);
    host->put_u64(b, c->first_row + 1);
    host->end_row(b);
}

static int put_rows(const struct model *m, trawl_table *packets, trawl_table **ret,
                    trawl_error *err)
{
    trawl_view src = {.size = sizeof(src)}, dst = {.size = sizeof(dst)};
    const int64_t i_src = host->schema_find(host->schema_of(packets), "src");
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    if (rc == TRAWL_OK)
        rc = host->view_named(m->call, packets, "src", &src, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(m->call, packets, "dst", &dst, err);
    for (uint32_t i = 0; i < TRAWL_COUNT(columns) && rc == TRAWL_OK; i++)
        if (columns[i].type == TRAWL_IP)
            rc = host->builder_share(b, i, packets, (size_t)i_src, err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    for (size_t i = 0; i < m->n; i++)
        put_row(b, &m->items[i], &src, &dst);
    return host->finish(b, ret, err);
}

static int build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    struct model m = {.call = call, .err = err};
    trawl_table *packets = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = host->messages(call, capture, "tls", add_message, &m, err);
    if (rc == TRAWL_OK)
        rc = put_rows(&m, packets, ret, err);
    host->release(packets);
    host->free(m.items);
    host->free(m.of_stream);
    return rc;
}

const trawl_table_def tls_tables[1] = {{
    .size = sizeof(trawl_table_def),
    .column_size = sizeof(trawl_column),
    .name = "tls",
    .summary = "one row a TLS connection: version, cipher, names, times, certificate, JA3",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .build = build,
}};
