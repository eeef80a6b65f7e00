/* Ends of records in streams that come in pieces, and what another writer may begin with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/capture/frames.h"

/* A head of pcap 2.4, Ethernet, and two records of 4 and 0 bytes. */
static const uint8_t pcap[24 + 20 + 16] = {
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0,
    0,    0,    1,    0,    0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 9, 9, 9, 9, //
    2,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* A section of 28 bytes, big-endian, and a block of 12. */
static const uint8_t pcapng[28 + 12] = {
    0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0, 1,
    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0, 28,
    0,    0,    0,    5,    0,    0,    0,    12,   0,    0,    0,    12,
};

/* What is whole of the first n bytes. */
static size_t whole(const uint8_t *data, size_t n)
{
    struct tw_frames frames = {0};

    return tw_frames_whole(&frames, data, n);
}

static void records_of_pcap(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof(pcap); n++)
        assert_int_equal(whole(pcap, n), n < 24 ? 0 : n < 44 ? 24 : n < 60 ? 44 : 60);
}

static void blocks_of_pcapng(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof(pcapng); n++)
        assert_int_equal(whole(pcapng, n), n < 28 ? 0 : n < 40 ? 28 : 40);
}

/* The call goes on where what was whole ended. */
static void pieces(void **state)
{
    struct tw_frames frames = {0};

    (void)state;
    assert_int_equal(tw_frames_whole(&frames, pcap, 30), 24);
    assert_int_equal(tw_frames_whole(&frames, pcap + 24, 19), 0);
    assert_int_equal(tw_frames_whole(&frames, pcap + 24, 20), 20);
    assert_int_equal(tw_frames_whole(&frames, pcap + 44, 16), 16);
    assert_int_equal(frames.format, TW_FRAMES_PCAP);
}

/* Two writers without a pause between them. */
static void a_head_among_records(void **state)
{
    uint8_t both[2 * sizeof(pcap)];
    struct tw_frames frames = {0};
    size_t skip = 0;

    (void)state;
    memcpy(both, pcap, sizeof(pcap));
    memcpy(both + sizeof(pcap), pcap, sizeof(pcap));
    assert_int_equal(tw_frames_whole(&frames, both, 75), 60);
    assert_false(frames.at_head); /* 15 bytes of it say nothing yet */
    assert_int_equal(tw_frames_whole(&frames, both + 60, 16), 0);
    assert_true(frames.at_head);
    assert_int_equal(tw_frames_again(&frames, both + 60, 60, &skip), TW_FRAMES_TAKEN);
    assert_int_equal(tw_frames_whole(&frames, both + 60 + skip, 60 - skip), 36);
    assert_false(frames.at_head);
}

static void what_has_no_ends_is_handed_on(void **state)
{
    uint8_t damaged[sizeof(pcap)], text[30] = "no capture, but thirty bytes";

    (void)state;
    memcpy(damaged, pcap, sizeof(pcap));
    damaged[24 + 11] = 0x7f; /* a record of 2 GB */
    assert_int_equal(whole(damaged, sizeof(damaged)), sizeof(damaged));
    memcpy(damaged, pcap, sizeof(pcap));
    damaged[6] = 3; /* version 2.3 */
    assert_int_equal(whole(damaged, 30), 30);
    assert_int_equal(whole(text, sizeof(text)), sizeof(text));
    memcpy(damaged, pcapng, sizeof(pcapng));
    damaged[7] = 0; /* a section of no bytes */
    assert_int_equal(whole(damaged, 40), 40);
}

static void other_writers(void **state)
{
    struct tw_frames of_pcap = {0}, of_pcapng = {0};
    uint8_t other[sizeof(pcap)];
    size_t skip = 7;

    (void)state;
    (void)tw_frames_whole(&of_pcap, pcap, sizeof(pcap));
    (void)tw_frames_whole(&of_pcapng, pcapng, sizeof(pcapng));
    assert_int_equal(tw_frames_again(&of_pcap, pcap, 3, &skip), TW_FRAMES_MORE);
    assert_int_equal(tw_frames_again(&of_pcap, pcap, 23, &skip), TW_FRAMES_MORE);
    assert_int_equal(tw_frames_again(&of_pcap, pcap, 24, &skip), TW_FRAMES_TAKEN);
    assert_int_equal(skip, 24);
    assert_int_equal(tw_frames_again(&of_pcap, pcap + 24, 20, &skip), TW_FRAMES_TAKEN);
    assert_int_equal(skip, 0); /* records without a head */
    assert_int_equal(tw_frames_again(&of_pcapng, pcapng, 4, &skip), TW_FRAMES_TAKEN);
    assert_int_equal(skip, 0);
    assert_int_equal(tw_frames_again(&of_pcap, pcapng, 28, &skip), TW_FRAMES_REFUSED);
    assert_int_equal(tw_frames_again(&of_pcapng, pcap, 24, &skip), TW_FRAMES_REFUSED);
    memcpy(other, pcap, sizeof(pcap));
    other[20] = 113; /* another link type */
    assert_int_equal(tw_frames_again(&of_pcap, other, 24, &skip), TW_FRAMES_REFUSED);
    memcpy(other, pcap, sizeof(pcap));
    other[0] = 0x4d, other[1] = 0x3c; /* nanoseconds */
    assert_int_equal(tw_frames_again(&of_pcap, other, 24, &skip), TW_FRAMES_REFUSED);
    memcpy(other, pcap, sizeof(pcap));
    other[18] = 9; /* another snaplen is no matter */
    assert_int_equal(tw_frames_again(&of_pcap, other, 24, &skip), TW_FRAMES_TAKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_pcap),
        cmocka_unit_test(blocks_of_pcapng),
        cmocka_unit_test(pieces),
        cmocka_unit_test(a_head_among_records),
        cmocka_unit_test(what_has_no_ends_is_handed_on),
        cmocka_unit_test(other_writers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
