/* Headers of QUIC packets: bytes written by hand after RFC 9000 section 17 and appendix A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quic.h"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static struct quic_packet read_all(const uint8_t *data, size_t n)
{
    struct quic_packet packet;

    assert_int_equal(quic_packet_read(data, (uint32_t)n, (uint32_t)n, &packet), 1);
    return packet;
}

/* RFC 9001 appendix A.2: the client's Initial has the id 8394c8f03e515708, no token, and the length
 * 449e, two bytes for 1182; here 2 of its bytes follow. */
static void an_initial(void **state)
{
    static const uint8_t data[] = "\xc3\0\0\0\1\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\0\x44\x9exy";
    struct quic_packet p;

    (void)state;
    assert_int_equal(quic_packet_read(data, sizeof(data) - 1, 1200, &p), 1);
    assert_int_equal(p.kind, QUIC_INITIAL);
    assert_int_equal(p.version, 1);
    assert_int_equal(p.dcid.n, 8);
    assert_memory_equal(p.dcid.p, "\x83\x94\xc8\xf0\x3e\x51\x57\x08", 8);
    assert_int_equal(p.scid.n, 0);
    assert_int_equal(p.has_token, 1);
    assert_int_equal(p.token_length, 0);
    assert_int_equal(p.length, 1182);
    assert_int_equal(p.packet_length, 18 + 1182);
    assert_int_equal(p.bad, 0); /* cut by the capture alone */
    assert_int_equal(quic_packet_read(data, sizeof(data) - 1, sizeof(data) - 1, &p), 1);
    assert_int_equal(p.bad, 1);
    assert_int_equal(p.packet_length, sizeof(data) - 1);
}

/* Appendix A.4: a Retry with the token "token" and its tag of 16 bytes. */
static void a_retry(void **state)
{
    const struct quic_packet p = read_all(
        BYTES("\xff\0\0\0\1\0\x08\xf0\x67\xa5\x50\x2a\x42\x62\xb5token"
              "\x04\xa2\x65\xba\x2e\xff\x4d\x82\x90\x58\xfb\x3f\x0f\x24\x96\xba"));

    (void)state;
    assert_int_equal(p.kind, QUIC_RETRY);
    assert_int_equal(p.token.n, 5);
    assert_memory_equal(p.token.p, "token", 5);
    assert_int_equal(p.tag.n, 16);
    assert_int_equal(p.tag.p[15], 0xba);
    assert_int_equal(p.bad, 0);
    assert_int_equal(read_all(BYTES("\xff\0\0\0\1\0\1Stoo short")).bad, 1);
}

static void kinds_and_versions(void **state)
{
    (void)state;
    /* type bits 0 to 3; version 2 moves each on by one */
    assert_int_equal(read_all(BYTES("\xd0\0\0\0\1\0\0\1x")).kind, QUIC_0RTT);
    assert_int_equal(read_all(BYTES("\xe0\0\0\0\1\0\0\1x")).kind, QUIC_HANDSHAKE);
    assert_int_equal(read_all(BYTES("\xd0\x6b\x33\x43\xcf\0\0\0\1x")).kind, QUIC_INITIAL);
    assert_int_equal(read_all(BYTES("\xf0\x6b\x33\x43\xcf\0\0\1x")).kind, QUIC_HANDSHAKE);
    assert_int_equal(read_all(BYTES("\x80\0\0\0\0\0\0\0\0\0\1\x6b\x33\x43\xcf")).kind,
                     QUIC_NEGOTIATION);
    assert_int_equal(read_all(BYTES("\x80\0\0\0\0\0\0\0\0\0\1\x6b\x33\x43\xcf")).versions.n, 8);
    assert_int_equal(read_all(BYTES("\x40short")).kind, QUIC_SHORT);
    assert_true(quic_version_is_known(0xff00001d));
    assert_true(quic_version_is_known(0x1a2a3a4a));  /* reserved to force a negotiation */
    assert_false(quic_version_is_known(0x47455420)); /* "GET " */
    assert_false(quic_version_is_known(2));
}

/* 151288809941952652 is 0xc2197c5eff14e88c in the encoding of RFC 9000 appendix A.1. */
static void numbers_of_variable_length(void **state)
{
    (void)state;
    assert_true(read_all(BYTES("\xd0\0\0\0\1\0\0\xc2\x19\x7c\x5e\xff\x14\xe8\x8c")).length ==
                UINT64_C(151288809941952652));
    assert_int_equal(read_all(BYTES("\xd0\0\0\0\1\0\0\x9d\x7f\x3e\x7d")).length, 494878333);
    assert_int_equal(read_all(BYTES("\xd0\0\0\0\1\0\0\x7b\xbd")).length, 15293);
    assert_int_equal(read_all(BYTES("\xd0\0\0\0\1\0\0\x25")).length, 37);
}

static void what_is_no_quic(void **state)
{
    trawl_layer payload = {.size = sizeof(payload), .carrier = 17};
    static const uint8_t initial[] = "\xc3\0\0\0\1\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\0\5hello";
    struct quic_packet p;

    (void)state;
    assert_int_equal(quic_packet_read(BYTES("\xc0\0\0\0\1\x15"), 6, &p), 0); /* 21: too long */
    assert_int_equal(quic_packet_read(BYTES("\xc0GET /"), 6, &p), 0);
    payload.data = initial;
    payload.cap_len = payload.len = sizeof(initial) - 1;
    assert_int_equal(quic_probe(&payload), 1);
    payload.len = payload.cap_len = 20; /* the length says 22 */
    assert_int_equal(quic_probe(&payload), 0);
    payload.cap_len = payload.len = sizeof(initial) - 1;
    payload.carrier = 6;
    assert_int_equal(quic_probe(&payload), 0);
}

/* RFC 9000 section 17.2.1: no version, ids of 0 and 8 bytes, then the versions: 19 bytes with one.
 */
static int probe_negotiation(const char *versions, uint32_t n)
{
    uint8_t text[15 + 8] = "\xad\0\0\0\0\0\x08idididid";
    const trawl_layer payload = {
        .size = sizeof(payload), .data = text, .cap_len = 15 + n, .len = 15 + n, .carrier = 17};

    memcpy(text + 15, versions, n);
    return quic_probe(&payload);
}

static void negotiations_name_a_version(void **state)
{
    (void)state;
    assert_int_equal(probe_negotiation("\xff\0\0\x1c", 4), 1); /* draft 28 */
    assert_int_equal(probe_negotiation("\x12\x34\x56\x78\0\0\0\1", 8), 1);
    assert_int_equal(probe_negotiation("\x12\x34\x56\x78\0\0\0\0", 8), 0);
    assert_int_equal(probe_negotiation("\0\0\0", 3), 0);
    assert_int_equal(probe_negotiation("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initial),         cmocka_unit_test(a_retry),
        cmocka_unit_test(kinds_and_versions), cmocka_unit_test(numbers_of_variable_length),
        cmocka_unit_test(what_is_no_quic),    cmocka_unit_test(negotiations_name_a_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
