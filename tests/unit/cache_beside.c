/* Columns, tables and counts in files beside a capture's in the disk cache: what is served equals
 * what was kept. Must not know how captures are served. */
#include "cache_world.h"

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
    assert_int_equal(
        tw_tables_tally(&(struct tw_tally_job){packets, columns, n, &rows, tallies}, 1, NULL),
        TRAWL_OK);
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
        assert_int_equal(
            tw_tables_tally(&(struct tw_tally_job){packets, columns, 1, &rows, tallies}, 1, NULL),
            TRAWL_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_of_fields_are_kept_beside), TEST(addresses_of_a_field_are_kept_too),
        TEST(tables_are_remembered_by_name),     TEST(counts_are_kept_beside),
        TEST(more_counts_serve_fewer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
