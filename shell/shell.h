/* The shell's state: what main, the pipeline, the prompt and help share.
 * Must not know how any of them works. */
#ifndef TW_SHELL_SHELL_H
#define TW_SHELL_SHELL_H

#include "core/plugin/call.h"
#include "shell/config.h"

/** Exit statuses, as CONVENTIONS.md lists them. */
enum {
    TW_EXIT_OK = 0,
    TW_EXIT_FAILED = 1,
    TW_EXIT_USAGE = 2,
    TW_EXIT_DAMAGED = 3,
    TW_EXIT_EMPTY = 4,
    TW_EXIT_DIFFERENT = 5,
    TW_EXIT_INTERRUPTED = 130,
    TW_EXIT_PIPE = 141
};

struct tw_line_pipeline;
struct tw_lineedit;

struct tw_shell {
    tw_session *session;
    struct tw_registry *registry;
    struct tw_settings settings;
    bool interactive;                        /**< a prompt: errors do not end the session */
    bool quiet;                              /**< no progress, warnings, footers */
    bool tolerant;                           /**< damaged input does not change the exit status */
    bool wide;                               /**< every column, however narrow the terminal */
    bool fail_empty;                         /**< an empty result is status 4 */
    int status;                              /**< exit status so far: the first failure's */
    const char *file;                        /**< script being read, for "file:line:"; NULL: none */
    uint64_t line;                           /**< its line, from 1 */
    struct tw_hashmap warned;                /**< captures whose damage was told */
    struct tw_buffer libexec;                /**< folder of the programs that come with trawl */
    struct tw_lineedit *edit;                /**< NULL outside the prompt */
    const struct tw_line_pipeline *pipeline; /**< that runs; NULL: none */
    uint64_t n_shown;                        /**< tables that it wrote to its file before its end */
    unsigned columns, rows; /**< of the terminal at the start of the line; 0: stdout is none */
};

/** Session, registry and hooks; plugins are loaded separately. */
int tw_shell_init(struct tw_shell *shell, trawl_error *err);
void tw_shell_fini(struct tw_shell *shell);
/** Load the plugins: beside the program (build tree), or the installed folder, then the user's,
 * $TRAWL_PLUGIN_PATH and the folders given. */
int tw_shell_load_plugins(struct tw_shell *shell, const trawl_words *folders, trawl_error *err);

/** Let captures be kept in the user's cache folder, if there is one; after the plugins are loaded.
 * flags: TRAWL_LOAD_ bits for every load. */
int tw_shell_open_cache(struct tw_shell *shell, uint32_t flags, trawl_error *err);

/** Parse, check and run one line of text; errors are shown. Returns the exit status of the line (0
 * when all went well). */
int tw_shell_line(struct tw_shell *shell, const char *text, size_t n);
/** Exit status of a result code. */
int tw_shell_status(int code);

/** Show an error on stderr, with the line and a caret when it has a place in it. line NULL: none.
 */
void tw_shell_error(const struct tw_shell *shell, const char *line, const trawl_error *err);
/** One "warning: " line for each file that was loaded damaged and not told yet. */
void tw_shell_warn_damage(struct tw_shell *shell);

/** Run one pipeline on a table (NULL: none) and give its table instead of showing it: what a plugin
 * asks for. It has no output, variable or program, and draws no screen. */
int tw_shell_pipeline(struct tw_shell *shell, const char *text, tw_table *in, tw_table **ret,
                      trawl_error *err);

/** Show progress from now on, when it is wanted; ended with tw_progress_stop(). */
void tw_shell_progress_start(const struct tw_shell *shell);

/** The sink of tw_log. context: the shell. */
void tw_shell_log(int level, const char *message, void *context);

/** Handlers for INT, TERM, HUP, PIPE. */
void tw_signals_init(bool interactive);
/** Signal that asked to stop (TERM, HUP), or 0. */
int tw_signals_stop(void);
/** A byte to this descriptor for each INT, TERM, HUP, WINCH and CONT from now on; -1: no more.
 * Without one INT is told of on stderr when the command is deaf. */
void tw_signals_wake(int fd);
/** Ctrl-C so far, modulo 65,536. */
int tw_signals_interrupts(void);
/** While a screen is on: stop the job as Ctrl-Z does; back when it was continued. */
void tw_signals_suspend(void);
/** A count that changes when the program is continued while a screen is on. */
int tw_signals_continues(void);
/** How often it was asked from outside to stop (SIGTSTP) while a screen is on. */
int tw_signals_suspends(void);
/** The job that runs was asked to stop now, other than by Ctrl-C. */
void tw_signals_asked(void);
/** A program of the user's runs: Ctrl-C is for it and does not end trawl. */
void tw_signals_program(bool on);
/** Done before a signal ends the program at once; NULL: nothing. */
void tw_signals_at_end(void (*put_right)(void));
/** Clear the cancel flag after a line. */
void tw_signals_clear(void);

/** Whether stderr (or stdout) takes colour, by the settings and the environment. */
bool tw_color_on(const struct tw_settings *settings, int fd);
/** Columns and rows of a descriptor's terminal (COLUMNS and LINES go first); 0 when it is none. */
void tw_terminal_size(int fd, unsigned *ret_columns, unsigned *ret_rows);

/** Does the rest of this command's stage make an expression? context: struct tw_registry *. */
bool tw_shell_takes_expr(void *context, const char *command);

#endif
