/* The walk over plain frames against the general one, with frames of all kinds, damaged and cut.
 * Must not know columns. */
#include <stdlib.h>

#include "plain_frames.h"

/* The walk over plain frames gives the layers of the general one. */
static void plain_walk_equals_the_walk(void **state)
{
    struct tw_frame *frames = calloc(2, sizeof(*frames)), *a = frames, *b = frames + 1;
    struct build f = {0};
    uint64_t taken = 0;

    (void)state;
    assert_non_null(frames);
    for (int i = 0; i < 400000; i++) {
        const struct tw_record record = damaged(&f);

        if (!tw_frame_walk_plain(a, record.data, record.cap_len, record.len))
            continue;
        taken++;
        tw_frame_walk(b, record.data, record.cap_len, record.len, 1, 0);
        assert_ptr_equal(a->data, b->data);
        assert_int_equal(a->cap_len, b->cap_len);
        assert_int_equal(a->len, b->len);
        assert_int_equal(a->link_type, b->link_type);
        assert_int_equal(a->i_network, b->i_network);
        assert_int_equal(a->i_transport, b->i_transport);
        assert_int_equal(a->flags, b->flags);
        assert_int_equal(a->proto, b->proto);
        assert_int_equal(a->no_link, b->no_link);
        assert_int_equal(a->fragment.len, b->fragment.len);
        assert_ptr_equal(a->malformed, b->malformed);
        assert_int_equal(a->malformed_at, b->malformed_at);
        assert_int_equal(a->n_layers, b->n_layers);
        for (uint32_t k = 0; k < a->n_layers; k++) {
            assert_int_equal(a->layers[k].kind, b->layers[k].kind);
            assert_int_equal(a->layers[k].depth, b->layers[k].depth);
            assert_int_equal(a->layers[k].flags, b->layers[k].flags);
            assert_int_equal(a->layers[k].offset, b->layers[k].offset);
            assert_int_equal(a->layers[k].cap_len, b->layers[k].cap_len);
            assert_int_equal(a->layers[k].len, b->layers[k].len);
            assert_int_equal(a->layers[k].header_len, b->layers[k].header_len);
        }
    }
    assert_true(taken > 100000);
    free(frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain_walk_equals_the_walk)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
