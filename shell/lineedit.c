/* The prompt: libedit's native interface, history, completion below the line.
 * Must not know commands. */
#include "shell/lineedit.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include "core/base/task.h"
#include "shell/complete.h"
#include "shell/history.h"
#include "shell/line.h"
#include "shell/output.h"

/* A signal that comes after the flags were looked at, and before the wait for a key, does not end
 * that wait: they are looked at again after it. */
enum { LOOK_MS = 100 };

struct tw_lineedit {
    struct tw_shell *shell;
    EditLine *el;
    History *recall; /* what the keys go through */
    struct tw_history history;
    struct tw_buffer prompt;
    bool continued; /* the line goes on: another prompt */
    bool color;
    int fd; /* where the prompt is drawn */
    mbstate_t state;
};

static volatile sig_atomic_t resized, continued;

static void on_resize(int signal)
{
    (void)signal;
    resized = 1;
}

static void on_continue(int signal)
{
    (void)signal;
    continued = 1;
}

static char *prompt_text(EditLine *el)
{
    struct tw_lineedit *edit = NULL;
    const tw_capture *current;

    el_get(el, EL_CLIENTDATA, &edit);
    current = edit->shell->session->current;
    tw_buffer_clear(&edit->prompt);
    if (edit->continued) {
        tw_buffer_puts(&edit->prompt, "… ");
    } else {
        const char *name = current ? current->name : "trawl";

        tw_buffer_puts(&edit->prompt, edit->color ? "\1\x1b[1m\1" : "");
        tw_escape(&edit->prompt, name, strlen(name));
        tw_buffer_puts(&edit->prompt, edit->color ? ">\1\x1b[0m\1 " : "> ");
    }
    return edit->prompt.failed ? (char *)(uintptr_t) "> " : edit->prompt.data;
}

/* One character for libedit: wakes for Ctrl-C, for signals that stop, and for a new window size. */
static int read_char(EditLine *el, wchar_t *ret)
{
    struct tw_lineedit *edit = NULL;

    el_get(el, EL_CLIENTDATA, &edit);
    for (;;) {
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
        unsigned char byte;
        char c;
        ssize_t n;
        size_t used;

        if (tw_cancelled() || tw_signals_stop()) {
            errno = EINTR;
            return -1;
        }
        if (continued) { /* the terminal may have been another program's meanwhile */
            continued = 0;
            el_set(el, EL_PREP_TERM, 0);
            el_set(el, EL_PREP_TERM, 1);
            el_set(el, EL_REFRESH);
        }
        if (resized) {
            resized = 0;
            el_resize(el);
            el_set(el, EL_REFRESH);
        }
        if (poll(&in, 1, LOOK_MS) < 0 && errno != EINTR)
            return -1;
        if (!in.revents || tw_cancelled() || tw_signals_stop())
            continue; /* what was typed after Ctrl-C is of the next line */
        n = read(STDIN_FILENO, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        c = (char)byte;
        used = mbrtowc(ret, &c, 1, &edit->state);
        if (used == (size_t)-2)
            continue;             /* more bytes to come */
        if (used == (size_t)-1) { /* not a character: left out */
            edit->state = (mbstate_t){0};
            continue;
        }
        return 1;
    }
}

/* ---- completion ---- */

enum { MANY = 100 };

/* Many names that go on behind a dot are shown as what they have in common: "ip." for all below.
 * Gives how many items are left. */
static size_t fold(struct tw_completion *c)
{
    const size_t common = tw_completion_common(c);
    size_t n = 0;

    for (size_t i = 0; i < c->n_items; i++) {
        const char *dot = strchr(c->items[i] + common, '.');
        const size_t len = dot ? (size_t)(dot - c->items[i]) + 1 : strlen(c->items[i]);
        const char *last = n ? c->items[n - 1] : "";
        const char *item;

        if (strlen(last) == len && memcmp(last, c->items[i], len) == 0)
            continue;
        item = tw_arena_strndup(&c->arena, c->items[i], len);
        if (!item)
            break;
        if (n && dot && strlen(last) == len - 1 && memcmp(last, item, len - 1) == 0)
            n--; /* "ip" and what is below it */
        c->items[n++] = item;
    }
    return n;
}

static void list_candidates(const struct tw_lineedit *edit, struct tw_completion *c)
{
    struct tw_buffer out = TW_BUFFER_INIT;
    unsigned columns, rows;
    size_t widest = 1, n_columns, n_lines, n_shown = c->n_items;

    tw_terminal_size(edit->fd, &columns, &rows);
    columns = columns ? columns : 80;
    rows = rows ? rows : 24;
    if (c->n_items > MANY)
        n_shown = c->n_items = fold(c);
    for (size_t i = 0; i < c->n_items; i++)
        widest = TW_MAX(widest, tw_text_width(c->items[i], strlen(c->items[i])));
    n_columns = TW_MAX((size_t)1, (columns + 2) / (widest + 2));
    n_lines = (n_shown + n_columns - 1) / n_columns;
    if (rows > 6 && n_lines > rows - 3) {
        n_lines = rows - 4;
        n_shown = TW_MIN(n_shown, n_lines * n_columns);
        n_lines = (n_shown + n_columns - 1) / n_columns;
    }
    tw_buffer_putc(&out, '\n');
    for (size_t line = 0; line < n_lines; line++) {
        for (size_t k = 0; k < n_columns; k++) {
            const size_t i = k * n_lines + line;
            const size_t before = out.len;

            if (i >= n_shown)
                break;
            tw_escape(&out, c->items[i], strlen(c->items[i]));
            if (i + n_lines < n_shown)
                for (size_t w = out.data ? tw_text_width(out.data + before, out.len - before) : 0;
                     w < widest + 2; w++)
                    tw_buffer_putc(&out, ' ');
        }
        tw_buffer_putc(&out, '\n');
    }
    if (n_shown < c->n_items || c->more)
        tw_buffer_printf(&out, "… %zu%s more\n", c->n_items - n_shown, c->more ? " or" : "");
    if (!out.failed)
        tw_write_all(edit->fd, "terminal", out.data, out.len, NULL);
    tw_buffer_fini(&out);
}

static unsigned char complete(EditLine *el, int key)
{
    struct tw_lineedit *edit = NULL;
    const LineInfo *info = el_line(el);
    const size_t n = (size_t)(info->cursor - info->buffer);
    char *text = tw_strndup(info->buffer, n);
    struct tw_completion c;
    unsigned char result = CC_ERROR;
    size_t common;

    (void)key;
    el_get(el, EL_CLIENTDATA, &edit);
    if (!text)
        return CC_ERROR;
    tw_session_enter(edit->shell->session); /* it looks at captures, and what comes in waits */
    tw_complete(edit->shell, text, n, &c);
    common = tw_completion_common(&c);
    if (c.n_items == 1 || (c.n_items > 1 && common > n - c.start)) {
        char *insert = tw_strndup(c.items[0], common);
        const size_t len = insert ? strlen(insert) : 0;
        const bool whole = c.n_items == 1 && len && insert[len - 1] != '/' &&
                           insert[len - 1] != '(' && insert[len - 1] != '=';
        /* libedit counts characters, not bytes. */
        const char *old = text + c.start;
        mbstate_t state = {0};
        const size_t n_old = mbsrtowcs(NULL, &old, 0, &state);

        if (insert && n_old != (size_t)-1) {
            el_deletestr(el, (int)n_old);
            if (el_insertstr(el, insert) == 0)
                result = CC_REDISPLAY;
            if (whole && el_insertstr(el, " ") == 0)
                result = CC_REDISPLAY;
        }
        tw_free(insert);
    } else if (c.n_items > 1) {
        list_candidates(edit, &c);
        result = CC_REDISPLAY;
    }
    tw_completion_fini(&c);
    tw_session_leave(edit->shell->session);
    tw_free(text);
    return result;
}

/* ---- beginning and end ---- */

static void bind_keys(EditLine *el)
{
    static const char *const keys[][2] = {
        {"^I", "trawl-complete"},          {"^R", "em-inc-search-prev"},
        {"\\e[1;5C", "em-next-word"},      {"\\e[1;5D", "ed-prev-word"},
        {"\\e[H", "ed-move-to-beg"},       {"\\e[F", "ed-move-to-end"},
        {"\\e[1~", "ed-move-to-beg"},      {"\\e[4~", "ed-move-to-end"},
        {"\\e[3~", "ed-delete-next-char"},
    };

    for (size_t i = 0; i < TW_COUNT(keys); i++)
        el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

static bool edit_init(struct tw_lineedit *edit, struct tw_shell *shell)
{
    struct sigaction action = {.sa_handler = on_resize}, again = {.sa_handler = on_continue};
    HistEvent event;
    FILE *out = isatty(STDOUT_FILENO) ? stdout : stderr;

    *edit = (struct tw_lineedit){.shell = shell, .prompt = TW_BUFFER_INIT, .fd = fileno(out)};
    edit->color = tw_color_on(&shell->settings, edit->fd);
    tw_history_open(&edit->history, tw_xdg_path("XDG_STATE_HOME", ".local/state", "history"),
                    (size_t)shell->settings.history);
    edit->recall = history_init();
    edit->el = el_init("trawl", stdin, out, stderr);
    if (!edit->recall || !edit->el)
        return false;
    history(edit->recall, &event, H_SETSIZE, (int)TW_MAX(edit->history.max, (size_t)1));
    for (size_t i = 0; i < edit->history.n_lines; i++)
        history(edit->recall, &event, H_ENTER, edit->history.lines[i]);
    el_set(edit->el, EL_CLIENTDATA, edit);
    el_set(edit->el, EL_PROMPT_ESC, prompt_text, '\1');
    el_set(edit->el, EL_EDITOR, "emacs");
    el_set(edit->el, EL_HIST, history, edit->recall);
    el_set(edit->el, EL_GETCFN, read_char);
    el_set(edit->el, EL_SIGNAL, 0);
    /* The wide call: the narrow one copies both strings and loses them. */
    el_wset(edit->el, EL_ADDFN, L"trawl-complete", L"complete the word", complete);
    bind_keys(edit->el);
    el_source(edit->el, NULL); /* ~/.editrc; it may change the key map, so bind again */
    el_set(edit->el, EL_BIND, "^I", "trawl-complete", NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
    sigemptyset(&again.sa_mask);
    sigaction(SIGCONT, &again, NULL);
    return true;
}

static void edit_fini(struct tw_lineedit *edit)
{
    if (edit->el)
        el_end(edit->el);
    if (edit->recall)
        history_end(edit->recall);
    tw_history_close(&edit->history);
    tw_buffer_fini(&edit->prompt);
}

enum input { INPUT_LINE, INPUT_CLEARED, INPUT_END };

/* A line, with those that continue it, into text. */
static enum input read_input(struct tw_lineedit *edit, struct tw_buffer *text)
{
    tw_buffer_clear(text);
    edit->continued = false;
    for (;;) {
        int n = 0;
        const char *line;

        continued = 0; /* while a command ran: there is nothing to draw anew */
        if (resized)
            el_resize(edit->el);
        resized = 0;
        el_set(edit->el, EL_PREP_TERM,
               1); /* before the prompt: what is typed then is not echoed twice */
        line = el_gets(edit->el, &n);

        if (tw_signals_stop())
            return INPUT_END;
        if (!line && tw_cancelled()) {
            tw_signals_clear();
            el_reset(edit->el);
            tw_write_all(edit->fd, "terminal", "^C\n", 3, NULL);
            return INPUT_CLEARED;
        }
        if (!line || n <= 0)
            return INPUT_END;
        tw_buffer_append(text, line, (size_t)n);
        while (text->len &&
               (text->data[text->len - 1] == '\n' || text->data[text->len - 1] == '\r'))
            text->data[--text->len] = 0;
        if (text->failed)
            return INPUT_CLEARED;
        if (!tw_line_goes_on(text->data, text->len))
            return INPUT_LINE;
        if (text->data[text->len - 1] == '\\')
            text->len--;
        tw_buffer_putc(text, ' ');
        edit->continued = true;
    }
}

int tw_lineedit_run(struct tw_shell *shell)
{
    /* Characters, not bytes, on this thread alone: numbers keep their point. */
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    struct tw_buffer text = TW_BUFFER_INIT;
    struct tw_lineedit edit;
    locale_t old;

    old = uselocale(utf8 ? utf8 : locale ? locale : LC_GLOBAL_LOCALE);
    if (!edit_init(&edit, shell)) {
        tw_error err = TW_ERROR_INIT;

        tw_fail(&err, TRAWL_E_IO, "could not start the line editor");
        tw_shell_error(shell, NULL, &err);
        shell->session->quit = true;
        shell->status = TW_EXIT_FAILED;
    }
    shell->edit = &edit;
    while (!shell->session->quit && !tw_signals_stop()) {
        const enum input input = read_input(&edit, &text);

        if (input == INPUT_CLEARED)
            continue;
        if (input == INPUT_END) {
            tw_write_all(edit.fd, "terminal", "\n", 1, NULL);
            break;
        }
        if (text.data[strspn(text.data, " \t")] == 0)
            continue;
        if (tw_history_add(&edit.history, text.data)) {
            HistEvent event;

            history(edit.recall, &event, H_ENTER, text.data);
        }
        tw_shell_line(shell, text.data, text.len);
        tw_signals_clear();
    }
    shell->edit = NULL;
    edit_fini(&edit);
    tw_buffer_fini(&text);
    uselocale(old);
    if (locale)
        freelocale(locale);
    if (utf8)
        freelocale(utf8);
    return shell->status;
}

int tw_history_table(const struct tw_lineedit *edit, tw_table **ret, trawl_error *err)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_U32, .flags = TRAWL_COLUMN_ID, .name = "number",
                     .help = "counted from the oldest line kept"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "line", .help = "as typed"),
    };
    tw_schema *schema = tw_schema_new();
    tw_builder *b = NULL;
    int rc = schema ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < TW_COUNT(columns); i++)
        rc = tw_schema_add(schema, &columns[i], err);
    if (rc == TRAWL_OK && !(b = tw_builder_new(schema, NULL, err)))
        rc = TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && edit && i < edit->history.n_lines; i++) {
        tw_builder_u64(b, i + 1);
        tw_builder_value(b, edit->history.lines[i], strlen(edit->history.lines[i]));
        tw_builder_end_row(b);
    }
    if (rc == TRAWL_OK)
        rc = tw_builder_finish(b, ret, err);
    tw_schema_free(schema);
    return rc;
}
