/* For tests of stages: a session with one plugin of commands that show what was bound, and lines
 * split into words. Must not be used outside of tests/unit. */
#ifndef TW_UNIT_STAGE_H
#define TW_UNIT_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/plugin/call.h"

/** Words between blanks; '…' and "…" as a shell's, without escapes. */
struct line_words {
    char text[512];
    struct tw_word words[32];
    size_t n;
};

static inline void split(const char *line, struct line_words *ret)
{
    size_t at = 0, out = 0;

    ret->n = 0;
    while (line[at]) {
        struct tw_word *w = &ret->words[ret->n];

        if (line[at] == ' ') {
            at++;
            continue;
        }
        assert_true(ret->n < TW_COUNT(ret->words));
        *w = (struct tw_word){.text = ret->text + out, .start = at};
        while (line[at] && line[at] != ' ') {
            char quote = line[at];

            if (quote != '\'' && quote != '"') {
                ret->text[out++] = line[at++];
                continue;
            }
            w->quoted = true;
            for (at++; line[at] && line[at] != quote; at++)
                ret->text[out++] = line[at];
            at += line[at] == quote;
        }
        ret->text[out++] = '\0';
        w->len = at - w->start;
        ret->n++;
    }
}

#endif
