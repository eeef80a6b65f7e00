/* The explorer's screen: what is shown where, and what the keys do. The screen's thread alone. */
#ifndef EXPLORE_UI_H
#define EXPLORE_UI_H

#include <stdint.h>

#include "explore.h"
#include "part/terminal.h"

enum mode { MODE_LIST, MODE_SOURCES, MODE_PAGE, MODE_HELP };

/** What is being typed at the foot. */
enum prompt {
    PROMPT_NONE,
    PROMPT_THRESHOLD,
    PROMPT_COUNT,
    PROMPT_TOP,
    PROMPT_MATCH,
    PROMPT_VALUES,
    PROMPT_BIN,
    PROMPT_PIPELINE
};

/** Rows of the screen, from above. */
struct layout {
    unsigned columns, rows;
    unsigned list_top, list_rows; /**< also of sources, pages and help */
    unsigned chart_top, chart_rows;
    unsigned totals_top, totals_rows; /**< 0 rows: not shown */
    unsigned foot;                    /**< the line for messages; keys are below */
};

struct ui {
    struct explorer *e;
    trawl_screen *screen;
    trawl_screen_state state;
    struct layout layout;
    struct results mine; /**< what is shown */
    struct wish now;     /**< the newest wish, as it is edited */
    struct terminal terminal;
    int over;

    enum mode mode;
    int side;                       /**< being chosen: 0 left, 1 right */
    size_t selected, first;         /**< of the list */
    size_t source, source_first;    /**< of the sources */
    size_t page_first, page_column; /**< of the page */
    size_t help_first;
    int field_chart, percent;
    int wants_page; /**< show the next page that comes */
    int to_top;     /**< of the next list, whatever was selected */
    int has_chosen; /**< the user chose the row: it stays where lists have it */

    enum prompt prompt;
    char text[VALUE_ROOM];
    struct limits before; /**< what Escape brings back */
    char said[256];       /**< about the last key; "": nothing */
    int is_deaf;          /**< what runs did not stop at Ctrl-C */
    unsigned turn;        /**< of the spinner */
};

/* ---- keys.c ---- */
/** Hand the newest wish to a job. */
void ui_ask(struct ui *ui, uint32_t i_job);
/** A key as curses names it; is_code: one of its KEY_ values. */
void ui_key(struct ui *ui, uint32_t key, int is_code);
/** The row that is selected, or -1. */
int64_t ui_row(const struct ui *ui);
/** Both sides are to be compared anew. */
void ui_compare(struct ui *ui);
/** The selected row is to be charted; after it may have changed. */
void ui_follow(struct ui *ui);

/* ---- draw.c ---- */
/** Where everything goes; too small a terminal has 0 list rows. */
void ui_lay_out(struct layout *layout, unsigned columns, unsigned rows);
void ui_draw(struct ui *ui);

/** Text, escaped and cut with an ellipsis, in exactly `width` columns. */
void ui_put(const struct ui *ui, unsigned y, unsigned x, unsigned width, const char *text, size_t n,
            int pen, int align);
void ui_printf(const struct ui *ui, unsigned y, unsigned x, unsigned width, int pen,
               const char *format, ...) __attribute__((format(printf, 6, 7)));

/* ---- draw_chart.c, draw_pages.c ---- */
void ui_draw_charts(const struct ui *ui);
void ui_draw_sources(struct ui *ui);
void ui_draw_page(struct ui *ui);
void ui_draw_help(struct ui *ui);
size_t ui_help_lines(const struct ui *ui);

#endif
