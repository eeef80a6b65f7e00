/* Fuzz target: a byte stream cut into messages as the engine does, each of them read, then the
 * bytes as a certificate. First byte: direction and how the stream arrives. */
#include <stdlib.h>
#include <string.h>

#include "tls.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *zeroed(size_t n)
{
    return calloc(1, n ? n : 1);
}
static const trawl_host bare_host = {.size = sizeof(bare_host), .alloc = zeroed, .free = free};

/* A message, or a part with `seen` bytes of it ahead. */
static void read_message(const uint8_t *data, size_t seen, size_t n, uint32_t mark,
                         uint8_t direction, uint32_t flags)
{
    uint8_t *copy = malloc(seen + n + !(seen + n)); /* of its size: a read beyond it is seen */
    const trawl_layer message = {.size = sizeof(message),
                                 .data = copy ? copy + seen : NULL,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n,
                                 .seen = (uint32_t)seen,
                                 .flags = flags,
                                 .carrier = 6,
                                 .direction = direction,
                                 .mark = mark};

    if (copy) {
        memcpy(copy, data - seen, seen + n);
        extract_all(&tls_dissectors[0], &message);
        sum += (uint64_t)tls_probe(&message);
    }
    free(copy);
}

static void x509_number(void *context, enum tls_x509 what, enum tls_x509_part part, int64_t value)
{
    (void)context;
    sum += (uint64_t)value + what + part;
}
static void x509_bytes(void *context, enum tls_x509 what, enum tls_x509_part part, const char *oid,
                       const uint8_t *data, size_t n)
{
    (void)context;
    sum += (size_t)what + (size_t)part + (oid ? strlen(oid) : 0);
    for (size_t i = 0; i < n; i++)
        sum += data[i];
}

/* The same bytes as a datagram. */
static void read_datagram(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n);
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = copy,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n + (data[0] & 1),
                                 .carrier = 17};

    if (copy) {
        memcpy(copy, data, n);
        extract_all(&tls_dissectors[1], &payload);
        sum += (uint64_t)tls_dissectors[1].probe(&payload);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tls_x509_sink x509 = {.number = x509_number, .bytes = x509_bytes};
    struct tls_state state = {0};
    const uint8_t direction = size ? data[0] & 1 : 0;
    size_t at = 1, seen = 0;

    host = &bare_host;
    if (size < 2 || size > 1 << 17)
        return 0;
    tls_x509_read((struct tls_reader){.p = data + 1, .n = size - 1}, &x509);
    read_datagram(data + 1, size - 1);
    while (at < size) {
        const trawl_layer rest = {.size = sizeof(rest),
                                  .data = data + at,
                                  .cap_len = (uint32_t)(size - at),
                                  .len = (uint32_t)(size - at),
                                  .seen = (uint32_t)seen,
                                  .flags = seen ? TRAWL_LAYER_CONTINUED : 0,
                                  .carrier = 6,
                                  .direction = direction};
        int64_t n = tls_message(&state, &rest);
        const int goes_on = n < TRAWL_MESSAGE_ON(0);

        if (seen && n == TRAWL_MESSAGE_BEFORE) {
            seen = 0;
            continue;
        }
        if (goes_on)
            n = TRAWL_MESSAGE_ON(0) - n;
        if (n > TLS_HANDSHAKE_MOST * 4 || (n < 0 && n != TRAWL_MESSAGE_FOREIGN) ||
            (goes_on && (size_t)n > size - at))
            __builtin_trap();
        if (n <= 0 || (size_t)n > size - at)
            n = (int64_t)(size - at);
        read_message(data + at, seen, (size_t)n, state.mark, direction, 0);
        read_message(data + at, seen, (size_t)n, state.mark, direction, TRAWL_LAYER_PARTIAL);
        seen = goes_on ? seen + (size_t)n : 0;
        at += (size_t)n;
    }
    return 0;
}
