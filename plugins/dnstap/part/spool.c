/* A Frame Streams server for one sender. Must not know dnstap's fields. */
#include "../spool.h"

#include <errno.h>
#include <fcntl.h>
#include <fstrm.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../frames.h"

enum {
    LOOK_MS = 50, /* how often somebody is asked whether it is enough */
    HEAD = 12     /* bytes that tell what a control frame is */
};

/* ---- the socket ---- */

static int address_of(const char *path, struct sockaddr_un *ret)
{
    const size_t n = strlen(path);

    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (n == 0 || n >= sizeof(ret->sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(ret->sun_path, path, n);
    return 0;
}

/* A socket that its server left behind. */
static int is_left(const struct sockaddr_un *address)
{
    struct stat info;
    int fd, left;

    if (lstat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return 0;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    left = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
           errno == ECONNREFUSED;
    close(fd);
    return left;
}

int spool_listen(const char *path)
{
    struct sockaddr_un address;
    const struct sockaddr *any = (const struct sockaddr *)&address;
    int fd, rc, error;

    if (address_of(path, &address) != 0)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    rc = bind(fd, any, sizeof(address));
    if (rc != 0 && errno == EADDRINUSE) {
        if (is_left(&address) && unlink(path) == 0)
            rc = bind(fd, any, sizeof(address));
        else
            errno = EADDRINUSE;
    }
    if (rc == 0 && listen(fd, 1) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* ---- what fstrm reads from and writes to ---- */

struct sender {
    struct spool *spool;
    int fd;
    bool is_enough, is_gone;
    uint8_t head[HEAD]; /* its first bytes */
    size_t n_head;      /* the last ones of these, which nobody took yet */
};

/* Until there is something to read or write: 1; 0: it is enough, or nobody is there any more. */
static int wait_for(struct sender *sender, short events)
{
    struct pollfd look = {.fd = sender->fd, .events = events};

    for (;;) {
        const int n = poll(&look, 1, LOOK_MS);

        if (sender->spool->is_enough(sender->spool->context, sender->spool->n)) {
            sender->is_enough = true;
            return 0;
        }
        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return 0;
    }
}

static fstrm_res read_sender(void *context, void *data, size_t n)
{
    struct sender *sender = context;
    uint8_t *p = data;

    for (; n && sender->n_head; n--)
        *p++ = sender->head[HEAD - sender->n_head--];
    while (n) {
        ssize_t got;

        if (!wait_for(sender, POLLIN))
            return fstrm_res_failure;
        got = recv(sender->fd, p, n, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0) {
            sender->is_gone = true;
            return fstrm_res_failure;
        }
        p += got;
        n -= (size_t)got;
    }
    return fstrm_res_success;
}

static fstrm_res write_sender(void *context, const struct iovec *parts, int n)
{
    struct sender *sender = context;

    for (int i = 0; i < n; i++) {
        const uint8_t *p = parts[i].iov_base;
        size_t left = parts[i].iov_len;

        while (left) {
            ssize_t put;

            if (!wait_for(sender, POLLOUT))
                return fstrm_res_failure;
            put = send(sender->fd, p, left, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (put < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (put < 0)
                return fstrm_res_failure;
            p += put;
            left -= (size_t)put;
        }
    }
    return fstrm_res_success;
}

static fstrm_res write_file(void *context, const struct iovec *parts, int n)
{
    const struct spool *spool = context;

    for (int i = 0; i < n; i++) {
        const uint8_t *p = parts[i].iov_base;
        size_t left = parts[i].iov_len;

        while (left) {
            const ssize_t put = write(spool->fd, p, left);

            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return fstrm_res_failure;
            p += put;
            left -= (size_t)put;
        }
    }
    return fstrm_res_success;
}

static fstrm_res nothing(void *context)
{
    (void)context;
    return fstrm_res_success;
}

/* ---- one sender ---- */

/* Who goes away without a word is none: another trawl looks so whether somebody listens here. */
static int accept_sender(struct sender *sender, int listener)
{
    for (;;) {
        sender->fd = listener;
        sender->is_gone = false;
        if (!wait_for(sender, POLLIN))
            return -1;
        sender->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (sender->fd < 0)
            return -1;
        if (read_sender(sender, sender->head, HEAD) == fstrm_res_success)
            sender->n_head = HEAD;
        if (!sender->is_gone)
            return sender->fd;
        close(sender->fd);
    }
}

/* A sender that asks for nothing says START (unbound's dnstap-bidirectional: no), others READY. */
static bool is_one_way(const struct sender *sender)
{
    const uint8_t *type = sender->head + 8;

    return type[0] == 0 && type[1] == 0 && type[2] == 0 && type[3] == FSTRM_CONTROL_START;
}

static struct fstrm_reader *reader_of(struct sender *sender)
{
    struct fstrm_reader_options *options = fstrm_reader_options_init();
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(sender);
    struct fstrm_reader *reader;

    fstrm_rdwr_set_open(rdwr, nothing);
    fstrm_rdwr_set_close(rdwr, nothing);
    fstrm_rdwr_set_read(rdwr, read_sender);
    if (!is_one_way(sender)) /* who can be written to is answered */
        fstrm_rdwr_set_write(rdwr, write_sender);
    fstrm_reader_options_add_content_type(options, DNSTAP_CONTENT, strlen(DNSTAP_CONTENT));
    fstrm_reader_options_set_max_frame_size(options, FRAMES_LONGEST);
    reader = fstrm_reader_init(options, &rdwr);
    fstrm_reader_options_destroy(&options);
    if (!reader)
        fstrm_rdwr_destroy(&rdwr);
    return reader;
}

static struct fstrm_writer *writer_of(struct spool *spool)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(spool);
    struct fstrm_writer *writer;

    fstrm_rdwr_set_open(rdwr, nothing);
    fstrm_rdwr_set_close(rdwr, nothing);
    fstrm_rdwr_set_write(rdwr, write_file);
    fstrm_writer_options_add_content_type(options, DNSTAP_CONTENT, strlen(DNSTAP_CONTENT));
    writer = fstrm_writer_init(options, &rdwr);
    fstrm_writer_options_destroy(&options);
    if (!writer)
        fstrm_rdwr_destroy(&rdwr);
    return writer;
}

/* What went wrong, with the errno of now; 0: one of fstrm's own, memory most likely. */
static const char *failed(struct spool *spool, const char *why)
{
    spool->error = errno ? errno : ENOMEM;
    return why;
}

static const char *copy_frames(struct spool *spool, const struct sender *sender,
                               struct fstrm_reader *reader, struct fstrm_writer *writer)
{
    static const char cannot_write[] = "cannot write what came";
    fstrm_res rc = fstrm_reader_open(reader);
    const uint8_t *data;
    size_t n;

    if (rc != fstrm_res_success && !sender->is_enough) {
        spool->error = EPROTO;
        return "the sender says no Frame Streams of " DNSTAP_CONTENT;
    }
    errno = 0;
    if (fstrm_writer_open(writer) != fstrm_res_success)
        return failed(spool, cannot_write);
    while (rc == fstrm_res_success && !spool->is_enough(spool->context, spool->n)) {
        data = NULL;
        rc = fstrm_reader_read(reader, &data, &n);
        if (rc == fstrm_res_success && !data) /* fstrm 0.6 says so of a frame that is too long */
            rc = fstrm_res_failure;
        if (rc != fstrm_res_success)
            break;
        errno = 0;
        if (fstrm_writer_write(writer, data, n) != fstrm_res_success)
            return failed(spool, cannot_write);
        spool->n++;
    }
    if (rc == fstrm_res_failure && !sender->is_enough)
        spool->ended = sender->is_gone ? "the sender went away in the middle of its stream"
                                       : "the sender broke its stream off with a damaged frame";
    errno = 0;
    return fstrm_writer_close(writer) == fstrm_res_success ? NULL : failed(spool, cannot_write);
}

static int open_file(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int fd;

    if (!folder || !*folder || strlen(folder) > sizeof(path) - 32)
        folder = "/tmp";
    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    stpcpy(stpcpy(path, folder), "/trawl-dnstap-XXXXXX");
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

const char *spool_take(struct spool *spool, int listener)
{
    struct sender sender = {.spool = spool};
    struct fstrm_reader *reader;
    struct fstrm_writer *writer;
    const char *why = NULL;

    if (accept_sender(&sender, listener) < 0)
        return sender.is_enough ? NULL : failed(spool, "cannot take a sender");
    spool->fd = open_file();
    if (spool->fd < 0) {
        why = failed(spool, "cannot make a temporary file");
        close(sender.fd);
        return why;
    }
    errno = 0;
    reader = reader_of(&sender);
    writer = writer_of(spool);
    why = reader && writer ? copy_frames(spool, &sender, reader, writer)
                           : failed(spool, "cannot take a sender");
    fstrm_reader_destroy(&reader);
    fstrm_writer_destroy(&writer);
    close(sender.fd);
    return why;
}
