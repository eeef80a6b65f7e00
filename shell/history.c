/* Lines typed at the prompt, kept in a file: one line each, appended as they are typed.
 * Must not know the terminal. */
#include "shell/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "shell/config.h"
#include "shell/output.h"

enum { MAX_LINE = 64 * 1024, MAX_FILE_LINES = 1000000 };

/* A line of text in the thread's locale, without control characters. */
static bool is_text(const char *s, size_t n)
{
    mbstate_t state = {0};
    const char *p = s;

    if (n == 0 || n > MAX_LINE)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    return mbsrtowcs(NULL, &p, 0, &state) != (size_t)-1;
}

static bool remember(struct tw_history *h, const char *line)
{
    char *copy;

    if (h->max == 0 || (h->n_lines && strcmp(h->lines[h->n_lines - 1], line) == 0))
        return false;
    if (h->n_lines >= h->max) {
        const size_t drop = h->n_lines - h->max + 1;

        for (size_t i = 0; i < drop; i++)
            tw_free(h->lines[i]);
        memmove(h->lines, h->lines + drop, (h->n_lines - drop) * sizeof(*h->lines));
        h->n_lines -= drop;
    }
    if (h->n_lines == h->capacity) {
        const size_t capacity = h->capacity ? h->capacity * 2 : 64;
        char **grown = tw_realloc_array(h->lines, capacity, sizeof(*grown));

        if (!grown)
            return false;
        h->lines = grown;
        h->capacity = capacity;
    }
    copy = tw_strdup(line);
    if (!copy)
        return false;
    h->lines[h->n_lines++] = copy;
    return true;
}

static void read_file(struct tw_history *h)
{
    FILE *f = fopen(h->path, "re");
    char *text = NULL;
    size_t capacity = 0;
    ssize_t n;

    while (f && h->n_file < MAX_FILE_LINES && (n = getline(&text, &capacity, f)) > 0) {
        h->n_file++;
        if (text[n - 1] == '\n')
            text[--n] = 0;
        if (strlen(text) == (size_t)n && is_text(text, (size_t)n))
            remember(h, text);
    }
    free(text); /* getline's own */
    if (f)
        fclose(f);
}

/* The file with only the lines that are kept. */
static void rewrite(struct tw_history *h)
{
    struct tw_out_file file;
    int rc;

    if (tw_out_file_open(h->path, false, &file, NULL) != TRAWL_OK)
        return;
    rc = fchmod(file.out.fd, 0600) == 0 ? TRAWL_OK : TRAWL_E_IO;
    for (size_t i = 0; rc == TRAWL_OK && i < h->n_lines; i++) {
        rc = tw_out_puts(&file.out, h->lines[i], NULL);
        if (rc == TRAWL_OK)
            rc = tw_out_write(&file.out, "\n", 1, NULL);
    }
    if (tw_out_file_close(&file, rc == TRAWL_OK, NULL) == TRAWL_OK)
        h->n_file = h->n_lines;
}

void tw_history_open(struct tw_history *h, char *path, size_t max)
{
    *h = (struct tw_history){.path = path, .max = max};
    if (!path)
        return;
    read_file(h);
    if (h->n_file > max + max / 4 + 16)
        rewrite(h);
}

bool tw_history_add(struct tw_history *h, const char *line)
{
    const size_t n = strlen(line);
    char *with_end;
    int fd;

    if (line[0] == ' ' || !is_text(line, n) || !remember(h, line))
        return false;
    if (!h->path)
        return true;
    fd = open(h->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == ENOENT && tw_make_folders(h->path))
        fd = open(h->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return true; /* a prompt without history is still a prompt */
    with_end = tw_asprintf("%s\n", line);
    if (with_end && fchmod(fd, 0600) == 0)
        tw_write_all(fd, "history", with_end, n + 1, NULL);
    tw_free(with_end);
    close(fd);
    h->n_file++;
    return true;
}

void tw_history_close(struct tw_history *h)
{
    for (size_t i = 0; i < h->n_lines; i++)
        tw_free(h->lines[i]);
    tw_free(h->lines);
    tw_free(h->path);
    *h = (struct tw_history){0};
}
