/* Reads a file line by line. Knows nothing of what the lines say. */
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

size_t line_word(const char **at)
{
    *at += strspn(*at, blanks);
    return strcspn(*at, blanks);
}

int lines_read(const char *path,
               int (*body)(void *context, const struct line *line, trawl_error *err), void *context,
               trawl_error *err)
{
    FILE *f = fopen(path, "re");
    struct line line = {0};
    char *text = NULL;
    size_t room = 0;
    int rc = TRAWL_OK;

    if (!f)
        return host->fail(err, TRAWL_E_IO, "could not open '%s': %s", path, host->reason(errno));
    errno = 0;
    while (rc == TRAWL_OK && getline(&text, &room, f) >= 0) {
        line.number++;
        text[strcspn(text, "#")] = 0;
        line.text = text;
        if (text[strspn(text, blanks)])
            rc = body(context, &line, err);
        errno = 0;
    }
    if (rc == TRAWL_OK && (ferror(f) || errno == ENOMEM))
        rc = host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path,
                        host->reason(errno ? errno : EIO));
    free(text); /* getline()'s, not the host's */
    (void)fclose(f);
    return rc;
}
