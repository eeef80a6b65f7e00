/* Files under a temporary name, so that a process which is made to end does not leave them.
 * Must not know who writes them. */
#ifndef TW_LEFTOVER_H
#define TW_LEFTOVER_H

/** Note a temporary file. Returns its place for tw_leftover_forget(), -1 when it cannot be noted
 * (too many at once, or too long a path): it is then left by a forced end, and that is all. Any
 * thread. */
int tw_leftover_note(const char *path);
/** The file was renamed or removed; place may be -1. */
void tw_leftover_forget(int place);
/** Remove those that are noted. Safe in a signal handler; for the way out alone. */
void tw_leftovers_remove(void);
/** fsync(), which a signal does not end. */
int tw_sync(int fd);

#endif
