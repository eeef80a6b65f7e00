/* Command lines from files and stdin, and what a named file is.
 * Must not know the prompt. */
#include "shell/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/line.h"

enum { SCRIPT_MAX = 64 << 20 }; /* bytes of one line of commands */

static bool has_capture_magic(const uint8_t *b, size_t n)
{
    static const struct {
        uint8_t bytes[6];
        size_t n;
    } magics[] = {
        {{0xd4, 0xc3, 0xb2, 0xa1}, 4},      {{0xa1, 0xb2, 0xc3, 0xd4}, 4}, /* pcap, microseconds */
        {{0x4d, 0x3c, 0xb2, 0xa1}, 4},      {{0xa1, 0xb2, 0x3c, 0x4d}, 4}, /* nanoseconds */
        {{0x34, 0xcd, 0xb2, 0xa1}, 4},      {{0xa1, 0xb2, 0xcd, 0x34}, 4}, /* modified */
        {{0x0a, 0x0d, 0x0d, 0x0a}, 4},                                     /* pcapng */
        {{'s', 'n', 'o', 'o', 'p', 0}, 6},  {{0x1f, 0x8b}, 2},
        {{0xfd, '7', 'z', 'X', 'Z', 0}, 6}, {{'B', 'Z', 'h'}, 3},
        {{0x28, 0xb5, 0x2f, 0xfd}, 4}, /* zstd */
        {{0x04, 0x22, 0x4d, 0x18}, 4}, /* lz4 */
    };

    for (size_t i = 0; i < TW_COUNT(magics); i++)
        if (n >= magics[i].n && memcmp(b, magics[i].bytes, magics[i].n) == 0)
            return true;
    return false;
}

/* Length of the path without the first of the endings that it has; 0: it has none. */
static size_t without_end(const char *path, size_t n, const char *const *ends, size_t n_ends)
{
    for (size_t i = 0; i < n_ends; i++) {
        const size_t n_end = strlen(ends[i]);

        if (n > n_end && memcmp(path + n - n_end, ends[i], n_end) == 0)
            return n - n_end;
    }
    return 0;
}

static const char *const packed_ends[] = {".gz", ".xz", ".bz2", ".zst", ".lz4"};

static bool has_capture_name(const char *path)
{
    static const char *const ends[] = {".pcap", ".pcapng", ".cap", ".snoop", ".dmp", ".ntar"};
    const size_t n = strlen(path);

    return without_end(path, n, ends, TW_COUNT(ends)) ||
           without_end(path, n, packed_ends, TW_COUNT(packed_ends));
}

static bool has_table_name(const char *path)
{
    static const char *const ends[] = {".csv", ".tsv", ".fsdb"};
    const size_t n = strlen(path), plain = without_end(path, n, packed_ends, TW_COUNT(packed_ends));

    return without_end(path, plain ? plain : n, ends, TW_COUNT(ends)) != 0;
}

bool tw_names_file(const char *path)
{
    const size_t n = strlen(path);

    return has_capture_name(path) || has_table_name(path) ||
           (n > 6 && strcmp(path + n - 6, ".trawl") == 0);
}

enum tw_file_kind tw_file_kind(const char *path)
{
    uint8_t start[512];
    struct stat st;
    ssize_t n;
    int fd;

    if (stat(path, &st) != 0)
        return TW_FILE_NONE;
    if (!S_ISREG(st.st_mode)) /* folders, pipes: reading a pipe here would take its bytes */
        return TW_FILE_CAPTURE;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, start, sizeof(start)) : -1;
    if (fd >= 0)
        close(fd);
    if (n < 0) /* the loader says why it cannot be read */
        return TW_FILE_CAPTURE;
    if (n >= 2 && start[0] == '#' && start[1] == '!')
        return TW_FILE_SCRIPT;
    if (has_capture_name(path) &&
        has_table_name(path)) /* compressed: its content is not seen here */
        return TW_FILE_TABLE;
    if (has_capture_magic(start, (size_t)n) || has_capture_name(path) ||
        memchr(start, 0, (size_t)n))
        return TW_FILE_CAPTURE;
    return has_table_name(path) ? TW_FILE_TABLE : TW_FILE_SCRIPT;
}

/* One line of commands with the lines that continue it. false at the end of the file. */
static bool read_line(FILE *f, char **text, size_t *capacity, struct tw_buffer *line,
                      uint64_t *ret_n_lines)
{
    *ret_n_lines = 0;
    tw_buffer_clear(line);
    do {
        errno = 0;
        const ssize_t n = getline(text, capacity, f);

        if (n < 0)
            break;
        ++*ret_n_lines;
        tw_buffer_append(line, *text, (size_t)n);
        for (const char *end = "\n\r"; *end; end++) /* Windows' lines too */
            if (line->len && line->data[line->len - 1] == *end)
                line->data[--line->len] = 0;
        if (!tw_line_goes_on(line->data ? line->data : "", line->len))
            return true;
        tw_buffer_putc(line, '\n');
    } while (!line->failed && line->len < SCRIPT_MAX && !tw_signals_stop());
    return *ret_n_lines > 0;
}

int tw_script_run(struct tw_shell *shell, const char *path, bool keep_going)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    struct tw_buffer line = TW_BUFFER_INIT;
    const char *outer_file = shell->file;
    const uint64_t outer_line = shell->line;
    tw_error err = TW_ERROR_INIT;
    char *text = NULL;
    size_t capacity = 0;
    uint64_t n_lines, at = 1;
    int status = 0, first = 0;

    if (!f) {
        tw_fail(&err, TRAWL_E_IO, "could not open '%s': %s", path, tw_reason(errno));
        tw_shell_error(shell, NULL, &err);
        return TW_EXIT_FAILED;
    }
    while (!shell->session->quit && !tw_signals_stop() &&
           read_line(f, &text, &capacity, &line, &n_lines)) {
        const bool has_mark = at == 1 && line.len >= 3 && memcmp(line.data, "\xef\xbb\xbf", 3) == 0;
        const size_t skipped = has_mark ? 3 : 0; /* a byte order mark */

        shell->file = path;
        shell->line = at;
        at += n_lines;
        if (line.failed) {
            tw_fail_nomem(&err);
            tw_shell_error(shell, NULL, &err);
            status = TW_EXIT_FAILED;
        } else if (line.len && memchr(line.data, 0, line.len)) { /* tcpdump -w - | trawl - */
            tw_fail(&err, TRAWL_E_USAGE, "this is no text: it holds a NUL byte");
            tw_error_hint(&err, "'trawl -r %s' reads a capture.", path);
            tw_shell_error(shell, NULL, &err);
            status = TW_EXIT_USAGE;
        } else {
            status = tw_shell_line(shell, line.data ? line.data + skipped : "", line.len - skipped);
        }
        first = first ? first : status;
        if ((status && !keep_going) || status == TW_EXIT_INTERRUPTED || status == TW_EXIT_PIPE)
            break;
    }
    shell->file = outer_file;
    shell->line = outer_line;
    if (f != stdin)
        fclose(f);
    free(text); /* getline's own */
    tw_buffer_fini(&line);
    return first;
}
