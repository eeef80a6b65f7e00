/* Tells tables of text from captures by the beginning of a file. Must not know how either is read.
 */
#include "text_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK = 4096 };

static int ends_in_any(const char *path, size_t n, const char *const *ends)
{
    for (; *ends; ends++) {
        const size_t n_end = strlen(*ends);

        if (n > n_end && memcmp(path + n - n_end, *ends, n_end) == 0)
            return 1;
    }
    return 0;
}

/* A path without the ending of a compression, which its content is known by only when it is read.
 */
static size_t without_compression(const char *path)
{
    static const char *const ends[] = {".gz", ".xz", ".bz2", ".zst", ".lz4"};
    const size_t n = strlen(path);

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        const size_t n_end = strlen(ends[i]);

        if (n > n_end && strcmp(path + n - n_end, ends[i]) == 0)
            return n - n_end;
    }
    return n;
}

/* No control characters, which every format of captures and every compression begins with. */
static int is_text(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')
            return 0;
    return n > 0;
}

int is_table(const char *path)
{
    static const char *const tables[] = {".csv", ".tsv", ".fsdb", NULL};
    static const char *const captures[] = {".pcap", ".pcapng", ".cap",   ".snoop", ".dmp",
                                           ".tap",  ".dnstap", ".trawl", NULL};
    const size_t n_path = strlen(path), n_plain = without_compression(path);
    unsigned char start[LOOK];
    const unsigned char *end;
    struct stat st;
    ssize_t n;
    int fd;

    /* reading a pipe here would take its bytes */
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || ends_in_any(path, n_path, captures))
        return 0;
    if (n_plain < n_path)
        return ends_in_any(path, n_plain, tables);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, start, sizeof(start)) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0 || !is_text(start, (size_t)n))
        return 0;
    if (ends_in_any(path, n_path, tables))
        return 1;
    end = memchr(start, '\n', (size_t)n);
    for (const unsigned char *p = start; end && p < end; p++)
        if (strchr("\t|;,", *p))
            return 1;
    return n > 6 && memcmp(start, "#fsdb ", 6) == 0;
}
