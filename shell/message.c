/* Words for the user on stderr: errors with a caret, warnings, the log; colour and terminal size.
 * Must not know commands. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/task.h"
#include "shell/output.h"
#include "shell/progress.h"
#include "shell/shell.h"

#define RED    "\x1b[31m"
#define YELLOW "\x1b[33m"
#define BOLD   "\x1b[1m"
#define PLAIN  "\x1b[0m"

bool tw_color_on(const struct tw_settings *settings, int fd)
{
    const char *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE"), *no = getenv("NO_COLOR");
    /* nothing is set yet when making the settings is what failed */
    const char *color = settings->color ? settings->color : "auto";

    if (strcmp(color, "always") == 0)
        return true;
    if (strcmp(color, "never") == 0 || (no && *no))
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

static unsigned number_of(const char *variable)
{
    const char *text = getenv(variable);
    uint64_t value;

    if (!text || tw_parse_u64(text, strlen(text), &value) != TRAWL_OK || value > 100000)
        return 0;
    return (unsigned)value;
}

void tw_terminal_size(int fd, unsigned *ret_columns, unsigned *ret_rows)
{
    struct winsize size = {0};
    const bool terminal = isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0;

    *ret_columns = number_of("COLUMNS");
    *ret_rows = 0;
    if (!terminal)
        return;
    if (!*ret_columns)
        *ret_columns = size.ws_col ? size.ws_col : 80;
    *ret_rows = number_of("LINES");
    if (!*ret_rows)
        *ret_rows = size.ws_row ? size.ws_row : 24;
}

/* Columns of a narrow terminal that messages go to; 0: of no such. Wider ones break the few long
 * lines themselves, and mend them when they are made wider. */
static unsigned message_width(void)
{
    unsigned width = 0, rows;

    if (isatty(STDERR_FILENO))
        tw_terminal_size(STDERR_FILENO, &width, &rows);
    return width < 80 ? width : 0;
}

/* Break lines at blanks, from a byte on, where a terminal would within words. */
static void wrap(struct tw_buffer *text, size_t from)
{
    const unsigned width = message_width();
    size_t column = 0, blank = 0;

    for (size_t i = from; width && i < text->len; i++) {
        if (text->data[i] == '\x1b') { /* a colour, from ESC to m */
            while (i + 1 < text->len && text->data[i] != 'm')
                i++;
            continue;
        }
        if (text->data[i] == ' ')
            blank = i;
        column += ((unsigned char)text->data[i] & 0xc0) != 0x80;
        if (text->data[i] == '\n' || (column > width && blank)) {
            i = text->data[i] == '\n' ? i : blank;
            text->data[i] = '\n';
            column = blank = 0;
        }
    }
}

/* The typed line and carets under the place; long lines are cut around it. */
static void put_place(struct tw_buffer *out, const char *line, const trawl_error *err)
{
    const unsigned narrow = message_width();
    const size_t n = strlen(line);
    const size_t around = n + 2 > narrow && narrow ? TW_MAX(narrow, 6U) / 3 - 1 : 60;
    const size_t start = TW_MIN(err->span_start, n);
    size_t len = TW_MIN(err->span_len, n - start);
    size_t from = start > around ? start - around : 0, to;
    size_t before, width;

    while (from > 0 && ((unsigned char)line[from] & 0xc0) == 0x80)
        from--;
    /* Only the line of text that holds the place. */
    for (size_t i = from; i < start; i++)
        if (line[i] == '\n')
            from = i + 1;
    to = start;
    while (to < n && line[to] != '\n' && to < start + 2 * around)
        to++;
    while (to < n && ((unsigned char)line[to] & 0xc0) == 0x80)
        to++;
    len = TW_MIN(len, to - start);
    tw_buffer_puts(out, from ? "  …" : "  ");
    before = out->len;
    tw_escape(out, line + from, start - from);
    width = out->data ? tw_text_width(out->data + before, out->len - before) + (from ? 3 : 2) : 0;
    before = out->len;
    tw_escape(out, line + start, len);
    len = out->data ? tw_text_width(out->data + before, out->len - before) : 0;
    tw_escape(out, line + start + TW_MIN(err->span_len, to - start),
              to - start - TW_MIN(err->span_len, to - start));
    tw_buffer_putc(out, '\n');
    while (width-- > 0)
        tw_buffer_putc(out, ' ');
    do
        tw_buffer_putc(out, '^');
    while (len-- > 1);
    tw_buffer_putc(out, '\n');
}

/* The place of the line that runs, and the word. A thread that works beside the lines has none, and
 * may not look at what they change. */
static void put_label(const struct tw_shell *shell, struct tw_buffer *out, const char *color,
                      const char *label)
{
    bool on;

    if (tw_log_is_detached()) {
        tw_buffer_printf(out, "%s: ", label);
        return;
    }
    on = tw_color_on(&shell->settings, STDERR_FILENO);

    if (shell->file && shell->line)
        tw_buffer_printf(out, "%s:%llu: ", shell->file, (unsigned long long)shell->line);
    tw_buffer_printf(out, "%s%s: %s", on ? color : "", label, on ? PLAIN : "");
}

/* A text that got no memory is told as one of its kind: a note that could not be made is no error.
 */
static void put_stderr(struct tw_buffer *text, const char *no_room)
{
    tw_progress_hide();
    if (text->failed)
        tw_write_all(STDERR_FILENO, "stderr", no_room, strlen(no_room), NULL);
    else
        tw_write_all(STDERR_FILENO, "stderr", text->data, text->len, NULL);
    tw_buffer_fini(text);
}

static void put_message(struct tw_buffer *out, const char *text)
{
    tw_escape_keep_backslash(out, text, strlen(text));
}

void tw_shell_error(const struct tw_shell *shell, const char *line, const trawl_error *err)
{
    struct tw_buffer out = TW_BUFFER_INIT;
    static const char nearest[] = "Did you mean ";
    const bool inline_hint = strncmp(err->hint, nearest, sizeof(nearest) - 1) == 0;

    if (err->code == TRAWL_E_PIPE || err->code == TRAWL_E_CANCELLED)
        return; /* the user knows */
    put_label(shell, &out, BOLD RED, "error");
    put_message(&out, err->message); /* it quotes names of files, and text out of them */
    if (inline_hint) {
        tw_buffer_puts(&out, " — did you mean ");
        put_message(&out, err->hint + sizeof(nearest) - 1);
    }
    tw_buffer_putc(&out, '\n');
    wrap(&out, 0);
    if (line && err->has_span)
        put_place(&out, line, err);
    if (err->hint[0] && !inline_hint) {
        const size_t from = out.len;

        tw_buffer_puts(&out, "hint: ");
        put_message(&out, err->hint);
        tw_buffer_putc(&out, '\n');
        wrap(&out, from);
    }
    put_stderr(&out, "error: out of memory\n");
}

void tw_shell_log(int level, const char *message, void *context)
{
    const struct tw_shell *shell = context;
    struct tw_buffer out = TW_BUFFER_INIT;

    if (level > 2 || (level == 2 && shell->quiet) || (level == 1 && shell->quiet))
        return;
    put_label(shell, &out,
              level == 0   ? BOLD RED
              : level == 1 ? YELLOW
                           : "",
              level == 0   ? "error"
              : level == 1 ? "warning"
                           : "note");
    tw_buffer_puts(&out, message);
    tw_buffer_putc(&out, '\n');
    wrap(&out, 0);
    put_stderr(&out, level == 0   ? "error: out of memory\n"
                     : level == 1 ? "warning: out of memory\n"
                                  : "note: out of memory\n");
}

/* The first damage warning of a file, or NULL. */
static const struct tw_warning *damage_of(const struct tw_input *input, size_t i_file)
{
    for (size_t i = 0; i < input->n_warnings; i++)
        if (input->warnings[i].damage && input->warnings[i].i_file == i_file)
            return &input->warnings[i];
    return NULL;
}

static void warn_file(const struct tw_shell *shell, const struct tw_input *input, size_t i_file)
{
    const struct tw_input_file *file = &input->files[i_file];
    const struct tw_warning *w = damage_of(input, i_file);
    struct tw_buffer out = TW_BUFFER_INIT;

    put_label(shell, &out, YELLOW, "warning");
    tw_buffer_putc(&out, '\'');
    tw_escape(&out, file->path, strlen(file->path));
    tw_buffer_puts(&out, "': ");
    if (w) {
        tw_buffer_printf(&out, "%s at byte %llu", w->what, (unsigned long long)w->offset);
        if (w->why) {
            tw_buffer_puts(&out, ": ");
            tw_escape(&out, w->why, strlen(w->why));
        }
    } else {
        tw_buffer_puts(&out, "damaged");
    }
    tw_buffer_printf(&out, " (kept %llu packet%s)\n", (unsigned long long)file->n_packets,
                     file->n_packets == 1 ? "" : "s");
    wrap(&out, 0);
    put_stderr(&out, "warning: out of memory\n");
}

void tw_shell_warn_damage(struct tw_shell *shell)
{
    const struct tw_hashmap *captures = &shell->session->captures;

    if (shell->quiet) /* the exit status still says it */
        return;
    for (size_t i = 0; i < captures->n_entries; i++) {
        const tw_capture *capture = captures->entries[i].key ? captures->entries[i].value : NULL;
        char *key;

        if (!capture || !capture->n_damaged || !capture->input || capture->growing)
            continue; /* of one that grows it was told when it came */
        key = tw_asprintf("%s\n%p", capture->name, (const void *)capture->input);
        if (key && !tw_hashmap_get(&shell->warned, key) &&
            tw_hashmap_put(&shell->warned, key, shell) == TRAWL_OK)
            for (size_t k = 0; k < capture->input->n_files; k++)
                if (capture->input->files[k].damaged)
                    warn_file(shell, capture->input, k);
        tw_free(key);
    }
}
