/* The explorer's thread: curses begun and ended, keys read, what is new taken over.
 * Knows nothing of what is explored. */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "../ui.h"

enum { TURN_MS = 100 };

/* ---- what is new ---- */

static void take(struct explorer *e, void *mine, const void *made)
{
    struct shared *old, *fresh;

    memcpy(&old, mine, sizeof(old));
    memcpy(&fresh, made, sizeof(fresh));
    if (old == fresh)
        return;
    if (fresh)
        fresh->refs++;
    explorer_put(e, mine, fresh);
}

/* Sides that nobody chose: two captures, or the first two bins of one. */
static void choose_sides(struct ui *ui)
{
    const struct sources *s = ui->mine.sources;
    struct side *sides = ui->now.sides;
    size_t i_left = 0;

    if (!s || !s->n || (sides[0].label[0] && sides[1].label[0]))
        return;
    for (size_t i = 0; i < s->n && sides[0].capture[0]; i++) {
        if (strcmp(s->items[i].side.capture, sides[0].capture) == 0) {
            i_left = i;
            break;
        }
    }
    if (sides[1].capture[0]) { /* both were named */
        snprintf(sides[0].label, sizeof(sides[0].label), "%s", sides[0].capture);
        snprintf(sides[1].label, sizeof(sides[1].label), "%s", sides[1].capture);
        return;
    }
    if (!sides[0].capture[0]) {
        for (size_t i = 1; i < s->n; i++) {
            if (!s->items[i].side.from_ns && !s->items[i].side.to_ns) {
                sides[0] = s->items[0].side;
                sides[1] = s->items[i].side;
                return;
            }
        }
    }
    sides[0] = sides[1] = s->items[i_left].side;
    if (i_left + 2 < s->n &&
        (s->items[i_left + 1].side.from_ns || s->items[i_left + 1].side.to_ns)) {
        sides[0] = s->items[i_left + 1].side;
        sides[1] = s->items[i_left + 2].side;
    }
}

/* The row that the user chose, where the new list has it, else the most telling one; other rows of
 * its field are seen before it. */
static void keep_row(struct ui *ui)
{
    const struct list *l = ui->mine.list;
    const size_t before = ui->layout.list_rows / 3;

    if (!l)
        return;
    if (ui->to_top) {
        ui->selected = ui->first = 0;
    } else if (ui->has_chosen && l->i_same < l->n) {
        ui->selected = l->i_same;
    } else {
        ui->selected = l->i_telling;
        ui->first = ui->selected > before ? ui->selected - before : 0;
    }
    ui->to_top = 0;
}

static void take_results(struct ui *ui)
{
    struct explorer *e = ui->e;
    const struct list *list = ui->mine.list;
    int first_sources = ui->mine.sources == NULL;

    pthread_mutex_lock(&e->lock);
    take(e, &ui->mine.sources, &e->made.sources);
    take(e, &ui->mine.diff, &e->made.diff);
    take(e, &ui->mine.list, &e->made.list);
    take(e, &ui->mine.page, &e->made.page);
    take(e, &ui->mine.series, &e->made.series);
    take(e, &ui->mine.totals, &e->made.totals);
    pthread_mutex_unlock(&e->lock);
    if (first_sources && ui->mine.sources) {
        choose_sides(ui);
        ui_compare(ui);
    }
    if (ui->mine.list != list)
        keep_row(ui);
    if (ui->wants_page && ui->state.done & 1u << JOB_PAGE) {
        ui->wants_page = 0;
        if (!(ui->state.failed & 1u << JOB_PAGE) && ui->mine.page) {
            ui->mode = MODE_PAGE;
            ui->page_first = ui->page_column = 0;
        }
    }
}

static void drop_results(struct ui *ui)
{
    struct explorer *e = ui->e;

    pthread_mutex_lock(&e->lock);
    explorer_put(e, &ui->mine.sources, NULL);
    explorer_put(e, &ui->mine.diff, NULL);
    explorer_put(e, &ui->mine.list, NULL);
    explorer_put(e, &ui->mine.page, NULL);
    explorer_put(e, &ui->mine.series, NULL);
    explorer_put(e, &ui->mine.totals, NULL);
    pthread_mutex_unlock(&e->lock);
}

/* Ctrl-C: what is shown stays, and is what is wished for. */
static void stop_work(struct ui *ui)
{
    const struct diff *d = ui->mine.diff;

    int again = ui->state.busy && strncmp(ui->said, "stopped", 7) == 0;

    ui->screen->cancel(ui->screen);
    ui->is_deaf = again;
    snprintf(ui->said, sizeof(ui->said), ui->state.busy ? "stopped" : "q leaves");
    ui->wants_page = 0;
    if (!d)
        return;
    memcpy(ui->now.sides, d->sides, sizeof(ui->now.sides));
    ui->now.level = d->level;
}

/* ---- the loop ---- */

/* All keys that are there, so that holding one down asks for one answer. */
static void read_keys(struct ui *ui)
{
    wint_t key;
    int kind;

    while (!ui->over && (kind = get_wch(&key)) != ERR) {
        if (kind == KEY_CODE_YES && key == KEY_RESIZE)
            continue;
        if (kind != KEY_CODE_YES && key == KEY_CTRL_Z) {
            terminal_suspend(ui->screen);
            continue;
        }
        ui_key(ui, (uint32_t)key, kind == KEY_CODE_YES);
    }
}

int explorer_run(trawl_screen *screen, void *context, trawl_error *err)
{
    struct ui ui = {.e = context, .screen = screen, .state.size = sizeof(ui.state)};
    int rc = terminal_begin(&ui.terminal, screen, err);

    if (rc != TRAWL_OK) {
        terminal_end(&ui.terminal);
        return rc;
    }
    ui.now = ui.e->wish;
    ui_ask(&ui, JOB_SOURCES);
    screen->wait(screen, 0, &ui.state);
    while (!ui.over && !(ui.state.events & TRAWL_SCREEN_STOP)) {
        if (ui.state.events & TRAWL_SCREEN_RESIZED) {
            resizeterm((int)ui.state.rows, (int)ui.state.columns);
            ui_lay_out(&ui.layout, ui.state.columns, ui.state.rows);
            ui.terminal.columns = ui.state.columns;
            ui.terminal.rows = ui.state.rows;
        }
        if (ui.state.events & TRAWL_SCREEN_SUSPEND)
            terminal_suspend(screen);
        if (ui.state.events & TRAWL_SCREEN_CONTINUED)
            terminal_again();
        if (ui.state.events & TRAWL_SCREEN_INTERRUPT)
            stop_work(&ui);
        if (ui.state.events & TRAWL_SCREEN_DONE)
            take_results(&ui);
        if (ui.state.events & TRAWL_SCREEN_KEY)
            read_keys(&ui);
        if (ui.over)
            break;
        ui_follow(&ui);
        ui_draw(&ui);
        screen->wait(screen, ui.state.busy ? TURN_MS : -1, &ui.state);
    }
    drop_results(&ui);
    terminal_end(&ui.terminal);
    return TRAWL_OK;
}
