/* A top that goes on while its capture grows: only packets that are new since the last look are
 * taken. Knows nothing of screens. */
#ifndef TOP_LIVE_H
#define TOP_LIVE_H

#include "engine.h"

struct live;

/** How rows are to be shown. */
struct live_look {
    enum by by;
    int ascending;
    const char *sort;   /**< a column of the table; NULL: the order of `top`, by waited */
    const char *filter; /**< rows where this expression is true; NULL: all */
};

/** Rows in the order that was asked for. */
struct live_rows {
    trawl_table *table; /**< as that of `top`, with the column "row" behind */
    struct top top;     /**< top.all.items[row]: the numbers of a row */
    struct plan plan;   /**< that they are by */
    uint64_t n_packets; /**< of the capture, of all protocols */
    uint64_t n_new;     /**< of them since the last look */
    uint64_t n_missed;  /**< let go of before any look saw them, since live_open() */
};

/** One destination, by its packets that the capture still has. */
struct live_detail {
    trawl_table *connections; /**< the latest first */
    int64_t start_ns, step_ns;
    size_t n_points;
    double *points; /**< 95th percentile in ns of what ended in each step, NaN: nothing did; call
                       memory */
};

/** Begin; nothing is taken yet. plan, with its allow lists open, has to outlive it, capture_name
 * too (NULL: the current one). live_close() after success. */
int live_open(trawl_call *call, const struct plan *plan, const char *capture_name,
              struct live **ret, trawl_error *err);
void live_close(struct live *live);
/** Take what the capture has more than at the last look (it grows while host->live_wait() waits),
 * and give all rows, as `top` of all packets since live_open() would have them. live_rows_fini()
 * after success and failure alike. By name, asn, label and sni it looks through what the capture
 * still has. An interrupted one loses nothing: the next takes the rest. */
int live_rows(trawl_call *call, struct live *live, const struct live_look *look,
              struct live_rows *ret, trawl_error *err);
void live_rows_fini(struct live_rows *rows);
/** What row `row` of the table is called, for live_detail() too; n bytes, a NUL among them. */
int live_key(trawl_call *call, const struct live_rows *rows, uint64_t row, char *ret, size_t n,
             trawl_error *err);
/** One row by its key, with a measure over the last n_points steps of step_ns, up to the latest
 * segment; look->filter and sort are not regarded. TRAWL_E_NOT_FOUND: there is none of that name.
 * The caller releases ret->connections. */
int live_detail(trawl_call *call, struct live *live, const struct live_look *look, const char *key,
                enum measure measure, size_t n_points, int64_t step_ns, struct live_detail *ret,
                trawl_error *err);

/* ---- for live_detail.c ---- */

struct live {
    const struct plan *plan;
    struct plan fine; /**< the same, by address and port */
    const char *capture_name;
    struct engine engine;
    struct top top;            /**< its groups: packets' codes to `known` */
    trawl_builder *known;      /**< its dictionary numbers the addresses for good */
    uint8_t (*addresses)[16];  /**< by those numbers */
    uint32_t n_addresses, room_addresses;
    uint32_t n_codes;          /**< packets' codes that are known */
    uint64_t n_let_go;         /**< of the capture, as the rows were numbered last */
    uint64_t n_missed;
};

/** Which row of a result each row of the engine's parts went to. */
struct live_fold {
    uint32_t *row_of[MAX_PARTS];
};
/** Take what is new. *ret_packets: those of the capture; release it. */
int live_take(trawl_call *call, struct live *live, trawl_capture **ret_capture,
              trawl_table **ret_packets, trawl_error *err);
/** All rows by look->by, in no order. ret_fold's arrays are call memory, NULL: none asked for, or
 * by what connections say (sni): then rows are made from all packets. */
int live_fold(trawl_call *call, struct live *live, enum by by, trawl_capture *capture,
              trawl_table *packets, struct live_rows *ret, struct live_fold *ret_fold,
              trawl_error *err);

#endif
