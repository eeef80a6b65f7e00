/* Fuzz target: DNS messages over UDP (mDNS, LLMNR), TCP and HTTP/2 through the dissector, and their
 * records as zone files write them. The first byte says which. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "plugins/dns/zone.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_records(const trawl_layer *layer)
{
    const struct dns_message message = {layer->data, layer->cap_len};
    static struct dns_zone_text text;
    struct dns_walk walk;
    struct dns_item item;

    dns_walk_begin(&walk, &message);
    while (dns_walk_next(&walk, &item)) {
        if (item.section == DNS_QUESTION)
            continue;
        dns_zone_text(&text, &message, &item);
        sum += text.n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t ports[] = {53, 5353, 5355, 40000};
    const trawl_dissector *dns = &dns_dissectors[0];
    trawl_layer layer = {.size = sizeof(layer), .dst_port = 50000};
    uint8_t *copy;

    if (size < 1 || size > 65536)
        return 0;
    copy = malloc(size - 1 ? size - 1 : 1); /* of its own size: a read beyond it is seen */
    if (!copy)
        return 0;
    memcpy(copy, data + 1, size - 1);
    layer.src_port = ports[data[0] & 3];
    layer.carrier = data[0] & 4 ? 6 : 17;
    layer.data = copy;
    layer.cap_len = layer.len = (uint32_t)size - 1;
    if (layer.carrier == 6) {
        struct dns_state state = {.is_http2 = data[0] >> 3 & 1};
        const int64_t n = dns->message(&state, &layer);

        layer.mark = state.is_http2;
        if (n > (layer.mark ? 1 << 25 : 65537) || (n > 0 && n < (layer.mark ? 9 : 2)))
            __builtin_trap();
    } else {
        sum += (uint64_t)dns->probe(&layer);
        write_records(&layer);
    }
    extract_all(dns, &layer);
    free(copy);
    return 0;
}
