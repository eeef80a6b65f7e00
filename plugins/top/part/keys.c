/* What the keys of top's screen do. Knows nothing of how anything is drawn. */
#include <curses.h>
#include <string.h>

#include "screen.h"

enum { KEY_ESC = 27, KEY_CTRL_L = 12 };

/* ---- the line at the foot ---- */

static char *edited(struct ui *ui)
{
    return ui->prompt == PROMPT_TEXT ? ui->now.text : ui->now.where;
}

static void start_prompt(struct ui *ui, enum prompt prompt)
{
    ui->prompt = prompt;
    ui->text[0] = '\0';
    if (prompt == PROMPT_FILE)
        return;
    memcpy(ui->text, edited(ui), sizeof(ui->text));
    memcpy(ui->before, ui->text, sizeof(ui->before));
}

/* Other rows: from the first one. */
static void choose_anew(struct ui *ui)
{
    ui->selected = ui->first = ui->now.first = 0;
    ui_ask(ui, LIVE_JOB_VIEW);
}

static void end_prompt(struct ui *ui)
{
    if (ui->prompt == PROMPT_WHERE) { /* it stays until that is known to be right */
        memcpy(ui->now.where, ui->text, sizeof(ui->now.where));
        ui->is_trying = 1;
        choose_anew(ui);
        return;
    }
    if (ui->prompt == PROMPT_FILE && ui->text[0]) {
        memcpy(ui->now.path, ui->text, sizeof(ui->now.path));
        ui_ask(ui, LIVE_JOB_WRITE);
    }
    ui->prompt = PROMPT_NONE;
}

static void prompt_key(struct ui *ui, uint32_t key, int is_code)
{
    const enum typed typed = terminal_type(ui->text, sizeof(ui->text), key, is_code);

    if (typed == TYPED_DONE) {
        end_prompt(ui);
        return;
    }
    if (typed == TYPED_NOTHING)
        return;
    ui->is_trying = 0;
    if (typed == TYPED_LEFT)
        memcpy(ui->text, ui->before, sizeof(ui->text));
    if (ui->prompt == PROMPT_TEXT) { /* holds while it is typed */
        memcpy(ui->now.text, ui->text, sizeof(ui->now.text));
        choose_anew(ui);
    }
    if (typed == TYPED_LEFT)
        ui->prompt = PROMPT_NONE;
}

/* ---- rows ---- */

static void sort_by(struct ui *ui, int step)
{
    const struct live_page *p = ui->page;
    const int64_t n = p ? (int64_t)p->n_columns : 0;
    int64_t i = 0;

    if (n < 2 || p->view == VIEW_TRTOP) {
        snprintf(ui->said, sizeof(ui->said), "%s",
                 n ? "trtop's rows have an order of their own: v" : "there are no rows yet");
        return;
    }
    while (i < n && strcmp(p->columns[i].name, ui->now.sort) != 0)
        i++;
    i = (i % n + step + n) % n;
    snprintf(ui->now.sort, sizeof(ui->now.sort), "%s", p->columns[i].name);
    ui->now.descending = i != 0;
    choose_anew(ui);
}

static void group_by(struct ui *ui, int step)
{
    int n = 0;

    while (ui->live->by_names[n])
        n++;
    ui->by = (ui->by + step + n) % n; /* past those that lack a file */
    ui->now.by = ui->by;
    ui->selected = ui->first = ui->now.first = 0;
    snprintf(ui->said, sizeof(ui->said), "by %s …", ui->live->by_names[ui->now.by]);
    ui_ask(ui, LIVE_JOB_TAKE);
}

static void mark(struct ui *ui)
{
    const char *key = ui_key_of(ui, ui->selected);
    size_t i = 0;

    while (key && i < ui->n_marked && strcmp(ui->marked[i], key) != 0)
        i++;
    if (!key)
        return;
    if (i < ui->n_marked)
        memcpy(ui->marked[i], ui->marked[--ui->n_marked], LIVE_KEY);
    else if (ui->n_marked < MAX_MARKED)
        snprintf(ui->marked[ui->n_marked++], LIVE_KEY, "%s", key);
    else
        snprintf(ui->said, sizeof(ui->said), "%d rows are marked, no more", MAX_MARKED);
}

static void open_detail(struct ui *ui)
{
    const char *key = ui_key_of(ui, ui->selected);

    if (!key)
        return;
    snprintf(ui->now.key, sizeof(ui->now.key), "%s", key);
    live_detail_free(ui->detail);
    ui->detail = NULL;
    ui->mode = MODE_DETAIL;
    ui->line = ui->line_first = 0;
    ui_ask(ui, LIVE_JOB_DETAIL);
}

static void toggle_pause(struct ui *ui)
{
    ui->now.is_paused = !ui->now.is_paused;
    ui_ask(ui, LIVE_JOB_TAKE);
}

/* Through the time of a capture that does not grow: 0 is all of it. */
static void step(struct ui *ui, int by)
{
    if (!ui->page || !ui->page->n_steps_max) {
        snprintf(ui->said, sizeof(ui->said), "a capture that grows has no steps");
        return;
    }
    ui->now.is_paused = 1;
    if (!ui->now.n_steps)
        ui->now.n_steps = by < 0 ? ui->page->n_steps_max - 1 : 0;
    else
        ui->now.n_steps += by;
    if (ui->now.n_steps < 1 && by < 0)
        ui->now.n_steps = 1;
    if (ui->now.n_steps >= ui->page->n_steps_max)
        ui->now.n_steps = 0;
    ui_ask(ui, LIVE_JOB_TAKE);
}

/* What was asked for at first, trawl's rows, trtop's. */
static void next_view(struct ui *ui)
{
    const struct live_wish *w = &ui->now;

    ui->now.view = w->view == VIEW_TRAWL   ? VIEW_TRTOP
                   : w->view != VIEW_TRTOP ? VIEW_TRAWL
                                           : ui->first_view;
    ui->selected = ui->first = ui->now.first = 0;
    ui_ask(ui, LIVE_JOB_TAKE);
}

static void rows_key(struct ui *ui, uint32_t key, int is_code)
{
    const size_t n = ui->page ? ui->page->n_shown : 0;

    if (!is_code && key == ' ')
        toggle_pause(ui);
    else if (terminal_move(key, is_code, &ui->selected, n, ui->layout.list_rows))
        return;
    else if (is_code ? key == KEY_LEFT : key == '<')
        sort_by(ui, -1);
    else if (is_code ? key == KEY_RIGHT : key == '>')
        sort_by(ui, 1);
    else if (is_code ? key == KEY_ENTER : key == '\n' || key == '\r')
        open_detail(ui);
    else if (is_code)
        return;
    else if (key == 'r' || key == 'R') {
        ui->now.descending = !ui->now.descending;
        choose_anew(ui);
    } else if (key == 'b' || key == 'B')
        group_by(ui, key == 'b' ? 1 : -1);
    else if (key == 'p')
        toggle_pause(ui);
    else if (key == 'm')
        mark(ui);
    else if (key == 'v')
        next_view(ui);
    else if (key == '/')
        start_prompt(ui, PROMPT_TEXT);
    else if (key == 'e')
        start_prompt(ui, PROMPT_WHERE);
    else if (key == 'w')
        start_prompt(ui, PROMPT_FILE);
    else if (key == 'u') {
        ui->now.text[0] = ui->now.where[0] = '\0';
        choose_anew(ui);
    } else if (key == '[' || key == ']')
        step(ui, key == '[' ? -1 : 1);
}

void ui_key(struct ui *ui, uint32_t key, int is_code)
{
    ui->said[0] = '\0';
    ui->wrong_at = -1;
    if (!is_code && key == KEY_CTRL_L) {
        clearok(curscr, TRUE);
    } else if (ui->prompt) {
        prompt_key(ui, key, is_code);
    } else if (!is_code && (key == 'q' || key == 'Q')) {
        ui->over = 1;
    } else if (ui->mode != MODE_ROWS && !is_code &&
               (key == KEY_ESC || key == '?' || key == '\r' || key == '\n')) {
        ui->mode = MODE_ROWS;
    } else if (!is_code && (key == '?' || key == 'h')) {
        ui->mode = MODE_HELP;
        ui->line = ui->line_first = 0;
    } else if (ui->mode == MODE_ROWS) {
        rows_key(ui, key, is_code);
    } else if (!is_code && key == ' ') {
        toggle_pause(ui);
    } else {
        terminal_move(key, is_code, &ui->line, ui_lines(ui), ui->layout.list_rows);
    }
}
