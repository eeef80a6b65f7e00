/* SHA-1 over seed, the smaller end's address, the other's, protocol, padding, ports, in network
 * order; ICMP has types for ports, and a request and its answer the same identifier.
 * Knows nothing of columns. */
#include "community.h"

#include <sha1.h>
#include <string.h>

enum { ICMP = 1, ICMP6 = 58, SCTP = 132 };

/* The type that answers one, and back. */
static int answer_of(unsigned proto, unsigned type, unsigned *ret)
{
    static const uint8_t icmp[][2] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
    static const uint8_t icmp6[][2] = {{128, 129}, {133, 134}, {135, 136},
                                       {130, 131}, {144, 145}, {139, 140}};
    const uint8_t(*pairs)[2] = proto == ICMP ? icmp : icmp6;
    const size_t n = proto == ICMP ? TRAWL_COUNT(icmp) : TRAWL_COUNT(icmp6);

    for (size_t i = 0; i < n; i++) {
        for (size_t side = 0; side < 2; side++) {
            if (pairs[i][side] == type) {
                *ret = pairs[i][!side];
                return 1;
            }
        }
    }
    return 0;
}

int community_ports(const struct input *in, uint64_t row, unsigned ports[2])
{
    const unsigned proto = input_proto(in, row);

    ports[0] = input_port(&in->sport, row);
    ports[1] = input_port(&in->dport, row);
    if (proto != ICMP && proto != ICMP6)
        return 1;
    return answer_of(proto, ports[0], &ports[1]);
}

static void base64(const uint8_t *data, size_t n, char *ret)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        const unsigned left = (unsigned)(n - i);
        const uint32_t bits = (uint32_t)data[i] << 16 |
                              (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                              (left > 2 ? data[i + 2] : 0);

        *ret++ = digits[bits >> 18];
        *ret++ = digits[bits >> 12 & 63];
        *ret++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *ret++ = left > 2 ? digits[bits & 63] : '=';
    }
}

void community_id(const struct input *in, uint64_t row, uint16_t seed, char *ret)
{
    const unsigned proto = input_proto(in, row);
    const uint32_t codes[2] = {input_u32(&in->src, row), input_u32(&in->dst, row)};
    const int is_v6 = (codes[0] >> 31) != 0;
    const size_t n = is_v6 ? 16 : 4;
    const uint8_t *ends[2] = {in->src.addresses[codes[0] & FLOWS_NUMBER] + 16 - n,
                              in->dst.addresses[codes[1] & FLOWS_NUMBER] + 16 - n};
    const int has_ports = input_has_ports(proto) || proto == SCTP || proto == ICMP ||
                          proto == ICMP6;
    uint8_t text[2 + 32 + 2 + 4], digest[SHA1_DIGEST_LENGTH];
    unsigned ports[2] = {0}, first = 0;
    int order, both = 1;
    size_t at = 2;
    SHA1_CTX sha;

    if (has_ports)
        both = community_ports(in, row, ports);
    order = memcmp(ends[0], ends[1], n);
    if (both && (order > 0 || (order == 0 && ports[0] > ports[1])))
        first = 1;
    text[0] = (uint8_t)(seed >> 8);
    text[1] = (uint8_t)seed;
    for (unsigned i = 0; i < 2; i++, at += n)
        memcpy(text + at, ends[first ^ i], n);
    text[at++] = (uint8_t)proto;
    text[at++] = 0;
    for (unsigned i = 0; has_ports && i < 2; i++) {
        text[at++] = (uint8_t)(ports[first ^ i] >> 8);
        text[at++] = (uint8_t)ports[first ^ i];
    }
    SHA1Init(&sha);
    SHA1Update(&sha, text, at);
    SHA1Final(digest, &sha);
    memcpy(ret, "1:", 2);
    base64(digest, sizeof(digest), ret + 2);
}
