/* Fuzz target: HTTP/1 heads, bodies, chunks and fields. The first byte says in which direction the
 * stream flows and how much of it is there at first. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/http/http.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *take(size_t n)
{
    return malloc(n);
}

static const trawl_host bare_host = {.size = sizeof(bare_host), .alloc = take, .free = free};

static void refuse(struct http_state *state, uint8_t direction)
{
    static const uint8_t text[] = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n";
    const trawl_layer layer = {.size = sizeof(layer),
                               .data = text,
                               .cap_len = sizeof(text) - 1,
                               .len = sizeof(text) - 1,
                               .carrier = 6,
                               .direction = direction};

    http_message(state, &layer);
}

/* As the engine walks a stream: each answer moves on, asks for more, or says that it is foreign. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_state state = {0};
    uint8_t *copy;
    size_t at = 0, n;
    uint32_t flags = 0;
    uint8_t direction;

    host = &bare_host;
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
        extract_all(&http_dissectors[0], &layer);
        if (answer == TRAWL_MESSAGE_MORE && there < size - at) {
            n = there * 2;
            continue;
        }
        if (answer == TRAWL_MESSAGE_BEFORE && flags) {
            flags = 0;
            continue;
        }
        flags = 0;
        if (answer < TRAWL_MESSAGE_HANDOVER && answer >= TRAWL_MESSAGE_ON(0))
            __builtin_trap(); /* no answer, or one that does not move on */
        if (answer < TRAWL_MESSAGE_ON(0)) {
            answer = TRAWL_MESSAGE_ON(0) - answer; /* its end may be a chunk that is yet to come */
            flags = TRAWL_LAYER_CONTINUED;
            if (state.expecting && n % 2)
                refuse(&state, !direction);
        }
        if (answer == TRAWL_MESSAGE_REST || answer == TRAWL_MESSAGE_MORE ||
            answer > (int64_t)(size - at))
            break;
        at += answer > 0 ? (size_t)answer : there;
        direction ^= !flags;
    }
    free(copy);
    return 0;
}
