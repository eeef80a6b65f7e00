/* The explorer's charts: the chosen value, or the values of its field, and all packets over time.
 * Knows nothing of how they were counted. */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ui.h"

enum { MAX_COLUMNS = 1024, GAP = 3 };

/* One chart beside another: a side's, or both sides' when they are of one capture. */
struct strip {
    const struct series_side *counts;
    unsigned x, width;
    int side; /* 2: both */
};

/* How many strips there are, and where. */
static unsigned strips_of(const struct ui *ui, const struct series *s, unsigned from,
                          struct strip strips[2])
{
    unsigned all = ui->layout.columns - from;
    int one = strcmp(s->captures[0], s->captures[1]) == 0;

    if (all > MAX_COLUMNS)
        all = MAX_COLUMNS;
    strips[0] = (struct strip){&s->sides[0], from, one ? all : (all - GAP) / 2, one ? 2 : 0};
    if (one)
        return 1;
    strips[1] = (struct strip){&s->sides[1], from + strips[0].width + GAP, strips[0].width, 1};
    return 2;
}

static void put_bar(unsigned eighths)
{
    const char block[] = {(char)0xe2, (char)0x96, (char)(0x80 + eighths), 0};

    addstr(eighths ? block : " ");
}

static double most_of(const double *v, unsigned n)
{
    double most = 0;

    for (unsigned i = 0; i < n; i++)
        most = fmax(most, v[i]);
    return most;
}

static void draw_bars(unsigned top, unsigned rows, const struct strip *strip, const double *v,
                      double most)
{
    for (unsigned row = 0; row < rows; row++) {
        move((int)(top + row), (int)strip->x);
        for (unsigned x = 0; x < strip->width; x++)
            put_bar(bar_eighths(v[x], most, rows, rows - 1 - row));
    }
}

/* Bars of one value in all strips, to one scale; gives its top. */
static double draw_value(const struct ui *ui, const struct series *s, const char *value, size_t n,
                         unsigned top, unsigned rows, int percent)
{
    struct strip strips[2];
    double v[2][MAX_COLUMNS], most = 0;
    unsigned n_strips = strips_of(ui, s, 0, strips);

    for (unsigned i = 0; i < n_strips; i++) {
        series_columns(strips[i].counts, series_code(strips[i].counts, value, n), percent, v[i],
                       strips[i].width);
        most = fmax(most, most_of(v[i], strips[i].width));
    }
    for (unsigned i = 0; i < n_strips; i++) {
        draw_bars(top, rows, &strips[i], v[i], most);
        for (unsigned row = 0; i == 1 && row < rows; row++)
            mvaddch((int)(top + row), (int)strips[1].x - 2, '|');
    }
    return most;
}

static void put_title(const struct ui *ui, unsigned y, const char *what, size_t n, double most,
                      int64_t bin_ns, int percent)
{
    char width[32], note[64] = "";
    unsigned room = ui->layout.columns;
    int n_note = 0;

    bin_text(width, sizeof(width), bin_ns);
    if (most > 0)
        n_note = snprintf(note, sizeof(note),
                          percent ? "  up to %.3g %% in %s" : "  up to %.0f in %s", most, width);
    else if (most == 0)
        n_note = snprintf(note, sizeof(note), "  never");
    attron(A_UNDERLINE);
    ui_put(ui, y, 0, room > (unsigned)n_note ? room - (unsigned)n_note : room, what, n, PEN_PLAIN,
           ALIGN_LEFT);
    if (room > (unsigned)n_note)
        ui_put(ui, y, room - (unsigned)n_note, (unsigned)n_note, note, (size_t)n_note, PEN_PLAIN,
               ALIGN_RIGHT);
    attroff(A_UNDERLINE);
}

/* Rows of the list that are of the chosen field, a line each, with bars one cell high. */
static void draw_field(const struct ui *ui, const struct series *s)
{
    const struct layout *l = &ui->layout;
    const struct list *list = ui->mine.list;
    const struct diff *d = list->diff;
    unsigned label = l->columns / 4, most_width = 9, put = 0;
    size_t n_field, from = ui->selected, n_shown;
    const char *field = view_text(&d->field, list->rows[ui->selected], &n_field);
    char title[FIELD_ROOM + 64];

    /* as many before the selected one as there is no room for after it */
    for (size_t i = ui->selected; i-- > 0;) {
        const char *own = view_text(&d->field, list->rows[i], &n_shown);

        if (n_shown != n_field || memcmp(own, field, n_field) != 0 ||
            ui->selected - i >= l->chart_rows)
            break;
        from = i;
    }
    for (size_t i = from; i < list->n && put < l->chart_rows; i++) {
        size_t n;
        const char *own = view_text(&d->field, list->rows[i], &n), *value;
        struct strip strips[2];
        double v[2][MAX_COLUMNS], most = 0;
        unsigned n_strips = strips_of(ui, s, label + 1, strips), y = l->chart_top + 1 + put;

        if (n != n_field || memcmp(own, field, n) != 0)
            continue;
        value = view_text(&d->value, list->rows[i], &n);
        if (l->columns < label + most_width + 20)
            most_width = 0;
        for (unsigned k = 0; k < n_strips; k++) {
            if (k + 1 == n_strips && strips[k].width > most_width)
                strips[k].width -= most_width;
            series_columns(strips[k].counts, series_code(strips[k].counts, value, n), ui->percent,
                           v[k], strips[k].width);
            most = fmax(most, most_of(v[k], strips[k].width));
        }
        mvaddch((int)y, 0, i == ui->selected ? '>' : ' ');
        ui_put(ui, y, 1, label - 1, value, n, PEN_PLAIN, ALIGN_LEFT);
        for (unsigned k = 0; k < n_strips; k++)
            draw_bars(y, 1, &strips[k], v[k], most);
        if (n_strips == 2)
            mvaddch((int)y, (int)strips[1].x - 2, '|');
        if (most_width) {
            char text[16];
            int n_text = snprintf(text, sizeof(text), ui->percent ? " %.3g%%" : " %.4g", most);

            ui_put(ui, y, l->columns - most_width, most_width, text, (size_t)n_text, PEN_PLAIN,
                   ALIGN_RIGHT);
        }
        put++;
    }
    snprintf(title, sizeof(title), "%.*s: its values, each to its own top", (int)n_field, field);
    put_title(ui, l->chart_top, title, strlen(title), -1, s->bin_ns, ui->percent);
}

/* L and R below the bins of one capture that are the sides; blanks elsewhere. */
static void mark_sides(const struct ui *ui, const struct series *s, const struct strip *t,
                       char *marks)
{
    memset(marks, ' ', t->width);
    marks[t->width] = 0;
    for (int k = 0; t->side == 2 && k < 2; k++) {
        const struct side *side = &ui->now.sides[k];
        int64_t from = series_column_of(t->counts, s->bin_ns, side->from_ns, t->width);
        int64_t to = series_column_of(t->counts, s->bin_ns, side->to_ns, t->width);

        if (!side->from_ns && !side->to_ns)
            continue;
        do {
            if (from >= 0 && from < (int64_t)t->width)
                marks[from] = k ? 'R' : 'L';
        } while (++from < to);
    }
}

/* A time that a mark would cut is left out. */
static void put_time(const struct ui *ui, unsigned y, const struct strip *t, unsigned at,
                     const char *text, const char *marks)
{
    const unsigned n = (unsigned)strlen(text);

    if (strspn(marks + at, " ") >= n)
        ui_put(ui, y, t->x + at, n, text, n, PEN_NOTE, ALIGN_LEFT);
}

/* Times at the ends of each strip, and what it is of; below one capture its sides. */
static void draw_axis(const struct ui *ui, const struct series *s, unsigned y)
{
    struct strip strips[2];
    char marks[MAX_COLUMNS + 1];
    unsigned n_strips = strips_of(ui, s, 0, strips);

    for (unsigned i = 0; i < n_strips; i++) {
        const struct strip *t = &strips[i];
        const char *name = s->captures[i];
        unsigned n_first = (unsigned)strlen(t->counts->first),
                 n_last = (unsigned)strlen(t->counts->last);

        if (!t->counts->n_bins || t->width < n_first + n_last + 2)
            continue;
        mark_sides(ui, s, t, marks);
        put_time(ui, y, t, 0, t->counts->first, marks);
        put_time(ui, y, t, t->width - n_last, t->counts->last, marks);
        if (n_strips == 2 && t->width > n_first + n_last + 6)
            ui_put(ui, y, t->x + n_first + 2, t->width - n_first - n_last - 4, name, strlen(name),
                   PEN_NOTE, ALIGN_LEFT);
        for (unsigned x = 0; x < t->width; x++) {
            if (marks[x] != ' ')
                mvaddch((int)y, (int)(t->x + x), (chtype)marks[x]);
        }
    }
}

void ui_draw_charts(const struct ui *ui)
{
    const struct layout *l = &ui->layout;
    const struct series *s = ui->mine.series, *totals = ui->mine.totals;
    int64_t row = ui_row(ui);
    unsigned axis = l->totals_rows ? l->totals_top + 1 + l->totals_rows
                                   : l->chart_top + 1 + l->chart_rows;

    if (row >= 0) {
        const struct diff *d = ui->mine.list->diff;
        size_t n_field, n_value;
        const char *field = view_text(&d->field, (uint64_t)row, &n_field);
        const char *value = view_text(&d->value, (uint64_t)row, &n_value);
        char title[FIELD_ROOM + VALUE_ROOM];
        int is_its = s && strlen(s->field) == n_field && memcmp(s->field, field, n_field) == 0;
        int n = snprintf(title, sizeof(title), "%.*s = %.*s", (int)n_field, field, (int)n_value,
                         value);
        size_t n_title = (size_t)n < sizeof(title) ? (size_t)n : sizeof(title) - 1;

        if (is_its && ui->field_chart)
            draw_field(ui, s);
        else
            put_title(ui, l->chart_top, title, n_title,
                      is_its ? draw_value(ui, s, value, n_value, l->chart_top + 1, l->chart_rows,
                                          ui->percent)
                             : -1,
                      is_its ? s->bin_ns : 0, ui->percent);
    }
    if (!totals)
        return;
    if (l->totals_rows)
        put_title(ui, l->totals_top, "all packets", 11,
                  draw_value(ui, totals, "packet", 6, l->totals_top + 1, l->totals_rows, 0),
                  totals->bin_ns, 0);
    draw_axis(ui, totals, axis);
}
