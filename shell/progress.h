/* The progress line on stderr. Must not know what is done. */
#ifndef TW_SHELL_PROGRESS_H
#define TW_SHELL_PROGRESS_H

#include <stdbool.h>

/** Show a line while something runs for longer than half a second: a thread of its own. */
void tw_progress_start(void);
/** Remove the line and end the thread. */
void tw_progress_stop(void);
/** Take the line away because something else is written; it comes back by itself. Any thread. */
void tw_progress_hide(void);

#endif
