/* Whose the later datagrams of a conversation are, also after a look that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/task.h"
#include "core/track/conversation.h"

static int toy_probe(const trawl_layer *payload)
{
    return payload->data[0] == 'T';
}

static void toy_extract(const trawl_packet *packet, const trawl_layer *payload, trawl_sink *sink)
{
    (void)packet;
    (void)payload;
    (void)sink;
}

static const trawl_dissector toy = {.size = sizeof(toy),
                                    .name = "toy",
                                    .layer = "payload",
                                    .extract = toy_extract,
                                    .probe = toy_probe,
                                    .flags = TRAWL_DISSECTOR_STAYS};

/* Two datagrams of a conversation in IPv4, of a byte each: T, which tells, and x. */
static const uint8_t records[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\x65\0\0\0"
                                 "\1\0\0\0\0\0\0\0\x1d\0\0\0\x1d\0\0\0"
                                 "\x45\0\0\x1d\0\0\x40\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2"
                                 "\x1b\x58\x1b\x59\0\x09\0\0T"
                                 "\2\0\0\0\0\0\0\0\x1d\0\0\0\x1d\0\0\0"
                                 "\x45\0\0\x1d\0\0\x40\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2"
                                 "\x1b\x58\x1b\x59\0\x09\0\0x";

static void a_look_that_failed_is_taken_again(void **state)
{
    static struct tw_claims claims;
    const struct tw_input_options options = {0};
    char path[] = "/tmp/trawl-recognise-XXXXXX";
    const char *const paths[] = {path};
    const int fd = mkstemp(path);
    struct tw_conversations conversations = {0};
    struct tw_packets *packets = NULL;
    struct tw_input *input;
    unsigned n_failed = 0;
    int rc = TRAWL_E_NOMEM;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, records, sizeof(records) - 1), (ssize_t)sizeof(records) - 1);
    close(fd);
    tw_pool_set_threads(1);
    input = tw_input_open(paths, 1, NULL);
    assert_non_null(input);
    assert_int_equal(tw_packets_load(input, &options, &packets, NULL), TRAWL_OK);
    assert_int_equal(tw_conversations_build(packets, &conversations, NULL), TRAWL_OK);
    assert_int_equal(packets->n_rows, 2);
    assert_true(tw_claims_add(&claims, &toy));
    for (unsigned n = 1; rc != TRAWL_OK; n++) {
        char spec[16];

        snprintf(spec, sizeof(spec), "%u", n);
        tw_memory_fail_at(spec);
        rc = tw_payload_walk_remember(packets, &claims, NULL);
        tw_memory_fail_at(NULL);
        n_failed += rc != TRAWL_OK;
        assert_int_equal(tw_payload_walk_remember(packets, &claims, NULL), TRAWL_OK);
        assert_int_equal(packets->owners[1], TW_OWNER_FIRST);
        tw_free(packets->owners);
        packets->owners = NULL;
    }
    assert_true(n_failed > 3);
    tw_conversations_fini(&conversations);
    tw_packets_free(packets);
    tw_input_free(input);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_look_that_failed_is_taken_again)};

    return cmocka_run_group_tests_name("recognise", tests, NULL, NULL);
}
