/* What the files of the delimited plugin share: cells of a text, and what type they look like.
 * Knows nothing of files. */
#ifndef DELIMITED_H
#define DELIMITED_H

#include "trawl/plugin.h"

extern const trawl_host *host;
extern const trawl_command load_csv_command;

/** Walks over the cells of a text. */
struct scanner {
    const char *text;
    size_t n, at;
    char delimiter;
    int quotes;    /**< " has a meaning: in all but tab-separated text */
    uint64_t line; /**< of the next cell, from 1 */
    int in_row;    /**< the next cell belongs to the row of the one before */
};

/** A cell as it stands. */
struct cell {
    const char *text;
    size_t n;
    uint8_t quoted; /**< within quotes, which are not in it */
    uint8_t twice;  /**< some quotes in it are written twice */
    uint8_t last;   /**< of its row */
};
enum { SCAN_END = 0, SCAN_CELL = 1, SCAN_OPEN = -1 /**< a quote is not closed */ };
/** The next cell; blank lines are none. */
int scan_cell(struct scanner *s, struct cell *ret);
/** Past the line that the scanner stands at the beginning of. */
void scan_skip_line(struct scanner *s);
/** The character that most often stands between the cells of the first line. */
char scan_delimiter(const char *text, size_t n);

/* What all cells of a column so far can be, as bits; IS_TEXT is what is left of none. */
enum {
    IS_TEXT = 0,
    IS_BOOL = 1,
    IS_WHOLE = 2,
    IS_HEX = 4,
    IS_REAL = 8,
    IS_TIME = 16,
    IS_IP = 32,
    IS_MAC = 64,
    IS_ANY = 127
};
/** Of these possibilities the ones that a cell leaves. */
unsigned cell_kinds(const struct cell *cell, unsigned possible);

/** The value of a cell that can be of the kind. */
int cell_bool(const struct cell *cell);
int cell_whole(const struct cell *cell, uint64_t *ret, int *ret_negative); /**< 0: does not fit */
uint64_t cell_hex(const struct cell *cell);
double cell_real(const struct cell *cell);
int64_t cell_time(const struct cell *cell);
size_t cell_ip(const struct cell *cell, uint8_t ret[16]); /**< 4 or 16 bytes; 0: it is none */
uint64_t cell_mac(const struct cell *cell);

#endif
