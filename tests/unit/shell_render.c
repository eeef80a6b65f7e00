/* Text for people: alignment, human sizes, shortening and hiding in narrow terminals.
 * Must not know commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/task.h"
#include "shell/render.h"
#include "tests/unit/shell_table.h"

typedef int render(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                   trawl_error *err);

static char *render_text(tw_table *table, const struct tw_render_style *style, render *how)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_out out;
    const int fd = catcher();

    tw_out_init(&out, fd, "test");
    if (how(table, style, &out, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(tw_out_flush(&out, &err), TRAWL_OK);
    tw_out_fini(&out);
    return caught(fd);
}

static tw_table *with_columns(const char *const *names, size_t n)
{
    tw_error err = TW_ERROR_INIT;
    tw_table *all = small_table(), *table;
    size_t indices[16];
    const char *same[16] = {NULL};

    for (size_t i = 0; i < n; i++)
        indices[i] = (size_t)tw_schema_find(all->schema, names[i], strlen(names[i]));
    table = tw_table_project(all, indices, same, n, &err);
    tw_table_release(all);
    return table;
}

static const struct tw_render_style usual = {
    .cell = {.time_decimals = 6}, .human = true, .footer = true, .elapsed_ns = -1};

static void numbers_align_on_the_point(void **state)
{
    /* Rows: 1204 B, null, 2^64-1 B = 18446744 TB; ratio 0.5, null, -1.25: three digits of the
     * greatest magnitude, 1.25, are two decimals. */
    static const char *const names[] = {"id", "bytes", "ratio"};
    tw_table *table = with_columns(names, 3);
    char *got = render_text(table, &usual, tw_render_table);

    (void)state;
    assert_string_equal(got, "id    bytes  ratio\n"
                             "──  ───────  ─────\n"
                             " 0   1.2 kB   0.50\n"
                             " 1        –      –\n"
                             " 2  18.4 EB  -1.25\n"
                             "3 rows\n");
    tw_free(got);
    tw_table_release(table);
}

static void footer_counts_what_is_left_out(void **state)
{
    static const char *const names[] = {"id"};
    tw_table *table = with_columns(names, 1);
    struct tw_render_style style = usual;
    char *got;

    (void)state;
    style.n_rows = 25;
    got = render_text(table, &style, tw_render_table);
    assert_non_null(strstr(got, "\n3 of 25 rows\n"));
    tw_free(got);
    tw_table_release(table);
}

static void hostile_text_is_escaped(void **state)
{
    static const char *const names[] = {"id", "name", "names"};
    tw_table *table = with_columns(names, 3);
    char *got = render_text(table, &usual, tw_render_table);

    (void)state;
    assert_string_equal(got, "id  name                  names\n"
                             "──  ────────────────────  ─────\n"
                             " 0  a,\"b\"                 x,y\n"
                             " 1  –                     –\n"
                             " 2  =\\x1b[31m\\x09\\\\\\xff|  \"\n"
                             "3 rows\n");
    tw_free(got);
    tw_table_release(table);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;

    while (*text) {
        const size_t n = strcspn(text, "\n");

        longest = TW_MAX(longest, tw_text_width(text, n));
        text += n + (text[n] == '\n');
    }
    return longest;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    tw_table *table = small_table();

    (void)state;
    for (unsigned width = 1; width < 160; width++) {
        struct tw_render_style style = usual;
        char *got;

        style.width = width;
        got = render_text(table, &style, tw_render_table);
        assert_true(longest_line(got) <= width);
        tw_free(got);
    }
    tw_table_release(table);
}

static void narrow_terminals_shorten_then_hide(void **state)
{
    static const char *const names[] = {"id", "name", "client"};
    tw_table *table = with_columns(names, 3);
    struct tw_render_style style = usual;
    char *got;

    (void)state;
    /* 2+2+20+2+11 = 37 columns are wanted. With 26 the texts share 26-2-2*2 = 20: 10 each. */
    style.width = 26;
    got = render_text(table, &style, tw_render_table);
    assert_string_equal(got, "id  name        client\n"
                             "──  ──────────  ──────────\n"
                             " 0  a,\"b\"       10.0.0.1\n"
                             " 1  –           –\n"
                             " 2  =\\x1b[31m…  2001:…8::7\n"
                             "3 rows\n");
    tw_free(got);
    /* With 16 the last column goes; 16-2-2 = 12 are left for the name. */
    style.width = 16;
    got = render_text(table, &style, tw_render_table);
    assert_string_equal(got, "id  name\n"
                             "──  ────────────\n"
                             " 0  a,\"b\"\n"
                             " 1  –\n"
                             " 2  =\\x1b[31m\\x…\n"
                             "3 rows\n");
    tw_free(got);
    style.width = 18;
    got = render_text(table, &style, tw_render_table);
    assert_non_null(strstr(got, "3 rows · 1 hidden\n"));
    tw_free(got);
    tw_table_release(table);
}

static void exact_when_not_human(void **state)
{
    static const char *const names[] = {"bytes", "rtt"};
    tw_table *table = with_columns(names, 2);
    struct tw_render_style style = usual;
    char *got;

    (void)state;
    style.human = false;
    got = render_text(table, &style, tw_render_table);
    assert_string_equal(got, "           bytes (B)       rtt (s)\n"
                             "────────────────────  ────────────\n"
                             "                1204   0.001500000\n"
                             "                   –             –\n"
                             "18446744073709551615  -0.000000001\n"
                             "3 rows\n");
    tw_free(got);
    tw_table_release(table);
}

static void vertical_is_a_line_a_cell(void **state)
{
    static const char *const names[] = {"id", "client"};
    tw_table *table = with_columns(names, 2);
    char *got = render_text(table, &usual, tw_render_vertical);

    (void)state;
    assert_string_equal(got, "── row 1\n    id  0\nclient  10.0.0.1\n"
                             "── row 2\n    id  1\nclient  –\n"
                             "── row 3\n    id  2\nclient  2001:db8::7\n3 rows\n");
    tw_free(got);
    tw_table_release(table);
}

/* Rows of "what", a heading, beside a name that matters and a note that matters less. */
static tw_table *table_of_headings(const char *const *whats, size_t n)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_STRING, .flags = TRAWL_COLUMN_HEADING, .priority = 6,
                     .name = "what", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "name", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID, .priority = 2,
                     .name = "how_often_it_was_seen_in_there", .help = "x"),
    };
    tw_error err = TW_ERROR_INIT;
    tw_schema *schema = tw_schema_new();
    tw_table *table = NULL;
    tw_builder *b;

    for (size_t i = 0; i < TW_COUNT(columns); i++)
        tw_schema_add(schema, &columns[i], &err);
    b = tw_builder_new(schema, NULL, &err);
    tw_schema_free(schema);
    for (size_t i = 0; i < n; i++) {
        tw_builder_value(b, whats[i], strlen(whats[i]));
        tw_builder_value(b, "dns.count.answers", 17);
        tw_builder_u64(b, UINT64_C(123456789012));
        tw_builder_end_row(b);
    }
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_OK);
    return table;
}

static void headings_stand_above_their_rows(void **state)
{
    static const char *const together[] = {"a vs \x1b[1mb", "a vs \x1b[1mb", "b vs c"};
    static const char *const apart[] = {"a", "b", "a"};
    tw_table *table = table_of_headings(together, 3);
    struct tw_render_style style = usual;
    char *got = render_text(table, &usual, tw_render_table);

    (void)state;
    assert_string_equal(got, "name               how_often_it_was_seen_in_there\n"
                             "─────────────────  ──────────────────────────────\n"
                             "── a vs \\x1b[1mb\n"
                             "dns.count.answers                    123456789012\n"
                             "dns.count.answers                    123456789012\n"
                             "── b vs c\n"
                             "dns.count.answers                    123456789012\n"
                             "3 rows\n");
    tw_free(got);
    for (style.width = 1; style.width < 40; style.width++) {
        got = render_text(table, &style, tw_render_table);
        assert_true(longest_line(got) <= style.width);
        tw_free(got);
    }
    tw_table_release(table);
    /* One that comes back later would be no heading: an ordinary column. */
    table = table_of_headings(apart, 3);
    got = render_text(table, &usual, tw_render_table);
    assert_string_equal(got, "what  name               how_often_it_was_seen_in_there\n"
                             "────  ─────────────────  ──────────────────────────────\n"
                             "a     dns.count.answers                    123456789012\n"
                             "b     dns.count.answers                    123456789012\n"
                             "a     dns.count.answers                    123456789012\n"
                             "3 rows\n");
    tw_free(got);
    tw_table_release(table);
}

static void important_texts_are_kept(void **state)
{
    static const char *const whats[] = {"a"};
    tw_table *table = table_of_headings(whats, 1);
    struct tw_render_style style = usual;
    char *got;

    (void)state;
    /* 17+2+30 = 49 are wanted. With 40 the name has 40*2/5 = 16 at least, so the other column
     * goes; a name of 8 beside it would tell nothing. */
    style.width = 40;
    got = render_text(table, &style, tw_render_table);
    assert_non_null(strstr(got, "\ndns.count.answers\n"));
    tw_free(got);
    tw_table_release(table);
}

static void splits_numbers(void **state)
{
    size_t before, after;

    (void)state;
    tw_render_split("12.50 kB", 8, &before, &after);
    assert_int_equal(before, 2);
    assert_int_equal(after, 3);
    tw_render_split("340 B", 5, &before, &after);
    assert_int_equal(before, 3);
    assert_int_equal(after, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_align_on_the_point),
        cmocka_unit_test(footer_counts_what_is_left_out),
        cmocka_unit_test(hostile_text_is_escaped),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(narrow_terminals_shorten_then_hide),
        cmocka_unit_test(exact_when_not_human),
        cmocka_unit_test(vertical_is_a_line_a_cell),
        cmocka_unit_test(headings_stand_above_their_rows),
        cmocka_unit_test(important_texts_are_kept),
        cmocka_unit_test(splits_numbers),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return failed;
}
