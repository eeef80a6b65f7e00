/* libndpi set up with the n-th of its allocations failing: NULL, no crash, and nothing left behind
 * (the allocations that are not freed are counted, and AddressSanitizer looks too). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "part/guard.h"

static unsigned long n_taken, n_lists, n_freed, fail_at;

static void *take(size_t n)
{
    if (n_taken + 1 == fail_at)
        return NULL;
    n_taken++;
    return calloc(1, n);
}

static void give_back(void *p)
{
    n_freed += p != NULL;
    free(p);
}

/* What notes them grows, and is freed, beside. */
static void *grow(void *p, size_t n)
{
    n_lists += !p;
    return realloc(p, n);
}

static const trawl_host the_host = {.alloc = take, .realloc = grow, .free = give_back};

static void fails_at_any(void **state)
{
    static const unsigned long places[] = {1, 2, 3, 4, 5, 10, 100, 1023, 1024, 1025, 20000, 99000};

    (void)state;
    for (size_t i = 0; i < TRAWL_COUNT(places); i++) {
        n_taken = n_lists = n_freed = 0;
        fail_at = places[i];
        assert_null(guard_module_new());
        assert_int_equal(n_taken + 1, places[i]);
        assert_int_equal(n_freed, n_taken + n_lists);
    }
}

static void works_afterwards(void **state)
{
    struct ndpi_detection_module_struct *module;

    (void)state;
    fail_at = n_taken = n_lists = n_freed = 0;
    module = guard_module_new();
    assert_non_null(module);
    assert_true(n_taken > 99000);
    ndpi_exit_detection_module(module);
    assert_int_equal(n_freed, n_taken + n_lists);
}

/* A client's hello of a TLS connection makes libndpi take memory: without it the packet is not
 * looked at, and the next flow is. */
static void packet_without_memory(void **state)
{
    uint8_t packet[128] = {0x45, 0, 0, 128, 0,  0, 0x40, 0, 64,   6, 0,        0,
                           10,   0, 0, 1,   10, 0, 0,    2, 0x80, 0, 443 >> 8, 443 & 255};
    struct ndpi_detection_module_struct *module;
    struct ndpi_flow_struct *flow = calloc(1, SIZEOF_FLOW_STRUCT);
    ndpi_protocol found;

    (void)state;
    packet[32] = 0x50; /* header of 20 bytes, PSH and ACK */
    packet[33] = 0x18;
    packet[40] = 0x16; /* a handshake of 200 bytes in TLS 1.0, whose rest is in another packet */
    packet[41] = 3;
    packet[42] = 1;
    packet[44] = 200;
    packet[45] = 1;
    packet[48] = 196;
    fail_at = 0;
    module = guard_module_new();
    assert_non_null(module);
    assert_non_null(flow);
    fail_at = n_taken + 1;
    assert_int_equal(guard_look(module, flow, packet, sizeof(packet), 1, &found), 0);
    memset(flow, 0, SIZEOF_FLOW_STRUCT);
    fail_at = 0;
    n_taken = 0;
    assert_int_equal(guard_look(module, flow, packet, sizeof(packet), 1, &found), 1);
    assert_true(n_taken > 0);
    ndpi_free_flow_data(flow);
    free(flow);
    ndpi_exit_detection_module(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_at_any),
        cmocka_unit_test(works_afterwards),
        cmocka_unit_test(packet_without_memory),
    };

    guard_init(&the_host);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
