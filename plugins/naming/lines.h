/* Lists in text files: words of lines, '#' begins a comment. Knows nothing of what they say. */
#ifndef NAMING_LINES_H
#define NAMING_LINES_H

#include "naming.h"

/** One line: its number from 1, and its text without the comment, which lives until body returns.
 */
struct line {
    unsigned long number;
    const char *text;
};

/** The length of the next word, which *at is moved to; 0: there is none. */
size_t line_word(const char **at);

/** body for each line that has words. TRAWL_E_IO with the file's name. */
int lines_read(const char *path,
               int (*body)(void *context, const struct line *line, trawl_error *err), void *context,
               trawl_error *err);

#endif
