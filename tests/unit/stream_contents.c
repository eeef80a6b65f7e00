/* Bytes of streams out of segments that come late, twice, in part or never. */
#include "core/track/contents.h"

#include "segments.h"

/* What was read of a direction; missing bytes are dots. */
struct side {
    char text[256];
    uint64_t end;
    uint32_t rows[64];
    size_t n;
    uint64_t length;
};
struct read {
    struct side sides[2][2];
};

static int take(void *context, const trawl_contents *part, unsigned i_thread, trawl_error *err)
{
    struct read *read = context;
    struct side *s = &read->sides[part->stream][part->direction];

    (void)i_thread;
    (void)err;
    s->length = part->length;
    for (size_t i = 0; i < part->n_pieces; i++) {
        const trawl_piece *piece = &part->pieces[i];

        assert_true(piece->offset >= s->end && piece->offset + piece->n < sizeof(s->text));
        memset(s->text + s->end, '.', piece->offset - s->end);
        memcpy(s->text + piece->offset, piece->data, piece->n);
        s->end = piece->offset + piece->n;
        s->rows[s->n++] = piece->row;
    }
    return TRAWL_OK;
}

static void read_all(const struct segment *segments, size_t n, const uint32_t *wanted,
                     size_t n_wanted, struct read *ret)
{
    struct loaded l;
    struct tw_contents contents;

    *ret = (struct read){0};
    load(segments, n, &l);
    assert_int_equal(
        tw_contents_find(l.packets, &l.conversations, false, wanted, n_wanted, &contents, NULL),
        TRAWL_OK);
    assert_int_equal(tw_contents_read(l.packets, &contents, take, ret, NULL), TRAWL_OK);
    tw_contents_fini(&contents);
    unload(&l);
}

#define SYNS                                           \
    {0, false, 1000, SYN, 0xfffffffa, 0, 0, 0},        \
    {                                                  \
        1, true, 1000, SYN | ACK, 99, 0xfffffffb, 0, 0 \
    }
/* Offset 0 of the client is 0xfffffffb, so that the numbers wrap after five bytes. */
#define AT(offset) (0xfffffffbu + (offset))

static void late_and_twice_and_in_part(void **state)
{
    const struct segment s[] = {
        SYNS,
        {2, false, 1000, ACK, AT(0), 100, 4, 0},  /* xxxx */
        {3, false, 1000, ACK, AT(8), 100, 4, 0},  /* early */
        {4, false, 1000, ACK, AT(14), 100, 2, 0}, /* earlier still */
        {5, false, 1000, ACK, AT(2), 100, 14, 0}, /* what was missing, and what was not */
        {6, false, 1000, ACK, AT(3), 100, 1, 0},  /* nothing new */
        {7, false, 1000, ACK, AT(20), 100, 2, 0}, /* four never come */
        {8, true, 1000, ACK, 100, AT(22), 3, 0},
    };
    struct read r;

    (void)state;
    read_all(s, TW_COUNT(s), NULL, 0, &r);
    assert_string_equal(r.sides[0][0].text, "xxxxxxxxxxxxxxxx....xx");
    assert_int_equal(r.sides[0][0].n, 6);
    assert_int_equal(r.sides[0][0].rows[0], 2);
    assert_int_equal(r.sides[0][0].rows[1], 5); /* 4 to 8 */
    assert_int_equal(r.sides[0][0].rows[2], 3); /* 8 to 12: it came first */
    assert_int_equal(r.sides[0][0].rows[3], 5);
    assert_int_equal(r.sides[0][0].rows[4], 4);
    assert_int_equal(r.sides[0][0].rows[5], 7);
    assert_string_equal(r.sides[0][1].text, "xxx");
}

static void without_a_handshake_and_out_of_the_window(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, ACK, 500, 1, 0, 0},
        {1, false, 1000, ACK, 510, 1, 3, 0},        /* the first byte seen */
        {2, false, 1000, ACK, 0x70000000, 1, 3, 0}, /* no window is that wide */
        {3, false, 1000, ACK, 513, 1, 2, 0},
        {4, false, 2000, ACK, 7, 1, 2, 0},
    };
    const uint32_t second[] = {1};
    struct read r;

    (void)state;
    read_all(s, TW_COUNT(s), NULL, 0, &r);
    assert_string_equal(r.sides[0][0].text, "xxxxx");
    assert_string_equal(r.sides[1][0].text, "xx");
    read_all(s, TW_COUNT(s), second, 1, &r);
    assert_string_equal(r.sides[0][0].text, "");
    assert_string_equal(r.sides[1][0].text, "xx");
}

/* The FIN of the client stands 4 bytes behind what came of it, the server's where its bytes end. */
static void fins_tell_lengths(void **state)
{
    const struct segment s[] = {
        SYNS,
        {2, false, 1000, ACK, AT(0), 100, 4, 0},
        {3, true, 1000, ACK, 100, AT(4), 3, 0},
        {4, true, 1000, FIN | ACK, 103, AT(4), 2, 0},
        {5, false, 1000, FIN | ACK, AT(8), 106, 0, 0},
        {6, true, 1000, FIN | ACK, 106, AT(9), 0, 0}, /* again, one further: not another byte */
        {7, false, 2000, ACK, 7, 1, 2, 0},            /* goes on */
    };
    struct read r;

    (void)state;
    read_all(s, TW_COUNT(s), NULL, 0, &r);
    assert_string_equal(r.sides[0][0].text, "xxxx");
    assert_int_equal(r.sides[0][0].length, 8);
    assert_string_equal(r.sides[0][1].text, "xxxxx");
    assert_int_equal(r.sides[0][1].length, 5);
    assert_int_equal(r.sides[1][0].length, 0);
}

/* More than is read together: 200 connections of 2 MiB in all, their segments in turns, and one
 * direction of 2 MiB, which comes in parts. */
static int sum(void *context, const trawl_contents *part, unsigned i_thread, trawl_error *err)
{
    uint64_t *ends = context, *end = &ends[part->stream];

    (void)i_thread;
    (void)err;
    for (size_t i = 0; i < part->n_pieces; i++) {
        assert_true(part->pieces[i].offset == *end && part->pieces[i].n == 1024);
        for (uint32_t k = 0; k < part->pieces[i].n; k++)
            assert_true(part->pieces[i].data[k] == 'x');
        *end += part->pieces[i].n;
    }
    return TRAWL_OK;
}

static void streams_in_turns(void **state)
{
    enum { STREAMS = 200, EACH = 10, BIG = 2048, N = STREAMS * EACH + BIG };
    struct segment *s = tw_alloc_array(N, sizeof(*s));
    uint64_t ends[STREAMS + 1] = {0};
    struct tw_contents contents;
    struct loaded l;
    unsigned n = 0;

    (void)state;
    assert_non_null(s);
    for (unsigned i = 0; i < EACH; i++)
        for (unsigned stream = 0; stream < STREAMS; stream++, n++)
            s[n] = (struct segment){n, false, (uint16_t)(1000 + stream), ACK, i * 1024, 1, 1024, 0};
    for (unsigned i = 0; i < BIG; i++, n++)
        s[n] = (struct segment){n, false, 5000, ACK, i * 1024, 1, 1024, 0};
    load(s, N, &l);
    assert_int_equal(tw_contents_find(l.packets, &l.conversations, false, NULL, 0, &contents, NULL),
                     TRAWL_OK);
    assert_int_equal(tw_contents_read(l.packets, &contents, sum, ends, NULL), TRAWL_OK);
    for (unsigned stream = 0; stream < STREAMS; stream++)
        assert_int_equal(ends[stream], EACH * 1024);
    assert_int_equal(ends[STREAMS], BIG * 1024);
    tw_contents_fini(&contents);
    unload(&l);
    tw_free(s);
}

/* Every other of 5,000 bytes, from the last to the first: more gaps than are remembered. */
static void many_gaps_are_bounded(void **state)
{
    enum { N = 5000 };
    struct segment *s = tw_alloc_array(N, sizeof(*s));
    struct tw_contents contents;
    struct loaded l;

    (void)state;
    assert_non_null(s);
    s[0] = (struct segment){0, false, 1000, SYN, 0, 0, 0, 0};
    for (unsigned i = 1; i < N; i++)
        s[i] = (struct segment){i, false, 1000, ACK, 2 * (N - i), 1, 1, 0};
    load(s, N, &l);
    assert_int_equal(tw_contents_find(l.packets, &l.conversations, false, NULL, 0, &contents, NULL),
                     TRAWL_OK);
    /* the first 1,025, of which the lowest ends the wait for what is below it */
    assert_int_equal(contents.n_chunks, 1025);
    tw_contents_fini(&contents);
    unload(&l);
    tw_free(s);
}

static int stop_pool(void **state)
{
    (void)state;
    tw_pool_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_and_twice_and_in_part),
        cmocka_unit_test(without_a_handshake_and_out_of_the_window),
        cmocka_unit_test(fins_tell_lengths),
        cmocka_unit_test(streams_in_turns),
        cmocka_unit_test(many_gaps_are_bounded),
    };

    return cmocka_run_group_tests_name("contents", tests, NULL, stop_pool);
}
