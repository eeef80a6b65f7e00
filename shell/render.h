/* Tables as aligned text for people. Must not know commands. */
#ifndef TW_SHELL_RENDER_H
#define TW_SHELL_RENDER_H

#include "core/table/table.h"
#include "shell/output.h"
#include "trawl/command.h"

/** How a table is shown. */
struct tw_render_style {
    struct tw_cell_style cell;
    unsigned width; /**< columns of the terminal; 0: no limit */
    bool color;
    bool human; /**< sizes and durations with units; else exact */
    bool footer;
    uint64_t n_rows;          /**< of the table that this is the beginning of; 0: this is all */
    int64_t elapsed_ns;       /**< shown in the footer; negative: not */
    const char *filter;       /**< what was in force, for the footer; NULL */
    const trawl_words *order; /**< columns that the rows are sorted by, -COL too; NULL: not known */
};

/** Aligned columns under a header, then the footer. */
int tw_render_table(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                    trawl_error *err);
/** One line a cell, one block a row. */
int tw_render_vertical(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                       trawl_error *err);
/** The lines of a table of prose (one TRAWL_COLUMN_PLAIN column). */
int tw_render_plain(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                    trawl_error *err);
bool tw_table_is_plain(const tw_table *table);

/* ---- for the parts of the renderer ---- */

/** How one column is shown, decided from a look at its cells. */
struct tw_render_column {
    const struct tw_column *column;
    const trawl_column *info;
    bool right;                   /**< numbers: aligned on the decimal point */
    int decimals;                 /**< of F64 */
    bool human;                   /**< unit in the cells */
    bool hidden;                  /**< no room */
    bool ordered;                 /**< the rows are in its order: hidden last */
    unsigned before, after, unit; /**< widths of the parts of a number */
    unsigned width;               /**< of a cell as shown */
    unsigned natural;             /**< width that it would have on a wide terminal */
    unsigned v4_width;            /**< of the longest IPv4 address: they are shortened last */
    char day[16];    /**< of times: their day, which is left out with the zone; "": they show it */
    size_t zone_len; /**< bytes of the zone */
    struct tw_buffer header; /**< name and unit */
};

/** Decide sign, decimals and human form; all rows are looked at for what is cheap. */
void tw_render_column_init(struct tw_render_column *c, const struct tw_column *column,
                           const trawl_column *info, const struct tw_render_style *style);
/** Blanks between columns. */
#define TW_RENDER_GAP 2
/** Leave dates out, make columns narrower and hide some until a line has at most style->width
 * columns (0: no limit). Returns how many were hidden. */
size_t tw_render_fit(struct tw_render_column *columns, size_t n,
                     const struct tw_render_style *style);
/** Where all times that are shown are of one day, show the time of day alone: natural becomes less.
 * False: nothing was changed. */
bool tw_render_leave_out_dates(struct tw_render_column *columns, size_t n,
                               const struct tw_render_style *style);
/** Text of a cell as shown, escaped, without padding; "–" for null. Appends. */
void tw_render_cell(const struct tw_render_column *c, uint64_t row,
                    const struct tw_render_style *style, struct tw_buffer *out);
/** Split the text of a number into what stands before and after the point and the unit. */
void tw_render_split(const char *text, size_t n, size_t *ret_before, size_t *ret_after);

#endif
