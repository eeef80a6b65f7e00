/* The explorer's screen drawn: head, limits, differences, foot. Knows nothing of how they are made.
 */
#include <curses.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../ui.h"

enum { LEAST_COLUMNS = 20, LEAST_ROWS = 5 };

/* ---- where things go ---- */

void ui_lay_out(struct layout *l, unsigned columns, unsigned rows)
{
    unsigned head = rows >= 10 ? 3 : 2; /* title, limits where there is room, column names */
    unsigned foot = rows >= 8 ? 2 : 1;
    unsigned left;

    *l = (struct layout){.columns = columns, .rows = rows, .list_top = head};
    if (columns < LEAST_COLUMNS || rows < LEAST_ROWS)
        return;
    l->foot = rows - foot;
    left = rows - head - foot;
    if (left >= 14) { /* a chart: its title, bars, times; packets: the same */
        l->totals_rows = left >= 30 ? 4 : left >= 17 ? 2 : 0;
        l->chart_rows = left >= 40 ? 10 : left >= 24 ? 6 : left >= 17 ? 4 : 3;
        left -= l->chart_rows + 2 + (l->totals_rows ? l->totals_rows + 1 : 0);
    }
    l->list_rows = left;
    l->chart_top = l->list_top + left;
    l->totals_top = l->chart_top + l->chart_rows + 1;
}

/* ---- text ---- */

void ui_put(const struct ui *ui, unsigned y, unsigned x, unsigned width, const char *text, size_t n,
            int pen, int align)
{
    terminal_put(&ui->terminal, y, x, width, text, n, pen, align);
}

void ui_printf(const struct ui *ui, unsigned y, unsigned x, unsigned width, int pen,
               const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n < 0)
        return;
    ui_put(ui, y, x, width, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1, pen,
           ALIGN_LEFT);
}

/* ---- head ---- */

static void draw_title(const struct ui *ui)
{
    const struct wish *w = &ui->now;
    char text[TEXT_ROOM];
    int n;

    n = snprintf(text, sizeof(text),
                 ui->layout.columns < 50 ? "%s vs %s  level %llu"
                                         : "explore  left %s  right %s  level %llu",
                 w->sides[0].label, w->sides[1].label, (unsigned long long)w->level);
    attron(A_REVERSE);
    ui_put(ui, 0, 0, ui->layout.columns, text, (size_t)n, PEN_PLAIN, ALIGN_LEFT);
    attroff(A_REVERSE);
}

/* A limit: its key, its value. Gives the column after it. */
static unsigned draw_limit(const struct ui *ui, unsigned x, char key, const char *text)
{
    size_t n = strlen(text);
    unsigned width = host->text_width(text, n);

    if (x + width + 2 > ui->layout.columns)
        return ui->layout.columns;
    ui_put(ui, 1, x, 1, &key, 1, PEN_KEY, ALIGN_LEFT);
    ui_put(ui, 1, x + 1, width + 1, text, n, PEN_PLAIN, ALIGN_LEFT);
    return x + width + 3;
}

static void draw_limits(const struct ui *ui)
{
    static const char *const signs[] = {"+-", "+ only", "- only"};
    const struct limits *l = &ui->now.limits;
    const struct list *list = ui->mine.list;
    char text[VALUE_ROOM], value[VALUE_ROOM];
    unsigned x = 0;

    snprintf(text, sizeof(text), l->threshold > 0 ? ">%g%%" : ":any", l->threshold);
    x = draw_limit(ui, x, 't', text);
    snprintf(text, sizeof(text), l->min_count ? ">%llu" : ":any", (unsigned long long)l->min_count);
    x = draw_limit(ui, x, 'c', text);
    snprintf(text, sizeof(text), l->top ? ":%llu" : ":all", (unsigned long long)l->top);
    x = draw_limit(ui, x, 'x', text);
    host->escape(value, sizeof(value), l->match, strlen(l->match));
    snprintf(text, sizeof(text), ":%.24s", value[0] ? value : "-");
    x = draw_limit(ui, x, 'm', text);
    host->escape(value, sizeof(value), l->values, strlen(l->values));
    snprintf(text, sizeof(text), ":%.24s", value[0] ? value : "-");
    x = draw_limit(ui, x, 'M', text);
    x = draw_limit(ui, x, 'p', signs[l->sign]);
    snprintf(text, sizeof(text), ":%s%s%s", sort_names[l->sort], l->reverse ? " up" : "",
             l->flat ? " flat" : "");
    x = draw_limit(ui, x, 's', text);
    if (list && x < ui->layout.columns) {
        snprintf(text, sizeof(text), "%zu of %llu", list->n, (unsigned long long)list->diff->n);
        ui_put(ui, 1, x, ui->layout.columns - x, text, strlen(text), PEN_PLAIN, ALIGN_RIGHT);
    }
}

/* ---- differences ---- */

enum {
    COL_FIELD,
    COL_VALUE,
    COL_CHANGE,
    COL_LEFT,
    COL_RIGHT,
    COL_DELTA,
    COL_SHARE,
    COL_Q,
    COL_EFFECT,
    N_COLS
};
static const struct {
    const char *name;
    unsigned width, from; /* shown from this many columns of the terminal on */
    int align;
} cols[N_COLS] = {
    [COL_FIELD] = {"field", 0, 0, ALIGN_LEFT},      [COL_VALUE] = {"value", 0, 0, ALIGN_LEFT},
    [COL_CHANGE] = {"", 4, 50, ALIGN_LEFT},         [COL_LEFT] = {"left", 8, 62, ALIGN_RIGHT},
    [COL_RIGHT] = {"right", 8, 62, ALIGN_RIGHT},    [COL_DELTA] = {"delta", 9, 96, ALIGN_RIGHT},
    [COL_SHARE] = {"delta%", 7, 0, ALIGN_RIGHT},    [COL_Q] = {"q", 7, 76, ALIGN_RIGHT},
    [COL_EFFECT] = {"effect", 6, 104, ALIGN_RIGHT},
};

/* Widths for this terminal; 0: not shown. */
static void widths_of(const struct ui *ui, unsigned widths[N_COLS])
{
    unsigned left = ui->layout.columns - 1; /* the mark of the selected row */

    for (int c = 0; c < N_COLS; c++) {
        widths[c] = c != COL_FIELD && c != COL_VALUE && ui->layout.columns >= cols[c].from
                        ? cols[c].width
                        : 0;
        left -= widths[c] ? widths[c] + 1 : 0;
    }
    widths[COL_FIELD] = left / 5 * 2;
    if (widths[COL_FIELD] > 32)
        widths[COL_FIELD] = 32;
    widths[COL_VALUE] = left - widths[COL_FIELD] - 1;
}

static void count_text(char *out, size_t room, double v)
{
    if (fabs(v) < 1e7)
        snprintf(out, room, "%.0f", v);
    else
        snprintf(out, room, "%.3g", v);
}

/* The text of a cell; gives its pen. */
static int cell(const struct diff *d, uint64_t row, int column, char *out, size_t room)
{
    double share = view_f64(&d->delta_share, row), v;
    uint64_t left = trawl_view_u64(&d->left, row), right = trawl_view_u64(&d->right, row);
    size_t n;
    const char *value = view_text(&d->value, row, &n);
    int own = value_sums_up(value, n);

    out[0] = '\0';
    switch (column) {
    case COL_CHANGE:
        snprintf(out, room, "%s", own || (left && right) ? "" : left ? "gone" : "new");
        return PEN_NOTE;
    case COL_LEFT:
    case COL_RIGHT:
        count_text(out, room, (double)(column == COL_LEFT ? left : right));
        return PEN_PLAIN;
    case COL_DELTA:
        count_text(out, room, view_f64(&d->delta, row));
        return PEN_PLAIN;
    case COL_SHARE:
        snprintf(out, room,
                 fabs(share) >= 99.95 ? "%+.0f"
                 : fabs(share) < 1    ? "%+.2f"
                                      : "%+.1f",
                 share);
        return share > 0 ? PEN_GAIN : share < 0 ? PEN_LOSS : PEN_PLAIN;
    case COL_Q:
        v = view_f64(&d->q, row);
        if (!isnan(v))
            snprintf(out, room, v < 0.001 ? "<0.001" : "%.3f", v);
        return PEN_PLAIN;
    default:
        v = view_f64(&d->effect, row);
        if (!isnan(v))
            snprintf(out, room, "%+.2f", v);
        return PEN_PLAIN;
    }
}

static void draw_row(const struct ui *ui, unsigned y, size_t i, const unsigned widths[N_COLS])
{
    const struct list *list = ui->mine.list;
    const struct diff *d = list->diff;
    uint64_t row = list->rows[i];
    int selected = i == ui->selected;
    unsigned x = 1;

    if (selected)
        attron(A_REVERSE);
    mvaddch((int)y, 0, selected ? '>' : ' ');
    for (int c = 0; c < N_COLS; c++) {
        char text[64];
        const char *shown = text;
        size_t n;
        int pen = PEN_PLAIN;

        if (!widths[c])
            continue;
        if (c == COL_FIELD || c == COL_VALUE) {
            shown = view_text(c == COL_FIELD ? &d->field : &d->value, row, &n);
        } else {
            pen = cell(d, row, c, text, sizeof(text));
            n = strlen(text);
        }
        ui_put(ui, y, x, widths[c], shown, n, selected ? PEN_PLAIN : pen, cols[c].align);
        x += widths[c];
        if (x < ui->layout.columns)
            mvaddch((int)y, (int)x++, ' ');
    }
    if (selected)
        attroff(A_REVERSE);
}

static void draw_list(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const struct list *list = ui->mine.list;
    unsigned widths[N_COLS], x = 1;

    widths_of(ui, widths);
    attron(A_UNDERLINE);
    for (int c = 0; c < N_COLS; c++) {
        if (!widths[c])
            continue;
        ui_put(ui, l->list_top - 1, x, widths[c], cols[c].name, strlen(cols[c].name), PEN_PLAIN,
               cols[c].align);
        x += widths[c] + 1;
    }
    attroff(A_UNDERLINE);
    if (!list)
        return;
    ui->first = terminal_scroll(ui->first, ui->selected, l->list_rows, list->n);
    for (unsigned i = 0; i < l->list_rows && ui->first + i < list->n; i++)
        draw_row(ui, l->list_top + i, ui->first + i, widths);
    if (!list->n && !(ui->state.busy & (1u << JOB_COMPARE | 1u << JOB_LIST)))
        ui_printf(ui, l->list_top, 1, l->columns - 1, PEN_NOTE, "%s",
                  list->diff->n ? "no row is within the limits: u takes them all away"
                                : "the two sides do not differ in any value: they have none");
}

/* ---- foot ---- */

static const char *const prompts[] = {
    [PROMPT_THRESHOLD] = "share differs by more than (%): ",
    [PROMPT_COUNT] = "total above: ",
    [PROMPT_TOP] = "rows of each field: ",
    [PROMPT_MATCH] = "field contains: ",
    [PROMPT_VALUES] = "value contains: ",
    [PROMPT_BIN] = "width of time bins (1s, 500ms, 1m; empty: by itself): ",
    [PROMPT_PIPELINE] = ": ",
};

static const char *busy_text(const struct ui *ui)
{
    static const char *const jobs[N_JOBS] = {
        [JOB_SOURCES] = "looking at captures", [JOB_COMPARE] = "comparing",
        [JOB_LIST] = "choosing rows",          [JOB_PAGE] = "looking behind it",
        [JOB_SERIES] = "counting over time",   [JOB_TOTALS] = "counting packets"};

    for (int i = 0; i < N_JOBS; i++) {
        if (ui->state.busy & 1u << i)
            return jobs[i];
    }
    return "";
}

/* The command that lists the same; where cells are cut and no chart names the row, the row. */
static void draw_about(const struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const int64_t row = ui_row(ui);
    char text[TEXT_ROOM];

    if (l->chart_rows || l->columns >= 62 || row < 0) {
        command_text(text, sizeof(text), ui->now.sides, ui->now.level, &ui->now.limits);
        ui_printf(ui, l->foot, 0, l->columns, PEN_PLAIN, "= %s", text);
    } else {
        const struct diff *d = ui->mine.list->diff;

        ui_printf(ui, l->foot, 0, l->columns, PEN_PLAIN, "%s: %llu > %llu", ui->now.value,
                  (unsigned long long)trawl_view_u64(&d->left, (uint64_t)row),
                  (unsigned long long)trawl_view_u64(&d->right, (uint64_t)row));
    }
}

static void draw_message(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    char text[TEXT_ROOM], done[16] = "";
    static const char turns[] = "|/-\\";

    if (ui->prompt) {
        terminal_put_prompt(&ui->terminal, l->foot, prompts[ui->prompt], ui->text);
        return;
    }
    ui->is_deaf = ui->is_deaf && ui->state.busy;
    if (ui->state.busy) {
        if (ui->state.total)
            snprintf(done, sizeof(done), " %.0f %%",
                     100 * (double)ui->state.progress / (double)ui->state.total);
        snprintf(text, sizeof(text), "%c %s%s  %.1f s  (%s)",
                 turns[ui->turn++ % (sizeof(turns) - 1)], busy_text(ui), done, ui->state.seconds,
                 ui->is_deaf ? "it does not answer: Ctrl-C again leaves trawl" : "Ctrl-C stops it");
        ui_printf(ui, l->foot, 0, l->columns, PEN_NOTE, "%s", text);
    } else if (ui->said[0] || ui->state.message[0]) {
        ui_printf(ui, l->foot, 0, l->columns, PEN_NOTE, "%s",
                  ui->said[0] ? ui->said : ui->state.message);
    } else if (ui->mode == MODE_LIST && ui->mine.diff && l->foot + 1 < l->rows) {
        draw_about(ui);
    }
}

static void draw_keys(const struct ui *ui)
{
    static const char *const keys[] = {
        [MODE_LIST] = ("q quit  ? keys  Enter why  l r sides  tcxmMpu limits  s o sort  d level  "
                       "f chart  : command"),
        [MODE_SOURCES] = "Enter take it  Esc back  b width of bins  up down  q quit",
        [MODE_PAGE] = "Esc back  up down left right  Home End  q quit",
        [MODE_HELP] = "Esc back  up down  q quit"};

    if (ui->layout.foot + 1 < ui->layout.rows || !(ui->prompt || ui->state.busy))
        terminal_put_parts(
            &ui->terminal, ui->layout.rows - 1, PEN_PLAIN,
            ui->prompt ? "Enter keep it  Esc as before  Ctrl-U empty" : keys[ui->mode], "  ");
}

void ui_draw(struct ui *ui)
{
    const struct layout *l = &ui->layout;

    erase();
    if (!l->list_rows) {
        ui_printf(ui, 0, 0, l->columns, PEN_NOTE, "%ux%u is needed, q quits", LEAST_COLUMNS,
                  LEAST_ROWS);
        refresh();
        return;
    }
    draw_title(ui);
    if (l->list_top > 2)
        draw_limits(ui);
    if (ui->mode == MODE_LIST) {
        draw_list(ui);
        if (l->chart_rows)
            ui_draw_charts(ui);
    } else if (ui->mode == MODE_SOURCES) {
        ui_draw_sources(ui);
    } else if (ui->mode == MODE_PAGE) {
        ui_draw_page(ui);
    } else {
        ui_draw_help(ui);
    }
    draw_keys(ui);
    draw_message(ui);
    curs_set(ui->prompt ? 1 : 0);
    refresh();
}
