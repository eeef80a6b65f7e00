/* Captures in the disk cache: what is served equals what is read, damaged and made-up files cost a
 * warning. TRAWL_SWEEP=full changes every byte three ways; without it, each seventh one way. */
#include "cache_world.h"

static void served_is_what_was_read(void **state)
{
    /* Fragments, tunnels, ICMP errors, damage, several interfaces, MPTCP, nothing at all. */
    static const char *const fixtures[] = {
        "fragments.pcap",    "layers.pcap",   "cut.pcap.gz",          "basic.pcap.xz",
        "interfaces.pcapng", "mptcp-v1.pcap", "damaged-headers.pcap", "empty.pcap"};
    struct world *w = *state;

    for (size_t i = 0; i < TW_COUNT(fixtures); i++) {
        char *read, *served;

        unlink(w->capture);
        use_fixture(w, fixtures[i]);
        tw_session_clear_cache(w->session, NULL, NULL);
        assert_false(was_served(load(w, TRAWL_LOAD_CACHE, 0, NULL)));
        read = answer(w, w->session->current);
        assert_true(was_served(load(w, 0, 0, NULL)));
        served = answer(w, w->session->current);
        assert_string_equal(read, served);
        assert_int_equal(n_warnings, 0);
        tw_free(read);
        tw_free(served);
    }
}

static void only_what_was_asked_for_is_served(void **state)
{
    struct world *w = *state;
    struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    char *other;

    /* Read in less than a second: not kept unasked. */
    load(w, 0, 0, NULL);
    assert_false(was_served(load(w, 0, 0, NULL)));
    load(w, TRAWL_LOAD_CACHE, 0, NULL);
    assert_false(was_served(load(w, TRAWL_LOAD_NO_CACHE, 0, NULL)));
    assert_false(was_served(load(w, 0, 3, NULL)));
    assert_false(was_served(load(w, 0, 0, "udp")));
    assert_true(was_served(load(w, 0, 0, NULL)));
    assert_false(was_served(load(w, TRAWL_LOAD_FORCE_OVERWRITE, 0, NULL)));
    assert_true(was_served(load(w, 0, 0, NULL)));
    /* By another name it is the same file; touched it is another. */
    other = tw_asprintf("%s/./fragments.pcap", w->folder);
    snprintf(w->capture, sizeof(w->capture), "%s", other);
    tw_free(other);
    assert_true(was_served(load(w, 0, 0, NULL)));
    assert_int_equal(utimensat(AT_FDCWD, w->capture, times, 0), 0);
    assert_false(was_served(load(w, 0, 0, NULL)));
    assert_int_equal(n_warnings, 0);
    assert_true(was_served(load(w, TRAWL_LOAD_FORCE_LOAD, 0, NULL)));
    assert_int_equal(n_warnings, 1);
    assert_non_null(strstr(last_warning, "has changed"));
    /* Another program is not served, whatever is forced. */
    w->session->cache.engine[0] = 'b';
    assert_false(was_served(load(w, TRAWL_LOAD_FORCE_LOAD, 0, NULL)));
}

/* A file of the cache with these bytes, which is not served: so many warnings, never a wrong
 * answer. */
static void check_bytes(struct world *w, const char *path, const uint8_t *data, size_t n,
                        const char *right, unsigned warnings, const char *what, size_t at)
{
    const unsigned before = n_warnings;
    tw_capture *capture;

    put_file(path, data, n);
    capture = load(w, 0, 0, NULL);
    if (was_served(capture))
        fail_msg("%s at %zu went unnoticed", what, at);
    if (n_warnings != before + warnings)
        fail_msg("%s at %zu: %u warnings, not %u", what, at, n_warnings - before, warnings);
    if (at % 16 == 0) {
        char *got = answer(w, capture);

        assert_string_equal(got, right);
        tw_free(got);
    }
}

static void changed_bytes_are_noticed(void **state)
{
    struct world *w = *state;
    const char *sweep = getenv("TRAWL_SWEEP");
    const bool full = sweep && strcmp(sweep, "full") == 0;
    char *right, *path;
    uint8_t *data;
    size_t n;

    right = answer(w, load(w, TRAWL_LOAD_CACHE, 0, NULL));
    path = cache_file(w);
    data = get_file(path, &n);
    assert_true(n < 64 << 10);
    for (size_t i = 0; i < n; i += full ? 1 : 7) {
        const uint8_t was = data[i], ways[] = {was ^ 1, (uint8_t)~was, was ^ 0x80};

        for (size_t k = full ? 0 : i % 3; k < TW_COUNT(ways); k += full ? 1 : 3) {
            data[i] = ways[k];
            check_bytes(w, path, data, n, right, 1, "a change", i);
        }
        data[i] = was;
    }
    for (size_t i = 0; i < n; i += full ? 1 : 31)
        check_bytes(w, path, data, i, right, 1, "an end", i);
    /* The same bytes again are served. */
    put_file(path, data, n);
    assert_true(was_served(load(w, 0, 0, NULL)));
    tw_free(data);
    tw_free(path);
    tw_free(right);
}

/* Checksums are right, a byte of a block is not: whatever is found, nothing is read out of bounds
 * (for the sanitizers to say). */
static void made_up_files_do_no_harm(void **state)
{
    static const uint8_t values[] = {0x01, 0x80, 0xff};
    struct world *w = *state;
    unsigned n_refused = 0, n_served = 0;
    struct tw_cache_file file;
    char *path;

    load(w, TRAWL_LOAD_CACHE, 0, NULL);
    path = cache_file(w);
    assert_int_equal(tw_cache_open(path, &file, NULL), TRAWL_OK);
    for (size_t b = 0; b < file.n_blocks; b++) {
        const struct tw_cache_block whole = file.blocks[b];
        const uint64_t step = TW_MAX(whole.n / 6, (uint64_t)1);
        uint8_t *bytes = tw_alloc((size_t)whole.n + 1);

        for (uint64_t at = 0; at <= whole.n; at += step) {
            memcpy(bytes, whole.data, (size_t)whole.n);
            file.blocks[b].data = bytes;
            file.blocks[b].n = whole.n;
            if (at == whole.n) /* the block ends early */
                file.blocks[b].n = whole.n - TW_MIN(whole.n, (uint64_t)4);
            else
                bytes[at] ^= values[at / step % TW_COUNT(values)];
            assert_int_equal(tw_cache_write(path, file.key, file.blocks, file.n_blocks, NULL),
                             TRAWL_OK);
            tw_free(answer(w, load(w, 0, 0, NULL)));
            n_served += was_served(w->session->current);
            n_refused += !was_served(w->session->current);
        }
        file.blocks[b] = whole;
        tw_free(bytes);
    }
    tw_cache_close(&file);
    tw_free(path);
    assert_true(n_refused > 20);
    assert_true(n_served > 20);
}

static void another_capture_s_file_is_not_served(void **state)
{
    struct world *w = *state;
    char *path, *right;
    uint8_t *data;
    size_t n;

    load(w, TRAWL_LOAD_CACHE, 0, NULL);
    path = cache_file(w);
    data = get_file(path, &n);
    tw_free(path);
    tw_session_clear_cache(w->session, NULL, NULL);
    unlink(w->capture);
    use_fixture(w, "basic.pcap");
    right = answer(w, load(w, TRAWL_LOAD_CACHE, 0, NULL));
    path = cache_file(w);
    check_bytes(w, path, data, n, right, 0, "another capture's file", 0);
    tw_free(data);
    tw_free(path);
    tw_free(right);
}

static void a_folder_that_cannot_be_is_no_failure(void **state)
{
    struct world *w = *state;
    char *blocked = tw_asprintf("%s/fragments.pcap/trawl", w->folder);
    char *good = w->session->cache.folder;

    w->session->cache.folder = blocked; /* below a file */
    load(w, TRAWL_LOAD_CACHE, 0, NULL);
    assert_int_equal(n_warnings, 1);
    assert_non_null(strstr(last_warning, "not in the cache"));
    w->session->cache.folder = good;
    tw_free(blocked);
}

static void the_least_recently_used_goes_first(void **state)
{
    struct world *w = *state;
    struct tw_cache_entry *entries;
    char *path;
    size_t n;

    load(w, TRAWL_LOAD_CACHE, 1, NULL);
    path = cache_file(w);
    load(w, TRAWL_LOAD_CACHE, 2, NULL);
    load(w, TRAWL_LOAD_CACHE, 3, NULL);
    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    for (size_t i = 0; i < n; i++) { /* whatever the clock's ticks */
        const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

        assert_int_equal(utimensat(AT_FDCWD, entries[i].path, old, 0), 0);
    }
    tw_cache_entries_free(entries, n);
    assert_true(was_served(load(w, 0, 1, NULL))); /* the oldest is used again */
    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    assert_int_equal(n, 3);
    assert_string_equal(entries[2].path, path);
    tw_cache_make_room(w->session->cache.folder, entries[2].size + 1, 0);
    tw_cache_entries_free(entries, n);
    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    assert_int_equal(n, 1);
    assert_string_equal(entries[0].path, path);
    tw_cache_entries_free(entries, n);
    /* What does not fit is not written. */
    w->session->cache.limit = 100;
    load(w, TRAWL_LOAD_CACHE, 5, NULL);
    assert_non_null(strstr(last_warning, "more than the cache may hold"));
    tw_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(served_is_what_was_read),
        TEST(only_what_was_asked_for_is_served),
        TEST(changed_bytes_are_noticed),
        TEST(made_up_files_do_no_harm),
        TEST(another_capture_s_file_is_not_served),
        TEST(a_folder_that_cannot_be_is_no_failure),
        TEST(the_least_recently_used_goes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
