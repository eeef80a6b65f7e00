/* What the explorer's keys do. Knows nothing of how anything is drawn. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ui.h"

enum { KEY_ESC = 27, KEY_CTRL_L = 12 };

void ui_ask(struct ui *ui, uint32_t i_job)
{
    pthread_mutex_lock(&ui->e->lock);
    ui->e->wish = ui->now;
    pthread_mutex_unlock(&ui->e->lock);
    ui->screen->ask(ui->screen, i_job);
    ui->state.busy |= 1u << i_job; /* until wait() says otherwise */
}

int64_t ui_row(const struct ui *ui)
{
    const struct list *l = ui->mine.list;

    return l && ui->selected < l->n ? (int64_t)l->rows[ui->selected] : -1;
}

void ui_follow(struct ui *ui)
{
    int64_t row = ui_row(ui);
    const struct diff *d;
    const char *text;
    char field[FIELD_ROOM];
    size_t n;

    if (row < 0)
        return;
    d = ui->mine.list->diff;
    ui->now.gone = trawl_view_u64(&d->right, (uint64_t)row) == 0;
    text = view_text(&d->value, (uint64_t)row, &n);
    snprintf(ui->now.value, sizeof(ui->now.value), "%.*s", (int)n, text);
    text = view_text(&d->field, (uint64_t)row, &n);
    snprintf(field, sizeof(field), "%.*s", (int)n, text);
    if (strcmp(field, ui->now.field) == 0) /* asked for, and not again while it is counted */
        return;
    snprintf(ui->now.field, sizeof(ui->now.field), "%s", field);
    ui_ask(ui, JOB_SERIES);
}

void ui_compare(struct ui *ui)
{
    ui_ask(ui, JOB_TOTALS);
    ui_ask(ui, JOB_COMPARE);
    ui_ask(ui, JOB_LIST);
    ui_ask(ui, JOB_SERIES);
}

/* ---- sides ---- */

static void take_source(struct ui *ui, int side, int64_t i)
{
    const struct sources *s = ui->mine.sources;

    if (!s || i < 0 || i >= (int64_t)s->n)
        return;
    ui->now.sides[side] = s->items[i].side;
    ui_compare(ui);
}

static void step_side(struct ui *ui, int side, int by)
{
    int64_t i = sources_find(ui->mine.sources, &ui->now.sides[side]);

    if (i < 0)
        snprintf(ui->said, sizeof(ui->said), "choose a side with %c first", side ? 'r' : 'l');
    else
        take_source(ui, side, i + by);
}

static void swap_sides(struct ui *ui)
{
    struct side left = ui->now.sides[0];

    ui->now.sides[0] = ui->now.sides[1];
    ui->now.sides[1] = left;
    ui_compare(ui);
}

static void choose_side(struct ui *ui, int side)
{
    int64_t i = sources_find(ui->mine.sources, &ui->now.sides[side]);

    ui->side = side;
    ui->source = i < 0 ? 0 : (size_t)i;
    ui->mode = MODE_SOURCES;
}

/* ---- the line at the foot ---- */

static void start_prompt(struct ui *ui, enum prompt prompt)
{
    const struct limits *l = &ui->now.limits;

    ui->prompt = prompt;
    ui->before = *l;
    ui->text[0] = '\0';
    if (prompt == PROMPT_THRESHOLD && l->threshold > 0)
        snprintf(ui->text, sizeof(ui->text), "%g", l->threshold);
    else if (prompt == PROMPT_COUNT && l->min_count)
        snprintf(ui->text, sizeof(ui->text), "%llu", (unsigned long long)l->min_count);
    else if (prompt == PROMPT_TOP && l->top)
        snprintf(ui->text, sizeof(ui->text), "%llu", (unsigned long long)l->top);
    else if (prompt == PROMPT_MATCH)
        snprintf(ui->text, sizeof(ui->text), "%s", l->match);
    else if (prompt == PROMPT_VALUES)
        snprintf(ui->text, sizeof(ui->text), "%s", l->values);
}

/* A number that is being typed; what is none yet counts as nothing. */
static double number(const char *text)
{
    char *end;
    double v = strtod(text, &end);

    return *end || !(v > 0) || v > 1e18 ? 0 : v;
}

/* What has been typed so far holds at once. */
static void apply_prompt(struct ui *ui)
{
    struct limits *l = &ui->now.limits;

    switch (ui->prompt) {
    case PROMPT_THRESHOLD:
        l->threshold = number(ui->text);
        break;
    case PROMPT_COUNT:
        l->min_count = (uint64_t)number(ui->text);
        break;
    case PROMPT_TOP:
        l->top = (uint64_t)number(ui->text);
        break;
    case PROMPT_MATCH:
        snprintf(l->match, sizeof(l->match), "%.*s", FIELD_ROOM - 1, ui->text);
        break;
    case PROMPT_VALUES:
        snprintf(l->values, sizeof(l->values), "%s", ui->text);
        break;
    default:
        return;
    }
    ui_ask(ui, JOB_LIST);
}

/* "500ms", "1s", "2m"; 0: nothing typed; -1: not understood. */
static int64_t span(const char *text)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"us", 1e3}, {"ms", 1e6},   {"s", 1e9},    {"", 1e9},
                 {"m", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
    char *end;
    double v = strtod(text, &end);

    if (!*text)
        return 0;
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < TRAWL_COUNT(units); i++) {
        if (end != text && strcmp(end, units[i].unit) == 0 && v * units[i].ns >= 1000 &&
            v * units[i].ns < 9e18)
            return (int64_t)(v * units[i].ns);
    }
    return -1;
}

static void end_prompt(struct ui *ui)
{
    enum prompt prompt = ui->prompt;
    int64_t bin;

    ui->prompt = PROMPT_NONE;
    if (prompt == PROMPT_BIN) {
        bin = span(ui->text);
        if (bin < 0) {
            snprintf(ui->said, sizeof(ui->said), "'%.60s' is no width: 500ms, 1s, 2m", ui->text);
            return;
        }
        ui->now.bin_ns = bin;
        snprintf(ui->said, sizeof(ui->said), "l and r choose from the new bins");
        ui->source = ui->source_first = 0;
        ui_ask(ui, JOB_SOURCES);
    } else if (prompt == PROMPT_PIPELINE && ui->text[0]) {
        snprintf(ui->now.pipeline, sizeof(ui->now.pipeline), "%s", ui->text);
        ui->wants_page = 1;
        ui_ask(ui, JOB_PAGE);
    }
}

static void prompt_key(struct ui *ui, uint32_t key, int is_code)
{
    switch (terminal_type(ui->text, sizeof(ui->text), key, is_code)) {
    case TYPED_CHANGED:
        apply_prompt(ui);
        break;
    case TYPED_DONE:
        end_prompt(ui);
        break;
    case TYPED_LEFT:
        ui->prompt = PROMPT_NONE;
        ui->now.limits = ui->before;
        ui_ask(ui, JOB_LIST);
        break;
    case TYPED_NOTHING:
        break;
    }
}

/* ---- moving ---- */

static void next_level(struct ui *ui)
{
    static const uint64_t levels[] = {1, 2, 3, 10};
    size_t i = 0;

    while (i < 3 && levels[i] <= ui->now.level)
        i++;
    ui->now.level = levels[i] <= ui->now.level ? levels[0] : levels[i];
    ui_ask(ui, JOB_COMPARE);
    ui_ask(ui, JOB_LIST);
}

static void look_behind(struct ui *ui)
{
    if (ui_row(ui) < 0)
        return;
    ui_follow(ui); /* keys before this one may have moved */
    ui->now.pipeline[0] = '\0';
    ui->wants_page = 1;
    ui_ask(ui, JOB_PAGE);
}

static int limit_key(struct ui *ui, uint32_t key)
{
    struct limits *l = &ui->now.limits;

    switch (key) {
    case 'p':
        l->sign = (l->sign + 1) % N_SIGNS;
        break;
    case 's':
        l->sort = (l->sort + 1) % N_SORTS;
        break;
    case 'R':
        l->reverse = !l->reverse;
        break;
    case 'o':
        l->flat = !l->flat;
        break;
    case 'u':
        *l = (struct limits){.sort = l->sort, .reverse = l->reverse, .flat = l->flat};
        break;
    default:
        return 0;
    }
    ui->to_top = key != 'p' && key != 'u';
    ui_ask(ui, JOB_LIST);
    return 1;
}

static int prompt_start_key(struct ui *ui, uint32_t key)
{
    static const struct {
        char key;
        enum prompt prompt;
    } starts[] = {{'t', PROMPT_THRESHOLD}, {'c', PROMPT_COUNT},  {'x', PROMPT_TOP},
                  {'m', PROMPT_MATCH},     {'M', PROMPT_VALUES}, {'b', PROMPT_BIN},
                  {':', PROMPT_PIPELINE}};

    for (size_t i = 0; i < TRAWL_COUNT(starts); i++) {
        if (key == (uint32_t)starts[i].key) {
            start_prompt(ui, starts[i].prompt);
            return 1;
        }
    }
    return 0;
}

static void list_key(struct ui *ui, uint32_t key, int is_code)
{
    size_t n = ui->mine.list ? ui->mine.list->n : 0;

    if (terminal_move(key, is_code, &ui->selected, n, ui->layout.list_rows)) {
        ui->has_chosen = 1;
        return;
    }
    if ((!is_code && (prompt_start_key(ui, key) || limit_key(ui, key))))
        return;
    if (is_code) {
        if (key == KEY_ENTER)
            look_behind(ui);
        return;
    }
    switch (key) {
    case '\n':
    case '\r':
    case 'w':
        look_behind(ui);
        break;
    case 'l':
    case 'r':
        choose_side(ui, key == 'r');
        break;
    case '[':
    case ']':
        step_side(ui, 0, key == '[' ? -1 : 1);
        break;
    case '{':
    case '}':
        step_side(ui, 1, key == '{' ? -1 : 1);
        break;
    case 'S':
        swap_sides(ui);
        break;
    case 'd':
        next_level(ui);
        break;
    case 'f':
        ui->field_chart = !ui->field_chart;
        break;
    case '%':
        ui->percent = !ui->percent;
        break;
    default:
        break;
    }
}

static void source_key(struct ui *ui, uint32_t key, int is_code)
{
    size_t n = ui->mine.sources ? ui->mine.sources->n : 0;

    if (terminal_move(key, is_code, &ui->source, n, ui->layout.list_rows))
        return;
    if (is_code ? key == KEY_ENTER : key == '\n' || key == '\r') {
        ui->mode = MODE_LIST;
        take_source(ui, ui->side, (int64_t)ui->source);
    } else if (!is_code && key == 'b') {
        start_prompt(ui, PROMPT_BIN);
    }
}

static void page_key(struct ui *ui, uint32_t key, int is_code)
{
    const struct page *p = ui->mine.page;
    size_t n = p ? p->n_rows : 0;

    if (terminal_move(key, is_code, &ui->page_first, n, ui->layout.foot - ui->layout.list_top))
        return;
    if (is_code && key == KEY_RIGHT && p && ui->page_column + 1 < p->n_columns)
        ui->page_column++;
    else if (is_code && key == KEY_LEFT && ui->page_column)
        ui->page_column--;
}

void ui_key(struct ui *ui, uint32_t key, int is_code)
{
    ui->said[0] = '\0';
    if (!is_code && key == KEY_CTRL_L) {
        clearok(curscr, TRUE);
    } else if (ui->prompt) {
        prompt_key(ui, key, is_code);
    } else if (!is_code && key == 'q') {
        ui->over = 1;
    } else if (!is_code && (key == KEY_ESC || (key == 'h' && ui->mode != MODE_LIST))) {
        ui->mode = MODE_LIST;
    } else if (!is_code && key == '?') {
        ui->mode = ui->mode == MODE_HELP ? MODE_LIST : MODE_HELP;
    } else if (ui->mode == MODE_SOURCES) {
        source_key(ui, key, is_code);
    } else if (ui->mode == MODE_PAGE) {
        page_key(ui, key, is_code);
    } else if (ui->mode == MODE_HELP) {
        terminal_move(key, is_code, &ui->help_first, ui_help_lines(ui), ui->layout.list_rows);
    } else {
        list_key(ui, key, is_code);
    }
}
