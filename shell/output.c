/* Where bytes go: a descriptor with a big buffer, and files that appear whole or not at all.
 * Must not know tables or formats. */
#include "shell/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/leftover.h"
#include "core/base/task.h"
#include "core/base/text.h"
#include "shell/gzip.h"

enum { OUT_GATHER = 256 * 1024, LOOK_MS = 50 };

void tw_out_init(struct tw_out *out, int fd, const char *name)
{
    *out = (struct tw_out){.fd = fd, .name = name, .buffer = TW_BUFFER_INIT};
}

int tw_write_all(int fd, const char *name, const void *data, size_t n, trawl_error *err)
{
    const char *p = data;

    while (n > 0) {
        const ssize_t done = write(fd, p, n);

        if (done < 0) {
            const int why = errno;

            if (why == EPIPE)
                return tw_fail(err, TRAWL_E_PIPE, "the reader of '%s' went away", name);
            if (why != EINTR && why != EAGAIN)
                return tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", name, tw_reason(why));
            if (tw_cancelled())
                return tw_fail_cancelled(err);
            if (why == EAGAIN) /* a FIFO of open_special(), whose reader is slow */
                (void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, LOOK_MS);
            continue;
        }
        p += done;
        n -= (size_t)done;
    }
    return TRAWL_OK;
}

static int put(struct tw_out *out, const void *data, size_t n, bool end, trawl_error *err)
{
    return out->gzip ? tw_gzip_write(out->gzip, out->fd, out->name, data, n, end, err)
                     : tw_write_all(out->fd, out->name, data, n, err);
}

static int flush(struct tw_out *out, bool end, trawl_error *err)
{
    if (out->failed)
        return tw_fail(err, out->failed, "could not write '%s'", out->name);
    if (out->buffer.failed)
        out->failed = tw_fail_nomem(err);
    else
        out->failed = put(out, out->buffer.data, out->buffer.len, end, err);
    tw_buffer_clear(&out->buffer);
    return out->failed;
}

int tw_out_flush(struct tw_out *out, trawl_error *err)
{
    return flush(out, false, err);
}

int tw_out_flush_some(struct tw_out *out, trawl_error *err)
{
    return out->failed || out->buffer.failed || out->buffer.len >= OUT_GATHER
               ? tw_out_flush(out, err)
               : TRAWL_OK;
}

int tw_out_write(struct tw_out *out, const void *data, size_t n, trawl_error *err)
{
    if (out->failed)
        return tw_fail(err, out->failed, "could not write '%s'", out->name);
    if (n >= OUT_GATHER) { /* no copy of what is big already */
        int rc = tw_out_flush(out, err);

        if (rc == TRAWL_OK)
            rc = out->failed = put(out, data, n, false, err);
        return rc;
    }
    tw_buffer_append(&out->buffer, data, n);
    return tw_out_flush_some(out, err);
}

int tw_out_puts(struct tw_out *out, const char *s, trawl_error *err)
{
    return tw_out_write(out, s, strlen(s), err);
}

void tw_out_fini(struct tw_out *out)
{
    tw_buffer_fini(&out->buffer);
    tw_gzip_free(out->gzip);
    out->gzip = NULL;
}

static void out_file_free(struct tw_out_file *file)
{
    tw_out_fini(&file->out);
    tw_free(file->path);
    tw_free(file->target);
    tw_free(file->temporary);
}

/* The file that a path leads to, links resolved, so that a link stays a link. */
static char *resolve(const char *path)
{
    char real[PATH_MAX];

    return tw_strdup(realpath(path, real) ? real : path);
}

static mode_t current_umask(void)
{
    const mode_t mask = umask(022);

    umask(mask);
    return mask;
}

/* A new file beside the target; -1 with errno when the folder does not allow one. */
static int open_temporary(struct tw_out_file *file, const struct stat *old)
{
    const char *slash = strrchr(file->target, '/');
    const int n_folder = slash ? (int)(slash - file->target + 1) : 0;
    int fd;

    file->temporary = tw_asprintf("%.*s.trawl-XXXXXX", n_folder, file->target);
    if (!file->temporary) {
        errno = ENOMEM;
        return -1;
    }
    fd = mkostemp(file->temporary, O_CLOEXEC);
    if (fd < 0) {
        tw_free(file->temporary);
        file->temporary = NULL;
        return -1;
    }
    file->leftover = tw_leftover_note(file->temporary);
    if (fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~current_umask()) != 0) {
        /* The mode stays 0600: private is never wrong. */
    }
    return fd;
}

/* A terminal, a pipe, /dev/full … Never O_TRUNC. A FIFO is waited for until somebody reads it, or
 * Ctrl-C; not when more is written to it: whoever read it has gone. It stays O_NONBLOCK, so that a
 * reader who does not read holds nobody for good either. */
static int open_special(const char *path, bool append, const struct stat *st)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (append ? O_APPEND : 0);
    int fd;

    if (!S_ISFIFO(st->st_mode))
        return open(path, flags);
    for (;;) {
        fd = open(path, flags | O_NONBLOCK);
        if (fd >= 0 || errno != ENXIO || append || tw_cancelled())
            break;
        nanosleep(&pause, NULL);
    }
    return fd;
}

/* @return its code; errno says why */
static int fail_open(const char *path, trawl_error *err)
{
    return errno != ENXIO
               ? tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", path, tw_reason(errno))
           : tw_cancelled()
               ? tw_fail_cancelled(err)
               : tw_fail(err, TRAWL_E_IO, "could not write '%s': nobody reads it", path);
}

int tw_out_file_open(const char *path, bool append, struct tw_out_file *ret, trawl_error *err)
{
    struct tw_out_file file = {.leftover = -1, .old_size = -1};
    struct stat st;
    int fd = -1;

    file.path = tw_strdup(path);
    file.target = resolve(path);
    if (!file.path || !file.target) {
        out_file_free(&file);
        return tw_fail_nomem(err);
    }
    if (strcmp(path, "-") == 0) {
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        fd = open_special(path, append, &st);
    } else if (append) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            file.old_size = st.st_size;
    } else {
        const bool exists = stat(path, &st) == 0;

        if (exists &&
            access(path, W_OK) != 0) { /* a read-only file is not replaced by the back door */
            tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", path, tw_reason(errno));
            out_file_free(&file);
            return TRAWL_E_IO;
        }
        fd = open_temporary(&file, exists ? &st : NULL);
        if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
            fd = open(path, O_WRONLY | (exists ? O_TRUNC : O_CREAT | O_EXCL) | O_CLOEXEC, 0666);
    }
    if (fd < 0) {
        const int rc = fail_open(path, err);

        out_file_free(&file);
        return rc;
    }
    tw_out_init(&file.out, fd, file.path);
    *ret = file;
    if (path[tw_path_uncompressed(path)]) {
        ret->out.gzip = tw_gzip_new();
        if (!ret->out.gzip) {
            tw_out_file_close(ret, false, NULL);
            return tw_fail_nomem(err);
        }
    }
    return TRAWL_OK;
}

int tw_out_file_close(struct tw_out_file *file, bool keep, trawl_error *err)
{
    int rc = keep ? flush(&file->out, true, err) : TRAWL_OK;

    if ((rc != TRAWL_OK || !keep) && file->old_size >= 0 &&
        ftruncate(file->out.fd, file->old_size) != 0)
        tw_log(1, "could not cut '%s' back: %s", file->path, tw_reason(errno));
    if (close(file->out.fd) != 0 && rc == TRAWL_OK && keep)
        rc = tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", file->path, tw_reason(errno));
    if (file->temporary) {
        if (rc == TRAWL_OK && keep && rename(file->temporary, file->target) != 0)
            rc = tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", file->path, tw_reason(errno));
        if (rc != TRAWL_OK || !keep)
            unlink(file->temporary);
    }
    tw_leftover_forget(file->leftover);
    out_file_free(file);
    return rc;
}

size_t tw_path_uncompressed(const char *path)
{
    static const char end[] = ".gz";
    const size_t n = strlen(path), n_end = sizeof(end) - 1;

    return n > n_end && path[n - n_end - 1] != '/' && strcmp(path + n - n_end, end) == 0 ? n - n_end
                                                                                         : n;
}

char *tw_rotated_path(const char *path, uint64_t number)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = memrchr(name, '.', tw_path_uncompressed(name));
    const size_t n = strlen(path),
                 at = dot && dot > name ? (size_t)(dot - path) : tw_path_uncompressed(path);
    char digits[TW_TEXT_MAX], *ret = tw_alloc(n + sizeof(digits) + 2);
    size_t n_digits;

    if (!ret)
        return NULL;
    n_digits = tw_format_u64(digits, number);
    memcpy(ret, path, at);
    ret[at] = '.';
    memcpy(ret + at + 1, digits, n_digits);
    memcpy(ret + at + 1 + n_digits, path + at, n - at + 1);
    return ret;
}
