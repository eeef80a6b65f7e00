/* Fuzz target: MPTCP options of a TCP header, and connections made of packets that the input says.
 * Each packet: stream and direction (1 byte), TCP flags, sequence number (2), payload length (2),
 * length of its option, the option. */
#include "check.h"
#include "../unit/mptcp_script.h"
#include "option.h"
#include "reinjection.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_STREAMS = 4 };

/* The next packet of the input. @return bytes taken, 0: there is none */
static size_t read_packet(const uint8_t *p, size_t n)
{
    uint64_t i = script.n;
    size_t length;

    if (n < 7 || i >= MAX_PACKETS)
        return 0;
    length = p[6] & 63;
    if (length > n - 7)
        length = n - 7;
    packet(p[0] % N_STREAMS, p[0] >> 7, p[1],
           (uint32_t)(int16_t)(p[2] << 8 | p[3]), /* also near 2^32 */
           (uint32_t)(p[4] << 8 | p[5]), length ? p + 7 : NULL, length);
    script.payload_sum[i] = (uint16_t)(p[2] * 257);
    return 7 + length;
}

static void build(void)
{
    struct model m = {0};
    struct reinjections r = {0};

    if (model_build(&m, NULL, NULL,
                    WANT_RESULTS | WANT_TOTALS | WANT_CARRIES | WANT_ACKS | WANT_PROBLEMS |
                        WANT_EVENTS,
                    NULL) == TRAWL_OK)
        reinjections_find(&m, &r);
    for (size_t i = 0; i < m.n_carries; i++) {
        const struct carry *c = &m.carries[i];

        /* what holds for any input: nothing is seen more often than it is there */
        if (c->seen > c->length || c->resent > c->seen || (c->reinjection && !c->seen))
            __builtin_trap();
        sum += c->dsn + c->seen;
    }
    sum += r.n + m.n_problems + m.n_acks;
    reinjections_fini(&r);
    model_fini(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of its own size: a read beyond it is seen */
    const trawl_layer layer = {
        .size = sizeof(layer), .data = copy, .cap_len = (uint32_t)size, .len = (uint32_t)size};
    size_t at = 0, n;

    host = &script_host;
    if (!copy || size > 1 << 16) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    extract_all(&conn_dissectors[0], &layer);
    memset(&script, 0, sizeof(script));
    while ((n = read_packet(copy + at, size - at)) != 0)
        at += n;
    build();
    free(copy);
    return 0;
}
