/* The fields of MPTCP options under Wireshark's names, read from one TCP header at a time.
 * Knows nothing of connections: what needs other packets is in derived.c. */
#include "conn.h"
#include "digest.h"
#include "option.h"

#define V0 "RFC 6824 section 3"
#define V1 "RFC 8684 section 3"

enum field {
    F_RAW,
    F_SUBTYPE,
    F_VERSION,
    F_FLAGS,
    F_CHECKSUM_REQ,
    F_EXTENSIBILITY,
    F_NO_MORE,
    F_SHA1,
    F_SHA256,
    F_RESERVED_FLAG,
    F_BACKUP,
    F_DATA_FIN,
    F_DSEQN8,
    F_DSEQN_PRESENT,
    F_ACK8,
    F_ACK_PRESENT,
    F_FLAG_U,
    F_FLAG_V,
    F_FLAG_W,
    F_FLAG_T,
    F_REASON,
    F_RESERVED,
    F_ADDRID,
    F_SENDKEY,
    F_RECVKEY,
    F_RECVTOK,
    F_SENDRAND,
    F_TRUNC_HMAC,
    F_HMAC,
    F_ADDR_HMAC,
    F_ACK,
    F_DSN,
    F_SSN,
    F_LENGTH,
    F_CHECKSUM,
    F_IPVER,
    F_ECHO,
    F_IPV4,
    F_IPV6,
    F_PORT,
    F_RM_COUNT,
    F_TOKEN,
    F_IDSN,
    F_NO_ALGORITHM,
    F_OTHER_ALGORITHM,
    F_INFINITE,
    N_FIELDS
};

#define LIST(type_, name_, help_, source_)                                                         \
    {                                                                                              \
        .size = sizeof(trawl_field), .flags = TRAWL_COLUMN_LIST, .type = (type_), .name = (name_), \
        .help = (help_), .source = (source_)                                                       \
    }
#define LIST_FLAGS(flags_, type_, name_, help_, source_)                                     \
    {                                                                                        \
        .size = sizeof(trawl_field), .flags = TRAWL_COLUMN_LIST | (flags_), .type = (type_), \
        .name = (name_), .help = (help_), .source = (source_)                                \
    }
#define OPT "tcp.options.mptcp."

static const trawl_field fields[] = {
    [F_RAW] = LIST_FLAGS(TRAWL_COLUMN_HIDDEN, TRAWL_BYTES, "tcp.options.mptcp",
                         "each MPTCP option as it stands in the header", V1),
    [F_SUBTYPE] = LIST(TRAWL_U8, OPT "subtype",
                       "0 capable, 1 join, 2 DSS, 3 add address, 4 remove address, 5 priority, "
                       "6 fail, 7 fast close, 8 reset",
                       V1),
    [F_VERSION] = LIST(TRAWL_U8, OPT "version", "version of MPTCP that MP_CAPABLE asks for", V1),
    [F_FLAGS] = LIST_FLAGS(TRAWL_COLUMN_HEX, TRAWL_U8, OPT "flags",
                           "the byte with the flags of the option", V1),
    [F_CHECKSUM_REQ] = LIST(TRAWL_U8, OPT "checksumreq.flags", "checksums are required", V1),
    [F_EXTENSIBILITY] = LIST(TRAWL_U8, OPT "extensibility.flag", "extensibility flag", V1),
    [F_NO_MORE] = LIST(TRAWL_U8, OPT "nomoresubflows.flag",
                       "no subflows to this address and port, please", V1),
    [F_SHA1] = LIST(TRAWL_U8, OPT "sha1.flag", "HMAC-SHA1 is offered", V0),
    [F_SHA256] = LIST(TRAWL_U8, OPT "sha256.flag", "HMAC-SHA256 is offered", V1),
    [F_RESERVED_FLAG] = LIST_FLAGS(TRAWL_COLUMN_HEX, TRAWL_U8, OPT "reserved.flag",
                                   "reserved flags of MP_CAPABLE", V1),
    [F_BACKUP] = LIST(TRAWL_U8, OPT "backup.flag", "the subflow is a backup path", V1),
    [F_DATA_FIN] = LIST(TRAWL_U8, OPT "datafin.flag", "DATA_FIN: end of the data", V1),
    [F_DSEQN8] = LIST(TRAWL_U8, OPT "dseqn8.flag", "the data sequence number has 8 bytes", V1),
    [F_DSEQN_PRESENT] = LIST(TRAWL_U8, OPT "dseqnpresent.flag", "a mapping is there", V1),
    [F_ACK8] = LIST(TRAWL_U8, OPT "dataack8.flag", "the data ACK has 8 bytes", V1),
    [F_ACK_PRESENT] = LIST(TRAWL_U8, OPT "dataackpresent.flag", "a data ACK is there", V1),
    [F_FLAG_U] = LIST(TRAWL_BOOL, OPT "flag_U.flag", "MP_TCPRST: reserved flag U", V1),
    [F_FLAG_V] = LIST(TRAWL_BOOL, OPT "flag_V.flag", "MP_TCPRST: reserved flag V", V1),
    [F_FLAG_W] = LIST(TRAWL_BOOL, OPT "flag_W.flag", "MP_TCPRST: reserved flag W", V1),
    [F_FLAG_T] = LIST(TRAWL_BOOL, OPT "flag_T.flag", "MP_TCPRST: the cause is transient", V1),
    [F_REASON] = LIST_FLAGS(TRAWL_COLUMN_HEX, TRAWL_U8, OPT "rst_reason",
                            "why the subflow was reset", "RFC 8684 section 3.6"),
    [F_RESERVED] = LIST_FLAGS(TRAWL_COLUMN_HEX, TRAWL_U16, OPT "reserved", "reserved bits", V1),
    [F_ADDRID] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U8, OPT "addrid", "address id", V1),
    [F_SENDKEY] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "sendkey", "the sender's key", V1),
    [F_RECVKEY] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "recvkey", "the receiver's key", V1),
    [F_RECVTOK] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U32, OPT "recvtok",
                             "token of the connection that MP_JOIN joins, as its receiver has it",
                             V1),
    [F_SENDRAND] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U32, OPT "sendrand",
                              "the sender's random number", V1),
    [F_TRUNC_HMAC] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "sendtrunchmac",
                                "the sender's HMAC, first 64 bits", V1),
    [F_HMAC] = LIST(TRAWL_BYTES, OPT "sendhmac", "the sender's HMAC", V1),
    [F_ADDR_HMAC] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "addaddrtrunchmac",
                               "HMAC of an advertised address", V1),
    [F_ACK] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "rawdataack",
                         "data ACK as it stands in the option", V1),
    [F_DSN] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, OPT "rawdataseqno",
                         "data sequence number as it stands in the option", V1),
    [F_SSN] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U32, OPT "subflowseqno",
                         "subflow sequence number where the mapping starts, relative", V1),
    [F_LENGTH] = {.size = sizeof(trawl_field),
                  .flags = TRAWL_COLUMN_LIST,
                  .type = TRAWL_U16,
                  .name = OPT "datalvllen",
                  .unit = "B",
                  .help = "bytes that the mapping covers",
                  .source = V1},
    [F_CHECKSUM] = LIST_FLAGS(TRAWL_COLUMN_HEX, TRAWL_U16, OPT "checksum",
                              "checksum of the mapping and its data", V1),
    [F_IPVER] = LIST(TRAWL_U8, OPT "ipver", "IP version of an advertised address (version 0)", V0),
    [F_ECHO] = LIST(TRAWL_U8, OPT "echo", "ADD_ADDR is an echo (version 1)", V1),
    [F_IPV4] = LIST(TRAWL_IP, OPT "ipv4", "advertised IPv4 address", V1),
    [F_IPV6] = LIST(TRAWL_IP, OPT "ipv6", "advertised IPv6 address", V1),
    [F_PORT] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U16, OPT "port", "advertised port", V1),
    [F_RM_COUNT] = LIST(TRAWL_U8, "mptcp.rm_addr.count", "addresses that REMOVE_ADDR removes", V1),
    [F_TOKEN] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U32, "mptcp.expected_token",
                           "token that belongs to the sender's key", V1),
    [F_IDSN] = LIST_FLAGS(TRAWL_COLUMN_ID, TRAWL_U64, "mptcp.expected_idsn",
                          "initial data sequence number that belongs to the sender's key", V1),
    [F_NO_ALGORITHM] = LIST(TRAWL_BOOL, "mptcp.connection.missing_algorithm",
                            "MP_CAPABLE offers no algorithm", V1),
    [F_OTHER_ALGORITHM] = LIST(TRAWL_BOOL, "mptcp.connection.unsupported_algorithm",
                               "MP_CAPABLE offers other algorithms than HMAC with SHA-1 (version "
                               "0) or SHA-256 (version 1)",
                               V1),
    [F_INFINITE] = LIST(TRAWL_BOOL, "mptcp.dss.infinite_mapping",
                        "the mapping has no end: fallback to plain TCP", "RFC 8684 section 3.7"),
};

/* Segments without an option have it too, when a mapping before reaches over them. */
static const trawl_field sum_fields[] = {
    TRAWL_FIELD(.flags = TRAWL_COLUMN_HIDDEN | TRAWL_COLUMN_HEX, .type = TRAWL_U16,
                .name = OPT "payload_sum",
                .help = "ones' complement sum of the TCP payload where all of it was captured: "
                        "what checksums of mappings are made of",
                .source = V1),
};

/* A value that is in one option field. */
struct from_option {
    uint32_t bit;
    enum field field;
};

static uint64_t value_of(const struct mp_option *o, enum field field)
{
    switch (field) {
    case F_SUBTYPE:
        return o->subtype;
    case F_VERSION:
        return o->version;
    case F_FLAGS:
        return o->flags;
    case F_REASON:
        return o->reason;
    case F_RESERVED:
        return o->reserved;
    case F_ADDRID:
        return o->addrid;
    case F_SENDKEY:
        return o->sendkey;
    case F_RECVKEY:
        return o->recvkey;
    case F_RECVTOK:
        return o->recvtok;
    case F_SENDRAND:
        return o->sendrand;
    case F_TRUNC_HMAC:
        return o->trunc_hmac;
    case F_ADDR_HMAC:
        return o->addr_hmac;
    case F_ACK:
        return o->ack;
    case F_DSN:
        return o->dsn;
    case F_SSN:
        return o->ssn;
    case F_LENGTH:
        return o->length;
    case F_CHECKSUM:
        return o->checksum;
    case F_IPVER:
        return o->ipver;
    case F_ECHO:
        return o->echo;
    case F_PORT:
        return o->port;
    default:
        return 0;
    }
}

static void put(trawl_sink *sink, enum field field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, (uint32_t)field, value);
}

/* The flags of one option, each under its own name. */
static void put_flags(trawl_sink *sink, const struct mp_option *o)
{
    unsigned flags = o->flags;

    switch (o->subtype) {
    case MP_CAPABLE:
        if (!(flags & 0x3f))
            put(sink, F_NO_ALGORITHM, 1);
        else if ((flags & 0x3f) != 1)
            put(sink, F_OTHER_ALGORITHM, 1);
        put(sink, F_CHECKSUM_REQ, flags >> 7 & 1);
        put(sink, F_EXTENSIBILITY, flags >> 6 & 1);
        if (o->version == 1) {
            put(sink, F_NO_MORE, flags >> 5 & 1);
            put(sink, F_SHA256, flags & 1);
            put(sink, F_RESERVED_FLAG, flags >> 1 & 0xf);
        } else {
            put(sink, F_SHA1, flags & 1);
            put(sink, F_RESERVED_FLAG, flags >> 1 & 0x1f);
        }
        break;
    case MP_JOIN:
    case MP_PRIO:
        put(sink, F_BACKUP, flags & 1);
        break;
    case MP_DSS:
        put(sink, F_DATA_FIN, flags >> 4 & 1);
        put(sink, F_DSEQN8, flags >> 3 & 1);
        put(sink, F_DSEQN_PRESENT, flags >> 2 & 1);
        put(sink, F_ACK8, flags >> 1 & 1);
        put(sink, F_ACK_PRESENT, flags & 1);
        break;
    case MP_TCPRST:
        put(sink, F_FLAG_U, flags >> 3 & 1);
        put(sink, F_FLAG_V, flags >> 2 & 1);
        put(sink, F_FLAG_W, flags >> 1 & 1);
        put(sink, F_FLAG_T, flags & 1);
        break;
    default:
        break;
    }
}

static void put_option(trawl_sink *sink, const struct mp_option *o)
{
    static const struct from_option plain[] = {{MP_HAVE_SUBTYPE, F_SUBTYPE},
                                               {MP_HAVE_VERSION, F_VERSION},
                                               {MP_HAVE_FLAGS, F_FLAGS},
                                               {MP_HAVE_REASON, F_REASON},
                                               {MP_HAVE_RESERVED, F_RESERVED},
                                               {MP_HAVE_ADDRID, F_ADDRID},
                                               {MP_HAVE_SENDKEY, F_SENDKEY},
                                               {MP_HAVE_RECVKEY, F_RECVKEY},
                                               {MP_HAVE_RECVTOK, F_RECVTOK},
                                               {MP_HAVE_SENDRAND, F_SENDRAND},
                                               {MP_HAVE_TRUNC_HMAC, F_TRUNC_HMAC},
                                               {MP_HAVE_ADDR_HMAC, F_ADDR_HMAC},
                                               {MP_HAVE_ACK, F_ACK},
                                               {MP_HAVE_DSN, F_DSN},
                                               {MP_HAVE_SSN, F_SSN},
                                               {MP_HAVE_LENGTH, F_LENGTH},
                                               {MP_HAVE_CHECKSUM, F_CHECKSUM},
                                               {MP_HAVE_IPVER, F_IPVER},
                                               {MP_HAVE_ECHO, F_ECHO},
                                               {MP_HAVE_PORT, F_PORT}};
    uint32_t token;
    uint64_t idsn;

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (o->have & plain[i].bit)
            put(sink, plain[i].field, value_of(o, plain[i].field));
    }
    if (o->have & MP_HAVE_FLAGS)
        put_flags(sink, o);
    if (o->subtype == MP_DSS && o->have & MP_HAVE_LENGTH && o->length == 0)
        put(sink, F_INFINITE, 1);
    if (o->have & MP_HAVE_HMAC && sink->wanted[F_HMAC])
        sink->put_bytes(sink, F_HMAC, o->hmac, 20);
    if (o->have & MP_HAVE_IPV4 && sink->wanted[F_IPV4])
        sink->put_bytes(sink, F_IPV4, o->address, 4);
    if (o->have & MP_HAVE_IPV6 && sink->wanted[F_IPV6])
        sink->put_bytes(sink, F_IPV6, o->address, 16);
    if (o->subtype == MP_REMOVE_ADDR) {
        put(sink, F_RM_COUNT, o->n_removed);
        for (unsigned i = 0; i < o->n_removed; i++)
            put(sink, F_ADDRID, o->removed[i]);
    }
    if (o->have & MP_HAVE_SENDKEY && (sink->wanted[F_TOKEN] || sink->wanted[F_IDSN]) &&
        digest_mptcp(o->version, o->sendkey, &token, &idsn)) {
        put(sink, F_TOKEN, token);
        put(sink, F_IDSN, idsn);
    }
}

/* RFC 1071, of the bytes behind the header. */
static void extract_sum(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    size_t at = layer->cap_len > 12 ? (size_t)(layer->data[12] >> 4) * 4 : 0;
    const uint8_t *p = layer->data;
    uint64_t sum = 0;

    (void)packet;
    if (layer->flags & TRAWL_LAYER_QUOTED || at < 20 || at >= layer->cap_len ||
        layer->cap_len != layer->len)
        return;
    for (; at + 1 < layer->cap_len; at += 2)
        sum += (uint64_t)(p[at] << 8 | p[at + 1]);
    if (at < layer->cap_len)
        sum += (uint64_t)p[at] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    sink->put_u64(sink, 0, sum);
}

static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *option = NULL;
    size_t at = 20, n;
    int cut;

    (void)packet;
    if (layer->flags & TRAWL_LAYER_QUOTED)
        return;
    while ((n = mp_option_next(layer->data, layer->cap_len, &at, &option, &cut)) != 0) {
        struct mp_option o;
        int whole = mp_option_read(option, n, &o);

        if (sink->wanted[F_RAW])
            sink->put_bytes(sink, F_RAW, option, n);
        put_option(sink, &o);
        if (!whole) {
            sink->malformed(sink, (uint32_t)(option - layer->data), "MPTCP option ends too early");
            break;
        }
    }
    if (n == 0 && option) {
        struct mp_option o;

        (void)mp_option_read_cut(option, option[1], layer->cap_len - (size_t)(option - layer->data),
                                 &o);
        put_option(sink, &o);
    }
}

const trawl_dissector conn_dissectors[CONN_N_DISSECTORS] = {
    {.size = sizeof(trawl_dissector),
     .field_size = sizeof(trawl_field),
     .name = "mptcp",
     .layer = "tcp",
     .help = "Multipath TCP options",
     .fields = fields,
     .n_fields = N_FIELDS,
     .extract = extract},
    /* by the field's name: it is no protocol to be asked for */
    {.size = sizeof(trawl_dissector),
     .field_size = sizeof(trawl_field),
     .name = OPT "payload_sum",
     .layer = "tcp",
     .help = "sums of TCP payload",
     .fields = sum_fields,
     .n_fields = TRAWL_COUNT(sum_fields),
     .extract = extract_sum},
};
