/* Fuzz target: a whole file, from decompression to the frame walk, and its packets fetched again.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/capture/frames.h"
#include "core/capture/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_KEPT = 64 };
struct seen {
    struct tw_input *input;
    size_t n_kept;
    struct {
        uint64_t offset;
        uint32_t i_interface, cap_len;
        uint8_t first, last;
    } kept[MAX_KEPT];
};

static int reserve(void *context, uint64_t n_rows, uint64_t n_rows_guess, trawl_error *err)
{
    (void)context;
    (void)n_rows_guess;
    return n_rows > 1000000 ? tw_fail(err, TRAWL_E_NOMEM, "more packets than bytes") : TRAWL_OK;
}

static int body(void *context, uint64_t first_row, const struct tw_record *records, size_t n,
                unsigned i_thread, trawl_error *err)
{
    struct seen *seen = context;

    (void)first_row;
    (void)i_thread;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        const struct tw_record *r = &records[i];
        uint32_t sum = 0;

        if (r->i_interface >= seen->input->n_interfaces)
            __builtin_trap();
        for (uint32_t k = 0; k < r->cap_len; k++)
            sum += r->data[k];
        if (seen->n_kept < MAX_KEPT && r->cap_len > 0) {
            seen->kept[seen->n_kept].offset = r->offset;
            seen->kept[seen->n_kept].i_interface = r->i_interface;
            seen->kept[seen->n_kept].cap_len = r->cap_len;
            seen->kept[seen->n_kept].first = r->data[0];
            seen->kept[seen->n_kept].last = r->data[r->cap_len - 1];
            seen->n_kept++;
        }
        if (sum == UINT32_MAX)
            __builtin_trap();
    }
    return TRAWL_OK;
}

static void fetch_again(struct seen *seen)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_fetch *fetch = tw_fetch_open(seen->input, &err);
    const uint8_t *bytes;

    for (size_t i = 0; fetch && i < seen->n_kept; i++) {
        uint32_t i_file = seen->input->interfaces[seen->kept[i].i_interface].i_file;
        uint32_t n = seen->kept[i].cap_len;

        if (tw_fetch_bytes(fetch, i_file, seen->kept[i].offset, n, &bytes, &err) != TRAWL_OK ||
            bytes[0] != seen->kept[i].first || bytes[n - 1] != seen->kept[i].last)
            __builtin_trap();
    }
    tw_fetch_close(fetch);
}

/* In two pieces the same ends of records are found as at once. */
static void find_ends(const uint8_t *data, size_t size)
{
    struct tw_frames at_once = {0}, in_two = {0};
    const size_t whole = tw_frames_whole(&at_once, data, size);
    const size_t first = tw_frames_whole(&in_two, data, size / 2);
    size_t skip;

    if (first > size / 2 || first + tw_frames_whole(&in_two, data + first, size - first) != whole ||
        whole > size)
        __builtin_trap();
    (void)tw_frames_again(&at_once, data, size, &skip);
    if (skip > size)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    const char *paths[] = {path};
    tw_error err = TW_ERROR_INIT;
    struct tw_input_options options = {0};
    struct seen seen = {0};

    if (size > 1 << 20)
        return 0;
    find_ends(data, size);
    if (fd < 0) {
        tw_pool_set_threads(1);
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    seen.input = tw_input_open(paths, 1, &err);
    if (seen.input && tw_input_read(seen.input, &options, reserve, body, &seen, &err) == TRAWL_OK) {
        tw_input_sort_warnings(seen.input);
        fetch_again(&seen);
    }
    tw_input_free(seen.input);
    return 0;
}
