/* Running a line: stages are bound and checked from the first to the last, then run.
 * Must not know how tables are shown. */
#include <unistd.h>

#include "core/base/task.h"
#include "core/base/now.h"
#include "core/plugin/arguments.h"
#include "shell/deliver.h"
#include "shell/export.h"
#include "shell/help.h"
#include "shell/line.h"
#include "shell/output.h"
#include "shell/progress.h"
#include "shell/shell.h"

/* One pipeline on its way. */
struct run {
    struct tw_shell *shell;
    const char *line;
    const struct tw_line_pipeline *pipeline;
    struct tw_stage **stages;
    size_t n_stages;     /* bound so far; programs are not counted */
    const char *program; /* last stage, or NULL */
    struct tw_common_options options;
    const struct tw_line_stage *anonymize; /* that --anonymize was last given to */
    const struct tw_stage *anonymized;     /* the same */
    bool inner;                            /* asked for by a plugin, which gets the table */
    struct tw_buffer text;
};

bool tw_shell_takes_expr(void *context, const char *command)
{
    const struct tw_command *c = tw_registry_command(context, command);

    for (size_t i = 0; c && i < c->command->n_args; i++) {
        const trawl_arg *arg = tw_command_arg(c->command, i);

        if (arg->kind == TRAWL_ARG_EXPR && arg->flags & TRAWL_ARG_POSITIONAL)
            return true;
    }
    return false;
}

int tw_shell_status(int code)
{
    switch (code) {
    case TRAWL_OK:
        return TW_EXIT_OK;
    case TRAWL_E_USAGE:
        return TW_EXIT_USAGE;
    case TRAWL_E_CANCELLED:
        return TW_EXIT_INTERRUPTED;
    case TRAWL_E_PIPE:
        return TW_EXIT_PIPE;
    case TRAWL_E_DIFFERENT:
        return TW_EXIT_DIFFERENT;
    default:
        return TW_EXIT_FAILED;
    }
}

static void take_options(struct run *r, const struct tw_common_options *o)
{
    r->options.format = o->format ? o->format : r->options.format;
    r->options.time = o->time ? o->time : r->options.time;
    r->options.output = o->output ? o->output : r->options.output;
    r->options.delimiter = o->delimiter ? o->delimiter : r->options.delimiter;
    r->options.rotate = o->rotate ? o->rotate : r->options.rotate;
    r->options.rotate_files = o->rotate_files ? o->rotate_files : r->options.rotate_files;
    r->options.anonymize = o->anonymize ? o->anonymize : r->options.anonymize;
    r->options.anonymize_key = o->anonymize_key ? o->anonymize_key : r->options.anonymize_key;
    r->options.wide = r->options.wide || o->wide || r->shell->wide;
    r->options.csv_safe = r->options.csv_safe || o->csv_safe;
    r->options.fail_empty = r->options.fail_empty || o->fail_empty;
    r->options.help = r->options.help || o->help;
}

static int fail_stage(const struct tw_line_stage *stage, trawl_error *err, int code,
                      const char *message)
{
    tw_fail(err, code, "%s", message);
    tw_error_span(err, stage->start, stage->len);
    return code;
}

/* A screen has the terminal for itself: there has to be one, and nothing to write elsewhere. */
static int check_screen(const struct run *r, size_t i, trawl_error *err)
{
    const trawl_command *c = tw_stage_command(r->stages[i]);

    if (!c || !(c->flags & TRAWL_COMMAND_SCREEN) || r->options.help)
        return TRAWL_OK;
    if (r->inner)
        tw_fail(err, TRAWL_E_USAGE, "'%s' draws on the terminal: not within another", c->name);
    else if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        tw_fail(err, TRAWL_E_UNSUPPORTED, "'%s' draws on the terminal, and %s is none", c->name,
                isatty(STDIN_FILENO) ? "stdout" : "stdin");
    else if (r->pipeline->output || r->options.output)
        tw_fail(err, TRAWL_E_USAGE, "'%s' draws on the terminal: it has nothing for a file",
                c->name);
    else
        return TRAWL_OK;
    return fail_stage(&r->pipeline->stages[i], err, err ? err->code : TRAWL_E_USAGE, "");
}

/* --anonymize a,b: one more stage at the end, anonymize a b; what is wrong with it is where it was
 * given. */
static int bind_anonymize(struct run *r, const tw_schema **schema, trawl_error *err)
{
    struct tw_word *words, word;
    size_t n = 0;
    char *copy = tw_strdup(r->options.anonymize);
    int rc;

    words = tw_alloc_array(strlen(r->options.anonymize) + 4, sizeof(*words));
    if (!copy || !words) {
        tw_free(copy);
        tw_free(words);
        return tw_fail_nomem(err);
    }
    word = (struct tw_word){
        .text = "anonymize", .start = r->anonymize->start, .len = r->anonymize->len};
    words[n++] = word;
    if (r->options.anonymize_key) {
        word.text = "--key";
        words[n++] = word;
        word.text = r->options.anonymize_key;
        words[n++] = word;
    }
    word.quoted = true;
    for (char *at = copy, *end; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = 0;
        word.text = at;
        if (tw_stage_find(r->anonymized, r->options.anonymize + (at - copy), &word.start))
            word.len = strlen(at);
        words[n++] = word;
    }
    rc = tw_stage_bind(r->shell->registry, r->line, words, n, *schema, &r->stages[r->n_stages],
                       err);
    if (rc == TRAWL_OK)
        *schema = tw_stage_schema(r->stages[r->n_stages++]);
    tw_free(copy);
    tw_free(words);
    return rc;
}

static int bind_stages(struct run *r, const tw_schema *schema, trawl_error *err)
{
    const struct tw_line_pipeline *p = r->pipeline;
    char delimiter;

    for (size_t i = 0; i < p->n_stages; i++) {
        struct tw_line_stage *stage = &p->stages[i];
        int rc;

        if (i > 0 && r->n_stages == i && !schema && !r->options.help)
            return fail_stage(&p->stages[i - 1], err, TRAWL_E_USAGE,
                              "this gives no table for the next stage");
        if (stage->program) {
            if (i + 1 < p->n_stages)
                return fail_stage(stage, err, TRAWL_E_USAGE,
                                  "an outside program has to end the pipeline");
            r->program = stage->program;
            continue;
        }
        rc = tw_stage_bind(r->shell->registry, r->line, stage->words, stage->n_words, schema,
                           &r->stages[i], err);
        if (rc != TRAWL_OK)
            return rc;
        r->n_stages++;
        take_options(r, tw_stage_options(r->stages[i]));
        if (tw_stage_options(r->stages[i])->anonymize) {
            r->anonymize = stage;
            r->anonymized = r->stages[i];
        }
        rc = check_screen(r, i, err);
        if (rc != TRAWL_OK)
            return rc;
        if (r->options.help)
            return TRAWL_OK;
        schema = tw_stage_schema(r->stages[i]);
    }
    if (r->options.anonymize_key && !r->options.anonymize)
        return fail_stage(&p->stages[0], err, TRAWL_E_USAGE,
                          "--anonymize-key needs --anonymize COLUMNS");
    if (r->options.anonymize) {
        int rc = schema ? bind_anonymize(r, &schema, err)
                        : fail_stage(&p->stages[0], err, TRAWL_E_USAGE,
                                     "this gives no table to anonymize");

        if (rc != TRAWL_OK)
            return rc;
    }
    if (r->options.delimiter && !tw_delimiter_of(r->options.delimiter, &delimiter, err))
        return TRAWL_E_USAGE;
    if (r->options.format && !tw_format_check(r->shell->registry, r->options.format, err))
        return TRAWL_E_USAGE;
    if (p->variable && !schema)
        return fail_stage(&p->stages[p->n_stages - 1], err, TRAWL_E_USAGE,
                          "this gives no table to keep");
    return TRAWL_OK;
}

static int run_stages(struct run *r, tw_table *in, tw_table **ret, trawl_error *err)
{
    tw_table *table = in ? tw_table_retain(in) : NULL;
    int status = TRAWL_OK; /* of a result that is whole: the stages after it still run */

    for (size_t i = 0; i < r->n_stages; i++) {
        tw_table *next = NULL;
        int rc = tw_stage_run(r->stages[i], table, &next, err);

        tw_table_release(table);
        table = next;
        if (rc != TRAWL_OK && rc != TRAWL_E_DIFFERENT) {
            tw_table_release(table);
            return rc;
        }
        if (rc != TRAWL_OK)
            status = rc;
        if (!table)
            break;
    }
    *ret = table;
    return status;
}

/* "use a > FILE": what wrote tables while it ran has said all. */
static void say_no_file(const struct run *r)
{
    const char *path = r->pipeline->output ? r->pipeline->output : r->options.output;
    const trawl_command *c = r->n_stages ? tw_stage_command(r->stages[r->n_stages - 1]) : NULL;

    if (path && c && !r->shell->n_shown)
        tw_log(2, "'%s' gives no table: '%s' is not written", c->name, path);
}

/* What the rows are sorted by, as far as the stages since then keep rows and columns. */
static const trawl_words *order_of(const struct run *r)
{
    for (size_t i = r->n_stages; i-- > 0;) {
        const trawl_words *order = tw_stage_order(r->stages[i]);
        const trawl_command *command = tw_stage_command(r->stages[i]);

        if (order || !command || !(command->flags & TRAWL_COMMAND_SAME_COLUMNS))
            return order;
    }
    return NULL;
}

static int finish(struct run *r, tw_table *table, int64_t started_ns, trawl_error *err)
{
    struct tw_delivery delivery = {.pipeline = r->pipeline,
                                   .options = r->options,
                                   .program = r->program,
                                   .text = r->text.data,
                                   .order = order_of(r),
                                   .stage = r->n_stages ? r->stages[r->n_stages - 1] : NULL};
    int rc;

    if (!table) {
        say_no_file(r);
        return TRAWL_OK;
    }
    if (r->pipeline->variable)
        return tw_session_keep(r->shell->session, r->pipeline->variable, table, err);
    delivery.elapsed_ns = tw_now_ns(CLOCK_MONOTONIC) - started_ns;
    rc = tw_deliver(r->shell, table, &delivery, err);
    if (rc == TRAWL_OK && table->n_rows == 0 && (r->options.fail_empty || r->shell->fail_empty))
        r->shell->status = r->shell->status ? r->shell->status : TW_EXIT_EMPTY;
    return rc;
}

static int run_pipeline(struct tw_shell *shell, const char *line,
                        const struct tw_line_pipeline *pipeline, trawl_error *err)
{
    struct run r = {.shell = shell, .line = line, .pipeline = pipeline, .text = TW_BUFFER_INIT};
    const struct tw_line_stage *first = &pipeline->stages[0];
    const struct tw_line_stage *last = &pipeline->stages[pipeline->n_stages - 1];
    const int64_t started = tw_now_ns(CLOCK_MONOTONIC);
    tw_table *table = NULL;
    int rc, rc_finish;

    if (first->program && pipeline->n_stages == 1) {
        tw_session_leave(shell->session); /* it needs no captures: they grow meanwhile */
        rc = tw_deliver_program(first->program, err);
        tw_session_enter(shell->session);
        return rc;
    }
    r.stages = tw_alloc_array(pipeline->n_stages + 1, sizeof(*r.stages)); /* --anonymize */
    if (!r.stages)
        return tw_fail_nomem(err);
    tw_buffer_append(&r.text, line + first->start, last->start + last->len - first->start);
    rc = bind_stages(&r, NULL, err);
    shell->pipeline = pipeline;
    shell->n_shown = 0;
    if (rc == TRAWL_OK && r.options.help) /* the stage that was asked knows its topic */
        rc = tw_stage_run(r.stages[r.n_stages - 1], NULL, &table, err);
    else if (rc == TRAWL_OK)
        rc = run_stages(&r, NULL, &table, err);
    shell->pipeline = NULL;
    tw_shell_warn_damage(shell);
    if (rc == TRAWL_OK || (rc == TRAWL_E_DIFFERENT && table)) {
        rc_finish = finish(&r, table, started, err);
        rc = rc == TRAWL_OK ? rc_finish : rc;
    }
    tw_table_release(table);
    for (size_t i = 0; i <= pipeline->n_stages; i++)
        tw_stage_free(r.stages[i]);
    tw_free(r.stages);
    tw_buffer_fini(&r.text);
    return rc;
}

/* Nothing but stages of commands. */
static int check_inner(const struct tw_line *line, trawl_error *err)
{
    const struct tw_line_pipeline *p = line->pipelines;

    if (line->n_pipelines != 1)
        return tw_fail(err, TRAWL_E_USAGE,
                       line->n_pipelines ? "one pipeline only, without ';'"
                                         : "there is no command");
    if (p->output || p->variable)
        return tw_fail(err, TRAWL_E_USAGE, "no '>' and no '$name =' here");
    for (size_t i = 0; i < p->n_stages; i++) {
        if (p->stages[i].program)
            return fail_stage(&p->stages[i], err, TRAWL_E_USAGE, "no outside program here");
    }
    return TRAWL_OK;
}

int tw_shell_pipeline(struct tw_shell *shell, const char *text, tw_table *in, tw_table **ret,
                      trawl_error *err)
{
    struct run r = {.shell = shell, .line = text, .inner = true, .text = TW_BUFFER_INIT};
    struct tw_line line;
    int rc = tw_line_parse(text, strlen(text), tw_shell_takes_expr, shell->registry, &line, err);

    if (rc == TRAWL_OK)
        rc = check_inner(&line, err);
    if (rc == TRAWL_OK) {
        r.pipeline = &line.pipelines[0];
        r.stages = tw_alloc_array(r.pipeline->n_stages + 1, sizeof(*r.stages));
        rc = r.stages ? bind_stages(&r, in ? in->schema : NULL, err) : tw_fail_nomem(err);
        if (rc == TRAWL_OK && r.options.help)
            rc = tw_stage_run(r.stages[r.n_stages - 1], NULL, ret, err);
        else if (rc == TRAWL_OK)
            rc = run_stages(&r, in, ret, err);
        for (size_t i = 0; r.stages && i <= r.pipeline->n_stages; i++)
            tw_stage_free(r.stages[i]);
        tw_free(r.stages);
    }
    tw_line_fini(&line);
    return rc;
}

void tw_shell_progress_start(const struct tw_shell *shell)
{
    if (!shell->quiet && strcmp(shell->settings.progress, "never") != 0 &&
        (isatty(STDERR_FILENO) || strcmp(shell->settings.progress, "always") == 0))
        tw_progress_start();
}

int tw_shell_line(struct tw_shell *shell, const char *text, size_t n)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;
    unsigned columns, rows;
    int rc;

    /* Ctrl-C since the line was read is about it: the flag is cleared after a line, not here. */
    tw_terminal_size(STDOUT_FILENO, &columns, &rows);
    tw_help_fit(columns);
    rc = tw_line_parse(text, n, tw_shell_takes_expr, shell->registry, &line, &err);
    for (size_t i = 0; rc == TRAWL_OK && i < line.n_pipelines && !shell->session->quit; i++) {
        tw_session_enter(shell->session);
        tw_shell_progress_start(shell);
        rc = run_pipeline(shell, text, &line.pipelines[i], &err);
        tw_progress_stop();
        tw_session_leave(shell->session);
    }
    tw_line_fini(&line);
    if (rc == TRAWL_E_DIFFERENT && err.code == TRAWL_OK)
        err.code = rc;
    if (rc != TRAWL_OK && err.code != TRAWL_OK)
        rc =
            err.code; /* what was said first: a caller on the way may have had only NULL to go by */
    if (rc == TRAWL_E_CANCELLED && shell->interactive)
        tw_write_all(STDERR_FILENO, "stderr", "stopped\n", 8, NULL);
    else if (rc != TRAWL_OK && rc != TRAWL_E_DIFFERENT && rc != TRAWL_E_CANCELLED)
        tw_shell_error(shell, text, &err);
    rc = tw_shell_status(rc);
    if (rc && (!shell->status || shell->status == TW_EXIT_EMPTY))
        shell->status = rc;
    return rc;
}
