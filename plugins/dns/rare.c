/* The data of types that few have seen and that is not parts in a row, as fields. Knows nothing of
 * packets. */
#include "layout.h"

#include <string.h>

/* RFC 3123 section 4. */
static const char *put_apl(trawl_sink *sink, struct dns_part *part)
{
    static const struct step head[] = {{U16, F_APL_FAMILY}, {U8, F_APL_PREFIX}, {DONE, 0}};

    while (part->at < part->end) {
        const uint8_t *p = part->message->data + part->at, *address;
        const char *fault = dns_put_steps(sink, part, head);
        uint8_t whole[16] = {0};
        unsigned family, n;

        if (fault || !dns_take(part, 1))
            return DNS_DATA_ENDS;
        family = dns_u16(p);
        n = p[3] & 0x7f;
        dns_put(sink, F_APL_NEGATION, p[3] >> 7);
        dns_put(sink, F_APL_LENGTH, n);
        address = dns_take(part, n);
        if (!address)
            return DNS_DATA_ENDS;
        memcpy(whole, address, n < sizeof(whole) ? n : sizeof(whole));
        if (family == 1 && n <= 4)
            sink->put_bytes(sink, F_APL_IP4, whole, 4);
        else if (family == 2 && n <= 16)
            sink->put_bytes(sink, F_APL_IP6, whole, 16);
        else if (n)
            sink->put_bytes(sink, F_APL_DATA, address, n);
    }
    return NULL;
}

/* RFC 2874 section 3.1: bits of the address that the prefix has not, then the prefix' name. */
static const char *put_a6(trawl_sink *sink, struct dns_part *part)
{
    const uint8_t *p = dns_take(part, 1);
    uint8_t address[16] = {0};
    unsigned n_prefix, n;

    if (!p)
        return DNS_DATA_ENDS;
    n_prefix = p[0];
    dns_put(sink, F_A6_PREFIX_LEN, n_prefix);
    if (n_prefix > 128)
        return "prefix longer than an address";
    n = (128 - n_prefix + 7) / 8;
    p = dns_take(part, n);
    if (!p)
        return DNS_DATA_ENDS;
    memcpy(address + 16 - n, p, n);
    if (n)
        sink->put_bytes(sink, F_A6_SUFFIX, address, 16);
    return n_prefix ? dns_take_name(part, sink, F_A6_PREFIX_NAME) : NULL;
}

/* RFC 8005 section 5. */
static const char *put_hip(trawl_sink *sink, struct dns_part *part)
{
    static const struct step head[] = {
        {U8, F_HIP_LENGTH}, {U8, F_HIP_ALGORITHM}, {U16, F_HIP_KEY_LENGTH}, {DONE, 0}};
    static const struct step servers[] = {{NAMES, F_HIP_SERVER}, {DONE, 0}};
    const uint8_t *p = part->message->data + part->at, *identity, *key;
    const char *fault = dns_put_steps(sink, part, head);

    if (fault)
        return fault;
    identity = dns_take(part, p[0]);
    if (!identity)
        return DNS_DATA_ENDS;
    if (p[0])
        sink->put_bytes(sink, F_HIP, identity, p[0]);
    key = dns_take(part, dns_u16(p + 2));
    if (!key)
        return DNS_DATA_ENDS;
    if (dns_u16(p + 2))
        sink->put_bytes(sink, F_HIP_KEY, key, dns_u16(p + 2));
    return dns_put_steps(sink, part, servers);
}

/* RFC 4025 section 2: what the gateway is depends on its type. */
static const char *put_ipseckey(trawl_sink *sink, struct dns_part *part)
{
    static const struct step gateways[][3] = {
        {{REST, F_IPSECKEY}}, /* none, and what is not known */
        {{IP4, F_IPSECKEY_IP4}, {REST, F_IPSECKEY}},
        {{IP6, F_IPSECKEY_IP6}, {REST, F_IPSECKEY}},
        {{NAME, F_IPSECKEY_NAME}, {REST, F_IPSECKEY}},
    };
    static const struct step head[] = {
        {U8, F_IPSECKEY_PRECEDENCE}, {U8, F_IPSECKEY_TYPE}, {U8, F_IPSECKEY_ALGORITHM}, {DONE, 0}};
    const uint8_t *p = part->message->data + part->at;
    const char *fault = dns_put_steps(sink, part, head);

    return fault ? fault
                 : dns_put_steps(sink, part, gateways[p[1] < TRAWL_COUNT(gateways) ? p[1] : 0]);
}

/* RFC 2535 section 3.1: flags of no key say no more than that. */
static const char *put_key(trawl_sink *sink, struct dns_part *part)
{
    static const struct {
        uint8_t bit;
        uint16_t field;
    } bits[] = {{15, F_KEY_AUTHENTICATION},
                {14, F_KEY_CONFIDENTIALITY},
                {13, F_KEY_REQUIRED},
                {10, F_KEY_USER},
                {9, F_KEY_ENTITY},
                {7, F_KEY_IPSEC},
                {6, F_KEY_MIME}};
    static const struct step tail[] = {
        {U8, F_KEY_PROTOCOL}, {U8, F_KEY_ALGORITHM}, {REST, F_KEY}, {DONE, 0}};
    const uint32_t n = part->end - part->at;
    const uint8_t *p = dns_take(part, 2);
    unsigned flags, is_key;

    if (!p)
        return DNS_DATA_ENDS;
    flags = dns_u16(p);
    is_key = (flags & 0xc000) != 0xc000;
    dns_put(sink, F_KEY_FLAGS, flags);
    for (size_t i = 0; i < (is_key ? TRAWL_COUNT(bits) : 2); i++)
        dns_put(sink, bits[i].field, flags >> bits[i].bit & 1);
    if (is_key)
        dns_put(sink, F_KEY_SIGNATORY, flags & 15);
    if (n >= 4 && sink->wanted[F_KEY_ID])
        dns_put(sink, F_KEY_ID, dns_key_tag(p, n));
    return dns_put_steps(sink, part, tail);
}

/* RFC 1876 section 2; of another version than 0 only that is known. */
static const char *put_loc(trawl_sink *sink, struct dns_part *part)
{
    static const struct step known[] = {
        {U8, F_LOC_VERSION},   {U8, F_LOC_SIZE},       {U8, F_LOC_HORIZONTAL}, {U8, F_LOC_VERTICAL},
        {U32, F_LOC_LATITUDE}, {U32, F_LOC_LONGITUDE}, {U32, F_LOC_ALTITUDE},  {DONE, 0}};
    static const struct step other[] = {{REST, F_LOC_DATA}, {DONE, 0}};
    const uint8_t *version = part->message->data + part->at;

    if (part->at == part->end || *version == 0)
        return dns_put_steps(sink, part, known);
    dns_put(sink, F_LOC_VERSION, *version);
    return dns_put_steps(sink, part, other);
}

/* RFC 1035 section 3.4.2: of the ports' bitmap the bytes that have one. */
static const char *put_wks(trawl_sink *sink, struct dns_part *part)
{
    static const struct step head[] = {{IP4, F_WKS_ADDRESS}, {U8, F_WKS_PROTOCOL}, {DONE, 0}};
    const char *fault = dns_put_steps(sink, part, head);

    for (const uint8_t *p; !fault && part->at < part->end;) {
        p = dns_take(part, 1);
        if (*p)
            dns_put(sink, F_WKS_BITS, *p);
    }
    return fault;
}

/* RFC 1183 section 3.2: a subaddress may follow. */
static const char *put_isdn(trawl_sink *sink, struct dns_part *part)
{
    static const struct step address[] = {{COUNTED, F_ISDN_LENGTH}, {DONE, 0}};
    static const struct step more[] = {{COUNTED, F_ISDN_SA_LENGTH}, {DONE, 0}};
    const char *fault = dns_put_steps(sink, part, address);

    return fault || part->at == part->end ? fault : dns_put_steps(sink, part, more);
}

/* Microsoft's, [MS-DNSP] section 2.2.2.2.4: servers, as many as are counted and there. */
static const char *put_wins(trawl_sink *sink, struct dns_part *part)
{
    static const struct step head[] = {{LOCAL, F_WINS_LOCAL},
                                       {U32, F_WINS_LOOKUP},
                                       {U32, F_WINS_CACHE},
                                       {U32, F_WINS_N_SERVERS},
                                       {DONE, 0}};
    static const struct step server[] = {{IP4, F_WINS_SERVER}, {DONE, 0}};
    const char *fault = dns_put_steps(sink, part, head);

    for (uint32_t n = fault ? 0 : dns_u32(part->message->data + part->at - 4);
         !fault && n && part->at < part->end; n--)
        fault = dns_put_steps(sink, part, server);
    return fault;
}

static const char *put_winsr(trawl_sink *sink, struct dns_part *part)
{
    static const struct step steps[] = {{LOCAL, F_WINSR_LOCAL},
                                        {U32, F_WINSR_LOOKUP},
                                        {U32, F_WINSR_CACHE},
                                        {NAME, F_WINSR_DOMAIN},
                                        {DONE, 0}};

    return dns_put_steps(sink, part, steps);
}

/* draft-bellis-dnsop-xpf: whose query a proxy hands on. */
static const char *put_xpf(trawl_sink *sink, struct dns_part *part)
{
    static const struct step ip4[] = {{U8, F_XPF_PROTOCOL},  {IP4, F_XPF_SRC4},
                                      {IP4, F_XPF_DST4},     {U16, F_XPF_SRC_PORT},
                                      {U16, F_XPF_DST_PORT}, {DONE, 0}};
    static const struct step ip6[] = {{U8, F_XPF_PROTOCOL},  {IP6, F_XPF_SRC6},
                                      {IP6, F_XPF_DST6},     {U16, F_XPF_SRC_PORT},
                                      {U16, F_XPF_DST_PORT}, {DONE, 0}};
    const uint8_t *p = dns_take(part, 1);

    if (!p)
        return DNS_DATA_ENDS;
    dns_put(sink, F_XPF_VERSION, p[0]);
    if (p[0] != 4 && p[0] != 6)
        return NULL;
    return dns_put_steps(sink, part, p[0] == 4 ? ip4 : ip6);
}

int dns_put_rare(trawl_sink *sink, unsigned type, struct dns_part *part, const char **ret_fault)
{
    static const struct {
        uint16_t type;
        const char *(*put)(trawl_sink *sink, struct dns_part *part);
    } rare[] = {
        {T_WKS, put_wks},   {T_ISDN, put_isdn},   {T_KEY, put_key}, {T_LOC, put_loc},
        {T_A6, put_a6},     {T_APL, put_apl},     {T_HIP, put_hip}, {T_IPSECKEY, put_ipseckey},
        {T_WINS, put_wins}, {T_WINSR, put_winsr}, {T_XPF, put_xpf}};

    for (size_t i = 0; i < TRAWL_COUNT(rare); i++) {
        if (rare[i].type == type) {
            *ret_fault = rare[i].put(sink, part);
            return 1;
        }
    }
    return 0;
}
