/* Which packets a filter in libpcap's language lets pass. Must not know fields. */
#include "core/base/task.h"
#include "core/capture/bpf.h"
#include "core/dissect/packets.h"

enum { CHUNK = 1 << 14 }; /* rows; a multiple of 64: no word of bits is shared */

struct match {
    const struct tw_packets *packets;
    const char *text;
    uint64_t *bits;
    struct match_thread {
        struct tw_row_bytes bytes;
        struct tw_bpf *bpf;
    } * threads;
};

static int match_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct match *m = context;
    const struct tw_packets *p = m->packets;
    struct match_thread *thread = &m->threads[i_thread];
    const uint64_t start = i_chunk * CHUNK, end = TW_MIN(p->n_rows, start + CHUNK);
    int rc = TRAWL_OK;

    if (tw_cancelled())
        return tw_fail_cancelled(err);
    if (!thread->bpf)
        rc = tw_bpf_new(m->text, &thread->bpf, err);
    for (uint64_t row = start; row < end && rc == TRAWL_OK; row++) {
        const uint16_t i_interface = TW_CELLS(p->interface, const uint16_t)[row];
        struct tw_record record = {.cap_len = TW_CELLS(p->cap_len, const uint32_t)[row],
                                   .len = TW_CELLS(p->len, const uint32_t)[row],
                                   .i_interface = i_interface};
        bool passes = false;

        rc = tw_row_bytes_get(&thread->bytes, p, row, &record.data, err);
        if (rc == TRAWL_OK)
            rc = tw_bpf_match(thread->bpf, &p->input->interfaces[i_interface], &record, &passes,
                              err);
        if (passes)
            m->bits[row / 64] |= UINT64_C(1) << row % 64;
    }
    return rc;
}

int tw_packets_match(const struct tw_packets *packets, const char *bpf, uint64_t *ret,
                     trawl_error *err)
{
    const unsigned n_threads = tw_pool_threads();
    struct match m = {.packets = packets, .text = bpf, .bits = ret};
    int rc;

    m.threads = tw_alloc_array(n_threads, sizeof(*m.threads));
    if (!m.threads)
        return tw_fail_nomem(err);
    rc = tw_pool_run((packets->n_rows + CHUNK - 1) / CHUNK, match_chunk, &m, err);
    for (unsigned i = 0; i < n_threads; i++) {
        tw_row_bytes_fini(&m.threads[i].bytes);
        tw_bpf_free(m.threads[i].bpf);
    }
    tw_free(m.threads);
    return rc;
}
