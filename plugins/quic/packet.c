/* Headers of QUIC packets (RFC 9000 section 17, RFC 9369, RFC 8999). Must not know fields. */
#include "quic.h"

#include <string.h>

enum { SHORTEST = 21, TAG_BYTES = 16 };

struct reader {
    const uint8_t *p;
    uint32_t n, at;
    int bad;
};

static uint64_t take(struct reader *r, uint32_t n)
{
    uint64_t v = 0;

    if (r->n - r->at < n) {
        r->at = r->n;
        r->bad = 1;
        return 0;
    }
    for (uint32_t i = 0; i < n; i++)
        v = v << 8 | r->p[r->at + i];
    r->at += n;
    return v;
}

static struct quic_bytes take_bytes(struct reader *r, uint64_t n)
{
    struct quic_bytes bytes = {.p = r->p + r->at, .n = r->n - r->at};

    if (n <= bytes.n)
        bytes.n = (uint32_t)n;
    else
        r->bad = 1;
    r->at += bytes.n;
    return bytes;
}

/* RFC 9000 section 16. */
static uint64_t take_number(struct reader *r)
{
    uint32_t n;

    if (r->at == r->n) {
        r->bad = 1;
        return 0;
    }
    n = 1u << (r->p[r->at] >> 6);
    return take(r, n) & (UINT64_MAX >> (64 - 8 * n + 2));
}

static int is_v2(uint32_t version)
{
    return version == 0x6b3343cf || version == 0x709a50c4;
}

int quic_version_is_known(uint32_t version)
{
    if (version == 0 || version == 1 || is_v2(version) || (version & 0x0f0f0f0f) == 0x0a0a0a0a)
        return 1;
    if (version >= 0xff000001 && version <= 0xff0000ff)
        return 1;
    return (version & 0xfffffff0) == 0xfaceb000 ||                                  /* mvfst */
           version == 0x51303530 || version == 0x54303530 || version == 0x54303531; /* Google's */
}

static enum quic_kind kind_of(const struct quic_packet *packet)
{
    static const enum quic_kind kinds_v2[] = {QUIC_RETRY, QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE};
    const unsigned number = packet->first >> 4 & 3;

    if (packet->version == 0)
        return QUIC_NEGOTIATION;
    return packet->is_v2 ? kinds_v2[number] : (enum quic_kind)number;
}

static void read_retry(struct reader *r, struct quic_packet *packet)
{
    const int is_old = packet->version >= 0xff000001 && packet->version <= 0xff000018;
    uint32_t n;

    if (is_old) {
        packet->has_original = 1;
        packet->original = take_bytes(r, take(r, 1));
    }
    n = r->n - r->at;
    if (!is_old && n < TAG_BYTES) {
        r->bad = 1;
        return;
    }
    packet->token = take_bytes(r, is_old ? n : n - TAG_BYTES);
    if (!is_old)
        packet->tag = take_bytes(r, TAG_BYTES);
}

static void read_lengths(struct reader *r, struct quic_packet *packet)
{
    if (packet->kind == QUIC_INITIAL) {
        packet->token_length = take_number(r);
        packet->has_token = !r->bad;
        packet->token = take_bytes(r, packet->token_length);
    }
    if (r->bad)
        return;
    packet->length = take_number(r);
    packet->has_length = !r->bad;
    if (packet->has_length)
        packet->packet_length = r->at + packet->length;
}

static int read_long(struct reader *r, uint32_t len, struct quic_packet *packet)
{
    uint64_t n;

    packet->version = (uint32_t)take(r, 4);
    n = take(r, 1);
    if (r->bad || n > QUIC_ID_MOST || !quic_version_is_known(packet->version))
        return 0;
    packet->is_v2 = is_v2(packet->version);
    packet->kind = kind_of(packet);
    packet->packet_length = len;
    packet->dcid = take_bytes(r, n);
    n = take(r, 1);
    if (n > QUIC_ID_MOST)
        return 0;
    packet->scid = take_bytes(r, n);
    if (r->bad)
        return 1;
    if (packet->kind == QUIC_NEGOTIATION)
        packet->versions = take_bytes(r, (r->n - r->at) & ~3u);
    else if (packet->kind == QUIC_RETRY)
        read_retry(r, packet);
    else
        read_lengths(r, packet);
    return 1;
}

int quic_packet_read(const uint8_t *data, uint32_t cap_len, uint32_t len, struct quic_packet *ret)
{
    struct reader r = {.p = data, .n = cap_len};
    int rc = 1;

    *ret = (struct quic_packet){.kind = QUIC_SHORT, .packet_length = len};
    if (cap_len == 0)
        return 0;
    ret->first = (uint8_t)take(&r, 1);
    if (ret->first & 0x80)
        rc = read_long(&r, len, ret);
    ret->bad = r.bad && cap_len >= len; /* what the capture cut off is no fault of the packet */
    if (ret->packet_length > len) {
        ret->packet_length = len;
        ret->bad = 1;
    }
    return rc;
}

/* A list of versions of which one is known; as short as its ids are. */
static int is_negotiation(const struct quic_packet *packet)
{
    struct reader r = {.p = packet->versions.p, .n = packet->versions.n};

    while (r.n - r.at >= 4) {
        const uint32_t version = (uint32_t)take(&r, 4);

        if (version != 0 && quic_version_is_known(version))
            return 1;
    }
    return 0;
}

int quic_probe(const trawl_layer *payload)
{
    struct quic_packet packet;

    if (payload->carrier != 17 || payload->cap_len < 7 || !(payload->data[0] & 0x80) ||
        !quic_packet_read(payload->data, payload->cap_len, payload->len, &packet) || packet.bad)
        return 0;
    return packet.kind == QUIC_NEGOTIATION ? is_negotiation(&packet) : payload->len >= SHORTEST;
}
