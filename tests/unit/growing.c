/* Captures that grow: taken in piece by piece they are what they are when read whole; commands see
 * what was there when they began; memory ends with the oldest packets let go. */
#include "cache_world.h"

#include <pthread.h>
#include <sys/types.h>

#include "core/base/task.h"
#include "core/session/growing.h"

static tw_capture *follow(struct world *w, const char *path)
{
    const char *paths[] = {path};
    const trawl_load_options options = {
        .size = sizeof(options), .name = "g", .paths = paths, .n_paths = 1, .follow = 1};
    trawl_error err = TW_ERROR_INIT;
    tw_capture *capture = NULL;
    size_t first;

    tw_session_enter(w->session);
    if (tw_session_load(w->session, &options, &first, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
    capture = w->session->current;
    tw_session_leave(w->session);
    return capture;
}

static void add_to(const char *path, const void *data, size_t n)
{
    const int fd = open(path, O_WRONLY | O_APPEND);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), n);
    close(fd);
}

/* All cells of the tables that are made of packets, as text. */
static char *tables_of(struct world *w, tw_capture *capture)
{
    static const char *const tables[] = {"packets", "tcp", "udp", "warnings"};
    struct tw_buffer b = TW_BUFFER_INIT;

    for (size_t i = 0; i < TW_COUNT(tables); i++) {
        tw_table *table;

        assert_int_equal(tw_session_table(w->session, capture, tables[i], &table, NULL), TRAWL_OK);
        add_table(&b, table);
        tw_table_release(table);
    }
    return tw_buffer_steal(&b);
}

static uint64_t rows(struct world *w, tw_capture *capture)
{
    uint64_t n;

    tw_session_enter(w->session);
    n = capture->packets_table->n_rows;
    tw_session_leave(w->session);
    return n;
}

/* The capture file of the world, taken in piece by piece and asked between them. */
static void grows_as_the_whole(struct world *w, size_t step)
{
    char *whole = tables_of(w, load(w, TRAWL_LOAD_NO_CACHE, 0, NULL)), *grown;
    size_t n, at = 28; /* with the head of the file: the load waits for it */
    uint8_t *data = get_file(w->capture, &n);
    tw_capture *capture;

    put_file(w->capture, data, at);
    capture = follow(w, w->capture);
    for (; at < n; at += TW_MIN(step, n - at)) {
        add_to(w->capture, data + at, TW_MIN(step, n - at));
        if (at % 5 == 0) {
            tw_session_enter(w->session);
            tw_free(tables_of(w, capture));
            tw_session_leave(w->session);
        }
    }
    tw_session_enter(w->session);
    grown = tables_of(w, capture);
    tw_session_leave(w->session);
    assert_string_equal(whole, grown);
    tw_free(whole);
    tw_free(grown);
    tw_free(data);
    assert_int_equal(tw_session_unload(w->session, "g", NULL), TRAWL_OK);
}

/* Fragments, tunnels, ICMP errors, interfaces in the middle, connections, damaged headers: in
 * pieces of 61 bytes, which cut records, headers and blocks anywhere. */
static void pieces_give_what_the_whole_gives(void **state)
{
    static const char *const fixtures[] = {"fragments.pcap", "layers.pcap", "interfaces.pcapng",
                                           "mptcp-v1.pcap", "damaged-headers.pcap"};
    struct world *w = *state;

    for (size_t i = 0; i < TW_COUNT(fixtures); i++) {
        unlink(w->capture);
        use_fixture(w, fixtures[i]);
        grows_as_the_whole(w, 61);
    }
}

/* One UDP packet of 60 bytes, number i, as a pcap record of 76 bytes. */
enum { RECORD = 76, LOOKS = 40000 }; /* LOOKS: 5 ms each, or more */
static void make_record(uint8_t *p, uint32_t i, uint32_t seconds)
{
    static const uint8_t frame[42] = {2,  0, 0,  0,  0, 1, 2, 0, 0,  0,  0, 2,  8,  0,
                                      69, 0, 0,  46, 0, 0, 0, 0, 64, 17, 0, 0,  10, 0,
                                      0,  1, 10, 0,  0, 2, 4, 0, 0,  53, 0, 26, 0,  0};
    const uint32_t head[4] = {seconds, i % 1000000, 60, 60};

    memset(p, 0, RECORD);
    memcpy(p, head, sizeof(head));
    memcpy(p + 16, frame, sizeof(frame));
    p[16 + 34] = (uint8_t)(4 + i % 16); /* sixteen flows */
}

static void make_head(uint8_t head[24])
{
    const uint32_t words[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};

    memcpy(head, words, 24);
}

/* Connections whose every SYN/ACK has another number: relative numbers go by the last one before.
 */
static void new_bases_are_found(void **state)
{
    static const uint8_t frame[54] = {
        2, 0, 0, 0,  0, 1, 2, 0, 0, 0, 0,  2, 8, 0, 69, 0, 0, 40, 0, 0,  0,    0,  64, 6, 0, 0, 10,
        0, 0, 1, 10, 0, 0, 2, 4, 0, 0, 80, 0, 0, 0, 0,  0, 0, 0,  1, 80, 0x12, 16, 0,  0, 0, 0, 0};
    enum { N = 300, EACH = 16 + sizeof(frame) };
    static uint8_t file[24 + N * EACH];
    struct world *w = *state;

    make_head(file);
    for (uint32_t i = 0; i < N; i++) {
        uint8_t *p = file + 24 + i * EACH;
        const uint32_t head[4] = {1700000000 + i, 0, sizeof(frame), sizeof(frame)};

        memcpy(p, head, sizeof(head));
        memcpy(p + 16, frame, sizeof(frame));
        p[16 + 35] = (uint8_t)(i * 7 % 5); /* five connections */
        p[16 + 40] = (uint8_t)(i % 3);     /* three bases, and numbers between them */
        p[16 + 41] = (uint8_t)i;
        p[16 + 47] = i % 4 == 3 ? 0x10 : 0x12;
    }
    unlink(w->capture);
    put_file(w->capture, file, sizeof(file));
    grows_as_the_whole(w, 997);
}

/* A table keeps its rows, also in columns that are computed when there are more. */
static void a_command_sees_what_was_there(void **state)
{
    struct world *w = *state;
    uint8_t head[24], record[RECORD];
    const struct tw_column *column;
    tw_capture *capture;
    tw_table *before;
    int64_t at;

    make_head(head);
    put_file(w->capture, head, sizeof(head));
    for (uint32_t i = 0; i < 10; i++) {
        make_record(record, i, 1700000000);
        add_to(w->capture, record, RECORD);
    }
    capture = follow(w, w->capture);
    assert_int_equal(rows(w, capture), 10);
    before = tw_table_retain(capture->packets_table);
    tw_session_keep(w->session, "x", before, NULL);
    for (uint32_t i = 10; i < 17; i++) {
        make_record(record, i, 1700000000);
        add_to(w->capture, record, RECORD);
    }
    /* not while a command runs */
    tw_session_enter(w->session);
    assert_int_equal(capture->packets_table->n_rows, 17);
    make_record(record, 17, 1700000000);
    add_to(w->capture, record, RECORD);
    usleep(200000);
    assert_int_equal(capture->packets_table->n_rows, 17);
    assert_int_equal(capture->packets->n_rows, 17);
    for (size_t k = 0; k < 3; k++) {
        static const char *const names[] = {"frame.time_epoch", "udp.srcport", "eth.src"};

        at = tw_schema_find(before->schema, names[k], strlen(names[k]));
        assert_true(at >= 0);
        assert_int_equal(tw_table_column(before, (size_t)at, &column, NULL), TRAWL_OK);
        assert_int_equal(column->n_rows, 10);
    }
    tw_session_leave(w->session);
    assert_int_equal(rows(w, capture), 18);
    tw_table_release(before);
    /* It ends with what it has, and the variable goes with the capture. */
    tw_session_enter(w->session);
    assert_int_equal(tw_session_stop(w->session, "g", NULL), TRAWL_OK);
    assert_int_equal(tw_session_stop(w->session, "g", NULL), TRAWL_E_USAGE);
    tw_session_leave(w->session);
    add_to(w->capture, record, RECORD);
    assert_int_equal(rows(w, capture), 18);
    assert_int_equal(tw_session_unload(w->session, "g", NULL), TRAWL_OK);
    assert_null(tw_hashmap_get(&w->session->variables, "x"));
}

static void a_clock_that_is_set_back_is_told_once(void **state)
{
    struct world *w = *state;
    uint8_t head[24], record[RECORD];
    tw_capture *capture;

    make_head(head);
    put_file(w->capture, head, sizeof(head));
    for (uint32_t i = 0; i < 6; i++) {
        make_record(record, 0, i % 2 ? 1700000000 : 1700003600);
        add_to(w->capture, record, RECORD);
    }
    capture = follow(w, w->capture);
    assert_int_equal(rows(w, capture), 6);
    assert_int_equal(n_warnings, 1);
    assert_non_null(strstr(last_warning, "went back by 3600.000 s at packet 2"));
    /* A file that becomes shorter is damage, and what came stays. */
    assert_int_equal(truncate(w->capture, 100), 0);
    assert_int_equal(rows(w, capture), 6);
    assert_int_equal(capture->n_damaged, 1);
}

enum { N_PACKETS = 150000, PIECE = 1000 };

static void *write_packets(void *context)
{
    uint8_t *records = tw_alloc((size_t)PIECE * RECORD), head[24];
    const int fd = open(context, O_WRONLY);
    bool good = fd >= 0 && records;

    make_head(head);
    good = good && write(fd, head, sizeof(head)) == sizeof(head);
    for (uint32_t i = 0; good && i < N_PACKETS; i += PIECE) {
        for (uint32_t k = 0; k < PIECE; k++)
            make_record(records + (size_t)k * RECORD, i + k, 1700000000 + (i + k) / 1000000);
        for (size_t done = 0; good && done < (size_t)PIECE * RECORD;) {
            const ssize_t n = write(fd, records + done, (size_t)PIECE * RECORD - done);

            good = n > 0;
            done += good ? (size_t)n : 0;
        }
    }
    if (fd >= 0)
        close(fd);
    tw_free(records);
    return good ? context : NULL;
}

/* What `captures` says was let go of the last capture; within tw_session_enter(). */
static uint64_t let_go_of_last(struct world *w)
{
    const struct tw_column *column;
    tw_table *list;
    uint64_t let_go;
    int64_t at;

    assert_int_equal(tw_session_list(w->session, "captures", &list, NULL), TRAWL_OK);
    at = tw_schema_find(list->schema, "let_go", 6);
    assert_int_equal(tw_table_column(list, (size_t)at, &column, NULL), TRAWL_OK);
    let_go = tw_column_u64(column, list->n_rows - 1);
    tw_table_release(list);
    return let_go;
}

/* 150,000 packets, 11.4 MB as records, through a FIFO, with a store of 6 MiB. */
static void the_oldest_are_let_go(void **state)
{
    struct world *w = *state;
    const uint64_t used = tw_memory_used(), limit = used + (24 << 20);
    uint64_t n = 0, let_go = 0, most = 0;
    const struct tw_column *time;
    char path[96];
    pthread_t writer;
    tw_capture *capture;
    void *good;
    int64_t at;

    snprintf(path, sizeof(path), "%s/fifo", w->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    tw_memory_set_limit(limit);
    assert_int_equal(pthread_create(&writer, NULL, write_packets, path), 0);
    capture = follow(w, path);
    for (int i = 0; i < LOOKS; i++) {
        tw_session_enter(w->session);
        n = capture->packets_table->n_rows;
        let_go = let_go_of_last(w);
        tw_session_leave(w->session);
        most = TW_MAX(most, tw_memory_used());
        if (n + let_go >= N_PACKETS)
            break;
        usleep(5000);
    }
    assert_int_equal(pthread_join(writer, &good), 0);
    assert_non_null(good);
    assert_int_equal(n + let_go, N_PACKETS);
    assert_true(let_go > 0);
    assert_true(n > 0);
    assert_true(most <= limit);
    /* Row 0 is the packet after those, of which there may be more by now: its microseconds count
     * packets. */
    tw_session_enter(w->session);
    let_go = let_go_of_last(w);
    at = tw_schema_find(capture->packets_table->schema, "frame.time_epoch", 16);
    assert_int_equal(tw_table_column(capture->packets_table, (size_t)at, &time, NULL), TRAWL_OK);
    assert_int_equal(TW_CELLS(time, const int64_t)[0],
                     INT64_C(1700000000000000000) + (int64_t)let_go * 1000);
    assert_int_equal(capture->conversations.n_udp, 16);
    tw_session_leave(w->session);
    assert_int_equal(tw_session_unload(w->session, "g", NULL), TRAWL_OK);
    tw_memory_set_limit(0);
    unlink(path);
}

static uint64_t n_in(struct world *w, tw_capture *capture, uint64_t wanted)
{
    uint64_t n = rows(w, capture);

    for (int i = 0; i < LOOKS && n < wanted; i++) {
        usleep(5000);
        n = rows(w, capture);
    }
    return n;
}

static const char *state_of(tw_capture *capture)
{
    struct tw_growing_state state;

    tw_session_enter(capture->session); /* what a command would see */
    tw_growing_state(capture->growing, &state);
    tw_session_leave(capture->session);
    return state.state;
}

/* A FIFO's writers, one after the other: the first is cut in its fifth record, and the second
 * begins with a head. Then one whose head says another link type. */
static void a_fifo_has_many_writers(void **state)
{
    enum { N = 5 };
    static uint8_t stream[24 + N * RECORD];
    struct world *w = *state;
    const int64_t *time;
    const struct tw_column *column;
    char path[96];
    tw_capture *capture;
    int64_t at;

    make_head(stream);
    for (uint32_t i = 0; i < N; i++)
        make_record(stream + 24 + i * RECORD, i, 1700000000);
    snprintf(path, sizeof(path), "%s/fifo", w->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    {
        const int fd = open(path, O_RDWR); /* waits for nobody */

        assert_int_equal(write(fd, stream, sizeof(stream) - 3), sizeof(stream) - 3);
        capture = follow(w, path);
        assert_int_equal(n_in(w, capture, N - 1), N - 1);
        tw_session_enter(w->session);
        close(fd);
        usleep(200000);
        assert_string_equal(state_of(capture), "following"); /* until all of it is taken in */
        tw_session_leave(w->session);
    }
    for (int i = 0; i < LOOKS && strcmp(state_of(capture), "waiting") != 0; i++)
        usleep(5000);
    assert_string_equal(state_of(capture), "waiting");
    assert_true(tw_growing_runs(capture->growing));
    add_to(path, stream, sizeof(stream));
    add_to(path, stream, sizeof(stream)); /* perhaps before the end of the other was seen */
    assert_int_equal(n_in(w, capture, 3 * N - 1), 3 * N - 1);
    tw_session_enter(w->session);
    at = tw_schema_find(capture->packets_table->schema, "frame.time_epoch", 16);
    assert_int_equal(tw_table_column(capture->packets_table, (size_t)at, &column, NULL), TRAWL_OK);
    time = TW_CELLS(column, const int64_t);
    for (int i = 0; i < 3 * N - 1; i++) /* microseconds count a writer's packets */
        assert_int_equal(time[i],
                         INT64_C(1700000000000000000) + (i < N - 1 ? i : (i - N + 1) % N) * 1000);
    assert_false(capture->n_damaged);
    tw_session_leave(w->session);
    stream[20] = 113;
    add_to(path, stream, sizeof(stream));
    for (int i = 0; i < LOOKS && tw_growing_runs(capture->growing); i++)
        usleep(5000);
    assert_string_equal(state_of(capture), "ended");
    assert_int_equal(rows(w, capture), 3 * N - 1);
    assert_int_equal(tw_session_unload(w->session, "g", NULL), TRAWL_OK);
    unlink(path);
}

enum { N_LONG = 512, LONG = 60000 };

static void *write_long_packets(void *context)
{
    uint8_t *record = tw_alloc(LONG), head[24];
    FILE *file = fopen(context, "w");
    bool good = file && record;
    const uint32_t n = LONG - 16;

    make_head(head);
    good = good && fwrite(head, sizeof(head), 1, file) == 1;
    for (uint32_t i = 0; good && i < N_LONG; i++) {
        make_record(record, i, 1700000000);
        memcpy(record + 8, &n, sizeof(n));
        memcpy(record + 12, &n, sizeof(n));
        good = fwrite(record, LONG, 1, file) == 1;
    }
    if (file && fclose(file) != 0)
        good = false;
    tw_free(record);
    return good ? context : NULL;
}

/* 512 packets of 60,000 bytes, 29 MiB, through a store of 6 MiB: they are let go of too, though
 * they are few. */
static void few_long_packets_are_let_go(void **state)
{
    struct world *w = *state;
    uint64_t n = 0;
    char path[96];
    pthread_t writer;
    tw_capture *capture;
    void *good;

    snprintf(path, sizeof(path), "%s/fifo", w->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    tw_memory_set_limit(tw_memory_used() + (24 << 20));
    assert_int_equal(pthread_create(&writer, NULL, write_long_packets, path), 0);
    capture = follow(w, path);
    for (int i = 0; i < LOOKS; i++) {
        struct tw_growing_state now;

        tw_session_enter(w->session);
        tw_growing_state(capture->growing, &now);
        n = capture->packets_table->n_rows + now.forgotten;
        tw_session_leave(w->session);
        if (n >= N_LONG)
            break;
        usleep(5000);
    }
    assert_int_equal(n, N_LONG);
    assert_int_equal(pthread_join(writer, &good), 0);
    assert_non_null(good);
    assert_int_equal(tw_session_unload(w->session, "g", NULL), TRAWL_OK);
    tw_memory_set_limit(0);
    unlink(path);
}

static void what_cannot_be_followed(void **state)
{
    struct world *w = *state;
    const char *paths[] = {w->folder, "/nonexistent/x.pcap"};
    trawl_load_options options = {
        .size = sizeof(options), .name = "g", .paths = paths, .n_paths = 2, .follow = 1};
    trawl_error err = TW_ERROR_INIT;
    size_t first;

    assert_int_equal(tw_session_load(w->session, &options, &first, &err), TRAWL_E_USAGE);
    tw_error_clear(&err);
    options.n_paths = 1;
    assert_int_equal(tw_session_load(w->session, &options, &first, &err), TRAWL_E_IO);
    assert_non_null(strstr(err.message, "it is a directory"));
    tw_error_clear(&err);
    options.paths = paths + 1;
    assert_int_equal(tw_session_load(w->session, &options, &first, &err), TRAWL_E_IO);
    tw_error_clear(&err);
    unlink(w->capture);
    use_fixture(w, "basic.pcap.xz");
    options.paths = (const char *[]){w->capture};
    assert_int_equal(tw_session_load(w->session, &options, &first, &err), TRAWL_E_UNSUPPORTED);
    tw_error_clear(&err);
    assert_null(w->session->current);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pieces_give_what_the_whole_gives),
        TEST(new_bases_are_found),
        TEST(a_command_sees_what_was_there),
        TEST(a_clock_that_is_set_back_is_told_once),
        TEST(the_oldest_are_let_go),
        TEST(few_long_packets_are_let_go),
        TEST(a_fifo_has_many_writers),
        TEST(what_cannot_be_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
