/* Where the secret comes from. Must not know what it is for. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "anonymize.h"

enum { FILE_MOST = 2 * KEY_MOST + 2 };

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Twice as many hexadecimal digits, with or without an end of line. @return 0: they are not */
static int take_hex(const uint8_t *data, size_t n, struct key *ret)
{
    while (n && (data[n - 1] == '\n' || data[n - 1] == '\r'))
        n--;
    if (n % 2 || n < 2 * (size_t)KEY_LEAST || n > 2 * (size_t)KEY_MOST)
        return 0;
    for (size_t i = 0; i < n; i += 2) {
        const int high = digit_of(data[i]), low = digit_of(data[i + 1]);

        if (high < 0 || low < 0)
            return 0;
        ret->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    ret->n = n / 2;
    return 1;
}

static int read_bytes(const char *path, uint8_t data[FILE_MOST + 1], size_t *ret_n,
                      trawl_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = 1;

    if (fd < 0)
        return host->fail(err, TRAWL_E_IO, "could not open '%s': %s", path, host->reason(errno));
    while (n < (size_t)FILE_MOST + 1 && got > 0) {
        got = read(fd, data + n, (size_t)FILE_MOST + 1 - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    if (got < 0) {
        const int why = errno;

        close(fd);
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path, host->reason(why));
    }
    close(fd);
    *ret_n = n;
    return TRAWL_OK;
}

static int take_key(const char *path, const uint8_t *data, size_t n, struct key *ret,
                    trawl_error *err)
{
    if (take_hex(data, n, ret))
        return TRAWL_OK;
    if (n < KEY_LEAST || n > KEY_MOST) {
        host->fail(err, TRAWL_E_DATA, "'%s' is no key: it has %s%zu bytes", path,
                   n > FILE_MOST ? "more than " : "", n > FILE_MOST ? (size_t)FILE_MOST : n);
        host->hint(err, "A key is 32 to 64 bytes, or twice as many hexadecimal digits: "
                        "head -c 64 /dev/urandom > FILE");
        return TRAWL_E_DATA;
    }
    memcpy(ret->bytes, data, n);
    ret->n = n;
    return TRAWL_OK;
}

/* Nothing of it stays on the stack. */
static int read_file(const char *path, struct key *ret, trawl_error *err)
{
    uint8_t data[FILE_MOST + 1];
    size_t n = 0;
    int rc = read_bytes(path, data, &n, err);

    if (rc == TRAWL_OK)
        rc = take_key(path, data, n, ret, err);
    explicit_bzero(data, sizeof(data));
    return rc;
}

int key_get(const char *path, struct key *ret, trawl_error *err)
{
    static struct key own; /* commands run one after the other */

    if (path)
        return read_file(path, ret, err);
    if (!own.n) {
        if (getrandom(own.bytes, sizeof(own.bytes), 0) != (ssize_t)sizeof(own.bytes))
            return host->fail(err, TRAWL_E_IO, "could not draw a key: %s", host->reason(errno));
        own.n = sizeof(own.bytes);
        host->log(2, "anonymize: a random key, until trawl ends; a file keeps one (--key, "
                     "--anonymize-key)");
    }
    *ret = own;
    return TRAWL_OK;
}
