/* Row numbers of the bits that are set.
 * Must not know what selected them. */
#include "core/table/kernel.h"

enum { chunk_words = 1 << 12 };

struct select {
    const uint64_t *bits;
    uint64_t n_rows, n_words;
    uint64_t *starts; /* by chunk: rows before it */
    uint32_t *rows;
};

/* A word without bits past the last row. */
static uint64_t word_at(const struct select *s, uint64_t i)
{
    uint64_t word = s->bits[i];

    if (i == s->n_words - 1 && s->n_rows % 64 != 0)
        word &= (UINT64_C(1) << (s->n_rows % 64)) - 1;
    return word;
}

static int count_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct select *s = context;
    uint64_t to = TW_MIN((i_chunk + 1) * chunk_words, s->n_words);
    uint64_t n = 0;

    (void)i_thread;
    (void)err;
    for (uint64_t i = i_chunk * chunk_words; i < to; i++)
        n += (uint64_t)__builtin_popcountll(word_at(s, i));
    s->starts[i_chunk] = n;
    return TRAWL_OK;
}

static int write_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct select *s = context;
    uint64_t to = TW_MIN((i_chunk + 1) * chunk_words, s->n_words);
    uint32_t *at = s->rows + s->starts[i_chunk];

    (void)i_thread;
    (void)err;
    for (uint64_t i = i_chunk * chunk_words; i < to; i++) {
        for (uint64_t word = word_at(s, i); word != 0; word &= word - 1)
            *at++ = (uint32_t)(i * 64 + (uint64_t)__builtin_ctzll(word));
    }
    return TRAWL_OK;
}

int tw_rows_from_bits(const uint64_t *bits, uint64_t n_rows, uint32_t **ret, uint64_t *ret_n,
                      trawl_error *err)
{
    struct select s = {.bits = bits, .n_rows = n_rows, .n_words = (n_rows + 63) / 64};
    uint64_t n_chunks = (s.n_words + chunk_words - 1) / chunk_words;
    uint64_t n = 0;
    int rc;

    s.starts = tw_alloc_array(n_chunks, sizeof(*s.starts));
    if (!s.starts)
        return tw_fail_nomem(err);
    rc = tw_pool_run(n_chunks, count_chunk, &s, err);
    for (uint64_t i = 0; i < n_chunks && rc == TRAWL_OK; i++) {
        uint64_t count = s.starts[i];

        s.starts[i] = n;
        n += count;
    }
    if (rc == TRAWL_OK) {
        s.rows = tw_alloc_array(n, sizeof(*s.rows));
        rc = s.rows ? tw_pool_run(n_chunks, write_chunk, &s, err) : tw_fail_nomem(err);
    }
    tw_free(s.starts);
    if (rc != TRAWL_OK) {
        tw_free(s.rows);
        return rc;
    }
    *ret = s.rows;
    *ret_n = n;
    return TRAWL_OK;
}
