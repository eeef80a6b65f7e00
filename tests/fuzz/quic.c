/* Fuzz target: a UDP payload as the dissector of QUIC gets it. First byte: how much of the datagram
 * the capture cut off. */
#include <stdlib.h>
#include <string.h>

#include "quic.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;

    if (size < 2 || size > 65536)
        return 0;
    copy = malloc(size - 1); /* of its own size: a read beyond it is seen */
    if (copy) {
        const trawl_layer payload = {.size = sizeof(payload),
                                     .data = copy,
                                     .cap_len = (uint32_t)size - 1,
                                     .len = (uint32_t)size - 1 + data[0] * 4u,
                                     .carrier = 17};

        memcpy(copy, data + 1, size - 1);
        extract_all(&quic_dissectors[0], &payload);
        sum += (uint64_t)quic_probe(&payload);
    }
    free(copy);
    return 0;
}
