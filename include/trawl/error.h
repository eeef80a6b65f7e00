/* Result codes and the error object that crosses the plugin boundary.
 * Knows nothing of how errors are shown. */
#ifndef TRAWL_ERROR_H
#define TRAWL_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Result codes: 0 is success, every failure is negative. Append only. */
enum {
    TRAWL_OK = 0,
    TRAWL_E_USAGE = -1,       /**< the user's words are wrong: exit status 2 */
    TRAWL_E_IO = -2,          /**< the system refused: open, read, write */
    TRAWL_E_DATA = -3,        /**< the input is not what it should be */
    TRAWL_E_NOMEM = -4,       /**< no memory, or over the memory limit */
    TRAWL_E_CANCELLED = -5,   /**< the user pressed Ctrl-C */
    TRAWL_E_NOT_FOUND = -6,   /**< no such capture, table, connection … */
    TRAWL_E_UNSUPPORTED = -7, /**< not possible in this build or this place */
    TRAWL_E_PLUGIN = -8,      /**< a plugin broke its contract */
    TRAWL_E_DIFFERENT = -9,   /**< compare --exit-code found differences: exit status 5 */
    TRAWL_E_PIPE = -10        /**< the reader of stdout went away: quiet, exit status 141 */
};

/** What went wrong: a code, a message, a hint and a place in the typed line.
 * Opaque: made by the host, filled through host->fail(). NULL is accepted
 * wherever an error is filled. The first error wins. */
typedef struct trawl_error trawl_error;

#ifdef __cplusplus
}
#endif
#endif
