/* The disk cache: what is served equals what is read, damaged and made-up files cost a warning.
 * TRAWL_SWEEP=full changes every byte three ways; without it, each seventh one way. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cache/counts.h"
#include "core/cache/folder.h"
#include "core/cache/parts.h"
#include "core/session/session.h"

struct world {
    tw_session *session;
    char folder[64], capture[128];
};

static unsigned n_warnings;
static char last_warning[512];

static void note_warning(int level, const char *message, void *context)
{
    (void)context;
    if (level > 1)
        return;
    n_warnings++;
    snprintf(last_warning, sizeof(last_warning), "%s", message);
}

static void put_file(const char *path, const void *data, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), n);
    close(fd);
}

static uint8_t *get_file(const char *path, size_t *ret_n)
{
    const int fd = open(path, O_RDONLY);
    struct stat st;
    uint8_t *data;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    data = tw_alloc((size_t)st.st_size + 1);
    assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
    close(fd);
    *ret_n = (size_t)st.st_size;
    return data;
}

static void use_fixture(struct world *w, const char *name)
{
    char from[512];
    uint8_t *data;
    size_t n;

    snprintf(from, sizeof(from), "%s/%s", TRAWL_FIXTURES, name);
    data = get_file(from, &n);
    snprintf(w->capture, sizeof(w->capture), "%s/%s", w->folder, name);
    put_file(w->capture, data, n);
    tw_free(data);
}

static int set_up(void **state)
{
    struct world *w = tw_alloc(sizeof(*w));

    snprintf(w->folder, sizeof(w->folder), "/tmp/trawl-cache-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->session = tw_session_new(NULL);
    assert_non_null(w->session);
    w->session->cache.folder = tw_asprintf("%s/cache/trawl", w->folder);
    w->session->cache.engine = tw_strdup("test");
    w->session->cache.limit = UINT64_C(1) << 30;
    tw_log_set_sink(note_warning, NULL);
    n_warnings = 0;
    use_fixture(w, "fragments.pcap");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char parent[96];

    tw_session_clear_cache(w->session, NULL, NULL);
    rmdir(w->session->cache.folder);
    snprintf(parent, sizeof(parent), "%s/cache", w->folder);
    rmdir(parent);
    unlink(w->capture);
    rmdir(w->folder);
    tw_session_free(w->session);
    tw_log_set_sink(NULL, NULL);
    tw_free(w);
    return 0;
}

static tw_capture *load(struct world *w, uint32_t cache, uint64_t count, const char *bpf)
{
    const char *paths[] = {w->capture};
    const trawl_load_options options = {.size = sizeof(options),
                                        .name = "c",
                                        .paths = paths,
                                        .n_paths = 1,
                                        .max_packets = count,
                                        .bpf = bpf,
                                        .cache = cache};
    trawl_error err = TW_ERROR_INIT;
    size_t first;

    if (tw_session_load(w->session, &options, &first, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
    return w->session->current;
}

static void add_table(struct tw_buffer *b, tw_table *table)
{
    const struct tw_cell_style style = {.time_style = TW_TIME_UTC, .time_decimals = 9};
    trawl_error err = TW_ERROR_INIT;

    for (size_t c = 0; c < TW_MIN(table->schema->n_columns, (size_t)40); c++) {
        const struct tw_column *column;

        tw_buffer_printf(b, "\n%s:", table->schema->columns[c].name);
        if (tw_table_column(table, c, &column, &err) != TRAWL_OK) { /* a made-up file: an error */
            tw_buffer_puts(b, "?");
            tw_error_clear(&err);
            continue;
        }
        for (uint64_t r = 0; r < table->n_rows; r++) {
            tw_cell_text(column, table->schema->columns[c].flags, r, &style, b);
            tw_buffer_putc(b, ' ');
        }
    }
}

/* All that can be asked of the capture, as text: the caller's (tw_free). */
static char *answer(struct world *w, tw_capture *capture)
{
    static const char *const tables[] = {"packets", "tcp", "udp", "warnings"};
    struct tw_buffer b = TW_BUFFER_INIT;
    tw_table *table;

    for (size_t i = 0; i < TW_COUNT(tables); i++) {
        if (tw_session_table(w->session, capture, tables[i], &table, NULL) != TRAWL_OK)
            continue;
        add_table(&b, table);
        tw_table_release(table);
    }
    assert_int_equal(tw_session_list(w->session, "captures", &table, NULL), TRAWL_OK);
    add_table(&b, table);
    tw_table_release(table);
    return tw_buffer_steal(&b);
}

static bool was_served(const tw_capture *capture)
{
    return capture->cache.map != NULL;
}

/* The only file of the cache. */
static char *cache_file(const struct world *w)
{
    struct tw_cache_entry *entries;
    char *path;
    size_t n;

    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    assert_int_equal(n, 1);
    path = tw_strdup(entries[0].path);
    tw_cache_entries_free(entries, n);
    return path;
}

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

/* Columns of a capture's fields, extracted or served, as text: the caller's. */
static char *fields_of(tw_capture *capture)
{
    /* A number, a MAC address, a text, a list of texts or numbers, an address. */
    static const char *const names[] = {"ip.ttl", "eth.src", "frame.protocols", "tcp.option_kind",
                                        "arp.src.proto_ipv4"};
    const struct tw_cell_style style = {.time_style = TW_TIME_UTC, .time_decimals = 9};
    tw_table *packets = capture->packets_table;
    struct tw_buffer b = TW_BUFFER_INIT;

    for (size_t i = 0; i < TW_COUNT(names); i++) {
        const int64_t at = tw_schema_find(packets->schema, names[i], strlen(names[i]));
        const struct tw_column *column;

        if (at < 0)
            continue;
        assert_int_equal(tw_table_column(packets, (size_t)at, &column, NULL), TRAWL_OK);
        tw_buffer_printf(&b, "\n%s:", names[i]);
        for (uint64_t r = 0; r < packets->n_rows; r++) {
            tw_cell_text(column, packets->schema->columns[at].flags, r, &style, &b);
            tw_buffer_putc(&b, tw_column_has(column, r) ? ' ' : '-');
        }
    }
    return tw_buffer_steal(&b);
}

/* Files beside the capture's. */
static size_t n_column_files(const struct world *w, char **ret_one, size_t i_wanted)
{
    struct tw_cache_entry *entries;
    size_t n, n_found = 0;

    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    for (size_t i = 0; i < n; i++)
        if (strchr(strrchr(entries[i].path, '/'), '-') && n_found++ == i_wanted && ret_one)
            *ret_one = tw_strdup(entries[i].path);
    tw_cache_entries_free(entries, n);
    return n_found;
}

static void columns_of_fields_are_kept_beside(void **state)
{
    struct world *w = *state;
    char *right, *got, *path = NULL;
    size_t n_files;

    unlink(w->capture);
    use_fixture(w, "basic.pcap");
    right = fields_of(load(w, TRAWL_LOAD_CACHE, 0, NULL));
    n_files = n_column_files(w, NULL, 0);
    assert_true(n_files >= 3);
    got = fields_of(load(w, 0, 0, NULL));
    assert_string_equal(got, right);
    tw_free(got);
    for (size_t f = 0; f < n_files; f++) {
        uint8_t *data;
        size_t n;

        n_column_files(w, &path, f);
        data = get_file(path, &n);
        for (size_t i = 0; i < n; i += 5) {
            const unsigned before = n_warnings;

            data[i] ^= 0x11;
            put_file(path, data, n);
            got = fields_of(load(w, 0, 0, NULL));
            assert_string_equal(got, right);
            assert_int_equal(n_warnings, before + 1);
            tw_free(got);
            data[i] ^= 0x11;
        }
        put_file(path, data, n);
        tw_free(data);
        tw_free(path);
    }
    tw_free(right);
}

/* In its file an address has a code of the column's; served, one of the capture's. */
static void addresses_of_a_field_are_kept_too(void **state)
{
    static const char name[] = "arp.src.proto_ipv4";
    struct world *w = *state;
    tw_table *packets;
    struct tw_dict *dict;
    const struct tw_column *column;
    int64_t at;
    uint64_t n_valid = 0;

    unlink(w->capture);
    use_fixture(w, "basic.pcap");
    tw_free(fields_of(load(w, TRAWL_LOAD_CACHE, 0, NULL)));
    packets = load(w, 0, 0, NULL)->packets_table;
    dict = w->session->current->packets->addresses;
    at = tw_schema_find(packets->schema, name, strlen(name));
    assert_true(at >= 0);
    assert_int_equal(tw_table_column(packets, (size_t)at, &column, NULL), TRAWL_OK);
    assert_ptr_equal(column->dict, dict);
    for (uint64_t r = 0; r < column->n_rows; r++)
        n_valid += tw_column_has(column, r);
    assert_true(n_valid > 0);
    assert_int_equal(n_warnings, 0);
}

/* A table of three rows: a number, a text, an address, a list of numbers; nulls in the second. */
static tw_table *make_table(void)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.name = "n", .type = TRAWL_U64),
        TRAWL_COLUMN(.name = "t", .type = TRAWL_STRING),
        TRAWL_COLUMN(.name = "a", .type = TRAWL_IP),
        TRAWL_COLUMN(.name = "l", .type = TRAWL_U16, .flags = TRAWL_COLUMN_LIST)};
    static const uint8_t v6[16] = {0x20, 0x01, [15] = 1};
    tw_schema *schema = tw_schema_new();
    tw_builder *b;
    tw_table *table;

    for (size_t i = 0; i < TW_COUNT(columns); i++)
        assert_int_equal(tw_schema_add(schema, &columns[i], NULL), TRAWL_OK);
    b = tw_builder_new(schema, NULL, NULL);
    for (unsigned i = 0; i < 3; i++) {
        tw_builder_u64(b, i * UINT64_C(10000000000));
        if (i == 1)
            tw_builder_null(b);
        else
            tw_builder_value(b, "text", i + 2);
        if (i == 1)
            tw_builder_null(b);
        else
            tw_builder_value(b, i ? (const void *)v6 : "\x0a\0\0\1", i ? 16 : 4);
        for (unsigned k = 0; k < i; k++)
            tw_builder_u64(b, k + 7);
        tw_builder_end_list(b);
        tw_builder_end_row(b);
    }
    tw_schema_free(schema);
    assert_int_equal(tw_builder_finish(b, &table, NULL), TRAWL_OK);
    return table;
}

static char *text_of(tw_table *table)
{
    struct tw_buffer b = TW_BUFFER_INIT;

    add_table(&b, table);
    return tw_buffer_steal(&b);
}

static void tables_are_remembered_by_name(void **state)
{
    struct world *w = *state;
    tw_table *table = make_table(), *other, *got;
    char *want = text_of(table), *path, *is;
    uint8_t *data;
    size_t n;

    assert_string_equal(want, "\nn:0 10000000000 20000000000 \nt:te  text \na:10.0.0.1  2001::1 "
                              "\nl: 7 7,8 ");
    /* the capture is not in the cache: nothing is kept of it */
    tw_session_remember(load(w, 0, 0, NULL), "one", table, INT64_MAX);
    assert_false(tw_session_recall(w->session->current, "one", table->schema, &got));
    load(w, TRAWL_LOAD_CACHE, 0, NULL);
    tw_session_remember(w->session->current, "one", table, 0);
    load(w, 0, 0, NULL);
    assert_false(tw_session_recall(w->session->current, "two", table->schema, &got));
    assert_true(tw_session_recall(w->session->current, "one", table->schema, &got));
    is = text_of(got);
    assert_string_equal(is, want);
    tw_free(is);
    tw_table_release(got);
    /* other columns under that name are another table */
    other = tw_table_project(table, (const size_t[]){0, 1}, (const char *[]){NULL, NULL}, 2, NULL);
    assert_false(tw_session_recall(w->session->current, "one", other->schema, &got));
    tw_table_release(other);
    /* another capture's, and of files that changed */
    assert_false(tw_session_recall(load(w, TRAWL_LOAD_CACHE, 3, NULL), "one", table->schema, &got));
    assert_int_equal(n_warnings, 0);
    /* any changed byte: a warning, and it is gone */
    load(w, 0, 0, NULL);
    n_column_files(w, &path, 0);
    data = get_file(path, &n);
    for (size_t i = 0; i < n; i += n / 100 + 1) {
        data[i] ^= 0x21;
        put_file(path, data, n);
        n_warnings = 0;
        assert_false(tw_session_recall(w->session->current, "one", table->schema, &got));
        assert_int_equal(n_warnings, 1);
        assert_int_equal(access(path, F_OK), -1);
        data[i] ^= 0x21;
    }
    tw_free(data);
    tw_free(path);
    tw_free(want);
    tw_table_release(table);
}

/* What dissect sees of each column of packets, and what is in the warnings then: the caller's. */
static char *counts_of(struct world *w, tw_capture *capture)
{
    tw_table *packets = capture->packets_table, *warnings;
    const size_t n = packets->schema->n_columns;
    const trawl_tally_rows rows = {.size = sizeof(rows), .n_slots = 1, .n_rows = packets->n_rows};
    struct tw_tally **tallies = tw_alloc_array(n, sizeof(struct tw_tally *));
    size_t *columns = tw_alloc_array(n, sizeof(*columns));
    struct tw_buffer b = TW_BUFFER_INIT;
    char text[1024];

    for (size_t i = 0; i < n; i++)
        columns[i] = i;
    assert_int_equal(tw_table_tally(packets, columns, n, &rows, tallies, NULL), TRAWL_OK);
    for (size_t i = 0; i < n; i++) {
        trawl_view view = {.size = sizeof(view)};

        tw_tally_view(tallies[i], packets->schema->columns[i].flags, &view);
        tw_buffer_printf(&b, "\n%s:", packets->schema->columns[i].name);
        for (uint32_t v = 0; v < tallies[i]->n_values; v++)
            tw_buffer_printf(
                &b, " %.*s=%u",
                (int)TW_MIN(tw_view_text(&view, tallies[i]->counts[v].value, text, sizeof(text)),
                            sizeof(text)),
                text, tallies[i]->counts[v].count);
        tw_tally_release(tallies[i]);
    }
    assert_int_equal(tw_session_table(w->session, capture, "warnings", &warnings, NULL), TRAWL_OK);
    add_table(&b, warnings);
    tw_table_release(warnings);
    tw_free(columns);
    tw_free(tallies);
    return tw_buffer_steal(&b);
}

/* The file of counts beside the only capture's: the caller's. */
static char *counts_file(const struct world *w)
{
    char *found = NULL, *path = NULL;
    const size_t n = n_column_files(w, NULL, 0);

    for (size_t i = 0; i < n; i++) {
        struct tw_cache_file file;

        n_column_files(w, &path, i);
        assert_int_equal(tw_cache_open(path, &file, NULL), TRAWL_OK);
        if (tw_cache_block(&file, TW_CACHE_COUNTS)) {
            assert_null(found);
            found = tw_strdup(path);
        }
        tw_cache_close(&file);
        tw_free(path);
    }
    assert_non_null(found);
    return found;
}

/* Of every field; any changed byte of the file is told once, and they are counted again. */
static void counts_are_kept_beside(void **state)
{
    static const char *const fixtures[] = {"basic.pcap", "damaged-headers.pcap", "empty.pcap"};
    struct world *w = *state;

    for (size_t f = 0; f < TW_COUNT(fixtures); f++) {
        char *right, *got, *path;
        uint8_t *data;
        size_t n;

        unlink(w->capture);
        use_fixture(w, fixtures[f]);
        tw_session_clear_cache(w->session, NULL, NULL);
        right = counts_of(w, load(w, TRAWL_LOAD_CACHE, 0, NULL));
        got = counts_of(w, load(w, TRAWL_LOAD_NO_CACHE, 0, NULL));
        assert_string_equal(got, right);
        tw_free(got);
        got = counts_of(w, load(w, 0, 0, NULL));
        assert_true(was_served(w->session->current));
        assert_string_equal(got, right);
        tw_free(got);
        assert_int_equal(n_warnings, 0);
        path = counts_file(w);
        data = get_file(path, &n);
        for (size_t i = 0; i < n; i += n / 30 + 1) {
            data[i] ^= 0x41;
            put_file(path, data, n);
            n_warnings = 0;
            got = counts_of(w, load(w, 0, 0, NULL));
            assert_int_equal(n_warnings, 1);
            assert_string_equal(got, right);
            tw_free(got);
            data[i] ^= 0x41;
        }
        tw_free(data);
        tw_free(path);
        tw_free(right);
        n_warnings = 0;
    }
}

/* Counts of some fields: those of more are added to them, and serve the fewer. */
static void more_counts_serve_fewer(void **state)
{
    static const trawl_tally_rows rows = {.size = sizeof(rows), .n_slots = 1, .n_rows = UINT32_MAX};
    static const char *const names[] = {"ip.ttl", "tcp.option_kind", "ip.src"};
    struct world *w = *state;
    struct tw_tally *tallies[3];
    struct tw_cache_counts *counts;
    struct tw_cache_file file;
    size_t columns[3], n;
    char *path;

    unlink(w->capture);
    use_fixture(w, "basic.pcap");
    for (size_t n_fields = 1; n_fields <= 3; n_fields++) {
        tw_table *packets = load(w, TRAWL_LOAD_CACHE, 0, NULL)->packets_table;

        /* the last one alone: what was there before is kept */
        columns[0] = (size_t)tw_schema_find(packets->schema, names[n_fields - 1],
                                            strlen(names[n_fields - 1]));
        assert_int_equal(tw_table_tally(packets, columns, 1, &rows, tallies, NULL), TRAWL_OK);
        tw_tally_release(tallies[0]);
        path = counts_file(w);
        assert_int_equal(tw_cache_open(path, &file, NULL), TRAWL_OK);
        assert_int_equal(tw_cache_get_counts(&file, packets->n_rows, &counts, &n, NULL), TRAWL_OK);
        assert_int_equal(n, n_fields);
        tw_cache_counts_free(counts, n);
        tw_cache_close(&file);
        tw_free(path);
    }
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(served_is_what_was_read),
        TEST(only_what_was_asked_for_is_served),
        TEST(changed_bytes_are_noticed),
        TEST(made_up_files_do_no_harm),
        TEST(columns_of_fields_are_kept_beside),
        TEST(addresses_of_a_field_are_kept_too),
        TEST(tables_are_remembered_by_name),
        TEST(counts_are_kept_beside),
        TEST(more_counts_serve_fewer),
        TEST(another_capture_s_file_is_not_served),
        TEST(a_folder_that_cannot_be_is_no_failure),
        TEST(the_least_recently_used_goes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
