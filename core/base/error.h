/* Errors with a cause, a hint and a place in the typed line; programmer errors.
 * Must not know who shows them. */
#ifndef TW_BASE_ERROR_H
#define TW_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "trawl/error.h"

/** The body of the opaque trawl_error. Zero-initialised means "no error". Own
 * it on the stack with TW_ERROR_INIT and end it with tw_error_fini(). */
struct trawl_error {
    int code;          /**< TRAWL_OK or a negative TRAWL_E_ code */
    bool has_span;     /**< span_start and span_len are set */
    size_t span_start; /**< byte offset in the text that was given, see tw_error_shift() */
    size_t span_len;   /**< bytes, at least 1 when has_span */
    char message[512]; /**< lower case, no full stop; cut with … when longer */
    char hint[256];    /**< a sentence, or empty */
};
typedef struct trawl_error tw_error;

#define TW_ERROR_INIT \
    {                 \
        0             \
    }

/** Fill err (unless NULL or already filled: the first error wins) and return code. */
int tw_fail(trawl_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int tw_vfail(trawl_error *err, int code, const char *format, va_list args);

/** Add "context: " before the message of a filled error. Returns err's code (or code when NULL). */
int tw_error_wrap(trawl_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Set the hint of a filled error (first hint wins). */
void tw_error_hint(trawl_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Set the place: bytes [start, start+len) of the text being parsed. First place wins. */
void tw_error_span(trawl_error *err, size_t start, size_t len);

/** Move the place by offset bytes: from a word's text to the whole line's. */
void tw_error_shift(trawl_error *err, size_t offset);

void tw_error_clear(trawl_error *err);

/** Fill err with what another error says: message, hint and place. Returns its code. */
int tw_fail_as(trawl_error *err, const trawl_error *cause);

/** What an errno value means, in the lower case of messages; until the thread's next call. */
const char *tw_reason(int number);

/** Ready-made: "out of memory" with the code, and the limit when that is what was reached. Of a
 * filled error its own code: whoever got NULL for a reason passes that on. */
int tw_fail_nomem(trawl_error *err);
/** Add to an error about memory that the limit was reached, if it was, and what to do. */
void tw_error_memory_limit(trawl_error *err);

/** A programmer's error: prints file, line and what, then aborts. Never for user input. */
_Noreturn void tw_bug(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define TW_BUG(...) tw_bug(__FILE__, __LINE__, __VA_ARGS__)

#endif
