/* Lines of a text file, plain or gzip.
 * Must not know what a line says. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "addresses.h"

enum { ROOM = 1 << 16, LONGEST = 4096 };

int lines_open(struct lines *lines, const char *path, trawl_error *err)
{
    *lines = (struct lines){.path = path, .buffer = host->alloc(ROOM)};
    if (!lines->buffer)
        return host->fail(err, TRAWL_E_NOMEM, "could not read '%s': no memory", path);
    errno = 0;
    lines->file = gzopen(path, "rbe");
    if (!lines->file)
        return host->fail(err, TRAWL_E_IO, "could not open '%s': %s", path,
                          errno ? host->reason(errno) : "no memory");
    return TRAWL_OK;
}

void lines_wrong(struct lines *lines, const char *format, ...)
{
    va_list args;

    if (lines->n_wrong++)
        return;
    lines->first_wrong = lines->number;
    va_start(args, format);
    vsnprintf(lines->why, sizeof(lines->why), format, args);
    va_end(args);
}

/* More bytes behind those that are left. A damaged gzip file ends where it is damaged. */
static int refill(struct lines *lines, trawl_error *err)
{
    int n, code = Z_OK;

    memmove(lines->buffer, lines->buffer + lines->at, lines->n);
    lines->at = 0;
    n = gzread(lines->file, lines->buffer + lines->n, (unsigned)(ROOM - lines->n));
    gzerror(lines->file, &code);
    if (code == Z_ERRNO)
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", lines->path,
                          host->reason(errno));
    if (code != Z_OK && code != Z_STREAM_END)
        lines->damaged = 1;
    lines->end = n <= 0 || lines->damaged;
    lines->n += n > 0 ? (size_t)n : 0;
    return TRAWL_OK;
}

/* The next line with its end into [*ret, *ret + *ret_n); a last one needs none. */
static int next_raw(struct lines *lines, char **ret, size_t *ret_n, trawl_error *err)
{
    for (;;) {
        char *start = lines->buffer + lines->at;
        const char *end = memchr(start, '\n', lines->n);
        const size_t n = end ? (size_t)(end - start) + 1 : lines->n;

        if (end || (n && ((lines->end && !lines->damaged) || n >= ROOM - 1))) {
            lines->at += n;
            lines->n -= n;
            *ret = start;
            *ret_n = n;
            return 1;
        }
        if (lines->end)
            return 0;
        if (refill(lines, err) != TRAWL_OK)
            return TRAWL_E_IO;
    }
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int lines_next(trawl_call *call, struct lines *lines, char **ret, trawl_error *err)
{
    char *text;
    size_t n;
    int rc;

    while ((rc = next_raw(lines, &text, &n, err)) > 0) {
        lines->number++;
        if (lines->number % 4096 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (lines->number == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
            text += 3; /* editors put this mark before UTF-8 */
            n -= 3;
        }
        if (n >= LONGEST) {
            lines_wrong(lines, "the line has more than %d bytes", LONGEST);
            /* what does not fit the buffer comes in pieces */
            while (text[n - 1] != '\n' && (rc = next_raw(lines, &text, &n, err)) > 0)
                ;
            if (rc < 0)
                return rc;
            continue;
        }
        while (n && is_blank(text[n - 1]))
            n--;
        while (n && is_blank(*text)) {
            text++;
            n--;
        }
        text[n] = 0; /* n is below ROOM: in the buffer */
        if (*text && *text != '#') {
            *ret = text;
            return 1;
        }
    }
    return rc;
}

void lines_close(struct lines *lines)
{
    if (lines->n_wrong == 1)
        host->log(1, "%s:%llu: %s", lines->path, (unsigned long long)lines->first_wrong,
                  lines->why);
    else if (lines->n_wrong)
        host->log(1, "%s:%llu: %s (%llu wrong lines in all)", lines->path,
                  (unsigned long long)lines->first_wrong, lines->why,
                  (unsigned long long)lines->n_wrong);
    if (lines->damaged)
        host->log(1, "'%s' is damaged or cut after line %llu", lines->path,
                  (unsigned long long)lines->number);
    if (lines->file)
        gzclose(lines->file);
    host->free(lines->buffer);
    *lines = (struct lines){0};
}
