/* Parts of records' data that few have seen, as zone files write them. Knows nothing of packets or
 * tables. */
#include "zone.h"

#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Bits that are set: of a map of ports (RFC 1035 section 3.4.2), of the types
 * below 128 (RFC 2535 section 5.2). */
static int add_bits(struct dns_zone_text *out, const uint8_t *p, uint32_t n, int are_types)
{
    char buf[DNS_NUMBER_TEXT];
    int is_first = 1;

    for (uint32_t bit = 0; bit < n * 8; bit++) {
        if (!(p[bit / 8] & 0x80 >> bit % 8))
            continue;
        dns_zone_add(out, " ", is_first ? 0 : 1);
        is_first = 0;
        if (are_types) {
            const char *name = dns_type_name(bit, buf);

            dns_zone_add(out, name, strlen(name));
        } else {
            dns_zone_number(out, bit);
        }
    }
    return n <= (are_types ? 16 : 8192);
}

/* RFC 1876 section 3. Thousandths of a second from the equator or the first meridian. */
static void add_angle(struct dns_zone_text *out, uint32_t value, const char signs[2])
{
    const int is_minus = value < UINT32_C(1) << 31;
    const uint32_t ms = is_minus ? (UINT32_C(1) << 31) - value : value - (UINT32_C(1) << 31);
    char text[48];

    dns_zone_add(out, text,
                 (size_t)snprintf(text, sizeof(text), "%u %u %u.%03u %c ", ms / 3600000,
                                  ms / 60000 % 60, ms / 1000 % 60, ms % 1000, signs[is_minus]));
}

/* Centimetres as a digit and a power of ten. */
static void add_size(struct dns_zone_text *out, uint8_t size)
{
    uint64_t cm = size >> 4;
    char text[32];

    for (unsigned i = 0; i < (size & 15u); i++)
        cm *= 10;
    if (cm % 100)
        dns_zone_add(out, text,
                     (size_t)snprintf(text, sizeof(text), " %u.%02um", (unsigned)(cm / 100),
                                      (unsigned)(cm % 100)));
    else
        dns_zone_add(
            out, text,
            (size_t)snprintf(text, sizeof(text), " %llum", (unsigned long long)(cm / 100)));
}

static int add_location(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    const uint32_t middle = UINT32_C(1) << 31;
    uint32_t latitude, longitude;
    int64_t altitude;
    char text[32];

    if (n != 16 || p[0] != 0)
        return 0;
    for (unsigned i = 1; i < 4; i++)
        if (p[i] >> 4 > 9 || (p[i] & 15) > 9)
            return 0;
    latitude = dns_u32(p + 4);
    longitude = dns_u32(p + 8);
    if (latitude > middle + 324000000 || latitude < middle - 324000000 ||
        longitude > middle + 648000000 || longitude < middle - 648000000)
        return 0;
    add_angle(out, latitude, "NS");
    add_angle(out, longitude, "EW");
    altitude = (int64_t)dns_u32(p + 12) - 10000000;
    dns_zone_add(out, text,
                 (size_t)snprintf(text, sizeof(text), "%s%llu.%02um", altitude < 0 ? "-" : "",
                                  (unsigned long long)(altitude < 0 ? -altitude : altitude) / 100,
                                  (unsigned)((altitude < 0 ? -altitude : altitude) % 100)));
    for (unsigned i = 1; i < 4; i++)
        add_size(out, p[i]);
    return 1;
}

/* RFC 3123 section 5. */
static int add_prefixes(struct dns_zone_text *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        uint8_t address[16] = {0};
        uint32_t family, n_bytes, n_most;

        if (n - at < 4)
            return 0;
        family = dns_u16(p + at);
        n_bytes = p[at + 3] & 0x7f;
        n_most = family == 1 ? 4 : family == 2 ? 16 : 0;
        if (n_bytes > n - at - 4 || n_bytes > n_most || p[at + 2] > n_most * 8 || !n_most)
            return 0;
        memcpy(address, p + at + 4, n_bytes);
        dns_zone_add(out, " ", at ? 1 : 0);
        dns_zone_add(out, "!", p[at + 3] >> 7);
        dns_zone_number(out, family);
        dns_zone_add(out, ":", 1);
        dns_zone_address(out, family == 1 ? AF_INET : AF_INET6, address);
        dns_zone_add(out, "/", 1);
        dns_zone_number(out, p[at + 2]);
        at += 4 + n_bytes;
    }
    return 1;
}

/* RFC 2874 section 3.2. */
static int add_a6(struct dns_zone_text *out, const struct dns_message *m, uint32_t *at,
                  uint32_t end)
{
    const uint8_t *p = m->data + *at;
    uint8_t address[16] = {0};
    uint32_t n;

    if (*at == end || p[0] > 128)
        return 0;
    n = (128u - p[0] + 7) / 8;
    if (n > end - *at - 1)
        return 0;
    memcpy(address + 16 - n, p + 1, n);
    dns_zone_number(out, p[0]);
    *at += 1 + n;
    if (n) {
        dns_zone_add(out, " ", 1);
        dns_zone_address(out, AF_INET6, address);
    }
    if (p[0] == 0)
        return 1;
    dns_zone_add(out, " ", 1);
    return dns_zone_name(out, m, at, end);
}

/* RFC 8005 section 6: algorithm, identity, key, servers. */
static int add_host_identity(struct dns_zone_text *out, const struct dns_message *m, uint32_t *at,
                             uint32_t end)
{
    const uint8_t *p = m->data + *at;
    uint32_t n_identity, n_key;

    if (end - *at < 4)
        return 0;
    n_identity = p[0];
    n_key = dns_u16(p + 2);
    if (n_identity + n_key > end - *at - 4)
        return 0;
    dns_zone_number(out, p[1]);
    dns_zone_add(out, " ", 1);
    dns_zone_hex(out, p + 4, n_identity);
    dns_zone_add(out, " ", 1);
    dns_zone_base64(out, p + 4 + n_identity, n_key);
    *at += 4 + n_identity + n_key;
    while (*at < end) {
        dns_zone_add(out, " ", 1);
        if (!dns_zone_name(out, m, at, end))
            return 0;
    }
    return 1;
}

/* Nothing, an address or a name, by its type. */
static int add_gateway(struct dns_zone_text *out, unsigned type, const struct dns_message *m,
                       uint32_t *at, uint32_t end)
{
    const uint32_t n = type == 1 ? 4 : 16;

    if (type == 3)
        return dns_zone_name(out, m, at, end);
    if (type == 0) {
        dns_zone_add(out, ".", 1);
        return 1;
    }
    if (type > 3 || n > end - *at)
        return 0;
    dns_zone_address(out, type == 1 ? AF_INET : AF_INET6, m->data + *at);
    *at += n;
    return 1;
}

/* RFC 4025 section 3. */
static int add_ipseckey(struct dns_zone_text *out, const struct dns_message *m, uint32_t *at,
                        uint32_t end)
{
    const uint8_t *p = m->data + *at;

    if (end - *at < 3)
        return 0;
    *at += 3;
    for (unsigned i = 0; i < 3; i++) {
        dns_zone_number(out, p[i]);
        dns_zone_add(out, " ", 1);
    }
    if (!add_gateway(out, p[1], m, at, end))
        return 0;
    dns_zone_add(out, " ", *at < end ? 1 : 0);
    dns_zone_base64(out, m->data + *at, end - *at);
    *at = end;
    return 1;
}

/* RFC 8777 section 4.3: precedence, whether to discover, type, relay. */
static int add_relay(struct dns_zone_text *out, const struct dns_message *m, uint32_t *at,
                     uint32_t end)
{
    const uint8_t *p = m->data + *at;

    if (end - *at < 2)
        return 0;
    *at += 2;
    dns_zone_number(out, p[0]);
    dns_zone_add(out, p[1] >> 7 ? " 1 " : " 0 ", 3);
    dns_zone_number(out, p[1] & 127);
    dns_zone_add(out, " ", 1);
    return add_gateway(out, p[1] & 127, m, at, end);
}

int dns_zone_rare(struct dns_zone_text *out, char part, const struct dns_message *message,
                  uint32_t *at, uint32_t end)
{
    const uint8_t *p = message->data + *at;
    const uint32_t n = end - *at;

    switch (part) {
    case 'H':
        return add_host_identity(out, message, at, end);
    case 'I':
        return add_ipseckey(out, message, at, end);
    case 'R':
        return add_relay(out, message, at, end);
    case 'S':
        return add_a6(out, message, at, end);
    default:
        *at = end;
        return part == 'F'   ? add_prefixes(out, p, n)
               : part == 'L' ? add_location(out, p, n)
                             : add_bits(out, p, n, part == 'N');
    }
}
