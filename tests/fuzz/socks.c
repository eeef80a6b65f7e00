/* Fuzz target: both sides of a SOCKS handshake and their fields. The first byte says which side
 * speaks, in turns, and how much of it is there at first. */
#include <stdlib.h>
#include <string.h>

#include "handshake.h"
#include "sink.h"
#include "trawl/plugin.h"

const trawl_plugin *trawl_plugin_entry(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct socks_state state = {0};
    size_t at = 1, n;
    unsigned direction;

    if (size < 2 || size > 65536)
        return 0;
    direction = data[0] & 1;
    n = 1 + data[0] / 2;
    while (at < size) {
        const size_t there = n < size - at ? n : size - at;
        uint8_t *copy = malloc(there); /* of its own size: a read beyond it is seen */
        trawl_layer layer = {.size = sizeof(layer),
                             .data = copy,
                             .cap_len = (uint32_t)there,
                             .len = (uint32_t)there,
                             .carrier = 6,
                             .direction = (uint8_t)direction};
        int64_t answer;

        if (!copy)
            return 0;
        memcpy(copy, data + at, there);
        sum += (uint64_t)socks_probe(&layer);
        answer = socks_message(&state, &layer);
        if (answer < TRAWL_MESSAGE_HANDOVER)
            __builtin_trap();
        if (answer > 0 && (size_t)answer < there)
            layer.cap_len = layer.len = (uint32_t)answer;
        for (layer.mark = state.kind; layer.mark <= SOCKS5_REPLY && answer > 0; layer.mark++)
            extract_all(&trawl_plugin_entry()->dissectors[0], &layer);
        free(copy);
        if (answer == TRAWL_MESSAGE_MORE && there < size - at) {
            n = there * 2;
            continue;
        }
        if (answer <= 0)
            break;
        at += (size_t)answer;
        direction ^= 1;
    }
    return 0;
}
