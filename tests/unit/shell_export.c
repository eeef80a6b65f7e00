/* Machine formats: exact values, quoting, escaping; files that appear whole or not at all.
 * Must not know commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/task.h"
#include "shell/export.h"
#include "tests/unit/shell_table.h"

static char *export_text(tw_table *table, const struct tw_format *format,
                         const struct tw_export_style *style)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_out out;
    const int fd = catcher();

    tw_out_init(&out, fd, "test");
    if (tw_export_table(table, format, style, &out, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(tw_out_flush(&out, &err), TRAWL_OK);
    tw_out_fini(&out);
    return caught(fd);
}

static void check_export(const struct tw_format *format, struct tw_export_style style,
                         const char *want)
{
    tw_table *table = small_table();
    char *got;

    assert_non_null(table);
    if (!style.cell.time_decimals)
        style.cell.time_decimals = 6;
    got = export_text(table, format, &style);
    assert_string_equal(got, want);
    tw_free(got);
    tw_table_release(table);
}

static void tsv_is_exact_and_escaped(void **state)
{
    (void)state;
    check_export(
        &tw_format_tsv, (struct tw_export_style){0},
        "id\tname\tbytes\tratio\tstart\trtt\tclient\tmac\tup\tflags\tnames\n"
        "0\ta,\"b\"\t1204\t0.5\t2024-01-15T10:00:00.123956Z\t0.001500000\t10.0.0.1\t"
        "aa:bb:cc:dd:ee:ff\ttrue\t0x0018\tx,y\n"
        "1\t\t\t\t\t\t\t\t\t\t\n"
        "2\t=\\x1b[31m\\x09\\\\\\xff|\t18446744073709551615\t-1.25\t1970-01-01T00:00:00.000000Z\t"
        "-0.000000001\t2001:db8::7\t00:00:00:00:00:00\tfalse\t0xffff\t\"\n");
}

static void csv_follows_rfc_4180(void **state)
{
    (void)state;
    check_export(
        &tw_format_csv,
        (struct tw_export_style){.cell = {.time_style = TW_TIME_EPOCH, .time_decimals = 9}},
        "id,name,bytes,ratio,start,rtt,client,mac,up,flags,names\n"
        "0,\"a,\"\"b\"\"\",1204,0.5,1705312800.123956000,0.001500000,10.0.0.1,"
        "aa:bb:cc:dd:ee:ff,true,0x0018,\"x,y\"\n"
        "1,,,,,,,,,,\n"
        "2,=\\x1b[31m\\x09\\\\\\xff|,18446744073709551615,-1.25,0.000000000,-0.000000001,"
        "2001:db8::7,00:00:00:00:00:00,false,0xffff,\"\"\"\"\n");
}

static void csv_safe_guards_texts_alone(void **state)
{
    (void)state;
    check_export(
        &tw_format_csv,
        (struct tw_export_style){.csv_safe = true,
                                 .no_header = true,
                                 .cell = {.time_style = TW_TIME_EPOCH, .time_decimals = 9}},
        "0,\"a,\"\"b\"\"\",1204,0.5,1705312800.123956000,0.001500000,10.0.0.1,"
        "aa:bb:cc:dd:ee:ff,true,0x0018,\"x,y\"\n"
        "1,,,,,,,,,,\n"
        "2,'=\\x1b[31m\\x09\\\\\\xff|,18446744073709551615,-1.25,0.000000000,-0.000000001,"
        "2001:db8::7,00:00:00:00:00:00,false,0xffff,\"\"\"\"\n");
}

static void json_is_one_array(void **state)
{
    (void)state;
    check_export(
        &tw_format_json, (struct tw_export_style){0},
        "[\n"
        "{\"id\":0,\"name\":\"a,\\\"b\\\"\",\"bytes\":1204,\"ratio\":0.5,"
        "\"start\":\"2024-01-15T10:00:00.123956Z\",\"rtt\":0.001500000,\"client\":\"10.0.0.1\","
        "\"mac\":\"aa:bb:cc:dd:ee:ff\",\"up\":true,\"flags\":24,\"names\":[\"x\",\"y\"]},\n"
        "{\"id\":1,\"name\":null,\"bytes\":null,\"ratio\":null,\"start\":null,\"rtt\":null,"
        "\"client\":null,\"mac\":null,\"up\":null,\"flags\":null,\"names\":[]},\n"
        "{\"id\":2,\"name\":\"=\\\\x1b[31m\\\\x09\\\\\\\\\\\\xff|\",\"bytes\":18446744073709551615,"
        "\"ratio\":-1.25,\"start\":\"1970-01-01T00:00:00.000000Z\",\"rtt\":-0.000000001,"
        "\"client\":\"2001:db8::7\",\"mac\":\"00:00:00:00:00:00\",\"up\":false,\"flags\":65535,"
        "\"names\":[\"\\\"\"]}\n"
        "]\n");
}

static void ndjson_times_can_be_numbers(void **state)
{
    tw_table *table = small_table();
    const struct tw_export_style style = {
        .cell = {.time_style = TW_TIME_EPOCH, .time_decimals = 9}};
    char *got = export_text(table, &tw_format_ndjson, &style);

    (void)state;
    assert_non_null(strstr(got, "\"start\":1705312800.123956000,"));
    tw_free(got);
    tw_table_release(table);
}

static void fsdb_has_types_and_the_command(void **state)
{
    (void)state;
    check_export(
        &tw_format_fsdb, (struct tw_export_style){.command = "lc | head"},
        "#fsdb -F t id:l name bytes:l ratio:d start rtt:d client mac up flags names\n"
        "0\ta,\"b\"\t1204\t0.5\t2024-01-15T10:00:00.123956Z\t0.001500000\t10.0.0.1\t"
        "aa:bb:cc:dd:ee:ff\ttrue\t0x0018\tx,y\n"
        "1\t\t\t\t\t\t\t\t\t\t\n"
        "2\t=\\x1b[31m\\x09\\\\\\xff|\t18446744073709551615\t-1.25\t"
        "1970-01-01T00:00:00.000000Z\t-0.000000001\t2001:db8::7\t00:00:00:00:00:00\tfalse\t"
        "0xffff\t\"\n"
        "#  | trawl lc | head\n");
}

static void markdown_protects_pipes(void **state)
{
    tw_table *table = small_table();
    const struct tw_export_style style = {.cell = {.time_decimals = 6}};
    char *got = export_text(table, &tw_format_markdown, &style);

    (void)state;
    assert_non_null(strstr(got, "| id | name | bytes |"));
    assert_non_null(strstr(got, "|---:|---|---:|---:|---|---:|---|---|---|---|---|\n"));
    assert_non_null(strstr(got, "| =\\x1b[31m\\x09\\\\\\xff\\| |"));
    tw_free(got);
    tw_table_release(table);
}

static void empty_tables_are_valid(void **state)
{
    tw_table *all = small_table(), *none;
    const struct tw_export_style style = {0};
    tw_error err = TW_ERROR_INIT;
    char *got;

    (void)state;
    none = tw_table_slice(all, 0, 0, &err);
    got = export_text(none, &tw_format_json, &style);
    assert_string_equal(got, "[]\n");
    tw_free(got);
    got = export_text(none, &tw_format_ndjson, &style);
    assert_string_equal(got, "");
    tw_free(got);
    tw_table_release(none);
    tw_table_release(all);
}

/* 100,000 rows of n and "s<n mod 7>": seven chunks on three threads, in order. */
static void threads_do_not_show(void **state)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_U64, .name = "n", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "s", .help = "x"),
    };
    enum { ROWS = 100000 };
    const struct tw_export_style style = {0};
    struct tw_buffer want = TW_BUFFER_INIT;
    tw_schema *schema = tw_schema_new();
    tw_error err = TW_ERROR_INIT;
    tw_table *table;
    tw_builder *b;
    char *got;

    (void)state;
    tw_schema_add(schema, &columns[0], &err);
    tw_schema_add(schema, &columns[1], &err);
    b = tw_builder_new(schema, NULL, &err);
    tw_buffer_puts(&want, "n\ts\n");
    for (unsigned i = 0; i < ROWS; i++) {
        const char text[2] = {'s', (char)('0' + i % 7)};

        tw_builder_u64(b, i);
        tw_builder_value(b, text, 2);
        tw_builder_end_row(b);
        tw_buffer_printf(&want, "%u\ts%u\n", i, i % 7);
    }
    tw_schema_free(schema);
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_OK);
    tw_pool_set_threads(3);
    got = export_text(table, &tw_format_tsv, &style);
    assert_int_equal(strlen(got), want.len);
    assert_memory_equal(got, want.data, want.len);
    tw_free(got);
    tw_buffer_fini(&want);
    tw_table_release(table);
}

/* Numbers that stay for some rows, and come to be or cease to be there while their bits stay (0):
 * each row says its own. Chunks of three threads do not begin at whole words of a bitmap. */
static void rows_like_the_one_before_are_told_apart(void **state)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "s", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_U64, .name = "a", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_F64, .name = "b", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_I64, .name = "c", .help = "x"),
    };
    enum { ROWS = 50000 };
    const struct tw_export_style style = {.no_header = true};
    struct tw_buffer want = TW_BUFFER_INIT;
    tw_schema *schema = tw_schema_new();
    tw_error err = TW_ERROR_INIT;
    tw_table *table;
    tw_builder *b;
    char *got;

    (void)state;
    for (size_t i = 0; i < TW_COUNT(columns); i++)
        tw_schema_add(schema, &columns[i], &err);
    b = tw_builder_new(schema, NULL, &err);
    for (unsigned i = 0; i < ROWS; i++) {
        const char text = (char)('a' + i % 26);
        const unsigned a = i / 200 % 3;
        const bool has_a = i / 7 % 4, has_c = i / 64 % 5;

        tw_builder_value(b, &text, 1);
        if (has_a)
            tw_builder_u64(b, a);
        else
            tw_builder_null(b);
        tw_builder_f64(b, i / 1000 * 0.5);
        if (has_c)
            tw_builder_i64(b, 0);
        else
            tw_builder_null(b);
        tw_builder_end_row(b);
        tw_buffer_printf(&want, "%c\t", text);
        if (has_a)
            tw_buffer_printf(&want, "%u", a);
        tw_buffer_printf(&want, "\t%g\t%s\n", i / 1000 * 0.5, has_c ? "0" : "");
    }
    tw_schema_free(schema);
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_OK);
    tw_pool_set_threads(3);
    got = export_text(table, &tw_format_tsv, &style);
    assert_int_equal(strlen(got), want.len);
    assert_memory_equal(got, want.data, want.len);
    tw_free(got);
    tw_buffer_fini(&want);
    tw_table_release(table);
}

static void names_and_extensions(void **state)
{
    (void)state;
    assert_ptr_equal(tw_format_find("csv"), &tw_format_csv);
    assert_ptr_equal(tw_format_find("jsonl"), &tw_format_ndjson);
    assert_null(tw_format_find("xml"));
    assert_ptr_equal(tw_format_of_file("a/b.csv"), &tw_format_csv);
    assert_ptr_equal(tw_format_of_file("b.jsonl"), &tw_format_ndjson);
    assert_null(tw_format_of_file(".csv"));
    assert_null(tw_format_of_file("b.png"));
}

/* ---- files ---- */

static char folder[] = "/tmp/trawl-test-XXXXXX";

static char *read_text(const char *path)
{
    static char text[256];
    const int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = 0;
    return n < 0 ? NULL : text;
}

static void files_appear_whole_or_not_at_all(void **state)
{
    struct tw_out_file file;
    tw_error err = TW_ERROR_INIT;
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a", folder);

    assert_int_equal(tw_out_file_open(path, false, &file, &err), TRAWL_OK);
    tw_out_puts(&file.out, "one\n", &err);
    assert_null(read_text(path)); /* not there until it is whole */
    assert_int_equal(tw_out_file_close(&file, true, &err), TRAWL_OK);
    assert_string_equal(read_text(path), "one\n");

    assert_int_equal(tw_out_file_open(path, false, &file, &err), TRAWL_OK);
    tw_out_puts(&file.out, "two\n", &err);
    assert_int_equal(tw_out_file_close(&file, false, &err), TRAWL_OK);
    assert_string_equal(read_text(path), "one\n"); /* a failed one leaves the old */

    assert_int_equal(tw_out_file_open(path, true, &file, &err), TRAWL_OK);
    tw_out_puts(&file.out, "three\n", &err);
    assert_int_equal(tw_out_file_close(&file, true, &err), TRAWL_OK);
    assert_string_equal(read_text(path), "one\nthree\n");

    assert_int_equal(tw_out_file_open(path, true, &file, &err), TRAWL_OK);
    tw_out_puts(&file.out, "four\n", &err);
    tw_out_flush(&file.out, &err);
    assert_int_equal(tw_out_file_close(&file, false, &err), TRAWL_OK);
    assert_string_equal(read_text(path), "one\nthree\n"); /* cut back */

    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
}

static void full_disk_is_an_error(void **state)
{
    struct tw_out_file file;
    tw_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_out_file_open("/dev/full", false, &file, &err), TRAWL_OK);
    tw_out_puts(&file.out, "x", &err);
    assert_int_equal(tw_out_file_close(&file, true, &err), TRAWL_E_IO);
    assert_string_equal(err.message, "could not write '/dev/full': no space left on device");
}

static void missing_folder_is_an_error(void **state)
{
    struct tw_out_file file;
    tw_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_out_file_open("/nonexistent/x", false, &file, &err), TRAWL_E_IO);
    assert_string_equal(err.message, "could not write '/nonexistent/x': no such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tsv_is_exact_and_escaped),
        cmocka_unit_test(csv_follows_rfc_4180),
        cmocka_unit_test(csv_safe_guards_texts_alone),
        cmocka_unit_test(json_is_one_array),
        cmocka_unit_test(ndjson_times_can_be_numbers),
        cmocka_unit_test(fsdb_has_types_and_the_command),
        cmocka_unit_test(markdown_protects_pipes),
        cmocka_unit_test(empty_tables_are_valid),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(rows_like_the_one_before_are_told_apart),
        cmocka_unit_test(names_and_extensions),
        cmocka_unit_test(files_appear_whole_or_not_at_all),
        cmocka_unit_test(full_disk_is_an_error),
        cmocka_unit_test(missing_folder_is_an_error),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return failed;
}
