/* Errors with a cause, a hint and a place in the typed line; programmer errors.
 * Must not know who shows them. */
#include "core/base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"

static const char ellipsis[] = "\xe2\x80\xa6";

/* Format into out[0..size); a text that does not fit ends in … on a character boundary. */
__attribute__((format(printf, 3, 0))) static void format_cut(char *out, size_t size,
                                                             const char *format, va_list args)
{
    int n = vsnprintf(out, size, format, args);
    size_t end;

    if (n < 0) {
        out[0] = '\0';
        return;
    }
    if ((size_t)n < size)
        return;
    end = size - sizeof(ellipsis);
    while (end > 0 && ((unsigned char)out[end] & 0xc0) == 0x80)
        end--;
    memcpy(out + end, ellipsis, sizeof(ellipsis));
}

int tw_vfail(trawl_error *err, int code, const char *format, va_list args)
{
    if (!err || err->code != TRAWL_OK)
        return code;
    err->code = code;
    format_cut(err->message, sizeof(err->message), format, args);
    return code;
}

int tw_fail(trawl_error *err, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tw_vfail(err, code, format, args);
    va_end(args);
    return code;
}

__attribute__((format(printf, 3, 4))) static void format_into(char *out, size_t size,
                                                              const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_cut(out, size, format, args);
    va_end(args);
}

int tw_error_wrap(trawl_error *err, int code, const char *format, ...)
{
    char context[sizeof(err->message)];
    char message[sizeof(err->message)];
    va_list args;

    if (!err)
        return code;
    va_start(args, format);
    format_cut(context, sizeof(context), format, args);
    va_end(args);
    if (err->code == TRAWL_OK) {
        err->code = code;
        memcpy(err->message, context, sizeof(context));
        return code;
    }
    memcpy(message, err->message, sizeof(message));
    format_into(err->message, sizeof(err->message), "%s: %s", context, message);
    return err->code;
}

void tw_error_hint(trawl_error *err, const char *format, ...)
{
    va_list args;

    if (!err || err->code == TRAWL_OK || err->hint[0])
        return;
    va_start(args, format);
    format_cut(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void tw_error_span(trawl_error *err, size_t start, size_t len)
{
    if (!err || err->code == TRAWL_OK || err->has_span)
        return;
    err->has_span = true;
    err->span_start = start;
    err->span_len = len ? len : 1;
}

void tw_error_shift(trawl_error *err, size_t offset)
{
    if (err && err->has_span)
        err->span_start += offset;
}

void tw_error_clear(trawl_error *err)
{
    if (!err)
        return;
    err->code = TRAWL_OK;
    err->has_span = false;
    err->span_start = err->span_len = 0;
    err->message[0] = err->hint[0] = '\0';
}

int tw_fail_as(trawl_error *err, const trawl_error *cause)
{
    if (err && err->code == TRAWL_OK)
        *err = *cause;
    return cause->code;
}

void tw_error_memory_limit(trawl_error *err)
{
    const uint64_t limit = tw_memory_limit();
    const size_t n = err ? strlen(err->message) : 0;

    if (!err || err->code != TRAWL_E_NOMEM || limit == 0 || !tw_memory_refused())
        return;
    format_into(err->message + n, sizeof(err->message) - n, ": the limit of %llu MiB is reached",
                (unsigned long long)(limit >> 20));
    tw_error_hint(err, "Give more with --memory-limit.");
}

const char *tw_reason(int number)
{
    static _Thread_local char text[128];
    char buffer[128];

    /* GNU's: returns the text */
    snprintf(text, sizeof(text), "%s", strerror_r(number, buffer, sizeof(buffer)));
    if (text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
        text[0] = (char)(text[0] - 'A' + 'a');
    return text;
}

int tw_fail_nomem(trawl_error *err)
{
    if (err && err->code != TRAWL_OK)
        return err->code;
    tw_fail(err, TRAWL_E_NOMEM, "out of memory");
    tw_error_memory_limit(err);
    return TRAWL_E_NOMEM;
}

void tw_bug(const char *file, int line, const char *format, ...)
{
    char what[512];
    char text[768];
    va_list args;
    int n;

    va_start(args, format);
    format_cut(what, sizeof(what), format, args);
    va_end(args);
    n = snprintf(text, sizeof(text), "trawl: bug at %s:%d: %s\n", file, line, what);
    if (n > 0 && write(STDERR_FILENO, text, TW_MIN((size_t)n, sizeof(text) - 1)) < 0)
        n = 0; /* nowhere left to complain */
    abort();
}
