/* To be preloaded (LD_PRELOAD): counts a program's calls for files, and makes one go wrong.
 * Must not know the program.
 *
 * IO_AT=N     the call that goes wrong, from 1 on; without it they are only counted
 * IO_DO=WHAT  kill (before the call), after (it), torn (a write: after half of its bytes), short (a
 *             read or write moves half), or what it fails with: EIO ENOSPC EINTR EMFILE
 * IO_ALWAYS=1 that call and all later ones of its kind
 * IO_UNDER=P  only calls on paths that contain P, and on files opened by them, count
 * IO_LOG=FILE gets "N KIND\n" when the program ends, or "hit KIND\n" when the call came
 *
 * Standard input, output and error are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KILL, AFTER, TORN, SHORT, FAIL };

static atomic_long n_calls;
static long at;
static int act = FAIL, error = EIO, always;
static const char *under, *log_path;

static void say(const char *word, const char *kind)
{
    char line[64];
    const int n = snprintf(line, sizeof(line), "%s %s\n", word, kind);
    const long fd = log_path ? syscall(SYS_openat, AT_FDCWD, log_path,
                                       O_WRONLY | O_CREAT | O_APPEND, 0600)
                             : -1;

    if (fd < 0)
        return;
    (void)syscall(SYS_write, fd, line, n);
    (void)syscall(SYS_close, fd);
}

__attribute__((constructor)) static void begin(void)
{
    static const struct {
        const char *name;
        int act, error;
    } acts[] = {{"kill", KILL, 0},      {"after", AFTER, 0},     {"torn", TORN, 0},
                {"short", SHORT, 0},    {"EIO", FAIL, EIO},      {"ENOSPC", FAIL, ENOSPC},
                {"EINTR", FAIL, EINTR}, {"EMFILE", FAIL, EMFILE}};
    const char *what = getenv("IO_DO");

    at = getenv("IO_AT") ? strtol(getenv("IO_AT"), NULL, 10) : 0;
    always = getenv("IO_ALWAYS") != NULL;
    under = getenv("IO_UNDER");
    log_path = getenv("IO_LOG");
    for (size_t i = 0; what && i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(what, acts[i].name) == 0) {
            act = acts[i].act;
            error = acts[i].error;
        }
    }
}

__attribute__((destructor)) static void end(void)
{
    char number[32];

    snprintf(number, sizeof(number), "%ld", atomic_load(&n_calls));
    say(number, "calls");
}

static void die(void)
{
    (void)syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

static int is_path(const char *path)
{
    return !under || (path && strstr(path, under));
}

static int is_fd(int fd)
{
    char link[64], path[PATH_MAX];
    long n;

    if (fd <= 2)
        return 0;
    if (!under)
        return 1;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof(path) - 1);
    if (n <= 0)
        return 0;
    path[n] = 0;
    return is_path(path);
}

/* Is it this call's turn? counts: it is one that counts. A kill happens here. */
static int turn(const char *kind, int counts)
{
    const long i = counts ? atomic_fetch_add(&n_calls, 1) + 1 : 0;

    if (!counts || at == 0 || !(i == at || (always && i > at)))
        return 0;
    say("hit", kind);
    if (act == KILL)
        die();
    return 1;
}

/* The call fails with the error of the day. EMFILE is for what makes descriptors, EINTR for what
 * waits, ENOSPC for what writes; others go on. */
static int fails(int mine, int makes_fd, int waits, int writes)
{
    if (!mine || act != FAIL || (error == EMFILE && !makes_fd) || (error == EINTR && !waits) ||
        (error == ENOSPC && !writes))
        return 0;
    errno = error;
    return 1;
}

#define NEXT(type, name, ...)                  \
    static type (*next)(__VA_ARGS__);          \
    if (!next) {                               \
        void *symbol = dlsym(RTLD_NEXT, name); \
        memcpy(&next, &symbol, sizeof(next));  \
    }

static void after(int mine)
{
    const int saved = errno;

    if (mine && (act == AFTER || act == TORN))
        die();
    errno = saved;
}

/* ---- opening ---- */

#define OPENS(name)                                                      \
    int name(const char *path, int flags, ...)                           \
    {                                                                    \
        NEXT(int, #name, const char *, int, ...)                         \
        const int mine = turn(#name, is_path(path));                     \
        va_list list;                                                    \
        mode_t mode;                                                     \
        int fd;                                                          \
                                                                         \
        va_start(list, flags);                                           \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                    \
        if (fails(mine, 1, 0, flags & O_CREAT))                          \
            return -1;                                                   \
        fd = next(path, flags, mode);                                    \
        after(mine);                                                     \
        return fd;                                                       \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                   \
    int name(int folder, const char *path, int flags, ...)               \
    {                                                                    \
        NEXT(int, #name, int, const char *, int, ...)                    \
        const int mine = turn(#name, is_path(path));                     \
        va_list list;                                                    \
        mode_t mode;                                                     \
        int fd;                                                          \
                                                                         \
        va_start(list, flags);                                           \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                    \
        if (fails(mine, 1, 0, flags & O_CREAT))                          \
            return -1;                                                   \
        fd = next(folder, path, flags, mode);                            \
        after(mine);                                                     \
        return fd;                                                       \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

#define FOPENS(name)                                    \
    FILE *name(const char *path, const char *mode)      \
    {                                                   \
        NEXT(FILE *, #name, const char *, const char *) \
        const int mine = turn(#name, is_path(path));    \
        FILE *file;                                     \
                                                        \
        if (fails(mine, 1, 0, *mode != 'r'))            \
            return NULL;                                \
        file = next(path, mode);                        \
        after(mine);                                    \
        return file;                                    \
    }
FOPENS(fopen)
FOPENS(fopen64)

/* ---- moving bytes ---- */

static size_t part(int mine, size_t n)
{
    return mine && (act == SHORT || act == TORN) && n > 1 ? n / 2 : n;
}

ssize_t read(int fd, void *data, size_t n)
{
    NEXT(ssize_t, "read", int, void *, size_t)
    const int mine = turn("read", is_fd(fd));
    ssize_t done;

    if (fails(mine, 0, 1, 0))
        return -1;
    done = next(fd, data, part(mine, n));
    after(mine);
    return done;
}

#define PREADS(name)                                         \
    ssize_t name(int fd, void *data, size_t n, off_t offset) \
    {                                                        \
        NEXT(ssize_t, #name, int, void *, size_t, off_t)     \
        const int mine = turn(#name, is_fd(fd));             \
        ssize_t done;                                        \
                                                             \
        if (fails(mine, 0, 1, 0))                            \
            return -1;                                       \
        done = next(fd, data, part(mine, n), offset);        \
        after(mine);                                         \
        return done;                                         \
    }
PREADS(pread)
PREADS(pread64)

ssize_t write(int fd, const void *data, size_t n)
{
    NEXT(ssize_t, "write", int, const void *, size_t)
    const int mine = turn("write", is_fd(fd));
    ssize_t done;

    if (fails(mine, 0, 1, 1))
        return -1;
    done = next(fd, data, part(mine, n));
    after(mine);
    return done;
}

#define PWRITES(name)                                              \
    ssize_t name(int fd, const void *data, size_t n, off_t offset) \
    {                                                              \
        NEXT(ssize_t, #name, int, const void *, size_t, off_t)     \
        const int mine = turn(#name, is_fd(fd));                   \
        ssize_t done;                                              \
                                                                   \
        if (fails(mine, 0, 1, 1))                                  \
            return -1;                                             \
        done = next(fd, data, part(mine, n), offset);              \
        after(mine);                                               \
        return done;                                               \
    }
PWRITES(pwrite)
PWRITES(pwrite64)

/* ---- the rest ---- */

#define ON_FD(name, waits)                       \
    int name(int fd)                             \
    {                                            \
        NEXT(int, #name, int)                    \
        const int mine = turn(#name, is_fd(fd)); \
        int rc;                                  \
                                                 \
        if (fails(mine, 0, waits, 1))            \
            return -1;                           \
        rc = next(fd);                           \
        after(mine);                             \
        return rc;                               \
    }
ON_FD(fsync, 1)
ON_FD(fdatasync, 1)

#define TRUNCATES(name)                          \
    int name(int fd, off_t n)                    \
    {                                            \
        NEXT(int, #name, int, off_t)             \
        const int mine = turn(#name, is_fd(fd)); \
        int rc;                                  \
                                                 \
        if (fails(mine, 0, 1, 1))                \
            return -1;                           \
        rc = next(fd, n);                        \
        after(mine);                             \
        return rc;                               \
    }
TRUNCATES(ftruncate)
TRUNCATES(ftruncate64)

/* It takes effect, or it does not: a descriptor is gone either way. */
int close(int fd)
{
    NEXT(int, "close", int)
    const int mine = turn("close", is_fd(fd));
    const int failing = fails(mine, 0, 0, 1);
    const int rc = next(fd);

    after(mine);
    errno = failing ? error : errno;
    return failing ? -1 : rc;
}

int rename(const char *from, const char *to)
{
    NEXT(int, "rename", const char *, const char *)
    const int mine = turn("rename", is_path(from) || is_path(to));
    int rc;

    if (fails(mine, 0, 0, 1))
        return -1;
    rc = next(from, to);
    after(mine);
    return rc;
}

int unlink(const char *path)
{
    NEXT(int, "unlink", const char *)
    const int mine = turn("unlink", is_path(path));
    int rc;

    if (fails(mine, 0, 0, 0))
        return -1;
    rc = next(path);
    after(mine);
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, "mkdir", const char *, mode_t)
    const int mine = turn("mkdir", is_path(path));
    int rc;

    if (fails(mine, 0, 0, 1))
        return -1;
    rc = next(path, mode);
    after(mine);
    return rc;
}

int flock(int fd, int operation)
{
    NEXT(int, "flock", int, int)
    const int mine = turn("flock", is_fd(fd));
    int rc;

    if (fails(mine, 0, 1, 0))
        return -1;
    rc = next(fd, operation);
    after(mine);
    return rc;
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    NEXT(int, "utimensat", int, const char *, const struct timespec *, int)
    const int mine = turn("utimensat", is_path(path));
    int rc;

    if (fails(mine, 0, 0, 0))
        return -1;
    rc = next(folder, path, times, flags);
    after(mine);
    return rc;
}

/* Of files; memory is the other sweep's. */
#define MAPS(name)                                                                 \
    void *name(void *p, size_t n, int protection, int flags, int fd, off_t offset) \
    {                                                                              \
        NEXT(void *, #name, void *, size_t, int, int, int, off_t)                  \
        const int mine = turn(#name, fd >= 0 && is_fd(fd));                        \
        void *got;                                                                 \
                                                                                   \
        if (fails(mine, 0, 0, 0))                                                  \
            return MAP_FAILED;                                                     \
        got = next(p, n, protection, flags, fd, offset);                           \
        after(mine);                                                               \
        return got;                                                                \
    }
MAPS(mmap)
MAPS(mmap64)
