/* The dissector `dtls`: records and handshake messages of datagrams, under Wireshark's names.
 * Knows nothing of connections: what is encrypted is told by a record's epoch. */
#include "dtls.h"

enum field {
    F_CONTENT_TYPE,
    F_REC_VERSION,
    F_EPOCH,
    F_SEQUENCE,
    F_REC_LENGTH,
    F_CCS,
    F_ALERT_LEVEL,
    F_ALERT_DESC,
    F_HS_TYPE,
    F_HS_LENGTH,
    F_HS_SEQ,
    F_HS_OFFSET,
    F_HS_FRAGMENT,
    F_VERSION,
    F_CIPHER,
    F_EXT_TYPE,
    F_SNI,
    F_ALPN,
    F_GROUP,
    F_JA3_FULL,
    F_JA3,
    F_JA3S_FULL,
    F_JA3S
};

#define R12 "RFC 6347 section 4"
#define HS  "dtls.handshake."
#define LIST(flags_, type_, name_, unit_, help_, source_)                                    \
    {                                                                                        \
        .size = sizeof(trawl_field), .flags = TRAWL_COLUMN_LIST | (flags_), .type = (type_), \
        .name = (name_), .unit = (unit_), .help = (help_), .source = (source_)               \
    }

const trawl_field dtls_fields[DTLS_N_FIELDS] = {
    [F_CONTENT_TYPE] = LIST(TRAWL_COLUMN_ID, TRAWL_U8, "dtls.record.content_type", NULL,
                            "20 change cipher spec, 21 alert, 22 handshake, 23 application data",
                            R12),
    [F_REC_VERSION] = LIST(TRAWL_COLUMN_HEX, TRAWL_U16, "dtls.record.version", NULL,
                           "version of the record", R12),
    [F_EPOCH] = LIST(0, TRAWL_U16, "dtls.record.epoch", NULL, "0 in the clear, else encrypted",
                     R12),
    [F_SEQUENCE] = LIST(0, TRAWL_U64, "dtls.record.sequence_number", NULL,
                        "number of the record in its epoch", R12),
    [F_REC_LENGTH] = LIST(0, TRAWL_U16, "dtls.record.length", "B", "bytes of its content", R12),
    [F_CCS] = LIST(0, TRAWL_BOOL, "dtls.change_cipher_spec", NULL, "a change cipher spec", R12),
    [F_ALERT_LEVEL] = LIST(TRAWL_COLUMN_ID, TRAWL_U8, "dtls.alert_message.level", NULL,
                           "1 warning, 2 fatal", R12),
    [F_ALERT_DESC] = LIST(TRAWL_COLUMN_ID, TRAWL_U8, "dtls.alert_message.desc", NULL,
                          "what the alert says", R12),
    [F_HS_TYPE] = LIST(TRAWL_COLUMN_ID, TRAWL_U8, HS "type", NULL,
                       "1 client hello, 2 server hello, 3 hello verify request …", R12),
    [F_HS_LENGTH] = LIST(0, TRAWL_U32, HS "length", "B", "bytes of the handshake message", R12),
    [F_HS_SEQ] = LIST(0, TRAWL_U16, HS "message_seq", NULL, "number of the message", R12),
    [F_HS_OFFSET] = LIST(0, TRAWL_U32, HS "fragment_offset", "B", "where its fragment begins", R12),
    [F_HS_FRAGMENT] = LIST(0, TRAWL_U32, HS "fragment_length", "B", "bytes of the fragment", R12),
    [F_VERSION] = LIST(TRAWL_COLUMN_HEX, TRAWL_U16, HS "version", NULL, "version in a hello", R12),
    [F_CIPHER] = LIST(TRAWL_COLUMN_HEX, TRAWL_U16, HS "ciphersuite", NULL,
                      "cipher suites: offered by a client, chosen by a server", R12),
    [F_EXT_TYPE] = LIST(TRAWL_COLUMN_ID, TRAWL_U16, HS "extension.type", NULL,
                        "extensions of a hello", R12),
    [F_SNI] = LIST(0, TRAWL_STRING, HS "extensions_server_name", NULL, "name of the server (SNI)",
                   "RFC 6066 section 3"),
    [F_ALPN] = LIST(0, TRAWL_STRING, HS "extensions_alpn_str", NULL, "protocols on offer",
                    "RFC 7301"),
    [F_GROUP] = LIST(TRAWL_COLUMN_HEX, TRAWL_U16, HS "extensions_supported_group", NULL,
                     "groups on offer", "RFC 8422 section 5.1.1"),
    [F_JA3_FULL] = LIST(0, TRAWL_STRING, HS "ja3_full", NULL,
                        "what a client offers, as JA3 writes it", "JA3"),
    [F_JA3] = LIST(0, TRAWL_STRING, HS "ja3", NULL, "MD5 of ja3_full", "JA3"),
    [F_JA3S_FULL] = LIST(0, TRAWL_STRING, HS "ja3s_full", NULL,
                         "what the server chooses, as JA3S writes it", "JA3"),
    [F_JA3S] = LIST(0, TRAWL_STRING, HS "ja3s", NULL, "MD5 of ja3s_full", "JA3"),
};

static void put(trawl_sink *sink, enum field field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, (uint32_t)field, value);
}

/* A name of which some is missing would be another. */
static void put_whole(trawl_sink *sink, enum field field, struct tls_reader r)
{
    if (sink->wanted[field] && r.n && !r.bad)
        sink->put_bytes(sink, (uint32_t)field, r.p, r.n);
}

static void read_extension(trawl_sink *sink, const struct tls_extension *e, int is_server)
{
    struct tls_reader r = e->body, one;

    put(sink, F_EXT_TYPE, e->type);
    if (e->type == 0 && !is_server) {
        for (r = tls_sub(&r, tls_take(&r, 2)); r.n >= 3;) {
            tls_take(&r, 1);
            one = tls_sub(&r, tls_take(&r, 2));
            put_whole(sink, F_SNI, one);
        }
    } else if (e->type == 16) {
        for (r = tls_sub(&r, tls_take(&r, 2)); r.n >= 1;) {
            one = tls_sub(&r, tls_take(&r, 1));
            put_whole(sink, F_ALPN, one);
        }
    } else if (e->type == 10) {
        for (r = tls_sub(&r, tls_take(&r, 2)); r.n >= 2;)
            put(sink, F_GROUP, tls_take(&r, 2));
    }
}

/* is_partial: the body's end is not there, which is no fault of its own. */
static void read_hello(trawl_sink *sink, struct tls_reader body, int is_server, int is_partial)
{
    struct tls_hello hello;
    struct tls_extension e;
    struct tls_reader r;

    tls_hello_read(body, is_server, &hello);
    put(sink, F_VERSION, hello.version);
    for (r = hello.ciphers; r.n >= 2;)
        put(sink, F_CIPHER, tls_take(&r, 2));
    r = hello.extensions;
    while (tls_extension_next(&r, &e))
        read_extension(sink, &e, is_server);
    if (hello.bad && !is_partial)
        sink->malformed(sink, 0, "a hello ends before its lists do");
    if (!hello.bad && !is_partial)
        tls_put_ja3(sink, &hello, is_server ? F_JA3S_FULL : F_JA3_FULL, is_server ? F_JA3S : F_JA3);
}

/* Fragments of handshake messages: the first of a hello is read. */
static void read_handshakes(trawl_sink *sink, struct tls_reader r, int is_cut)
{
    while (r.n >= 12) {
        const uint32_t type = tls_take(&r, 1), length = tls_take(&r, 3), seq = tls_take(&r, 2);
        const uint32_t offset = tls_take(&r, 3), n = tls_take(&r, 3);
        const struct tls_reader body = tls_sub(&r, n);

        put(sink, F_HS_TYPE, type);
        put(sink, F_HS_LENGTH, length);
        put(sink, F_HS_SEQ, seq);
        put(sink, F_HS_OFFSET, offset);
        put(sink, F_HS_FRAGMENT, n);
        if (n > length || offset > length - n)
            sink->malformed(sink, 0, "a fragment lies beyond its handshake message");
        else if ((type == 1 || type == 2) && offset == 0 && body.n)
            read_hello(sink, body, type == 2, n < length || (is_cut && body.bad));
        else if (type == 3 && body.n >= 2)
            put(sink, F_VERSION, (uint32_t)body.p[0] << 8 | body.p[1]);
    }
}

enum { HEAD = 13, RECORD_MOST = 16384 + 2048 };

/* Type, version, epoch, number, length. 0x100 is what OpenSSL said before DTLS 1.0 was final, and
 * Cisco's AnyConnect says still. */
static int is_head(const uint8_t *p)
{
    const unsigned version = (unsigned)(p[1] << 8 | p[2]);

    return p[0] >= TLS_CCS && p[0] <= TLS_HEARTBEAT &&
           (version == 0xfeff || version == 0xfefd || version == 0x100) &&
           (p[11] << 8 | p[12]) <= RECORD_MOST;
}

int dtls_probe(const trawl_layer *payload)
{
    uint32_t at = 0;

    if (payload->carrier != 17 || payload->cap_len < HEAD)
        return 0;
    while (payload->cap_len - at >= HEAD) {
        const uint8_t *p = payload->data + at;
        const uint32_t n = HEAD + (uint32_t)(p[11] << 8 | p[12]);

        if (!is_head(p) || n > payload->len - at)
            return 0;
        if (n > payload->cap_len - at)
            return 1;
        at += n;
    }
    return at == payload->len || payload->cap_len < payload->len;
}

void dtls_extract(const trawl_packet *packet, const trawl_layer *payload, trawl_sink *sink)
{
    struct tls_reader r = {.p = payload->data, .n = payload->cap_len};

    (void)packet;
    while (r.n >= HEAD && is_head(r.p)) {
        const uint32_t type = tls_take(&r, 1), version = tls_take(&r, 2), epoch = tls_take(&r, 2);
        const uint64_t high = tls_take(&r, 2), low = tls_take(&r, 4);
        const uint32_t length = tls_take(&r, 2);
        struct tls_reader body = tls_sub(&r, length);

        put(sink, F_CONTENT_TYPE, type);
        put(sink, F_REC_VERSION, version);
        put(sink, F_EPOCH, epoch);
        put(sink, F_SEQUENCE, high << 32 | low);
        put(sink, F_REC_LENGTH, length);
        if (type == TLS_CCS)
            put(sink, F_CCS, 1);
        else if (type == TLS_ALERT && epoch == 0 && body.n == 2) {
            put(sink, F_ALERT_LEVEL, tls_take(&body, 1));
            put(sink, F_ALERT_DESC, tls_take(&body, 1));
        } else if (type == TLS_HANDSHAKE && epoch == 0) {
            read_handshakes(sink, body, payload->cap_len < payload->len);
        }
    }
}
