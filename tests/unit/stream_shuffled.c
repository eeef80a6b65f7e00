/* Many connections whose segments are cut, repeated and shuffled at random, on several threads:
 * every message is there once, whole, in its row. Must not know what a gap does. */
#include "stream_toy.h"

static uint64_t random_state;
static uint32_t next_random(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16) % n;
}

enum { N_STREAMS = 40, STREAM_BYTES = 3000, N_SEGMENTS = 20000 };

/* What was sent, and which row brought each byte. */
struct sent {
    char data[STREAM_BYTES];
    uint32_t n;
    uint32_t row[STREAM_BYTES];
};

static void fill(struct sent *sent)
{
    while (sent->n + 2 < STREAM_BYTES) {
        const uint32_t n = next_random(TW_MIN(STREAM_BYTES - sent->n - 1, UINT32_C(400)));

        sent->data[sent->n] = (char)(n >> 8);
        sent->data[sent->n + 1] = (char)n;
        for (uint32_t i = 0; i < n; i++)
            sent->data[sent->n + 2 + i] = (char)next_random(256);
        sent->n += n + 2;
    }
    for (uint32_t i = 0; i < sent->n; i++)
        sent->row[i] = UINT32_MAX;
}

static void send_pieces(struct capture *c, struct sent sent[N_STREAMS][2])
{
    uint32_t acked[N_STREAMS][2] = {0}; /* all bytes before were sent */

    for (uint16_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++) {
            struct segment syn = {.back = dir, .flags = SYN, .client = (uint16_t)(2000 + i)};

            syn.seq = UINT32_MAX - 1000 - i; /* wraps on the way */
            add(c, &syn);
        }
    for (uint32_t k = 0; k < N_SEGMENTS; k++) {
        const uint32_t i = next_random(N_STREAMS), dir = next_random(2);
        struct sent *s = &sent[i][dir];
        uint32_t *done = &acked[i][dir];
        const uint32_t low = *done > 300 ? *done - 300 : 0, high = TW_MIN(*done + 600, s->n);
        const uint32_t at = next_random(4) ? *done : low + next_random(high - low);
        struct segment segment = {.back = dir, .client = (uint16_t)(2000 + i)};

        segment.ack = UINT32_MAX - 1000 - i + 1 + acked[i][!dir];
        if (at == s->n)
            continue;
        segment.n = 1 + next_random(TW_MIN(s->n - at, UINT32_C(500)));
        segment.data = s->data + at;
        segment.seq = UINT32_MAX - 1000 - i + 1 + at;
        for (uint32_t b = at; b < at + segment.n; b++)
            s->row[b] = TW_MIN(s->row[b], (uint32_t)c->n_records);
        add(c, &segment);
        while (*done < s->n && s->row[*done] != UINT32_MAX)
            ++*done;
    }
    for (uint32_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++)
            assert_int_equal(acked[i][dir], sent[i][dir].n);
}

/* Each message is there, once, in the row at which all bytes up to its end had come. */
static void compare(const struct capture *c, struct sent sent[N_STREAMS][2])
{
    uint32_t at[N_STREAMS][2] = {0}, latest[N_STREAMS][2] = {0};

    for (size_t i = 0; i < c->messages->n; i++) {
        const struct tw_message *m = &c->messages->items[i];
        const uint32_t k = m->stream, dir = m->direction;
        struct sent *s = &sent[k][dir];
        const uint32_t len = tw_be16((const uint8_t *)s->data + at[k][dir]) + 2;

        assert_true(k < N_STREAMS);
        assert_int_equal(m->len, len);
        assert_false(m->partial);
        assert_memory_equal(bytes_of(c, m), s->data + at[k][dir], len);
        for (uint32_t b = at[k][dir]; b < at[k][dir] + len; b++)
            latest[k][dir] = TW_MAX(latest[k][dir], s->row[b]);
        assert_int_equal(m->row, latest[k][dir]);
        at[k][dir] += len;
    }
    for (uint32_t k = 0; k < N_STREAMS; k++)
        for (unsigned dir = 0; dir < 2; dir++)
            assert_int_equal(at[k][dir], sent[k][dir].n);
}

static void shuffled_segments_on_any_number_of_threads(void **state)
{
    static struct sent sent[N_STREAMS][2];
    static const unsigned threads[] = {1, 2, 5};
    struct capture c = {.records = TW_BUFFER_INIT};

    (void)state;
    random_state = UINT64_C(88172645463325252);
    for (uint32_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++)
            fill(&sent[i][dir]);
    send_pieces(&c, sent);
    for (size_t i = 0; i < TW_COUNT(threads); i++) {
        load(&c, threads[i]);
        compare(&c, sent);
        unload(&c);
    }
    drop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_segments_on_any_number_of_threads),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
