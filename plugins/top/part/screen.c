/* The thread of top's screen: curses begun and ended, keys read, what is new taken over.
 * Knows nothing of how rows come about. */
#include "screen.h"

#include <curses.h>
#include <string.h>

void ui_ask(struct ui *ui, uint32_t i_job)
{
    pthread_mutex_lock(&ui->live->lock);
    ui->live->wish = ui->now;
    pthread_mutex_unlock(&ui->live->lock);
    ui->screen->ask(ui->screen, i_job);
}

const char *ui_key_of(const struct ui *ui, size_t row)
{
    const struct live_page *p = ui->page;

    return p && row >= p->first && row - p->first < p->n_rows
               ? p->text + p->cells[(row - p->first) * p->n_columns]
               : NULL;
}

int ui_is_marked(const struct ui *ui, const char *key)
{
    for (size_t i = 0; i < ui->n_marked; i++)
        if (strcmp(ui->marked[i], key) == 0)
            return 1;
    return 0;
}

/* ---- what is new ---- */

static void take_page(struct ui *ui)
{
    struct live_page *page;
    struct live_detail *detail;

    pthread_mutex_lock(&ui->live->lock);
    page = ui->live->page;
    detail = ui->live->detail;
    ui->live->page = NULL;
    ui->live->detail = NULL;
    pthread_mutex_unlock(&ui->live->lock);
    if (page) {
        live_page_free(ui->page);
        ui->page = page;
        ui->granted = page->wish;
        ui->is_failing = 0;
        if (ui->is_trying && strcmp(page->wish.where, ui->now.where) == 0) {
            ui->is_trying = 0;
            ui->prompt = PROMPT_NONE;
        }
    }
    if (detail) {
        live_detail_free(ui->detail);
        ui->detail = detail;
    }
    if (ui->page && ui->selected >= ui->page->n_shown)
        ui->selected = ui->page->n_shown ? ui->page->n_shown - 1 : 0;
}

/* What could not be done is not wished for any longer. */
static void give_up(struct ui *ui)
{
    memcpy(ui->said, ui->state.message, sizeof(ui->said));
    ui->is_failing = 1;
    if (ui->is_trying) { /* what is typed stays, to be mended */
        pthread_mutex_lock(&ui->live->lock);
        ui->wrong_at = ui->live->wrong_at;
        pthread_mutex_unlock(&ui->live->lock);
        ui->is_trying = 0;
    }
    if (!ui->page || (ui->now.by == ui->granted.by && ui->now.view == ui->granted.view &&
                      strcmp(ui->now.where, ui->granted.where) == 0))
        return;
    ui->now.by = ui->granted.by;
    ui->now.view = ui->granted.view;
    memcpy(ui->now.where, ui->granted.where, sizeof(ui->now.where));
    ui_ask(ui, LIVE_JOB_TAKE);
}

/* The turn after this one. */
static void go_on(struct ui *ui)
{
    if (ui->mode == MODE_DETAIL && !ui->now.is_paused)
        ui_ask(ui, LIVE_JOB_DETAIL);
    if (ui->page && (ui->page->is_final || (ui->now.is_paused && !ui->page->grows)))
        return;
    if (ui->now.n_steps && !ui->now.is_paused) { /* steps in which nothing comes are left out */
        ui->now.n_steps++;
        if (ui->page && ui->page->next_step > ui->now.n_steps)
            ui->now.n_steps = ui->page->next_step;
    }
    ui_ask(ui, LIVE_JOB_TAKE);
}

static void take_results(struct ui *ui)
{
    const uint32_t done = ui->state.done;

    take_page(ui);
    if (done & ui->state.failed & (1u << LIVE_JOB_TAKE | 1u << LIVE_JOB_VIEW)) {
        give_up(ui);
        return;
    }
    if (done & 1u << LIVE_JOB_WRITE && !(ui->state.failed & 1u << LIVE_JOB_WRITE))
        snprintf(ui->said, sizeof(ui->said), "written to %.200s", ui->now.path);
    if (done & 1u << LIVE_JOB_TAKE)
        go_on(ui);
}

/* The rows that are to be seen are in the page, or asked for. */
static void follow(struct ui *ui)
{
    const struct live_page *p = ui->page;
    const size_t rows = ui->layout.list_rows;

    if (!p)
        return;
    ui->first = terminal_scroll(ui->first, ui->selected, rows, p->n_shown);
    if (ui->first >= p->first &&
        (ui->first + rows <= p->first + p->n_rows || p->first + p->n_rows == p->n_shown))
        return;
    if (ui->now.first <= ui->first && ui->first + rows <= ui->now.first + ui->now.n_rows &&
        ui->state.busy & 1u << LIVE_JOB_VIEW)
        return;
    ui->now.first = ui->first > LIVE_WINDOW / 3 ? ui->first - LIVE_WINDOW / 3 : 0;
    ui_ask(ui, LIVE_JOB_VIEW);
}

/* ---- the loop ---- */

/* All keys that are there, so that holding one down asks for one answer. */
static void read_keys(struct ui *ui)
{
    wint_t key;
    int kind;

    while (!ui->over && (kind = get_wch(&key)) != ERR)
        if (kind != KEY_CODE_YES && key == KEY_CTRL_Z)
            terminal_suspend(ui->screen);
        else if (kind != KEY_CODE_YES || key != KEY_RESIZE)
            ui_key(ui, (uint32_t)key, kind == KEY_CODE_YES);
}

int screen_run(trawl_screen *screen, void *context, trawl_error *err)
{
    enum { RETRY_MS = 1000 };
    struct ui *ui = host->alloc(sizeof(*ui));
    int rc = ui ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc != TRAWL_OK)
        return rc;
    ui->live = context;
    ui->screen = screen;
    ui->state.size = sizeof(ui->state);
    rc = terminal_begin(&ui->terminal, screen, err);
    if (rc == TRAWL_OK) {
        ui->now = ui->live->wish;
        ui->by = ui->now.by;
        ui->first_view = ui->now.view == VIEW_TRTOP ? VIEW_TRAWL : ui->now.view;
        ui_ask(ui, LIVE_JOB_TAKE);
        screen->wait(screen, 0, &ui->state);
    }
    while (rc == TRAWL_OK && !ui->over &&
           !(ui->state.events & (TRAWL_SCREEN_STOP | TRAWL_SCREEN_INTERRUPT))) {
        if (ui->state.events & TRAWL_SCREEN_RESIZED) {
            resizeterm((int)ui->state.rows, (int)ui->state.columns);
            ui->terminal.columns = ui->state.columns;
            ui->terminal.rows = ui->state.rows;
            ui_lay_out(ui);
        }
        if (ui->state.events & TRAWL_SCREEN_SUSPEND)
            terminal_suspend(screen);
        if (ui->state.events & TRAWL_SCREEN_CONTINUED)
            terminal_again();
        if (ui->state.events & TRAWL_SCREEN_DONE)
            take_results(ui);
        if (ui->state.events & TRAWL_SCREEN_KEY)
            read_keys(ui);
        if (ui->over)
            break;
        follow(ui);
        ui_draw(ui);
        screen->wait(screen, ui->is_failing ? RETRY_MS : -1, &ui->state);
        if (ui->is_failing && !ui->state.events && !ui->state.busy)
            ui_ask(ui, LIVE_JOB_TAKE);
    }
    terminal_end(&ui->terminal);
    live_page_free(ui->page);
    live_detail_free(ui->detail);
    host->free(ui);
    return rc;
}
