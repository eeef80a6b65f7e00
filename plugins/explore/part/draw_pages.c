/* The explorer's other pages: what can be a side, a table, the keys.
 * Knows nothing of how they were made. */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "../ui.h"

static unsigned page_rows(const struct ui *ui)
{
    return ui->layout.foot - ui->layout.list_top;
}

/* ---- sources ---- */

void ui_draw_sources(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const struct sources *s = ui->mine.sources;
    char bin[32];

    bin_text(bin, sizeof(bin), s ? s->bin_ns : 0);
    attron(A_UNDERLINE);
    ui_printf(ui, l->list_top - 1, 0, l->columns, PEN_PLAIN, "the %s side: a capture or %s of it",
              ui->side ? "right" : "left", bin);
    attroff(A_UNDERLINE);
    if (!s)
        return;
    ui->source_first = terminal_scroll(ui->source_first, ui->source, page_rows(ui), s->n);
    for (unsigned i = 0; i < page_rows(ui) && ui->source_first + i < s->n; i++) {
        const struct source *item = &s->items[ui->source_first + i];
        int selected = ui->source_first + i == ui->source;
        int is_bin = item->side.from_ns || item->side.to_ns;
        unsigned y = l->list_top + i;
        char count[32];
        int n = snprintf(count, sizeof(count), "%llu packets", (unsigned long long)item->packets);
        unsigned room = l->columns > 24 ? l->columns - 20 : l->columns;

        if (selected)
            attron(A_REVERSE);
        ui_printf(ui, y, 0, room, PEN_PLAIN, "%c%s%s", selected ? '>' : ' ', is_bin ? "   " : " ",
                  item->side.label);
        if (room < l->columns)
            ui_put(ui, y, room, l->columns - room, count, (size_t)n, PEN_PLAIN, ALIGN_RIGHT);
        if (selected)
            attroff(A_REVERSE);
    }
}

/* ---- a table ---- */

/* Gives the columns that had room. */
static size_t draw_page_row(const struct ui *ui, const struct page *p, unsigned y, size_t row)
{
    size_t seen = 0;
    unsigned x = 0;

    for (size_t c = ui->page_column; c < p->n_columns && x < ui->layout.columns; c++) {
        const char *text = p->cells[row * p->n_columns + c];
        unsigned width = p->widths[c] > 48 && c + 1 < p->n_columns ? 48 : p->widths[c];

        if (c > ui->page_column && width > ui->layout.columns - x && p->right[c])
            break; /* no half numbers */
        ui_put(ui, y, x, width, text, strlen(text), PEN_PLAIN,
               p->right[c] ? ALIGN_RIGHT : ALIGN_LEFT);
        x += width + 2;
        seen++;
    }
    return seen;
}

void ui_draw_page(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const struct page *p = ui->mine.page;
    unsigned rows = page_rows(ui), y = l->list_top, title = l->list_top - 1;
    size_t seen = 1;

    if (!p)
        return;
    attron(A_UNDERLINE);
    ui_printf(ui, title > 1 ? title - 1 : title, 0, l->columns, PEN_PLAIN, "%s", p->title);
    attroff(A_UNDERLINE);
    if (!p->plain) {
        attron(A_BOLD);
        seen = draw_page_row(ui, p, title > 1 ? title : y++, 0);
        attroff(A_BOLD);
        rows -= title > 1 ? 0 : 1;
    }
    if (ui->page_first + rows > p->n_rows)
        ui->page_first = p->n_rows > rows ? p->n_rows - rows : 0;
    for (unsigned i = 0; i < rows && ui->page_first + i < p->n_rows; i++)
        draw_page_row(ui, p, y + i, ui->page_first + i + 1);
    if (!p->n_rows)
        ui_printf(ui, y, 1, l->columns - 1, PEN_NOTE, "no rows");
    snprintf(ui->said, sizeof(ui->said), "rows %zu to %zu of %llu%s",
             p->n_rows ? ui->page_first + 1 : 0,
             ui->page_first + rows < p->n_rows ? ui->page_first + rows : p->n_rows,
             (unsigned long long)p->n_all, p->n_all > p->n_rows ? " (the first are shown)" : "");
    if (p->n_columns > 1)
        snprintf(ui->said + strlen(ui->said), sizeof(ui->said) - strlen(ui->said),
                 ", columns %zu to %zu of %zu", ui->page_column + 1, ui->page_column + seen,
                 p->n_columns);
}

/* ---- keys ---- */

static const char *const help[] = {
    "up down j k        a row up, down; PgUp PgDn Home End: further",
    "Enter w            what is behind the row: packets and values that come with it",
    "l r                choose the left, the right side: a capture or a time bin of it",
    "[ ]                left side: the bin before, after;  { }: the right side",
    "S                  swap the sides",
    "b                  width of the time bins",
    "",
    "t                  only rows whose share differs by more than this",
    "c                  only rows whose total is above this",
    "x                  at most so many rows of each field, or of the one list",
    "m M                only fields, only values that contain a text",
    "p                  only gains, only losses, both",
    "s R                order of the rows; reverse it",
    "o                  one order over all fields, the largest first",
    "u                  no limits",
    "",
    "f                  chart of all values of the field, or of the chosen one",
    "%                  chart shares of the field instead of counts",
    "d                  level: 1, 2, 3 or 10 (how many fields are counted)",
    ":                  run a command and show its table",
    "Ctrl-C             stop what is being done",
    "q                  leave",
};

size_t ui_help_lines(const struct ui *ui)
{
    return terminal_rows(&ui->terminal, help, TRAWL_COUNT(help));
}

void ui_draw_help(struct ui *ui)
{
    const struct layout *l = &ui->layout;
    size_t n = ui_help_lines(ui), rows = page_rows(ui);

    attron(A_UNDERLINE);
    ui_printf(ui, l->list_top - 1, 0, l->columns, PEN_PLAIN, "keys");
    attroff(A_UNDERLINE);
    if (ui->help_first + rows > n)
        ui->help_first = n > rows ? n - rows : 0;
    terminal_put_lines(&ui->terminal, l->list_top, (unsigned)rows, ui->help_first, help,
                       TRAWL_COUNT(help));
}
