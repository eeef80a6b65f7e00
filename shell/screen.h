/* The terminal in the hands of a plugin's screen. Must not know what is drawn. */
#ifndef TW_SHELL_SCREEN_H
#define TW_SHELL_SCREEN_H

#include "shell/shell.h"

/** host->screen(): run() on a thread of its own, its jobs on this one, until run() is over.
 * Whatever happens meanwhile, a signal that ends the program included, the terminal is as before
 * then. */
int tw_shell_screen(struct tw_shell *shell, trawl_call *call, const trawl_screen_def *def,
                    trawl_error *err);

#endif
