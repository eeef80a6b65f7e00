/* Fuzz target: a UDP payload as the dissector of QUIC gets it. First byte: how much of the datagram
 * the capture cut off. */
#include <stdlib.h>
#include <string.h>

#include "quic.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
