/* Lists in text files: words of lines, '#' begins a comment. Knows nothing of what they say. */
#ifndef NAMING_LINES_H
#define NAMING_LINES_H

#include "naming.h"

/** One line: its number from 1, and its words, which live until body returns. */
struct line {
    unsigned long number;
    char *words[16];
    size_t n_words; /**< what is beyond 16 is not there */
};

/** body for each line that has words. TRAWL_E_IO with the file's name. */
int lines_read(const char *path,
               int (*body)(void *context, const struct line *line, trawl_error *err), void *context,
               trawl_error *err);

#endif
