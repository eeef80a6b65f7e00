/* Fuzz target: HTTP/1 heads, bodies, chunks and fields. The first byte says in which direction the
 * stream flows and how much of it is there at first. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sum;

static void put_u64_sink(trawl_sink *sink, uint32_t i_field, uint64_t value)
{
    if (i_field >= sink->n_fields)
        __builtin_trap();
    sum ^= (uint8_t)value;
}

static void put_bytes_sink(trawl_sink *sink, uint32_t i_field, const void *bytes, size_t n)
{
    if (i_field >= sink->n_fields)
        __builtin_trap();
    for (size_t i = 0; i < n; i++)
        sum ^= ((const uint8_t *)bytes)[i];
}

static void malformed_sink(trawl_sink *sink, uint32_t offset, const char *what)
{
    (void)sink;
    sum ^= (uint8_t)offset ^ (uint8_t)what[0];
}

static void extract(const uint8_t *data, size_t n)
{
    static uint8_t wanted[256];
    const trawl_packet packet = {.size = sizeof(packet)};
    const trawl_layer layer = {.size = sizeof(layer),
                               .data = data,
                               .cap_len = (uint32_t)n,
                               .len = (uint32_t)n,
                               .carrier = 6};
    trawl_sink sink = {.size = sizeof(sink),
                       .n_fields = http_dissectors[0].n_fields,
                       .wanted = wanted,
                       .put_u64 = put_u64_sink,
                       .put_bytes = put_bytes_sink,
                       .malformed = malformed_sink};

    if (sink.n_fields > sizeof(wanted))
        __builtin_trap();
    memset(wanted, 1, sizeof(wanted));
    http_extract(&packet, &layer, &sink);
}

/* As the engine walks a stream: each answer must move on, or ask for more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_state state = {0};
    uint8_t *copy;
    size_t at = 0, n;
    uint32_t flags = 0;
    uint8_t direction;

    if (size < 2)
        return 0;
    direction = data[0] & 1;
    n = 1 + data[0] / 2;
    copy = malloc(size - 1); /* so that a byte too far is seen */
    if (!copy)
        return 0;
    memcpy(copy, data + 1, size - 1);
    size--;
    while (at < size) {
        const size_t there = n < size - at ? n : size - at;
        const trawl_layer layer = {.size = sizeof(layer),
                                   .data = copy + at,
                                   .cap_len = (uint32_t)there,
                                   .len = (uint32_t)there,
                                   .flags = flags,
                                   .carrier = 6,
                                   .direction = direction};
        int64_t answer = http_message(&state, &layer);

        http_probe(&layer);
        extract(copy + at, there);
        if (answer == TRAWL_MESSAGE_MORE && there < size - at) {
            n = there * 2;
            continue;
        }
        flags = 0;
        if (answer < TRAWL_MESSAGE_ON(0)) {
            answer = TRAWL_MESSAGE_ON(0) - answer;
            flags = TRAWL_LAYER_CONTINUED;
        }
        if (answer == TRAWL_MESSAGE_REST || answer == TRAWL_MESSAGE_MORE ||
            answer > (int64_t)(size - at))
            break;
        at += answer > 0 ? (size_t)answer : there;
        direction ^= 1;
    }
    free(copy);
    *(volatile uint8_t *)&sum = sum;
    return 0;
}
