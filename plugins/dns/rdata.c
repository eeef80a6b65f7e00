/* The data of records as fields. Knows nothing of packets. */
#include "layout.h"

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
    const struct dns_message before_end = {part->message->data, part->end};
    struct dns_name name;
    const char *fault;
    uint32_t end;
    int is_empty;

    if (sink->wanted[field]) {
        fault = dns_read_name(part->message, part->at, &name);
        end = name.end;
        if (name.n)
            dns_put_name(sink, field, &name);
    } else {
        fault = dns_check_name(part->message, part->at, &end, &is_empty);
    }
    if (!end && dns_skip_name(&before_end, part->at, &end))
        return fault;
    if (!part->fault)
        part->fault = fault;
    part->at = end;
    return end > part->end ? DNS_DATA_ENDS : NULL;
}

/* ---- types that are parts in a row ---- */

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

/* A length of 1 or 2 bytes into the field, the bytes into the next one. */
static const char *put_counted(trawl_sink *sink, struct dns_part *part, const struct step *step)
{
    const unsigned n_length = step->kind == SIZED ? 2 : 1;
    const uint32_t field = step->field;
    const uint8_t *p = dns_take(part, n_length);
    char text[DNS_BASE32_MOST];
    uint32_t n;

    if (!p)
        return DNS_DATA_ENDS;
    n = n_length == 1 ? p[0] : dns_u16(p);
    dns_put(sink, field, n);
    p = dns_take(part, n);
    if (!p)
        return DNS_DATA_ENDS;
    if (step->kind == HASH && sink->wanted[field + 1])
        sink->put_bytes(sink, field + 1, text, dns_base32(p, n, text));
    else if (step->kind != HASH && (n || (n_length == 1 && field != F_NSEC3_SALT_LENGTH)))
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
        [U8] = 1,     [U16] = 2,     [U32] = 4, [U48] = 6,  [LOCAL] = 4,
        [TIME48] = 6, [SECONDS] = 4, [IP4] = 4, [IP6] = 16, [EIGHT] = 8};
    const uint32_t n = sizes[step->kind];
    const uint8_t *p = dns_take(part, n);

    if (!p)
        return DNS_DATA_ENDS;
    if (step->kind == IP4 || step->kind == IP6 || step->kind == EIGHT)
        sink->put_bytes(sink, step->field, p, n);
    else if (step->kind == LOCAL)
        dns_put(sink, step->field, p[3] & 1);
    else if (step->kind != SECONDS && step->kind != TIME48)
        dns_put(sink, step->field, number(p, n));
    else if (number(p, n) <= INT64_MAX / SECOND) /* beyond 2262 there is no time */
        sink->put_i64(sink, step->field, (int64_t)number(p, n) * SECOND);
    return NULL;
}

static void put_rest(trawl_sink *sink, struct dns_part *part, const struct step *step)
{
    const uint32_t n = part->end - part->at;
    const uint8_t *p = dns_take(part, n);

    if (step->kind == REST && n)
        sink->put_bytes(sink, step->field, p, n);
}

static void put_name_length(trawl_sink *sink, const struct dns_part *part, uint32_t field)
{
    struct dns_name name;

    if (!sink->wanted[field])
        return;
    (void)dns_read_name(part->message, part->at, &name);
    if (name.n_labels && name.n && name.n <= UINT8_MAX)
        dns_put(sink, field, name.n);
}

const char *dns_put_steps(trawl_sink *sink, struct dns_part *part, const struct step *steps)
{
    static const uint8_t bits[] = {[BIT_0] = 0, [BIT_1] = 1, [BIT_7] = 7};
    const char *fault = NULL;

    for (unsigned i = 0; !fault && i < STEPS_MOST && steps[i].kind != DONE; i++) {
        const struct step *step = &steps[i];

        switch ((enum step_kind)step->kind) {
        case NAME:
            fault = dns_take_name(part, sink, step->field);
            break;
        case NAMES:
            while (!fault && part->at < part->end)
                fault = dns_take_name(part, sink, step->field);
            break;
        case NAME_LENGTH:
            put_name_length(sink, part, step->field);
            break;
        case COUNTEDS:
            while (!fault && part->at < part->end)
                fault = put_counted(sink, part, step);
            break;
        case COUNTED:
        case HASH:
        case SIZED:
            fault = put_counted(sink, part, step);
            break;
        case BIT_0:
        case BIT_1:
        case BIT_7:
            dns_put(sink, step->field, part->message->data[part->at - 1] >> bits[step->kind] & 1);
            break;
        case REST:
        case SKIP:
            put_rest(sink, part, step);
            break;
        default:
            fault = put_fixed(sink, part, step);
            break;
        }
    }
    return fault;
}

/* ---- types of their own ---- */

uint32_t dns_key_tag(const uint8_t *p, uint32_t n)
{
    uint32_t sum = 0;

    if (p[3] == 1)
        return dns_u16(p + n - 3);
    for (uint32_t i = 0; i < n; i++)
        sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    return (sum + (sum >> 16)) & 0xffff;
}

static const char *put_dnskey(trawl_sink *sink, struct dns_part *part)
{
    static const struct step rest[] = {
        {U8, F_DNSKEY_PROTOCOL}, {U8, F_DNSKEY_ALGORITHM}, {REST, F_DNSKEY_KEY}, {DONE, 0}};
    const uint32_t n = part->end - part->at;
    const uint8_t *p = dns_take(part, 2);
    unsigned flags;

    if (!p)
        return DNS_DATA_ENDS;
    flags = dns_u16(p);
    dns_put(sink, F_DNSKEY_FLAGS, flags);
    dns_put(sink, F_DNSKEY_ZONE, flags >> 8 & 1);
    dns_put(sink, F_DNSKEY_REVOKED, flags >> 7 & 1);
    dns_put(sink, F_DNSKEY_SEP, flags & 1);
    dns_put(sink, F_DNSKEY_RESERVED, (flags & 0xfe7e) >> 1);
    if (n >= 4 && sink->wanted[F_DNSKEY_KEY_ID])
        dns_put(sink, F_DNSKEY_KEY_ID, dns_key_tag(p, n));
    return dns_put_steps(sink, part, rest);
}

static const char *put_caa(trawl_sink *sink, struct dns_part *part)
{
    static const struct {
        const char *tag;
        uint32_t field;
    } tags[] = {{"issue", F_CAA_ISSUE}, {"issuewild", F_CAA_ISSUEWILD}, {"iodef", F_CAA_IODEF}};
    static const struct step head[] = {
        {U8, F_CAA_FLAGS}, {BIT_7, F_CAA_CRITICAL}, {U8, F_CAA_TAG_LENGTH}, {DONE, 0}};
    const char *fault = dns_put_steps(sink, part, head);
    const uint8_t *tag, *value;
    uint32_t field = F_CAA_UNKNOWN, n_tag, n;

    if (fault)
        return fault;
    n_tag = part->message->data[part->at - 1];
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
    struct dns_part part = {message, item->data_at, item->data_at + item->data_n, NULL};
    const struct step *steps;
    const char *fault = NULL;

    if (item->data_len == 0)
        return NULL;
    switch (item->type) {
    case T_DNSKEY:
    case T_CDNSKEY:
        return put_dnskey(sink, &part);
    case T_CAA:
        return put_caa(sink, &part);
    case T_SVCB:
    case T_HTTPS:
        fault = dns_put_service(sink, &part);
        break;
    case T_OPT:
        return dns_put_options(sink, &part);
    default:
        steps = dns_steps_of(item->type);
        if (steps)
            fault = dns_put_steps(sink, &part, steps);
        else if (!dns_put_rare(sink, item->type, &part, &fault))
            sink->put_bytes(sink, F_DATA, message->data + item->data_at, item->data_n);
        break;
    }
    return part.fault ? part.fault : fault;
}
