/* Where a finished table goes: terminal, pager, file, program; in which format.
 * Must not know how it was made. */
#include "shell/deliver.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/child.h"
#include "shell/export.h"
#include "shell/progress.h"
#include "shell/render.h"

/* The format that was decided on: one of the three is set. */
struct choice {
    const struct tw_format *format;
    const trawl_writer *writer;
    const char *text; /* "text" or "vertical" */
    bool asked;       /* named by the user, not the default */
};

static bool choose_named(const struct tw_registry *registry, const char *name, struct choice *ret)
{
    *ret = (struct choice){.asked = true};
    if (strcmp(name, "text") == 0 || strcmp(name, "vertical") == 0) {
        ret->text = name;
        return true;
    }
    ret->format = tw_format_find(name);
    if (!ret->format)
        ret->writer = tw_hashmap_get(&registry->writers, name);
    return ret->format || ret->writer;
}

bool tw_format_check(const struct tw_registry *registry, const char *name, trawl_error *err)
{
    struct choice ignored;

    return choose_named(registry, name, &ignored) || tw_format_known(name, err);
}

/* The plugin's writer whose extension a file has. */
static const trawl_writer *writer_of_file(const struct tw_registry *registry, const char *path)
{
    const size_t n = tw_path_uncompressed(path);

    for (size_t i = 0; i < registry->writers.n_entries; i++) {
        const struct tw_hashmap_entry *entry = &registry->writers.entries[i];
        const trawl_writer *writer = entry->value;
        const size_t n_end = entry->key && writer->extension ? strlen(writer->extension) : 0;

        if (n_end && n > n_end && memcmp(path + n - n_end, writer->extension, n_end) == 0)
            return writer;
    }
    return NULL;
}

static int choose(const struct tw_shell *shell, const struct tw_delivery *d, const char *file,
                  bool to_terminal, struct choice *ret, trawl_error *err)
{
    const char *named = d->options.format;

    if (!named && d->options.delimiter)
        named = "csv"; /* the one format that has it */
    if (!named && file) {
        *ret = (struct choice){.format = tw_format_of_file(file),
                               .writer = writer_of_file(shell->registry, file),
                               .asked = true};
        if (ret->format || ret->writer)
            return TRAWL_OK;
    }
    if (!named && strcmp(shell->settings.format, "auto") != 0 && !d->program)
        named = shell->settings.format;
    if (!named) {
        *ret = to_terminal ? (struct choice){.text = "text"}
                           : (struct choice){.format = &tw_format_tsv};
        return TRAWL_OK;
    }
    if (!choose_named(shell->registry, named, ret)) {
        tw_format_known(named, err);
        return TRAWL_E_USAGE;
    }
    return TRAWL_OK;
}

static enum tw_time_style time_style_of(const char *name)
{
    if (strcmp(name, "local") == 0)
        return TW_TIME_LOCAL;
    if (strcmp(name, "epoch") == 0)
        return TW_TIME_EPOCH;
    return strcmp(name, "relative") == 0 ? TW_TIME_RELATIVE : TW_TIME_UTC;
}

/* Time of the first packet of the current capture. */
static int64_t origin_of(const tw_capture *capture)
{
    const struct tw_packets *p = capture ? capture->packets : NULL;
    const int64_t *times = p && p->time ? TW_CELLS(p->time, const int64_t) : NULL;

    for (uint64_t i = 0; times && i < p->n_rows; i++)
        if (times[i] != INT64_MIN)
            return times[i];
    return 0;
}

struct tw_cell_style tw_shell_cell_style(const struct tw_shell *shell, const char *time)
{
    struct tw_cell_style style = {.time_style = time_style_of(time ? time : shell->settings.time),
                                  .time_decimals = 0};
    const struct tw_hashmap *captures = &shell->session->captures;
    bool any = false;

    for (size_t i = 0; i < captures->n_entries; i++) {
        const tw_capture *capture = captures->entries[i].key ? captures->entries[i].value : NULL;

        for (size_t k = 0; capture && capture->input && k < capture->input->n_interfaces; k++) {
            style.time_decimals = TW_MAX(style.time_decimals,
                                         (int)capture->input->interfaces[k].time_decimals);
            any = true;
        }
    }
    if (style.time_style == TW_TIME_EPOCH || !any)
        style.time_decimals = any ? 9 : 6; /* as tshark writes frame.time_epoch */
    if (style.time_style == TW_TIME_RELATIVE)
        style.origin_ns = origin_of(shell->session->current);
    return style;
}

/* ---- writing ---- */

static int write_through(void *sink, const void *data, size_t n, trawl_error *err)
{
    return tw_out_write(sink, data, n, err);
}

static int run_writer(struct tw_shell *shell, tw_table *table, const trawl_writer *writer,
                      struct tw_stage *stage, struct tw_out *out, trawl_error *err)
{
    struct trawl_call call;
    size_t *visible = NULL, n = 0;
    tw_table *shown = NULL;
    void *state = NULL;
    int rc = tw_visible_columns(table, &visible, &n, err), rc_end;

    tw_call_init(&call, shell->registry, stage);
    if (rc == TRAWL_OK) {
        const char **names = tw_alloc_array(n + 1, sizeof(*names));

        shown = names ? tw_table_project(table, visible, names, n, err) : NULL;
        tw_free(names);
        rc = shown ? TRAWL_OK : tw_fail_nomem(err);
    }
    if (rc == TRAWL_OK) {
        rc = writer->begin(&call, shown->schema, &state, write_through, out, err);
        if (rc == TRAWL_OK) {
            rc = writer->rows(&call, state, shown, 0, shown->n_rows, err);
            rc_end = writer->end(&call, state, err);
            rc = rc == TRAWL_OK ? rc_end : rc;
        }
    }
    tw_table_release(shown);
    tw_free(visible);
    tw_call_fini(&call);
    return rc;
}

struct target {
    unsigned columns; /* width for text; 0: no limit */
    bool terminal;
    bool color;
    bool append_more; /* there is content already: no second header */
    uint64_t n_rows;  /* of the whole table, where this is what fits of it; else 0 */
};

/* No capture says how exact times are: what the table has does. */
static bool has_nanoseconds(tw_table *table)
{
    for (size_t i = 0; i < table->schema->n_columns; i++) {
        const struct tw_column *column;
        const int64_t *times;

        if (table->schema->columns[i].type != TRAWL_TIME ||
            table->schema->columns[i].flags & (TRAWL_COLUMN_HIDDEN | TRAWL_COLUMN_LIST) ||
            tw_table_column(table, i, &column, NULL) != TRAWL_OK)
            continue;
        times = (const int64_t *)(const void *)column->data.base;
        for (uint64_t k = 0; k < table->n_rows; k++)
            if (times[k] % 1000)
                return true;
    }
    return false;
}

static int write_table(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                       const struct choice *choice, const struct target *target, struct tw_out *out,
                       trawl_error *err)
{
    struct tw_cell_style cell = tw_shell_cell_style(shell, d->options.time);
    char delimiter = 0;
    int rc = TRAWL_OK;

    if (d->options.delimiter && !tw_delimiter_of(d->options.delimiter, &delimiter, err))
        return TRAWL_E_USAGE;
    if (!shell->session->captures.n_live && has_nanoseconds(table))
        cell.time_decimals = 9;
    if (choice->writer) {
        rc = run_writer(shell, table, choice->writer, d->stage, out, err);
    } else if (choice->format && !(tw_table_is_plain(table) && !choice->asked)) {
        const struct tw_export_style style = {.cell = cell,
                                              .csv_safe = d->options.csv_safe,
                                              .delimiter = delimiter,
                                              .no_header = target->append_more,
                                              .command = d->text};

        rc = tw_export_table(table, choice->format, &style, out, err);
    } else {
        const struct tw_render_style style = {.cell = cell,
                                              .width = d->options.wide ? 0 : target->columns,
                                              .color = target->color,
                                              .human = strcmp(shell->settings.human, "off") != 0,
                                              .footer = !shell->quiet,
                                              .order = d->order,
                                              .n_rows = target->n_rows,
                                              .elapsed_ns = target->terminal ? d->elapsed_ns : -1};

        rc = tw_table_is_plain(table) ? tw_render_plain(table, &style, out, err)
             : choice->text && strcmp(choice->text, "vertical") == 0
                 ? tw_render_vertical(table, &style, out, err)
                 : tw_render_table(table, &style, out, err);
    }
    return rc == TRAWL_OK ? tw_out_flush(out, err) : rc;
}

static int fail_status(const char *program, int status, trawl_error *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRAWL_OK;
    if (WIFSIGNALED(status) && tw_cancelled() &&
        (WTERMSIG(status) == SIGINT || WTERMSIG(status) == tw_signals_stop()))
        return tw_fail_cancelled(err); /* it went to both */
    if (WIFSIGNALED(status))
        return tw_fail(err, TRAWL_E_IO, "the program '%s' was ended by signal %d", program,
                       WTERMSIG(status));
    return tw_fail(err, TRAWL_E_IO, "the program '%s' ended with status %d", program,
                   WEXITSTATUS(status));
}

static int to_program(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                      trawl_error *err)
{
    const struct target target = {0};
    struct tw_child child;
    struct choice choice;
    struct tw_out out;
    int status = 0, rc, rc_wait;

    rc = choose(shell, d, NULL, false, &choice, err);
    if (rc == TRAWL_OK)
        rc = tw_child_start(d->program, true, &child, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_out_init(&out, child.fd, d->program);
    rc = write_table(shell, table, d, &choice, &target, &out, err);
    tw_out_fini(&out);
    if (rc == TRAWL_E_PIPE) { /* it has read what it wanted */
        tw_error_clear(err);
        rc = TRAWL_OK;
    }
    rc_wait = tw_child_wait(&child, &status, err);
    if (rc == TRAWL_OK)
        rc = rc_wait == TRAWL_OK ? fail_status(d->program, status, err) : rc_wait;
    return rc;
}

int tw_deliver_program(const char *program, trawl_error *err)
{
    struct tw_child child;
    int status = 0;
    int rc = tw_child_start(program, false, &child, err);

    if (rc == TRAWL_OK)
        rc = tw_child_wait(&child, &status, err);
    return rc == TRAWL_OK ? fail_status(program, status, err) : rc;
}

static int to_file(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                   const char *path, bool append, trawl_error *err)
{
    struct target target = {0};
    struct tw_out_file file;
    struct choice choice;
    int rc = choose(shell, d, path, false, &choice, err), rc_close;

    if (rc == TRAWL_OK)
        rc = tw_session_may_write(shell->session, path, err);
    if (rc == TRAWL_OK)
        rc = tw_out_file_open(path, append, &file, err);
    if (rc != TRAWL_OK)
        return rc;
    target.append_more = file.old_size > 0;
    if (choice.writer && target.append_more) { /* it makes files, and knows of no beginning */
        rc = tw_fail(err, TRAWL_E_USAGE,
                     "'>>' cannot add to '%s': the format '%s' is written whole", path,
                     choice.writer->name);
        tw_error_hint(err, "'>' replaces the file.");
    }
    if (rc == TRAWL_OK)
        rc = write_table(shell, table, d, &choice, &target, &file.out, err);
    rc_close = tw_out_file_close(&file, rc == TRAWL_OK, err);
    rc = rc == TRAWL_OK ? rc_close : rc;
    if (rc == TRAWL_E_PIPE && strcmp(path, "-") != 0) { /* a FIFO: the line has failed, no more */
        tw_error_clear(err);
        rc = tw_fail(err, TRAWL_E_IO, "could not write '%s': its reader went away", path);
    }
    return rc;
}

/* --rotate: a file for each so many rows; none for no rows, as NFStream. */
static int to_files(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                    const char *path, trawl_error *err)
{
    const uint64_t rows = d->options.rotate, n = table->n_rows / rows + (table->n_rows % rows != 0);
    int rc = TRAWL_OK;

    for (uint64_t i = 0; i < n && rc == TRAWL_OK; i++) {
        const uint64_t left = table->n_rows - i * rows;
        char *name = tw_rotated_path(path,
                                     d->options.rotate_files ? i % d->options.rotate_files : i);
        tw_table *part = name ? tw_table_slice(table, i * rows, TW_MIN(rows, left), err) : NULL;

        rc = part   ? to_file(shell, part, d, name, false, err)
             : name ? TRAWL_E_NOMEM
                    : tw_fail_nomem(err);
        tw_table_release(part);
        tw_free(name);
    }
    return rc;
}

/* Lines that the table will take in text: header, rule, rows, footer. */
static bool fits_screen(const tw_table *table, const struct choice *choice, unsigned rows)
{
    uint64_t each = 1;

    if (choice->text && strcmp(choice->text, "vertical") == 0) {
        for (size_t i = 0; i < table->schema->n_columns; i++)
            each += !(table->schema->columns[i].flags & TRAWL_COLUMN_HIDDEN);
    }
    return table->n_rows <= rows && table->n_rows * each + 4 <= rows;
}

static const char *pager_command(void)
{
    const char *command = getenv("TRAWL_PAGER");

    if (!command)
        command = getenv("PAGER");
    return command ? command : "less -RSFX";
}

/* In the place of its shell where it needs none: who ends the child that trawl waits for ends the
 * pager, which would read on from the terminal otherwise. */
static int start_pager(struct tw_child *ret, trawl_error *err)
{
    const char *command = pager_command();
    char *direct = strpbrk(command, "|&;<>()$`\\\"'*?[#~=%\n") ? NULL
                                                               : tw_asprintf("exec %s", command);
    const int rc = tw_child_start(direct ? direct : command, true, ret, err);

    tw_free(direct);
    return rc;
}

static int to_pager(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                    const struct choice *choice, const struct target *target, trawl_error *err)
{
    static const char cut_off[] = "stopped: there are more rows\n";
    struct tw_child child;
    struct tw_out out;
    int status = 0;
    int rc = start_pager(&child, err);

    if (rc != TRAWL_OK)
        return rc;
    tw_progress_hide();
    tw_out_init(&out, child.fd, "pager");
    rc = write_table(shell, table, d, choice, target, &out, err);
    tw_out_fini(&out);
    if (rc == TRAWL_E_CANCELLED)
        tw_write_all(child.fd, "pager", cut_off, sizeof(cut_off) - 1, NULL);
    tw_child_wait(&child, &status, NULL);
    if (rc == TRAWL_E_PIPE || (rc == TRAWL_E_CANCELLED && !WIFSIGNALED(status))) {
        tw_error_clear(err); /* left early: not a failure */
        rc = TRAWL_OK;
    }
    tw_signals_clear(); /* Ctrl-C was for the pager */
    return rc;
}

/* A report of what was done, alone in its pipeline and in a format that it did not ask for. */
static bool is_unasked_report(const struct tw_delivery *d, const struct choice *choice)
{
    const trawl_command *command = d->stage ? tw_stage_command(d->stage) : NULL;

    return command && command->flags & TRAWL_COMMAND_REPORT && d->pipeline->n_stages == 1 &&
           !choice->text && !d->options.format && !d->options.output && !d->options.help;
}

static int to_stdout(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
                     trawl_error *err)
{
    const bool terminal = isatty(STDOUT_FILENO);
    const bool text_wanted = d->options.wide;
    struct target target = {.terminal = terminal,
                            .color = tw_color_on(&shell->settings, STDOUT_FILENO)};
    struct choice choice;
    struct tw_out out;
    unsigned rows;
    int rc = choose(shell, d, NULL, terminal || text_wanted, &choice, err);

    if (rc != TRAWL_OK || is_unasked_report(d, &choice))
        return rc;
    tw_terminal_size(STDOUT_FILENO, &target.columns, &rows);
    tw_progress_hide();
    if (terminal && strcmp(shell->settings.pager, "never") != 0 && *pager_command() &&
        (strcmp(shell->settings.pager, "always") == 0 || !fits_screen(table, &choice, rows)))
        return to_pager(shell, table, d, &choice, &target, err);
    tw_out_init(&out, STDOUT_FILENO, "stdout");
    rc = write_table(shell, table, d, &choice, &target, &out, err);
    tw_out_fini(&out);
    return rc;
}

int tw_deliver_now(struct tw_shell *shell, tw_table *table, struct tw_stage *stage, bool in_place,
                   const char *title, trawl_error *err)
{
    static const char home[] = "\x1b[H\x1b[J";
    const struct tw_line_pipeline pipeline = {0};
    struct tw_delivery d = {.pipeline = &pipeline, .stage = stage, .elapsed_ns = -1};
    const bool terminal = isatty(STDOUT_FILENO);
    struct target target = {.color = tw_color_on(&shell->settings, STDOUT_FILENO)};
    struct choice choice;
    struct tw_out out;
    tw_table *part = NULL;
    const char *path;
    unsigned rows;
    int rc;

    if (stage)
        d.options = *tw_stage_options(stage);
    path = shell->pipeline && shell->pipeline->output ? shell->pipeline->output : d.options.output;
    if (path && strcmp(path, "-") != 0) {
        const bool add = shell->n_shown++ || (shell->pipeline && shell->pipeline->append);

        return to_file(shell, table, &d, path, add, err);
    }
    rc = choose(shell, &d, NULL, terminal || d.options.wide, &choice, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_terminal_size(STDOUT_FILENO, &target.columns, &rows);
    in_place = in_place && terminal;
    if (in_place && !fits_screen(table, &choice, rows - (title != NULL))) {
        target.n_rows = table->n_rows;
        part = tw_table_slice(table, 0, rows > 6 ? rows - 6 : 1, err);
        if (!part)
            return TRAWL_E_NOMEM;
    }
    tw_progress_hide();
    tw_out_init(&out, STDOUT_FILENO, "stdout");
    if (in_place)
        rc = tw_out_write(&out, home, sizeof(home) - 1, err);
    if (rc == TRAWL_OK && title && terminal)
        rc = tw_out_write(&out, title, strlen(title), err);
    if (rc == TRAWL_OK && title && terminal)
        rc = tw_out_write(&out, "\n", 1, err);
    if (rc == TRAWL_OK)
        rc = write_table(shell, part ? part : table, &d, &choice, &target, &out, err);
    tw_out_fini(&out);
    tw_table_release(part);
    return rc;
}

int tw_deliver_file(struct tw_shell *shell, tw_table *table, const char *path,
                    const trawl_write_options *options, trawl_error *err)
{
    const struct tw_line_pipeline pipeline = {0};
    const struct tw_delivery d = {.pipeline = &pipeline,
                                  .options = {.format = options->format,
                                              .delimiter = options->delimiter,
                                              .time = options->time}};

    return to_file(shell, table, &d, path, options->append, err);
}

/* What has no ending was not meant to say a format. */
static void say_unknown_ending(const struct tw_shell *shell, const struct tw_delivery *d,
                               const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t n = tw_path_uncompressed(name);
    const char *dot = memrchr(name, '.', n);
    const struct tw_hashmap *writers = &shell->registry->writers;
    struct tw_buffer endings = TW_BUFFER_INIT;

    if (!dot || dot == name || dot + 1 == name + n || d->options.format || d->options.delimiter ||
        strcmp(shell->settings.format, "auto") != 0 || tw_format_of_file(path) ||
        writer_of_file(shell->registry, path))
        return;
    for (size_t i = 0; tw_formats[i]; i++)
        tw_buffer_printf(&endings, "%s%s", i ? " " : "", tw_formats[i]->extension);
    for (size_t i = 0; i < writers->n_entries; i++) {
        const trawl_writer *writer = writers->entries[i].key ? writers->entries[i].value : NULL;

        if (writer && writer->extension)
            tw_buffer_printf(&endings, " %s", writer->extension);
    }
    tw_log(2, "no format has the ending '%.*s': '%s' is tsv; --format gives it another%s%s",
           (int)(name + n - dot), dot, path, endings.failed ? "" : ", as do ",
           endings.failed ? "" : endings.data);
    tw_buffer_fini(&endings);
}

int tw_deliver(struct tw_shell *shell, tw_table *table, const struct tw_delivery *d,
               trawl_error *err)
{
    const char *path = d->pipeline->output ? d->pipeline->output : d->options.output;
    int rc;

    if (d->options.rotate_files && !d->options.rotate)
        return tw_fail(err, TRAWL_E_USAGE, "--rotate-files needs --rotate ROWS");
    if (d->options.rotate) {
        if (d->program || !path || strcmp(path, "-") == 0 || d->pipeline->append)
            return tw_fail(err, TRAWL_E_USAGE,
                           "--rotate makes files: it needs '-o FILE' or '> FILE'");
        rc = to_files(shell, table, d, path, err);
    } else if (d->program) {
        return to_program(shell, table, d, err);
    } else if (path && strcmp(path, "-") != 0) {
        rc = to_file(shell, table, d, path, d->pipeline->append, err);
    } else {
        return to_stdout(shell, table, d, err);
    }
    if (rc == TRAWL_OK)
        say_unknown_ending(shell, d, path);
    return rc;
}
