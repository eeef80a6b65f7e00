/* The screen of top drawn: head, rows, totals, foot. Knows nothing of how they come about. */
#include <curses.h>
#include <stdarg.h>
#include <string.h>

#include "screen.h"

enum { LEAST_COLUMNS = 20, LEAST_ROWS = 4, LEAST_KEY = 8, MAX_COLUMNS = 128 };

static const char *const help[] = {
    "q          leave; the capture goes on      Ctrl-C the same",
    "Enter      all that is known of a row: measures, latency over time, connections",
    "up down    choose a row; PgUp PgDn Home End, j k g G",
    "< >        sort by the column before, after (left and right too); r reverses",
    "b B        what a row is: the next kind, the one before",
    "/          only rows with this in their name (holds while it is typed)",
    "e          only rows for which an expression holds: est_pct < 90 and rtt > 0.1",
    "u          all rows again",
    "p Space    freeze what is shown, or go on; the capture goes on meanwhile",
    "Ctrl-Z     the shell; fg comes back. Nothing is captured meanwhile",
    "m          mark a row: it keeps its * wherever it goes",
    "v          trtop's columns and order, trawl's, what got slower (--compare)",
    "[ ]        of a file: a step back or on in its time",
    "w          write the rows to a file, the format by its name",
    "! behind a number: out of bounds. Below 90 % answered or established, above",
    "10 % reset, above 20 ms to connect in the mean, above 100 ms to respond (p95).",
    "Suspected drops: segments that tell of others which the capture lacks.",
};

static const char *const *lines_of(const struct ui *ui, size_t *ret_n)
{
    const int is_help = ui->mode == MODE_HELP;

    *ret_n = is_help ? TRAWL_COUNT(help) : ui->detail ? ui->detail->n : 0;
    return is_help ? help : ui->detail ? (const char *const *)ui->detail->lines : NULL;
}

size_t ui_lines(const struct ui *ui)
{
    size_t n;
    const char *const *lines = lines_of(ui, &n);

    return terminal_rows(&ui->terminal, lines, n);
}

/* ---- where things go ---- */

void ui_lay_out(struct ui *ui)
{
    struct layout *l = &ui->layout;
    const unsigned rows = ui->terminal.rows;
    unsigned head = 1, foot = 1; /* title; keys or a message */

    memset(l, 0, sizeof(*l));
    if (ui->terminal.columns < LEAST_COLUMNS || rows < LEAST_ROWS)
        return;
    if (rows >= 8)
        l->drops = head++;
    if (rows >= 12)
        l->settings = head++;
    if (rows >= 10)
        foot++;
    l->list_top = head + 1; /* below the names of columns */
    l->foot = rows - foot;
    if (rows >= 7)
        l->totals = l->foot - 1;
    l->list_rows = (l->totals ? l->totals : l->foot) - l->list_top;
}

static void put(const struct ui *ui, unsigned y, unsigned x, unsigned width, int pen,
                const char *text)
{
    terminal_put(&ui->terminal, y, x, width, text, strlen(text), pen, ALIGN_LEFT);
}

static void print(const struct ui *ui, unsigned y, int pen, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void print(const struct ui *ui, unsigned y, int pen, const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put(ui, y, 0, ui->terminal.columns, pen, text);
}

/* ---- head ---- */

static void draw_head(const struct ui *ui)
{
    const struct live_page *p = ui->page;
    const struct live_wish *w = &ui->now;
    const struct layout *l = &ui->layout;
    char text[LIVE_TEXT], where[LIVE_TEXT], title[LIVE_TEXT * 3], idle[64] = "";

    snprintf(title, sizeof(title), "top %s%s  %s", w->is_paused ? "PAUSED " : "",
             p ? p->capture : "", p ? p->state : "looking …");
    attron(A_REVERSE);
    terminal_put_parts(&ui->terminal, 0, PEN_PLAIN, title, "  ");
    attroff(A_REVERSE);
    if (l->drops && p)
        terminal_put_parts(&ui->terminal, l->drops, p->n_lost ? PEN_LOSS : PEN_PLAIN, p->drops,
                           ", ");
    if (!l->settings || !p)
        return;
    host->escape(text, sizeof(text), w->text, strlen(w->text));
    host->escape(where, sizeof(where), w->where, strlen(w->where));
    if (p->n_forgotten)
        snprintf(idle, sizeof(idle), "  %llu idle ones let go", (unsigned long long)p->n_forgotten);
    print(ui, l->settings, PEN_PLAIN, "%zu of %zu rows by %s%s%s%s%s%s", p->n_shown, p->n_all,
          ui->live->by_names[p->by], idle, text[0] ? "  / " : "", text, where[0] ? "  e " : "",
          where);
}

/* ---- rows ---- */

/* Which columns there is room for: the sorted one, then by priority; and their widths. */
static void fit_columns(const struct ui *ui, unsigned widths[MAX_COLUMNS])
{
    const struct live_page *p = ui->page;
    const size_t n = p->n_columns < MAX_COLUMNS ? p->n_columns : MAX_COLUMNS;
    const unsigned room = ui->terminal.columns - 1; /* the mark of the selected row */
    unsigned used, left;

    memset(widths, 0, MAX_COLUMNS * sizeof(*widths));
    widths[0] = p->columns[0].width + (p->i_sort == 0);
    left = room - (p->i_sort > 0 ? p->columns[p->i_sort].width + 2 : LEAST_KEY);
    left = left > LEAST_KEY && left < room ? left : LEAST_KEY;
    widths[0] = widths[0] > left ? left : widths[0];
    used = widths[0];
    if (p->i_sort > 0 && (size_t)p->i_sort < n) {
        const unsigned width = p->columns[p->i_sort].width + 1;

        widths[p->i_sort] = used + 1 + width <= room ? width : room - used - 1;
        used += 1 + widths[p->i_sort];
    }
    for (uint32_t priority = 0; priority < 10; priority++) {
        for (size_t i = 1; i < n; i++) {
            const struct live_column *c = &p->columns[i];

            if (widths[i] || (p->view != VIEW_TRTOP && c->priority != priority) ||
                used + 1 + c->width > room)
                continue;
            widths[i] = c->width;
            used += 1 + c->width;
        }
    }
}

static void draw_names(const struct ui *ui, const unsigned widths[MAX_COLUMNS])
{
    const struct live_page *p = ui->page;
    unsigned x = 1;

    attron(A_UNDERLINE);
    for (size_t i = 0; i < p->n_columns && i < MAX_COLUMNS; i++) {
        char name[80];

        if (!widths[i])
            continue;
        snprintf(name, sizeof(name), "%s%s", p->columns[i].name,
                 (int64_t)i != p->i_sort ? ""
                 : p->descending         ? "\xe2\x96\xbc"
                                         : "\xe2\x96\xb2");
        terminal_put(&ui->terminal, ui->layout.list_top - 1, x, widths[i], name, strlen(name),
                     (int64_t)i == p->i_sort ? PEN_KEY : PEN_PLAIN,
                     p->columns[i].right ? ALIGN_RIGHT : ALIGN_LEFT);
        x += widths[i] + 1;
    }
    attroff(A_UNDERLINE);
}

static void draw_row(const struct ui *ui, unsigned y, size_t row,
                     const unsigned widths[MAX_COLUMNS])
{
    const struct live_page *p = ui->page;
    const size_t at = (row - p->first) * p->n_columns;
    const int selected = row == ui->selected;
    const int marked = ui_is_marked(ui, p->text + p->cells[at]);
    unsigned x = 1;

    if (selected)
        attron(A_REVERSE);
    if (marked)
        attron(A_BOLD);
    mvaddch((int)y, 0, (chtype)(marked ? '*' : selected ? '>' : ' '));
    for (size_t i = 0; i < p->n_columns && i < MAX_COLUMNS; i++) {
        const char *text = p->text + p->cells[at + i];

        if (!widths[i])
            continue;
        /* A name that has to be cut loses its middle, for its end has the port. */
        terminal_put(&ui->terminal, y, x, widths[i], text, strlen(text),
                     p->marks[at + i] && !selected ? PEN_LOSS : PEN_PLAIN,
                     i == 0                ? ALIGN_ENDS
                     : p->columns[i].right ? ALIGN_RIGHT
                                           : ALIGN_LEFT);
        x += widths[i];
        if (x < ui->terminal.columns)
            mvaddch((int)y, (int)x++, ' ');
    }
    attroff(A_BOLD);
    if (selected)
        attroff(A_REVERSE);
}

static void draw_rows(const struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const struct live_page *p = ui->page;
    unsigned widths[MAX_COLUMNS];

    if (!p) {
        put(ui, l->list_top, 0, ui->terminal.columns, PEN_NOTE, " looking at what is there …");
        return;
    }
    fit_columns(ui, widths);
    draw_names(ui, widths);
    for (unsigned i = 0; i < l->list_rows && ui->first + i < p->n_shown; i++)
        if (ui->first + i >= p->first && ui->first + i - p->first < p->n_rows)
            draw_row(ui, l->list_top + i, ui->first + i, widths);
    if (!p->n_shown)
        put(ui, l->list_top, 1, ui->terminal.columns - 1, PEN_NOTE,
            p->n_all ? "no row is like that: u takes all limits away" : p->note);
    if (l->totals)
        terminal_put_parts(&ui->terminal, l->totals, PEN_KEY, p->totals, "  ");
}

/* ---- lines ---- */

static void draw_lines(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const int is_help = ui->mode == MODE_HELP;
    size_t n;
    const char *const *lines = lines_of(ui, &n);

    print(ui, l->list_top - 1, PEN_KEY, "%s", is_help ? "keys" : ui->now.key);
    if (!is_help && !ui->detail)
        put(ui, l->list_top, 0, ui->terminal.columns, PEN_NOTE, "looking …");
    ui->line_first = terminal_scroll(ui->line, ui->line, l->list_rows, ui_lines(ui));
    terminal_put_lines(&ui->terminal, l->list_top, l->list_rows, ui->line_first, lines, n);
    if (l->totals && ui->page)
        terminal_put_parts(&ui->terminal, l->totals, PEN_KEY, ui->page->totals, "  ");
}

/* ---- foot ---- */

/* What is wrong with what is typed, and where: below it, or above where nothing is below. */
static void draw_wrong(const struct ui *ui, const char *said)
{
    enum { LEAST = 24 }; /* of what is cut behind the place */
    const struct layout *l = &ui->layout;
    const unsigned width = ui->terminal.columns, n = host->text_width(said, strlen(said));
    unsigned y = l->foot < ui->terminal.rows - 1 ? l->foot + 1 : l->foot - 1, caret = width;
    int row, column;

    getyx(stdscr, row, column);
    if (ui->wrong_at >= 0 && (size_t)ui->wrong_at <= strlen(ui->text)) {
        const char *rest = ui->text + ui->wrong_at;
        const unsigned behind = host->text_width(rest, strlen(rest));

        caret = behind <= (unsigned)column ? (unsigned)column - behind : width;
    }
    put(ui, y, 0, width, PEN_NOTE, "");
    if (caret < width && n + 1 <= caret && caret + 2 + n > width) {
        put(ui, y, caret - n - 1, n + 1, PEN_NOTE, said);
        put(ui, y, caret, 1, PEN_NOTE, "^");
    } else if (caret < width && caret + 2 + (n < LEAST ? n : LEAST) <= width) {
        put(ui, y, caret + 2, width - caret - 2, PEN_NOTE, said);
        put(ui, y, caret, 2, PEN_NOTE, "^");
    } else {
        put(ui, y, 0, width, PEN_NOTE, said);
    }
    move(row, column);
}

static void draw_foot(const struct ui *ui)
{
    static const char *const prompts[] = {[PROMPT_TEXT] = "name contains: ",
                                          [PROMPT_WHERE] = "where: ",
                                          [PROMPT_FILE] = "write to: "};
    static const char *const keys[] = {
        [MODE_ROWS] = ("q quit  ? keys  Enter row  <> sort  b group  / e filter  p pause  "
                       "m mark  v view"),
        [MODE_DETAIL] = "q quit  Esc back  up down  p pause",
        [MODE_HELP] = "q quit  Esc back  up down"};
    const struct layout *l = &ui->layout;
    const unsigned last = ui->terminal.rows - 1;
    const char *said = ui->said[0]                   ? ui->said
                       : ui->state.message[0]        ? ui->state.message
                       : ui->page && ui->page->n_all ? ui->page->note
                                                     : "";

    if (l->foot < last || (!said[0] && !ui->prompt))
        terminal_put_parts(
            &ui->terminal, last, PEN_PLAIN,
            ui->prompt ? "Enter take it  Esc as before  Ctrl-U empty" : keys[ui->mode], "  ");
    if (ui->prompt)
        terminal_put_prompt(&ui->terminal, l->foot, prompts[ui->prompt], ui->text);
    if (ui->prompt && ui->said[0])
        draw_wrong(ui, ui->said);
    else if (!ui->prompt && said[0])
        put(ui, l->foot, 0, ui->terminal.columns, PEN_NOTE, said);
}

void ui_draw(struct ui *ui)
{
    erase();
    if (!ui->layout.list_rows) {
        char text[64];

        snprintf(text, sizeof(text), "%ux%u is needed, q quits", LEAST_COLUMNS, LEAST_ROWS);
        put(ui, 0, 0, ui->terminal.columns, PEN_NOTE, text);
        refresh();
        return;
    }
    draw_head(ui);
    if (ui->mode == MODE_ROWS)
        draw_rows(ui);
    else
        draw_lines(ui);
    draw_foot(ui);
    curs_set(ui->prompt ? 1 : 0);
    refresh();
}
