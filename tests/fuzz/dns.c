/* Fuzz target: DNS messages over UDP (mDNS, LLMNR), TCP and HTTP/2 through the dissector. The first
 * byte says which. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plugins/dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sum;

static void put_u64_sink(trawl_sink *sink, uint32_t i_field, uint64_t value)
{
    if (i_field >= sink->n_fields)
        __builtin_trap();
    sum ^= (uint8_t)value;
}

static void put_i64_sink(trawl_sink *sink, uint32_t i_field, int64_t value)
{
    put_u64_sink(sink, i_field, (uint64_t)value);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t ports[] = {53, 5353, 5355, 40000};
    static uint8_t wanted[N_FIELDS];
    const trawl_dissector *dns = &dns_dissectors[0];
    const trawl_packet packet = {.size = sizeof(packet)};
    trawl_layer layer = {.size = sizeof(layer), .dst_port = 50000};
    trawl_sink sink = {.size = sizeof(sink),
                       .n_fields = dns->n_fields,
                       .wanted = wanted,
                       .put_u64 = put_u64_sink,
                       .put_i64 = put_i64_sink,
                       .put_bytes = put_bytes_sink,
                       .malformed = malformed_sink};

    if (size < 1 || size > 65536)
        return 0;
    memset(wanted, 1, sizeof(wanted));
    layer.src_port = ports[data[0] & 3];
    layer.carrier = data[0] & 4 ? 6 : 17;
    layer.data = data + 1;
    layer.cap_len = layer.len = (uint32_t)size - 1;
    if (layer.carrier == 6) {
        struct dns_state state = {data[0] >> 3 & 1};
        const int64_t n = dns->message(&state, &layer);

        layer.mark = state.is_http2;
        if (n > (layer.mark ? 1 << 25 : 65537) || (n > 0 && n < (layer.mark ? 9 : 14)))
            __builtin_trap();
    } else {
        (void)dns->probe(&layer);
    }
    dns->extract(&packet, &layer, &sink);
    return 0;
}
