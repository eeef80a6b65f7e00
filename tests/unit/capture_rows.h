/* What the tests of core/capture share: files of hand-made bytes, and the rows that a read gives.
 */
#ifndef TESTS_CAPTURE_ROWS_H
#define TESTS_CAPTURE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/capture/input.h"

/* The folder with the fixtures: tests run from any place. */
static inline const char *fixture(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s", TRAWL_FIXTURES, name);
    return path;
}

/* A temporary file with these bytes; the path is for free() and unlink(). */
static inline char *file_of(const void *bytes, size_t n)
{
    char *path = strdup("/tmp/trawl-unit-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    return path;
}

static inline void forget_file(char *path)
{
    unlink(path);
    free(path);
}

struct row {
    int64_t time_ns;
    uint64_t offset;
    uint32_t len, cap_len, i_interface;
    uint32_t sum; /* of the bytes */
};

struct rows {
    struct row *rows;
    uint64_t n, n_room;
    int body_fails_at; /* the body fails when it sees this row; -1: never */
    struct tw_input *input;
    tw_error error;
};

static int reserve_rows(void *context, uint64_t n_rows, uint64_t n_rows_guess, trawl_error *err)
{
    struct rows *rows = context;

    (void)n_rows_guess;
    (void)err;
    assert_true(n_rows <= rows->n_room);
    rows->n = n_rows;
    return TRAWL_OK;
}

static uint32_t sum_bytes(const uint8_t *p, size_t n)
{
    uint32_t sum = (uint32_t)n;

    for (size_t i = 0; i < n; i++)
        sum = sum * 31 + p[i];
    return sum;
}

static int keep_rows(void *context, uint64_t first_row, const struct tw_record *records, size_t n,
                     unsigned i_thread, trawl_error *err)
{
    struct rows *rows = context;

    (void)i_thread;
    for (size_t i = 0; i < n; i++) {
        const struct tw_record *r = &records[i];
        struct row row = {r->time_ns, r->offset,      r->len,
                          r->cap_len, r->i_interface, sum_bytes(r->data, r->cap_len)};

        if (rows->body_fails_at >= 0 && first_row + i == (uint64_t)rows->body_fails_at)
            return tw_fail(err, TRAWL_E_NOMEM, "the body fails");
        rows->rows[first_row + i] = row;
    }
    return TRAWL_OK;
}

/* Read again from an open input. */
static inline int read_again(struct rows *rows, const struct tw_input_options *options)
{
    static const struct tw_input_options none;

    rows->n = 0;
    return tw_input_read(rows->input, options ? options : &none, reserve_rows, keep_rows, rows,
                         &rows->error);
}

/* Open and read. *rows is for forget_rows() whatever comes back. */
static inline int read_files(struct rows *rows, const char *const *paths, size_t n_paths,
                             const struct tw_input_options *options)
{
    *rows = (struct rows){.n_room = 200000, .body_fails_at = -1};
    rows->rows = calloc(rows->n_room, sizeof(*rows->rows));
    assert_non_null(rows->rows);
    rows->input = tw_input_open(paths, n_paths, &rows->error);
    return rows->input ? read_again(rows, options) : rows->error.code;
}

static inline int read_file(struct rows *rows, const char *path,
                            const struct tw_input_options *options)
{
    return read_files(rows, &path, 1, options);
}

static inline void forget_rows(struct rows *rows)
{
    tw_input_free(rows->input);
    free(rows->rows);
}

#endif
