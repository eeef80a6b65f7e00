/* The screen of top: what is shown where, and what the keys do. The screen's thread alone. */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "../../explore/part/terminal.h"
#include "../live.h"

enum mode { MODE_ROWS, MODE_DETAIL, MODE_HELP };
/** What is being typed at the foot. */
enum prompt { PROMPT_NONE, PROMPT_TEXT, PROMPT_WHERE, PROMPT_FILE };
enum { MAX_MARKED = 16 };

/** Rows of the screen, from above. */
struct layout {
    unsigned drops, settings; /**< lines of the head; 0: not shown */
    unsigned list_top, list_rows;
    unsigned totals; /**< 0: not shown */
    unsigned foot;
};

struct ui {
    struct live *live;
    trawl_screen *screen;
    trawl_screen_state state;
    struct terminal terminal;
    struct layout layout;
    struct live_wish now;     /**< the newest wish, as it is edited */
    struct live_wish granted; /**< the one that the page is of */
    int by;                   /**< the kind of row that was asked for last, granted or not */
    struct live_page *page;   /**< what is shown; NULL: nothing yet */
    struct live_detail *detail;
    enum live_view first_view;
    enum mode mode;
    size_t selected, first;  /**< of the rows in order */
    size_t line, line_first; /**< of the detail or help */
    enum prompt prompt;
    char text[LIVE_TEXT];
    char before[LIVE_TEXT]; /**< what Escape brings back */
    int is_trying;          /**< what is typed was asked for, and the answer is not there yet */
    int64_t wrong_at;       /**< byte of it that is wrong; -1: not known */
    char said[256];         /**< about the last key; "": nothing */
    char marked[MAX_MARKED][LIVE_KEY];
    size_t n_marked;
    int over, is_failing;
};

/** screen.c: a trawl_screen_def's run(). */
int screen_run(trawl_screen *screen, void *context, trawl_error *err);
/** Hand the newest wish to a job. */
void ui_ask(struct ui *ui, uint32_t i_job);
/** Text of the selected row's key; NULL: there is none. */
const char *ui_key_of(const struct ui *ui, size_t row);
int ui_is_marked(const struct ui *ui, const char *key);

/** keys.c: a key as curses names it; is_code: one of its KEY_ values. */
void ui_key(struct ui *ui, uint32_t key, int is_code);

/** draw.c */
void ui_lay_out(struct ui *ui);
void ui_draw(struct ui *ui);
/** Rows that the help, or a row's detail, takes. */
size_t ui_lines(const struct ui *ui);

#endif
