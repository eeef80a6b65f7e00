/* top that goes on: what is shown, what is asked for, and who owns it. Shared with the part that
 * draws it. Knows nothing of curses. */
#ifndef TOP_LIVE_H
#define TOP_LIVE_H

#include <pthread.h>

#include "feed.h"

enum { LIVE_KEY = 320, LIVE_TEXT = 256, LIVE_WINDOW = 256 };

#define LIVE_NAME "destination" /**< name of the column that has the keys of rows */

/** What the shell's thread does, in order of urgency. */
enum {
    LIVE_JOB_VIEW,   /**< other rows, or another order, of what was taken in */
    LIVE_JOB_DETAIL, /**< all that is known of a row */
    LIVE_JOB_WRITE,  /**< the rows into a file */
    LIVE_JOB_TAKE,   /**< wait for the next turn and take in what came */
    N_LIVE_JOBS
};

/** What is shown of the rows: top's --view, and --compare. */
enum live_view { VIEW_TRAWL, VIEW_TRTOP, VIEW_APPEND, VIEW_COMPARE };

/** What the screen asks for. */
struct live_wish {
    char sort[64]; /**< name of a column; another: as the table comes */
    int descending;
    char text[LIVE_TEXT];  /**< within a row's name; "": all */
    char where[LIVE_TEXT]; /**< an expression; "": none */
    int by;
    enum live_view view;
    size_t first, n_rows; /**< of the rows in order */
    int is_paused;
    int64_t n_steps;      /**< of the capture's time; 0: all of it */
    char key[LIVE_KEY];   /**< row of the detail */
    char path[LIVE_TEXT]; /**< file to write */
};

struct live_column {
    char name[64];
    unsigned width; /**< of its widest cell here, and its name */
    uint32_t priority;
    uint8_t right;
};

/** Rows as text; cell 0 of a row is its key. One owner at a time. */
struct live_page {
    size_t n_all, n_shown, first, n_rows, n_columns;
    struct live_column *columns;
    uint32_t *cells; /**< places in text */
    uint8_t *marks;  /**< of each cell: 1: out of bounds */
    char *text;
    size_t n_text, room_text;
    int64_t i_sort; /**< column, -1: as the table comes */
    int descending, is_final, grows, by;
    enum live_view view;
    int64_t n_steps_max;   /**< of the capture's time; 0: it grows */
    int64_t next_step;     /**< as in struct live */
    uint64_t n_forgotten;  /**< destinations that were let go */
    struct live_wish wish; /**< that it is of */
    char capture[LIVE_TEXT], state[LIVE_TEXT], drops[LIVE_TEXT], totals[LIVE_TEXT], note[LIVE_TEXT];
    uint64_t n_lost; /**< packets that the kernel, the interface or memory dropped */
};

/** Lines of text. */
struct live_detail {
    char key[LIVE_KEY];
    size_t n, room;
    char **lines; /**< escaped */
};

/** What `captures` says of it. */
struct live_state {
    char name[LIVE_TEXT], state[16], link[32]; /**< of its interface */
    int grows, has_counts;
    uint64_t n_packets, n_dropped, n_interface, n_lost, let_go;
    double rate;
};

/** Rows, and what is known of each by its number when it was made. */
struct snapshot {
    trawl_table *table;
    uint32_t *serials; /**< by row; NULL: the table has another order */
    uint32_t *names;   /**< by serial: places in text */
    uint8_t *alerts;   /**< by serial */
    char *text;
    size_t n_text, room_text, n;
    size_t n_keys; /**< columns of the table that the key is made of */
    int by, has_endpoints;
    enum live_view view;
    struct destinations rows; /**< where rows are not made of endpoints: by serial */
    struct totals totals;
    int64_t end_ns;
};

/** The lock guards what stands before `call`; the rest is the shell's thread's alone. */
struct live {
    pthread_mutex_t lock;
    struct live_wish wish;
    struct live_page *page; /**< newest that nobody took; NULL: none */
    struct live_detail *detail;
    int64_t wrong_at; /**< byte of the wish's expression that is wrong; -1: not known */

    const struct top_opts *opts;
    struct plan plan;
    char capture[LIVE_TEXT];
    struct feed feed;
    struct live_state state;
    struct snapshot snapshot;
    int64_t next_ns; /**< of the clock: when the next turn begins */
    int64_t n_steps; /**< that the feed has taken in */
    int64_t n_steps_max;
    int64_t next_step; /**< the first with packets that are not taken in; 0: none */
    const char *const *by_names;
    int64_t again_ns;            /**< what going through `again_rows` packets anew took last */
    uint64_t again_rows;         /**< 0: not done yet */
    int is_late;                 /**< too long by now: rows stay as they were */
    int began;                   /**< its capture was begun by it */
    int is_whole;                /**< nothing more will come */
    int is_new;                  /**< nothing was shown yet */
    int is_owed;                 /**< what was asked for while it is paused is not there yet */
    struct top before;           /**< of --compare, in rows of before_by */
    trawl_table *before_packets; /**< NULL: before is not there */
    int before_by;
    trawl_expr *expr;
    char expr_text[LIVE_TEXT];
    int expr_by;
};

/** The part that draws: a trawl_screen_def's run(), whose context is a struct live. */
struct top_part {
    int (*run)(trawl_screen *screen, void *context, trawl_error *err);
};

/** plugin.c's run() when it is to go on. by_names: of enum by. */
int live_run(trawl_call *call, const struct top_opts *opts, const struct plan *plan,
             const char *const *by_names, trawl_error *err);

/** live_take.c: what has arrived, and rows of it. With wish: as it asks. */
int live_look(trawl_call *call, struct live *live, trawl_error *err);
int live_take(trawl_call *call, struct live *live, const struct live_wish *wish, int *ret_more,
              trawl_error *err);
int live_rows(trawl_call *call, struct live *live, const struct live_wish *wish, trawl_error *err);
void snapshot_fini(struct snapshot *snapshot);
int64_t live_clock(void);
/** When the turn after one that began at start is due: what takes long is asked more seldom. */
int64_t live_next(int64_t start, int64_t interval);
/** The rows of --compare, of the kind that is asked for; without --compare nothing.
 * live_close_before() after success and failure alike. */
int live_open_before(trawl_call *call, struct live *live, int by, trawl_error *err);
void live_close_before(struct live *live);

/** live_page.c: a trawl_screen_def's serve(), and a window of the rows. */
int live_serve(trawl_call *call, void *context, uint32_t i_job, trawl_error *err);

/** live_detail.c */
int live_detail_make(trawl_call *call, struct live *live, const char *key, struct live_detail **ret,
                     trawl_error *err);

/** live_text.c, which the part has too: what goes between them is freed, and numbers for people, in
 * few columns. Each gives the length. NULL may be freed. */
void live_page_free(struct live_page *page);
void live_detail_free(struct live_detail *detail);
size_t text_of_span(char *out, size_t room, int64_t ns);
size_t text_of_count(char *out, size_t room, double value);
/** A cell as such. */
size_t text_of_cell(char *out, size_t room, const trawl_view *view, const trawl_column *column,
                    uint64_t row);
/** Bars of eight heights, as many as values; below 0: none. */
size_t text_of_bars(char *out, size_t room, const double *values, size_t n, double most);

#endif
