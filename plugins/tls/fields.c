/* The dissector `tls`: fields of records, handshake messages and certificates, under Wireshark's
 * names. Must not know how connections are summed up. */
#include "dtls.h"
#include "fields.h"

static void put(trawl_sink *sink, enum field field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, (uint32_t)field, value);
}

static void put_bytes(trawl_sink *sink, enum field field, const void *data, size_t n)
{
    if (sink->wanted[field])
        sink->put_bytes(sink, (uint32_t)field, data, n);
}

/* Each number of a list. */
static void put_each(trawl_sink *sink, enum field field, struct tls_reader r, unsigned width)
{
    while (r.n >= width)
        put(sink, field, tls_take(&r, width));
}

/* A name of which some is missing would be another. */
static void put_whole(trawl_sink *sink, enum field field, struct tls_reader r)
{
    if (!r.bad)
        put_bytes(sink, field, r.p, r.n);
}

/* ---- what certificates hold ---- */

static void x509_number(void *context, enum tls_x509 what, enum tls_x509_part part, int64_t value)
{
    const enum field field = what == X509_VERSION         ? F_X509_VERSION
                             : what == X509_SCT_ALGORITHM ? F_SIG_HASH
                             : what == X509_UTC_TIME      ? F_X509_UTC
                                                          : F_X509_GENERALIZED;
    trawl_sink *sink = context;

    (void)part;
    if (sink->wanted[field])
        sink->put_i64(sink, (uint32_t)field, value);
}

static void x509_bytes(void *context, enum tls_x509 what, enum tls_x509_part part, const char *oid,
                       const uint8_t *data, size_t n)
{
    static const enum field field_of[] = {[X509_SERIAL] = F_X509_SERIAL,
                                          [X509_ALGORITHM] = F_X509_ALGORITHM,
                                          [X509_NAME_OID] = F_X509_NAME_OID,
                                          [X509_COUNTRY] = F_X509_COUNTRY,
                                          [X509_PRINTABLE] = F_X509_PRINTABLE,
                                          [X509_UTF8] = F_X509_UTF8,
                                          [X509_TELETEX] = F_X509_TELETEX,
                                          [X509_BMP] = F_X509_BMP,
                                          [X509_UNIVERSAL] = F_X509_UNIVERSAL,
                                          [X509_IA5] = F_X509_IA5,
                                          [X509_DNS_NAME] = F_X509_DNS,
                                          [X509_IPV4] = F_X509_IPV4,
                                          [X509_IPV6] = F_X509_IPV6};

    (void)part;
    (void)oid;
    put_bytes(context, field_of[what], data, n);
}

/* ---- extensions ---- */

static void read_names(trawl_sink *sink, struct tls_reader r)
{
    struct tls_reader list = tls_sub(&r, tls_take(&r, 2));

    while (list.n >= 3) {
        struct tls_reader name;

        put(sink, F_SNI_TYPE, tls_take(&list, 1));
        name = tls_sub(&list, tls_take(&list, 2));
        put_whole(sink, F_SNI, name);
    }
}

static void read_protocols(trawl_sink *sink, enum field field, struct tls_reader r)
{
    struct tls_reader list = tls_sub(&r, tls_take(&r, 2));

    while (list.n)
        put_whole(sink, field, tls_sub(&list, tls_take(&list, 1)));
}

static void put_key_share(trawl_sink *sink, struct tls_reader *r)
{
    uint32_t length;

    if (r->n < 4)
        return;
    put(sink, F_KEY_SHARE_GROUP, tls_take(r, 2));
    length = tls_take(r, 2);
    put(sink, F_KEY_SHARE_LENGTH, length);
    tls_sub(r, length);
}

static void read_key_shares(trawl_sink *sink, struct tls_reader r, int is_server)
{
    if (is_server && r.n == 2) {
        put(sink, F_KEY_SHARE_SELECTED, tls_take(&r, 2));
        return;
    }
    if (!is_server)
        r = tls_sub(&r, tls_take(&r, 2));
    while (r.n >= 4)
        put_key_share(sink, &r);
}

/* Requests for the status of each certificate (RFC 6961): types, each with bytes of its own. */
static void read_requests(trawl_sink *sink, struct tls_reader r)
{
    struct tls_reader list = tls_sub(&r, tls_take(&r, 2));

    while (list.n >= 3) {
        put(sink, F_STATUS_TYPE, tls_take(&list, 1));
        tls_sub(&list, tls_take(&list, 2));
    }
}

static void read_extension(trawl_sink *sink, const struct tls_extension *e, int is_server)
{
    struct tls_reader r = e->body;
    const struct tls_x509_sink scts = {.number = x509_number, .context = sink};

    put(sink, F_EXT_TYPE, e->type);
    put(sink, F_EXT_LEN, e->length);
    if (r.n == 0)
        return;
    switch (e->type) {
    case 0:
        read_names(sink, r);
        return;
    case 5:
        put(sink, F_STATUS_TYPE, tls_take(&r, 1));
        return;
    case 10:
        put_each(sink, F_GROUP, tls_sub(&r, tls_take(&r, 2)), 2);
        return;
    case 11:
        put_each(sink, F_POINT_FORMAT, tls_sub(&r, tls_take(&r, 1)), 1);
        return;
    case 13:
    case 34: /* delegated credentials */
    case 50: /* of certificates */
        put_each(sink, F_SIG_HASH, tls_sub(&r, tls_take(&r, 2)), 2);
        return;
    case 16:
        read_protocols(sink, F_ALPN, r);
        return;
    case 17:
        read_requests(sink, r);
        return;
    case 18:
        tls_sct_list(r, &scts);
        return;
    case 0xffce: /* encrypted names: a suite, a key share */
        tls_take(&r, 2);
        if (!is_server)
            put_key_share(sink, &r);
        return;
    case 17513:
        read_protocols(sink, F_ALPS, r);
        return;
    case 27:
        put_each(sink, F_COMPRESS, tls_sub(&r, tls_take(&r, 1)), 2);
        return;
    case 28:
        put(sink, F_RECORD_LIMIT, tls_take(&r, 2));
        return;
    case 43:
        put_each(sink, F_SUPPORTED_VERSION, is_server ? r : tls_sub(&r, tls_take(&r, 1)), 2);
        return;
    case 45:
        put_each(sink, F_PSK_MODE, tls_sub(&r, tls_take(&r, 1)), 1);
        return;
    case 40: /* drafts of TLS 1.3 */
    case 51:
        read_key_shares(sink, r, is_server);
        return;
    case 65281:
        put(sink, F_RENEG_LEN, tls_take(&r, 1));
        return;
    default:
        return;
    }
}

void tls_put_ja3(trawl_sink *sink, const struct tls_hello *hello, uint32_t full, uint32_t hash)
{
    char hex[33], *text;
    size_t n;

    if (!sink->wanted[full] && !sink->wanted[hash])
        return;
    text = tls_ja3_text(hello, &n);
    if (!text) {
        sink->no_memory(sink);
        return;
    }
    tls_md5(text, n, hex);
    if (sink->wanted[full])
        sink->put_bytes(sink, full, text, n);
    if (sink->wanted[hash])
        sink->put_bytes(sink, hash, hex, 32);
    host->free(text);
}

static void put_ja4(trawl_sink *sink, const struct tls_hello *hello)
{
    char ja4[37], *text;
    size_t n;

    if (hello->is_server || (!sink->wanted[F_JA4] && !sink->wanted[F_JA4_R]))
        return;
    text = tls_ja4_text(hello, 't', &n, ja4);
    if (!text) {
        sink->no_memory(sink);
        return;
    }
    put_bytes(sink, F_JA4, ja4, 36);
    put_bytes(sink, F_JA4_R, text, n);
    host->free(text);
}

/* A reader that was bad from the start has what was captured of a message: no fault of the sender.
 */
static void complain(trawl_sink *sink, struct tls_reader message, const char *what)
{
    if (!message.bad)
        sink->malformed(sink, 0, what);
}

static void read_hello(trawl_sink *sink, struct tls_reader body, int is_server)
{
    struct tls_hello hello;
    struct tls_extension e;
    struct tls_reader r;

    tls_hello_read(body, is_server, &hello);
    if (body.n >= 2)
        put(sink, F_VERSION, hello.version);
    if (!hello.random)
        return;
    put_bytes(sink, F_RANDOM, hello.random, 32);
    if (body.n > 34)
        put(sink, F_SESSION_ID_LENGTH, body.p[34]);
    if (hello.session_id.n)
        put_whole(sink, F_SESSION_ID, hello.session_id);
    if (!is_server && hello.ciphers.p)
        put(sink, F_CIPHERS_LENGTH, hello.ciphers.n);
    put_each(sink, F_CIPHER, hello.ciphers, 2);
    if (!is_server && hello.compressions.p)
        put(sink, F_COMPS_LENGTH, hello.compressions.n);
    put_each(sink, F_COMP, hello.compressions, 1);
    if (hello.has_extensions)
        put(sink, F_EXTS_LENGTH, hello.extensions_length);
    r = hello.extensions;
    while (tls_extension_next(&r, &e))
        read_extension(sink, &e, is_server);
    if (hello.bad) {
        complain(sink, body, "a hello ends before its lists do");
        return;
    }
    tls_put_ja3(sink, &hello, is_server ? F_JA3S_FULL : F_JA3_FULL, is_server ? F_JA3S : F_JA3);
    put_ja4(sink, &hello);
}

/* ---- certificates ---- */

static void read_certificates(trawl_sink *sink, struct tls_reader message)
{
    const struct tls_x509_sink x509 = {.number = x509_number, .bytes = x509_bytes, .context = sink};
    struct tls_reader r = message;
    const uint32_t length = tls_take(&r, 3);
    struct tls_reader list = tls_sub(&r, length);

    put(sink, F_CERTS_LENGTH, length);
    while (list.n >= 3) {
        const uint32_t n = tls_take(&list, 3);
        const struct tls_reader certificate = tls_sub(&list, n);

        put(sink, F_CERT_LENGTH, n);
        put_bytes(sink, F_CERT, certificate.p, certificate.n);
        if (!tls_x509_read(certificate, &x509))
            complain(sink, message, "a certificate is not what X.509 says");
    }
    if (list.bad)
        complain(sink, message, "certificates run beyond their message");
}

static void read_status(trawl_sink *sink, struct tls_reader message)
{
    const struct tls_x509_sink x509 = {.number = x509_number, .bytes = x509_bytes, .context = sink};
    struct tls_reader r = message;
    uint32_t length;

    put(sink, F_STATUS_TYPE, tls_take(&r, 1));
    length = tls_take(&r, 3);
    put(sink, F_OCSP_LENGTH, length);
    if (!tls_ocsp_read(tls_sub(&r, length), &x509))
        complain(sink, message, "the status of a certificate is not what OCSP says");
}

/* Signature algorithms are there from TLS 1.2 on: their length and that of the names tell. */
static void read_request(trawl_sink *sink, struct tls_reader message)
{
    const struct tls_x509_sink x509 = {.number = x509_number, .bytes = x509_bytes, .context = sink};
    struct tls_reader r = message, rest;

    put_each(sink, F_CERT_TYPE, tls_sub(&r, tls_take(&r, 1)), 1);
    rest = r;
    if (tls_take(&rest, 2) != rest.n) {
        put_each(sink, F_SIG_HASH, tls_sub(&r, tls_take(&r, 2)), 2);
        rest = r;
        tls_take(&rest, 2);
    }
    while (rest.n >= 2)
        if (!tls_x509_name(tls_sub(&rest, tls_take(&rest, 2)), PART_OTHER, &x509))
            complain(sink, message, "a name of an authority is not what X.501 says");
}

/* The server's signature; its algorithm is there from TLS 1.2 on: the length tells. */
static void read_signature(trawl_sink *sink, struct tls_reader r)
{
    struct tls_reader rest = r;
    uint32_t algorithm = 0;
    int has_algorithm = 0;

    if (tls_take(&rest, 2) != rest.n) {
        rest = r;
        algorithm = tls_take(&rest, 2);
        has_algorithm = 1;
        if (tls_take(&rest, 2) != rest.n)
            return;
    }
    if (rest.bad)
        return;
    if (has_algorithm)
        put(sink, F_SIG_HASH, algorithm);
    put(sink, F_SIG_LEN, rest.n);
}

/* The kind of key exchange is the cipher suite's; a named curve is told by its first byte, the
 * three numbers of DHE by their lengths. In front of those DHE_PSK has a hint (RFC 4279 section 3),
 * and no signature behind them: a generator is not longer than its prime, but a prime than a hint.
 */
static void read_server_key(trawl_sink *sink, struct tls_reader r)
{
    uint32_t n, lengths[3];

    if (r.n >= 4 && r.p[0] == 3) {
        put(sink, F_CURVE_TYPE, tls_take(&r, 1));
        put(sink, F_CURVE, tls_take(&r, 2));
        n = tls_take(&r, 1);
        put(sink, F_SERVER_POINT, n);
        tls_sub(&r, n);
        read_signature(sink, r);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        lengths[i] = tls_take(&r, 2);
        tls_sub(&r, lengths[i]);
    }
    if (!r.bad && r.n && lengths[1] <= lengths[0])
        read_signature(sink, r);
}

/* ---- messages ---- */

static void read_handshake(trawl_sink *sink, const struct tls_handshake *h, uint32_t mark)
{
    struct tls_reader r = h->body;

    put(sink, F_HS_TYPE, h->type);
    put(sink, F_HS_LENGTH, h->length);
    switch (h->type) {
    case 1:
    case 2:
        read_hello(sink, r, h->type == 2);
        return;
    case 4:
        if (mark & TLS_MARK_13 || r.n < 6)
            return;
        put(sink, F_TICKET_LIFETIME, tls_take(&r, 4));
        put(sink, F_TICKET_LENGTH, tls_take(&r, 2));
        return;
    case 11:
        read_certificates(sink, r);
        return;
    case 12:
        read_server_key(sink, r);
        return;
    case 13:
        read_request(sink, r);
        return;
    case 15: /* signature algorithm from TLS 1.2 on: the length tells */
        if (r.n >= 4 && ((uint32_t)r.p[0] << 8 | r.p[1]) != r.n - 2)
            put(sink, F_SIG_HASH, tls_take(&r, 2));
        return;
    case 22:
        read_status(sink, r);
        return;
    case 16:
        if (r.n > 1 && r.p[0] == r.n - 1)
            put(sink, F_CLIENT_POINT, r.p[0]);
        return;
    default:
        return;
    }
}

/* records: those of the message, read to their end. */
static void read_handshakes(trawl_sink *sink, const trawl_layer *message, struct tls_reader records)
{
    struct tls_handshakes handshakes;
    struct tls_handshake h;
    const int rc = tls_handshakes_open(message, &handshakes);

    if (rc < 0)
        sink->no_memory(sink);
    if (rc == 0 && message->cap_len > TLS_HEAD && message->data[0] == TLS_HANDSHAKE &&
        (!(message->mark & TLS_MARK_INSIDE) || message->flags & TRAWL_LAYER_PARTIAL))
        put(sink, F_HS_ENCRYPTED, 1);
    if (rc <= 0)
        return;
    while (tls_handshakes_take(&handshakes, &h))
        read_handshake(sink, &h, message->mark);
    if (tls_handshakes_are_cut(&handshakes))
        complain(sink, records, "a handshake message runs beyond its records");
    tls_handshakes_close(&handshakes);
}

static void read_record(trawl_sink *sink, const struct tls_record *record, int is_encrypted)
{
    struct tls_reader r = record->body;

    if (record->type == TLS_CCS) {
        put(sink, F_CCS, 1);
    } else if (record->type == TLS_DATA) {
        put(sink, F_APP_DATA, 1);
    } else if (record->type == TLS_ALERT && (is_encrypted || record->length != 2)) {
        put(sink, F_ALERT_ENCRYPTED, 1);
    } else if (record->type == TLS_ALERT && r.n == 2) {
        put(sink, F_ALERT_LEVEL, tls_take(&r, 1));
        put(sink, F_ALERT_DESC, tls_take(&r, 1));
    } else if (record->type == TLS_HEARTBEAT && !is_encrypted && r.n >= 3 &&
               (r.p[0] == 1 || r.p[0] == 2)) {
        put(sink, F_HB_TYPE, tls_take(&r, 1));
        put(sink, F_HB_LENGTH, tls_take(&r, 2));
    }
}

/* A ClientHello in SSL 2.0's form. */
static void read_ssl2(trawl_sink *sink, const trawl_layer *message)
{
    struct tls_reader r = {.p = message->data, .n = message->cap_len};
    uint32_t type, n_specs, n_id;

    put(sink, F_REC_VERSION, 2); /* as tshark says of this form, whatever the hello offers */
    put(sink, F_REC_LENGTH, tls_take(&r, 2) & 0x7fff);
    type = tls_take(&r, 1);
    put(sink, F_HS_TYPE, type);
    if (type != 1)
        return;
    put(sink, F_VERSION, tls_take(&r, 2));
    n_specs = tls_take(&r, 2);
    n_id = tls_take(&r, 2);
    put(sink, F_SESSION_ID_LENGTH, n_id);
    tls_take(&r, 2);
    put_each(sink, F_CIPHERSPEC, tls_sub(&r, n_specs), 3);
    if (n_id) {
        const struct tls_reader id = tls_sub(&r, n_id);

        put_bytes(sink, F_SESSION_ID, id.p, id.n);
    }
    if (r.bad)
        sink->malformed(sink, 0, "a hello ends before its lists do");
}

static void extract(const trawl_packet *packet, const trawl_layer *message, trawl_sink *sink)
{
    struct tls_reader r = {.p = message->data, .n = message->cap_len};
    struct tls_record record;

    (void)packet;
    if (message->mark & TLS_MARK_SSL2) {
        read_ssl2(sink, message);
        return;
    }
    while (tls_record_next(&r, &record)) {
        const int is_opaque = record.type == TLS_DATA && message->mark & TLS_MARK_13;

        put(sink, is_opaque ? F_OPAQUE_TYPE : F_CONTENT_TYPE, record.type);
        put(sink, F_REC_VERSION, record.version);
        put(sink, F_REC_LENGTH, record.length);
        read_record(sink, &record, (message->mark & TLS_MARK_ENCRYPTED) != 0);
    }
    if (message->mark & TLS_MARK_INSIDE && !(message->flags & TRAWL_LAYER_PARTIAL))
        put(sink, F_HS_PART, 1);
    read_handshakes(sink, message, r);
}

/* Wireshark's, and those of protocols that turn to TLS on the way (STARTTLS): what they say in the
 * clear before is no message of ours. */
static const char *const tcp_ports[] = {
    "21",   "25",   "110",  "119",   "143",   "389",       "587",  "3306", "3389",
    "5222", "5269", "5432", "443",   "853",   "324",       "465",  "636",  "802",
    "993",  "995",  "1300", "2221",  "2443",  "3249-3252", "3496", "5061", "5671",
    "5684", "5868", "8883", "11207", "19999", "27017",     NULL};

const trawl_dissector tls_dissectors[TLS_N_DISSECTORS] = {
    {
        .size = sizeof(trawl_dissector),
        .field_size = sizeof(trawl_field),
        .name = "tls",
        .layer = "payload",
        .help = "Transport Layer Security over TCP",
        .fields = tls_fields,
        .n_fields = N_FIELDS,
        .extract = extract,
        .tcp_ports = tcp_ports,
        .probe = tls_probe,
        .message = tls_message,
        .state_size = sizeof(struct tls_state),
        .keep_bytes = TLS_KEEP,
        .flags = TRAWL_DISSECTOR_PARTS | TRAWL_DISSECTOR_BEGINS,
    },
    {
        .size = sizeof(trawl_dissector),
        .field_size = sizeof(trawl_field),
        .name = "dtls",
        .layer = "payload",
        .help = "Datagram TLS: records, handshake messages in the clear",
        .fields = dtls_fields,
        .n_fields = DTLS_N_FIELDS,
        .extract = dtls_extract,
        .probe = dtls_probe,
    }};
