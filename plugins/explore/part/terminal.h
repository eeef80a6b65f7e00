/* A terminal drawn with curses: begun, ended, text in cells, lines that are typed. Other plugins'
 * screens are built with it too. Knows nothing of what is shown. */
#ifndef EXPLORE_TERMINAL_H
#define EXPLORE_TERMINAL_H

#include <stdio.h>

#include "trawl/plugin.h"

/** Pens of the text: those between are a pair of colours each, and plain without colours. */
enum { PEN_PLAIN, PEN_GAIN, PEN_LOSS, PEN_NOTE, PEN_KEY, N_PENS };
enum { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_ENDS };
enum { TEXT_ROOM = 2048, KEY_CTRL_Z = 26 };

struct terminal {
    void *screen; /**< of curses */
    FILE *in, *out;
    int color;
    unsigned columns, rows;
};

/** terminal_end() after success and failure alike. */
int terminal_begin(struct terminal *t, const trawl_screen *screen, trawl_error *err);
void terminal_end(struct terminal *t);
/** Ctrl-Z: the shell has the terminal until the program is continued. */
void terminal_suspend(trawl_screen *screen);
/** Others drew on it: the next refresh() draws all. */
void terminal_again(void);

/** Bytes of the longest start of a text that takes at most so many columns. */
size_t terminal_fit(const char *text, size_t n, unsigned columns, unsigned *ret_width);
/** Text, escaped and cut with an ellipsis, in exactly `width` columns; ALIGN_ENDS: to the left, and
 * where it is cut its middle goes. */
void terminal_put(const struct terminal *t, unsigned y, unsigned x, unsigned width,
                  const char *text, size_t n, int pen, int align);
/** A line that is being typed after its prompt, with the cursor at its end. */
void terminal_put_prompt(const struct terminal *t, unsigned y, const char *prompt,
                         const char *text);

/** As many parts of a text as there is room for: what stands last is left out first. */
void terminal_put_parts(const struct terminal *t, unsigned y, int pen, const char *text,
                        const char *between);
/** Lines, the long ones broken at blanks; of one that begins with a '|', a chart, its end. Shows
 * `rows` rows from the first-th on. */
void terminal_put_lines(const struct terminal *t, unsigned y, unsigned rows, size_t first,
                        const char *const *lines, size_t n);
/** Rows that they take. */
size_t terminal_rows(const struct terminal *t, const char *const *lines, size_t n);

/** Place of a window of `rows` rows that holds `selected`. */
size_t terminal_scroll(size_t first, size_t selected, size_t rows, size_t n);
/** Where a key leads in n things of which `rows` are seen at once; 0: it does not move. */
int terminal_move(uint32_t key, int is_code, size_t *at, size_t n, size_t rows);

/** What a key does to a line that is being typed. */
enum typed { TYPED_NOTHING, TYPED_CHANGED, TYPED_DONE, TYPED_LEFT };
enum typed terminal_type(char *text, size_t room, uint32_t key, int is_code);

#endif
