/* The command line's grammar: words, places, redirections, what is said about bad lines.
 * Must not know commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "shell/line.h"

/* Only "where" takes an expression to the end of its stage. */
static bool takes_expr(void *context, const char *command)
{
    (void)context;
    return strcmp(command, "where") == 0;
}

static int parse(const char *text, struct tw_line *line, trawl_error *err)
{
    return tw_line_parse(text, strlen(text), takes_expr, NULL, line, err);
}

/* The line as text: stages by " | ", words in brackets, then what follows. */
static void check_line(const char *text, const char *want)
{
    struct tw_buffer got = TW_BUFFER_INIT;
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;

    assert_int_equal(parse(text, &line, &err), TRAWL_OK);
    for (size_t i = 0; i < line.n_pipelines; i++) {
        const struct tw_line_pipeline *p = &line.pipelines[i];

        tw_buffer_puts(&got, i ? "; " : "");
        if (p->variable)
            tw_buffer_printf(&got, "$%s = ", p->variable);
        for (size_t k = 0; k < p->n_stages; k++) {
            tw_buffer_puts(&got, k ? " | " : "");
            if (p->stages[k].program)
                tw_buffer_printf(&got, "!{%s}", p->stages[k].program);
            for (size_t w = 0; w < p->stages[k].n_words; w++)
                tw_buffer_printf(&got, "[%s]", p->stages[k].words[w].text);
        }
        if (p->output)
            tw_buffer_printf(&got, " %s {%s}", p->append ? ">>" : ">", p->output);
    }
    assert_string_equal(got.data ? got.data : "", want);
    tw_buffer_fini(&got);
    tw_line_fini(&line);
}

static void check_error(const char *text, size_t start, const char *message)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;

    assert_int_equal(parse(text, &line, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, message);
    assert_true(err.has_span);
    assert_int_equal(err.span_start, start);
    tw_line_fini(&line);
}

static void words_and_stages(void **state)
{
    (void)state;
    check_line("lc", "[lc]");
    check_line("  lc | sort -bytes|head 5 ", "[lc] | [sort][-bytes] | [head][5]");
    check_line("lc; flows ;;", "[lc]; [flows]");
    check_line("lc # all of them | head", "[lc]");
    check_line("load a#b.pcap", "[load][a#b.pcap]");
    check_line("", "");
    check_line("   # nothing", "");
    check_line("group sum(bytes) by ip.src", "[group][sum(bytes)][by][ip.src]");
}

static void question_marks_come_off_their_topic(void **state)
{
    (void)state;
    check_line("?lc", "[?][lc]");
    check_line("? lc", "[?][lc]");
    check_line("?", "[?]");
    check_line("a ?b", "[a][?b]");
    check_line("??", "[??]");
    check_line("'?lc'", "[?lc]");
}

static void quotes_are_posix(void **state)
{
    (void)state;
    check_line("load 'a b.pcap' \"c \\\"d\\\" \\x\"", "[load][a b.pcap][c \"d\" \\x]");
    check_line("load a\\ b 'it'\\''s'", "[load][a b][it's]");
    check_line("load '' x", "[load][][x]");
    check_line("echo 'a|b;c#d>e'", "[echo][a|b;c#d>e]");
    check_line("load a\\\n  b", "[load][a][b]");
}

static void places_point_into_the_line(void **state)
{
    /* `lc | head 'ten'`: head is at 5, 4 bytes long; 'ten' with its quotes at 10, 5 bytes. */
    static const char text[] = "lc | head 'ten'";
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;
    const struct tw_line_stage *stage;

    (void)state;
    assert_int_equal(parse(text, &line, &err), TRAWL_OK);
    stage = &line.pipelines[0].stages[1];
    assert_int_equal(stage->words[0].start, 5);
    assert_int_equal(stage->words[0].len, 4);
    assert_false(stage->words[0].quoted);
    assert_int_equal(stage->words[1].start, 10);
    assert_int_equal(stage->words[1].len, 5);
    assert_true(stage->words[1].quoted);
    assert_int_equal(stage->start, 5);
    assert_int_equal(stage->len, 10);
    tw_line_fini(&line);
}

static void redirections(void **state)
{
    (void)state;
    check_line("lc > a.csv", "[lc] > {a.csv}");
    check_line("lc >a.csv; flows >> 'b c'", "[lc] > {a.csv}; [flows] >> {b c}");
    check_line("lc | head 5 > 100", "[lc] | [head][5] > {100}");
    check_line("lc a>b", "[lc][a>b]"); /* only at a word's start */
    check_error("lc >", 3, "no file after the redirection");
    check_error("lc > a b", 3, "a redirection has to end the pipeline");
    check_error("lc > a | head", 3, "a redirection has to end the pipeline");
    check_error("> a", 0, "nothing to write before the redirection");
}

static void greater_than_in_expressions(void **state)
{
    (void)state;
    check_line("packets | where frame.len > 100", "[packets] | [where][frame.len][>][100]");
    check_line("where frame.len >= 100", "[where][frame.len][>=][100]");
    check_line("where frame.len>100", "[where][frame.len>100]");
    check_line("where a > 1 || b > 2 | head", "[where][a][>][1][||][b][>][2] | [head]");
    check_line("where a>1||b", "[where][a>1||b]");
    /* What is clearly a file, or follows a quoted expression, is written to. */
    check_line("where a > 1 > out.csv", "[where][a][>][1] > {out.csv}");
    check_line("where tcp > ./100", "[where][tcp] > {./100}");
    check_line("where 'a > 1' > 100", "[where][a > 1] > {100}");
    check_line("where a > 1 >> log", "[where][a][>][1] >> {log}");
    check_line("where ip.src > 10.0.0.0/8", "[where][ip.src][>][10.0.0.0/8]");
    check_line("where !tcp", "[where][!tcp]");
}

static void programs_reach_to_the_semicolon(void **state)
{
    (void)state;
    check_line("flows | !sort -k3 | head -2 > x # y", "[flows] | !{sort -k3 | head -2 > x # y}");
    check_line("flows | !awk '{ print $1; }'; lc", "[flows] | !{awk '{ print $1; }'}; [lc]");
    check_line("!ls", "!{ls}");
    check_error("flows | !  ", 8, "no program after '!'");
    check_error("$a = flows | !cat", 13, "an outside program gives no table to keep");
}

static void variables(void **state)
{
    (void)state;
    check_line("$big = flows | head", "$big = [flows] | [head]");
    check_line("$big=flows", "$big = [flows]");
    check_line("$big =flows", "$big = [flows]");
    check_line("$big= flows", "$big = [flows]");
    check_line("$big | head", "[$big] | [head]");
    check_error("$ = lc", 0, "a variable's name starts with a letter");
    check_error("$a =", 3, "no pipeline after '='");
}

static void bad_lines_say_where(void **state)
{
    (void)state;
    check_error("lc 'abc", 3, "the quote ' is not closed");
    check_error("lc \"abc\\\"", 3, "the quote \" is not closed");
    check_error("| head", 0, "no command before '|'");
    check_error("lc | | head", 5, "no command before '|'");
    check_error("lc |", 3, "no command after '|'");
    check_error("lc | ; head", 3, "no command after '|'");
}

static void nul_byte_is_refused(void **state)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;

    (void)state;
    assert_int_equal(tw_line_parse("lc\0x", 4, NULL, NULL, &line, &err), TRAWL_E_USAGE);
    assert_int_equal(err.span_start, 2);
    tw_line_fini(&line);
}

static void lines_go_on(void **state)
{
    (void)state;
    assert_true(tw_line_goes_on("lc |", 4));
    assert_true(tw_line_goes_on("lc | # and\n", 11));
    assert_true(tw_line_goes_on("load \\", 6));
    assert_true(tw_line_goes_on("load 'a", 7));
    assert_false(tw_line_goes_on("load 'a'", 8));
    assert_false(tw_line_goes_on("lc # a |", 8));
    assert_false(tw_line_goes_on("echo \\|", 7));
}

static void quoting_reads_back(void **state)
{
    static const char *const words[] = {"plain",       "a b",   "it's", "",   "a|b",
                                        "x>y",         "$v",    "~/x",  "#a", "!x",
                                        "back\\slash", "\"q\"", "a;b",  "é"};
    (void)state;
    for (size_t i = 0; i < TW_COUNT(words); i++) {
        struct tw_buffer text = TW_BUFFER_INIT;
        tw_error err = TW_ERROR_INIT;
        struct tw_line line;

        tw_buffer_puts(&text, "w ");
        tw_line_quote(&text, words[i]);
        assert_int_equal(parse(text.data, &line, &err), TRAWL_OK);
        assert_int_equal(line.pipelines[0].stages[0].n_words, 2);
        assert_string_equal(line.pipelines[0].stages[0].words[1].text, words[i]);
        tw_line_fini(&line);
        tw_buffer_fini(&text);
    }
}

static void home_is_a_tilde(void **state)
{
    (void)state;
    setenv("HOME", "/home/u", 1);
    check_line("load ~/a.pcap '~/b' x~/c ~", "[load][/home/u/a.pcap][~/b][x~/c][~]");
}

static void unfinished_lines_have_a_last_word(void **state)
{
    static const struct {
        const char *text, *last;
        size_t start;
    } cases[] = {
        {"lc | he", "he", 5},    {"lc | ", "", 5}, {"lc |", "", 4}, {"", "", 0},
        {"load 'a b", "a b", 5}, {"lc; ", "", 4},  {"lc  ", "", 4},
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        const char *text = cases[i].text;
        const struct tw_line_stage *stage;
        tw_error err = TW_ERROR_INIT;
        struct tw_line line;

        assert_int_equal(tw_line_parse_partial(text, strlen(text), NULL, NULL, &line, &err),
                         TRAWL_OK);
        stage = &line.pipelines[line.n_pipelines - 1]
                     .stages[line.pipelines[line.n_pipelines - 1].n_stages - 1];
        assert_string_equal(stage->words[stage->n_words - 1].text, cases[i].last);
        assert_int_equal(stage->words[stage->n_words - 1].start, cases[i].start);
        tw_line_fini(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_stages),
        cmocka_unit_test(question_marks_come_off_their_topic),
        cmocka_unit_test(quotes_are_posix),
        cmocka_unit_test(places_point_into_the_line),
        cmocka_unit_test(redirections),
        cmocka_unit_test(greater_than_in_expressions),
        cmocka_unit_test(programs_reach_to_the_semicolon),
        cmocka_unit_test(variables),
        cmocka_unit_test(bad_lines_say_where),
        cmocka_unit_test(nul_byte_is_refused),
        cmocka_unit_test(lines_go_on),
        cmocka_unit_test(quoting_reads_back),
        cmocka_unit_test(home_is_a_tilde),
        cmocka_unit_test(unfinished_lines_have_a_last_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
