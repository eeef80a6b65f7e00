/* The data of records as fields: what each type has, in order. Knows nothing of packets. */
#include "rdata.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

const uint8_t *dns_take(struct dns_part *part, uint32_t n)
{
    const uint8_t *data = part->message->data + part->at;

    if (part->at > part->end || n > part->end - part->at)
        return NULL;
    part->at += n;
    return data;
}

/* Bytes of the UTF-8 character at p; 0: it is none, and *ret_bad bytes go together in its place. */
static unsigned character(const uint8_t *p, size_t n, unsigned *ret_bad)
{
    const unsigned c = p[0];
    const unsigned n_more = c < 0xc0   ? 0
                            : c < 0xe0 ? 1
                            : c < 0xf0 ? 2
                            : c < 0xf8 ? 3
                            : c < 0xfc ? 4
                                       : 5;
    unsigned k = 0;

    while (k < n_more && k + 1 < n && (p[k + 1] & 0xc0) == 0x80)
        k++;
    *ret_bad = k + 1;
    if (c < 0x80)
        return 1;
    if (k < n_more || c < 0xc2 || c > 0xf4 || (c == 0xe0 && p[1] < 0xa0) ||
        (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return n_more + 1;
}

void dns_put_name(trawl_sink *sink, uint32_t field, const struct dns_name *name)
{
    const uint8_t *p = (const uint8_t *)name->text;
    uint8_t text[DNS_NAME_TEXT_MOST * 3];
    size_t n = 0;

    if (!sink->wanted[field])
        return;
    if (name->is_ascii) {
        sink->put_bytes(sink, field, p, name->n);
        return;
    }
    for (size_t i = 0; i < name->n;) {
        unsigned bad;
        const unsigned n_character = character(p + i, name->n - i, &bad);

        memcpy(text + n, n_character ? p + i : (const uint8_t *)"\xef\xbf\xbd",
               n_character ? n_character : 3);
        n += n_character ? n_character : 3;
        i += n_character ? n_character : bad;
    }
    sink->put_bytes(sink, field, text, n);
}

const char *dns_take_name(struct dns_part *part, trawl_sink *sink, uint32_t field)
{
    struct dns_name name;
    const char *fault;
    uint32_t end;
    int is_empty;

    if (sink->wanted[field]) {
        fault = dns_read_name(part->message, part->at, &name);
        end = fault ? 0 : name.end;
        if (name.n)
            dns_put_name(sink, field, &name);
    } else {
        fault = dns_check_name(part->message, part->at, &end, &is_empty);
    }
    if (fault)
        return fault;
    part->at = end;
    return end > part->end ? DNS_DATA_ENDS : NULL;
}

/* ---- types that are parts in a row ---- */

enum step_kind {
    DONE,
    U8,
    U16,
    U32,
    SECONDS, /* since 1970 */
    NAME,
    NAME_LENGTH, /* of the text of the name that follows; the root has none */
    COUNTED,     /* a length, which goes into the field, and text, into the next field */
    COUNTEDS,    /* as many of them as there are */
    SIZED,       /* a length of 16 bits, as COUNTED, and bytes */
    IP4,
    IP6,
    HARDWARE, /* the rest as a number */
    REST,
    SKIP /* the rest that has no field */
};
struct step {
    uint8_t kind;
    uint8_t field;
};
_Static_assert(N_FIELDS <= 256, "a step's field is a byte");

enum type {
    T_A = 1,
    T_NS = 2,
    T_MD = 3,
    T_MF = 4,
    T_CNAME = 5,
    T_SOA = 6,
    T_MB = 7,
    T_MG = 8,
    T_MR = 9,
    T_NULL = 10,
    T_WKS = 11,
    T_PTR = 12,
    T_HINFO = 13,
    T_MINFO = 14,
    T_MX = 15,
    T_TXT = 16,
    T_RP = 17,
    T_AFSDB = 18,
    T_RT = 21,
    T_NSAP = 22,
    T_NSAP_PTR = 23,
    T_SIG = 24,
    T_PX = 26,
    T_AAAA = 28,
    T_SRV = DNS_TYPE_SRV,
    T_NAPTR = 35,
    T_KX = 36,
    T_CERT = 37,
    T_DNAME = 39,
    T_OPT = DNS_TYPE_OPT,
    T_DS = 43,
    T_SSHFP = 44,
    T_RRSIG = 46,
    T_NSEC = 47,
    T_DNSKEY = 48,
    T_DHCID = 49,
    T_NSEC3 = 50,
    T_NSEC3PARAM = 51,
    T_TLSA = 52,
    T_SMIMEA = 53,
    T_CDS = 59,
    T_CDNSKEY = 60,
    T_OPENPGPKEY = 61,
    T_ZONEMD = 63,
    T_SVCB = 64,
    T_HTTPS = 65,
    T_SPF = 99,
    T_EUI48 = 108,
    T_EUI64 = 109,
    T_TKEY = 249,
    T_TSIG = 250,
    T_CAA = 257,
    T_DLV = 32769
};

enum { STEPS_MOST = 10 };
#define DS_STEPS                                                          \
    {                                                                     \
        {U16, F_DS_KEY_ID}, {U8, F_DS_ALGORITHM}, {U8, F_DS_DIGEST_TYPE}, \
        {                                                                 \
            REST, F_DS_DIGEST                                             \
        }                                                                 \
    }
#define RRSIG_STEPS                                                                              \
    {                                                                                            \
        {U16, F_RRSIG_TYPE}, {U8, F_RRSIG_ALGORITHM}, {U8, F_RRSIG_LABELS}, {U32, F_RRSIG_TTL},  \
            {SECONDS, F_RRSIG_EXPIRATION}, {SECONDS, F_RRSIG_INCEPTION}, {U16, F_RRSIG_KEY_TAG}, \
            {NAME, F_RRSIG_SIGNER},                                                              \
        {                                                                                        \
            REST, F_RRSIG_SIGNATURE                                                              \
        }                                                                                        \
    }
#define TLSA_STEPS                                                        \
    {                                                                     \
        {U8, F_TLSA_USAGE}, {U8, F_TLSA_SELECTOR}, {U8, F_TLSA_MATCHING}, \
        {                                                                 \
            REST, F_TLSA_DATA                                             \
        }                                                                 \
    }
static const struct step layouts[T_TSIG + 1][STEPS_MOST] = {
    [T_A] = {{IP4, F_A}},
    [T_NS] = {{NAME, F_NS}},
    [T_MD] = {{NAME, F_MD}},
    [T_MF] = {{NAME, F_MF}},
    [T_CNAME] = {{NAME, F_CNAME}},
    [T_SOA] = {{NAME, F_SOA_MNAME},
               {NAME, F_SOA_RNAME},
               {U32, F_SOA_SERIAL},
               {U32, F_SOA_REFRESH},
               {U32, F_SOA_RETRY},
               {U32, F_SOA_EXPIRE},
               {U32, F_SOA_MINIMUM}},
    [T_MB] = {{NAME, F_MB}},
    [T_MG] = {{NAME, F_MG}},
    [T_MR] = {{NAME, F_MR}},
    [T_NULL] = {{REST, F_NULL_DATA}},
    [T_WKS] = {{IP4, F_WKS_ADDRESS}, {U8, F_WKS_PROTOCOL}, {SKIP, 0}},
    [T_PTR] = {{NAME, F_PTR}},
    [T_HINFO] = {{COUNTED, F_HINFO_CPU_LENGTH}, {COUNTED, F_HINFO_OS_LENGTH}},
    [T_MINFO] = {{NAME, F_MINFO_R}, {NAME, F_MINFO_E}},
    [T_MX] = {{U16, F_MX_PREFERENCE}, {NAME, F_MX_EXCHANGE}},
    [T_TXT] = {{COUNTEDS, F_TXT_LENGTH}},
    [T_RP] = {{NAME, F_RP_MAILBOX}, {NAME, F_RP_TXT}},
    [T_AFSDB] = {{U16, F_AFSDB_SUBTYPE}, {NAME, F_AFSDB_HOSTNAME}},
    [T_RT] = {{U16, F_RT_SUBTYPE}, {NAME, F_RT_HOST}},
    [T_NSAP] = {{REST, F_NSAP}},
    [T_NSAP_PTR] = {{NAME, F_NSAP_PTR}},
    [T_SIG] = RRSIG_STEPS,
    [T_PX] = {{U16, F_PX_PREFERENCE}, {NAME, F_PX_MAP822}, {NAME, F_PX_MAP400}},
    [T_AAAA] = {{IP6, F_AAAA}},
    [T_SRV] = {{U16, F_SRV_PRIORITY}, {U16, F_SRV_WEIGHT}, {U16, F_SRV_PORT}, {NAME, F_SRV_TARGET}},
    [T_NAPTR] = {{U16, F_NAPTR_ORDER},
                 {U16, F_NAPTR_PREFERENCE},
                 {COUNTED, F_NAPTR_FLAGS_LENGTH},
                 {COUNTED, F_NAPTR_SERVICE_LENGTH},
                 {COUNTED, F_NAPTR_REGEX_LENGTH},
                 {NAME_LENGTH, F_NAPTR_REPLACEMENT_LENGTH},
                 {NAME, F_NAPTR_REPLACEMENT}},
    [T_KX] = {{U16, F_KX_PREFERENCE}, {NAME, F_KX_EXCHANGE}},
    [T_CERT] = {{U16, F_CERT_TYPE}, {U16, F_CERT_KEY_TAG}, {U8, F_CERT_ALGORITHM}, {REST, F_CERT}},
    [T_DNAME] = {{NAME, F_DNAME}},
    [T_DS] = DS_STEPS,
    [T_SSHFP] = {{U8, F_SSHFP_ALGORITHM}, {U8, F_SSHFP_TYPE}, {REST, F_SSHFP}},
    [T_RRSIG] = RRSIG_STEPS,
    [T_NSEC] = {{NAME, F_NSEC_NEXT}, {SKIP, 0}},
    [T_DHCID] = {{REST, F_DHCID}},
    [T_TLSA] = TLSA_STEPS,
    [T_SMIMEA] = TLSA_STEPS,
    [T_CDS] = DS_STEPS,
    [T_OPENPGPKEY] = {{REST, F_OPENPGPKEY}},
    [T_ZONEMD] = {{U32, F_ZONEMD_SERIAL},
                  {U8, F_ZONEMD_SCHEME},
                  {U8, F_ZONEMD_HASH},
                  {REST, F_ZONEMD_DIGEST}},
    [T_SPF] = {{COUNTEDS, F_SPF_LENGTH}},
    [T_EUI48] = {{HARDWARE, F_EUI48}},
    [T_EUI64] = {{REST, F_EUI64}},
    [T_TKEY] = {{NAME, F_TKEY_ALGORITHM},
                {SECONDS, F_TKEY_INCEPTION},
                {SECONDS, F_TKEY_EXPIRATION},
                {U16, F_TKEY_MODE},
                {U16, F_TKEY_ERROR},
                {SIZED, F_TKEY_KEY_SIZE},
                {SIZED, F_TKEY_OTHER_SIZE}},
};

/* A length of 1 or 2 bytes into the field, the bytes into the next one. */
static const char *put_counted(trawl_sink *sink, struct dns_part *part, uint32_t field,
                               unsigned n_length)
{
    const uint8_t *p = dns_take(part, n_length);
    uint32_t n;

    if (!p)
        return DNS_DATA_ENDS;
    n = n_length == 1 ? p[0] : dns_u16(p);
    dns_put(sink, field, n);
    p = dns_take(part, n);
    if (!p)
        return DNS_DATA_ENDS;
    if (n || (n_length == 1 && field != F_NSEC3_SALT_LENGTH))
        sink->put_bytes(sink, field + 1, p, n);
    return NULL;
}

static uint64_t number(const uint8_t *p, uint32_t n)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < n; i++)
        value = value << 8 | p[i];
    return value;
}

static const char *put_fixed(trawl_sink *sink, struct dns_part *part, const struct step *step)
{
    static const uint8_t sizes[] = {
        [U8] = 1, [U16] = 2, [U32] = 4, [SECONDS] = 4, [IP4] = 4, [IP6] = 16};
    const uint32_t n = sizes[step->kind];
    const uint8_t *p = dns_take(part, n);

    if (!p)
        return DNS_DATA_ENDS;
    if (step->kind == IP4 || step->kind == IP6)
        sink->put_bytes(sink, step->field, p, n);
    else if (step->kind == SECONDS)
        sink->put_i64(sink, step->field, (int64_t)number(p, n) * SECOND);
    else
        dns_put(sink, step->field, number(p, n));
    return NULL;
}

static const char *put_rest(trawl_sink *sink, struct dns_part *part, const struct step *step)
{
    const uint32_t n = part->end - part->at;
    const uint8_t *p = dns_take(part, n);

    if (step->kind == HARDWARE) {
        if (n > 8)
            return "record's data is longer than its type";
        dns_put(sink, step->field, number(p, n));
    } else if (step->kind == REST && n) {
        sink->put_bytes(sink, step->field, p, n);
    }
    return NULL;
}

static void put_name_length(trawl_sink *sink, const struct dns_part *part, uint32_t field)
{
    struct dns_name name;

    if (sink->wanted[field] && !dns_read_name(part->message, part->at, &name) && name.n_labels &&
        name.n <= UINT8_MAX)
        dns_put(sink, field, name.n);
}

static const char *put_steps(trawl_sink *sink, struct dns_part *part, const struct step *steps)
{
    const char *fault = NULL;

    for (unsigned i = 0; !fault && i < STEPS_MOST && steps[i].kind != DONE; i++) {
        const struct step *step = &steps[i];

        switch ((enum step_kind)step->kind) {
        case NAME:
            fault = dns_take_name(part, sink, step->field);
            break;
        case NAME_LENGTH:
            put_name_length(sink, part, step->field);
            break;
        case COUNTED:
            fault = put_counted(sink, part, step->field, 1);
            break;
        case COUNTEDS:
            while (!fault && part->at < part->end)
                fault = put_counted(sink, part, step->field, 1);
            break;
        case SIZED:
            fault = put_counted(sink, part, step->field, 2);
            break;
        case HARDWARE:
        case REST:
        case SKIP:
            fault = put_rest(sink, part, step);
            break;
        default:
            fault = put_fixed(sink, part, step);
            break;
        }
    }
    return fault;
}

/* ---- types of their own ---- */

/* RFC 4034 appendix B, and B.1 for algorithm 1. */
static uint32_t key_tag(const uint8_t *p, uint32_t n)
{
    uint32_t sum = 0;

    if (p[3] == 1)
        return n >= 7 ? dns_u16(p + n - 3) : 0;
    for (uint32_t i = 0; i < n; i++)
        sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    return (sum + (sum >> 16)) & 0xffff;
}

static const char *put_dnskey(trawl_sink *sink, struct dns_part *part)
{
    const uint32_t n = part->end - part->at;
    const uint8_t *p = dns_take(part, n);
    unsigned flags;

    if (n < 4)
        return DNS_DATA_ENDS;
    flags = dns_u16(p);
    dns_put(sink, F_DNSKEY_FLAGS, flags);
    dns_put(sink, F_DNSKEY_ZONE, flags >> 8 & 1);
    dns_put(sink, F_DNSKEY_REVOKED, flags >> 7 & 1);
    dns_put(sink, F_DNSKEY_SEP, flags & 1);
    dns_put(sink, F_DNSKEY_RESERVED, flags & 0xfe7e);
    dns_put(sink, F_DNSKEY_PROTOCOL, p[2]);
    dns_put(sink, F_DNSKEY_ALGORITHM, p[3]);
    if (sink->wanted[F_DNSKEY_KEY_ID])
        dns_put(sink, F_DNSKEY_KEY_ID, key_tag(p, n));
    if (n > 4)
        sink->put_bytes(sink, F_DNSKEY_KEY, p + 4, n - 4);
    return NULL;
}

size_t dns_base32(const uint8_t *p, uint32_t n, char *out)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    uint32_t bits = 0, n_bits = 0;
    size_t k = 0;

    for (uint32_t i = 0; i < n; i++) {
        bits = bits << 8 | p[i];
        for (n_bits += 8; n_bits >= 5; n_bits -= 5)
            out[k++] = digits[bits >> (n_bits - 5) & 31];
    }
    if (n_bits)
        out[k++] = digits[bits << (5 - n_bits) & 31];
    return k;
}

/* NSEC3, and NSEC3PARAM, which has no hash. */
static const char *put_nsec3(trawl_sink *sink, struct dns_part *part, int with_hash)
{
    const uint8_t *p = dns_take(part, 4);
    char text[DNS_BASE32_MOST];
    const char *fault;
    unsigned n;

    if (!p)
        return DNS_DATA_ENDS;
    dns_put(sink, F_NSEC3_ALGO, p[0]);
    dns_put(sink, F_NSEC3_FLAGS, p[1]);
    if (with_hash)
        dns_put(sink, F_NSEC3_OPT_OUT, p[1] & 1);
    dns_put(sink, F_NSEC3_ITERATIONS, dns_u16(p + 2));
    fault = put_counted(sink, part, F_NSEC3_SALT_LENGTH, 1);
    if (fault || !with_hash)
        return fault;
    p = dns_take(part, 1);
    if (!p)
        return DNS_DATA_ENDS;
    n = p[0];
    dns_put(sink, F_NSEC3_HASH_LENGTH, n);
    p = dns_take(part, n);
    if (!p)
        return DNS_DATA_ENDS;
    if (sink->wanted[F_NSEC3_HASH])
        sink->put_bytes(sink, F_NSEC3_HASH, text, dns_base32(p, n, text));
    return NULL;
}

static const char *put_caa(trawl_sink *sink, struct dns_part *part)
{
    static const struct {
        const char *tag;
        uint32_t field;
    } tags[] = {{"issue", F_CAA_ISSUE}, {"issuewild", F_CAA_ISSUEWILD}, {"iodef", F_CAA_IODEF}};
    const uint8_t *p = dns_take(part, 2), *tag, *value;
    uint32_t field = F_CAA_UNKNOWN, n_tag, n;

    if (!p)
        return DNS_DATA_ENDS;
    n_tag = p[1];
    dns_put(sink, F_CAA_FLAGS, p[0]);
    dns_put(sink, F_CAA_CRITICAL, p[0] >> 7);
    dns_put(sink, F_CAA_TAG_LENGTH, n_tag);
    tag = dns_take(part, n_tag);
    if (!tag)
        return DNS_DATA_ENDS;
    n = part->end - part->at;
    value = dns_take(part, n);
    for (size_t i = 0; i < TRAWL_COUNT(tags); i++)
        if (strlen(tags[i].tag) == n_tag && memcmp(tags[i].tag, tag, n_tag) == 0)
            field = tags[i].field;
    sink->put_bytes(sink, field, value, n);
    sink->put_bytes(sink, F_CAA_TAG, tag, n_tag);
    sink->put_bytes(sink, F_CAA_VALUE, value, n);
    return NULL;
}

static const char *put_tsig(trawl_sink *sink, struct dns_part *part)
{
    const char *fault = dns_take_name(part, sink, F_TSIG_ALGORITHM);
    const uint8_t *p;

    if (fault)
        return fault;
    p = dns_take(part, 8);
    if (!p)
        return DNS_DATA_ENDS;
    sink->put_i64(sink, F_TSIG_TIME, (int64_t)(number(p, 6) % (UINT64_C(1) << 33)) * SECOND);
    dns_put(sink, F_TSIG_FUDGE, dns_u16(p + 6));
    fault = put_counted(sink, part, F_TSIG_MAC_SIZE, 2);
    if (fault)
        return fault;
    p = dns_take(part, 4);
    if (!p)
        return DNS_DATA_ENDS;
    dns_put(sink, F_TSIG_ORIGINAL_ID, dns_u16(p));
    dns_put(sink, F_TSIG_ERROR, dns_u16(p + 2));
    return put_counted(sink, part, F_TSIG_OTHER_LEN, 2);
}

/* Wireshark has these in the place of the record's name: up to two dots, whatever they part. */
void dns_put_srv_owner(trawl_sink *sink, const struct dns_name *owner)
{
    static const uint8_t parts[] = {F_SRV_SERVICE, F_SRV_PROTO, F_SRV_NAME};
    const char *text = owner->text, *end = owner->text + owner->n;

    for (unsigned i = 0; i < 3; i++) {
        const char *dot = text;

        while (dot < end && (i == 2 || *dot != '.'))
            dot += *dot == '\\' && dot + 1 < end ? 2 : 1;
        sink->put_bytes(sink, parts[i], text, (size_t)(dot - text));
        if (dot >= end)
            break;
        text = dot + 1;
    }
}

const char *dns_put_data(trawl_sink *sink, const struct dns_message *message,
                         const struct dns_item *item)
{
    static const struct step ds[STEPS_MOST] = DS_STEPS;
    struct dns_part part = {message, item->data_at, item->data_at + item->data_n};
    const uint8_t *rest;

    if (item->data_len == 0)
        return NULL;
    switch (item->type) {
    case T_DNSKEY:
    case T_CDNSKEY:
        return put_dnskey(sink, &part);
    case T_NSEC3:
    case T_NSEC3PARAM:
        return put_nsec3(sink, &part, item->type == T_NSEC3);
    case T_TSIG:
        return put_tsig(sink, &part);
    case T_CAA:
        return put_caa(sink, &part);
    case T_SVCB:
    case T_HTTPS:
        return dns_put_service(sink, message, item);
    case T_OPT:
        return dns_put_options(sink, message, item);
    case T_DLV:
        return put_steps(sink, &part, ds);
    default:
        break;
    }
    if (item->type < TRAWL_COUNT(layouts) && layouts[item->type][0].kind != DONE)
        return put_steps(sink, &part, layouts[item->type]);
    rest = dns_take(&part, item->data_n);
    sink->put_bytes(sink, F_DATA, rest, item->data_n);
    return NULL;
}
