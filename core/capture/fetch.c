/* Packet bytes again, by their place in the file: a window at hand, wide where most of it is asked
 * for, narrow where packets are picked here and there. Must not know records. */
#include "core/capture/input.h"
#include "core/capture/source.h"

enum { WINDOW_MOST = 1 << 20, WINDOW_SMALL = 128 << 10, WINDOW_LEAST = 4 << 10 };

struct tw_fetch {
    struct tw_input *input;
    uint8_t *data;
    size_t capacity;
    uint32_t i_file;
    uint64_t offset; /* of data[0] */
    size_t n;
    size_t used;   /* bytes asked for out of this window */
    size_t window; /* bytes of the next one */
};

struct tw_fetch *tw_fetch_open(struct tw_input *input, trawl_error *err)
{
    struct tw_fetch *fetch = tw_alloc(sizeof(*fetch));

    if (!fetch) {
        tw_fail_nomem(err);
        return NULL;
    }
    fetch->input = input;
    fetch->window = WINDOW_MOST;
    return fetch;
}

void tw_fetch_close(struct tw_fetch *fetch)
{
    if (!fetch)
        return;
    tw_free(fetch->data);
    tw_free(fetch);
}

/* Room for a window; what is in it now is not needed any more. */
static bool make_room(struct tw_fetch *fetch, size_t n)
{
    if (n <= fetch->capacity)
        return true;
    tw_free(fetch->data);
    fetch->data = tw_alloc_unset(n);
    fetch->capacity = fetch->data ? n : 0;
    return fetch->data;
}

/* Threads take turns at a small file: each should not read all of it. */
static size_t window_most(const struct tw_input_file *file)
{
    const uint64_t part = file->size ? file->size / 8 : WINDOW_MOST;

    return (size_t)TW_MIN(TW_MAX(part, (uint64_t)WINDOW_SMALL), (uint64_t)WINDOW_MOST);
}

static int fill(struct tw_fetch *fetch, uint32_t i_file, uint64_t offset, uint32_t n,
                trawl_error *err)
{
    const struct tw_input_file *file = &fetch->input->files[i_file];
    const size_t most = window_most(file);
    size_t want;
    int rc;

    if (fetch->used < fetch->n / 16)
        fetch->window = TW_MAX(fetch->window / 4, (size_t)WINDOW_LEAST);
    else if (fetch->used > fetch->n / 4)
        fetch->window = TW_MIN(fetch->window * 4, most);
    want = TW_MAX((size_t)n, TW_MIN(fetch->window, most));
    fetch->n = fetch->used = 0;
    if (!make_room(fetch, want))
        return tw_fail_nomem(err);
    fetch->i_file = i_file;
    fetch->offset = offset;
    rc = tw_source_read(file->source, offset, fetch->data, want, &fetch->n, err);
    if (rc == TRAWL_OK && fetch->n < n) {
        fetch->n = 0;
        rc = tw_fail(err, TRAWL_E_IO, "'%s' is shorter than when it was loaded", file->path);
    }
    return rc;
}

int tw_fetch_bytes(struct tw_fetch *fetch, uint32_t i_file, uint64_t offset, uint32_t n,
                   const uint8_t **ret, trawl_error *err)
{
    if (i_file != fetch->i_file || offset < fetch->offset || offset - fetch->offset > fetch->n ||
        fetch->n - (offset - fetch->offset) < n || !fetch->data) {
        int rc = fill(fetch, i_file, offset, n, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    *ret = fetch->data + (offset - fetch->offset);
    fetch->used += n;
    return TRAWL_OK;
}
