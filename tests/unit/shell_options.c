/* The program's own options, settings, and the history file.
 * Must not know sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/config.h"
#include "shell/history.h"
#include "shell/options.h"

/* The command on the line has the options -n and --format of its own. */
static bool belongs(void *context, const char *const *words, size_t n_words, const char *option)
{
    (void)context, (void)words, (void)n_words;
    return strcmp(option, "-n") == 0 || strcmp(option, "--format") == 0;
}

static int parse(const char *const *words, int n, struct tw_program_options *o, trawl_error *err)
{
    char *argv[16] = {(char *)(uintptr_t) "trawl"};

    for (int i = 0; i < n; i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    return tw_program_options_parse(n + 1, argv, belongs, NULL, o, err);
}
#define PARSE(o, err, ...)                    \
    parse((const char *const[]){__VA_ARGS__}, \
          (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), o, err)

static void repeated_and_glued(void **state)
{
    struct tw_program_options o;
    tw_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(PARSE(&o, &err, "-r", "a", "-rb", "--read=c", "-kq", "--threads", "3",
                           "--json", "-c", "lc | head"),
                     TRAWL_OK);
    assert_int_equal(o.read.n, 3);
    assert_string_equal(o.read.items[1], "b");
    assert_string_equal(o.read.items[2], "c");
    assert_true(o.keep_going && o.quiet);
    assert_int_equal(o.threads, 3);
    assert_string_equal(o.format, "json");
    assert_string_equal(o.commands.items[0], "lc | head");
    assert_int_equal(o.n_words, 0);
    tw_program_options_fini(&o);
}

static void options_after_words(void **state)
{
    struct tw_program_options o;
    tw_error err = TW_ERROR_INIT;

    (void)state;
    /* -n and --format are the command's, -rtt is a sort key; --threads and -k are the program's. */
    assert_int_equal(PARSE(&o, &err, "lc", "-n", "5", "-rtt", "--format", "csv", "--threads", "2",
                           "--top", "-k", "--", "x"),
                     TRAWL_OK);
    assert_int_equal(o.n_words, 9); /* lc -n 5 -rtt --format csv --top -- x */
    assert_string_equal(o.words[3], "-rtt");
    assert_string_equal(o.words[4], "--format");
    assert_string_equal(o.words[6], "--top");
    assert_string_equal(o.words[7], "--");
    assert_int_equal(o.threads, 2);
    assert_true(o.keep_going);
    tw_program_options_fini(&o);
}

static void check_error(const char *word, const char *value, const char *message)
{
    struct tw_program_options o;
    tw_error err = TW_ERROR_INIT;

    assert_int_equal(value ? PARSE(&o, &err, word, value) : PARSE(&o, &err, word), TRAWL_E_USAGE);
    assert_string_equal(err.message, message);
    tw_program_options_fini(&o);
}

static void bad_options(void **state)
{
    (void)state;
    check_error("--thread", "3", "no option '--thread'");
    check_error("-x", NULL, "no option '-x'");
    check_error("-r", NULL, "option '-r' needs a value");
    check_error("--quiet=1", NULL, "option '--quiet=1' takes no value");
    check_error("--threads", "many", "'many' is not a whole number for 'threads'");
    check_error("--threads", "0", "'0' is below 1, the least that 'threads' takes");
    check_error("--time", "never", "'never' is not a value of 'time'");
    check_error("--memory-limit", "lots", "'lots' is not a size (10M, 4GiB) for 'memory-limit'");
}

static void settings_are_checked(void **state)
{
    struct tw_settings settings;
    struct tw_buffer text = TW_BUFFER_INIT;
    tw_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_settings_init(&settings, &err), TRAWL_OK);
    assert_string_equal(settings.format, "auto");
    assert_int_equal(tw_settings_set(&settings, "format", "csv", &err), TRAWL_OK);
    tw_settings_text(&settings, tw_setting_at(&settings, 0), &text);
    assert_string_equal(text.data, "csv");
    assert_int_equal(tw_settings_set(&settings, "format", "xml", &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "no format 'xml'");
    assert_string_equal(settings.format, "csv"); /* as it was */
    tw_error_clear(&err);
    assert_int_equal(tw_settings_set(&settings, "tim", "utc", &err), TRAWL_E_USAGE);
    assert_string_equal(err.hint, "Did you mean 'time'?");
    tw_error_clear(&err);
    assert_int_equal(tw_settings_set(&settings, "memory-limit", "64M", &err), TRAWL_OK);
    assert_int_equal(settings.memory_limit, 64 << 20);
    assert_int_equal(tw_memory_limit(), 64 << 20);
    tw_memory_set_limit(0);
    tw_buffer_fini(&text);
    tw_settings_fini(&settings);
}

static void history_is_kept_in_a_file(void **state)
{
    char folder[] = "/tmp/trawl-test-XXXXXX", path[64];
    struct tw_history h;
    struct stat st;
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/history", folder);
    tw_history_open(&h, tw_strdup(path), 3);
    assert_true(tw_history_add(&h, "one"));
    assert_false(tw_history_add(&h, "one"));  /* twice in a row */
    assert_false(tw_history_add(&h, " two")); /* a blank keeps it out */
    assert_true(tw_history_add(&h, "two"));
    tw_history_close(&h);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    f = fopen(path, "a"); /* what is no text is left out */
    fputs("bad\x1b[31m\nthree\nfour\n", f);
    fclose(f);
    tw_history_open(&h, tw_strdup(path), 3);
    assert_int_equal(h.n_lines, 3); /* one two three four: the last three */
    assert_string_equal(h.lines[0], "two");
    assert_string_equal(h.lines[2], "four");
    tw_history_close(&h);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_and_glued),
        cmocka_unit_test(options_after_words),
        cmocka_unit_test(bad_options),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(history_is_kept_in_a_file),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return failed;
}
