/* What the files of this plugin share: readers of bytes, records, handshake messages, names.
 * Must not know tables of other plugins. */
#ifndef TLS_H
#define TLS_H

#include "trawl/plugin.h"

extern const trawl_host *host;
enum { TLS_N_DISSECTORS = 2 };
extern const trawl_dissector tls_dissectors[TLS_N_DISSECTORS];
extern const trawl_table_def tls_tables[1];
extern const trawl_metric tls_metrics[2];

/* ---- bytes ---- */

/** What is still to be read. A read beyond the end gives 0 and sets bad. */
struct tls_reader {
    const uint8_t *p;
    size_t n;
    int bad;
};

static inline uint32_t tls_take(struct tls_reader *r, unsigned n)
{
    uint32_t v = 0;

    if (r->n < n) {
        r->bad = 1;
        r->n = 0;
        return 0;
    }
    for (unsigned i = 0; i < n; i++)
        v = v << 8 | r->p[i];
    r->p += n;
    r->n -= n;
    return v;
}

/** The next n bytes, or as many as there are (then r->bad). */
static inline struct tls_reader tls_sub(struct tls_reader *r, size_t n)
{
    struct tls_reader sub = {.p = r->p, .n = n};

    if (r->n < n) {
        r->bad = sub.bad = 1;
        sub.n = r->n;
    }
    r->p += sub.n;
    r->n -= sub.n;
    return sub;
}

/* ---- records (RFC 8446 section 5.1) ---- */

enum { TLS_CCS = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_DATA = 23, TLS_HEARTBEAT = 24 };
enum {
    TLS_HEAD = 5,
    TLS_RECORD_MOST = 16384 + 2048,
    TLS_HANDSHAKE_MOST = 1 << 17,
    TLS_KEEP = TLS_HANDSHAKE_MOST + 2 * TLS_RECORD_MOST /* of records over which one runs */
};

/** What extract is told of the messages before (trawl_layer.mark). */
enum {
    TLS_MARK_13 = 1,        /**< TLS 1.3 was negotiated */
    TLS_MARK_ENCRYPTED = 2, /**< this direction has sent ChangeCipherSpec */
    TLS_MARK_SSL2 = 4,      /**< a hello in SSL 2.0's form */
    TLS_MARK_ON = 8,        /**< a handshake message goes on in the next record */
    TLS_MARK_INSIDE = 16,   /**< and none ends in this one */
    TLS_MARK_SHIFT = 8      /**< above it: bytes of the message at hand in records before this */
};

/** Where handshake messages stand within records: what of the one at hand is still to come. */
struct tls_chain {
    uint8_t head[4];
    uint8_t n_head; /* 0: nothing */
    uint16_t n_ended, n_records;
    uint32_t left;
};

struct tls_state {
    uint32_t mark; /* first: see trawl_layer */
    uint8_t tls13, encrypted[2], begun[2];
    uint8_t early[2]; /* a ClientHello announced data ahead of the ServerHello: TLS 1.3's */
    struct tls_chain chain[2]; /* by direction */
};

struct tls_record {
    uint8_t type;
    uint16_t version;
    uint32_t length;        /* as declared */
    struct tls_reader body; /* what is there of it */
};

int64_t tls_message(void *state, const trawl_layer *payload);
int tls_probe(const trawl_layer *payload);
/** The next record; 0: nothing more, or no record. */
int tls_record_next(struct tls_reader *r, struct tls_record *ret);

/* ---- handshake messages ---- */

struct tls_handshake {
    uint8_t type;
    uint32_t length;        /* as declared */
    struct tls_reader body; /* what is there of it */
};

/** Is it one that the registry has? */
int tls_handshake_is_known(uint8_t type);
/** Do these bytes hold whole messages of known types and nothing else? Else they are encrypted. */
int tls_handshakes_fit(struct tls_reader r);
int tls_handshake_next(struct tls_reader *r, struct tls_handshake *ret);

/** The handshake messages that end in a message from tls_message(). */
struct tls_handshakes {
    struct tls_reader bytes; /* from the first byte of the first, whatever record has it */
    size_t n_old;            /* of these, those of records before: the first ends behind them */
    size_t n_all;
    int goes_on; /* the last one does, in the next record */
    void *memory;
};
/** 1: *ret is to be closed; 0: none, or encrypted; TRAWL_E_NOMEM. */
int tls_handshakes_open(const trawl_layer *message, struct tls_handshakes *ret);
/** The next that ends here, or whose rest never comes. */
int tls_handshakes_take(struct tls_handshakes *hs, struct tls_handshake *ret);
/** Behind the last: are there bytes that are no whole message, and none that is to go on? */
int tls_handshakes_are_cut(const struct tls_handshakes *hs);
void tls_handshakes_close(struct tls_handshakes *hs);

/** A ClientHello or ServerHello taken apart. */
struct tls_hello {
    int is_server;
    int bad;                                             /* it ends too early */
    uint16_t version;                                    /* the legacy one */
    const uint8_t *random;                               /* 32 bytes, or NULL */
    struct tls_reader session_id, ciphers, compressions; /* ciphers: 2 bytes each, a server's too */
    int has_extensions;
    uint32_t extensions_length;
    struct tls_reader extensions;
};
struct tls_extension {
    uint16_t type;
    uint32_t length;
    struct tls_reader body;
};
void tls_hello_read(struct tls_reader body, int is_server, struct tls_hello *ret);
int tls_extension_next(struct tls_reader *r, struct tls_extension *ret);
/** The first extension of a type; 0: none. */
int tls_extension_find(const struct tls_hello *hello, uint16_t type, struct tls_reader *ret);

/** A reserved value that says nothing (RFC 8701). */
static inline int tls_is_grease(uint32_t v)
{
    return (v & 0x0f0f) == 0x0a0a && (v & 0xff) == v >> 8;
}

/** JA3 or JA3S before hashing, from host->alloc; NULL: no memory. */
char *tls_ja3_text(const struct tls_hello *hello, size_t *ret_n);
/** Both as values of two fields. */
void tls_put_ja3(trawl_sink *sink, const struct tls_hello *hello, uint32_t full, uint32_t hash);
/** JA4 of a ClientHello: 36 characters, and before hashing (JA4_r, from host->alloc); NULL: no
 * memory. carrier: 't' over TCP, 'q' over QUIC, 'd' over UDP. */
char *tls_ja4_text(const struct tls_hello *hello, char carrier, size_t *ret_n, char ret_ja4[37]);
/** MD5 of text as 32 hexadecimal digits. */
void tls_md5(const char *text, size_t n, char ret[33]);

/* ---- certificates (RFC 5280 section 4.1) ---- */

enum tls_x509 {
    X509_VERSION,
    X509_SERIAL,
    X509_ALGORITHM, /* object identifier as text */
    X509_NAME_OID,
    X509_COUNTRY,
    X509_PRINTABLE,
    X509_UTF8,
    X509_TELETEX,
    X509_BMP,
    X509_UTC_TIME, /* ns since 1970 */
    X509_GENERALIZED_TIME,
    X509_DNS_NAME,
    X509_SCT_ALGORITHM, /* of a signed certificate timestamp: hash and signature */
    X509_UNIVERSAL,
    X509_IA5,
    X509_IPV4,
    X509_IPV6
};
/** Which part of the certificate a value belongs to. */
enum tls_x509_part { PART_OTHER, PART_ISSUER, PART_SUBJECT, PART_NOT_BEFORE, PART_NOT_AFTER };

/** Gets what a certificate holds, in order. oid: of the attribute in a name, as text. */
struct tls_x509_sink {
    void (*number)(void *context, enum tls_x509 what, enum tls_x509_part part, int64_t value);
    void (*bytes)(void *context, enum tls_x509 what, enum tls_x509_part part, const char *oid,
                  const uint8_t *data, size_t n);
    void *context;
};
/** 0: it is not what it should be; what came before was handed over. */
int tls_x509_read(struct tls_reader der, const struct tls_x509_sink *sink);
int tls_x509_name(struct tls_reader der, enum tls_x509_part part, const struct tls_x509_sink *sink);
/** An AlgorithmIdentifier, from where r stands. */
int tls_x509_algorithm(struct tls_reader *r, const struct tls_x509_sink *sink);
/** Algorithms, the responder's name and the certificates of an OCSP response. */
int tls_ocsp_read(struct tls_reader der, const struct tls_x509_sink *sink);
/** Signed certificate timestamps (RFC 6962 section 3.3). */
void tls_sct_list(struct tls_reader r, const struct tls_x509_sink *sink);

/* ---- names; NULL: not known ---- */

const char *tls_version_name(uint16_t version);
const char *tls_cipher_name(uint16_t cipher);
const char *tls_group_name(uint16_t group);
const char *tls_alert_name(uint8_t description);

#endif
