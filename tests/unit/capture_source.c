/* Where bytes come from: plain files, pipes, decompressors, the spill, and faults on purpose. */
#include "tests/unit/capture_rows.h"

#include <bzlib.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/task.h"
#include "core/capture/bzip2_scan.h"
#include "core/capture/source.h"
#include "core/capture/spill.h"

/* Bytes that compress a little and differ everywhere. */
static uint8_t *make_bytes(size_t n)
{
    uint8_t *bytes = malloc(n);
    uint64_t x = 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        bytes[i] = (uint8_t)(x >> 60); /* 16 values */
    }
    return bytes;
}

/* Read a source to its end. */
static uint8_t *read_all(struct tw_source *source, size_t n_room, size_t *ret_n)
{
    tw_error err = TW_ERROR_INIT;
    uint8_t *bytes = malloc(n_room);

    assert_non_null(bytes);
    assert_int_equal(tw_source_read(source, 0, bytes, n_room, ret_n, &err), TRAWL_OK);
    return bytes;
}

static size_t compress_bzip2(const uint8_t *bytes, size_t n, uint8_t *out, size_t n_room)
{
    unsigned n_out = (unsigned)n_room;

    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &n_out, (char *)(uintptr_t)bytes,
                                              (unsigned)n, 1, 0, 0),
                     BZ_OK);
    return n_out;
}

static void check_source(const uint8_t *file, size_t n_file, const uint8_t *want, size_t n_want,
                         const char *damage)
{
    char *path = file_of(file, n_file);
    struct tw_source *source;
    tw_error err = TW_ERROR_INIT;
    uint8_t *got;
    size_t n;

    assert_int_equal(tw_source_open(path, &source, &err), TRAWL_OK);
    got = read_all(source, n_want + 100, &n);
    assert_int_equal(n, n_want);
    assert_memory_equal(got, want, n);
    if (damage)
        assert_string_equal(tw_source_damage(source), damage);
    else
        assert_null(tw_source_damage(source));
    free(got);
    tw_source_close(source);
    forget_file(path);
}

/* Level 1 makes blocks of 100,000 bytes: 2,000,000 bytes are 20 of them, at all bit offsets. */
static void bzip2_blocks_in_parallel(void **state)
{
    enum { N = 2000000 };
    uint8_t *bytes = make_bytes(N), *packed = malloc(2 * N + 1000);
    size_t n;

    (void)state;
    assert_non_null(packed);
    for (unsigned threads = 1; threads <= 4; threads++) {
        tw_pool_set_threads(threads);
        n = compress_bzip2(bytes, N / 2, packed, N);
        n += compress_bzip2(bytes + N / 2, N / 2, packed + n, N); /* a second stream */
        check_source(packed, n, bytes, N, NULL);
        packed[n] = 'x';
        check_source(packed, n + 1, bytes, N, "the bzip2 data is followed by other bytes");
    }
    tw_pool_set_threads(0);
    free(bytes);
    free(packed);
}

/* The parallel way must end where the serial one does. */
static void bzip2_damage_is_the_same_in_parallel(void **state)
{
    enum { N = 1000000 };
    uint8_t *bytes = make_bytes(N), *packed = malloc(2 * N);
    size_t n = compress_bzip2(bytes, N, packed, N);

    (void)state;
    assert_non_null(packed);
    for (size_t at = n / 5; at < n / 5 * 5; at += n / 5) { /* in four of the ten blocks */
        size_t n_got[2];
        uint8_t *got[2];

        packed[at] ^= 0x10;
        for (unsigned i = 0; i < 2; i++) {
            char *path = file_of(packed, n);
            struct tw_source *source;
            tw_error err = TW_ERROR_INIT;

            tw_pool_set_threads(1 + 3 * i);
            assert_int_equal(tw_source_open(path, &source, &err), TRAWL_OK);
            got[i] = read_all(source, N, &n_got[i]);
            assert_string_equal(tw_source_damage(source), "the bzip2 data is corrupt");
            tw_source_close(source);
            forget_file(path);
        }
        assert_int_equal(n_got[0], n_got[1]);
        assert_true(n_got[0] < N);
        assert_memory_equal(got[0], got[1], n_got[0]);
        free(got[0]);
        free(got[1]);
        packed[at] ^= 0x10;
    }
    tw_pool_set_threads(0);
    free(bytes);
    free(packed);
}

/* The 48 bits 314159265359 (hex) put at every bit of 40 bytes of noise are found there. */
static void block_magic_is_found_at_any_bit(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 320 - 48; at++) {
        uint8_t bytes[40] = {0};
        struct tw_feed feed = {.n_head = sizeof(bytes), .fd = -1, .regular = true};
        struct tw_bz_scan *scan = calloc(1, sizeof(*scan));
        uint64_t found = 0;

        for (unsigned i = 0; i < 48; i++) {
            if (UINT64_C(0x314159265359) >> (47 - i) & 1)
                bytes[(at + i) / 8] |= (uint8_t)(0x80 >> (at + i) % 8);
        }
        memcpy(feed.head, bytes, sizeof(bytes));
        assert_true(tw_bz_scan_init(scan, &feed));
        assert_int_equal(tw_bz_scan_next(scan, 0, 4000, &found), TW_BZ_BLOCK);
        assert_int_equal(found, at);
        assert_int_equal(tw_bz_scan_next(scan, at + 1, 4000, &found), TW_BZ_NONE);
        if (at)
            assert_int_equal(tw_bz_scan_next(scan, 0, at - 1, &found), TW_BZ_NONE);
        tw_bz_scan_fini(scan);
        free(scan);
    }
}

/* ---- the spill ---- */

struct making {
    struct tw_spill *spill;
    const uint8_t *bytes;
    size_t n;
};

static void *make(void *context)
{
    struct making *making = context;
    size_t at = 0;

    while (at < making->n) {
        size_t n = TW_MIN((size_t)333333, making->n - at);

        if (!tw_spill_write(making->spill, making->bytes + at, n))
            break;
        at += n;
    }
    tw_spill_end(making->spill, at < making->n ? "stopped" : NULL);
    return NULL;
}

/* A limit of 16 MiB gives the spill 4 MiB of memory: 40 MiB need the file, and the reader that
 * lags reads most from there. */
static void a_spill_goes_to_a_file(void **state)
{
    enum { N = 40 << 20, STEP = 1234567 };
    uint8_t *bytes = make_bytes(N), *got = malloc(STEP);
    struct making making = {.bytes = bytes, .n = N};
    tw_error err = TW_ERROR_INIT;
    pthread_t maker;
    size_t n;

    (void)state;
    tw_memory_set_limit(16 << 20);
    making.spill = tw_spill_new(&err);
    assert_non_null(making.spill);
    assert_int_equal(pthread_create(&maker, NULL, make, &making), 0);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t at = 0; at < N; at += STEP) {
            assert_int_equal(tw_spill_read(making.spill, at, got, STEP, &n, &err), TRAWL_OK);
            assert_int_equal(n, TW_MIN((size_t)STEP, N - at));
            assert_memory_equal(got, bytes + at, n);
        }
    }
    assert_int_equal(tw_spill_read(making.spill, N, got, 1, &n, &err), TRAWL_OK);
    assert_int_equal(n, 0);
    assert_null(tw_spill_damage(making.spill));
    assert_true(tw_memory_used() <= 16 << 20);
    pthread_join(maker, NULL);
    tw_spill_free(making.spill);
    tw_memory_set_limit(0);
    free(bytes);
    free(got);
}

/* A limit under 4 MiB gives the spill no memory, only chunks. Three quarters of it are for large
 * blocks; they are taken but for 1.5 MiB, room for one chunk, and for 0.5 MiB, room for none (nor
 * do blocks get a file, in a folder that is not there). With one chunk the maker waits for the
 * writer 39 times and nothing is lost; without one the spill says so. */
static void a_spill_makes_do_with_one_chunk(void **state)
{
    enum { N = 40 << 20, LIMIT = 7 << 19, STEP = 1 << 20 };
    uint8_t *bytes = make_bytes(N), *got = malloc(STEP);
    char *folder = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;

    (void)state;
    tw_memory_set_limit(LIMIT);
    setenv("TMPDIR", "/nowhere", 1); /* the spill's own file goes to /tmp then */
    for (unsigned chunks = 0; chunks < 2; chunks++) {
        struct making making = {.bytes = bytes, .n = N};
        tw_error err = TW_ERROR_INIT;
        uint64_t room = LIMIT / 4 * 3 - tw_memory_used() - STEP / 2 - chunks * STEP;
        struct tw_region filler = TW_REGION_INIT;
        pthread_t maker;
        size_t n;

        making.spill = tw_spill_new(&err);
        assert_non_null(making.spill);
        assert_int_equal(tw_region_grow(&filler, room, room, &err), TRAWL_OK);
        tw_spill_set_lead(making.spill, UINT64_MAX);
        assert_int_equal(pthread_create(&maker, NULL, make, &making), 0);
        for (size_t at = 0; chunks && at < N; at += STEP) {
            assert_int_equal(tw_spill_read(making.spill, at, got, STEP, &n, &err), TRAWL_OK);
            assert_int_equal(n, STEP);
            assert_memory_equal(got, bytes + at, STEP);
        }
        if (!chunks) {
            assert_int_equal(tw_spill_read(making.spill, N - 1, got, 1, &n, &err), TRAWL_E_NOMEM);
            assert_string_equal(err.message, "out of memory: the limit of 3 MiB is reached");
        }
        pthread_join(maker, NULL);
        tw_spill_free(making.spill);
        tw_region_fini(&filler);
    }
    tw_memory_set_limit(0);
    if (folder)
        setenv("TMPDIR", folder, 1);
    else
        unsetenv("TMPDIR");
    free(folder);
    free(bytes);
    free(got);
}

static void a_stopped_spill_ends_its_maker(void **state)
{
    enum { N = 40 << 20 };
    uint8_t *bytes = make_bytes(N);
    struct making making = {.bytes = bytes, .n = N};
    tw_error err = TW_ERROR_INIT;
    pthread_t maker;

    (void)state;
    making.spill = tw_spill_new(&err);
    assert_non_null(making.spill);
    tw_spill_stop(making.spill);
    assert_int_equal(pthread_create(&maker, NULL, make, &making), 0);
    pthread_join(maker, NULL);
    assert_int_equal(tw_spill_length(making.spill), 0);
    assert_string_equal(tw_spill_damage(making.spill), "stopped");
    tw_spill_free(making.spill);
    free(bytes);
}

/* ---- other kinds of files ---- */

static void a_fifo_is_a_capture_too(void **state)
{
    char folder[] = "/tmp/trawl-unit-XXXXXX", path[64];
    struct rows want, got;
    pid_t child;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(read_file(&want, fixture("basic.pcap"), NULL), TRAWL_OK);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        FILE *in = fopen(fixture("basic.pcap"), "rb"), *out = fopen(path, "wb");
        int c;

        while (in && out && (c = getc(in)) != EOF)
            putc(c, out);
        _exit(in && out && fclose(out) == 0 ? 0 : 1);
    }
    assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
    assert_int_equal(got.n, want.n);
    assert_int_equal(got.rows[got.n - 1].sum, want.rows[want.n - 1].sum);
    waitpid(child, NULL, 0);
    forget_rows(&got);
    forget_rows(&want);
    unlink(path);
    rmdir(folder);
}

static void endless_and_empty_devices_are_refused(void **state)
{
    struct rows got;

    (void)state;
    assert_int_equal(read_file(&got, "/dev/zero", NULL), TRAWL_E_DATA);
    assert_non_null(strstr(got.error.message, "'/dev/zero' is not a capture"));
    forget_rows(&got);
    assert_int_equal(read_file(&got, "/dev/null", NULL), TRAWL_E_DATA);
    assert_non_null(strstr(got.error.message, "'/dev/null' is empty"));
    forget_rows(&got);
}

static void a_file_that_shrinks_is_an_error_of_fetch(void **state)
{
    struct rows got;
    uint8_t *bytes = malloc(8 << 10);
    FILE *in = fopen(fixture("basic.pcap"), "rb");
    size_t n = fread(bytes, 1, 8 << 10, in);
    char *path = file_of(bytes, n);
    struct tw_fetch *fetch;
    const uint8_t *p;
    struct row *last;

    (void)state;
    fclose(in);
    assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
    last = &got.rows[got.n - 1];
    fetch = tw_fetch_open(got.input, &got.error);
    assert_non_null(fetch);
    assert_int_equal(truncate(path, (off_t)last->offset), 0);
    assert_int_equal(
        tw_fetch_bytes(fetch, 0, got.rows[0].offset, got.rows[0].cap_len, &p, &got.error),
        TRAWL_OK);
    assert_int_equal(tw_fetch_bytes(fetch, 0, last->offset, last->cap_len, &p, &got.error),
                     TRAWL_E_IO);
    assert_non_null(strstr(got.error.message, "is shorter than when it was loaded"));
    tw_fetch_close(fetch);
    forget_rows(&got);
    forget_file(path);
    free(bytes);
}

/* ---- faults ---- */

/* The n-th read fails, n from 1 until none does: an error or damage, never a wrong "whole". */
static void every_read_may_fail(void **state)
{
    static const char *const names[] = {"basic.pcap", "basic.pcap.xz", "basic.pcapng"};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(names); i++) {
        int status = 1;

        for (unsigned n = 1; status != 0; n++) {
            pid_t child;

            assert_true(n < 100);
            fflush(NULL);
            child = fork();
            if (child == 0) {
                struct rows got;
                char text[16];
                int rc, status_of_child;

                snprintf(text, sizeof(text), "%u", n);
                setenv("TRAWL_FAIL_READ", text, 1);
                rc = read_file(&got, fixture(names[i]), NULL);
                if (rc == TRAWL_E_IO || (rc == TRAWL_OK && got.input->files[0].damaged))
                    status_of_child = 1;
                else
                    status_of_child = rc == TRAWL_OK && got.n > 20 ? 0 : 2;
                forget_rows(&got);
                tw_pool_fini();
                _exit(status_of_child);
            }
            waitpid(child, &status, 0);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        }
    }
}

/* 4 MiB of memory for the spill and 8 for its chunks are what a limit of 16 MiB gives before blocks
 * go to files of their own, which fail here as well: a maker that is ahead of the writer waits for
 * it, so the read gives the writer's reason at any speed of the two. */
static void a_full_disk_is_an_error(void **state)
{
    int status;
    pid_t child;

    (void)state;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        enum { N = 64 << 20 };
        struct rlimit limit = {1 << 20, 1 << 20};
        struct making making = {.bytes = make_bytes(N), .n = N};
        tw_error err = TW_ERROR_INIT;
        pthread_t maker;
        uint8_t byte;
        size_t n;
        int rc;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        tw_memory_set_limit(16 << 20);
        making.spill = tw_spill_new(&err);
        pthread_create(&maker, NULL, make, &making);
        rc = tw_spill_read(making.spill, N - 1, &byte, 1, &n, &err);
        pthread_join(maker, NULL);
        tw_spill_free(making.spill);
        if (rc != TRAWL_E_IO || !strstr(err.message, "could not write a temporary file"))
            fprintf(stderr, "the read gave %d: %s\n", rc, err.message);
        _exit(rc == TRAWL_E_IO && strstr(err.message, "could not write a temporary file") ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Those that fork come first: the pool has no threads then. */
        cmocka_unit_test(every_read_may_fail),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_fifo_is_a_capture_too),
        cmocka_unit_test(bzip2_blocks_in_parallel),
        cmocka_unit_test(bzip2_damage_is_the_same_in_parallel),
        cmocka_unit_test(block_magic_is_found_at_any_bit),
        cmocka_unit_test(a_spill_goes_to_a_file),
        cmocka_unit_test(a_spill_makes_do_with_one_chunk),
        cmocka_unit_test(a_stopped_spill_ends_its_maker),
        cmocka_unit_test(endless_and_empty_devices_are_refused),
        cmocka_unit_test(a_file_that_shrinks_is_an_error_of_fetch),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return failed;
}
