/* Fuzz target: a UDP payload as the dissector of QUIC gets it. First byte: how much of the datagram
 * the capture cut off. */
#include <stdlib.h>
#include <string.h>

#include "quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum; /* keeps the reads */

static void put_u64(trawl_sink *sink, uint32_t i_field, uint64_t value)
{
    if (i_field >= sink->n_fields)
        __builtin_trap();
    sum += value;
}
static void put_i64(trawl_sink *sink, uint32_t i_field, int64_t value)
{
    put_u64(sink, i_field, (uint64_t)value);
}
static void put_f64(trawl_sink *sink, uint32_t i_field, double value)
{
    put_u64(sink, i_field, value > 0);
}
static void put_bytes(trawl_sink *sink, uint32_t i_field, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n; i++)
        put_u64(sink, i_field, p[i]);
}
static void put_malformed(trawl_sink *sink, uint32_t offset, const char *what)
{
    (void)sink;
    sum += offset + (uint8_t)what[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t wanted[64] = {[0 ... 63] = 1};
    const trawl_packet packet = {.size = sizeof(packet)};
    trawl_sink sink = {.size = sizeof(sink),
                       .n_fields = quic_dissectors[0].n_fields,
                       .wanted = wanted,
                       .put_u64 = put_u64,
                       .put_i64 = put_i64,
                       .put_f64 = put_f64,
                       .put_bytes = put_bytes,
                       .malformed = put_malformed};
    uint8_t *copy;

    if (size < 2 || size > 65536 || sink.n_fields > sizeof(wanted))
        return 0;
    copy = malloc(size - 1); /* of its own size: a read beyond it is seen */
    if (copy) {
        const trawl_layer payload = {.size = sizeof(payload),
                                     .data = copy,
                                     .cap_len = (uint32_t)size - 1,
                                     .len = (uint32_t)size - 1 + data[0] * 4u,
                                     .carrier = 17};

        memcpy(copy, data + 1, size - 1);
        quic_dissectors[0].extract(&packet, &payload, &sink);
        sum += (uint64_t)quic_probe(&payload);
    }
    free(copy);
    return 0;
}
