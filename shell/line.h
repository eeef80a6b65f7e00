/* The command line's grammar: text to pipelines of words, with their places.
 * Must not know what commands do, nor run anything. */
#ifndef TW_SHELL_LINE_H
#define TW_SHELL_LINE_H

#include "core/plugin/call.h"

/** One stage of a pipeline: the words of a command, or an outside program. */
struct tw_line_stage {
    struct tw_word *words;
    size_t n_words;
    const char *program; /**< "!sort -k3": the text after '!', as typed; NULL for a command */
    size_t start, len;   /**< bytes in the line */
};

/** STAGE | STAGE | … with what surrounds it. */
struct tw_line_pipeline {
    struct tw_line_stage *stages;
    size_t n_stages;
    const char *variable; /**< of "$name = …", without '$'; NULL: none */
    const char *output;   /**< of "> FILE" or ">> FILE"; NULL: none */
    bool append;
    size_t output_start, output_len;
};

/** A parsed line. Everything lives in its arena. */
struct tw_line {
    struct tw_arena arena;
    struct tw_line_pipeline *pipelines;
    size_t n_pipelines;
};

/** Whether the rest of a stage that starts with this command is an expression: there '>' compares
 * unless what follows is clearly a file (see tw_line_parse). */
typedef bool tw_line_takes_expr(void *context, const char *command);

/**
 * Parse a line of n bytes (NUL-terminated after them).
 *
 * Words end at blanks; '…' and "…" quote as in a POSIX shell, \ takes the next character as it is,
 * an unquoted ~/ at a word's start is the home folder. Unquoted | ends a stage (|| never does), ;
 * ends a pipeline, # at a word's start begins a comment. '>' and '>>' at a word's start, followed
 * by one last word, write to a file; >= is never one. In a stage whose rest is an expression '>'
 * redirects only after a quoted expression, or when the word after it starts with / ./ ../ ~/ or
 * ends like an output file (.csv .tsv .json …). A stage that starts with ! reaches to the next
 * unquoted ; as it stands: pipes, redirections and comments in it are the program's shell's.
 *
 * @param takes_expr NULL: no command does
 * @return 0, TRAWL_E_USAGE with the place in the line, or TRAWL_E_NOMEM. *ret must be ended with
 * tw_line_fini() in any case.
 */
int tw_line_parse(const char *text, size_t n, tw_line_takes_expr *takes_expr, void *context,
                  struct tw_line *ret, trawl_error *err);
void tw_line_fini(struct tw_line *line);

/** The text goes on in the next line: it ends in an unquoted | or \, or within quotes. */
bool tw_line_goes_on(const char *text, size_t n);

/** What completion needs: the stages of the last pipeline as far as they were typed. Never fails on
 * unfinished input: an open quote is closed at the end. The last word is empty after a blank. */
int tw_line_parse_partial(const char *text, size_t n, tw_line_takes_expr *takes_expr, void *context,
                          struct tw_line *ret, trawl_error *err);

/** Append a word so that it reads back as the same word: quoted when it has to be. */
void tw_line_quote(struct tw_buffer *out, const char *word);

/** The word ends like a file that an export writes (.csv, .tsv, .json, .txt …). */
bool tw_line_looks_like_file(const char *word);

#endif
