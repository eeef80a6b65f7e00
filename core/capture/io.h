/* System calls for reading, in one place: short reads, EINTR, faults on purpose, temporary files.
 * Must not know compression or captures. */
#ifndef TW_CAPTURE_IO_H
#define TW_CAPTURE_IO_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/base.h"

/** read(2) until n bytes or the end. TRAWL_OK with *ret_n, or TRAWL_E_IO with *ret_errno set and
 * *ret_n telling what came before. Waits for a FIFO or terminal in steps, so that a cancel ends it
 * (TRAWL_E_CANCELLED); `stop` (may be NULL) ends it the same way. */
int tw_io_read(int fd, void *out, size_t n, const atomic_bool *stop, size_t *ret_n, int *ret_errno);
/** The same with pread(2), for regular files. */
int tw_io_pread(int fd, void *out, size_t n, uint64_t offset, size_t *ret_n, int *ret_errno);
/** pwrite(2) of all n bytes; TRAWL_OK or TRAWL_E_IO with *ret_errno set. */
int tw_io_pwrite(int fd, const void *data, size_t n, uint64_t offset, int *ret_errno);
/** Start a thread that gets no signals: those are the shell's. False: there is none to be had. */
bool tw_io_thread(pthread_t *ret, void *(*run)(void *), void *context);
/** An unlinked file in $TMPDIR, /tmp or /var/tmp; its descriptor or -1 with errno set. */
int tw_io_temporary(void);

#endif
