/* The first pass: containers, blocks, merging, limits, damage. */
#include "tests/unit/capture_rows.h"

#include "core/base/task.h"
#include "core/capture/reader.h"

/* ---- hand-made pcap files ---- */

struct maker {
    uint8_t *bytes;
    size_t n, capacity;
};

static void put(struct maker *maker, const void *bytes, size_t n)
{
    if (maker->n + n > maker->capacity) {
        maker->capacity = (maker->n + n) * 2;
        maker->bytes = realloc(maker->bytes, maker->capacity);
        assert_non_null(maker->bytes);
    }
    if (bytes)
        memcpy(maker->bytes + maker->n, bytes, n);
    else
        memset(maker->bytes + maker->n, (int)(maker->n & 0x7f), n);
    maker->n += n;
}

static void put32(struct maker *maker, uint32_t v)
{
    put(maker, &v, 4);
}

static void put_header(struct maker *maker, uint32_t magic, uint32_t link_type)
{
    put32(maker, magic);
    put32(maker, 2 | 4 << 16);
    put32(maker, 0);
    put32(maker, 0);
    put32(maker, 65535);
    put32(maker, link_type);
}

static void put_record(struct maker *maker, uint32_t sec, uint32_t frac, uint32_t cap_len)
{
    put32(maker, sec);
    put32(maker, frac);
    put32(maker, cap_len);
    put32(maker, cap_len + 4);
    put(maker, NULL, cap_len);
}

static char *file_made(struct maker *maker)
{
    char *path = file_of(maker->bytes, maker->n);

    free(maker->bytes);
    *maker = (struct maker){0};
    return path;
}

/* ---- tests ---- */

/* The fixtures basic.* hold the same packets; nanosecond ones have digits that others cut. */
static void containers_and_compressions_agree(void **state)
{
    static const char *const names[] = {
        "basic-be.pcap",  "basic-ns.pcap",         "basic-ns-be.pcap",       "basic-modified.pcap",
        "basic.snoop",    "basic.pcapng",          "basic-be.pcapng",        "basic.pcap.gz",
        "basic.pcap.xz",  "basic-members.pcap.gz", "basic-streams.pcap.bz2", "basic.pcap.bz2",
        "basic.pcap.zst", "basic.pcap.lz4",        "basic.pcapng.xz"};
    struct rows want, got;

    (void)state;
    assert_int_equal(read_file(&want, fixture("basic.pcap"), NULL), TRAWL_OK);
    assert_true(want.n > 20);
    for (size_t i = 0; i < TW_COUNT(names); i++) {
        assert_int_equal(read_file(&got, fixture(names[i]), NULL), TRAWL_OK);
        assert_int_equal(got.n, want.n);
        assert_false(got.input->files[0].damaged);
        assert_int_equal(got.input->files[0].n_packets, want.n);
        for (uint64_t k = 0; k < got.n; k++) {
            assert_int_equal(got.rows[k].time_ns / 1000, want.rows[k].time_ns / 1000);
            assert_int_equal(got.rows[k].len, want.rows[k].len);
            assert_int_equal(got.rows[k].cap_len, want.rows[k].cap_len);
            assert_int_equal(got.rows[k].sum, want.rows[k].sum);
        }
        forget_rows(&got);
    }
    forget_rows(&want);
}

static void variants_of_pcap_have_their_times(void **state)
{
    /* 1,000,000 µs over the second are a second more: shown normalised. */
    static const struct {
        uint32_t magic, frac;
        int64_t time_ns;
        unsigned decimals;
    } cases[] = {{0xa1b2c3d4, 5, 7000005000, 6},
                 {0xa1b23c4d, 5, 7000000005, 9},
                 {0xa1b2c3d4, 1500000, 8500000000, 6}};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct maker maker = {0};
        struct rows got;
        char *path;

        put_header(&maker, cases[i].magic, 12);
        put_record(&maker, 7, cases[i].frac, 60);
        path = file_made(&maker);
        assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
        assert_int_equal(got.n, 1);
        assert_int_equal(got.rows[0].time_ns, cases[i].time_ns);
        assert_int_equal(got.rows[0].offset, 24 + 16);
        assert_int_equal(got.rows[0].cap_len, 60);
        assert_int_equal(got.rows[0].len, 64);
        assert_int_equal(got.input->interfaces[0].link_type, 101); /* DLT_RAW of this system */
        assert_int_equal(got.input->interfaces[0].time_decimals, cases[i].decimals);
        forget_rows(&got);
        forget_file(path);
    }
}

static void fcs_bits_of_the_link_type(void **state)
{
    struct maker maker = {0};
    struct rows got;
    char *path;

    (void)state;
    /* 2 words of 16 bits: an FCS of 4 bytes. */
    put_header(&maker, 0xa1b2c3d4, 1 | 0x04000000 | 2u << 28);
    path = file_made(&maker);
    assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
    assert_int_equal(got.input->interfaces[0].link_type, 1);
    assert_int_equal(got.input->interfaces[0].fcs_bytes, 4);
    forget_rows(&got);
    forget_file(path);
}

/* Records whose headers and bodies lie across the ends of blocks (1 MiB), at every alignment. */
static void records_cross_blocks(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct maker maker = {0};
        struct rows got;
        struct tw_fetch *fetch;
        uint32_t n_records = 0;
        uint64_t at = 24;
        char *path;

        tw_pool_set_threads(threads);
        put_header(&maker, 0xa1b2c3d4, 1);
        while (maker.n < 9 << 20) {
            put_record(&maker, n_records, 0, n_records % 7 == 0 ? 200000 : 1000 + n_records % 97);
            n_records++;
        }
        put_record(&maker, n_records++, 0, TW_MAX_RECORD);
        path = file_made(&maker);
        assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
        assert_int_equal(got.n, n_records);
        assert_int_equal(got.input->n_warnings, 0);
        fetch = tw_fetch_open(got.input, &got.error);
        assert_non_null(fetch);
        for (uint32_t i = 0; i < n_records; i++) {
            const uint8_t *bytes;

            assert_int_equal(got.rows[i].time_ns, i * INT64_C(1000000000));
            assert_int_equal(got.rows[i].offset, at + 16);
            at += 16 + got.rows[i].cap_len;
            assert_int_equal(tw_fetch_bytes(fetch, 0, got.rows[i].offset, got.rows[i].cap_len,
                                            &bytes, &got.error),
                             TRAWL_OK);
            assert_int_equal(sum_bytes(bytes, got.rows[i].cap_len), got.rows[i].sum);
        }
        tw_fetch_close(fetch);
        forget_rows(&got);
        forget_file(path);
    }
    tw_pool_set_threads(0);
}

static void longest_record_and_one_more(void **state)
{
    static const struct {
        uint32_t link_type, cap_len;
        bool damaged;
    } cases[] = {{1, TW_MAX_RECORD, false},
                 {1, TW_MAX_RECORD + 1, true},
                 {231, TW_MAX_RECORD + 1, false}}; /* D-Bus records may be longer */

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct maker maker = {0};
        struct rows got;
        char *path;

        put_header(&maker, 0xa1b2c3d4, cases[i].link_type);
        put_record(&maker, 1, 0, 100);
        put_record(&maker, 2, 0, cases[i].cap_len);
        path = file_made(&maker);
        assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
        assert_int_equal(got.n, cases[i].damaged ? 1 : 2);
        assert_int_equal(got.input->files[0].damaged, cases[i].damaged);
        if (cases[i].damaged) {
            assert_int_equal(got.input->n_warnings, 1);
            assert_true(got.input->warnings[0].damage);
            assert_int_equal(got.input->warnings[0].offset, 24 + 16 + 100);
            assert_string_equal(got.input->warnings[0].why,
                                "a record of 262145 bytes, more than 262144");
        }
        forget_rows(&got);
        forget_file(path);
    }
}

static void a_cut_file_keeps_whole_packets(void **state)
{
    struct maker maker = {0};

    (void)state;
    put_header(&maker, 0xa1b2c3d4, 1);
    put_record(&maker, 1, 0, 60);
    put_record(&maker, 2, 0, 60);
    assert_int_equal(maker.n, 24 + 2 * 76);
    for (size_t cut = 24; cut <= maker.n; cut++) {
        char *path = file_of(maker.bytes, cut);
        struct rows got;

        assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
        assert_int_equal(got.n, (cut - 24) / 76);
        assert_int_equal(got.input->files[0].damaged, (cut - 24) % 76 != 0);
        if (got.input->files[0].damaged) {
            assert_int_equal(got.input->n_warnings, 1);
            assert_string_equal(got.input->warnings[0].what, "cut");
            assert_int_equal(got.input->warnings[0].offset, 24 + got.n * 76);
        }
        forget_rows(&got);
        forget_file(path);
    }
    free(maker.bytes);
}

/* Three files: times 1 3 5, 2 3 4 and 3 0 9 (the last one goes back). At equal times the earlier
 * file goes first; a file's own order stays, so 0 follows 3. */
static void files_merge_in_the_order_of_time(void **state)
{
    static const uint32_t times[3][3] = {{1, 3, 5}, {2, 3, 4}, {3, 0, 9}};
    static const uint32_t want_time[] = {1, 2, 3, 3, 3, 0, 4, 5, 9};
    static const uint32_t want_file[] = {0, 1, 0, 1, 2, 2, 1, 0, 2};
    const char *paths[3];
    struct rows got;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct maker maker = {0};

        put_header(&maker, 0xa1b2c3d4, 1);
        for (size_t k = 0; k < 3; k++)
            put_record(&maker, times[i][k], 0, 60);
        paths[i] = file_made(&maker);
    }
    assert_int_equal(read_files(&got, paths, 3, NULL), TRAWL_OK);
    assert_int_equal(got.n, 9);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(got.rows[i].time_ns, want_time[i] * INT64_C(1000000000));
        assert_int_equal(got.input->interfaces[got.rows[i].i_interface].i_file, want_file[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(got.input->files[i].n_packets, 3);
        forget_file((char *)(uintptr_t)paths[i]);
    }
    forget_rows(&got);
}

/* A split capture, merged, is the whole one. */
static void many_blocks_merge_to_the_whole(void **state)
{
    enum { N = 3, RECORDS = 30000 };
    struct maker whole = {0}, part[N] = {{0}};
    const char *paths[N];
    struct rows want, got;
    char *path;

    (void)state;
    put_header(&whole, 0xa1b2c3d4, 1);
    for (size_t i = 0; i < N; i++)
        put_header(&part[i], 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct maker *to = &part[i * 2654435761u >> 16 & 1 ? 0 : i % N];
        uint32_t cap_len = 60 + i % 400;

        put_record(&whole, i, 0, cap_len);
        put_record(to, i, 0, cap_len);
        memcpy(to->bytes + to->n - cap_len, whole.bytes + whole.n - cap_len, cap_len);
    }
    path = file_made(&whole);
    for (size_t i = 0; i < N; i++)
        paths[i] = file_made(&part[i]);
    assert_int_equal(read_file(&want, path, NULL), TRAWL_OK);
    assert_int_equal(read_files(&got, paths, N, NULL), TRAWL_OK);
    assert_int_equal(want.n, RECORDS);
    assert_int_equal(got.n, RECORDS);
    for (size_t i = 0; i < RECORDS; i++) {
        assert_int_equal(got.rows[i].time_ns, want.rows[i].time_ns);
        assert_int_equal(got.rows[i].sum, want.rows[i].sum);
    }
    forget_rows(&want);
    forget_rows(&got);
    forget_file(path);
    for (size_t i = 0; i < N; i++)
        forget_file((char *)(uintptr_t)paths[i]);
}

static void limit_and_keep(void **state)
{
    const uint64_t keep[] = {UINT64_C(1) << 1 | UINT64_C(1) << 5 | UINT64_C(1) << 6};
    struct tw_input_options options = {.max_packets = 3};
    struct rows all, got;

    (void)state;
    assert_int_equal(read_file(&all, fixture("basic.pcap"), NULL), TRAWL_OK);
    assert_int_equal(read_file(&got, fixture("basic.pcap"), &options), TRAWL_OK);
    assert_int_equal(got.n, 3);
    assert_int_equal(got.rows[2].offset, all.rows[2].offset);
    /* Bits 1, 5 and 6; then only the first six bits count; then a limit of one packet. */
    options = (struct tw_input_options){.keep = keep, .n_keep = 64};
    assert_int_equal(read_again(&got, &options), TRAWL_OK);
    assert_int_equal(got.n, 3);
    assert_int_equal(got.rows[0].offset, all.rows[1].offset);
    assert_int_equal(got.rows[2].offset, all.rows[6].offset);
    options.n_keep = 6;
    assert_int_equal(read_again(&got, &options), TRAWL_OK);
    assert_int_equal(got.n, 2);
    options.max_packets = 1;
    assert_int_equal(read_again(&got, &options), TRAWL_OK);
    assert_int_equal(got.n, 1);
    assert_int_equal(got.input->n_interfaces, 1);
    forget_rows(&all);
    forget_rows(&got);
}

static void filters_are_compiled_for_each_link_type(void **state)
{
    /* interfaces.pcapng mixes Ethernet, raw IP and SLL2. "ip or ip6" holds for all but none of
     * them under another one's offsets. */
    struct tw_input_options options = {.bpf = "ip or ip6"};
    struct rows all, got;
    uint64_t n = 0;

    (void)state;
    assert_int_equal(read_file(&all, fixture("interfaces.pcapng"), NULL), TRAWL_OK);
    assert_int_equal(read_file(&got, fixture("interfaces.pcapng"), &options), TRAWL_OK);
    assert_int_equal(got.n, all.n);
    options.bpf = "not (ip or ip6)";
    assert_int_equal(read_again(&got, &options), TRAWL_OK);
    assert_int_equal(got.n, 0);
    options.bpf = "tcp prt 80";
    assert_int_equal(read_again(&got, &options), TRAWL_E_USAGE);
    assert_non_null(strstr(got.error.message, "filter 'tcp prt 80' is not valid"));
    forget_rows(&got);
    /* A filter and its opposite give all packets between them. */
    options.bpf = "tcp";
    assert_int_equal(read_file(&got, fixture("basic.pcap"), &options), TRAWL_OK);
    n = got.n;
    options.bpf = "not tcp";
    assert_int_equal(read_again(&got, &options), TRAWL_OK);
    forget_rows(&all);
    assert_int_equal(read_file(&all, fixture("basic.pcap"), NULL), TRAWL_OK);
    assert_true(n > 0 && got.n > 0);
    assert_int_equal(n + got.n, all.n);
    forget_rows(&all);
    forget_rows(&got);
}

static void a_second_read_starts_afresh(void **state)
{
    struct rows got;
    uint64_t n;
    size_t n_interfaces, n_notes;

    (void)state;
    assert_int_equal(read_file(&got, fixture("interfaces.pcapng"), NULL), TRAWL_OK);
    n = got.n;
    n_interfaces = got.input->n_interfaces;
    n_notes = got.input->n_notes;
    assert_true(n_interfaces >= 3 && n_notes >= 2); /* a comment and a name, see its README */
    assert_int_equal(read_again(&got, NULL), TRAWL_OK);
    assert_int_equal(got.n, n);
    assert_int_equal(got.input->n_interfaces, n_interfaces);
    assert_int_equal(got.input->n_notes, n_notes);
    forget_rows(&got);
    assert_int_equal(read_file(&got, fixture("cut.pcapng"), NULL), TRAWL_OK);
    assert_int_equal(read_again(&got, NULL), TRAWL_OK);
    assert_int_equal(got.input->n_warnings, 1);
    assert_true(got.input->files[0].damaged);
    forget_rows(&got);
}

static void a_failing_body_ends_the_read(void **state)
{
    struct rows got;

    (void)state;
    assert_int_equal(read_file(&got, fixture("basic.pcap"), NULL), TRAWL_OK);
    got.body_fails_at = 5;
    assert_int_equal(read_again(&got, NULL), TRAWL_E_NOMEM);
    assert_string_equal(got.error.message, "the body fails");
    forget_rows(&got);
}

static void a_cancel_ends_the_read(void **state)
{
    struct rows got;

    (void)state;
    assert_int_equal(read_file(&got, fixture("basic.pcap"), NULL), TRAWL_OK);
    atomic_store(&tw_cancel_flag, true);
    assert_int_equal(read_again(&got, NULL), TRAWL_E_CANCELLED);
    atomic_store(&tw_cancel_flag, false);
    forget_rows(&got);
}

static void refusals_name_the_file(void **state)
{
    static const struct {
        const char *name, *why;
        int code;
    } cases[] = {{"not-a-capture.pcap", "is not a capture: it begins with ", TRAWL_E_DATA},
                 {"nothing.pcap", "is empty", TRAWL_E_DATA},
                 {"no-such-file.pcap", "no such file or directory", TRAWL_E_IO},
                 {"", "it is a directory", TRAWL_E_IO}};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct rows got;

        assert_int_equal(read_file(&got, fixture(cases[i].name), NULL), cases[i].code);
        assert_non_null(strstr(got.error.message, fixture(cases[i].name)));
        assert_non_null(strstr(got.error.message, cases[i].why));
        forget_rows(&got);
    }
}

static void trailing_zero_records_are_told(void **state)
{
    static const uint8_t zeros[64];
    struct maker maker = {0};
    struct rows got;
    char *path;

    (void)state;
    put_header(&maker, 0xa1b2c3d4, 1);
    put_record(&maker, 1, 0, 60);
    put(&maker, zeros, sizeof(zeros)); /* four records of nothing */
    path = file_made(&maker);
    assert_int_equal(read_file(&got, path, NULL), TRAWL_OK);
    assert_int_equal(got.n, 5);
    assert_false(got.input->files[0].damaged);
    assert_int_equal(got.input->n_warnings, 1);
    assert_string_equal(got.input->warnings[0].why, "the last 4 records are zero bytes");
    forget_rows(&got);
    forget_file(path);
}

static void warnings_get_one_order(void **state)
{
    struct rows got;
    struct tw_warning *w;

    (void)state;
    assert_int_equal(read_file(&got, fixture("basic.pcap"), NULL), TRAWL_OK);
    tw_input_warn(got.input, 0, 9, 700, false, "malformed", NULL);
    tw_input_warn(got.input, 0, 2, 300, false, "malformed", "b");
    tw_input_warn(got.input, 0, 2, 300, false, "malformed", "%s", "a");
    tw_input_warn(got.input, 0, 0, 0, false, "unknown link type", "%d", 147);
    tw_input_sort_warnings(got.input);
    w = got.input->warnings;
    assert_int_equal(got.input->n_warnings, 4);
    assert_string_equal(w[0].why, "147");
    assert_string_equal(w[1].why, "a");
    assert_string_equal(w[2].why, "b");
    assert_int_equal(w[3].packet, 9);
    forget_rows(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_and_compressions_agree),
        cmocka_unit_test(variants_of_pcap_have_their_times),
        cmocka_unit_test(fcs_bits_of_the_link_type),
        cmocka_unit_test(records_cross_blocks),
        cmocka_unit_test(longest_record_and_one_more),
        cmocka_unit_test(a_cut_file_keeps_whole_packets),
        cmocka_unit_test(files_merge_in_the_order_of_time),
        cmocka_unit_test(many_blocks_merge_to_the_whole),
        cmocka_unit_test(limit_and_keep),
        cmocka_unit_test(filters_are_compiled_for_each_link_type),
        cmocka_unit_test(a_second_read_starts_afresh),
        cmocka_unit_test(a_failing_body_ends_the_read),
        cmocka_unit_test(a_cancel_ends_the_read),
        cmocka_unit_test(refusals_name_the_file),
        cmocka_unit_test(trailing_zero_records_are_told),
        cmocka_unit_test(warnings_get_one_order),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return failed;
}
