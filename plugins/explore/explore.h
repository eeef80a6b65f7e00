/* What the files of the explorer share: what is shown and who owns it. Knows nothing of curses. */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <pthread.h>

#include "model.h"

#define EXPLORE_VERSION "1.0.0"

extern const trawl_host *host; /* the one global of the plugin, set by init */

/** What the shell's thread does, in order of urgency. */
enum {
    JOB_SOURCES, /**< captures and their time bins */
    JOB_TOTALS,  /**< packets over time */
    JOB_COMPARE, /**< all differences of the two sides */
    JOB_LIST,    /**< those within the limits, in order */
    JOB_PAGE,    /**< a table: what is behind a value */
    JOB_SERIES,  /**< values of the chosen field over time */
    N_JOBS
};

/** A table of text to leaf through. */
enum { PAGE_ROWS = 1000, PAGE_COLUMNS = 64 };
struct page {
    struct shared shared;
    char title[256];
    uint64_t n_all; /**< rows of the table; at most PAGE_ROWS are here */
    size_t n_rows, n_columns;
    char **cells; /**< escaped; n_columns names, then row by row */
    uint16_t widths[PAGE_COLUMNS];
    uint8_t right[PAGE_COLUMNS]; /**< numbers */
    uint8_t plain;               /**< prose: no header */
};

/** What the screen asks for; copied by the job that does it. */
struct wish {
    struct side sides[2];
    uint64_t level, max_rows;
    int64_t bin_ns; /**< of the sources; 0: chosen by their length */
    struct limits limits;
    char field[FIELD_ROOM], value[VALUE_ROOM]; /**< the chosen row */
    int gone;                                  /**< the right side does not have it */
    char pipeline[LINE_ROOM];                  /**< typed; "": what is behind the chosen row */
};

/** What was made for it; each counted, NULL: nothing yet. */
struct results {
    struct sources *sources;
    struct diff *diff;
    struct list *list;
    struct page *page;
    struct series *series, *totals;
};

/** An explorer. The lock guards the rest, and the counts of all results. */
struct explorer {
    pthread_mutex_t lock;
    struct wish wish;
    struct results made;
    struct shared *trash; /**< for the shell's thread to free */
};

/** Take a result's place: what was there is dropped. Under the lock. */
void explorer_put(struct explorer *e, void *place, struct shared *result);
/** Drop one; the last owner's goes to the trash. Under the lock. */
void explorer_drop(struct explorer *e, struct shared *result);
/** Free what is in the trash: the shell's thread only. */
void explorer_sweep(struct explorer *e);

struct explore_opts {
    const char *left, *right;
    uint64_t level, max_rows, min_count, top;
    int64_t bin;
    double threshold;
    const char *match, *values, *sort;
    uint8_t positive, negative, reverse;
};

/** The plugin's part: all but what it declares. */
struct explore_part {
    int (*run)(trawl_call *call, const struct explore_opts *opts, trawl_error *err);
};
/** start.c: explore until the user leaves. */
int explorer_start(trawl_call *call, const struct explore_opts *opts, trawl_error *err);
/** work.c: a trawl_screen_def's serve(). */
int explorer_serve(trawl_call *call, void *context, uint32_t i_job, trawl_error *err);
/** behind.c: the page that is wished for; on the shell's thread. */
int explorer_page(trawl_call *call, struct explorer *e, const struct wish *w, trawl_error *err);
/** page.c: a table as text; on the shell's thread. */
int page_make(trawl_call *call, trawl_table *table, const char *title, struct page **ret,
              trawl_error *err);
/** screen.c: a trawl_screen_def's run(). */
int explorer_run(trawl_screen *screen, void *context, trawl_error *err);

#endif
