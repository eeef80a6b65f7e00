/* A command that has the whole terminal: drawn by a thread of its own, with work done meanwhile on
 * the shell's. Knows nothing of curses. Since ABI 1.2. */
#ifndef TRAWL_SCREEN_H
#define TRAWL_SCREEN_H

#include "trawl/command.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The terminal while a screen has it. */
typedef struct trawl_screen trawl_screen;

/** What has happened since the last wait(). */
enum {
    TRAWL_SCREEN_KEY = 1u << 0,       /**< there is something to read */
    TRAWL_SCREEN_RESIZED = 1u << 1,   /**< the terminal has another size */
    TRAWL_SCREEN_DONE = 1u << 2,      /**< a job ended: see done, failed */
    TRAWL_SCREEN_INTERRUPT = 1u << 3, /**< Ctrl-C, which cancels the job that runs */
    TRAWL_SCREEN_STOP = 1u << 4,      /**< the program is to end, or the terminal is gone: return */
    TRAWL_SCREEN_CONTINUED = 1u << 5, /**< it was stopped, and others drew: draw all of it anew */
    TRAWL_SCREEN_SUSPEND = 1u << 6    /**< it is to stop (SIGTSTP): leave the screen, suspend() */
};

/** Filled by wait(); size set before. */
typedef struct trawl_screen_state {
    uint32_t size;
    uint32_t events;        /**< TRAWL_SCREEN_ bits */
    uint32_t columns, rows; /**< of the terminal */
    uint32_t done;          /**< bit i: job i ended since the last wait */
    uint32_t failed;        /**< bit i: job i failed the last time that it ran to its end */
    uint32_t busy;          /**< bit i: job i runs, or waits for its turn */
    uint32_t reserved;
    double seconds;           /**< that the job that runs takes so far */
    uint64_t progress, total; /**< of it; total 0: not known */
    char message[256];        /**< the last failure or warning, one escaped line; "": none */
} trawl_screen_state;

/** Made by the host; for the screen's thread alone. */
struct trawl_screen {
    uint32_t size;
    uint32_t color; /**< 1: colours are wanted (NO_COLOR, --color) */
    int in, out;    /**< descriptors of the terminal */
    /** Sleep until something happens, at most so many milliseconds (-1: for ever). */
    void (*wait)(trawl_screen *screen, int milliseconds, trawl_screen_state *ret);
    /** Have serve(i) called, i < 32: jobs run one at a time, lower numbers first. Job i if it runs
     * is cancelled, and so is one with a higher number, which then waits for its turn again. */
    void (*ask)(trawl_screen *screen, uint32_t i_job);
    /** Cancel the job that runs, as Ctrl-C does, and forget those that wait. */
    void (*cancel)(trawl_screen *screen);
    /** Stop the program as Ctrl-Z does elsewhere, until it is continued; call endwin() before. */
    void (*suspend)(trawl_screen *screen);
};

/** What a command that draws hands to host->screen(). What the two functions share, their context
 * guards. */
typedef struct trawl_screen_def {
    uint32_t size; /**< sizeof(trawl_screen_def) */
    uint32_t reserved;
    void *context;
    /** Draw and read keys until it is over, on a thread of its own whose locale is UTF-8. It may
     * call nothing of the host but the screen's functions and what is marked "any thread". It ends
     * what it began (endwin()); only when it fails does the host put the terminal right. */
    int (*run)(trawl_screen *screen, void *context, trawl_error *err);
    /** Do job i, on the thread that called host->screen(); everything may be called. NULL: no jobs.
     */
    int (*serve)(trawl_call *call, void *context, uint32_t i_job, trawl_error *err);
} trawl_screen_def;

#ifdef __cplusplus
}
#endif
#endif
