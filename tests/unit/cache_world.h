/* A session with a cache folder of its own, a capture in it, and what can be asked of the capture
 * as text: what the tests of the disk cache share. Must not know what they test. */
#ifndef TESTS_UNIT_CACHE_WORLD_H
#define TESTS_UNIT_CACHE_WORLD_H

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

static inline void note_warning(int level, const char *message, void *context)
{
    (void)context;
    if (level > 1)
        return;
    n_warnings++;
    snprintf(last_warning, sizeof(last_warning), "%s", message);
}

static inline void put_file(const char *path, const void *data, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), n);
    close(fd);
}

static inline uint8_t *get_file(const char *path, size_t *ret_n)
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

static inline void use_fixture(struct world *w, const char *name)
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

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline tw_capture *load(struct world *w, uint32_t cache, uint64_t count, const char *bpf)
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

static inline void add_table(struct tw_buffer *b, tw_table *table)
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
static inline char *answer(struct world *w, tw_capture *capture)
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

static inline bool was_served(const tw_capture *capture)
{
    return capture->cache.map != NULL;
}

/* The only capture's file: those beside it have a dash in their names. */
static inline char *cache_file(const struct world *w)
{
    struct tw_cache_entry *entries;
    char *path = NULL;
    size_t n;

    assert_int_equal(tw_cache_entries(w->session->cache.folder, &entries, &n, NULL), TRAWL_OK);
    for (size_t i = 0; i < n; i++) {
        if (strchr(strrchr(entries[i].path, '/'), '-'))
            continue;
        assert_null(path);
        path = tw_strdup(entries[i].path);
    }
    assert_non_null(path);
    tw_cache_entries_free(entries, n);
    return path;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
