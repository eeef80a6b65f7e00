/* The program: what was asked for on its command line, in which mode.
 * Must not know how anything is done. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/task.h"
#include "core/plugin/arguments.h"
#include "shell/emit.h"
#include "shell/help.h"
#include "shell/line.h"
#include "shell/lineedit.h"
#include "shell/options.h"
#include "shell/output.h"
#include "shell/progress.h"
#include "shell/script.h"
#include "shell/version.h"

static int show_error(const struct tw_shell *shell, const trawl_error *err)
{
    tw_shell_error(shell, NULL, err);
    return tw_shell_status(err->code);
}

/* Text on stdout, then the exit status. */
static int put_text(const struct tw_shell *shell, struct tw_buffer *text)
{
    tw_error err = TW_ERROR_INIT;
    int rc = text->failed ? tw_fail_nomem(&err)
                          : tw_write_all(STDOUT_FILENO, "stdout", text->data, text->len, &err);

    tw_buffer_fini(text);
    return rc == TRAWL_OK ? 0 : show_error(shell, &err);
}

static bool is_table(const struct tw_shell *shell, const char *word)
{
    return strcmp(word, "packets") == 0 || tw_hashmap_get(&shell->session->tables, word);
}

static bool is_known_word(const struct tw_shell *shell, const char *word)
{
    return tw_registry_command(shell->registry, word) || is_table(shell, word);
}

static bool takes(const trawl_command *command, const char *option)
{
    for (size_t i = 0; i < command->n_args; i++) {
        if (tw_arg_is_option(tw_command_arg(command, i), option))
            return true;
    }
    return false;
}

/* Is the option one of the command that the words are typing? */
static bool belongs(void *context, const char *const *words, size_t n_words, const char *option)
{
    const struct tw_shell *shell = context;
    const struct tw_command *command;
    size_t i_first = 0, n_common;
    const trawl_arg *common = tw_common_args(&n_common);

    while (i_first + 1 < n_words && !is_known_word(shell, words[i_first]))
        i_first++; /* captures */
    for (size_t i = i_first; i < n_words; i++)
        if (strcmp(words[i], "|") == 0 && i + 1 < n_words)
            i_first = i + 1;
    if (strpbrk(words[i_first], " \t|;'\""))
        return false; /* a whole command line in one word */
    command = tw_registry_command(shell->registry, words[i_first]);
    if (!command && !is_table(shell, words[i_first]))
        return false;
    for (size_t i = 0; i < n_common; i++) {
        if (tw_arg_is_option(&common[i], option))
            return true;
    }
    return (command && takes(command->command, option)) ||
           (is_table(shell, words[i_first]) && takes(tw_table_command(), option));
}

static bool belongs_all(void *context, const char *const *words, size_t n_words, const char *option)
{
    (void)context;
    (void)words;
    (void)n_words;
    (void)option;
    return true;
}

static int apply(struct tw_shell *shell, const struct tw_program_options *o, trawl_error *err)
{
    struct tw_settings *s = &shell->settings;
    int rc = TRAWL_OK;
    char number[TW_TEXT_MAX];

    shell->quiet = o->quiet;
    shell->tolerant = o->tolerant;
    shell->fail_empty = o->fail_empty;
    shell->wide = o->wide;
    if (o->threads) {
        number[tw_format_u64(number, o->threads)] = 0;
        rc = tw_settings_set(s, "threads", number, err);
    }
    if (rc == TRAWL_OK && o->memory_limit != UINT64_MAX) {
        number[tw_format_u64(number, o->memory_limit)] = 0;
        rc = tw_settings_set(s, "memory-limit", number, err);
    }
    if (rc == TRAWL_OK && o->color)
        rc = tw_settings_set(s, "color", o->color, err);
    if (rc == TRAWL_OK && o->time)
        rc = tw_settings_set(s, "time", o->time, err);
    return rc;
}

/* --format can name a plugin's writer, so it waits for the plugins. */
static int apply_format(struct tw_shell *shell, const struct tw_program_options *o,
                        trawl_error *err)
{
    if (!o->format)
        return TRAWL_OK;
    if (tw_hashmap_get(&shell->registry->writers, o->format))
        return tw_value_store(tw_setting_at(&shell->settings, 0), o->format, &shell->settings, true,
                              err);
    return tw_settings_set(&shell->settings, "format", o->format, err);
}

static int run_text(struct tw_shell *shell, const char *text)
{
    return tw_shell_line(shell, text, strlen(text));
}

/* The tables of text among the files, each by a `load` of its own; *n: the captures are left. */
static int load_tables(struct tw_shell *shell, const char **paths, size_t *n)
{
    struct tw_buffer line = TW_BUFFER_INIT;
    size_t n_captures = 0;
    int status = 0;

    for (size_t i = 0; i < *n; i++) {
        if (strcmp(paths[i], "-") == 0 || tw_file_kind(paths[i]) != TW_FILE_TABLE) {
            paths[n_captures++] = paths[i];
            continue;
        }
        tw_buffer_clear(&line);
        tw_buffer_puts(&line, "load ");
        tw_line_quote(&line, paths[i]);
        if (!status)
            status = run_text(shell, line.data ? line.data : "");
    }
    *n = n_captures;
    tw_buffer_fini(&line);
    return status;
}

/* Load captures: those of -r, then the files among the words. */
static int load(struct tw_shell *shell, const struct tw_program_options *o,
                const char *const *paths, size_t n, trawl_error *err)
{
    const trawl_load_options load = {.size = sizeof(load),
                                     .merge = o->merge,
                                     .paths = paths,
                                     .n_paths = n,
                                     .bpf = o->bpf,
                                     .expr = o->expr};
    size_t first;
    int rc;

    if (n == 0)
        return TRAWL_OK;
    tw_session_enter(shell->session); /* trawlrc may have begun to capture */
    tw_shell_progress_start(shell);
    rc = tw_session_load(shell->session, &load, &first, err);
    tw_progress_stop();
    tw_shell_warn_damage(shell);
    tw_session_leave(shell->session);
    return rc;
}

/* The words as one command line: a single word is the line; several are quoted as they came, but
 * for a lone | or > and a program after |. */
static void join_words(const char *const *words, size_t n, struct tw_buffer *line)
{
    if (n == 1) {
        tw_buffer_puts(line, words[0]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        static const char *const operators[] = {"|", ">", ">>", ";", "||", ">="};
        bool plain = false;

        for (size_t k = 0; k < TW_COUNT(operators); k++)
            plain = plain || strcmp(words[i], operators[k]) == 0;
        plain = plain || (words[i][0] == '!' && i > 0 && strcmp(words[i - 1], "|") == 0);
        plain = plain && !(i > 0 && strcmp(words[i - 1], "--delimiter") == 0);
        if (i)
            tw_buffer_putc(line, ' ');
        if (plain)
            tw_buffer_puts(line, words[i]);
        else
            tw_line_quote(line, words[i]);
    }
}

/* What the words after the options are. */
struct plan {
    size_t n_captures;     /* leading words that are captures, or tables of text */
    const char *script;    /* the word that is a script, or NULL */
    struct tw_buffer line; /* a command line, when not empty */
};

/* A word that can only mean a file: by its name, and no command begins it. */
static bool is_missing_file(const struct tw_shell *shell, const char *word)
{
    const size_t n_first = strcspn(word, " ");
    char first[64];

    if (!word[n_first])
        return strchr(word, '/') || tw_names_file(word);
    snprintf(first, sizeof(first), "%.*s", (int)TW_MIN(n_first, sizeof(first)), word);
    return tw_names_file(word) && !strpbrk(word, "|;=>!$") && !is_known_word(shell, first);
}

/* One bare word that is neither a command nor like one, no file, and no capture's name as long as
 * none is loaded. */
static bool is_nothing(const struct tw_shell *shell, const char *word)
{
    return *word && !strpbrk(word, " \t\n|;>=!$#?'\"") &&
           !tw_hashmap_get(&shell->registry->plots, word) &&
           !tw_stage_nearest(shell->registry, word);
}

static int plan_words(const struct tw_shell *shell, const struct tw_program_options *o,
                      struct plan *plan, trawl_error *err)
{
    *plan = (struct plan){.line = TW_BUFFER_INIT};
    for (size_t i = 0; i < o->n_words; i++) {
        const char *word = o->words[i];
        enum tw_file_kind kind;

        if (strcmp(word, "-") != 0 && is_known_word(shell, word)) {
            join_words(o->words + i, o->n_words - i, &plan->line);
            return TRAWL_OK;
        }
        kind = strcmp(word, "-") == 0 ? TW_FILE_SCRIPT : tw_file_kind(word);
        if (kind == TW_FILE_CAPTURE || kind == TW_FILE_TABLE) {
            plan->n_captures++;
        } else if (kind == TW_FILE_SCRIPT) {
            if (i + 1 < o->n_words)
                return tw_fail(err, TRAWL_E_USAGE, "unexpected '%s' after the script '%s'",
                               o->words[i + 1], word);
            plan->script = word;
            return TRAWL_OK;
        } else if (!strchr(word, '|') && is_missing_file(shell, word)) {
            return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", word, tw_reason(ENOENT));
        } else if (i + o->read.n + o->commands.n == 0 && is_nothing(shell, word)) {
            tw_fail(err, TRAWL_E_USAGE, "'%s' is neither a command nor a file", word);
            tw_error_hint(err, "'help' lists the commands, 'tables' the tables.");
            return TRAWL_E_USAGE;
        } else {
            join_words(o->words + i, o->n_words - i, &plan->line);
            return TRAWL_OK;
        }
    }
    return TRAWL_OK;
}

static void run_init_file(struct tw_shell *shell)
{
    char *path = tw_xdg_path("XDG_CONFIG_HOME", ".config", "trawlrc");

    if (path && access(path, R_OK) == 0)
        tw_script_run(shell, path, true);
    shell->status = 0;
    tw_free(path);
}

static void run_commands(struct tw_shell *shell, const struct tw_program_options *o,
                         const struct plan *plan)
{
    for (size_t i = 0; i < o->commands.n && !shell->session->quit && !tw_signals_stop(); i++) {
        const int status = run_text(shell, o->commands.items[i]);

        if (status && (!o->keep_going || status == TW_EXIT_INTERRUPTED || status == TW_EXIT_PIPE))
            return;
    }
    if (plan->line.len)
        run_text(shell, plan->line.data);
    else if (plan->script)
        tw_script_run(shell, plan->script, o->keep_going);
}

/* What is loaded, as `load` shows it, and the way on. */
static void greet(struct tw_shell *shell)
{
    static const char hint[] = "help lists the commands, TAB completes, Ctrl-D leaves\n";

    if (shell->quiet || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return;
    if (shell->session->current && isatty(STDOUT_FILENO))
        run_text(shell, "captures");
    tw_write_all(STDERR_FILENO, "stderr", hint, sizeof(hint) - 1, NULL);
}

static int run(struct tw_shell *shell, const struct tw_program_options *o)
{
    tw_error err = TW_ERROR_INIT;
    struct plan plan = {.line = TW_BUFFER_INIT};
    const char **paths = tw_alloc_array(o->read.n + o->n_words + 1, sizeof(*paths));
    size_t n_paths;
    bool batch;
    int rc = paths ? plan_words(shell, o, &plan, &err) : tw_fail_nomem(&err);

    if (rc == TRAWL_OK && o->batch && (plan.script || plan.line.len))
        rc = tw_fail(&err, TRAWL_E_USAGE, "'%s' is to be run, and '%s' too", o->batch,
                     plan.script ? plan.script : plan.line.data);
    else if (rc == TRAWL_OK && o->batch)
        plan.script = o->batch;
    if (rc != TRAWL_OK) {
        tw_buffer_fini(&plan.line);
        tw_free(paths);
        return show_error(shell, &err);
    }
    batch = o->commands.n || plan.line.len || plan.script || !isatty(STDIN_FILENO);
    shell->interactive = !batch || o->interactive;
    tw_signals_init(shell->interactive);
    if (!o->no_init && shell->interactive)
        run_init_file(shell);
    for (size_t i = 0; i < o->read.n; i++)
        paths[i] = o->read.items[i];
    for (size_t i = 0; i < plan.n_captures; i++)
        paths[o->read.n + i] = o->words[i];
    n_paths = o->read.n + plan.n_captures;
    if (load_tables(shell, paths, &n_paths) == 0)
        rc = load(shell, o, paths, n_paths, &err);
    if (rc != TRAWL_OK) { /* a place in an error is one in -Y's expression */
        tw_shell_error(shell, o->expr, &err);
        shell->status = tw_shell_status(err.code);
    }
    if ((rc == TRAWL_OK && !shell->status) || (shell->interactive && !batch)) {
        if (batch && !o->commands.n && !plan.line.len && !plan.script)
            plan.script = "-"; /* no words, and stdin is no terminal */
        run_commands(shell, o, &plan);
        if (shell->interactive && !batch && !shell->session->quit)
            greet(shell);
        if (shell->interactive && !shell->session->quit)
            tw_lineedit_run(shell);
    }
    tw_buffer_fini(&plan.line);
    tw_free(paths);
    tw_session_beside_free(shell->session); /* what it reads may be damaged too */
    if (tw_signals_stop())
        return 128 + tw_signals_stop();
    if ((shell->status == 0 || shell->status == TW_EXIT_EMPTY) && shell->session->damaged &&
        !shell->tolerant)
        return TW_EXIT_DAMAGED;
    return shell->interactive && !batch ? 0 : shell->status;
}

static uint32_t cache_flags(const struct tw_program_options *o)
{
    return (o->no_cache ? TRAWL_LOAD_NO_CACHE : 0) | (o->cache ? TRAWL_LOAD_CACHE : 0) |
           (o->force_overwrite ? TRAWL_LOAD_FORCE_OVERWRITE : 0) |
           (o->force_load ? TRAWL_LOAD_FORCE_LOAD : 0);
}

static int start(struct tw_shell *shell, int argc, char **argv, struct tw_program_options *o)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_buffer text = TW_BUFFER_INIT;
    unsigned columns, rows;
    size_t n_early;

    tw_terminal_size(STDOUT_FILENO, &columns, &rows);
    tw_help_fit(columns);
    if (tw_program_options_parse(argc, argv, belongs_all, NULL, o, &err) != TRAWL_OK)
        return show_error(shell, &err);
    if (o->help || o->version) {
        if (o->version)
            tw_version_text(&text);
        else
            tw_program_help(&text);
        return put_text(shell, &text);
    }
    if (apply(shell, o, &err) != TRAWL_OK)
        return show_error(shell, &err);
    n_early = o->plugin_dirs.n;
    if (tw_shell_load_plugins(shell, &o->plugin_dirs, &err) != TRAWL_OK)
        return show_error(shell, &err);
    /* Again, now that the commands' own options are known. */
    tw_program_options_fini(o);
    if (tw_program_options_parse(argc, argv, belongs, shell, o, &err) != TRAWL_OK ||
        apply(shell, o, &err) != TRAWL_OK || apply_format(shell, o, &err) != TRAWL_OK)
        return show_error(shell, &err);
    for (size_t i = n_early; i < o->plugin_dirs.n; i++)
        if (tw_registry_load_folder(shell->registry, o->plugin_dirs.items[i], &err) != TRAWL_OK)
            return show_error(shell, &err);
    if (tw_shell_open_cache(shell, cache_flags(o), &err) != TRAWL_OK)
        return show_error(shell, &err);
    if (o->emit) {
        if (tw_emit(shell, o->emit, o->n_words ? o->words[0] : ".", &err) != TRAWL_OK)
            return show_error(shell, &err);
        return 0;
    }
    return run(shell, o);
}

int main(int argc, char **argv)
{
    struct tw_shell shell;
    struct tw_program_options options = {0};
    tw_error err = TW_ERROR_INIT;
    int status;

#ifdef M_MMAP_THRESHOLD
    /* a block that comes and goes keeps its pages: fresh ones cost more than what is done with them
     */
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    tw_alloc_large_pages();
#endif
    tw_signals_init(false);
    if (tw_shell_init(&shell, &err) != TRAWL_OK)
        status = show_error(&shell, &err);
    else
        status = start(&shell, argc, argv, &options);
#ifdef TRAWL_LEAVES_AT_ONCE
    /* To give back each piece of memory before all of it goes is work for nobody. What grows has
     * threads and files to end. */
    if (!shell.session || !tw_session_grows(shell.session))
        return status;
#endif
    tw_program_options_fini(&options);
    tw_shell_fini(&shell);
    tw_pool_fini();
    return status;
}
