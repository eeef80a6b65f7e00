/* A sink that reads all that it is given, for the targets that run dissectors: a field that is not
 * declared, or a byte that is not there, ends the program. Must not know a protocol. */
#ifndef TESTS_FUZZ_SINK_H
#define TESTS_FUZZ_SINK_H

#include <stdlib.h>
#include <string.h>

#include "trawl/field.h"

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
static void put_bytes(trawl_sink *sink, uint32_t i_field, const void *data, size_t n)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < n; i++)
        put_u64(sink, i_field, p[i]);
}
static void put_malformed(trawl_sink *sink, uint32_t offset, const char *what)
{
    (void)sink;
    sum += offset + (uint8_t)what[0];
}

static void put_no_memory(trawl_sink *sink)
{
    (void)sink;
}

/* All fields of a dissector out of a packet's layer. */
static inline void extract_all(const trawl_dissector *dissector, const trawl_layer *layer)
{
    static uint8_t wanted[1024];
    const trawl_packet packet = {.size = sizeof(packet)};
    trawl_sink sink = {.size = sizeof(sink),
                       .n_fields = dissector->n_fields,
                       .wanted = wanted,
                       .put_u64 = put_u64,
                       .put_i64 = put_i64,
                       .put_f64 = put_f64,
                       .put_bytes = put_bytes,
                       .malformed = put_malformed,
                       .no_memory = put_no_memory};

    if (sink.n_fields > sizeof(wanted)) /* more than the target is made for */
        __builtin_trap();
    memset(wanted, 1, sizeof(wanted));
    dissector->extract(&packet, layer, &sink);
    *(volatile uint64_t *)&sum = sum;
}

#endif
