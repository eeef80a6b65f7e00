/* Writes records through a buffer, whole ones only: a full disk leaves a file that can be read.
 * Must not know where packets come from. */
#include "core/capture/live_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/task.h"
#include "core/capture/io.h"
#include "core/capture/live.h"

enum { BUFFER = 512 << 10 }; /* a record is at most 256 KiB */

struct tw_live_file {
    char *path;
    uint64_t file_bytes;
    uint32_t n_files;
    uint64_t i_file; /* counts those that were begun */
    int fd;          /* -1: none any more */
    uint64_t at;     /* bytes in the file */
    uint8_t head[64];
    size_t n_head;
    uint8_t *buffer;
    size_t used;
    uint64_t n_written, n_buffered; /* records */
    char *name;                     /* of the file that is open */
    bool told_gone;                 /* it has none any more */
};

static void fail_file(struct tw_live_file *file, const char *what, int number)
{
    tw_log(1, "could not %s '%s': %s; packets are captured on, and no longer written", what,
           file->name, tw_reason(number));
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->used = file->n_buffered = 0;
}

/* Nothing fails, and nothing is left at the end. */
static void look_at_name(struct tw_live_file *file)
{
    struct stat st;

    if (file->told_gone || fstat(file->fd, &st) != 0 || st.st_nlink)
        return;
    tw_log(1, "'%s' was removed while packets are written to it: they go with it", file->name);
    file->told_gone = true;
}

void tw_live_file_flush(struct tw_live_file *file)
{
    int number = 0;

    if (!file || file->fd < 0 || !file->used)
        return;
    if (tw_io_pwrite(file->fd, file->buffer, file->used, file->at, &number) != TRAWL_OK) {
        const int fd = file->fd;

        /* what came of the last records is no record: the file ends before them */
        if (ftruncate(fd, (off_t)file->at) != 0)
            number = errno;
        fail_file(file, "write", number);
        return;
    }
    file->at += file->used;
    file->n_written += file->n_buffered;
    file->used = file->n_buffered = 0;
    look_at_name(file);
}

uint64_t tw_live_file_written(const struct tw_live_file *file)
{
    return file->n_written;
}

/* "a.pcap" of a ring is "a-00001.pcap", … */
char *tw_live_file_name(const char *path, uint64_t i)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const size_t n_stem = dot ? (size_t)(dot - path) : strlen(path);

    return tw_asprintf("%.*s-%05u%s", (int)n_stem, path, (unsigned)i + 1, dot ? dot : "");
}

static char *name_of(const struct tw_live_file *file)
{
    return file->file_bytes
               ? tw_live_file_name(file->path,
                                   file->n_files ? file->i_file % file->n_files : file->i_file)
               : tw_strdup(file->path);
}

static int begin_file(struct tw_live_file *file, trawl_error *err)
{
    char *name = name_of(file);

    if (!name)
        return tw_fail_nomem(err);
    tw_free(file->name);
    file->name = name;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return tw_fail(err, TRAWL_E_IO, "could not create '%s': %s", name, tw_reason(errno));
    file->i_file++;
    file->told_gone = false;
    file->at = 0;
    memcpy(file->buffer, file->head, file->n_head);
    file->used = file->n_head;
    tw_live_file_flush(file); /* others may read it from now on */
    return TRAWL_OK;
}

int tw_live_file_open(const char *path, uint64_t file_bytes, uint32_t n_files, const void *head,
                      size_t n_head, struct tw_live_file **ret, trawl_error *err)
{
    struct tw_live_file *file = tw_alloc(sizeof(*file));
    int rc;

    if (!file)
        return tw_fail_nomem(err);
    file->fd = -1;
    file->path = tw_strdup(path);
    file->buffer = tw_alloc_unset(BUFFER);
    file->file_bytes = file_bytes;
    file->n_files = n_files;
    file->n_head = TW_MIN(n_head, sizeof(file->head));
    memcpy(file->head, head, file->n_head);
    rc = file->path && file->buffer ? begin_file(file, err) : tw_fail_nomem(err);
    if (rc != TRAWL_OK) {
        tw_live_file_close(file);
        return rc;
    }
    *ret = file;
    return TRAWL_OK;
}

static bool next_file(struct tw_live_file *file)
{
    trawl_error error = TW_ERROR_INIT;

    tw_live_file_flush(file);
    if (file->fd < 0)
        return false;
    if (begin_file(file, &error) == TRAWL_OK)
        return true;
    tw_log(1, "%s; packets are captured on, and no longer written", error.message);
    tw_error_clear(&error);
    if (file->fd >= 0) /* the one before: there was no memory for a name */
        close(file->fd);
    file->fd = -1;
    return false;
}

void tw_live_file_put(struct tw_live_file *file, const void *head, size_t n_head, const void *data,
                      size_t n)
{
    if (file->fd < 0)
        return;
    if (file->file_bytes && file->at + file->used > file->n_head &&
        file->at + file->used + n_head + n > file->file_bytes && !next_file(file))
        return;
    if (file->used + n_head + n > BUFFER)
        tw_live_file_flush(file);
    if (file->fd < 0)
        return;
    if (n_head + n > BUFFER)
        return;
    memcpy(file->buffer + file->used, head, n_head);
    memcpy(file->buffer + file->used + n_head, data, n);
    file->used += n_head + n;
    file->n_buffered++;
}

void tw_live_file_close(struct tw_live_file *file)
{
    if (!file)
        return;
    tw_live_file_flush(file);
    if (file->fd >= 0)
        close(file->fd);
    tw_free(file->buffer);
    tw_free(file->path);
    tw_free(file->name);
    tw_free(file);
}
