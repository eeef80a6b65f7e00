/* Reads the sockets of this machine and whose they are from /proc.
 * Must not know commands or tables. */
#include "sockets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 512, PATH = 320, SOCKETS_MOST = 1 << 24 };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

int live_is_ipv4(const uint8_t address[16])
{
    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

int live_is_any(const uint8_t address[16])
{
    static const uint8_t none[16];

    return live_is_ipv4(address) ? memcmp(address + 12, none, 4) == 0
                                 : memcmp(address, none, 16) == 0;
}

/* 8 digits, or 32, in words of the machine's byte order. */
static int read_address(const char *text, uint8_t ret[16])
{
    const size_t n = strlen(text);
    size_t at = n == 8 ? 12 : 0;

    if (n != 8 && n != 32)
        return 0;
    if (n == 8)
        memcpy(ret, mapped, sizeof(mapped));
    for (size_t i = 0; i < n; i += 8, at += 4) {
        char digits[9] = {0};
        uint32_t word;

        memcpy(digits, text + i, 8);
        word = (uint32_t)strtoul(digits, NULL, 16);
        memcpy(ret + at, &word, sizeof(word));
    }
    return 1;
}

int live_socket_parse(const char *line, unsigned protocol, struct live_socket *ret)
{
    char here[33], there[33];
    unsigned port, there_port, state, uid;
    unsigned long long inode;

    memset(ret, 0, sizeof(*ret));
    if (sscanf(line, " %*u: %32[0-9A-F]:%4x %32[0-9A-F]:%4x %2x %*s %*s %*s %u %*u %llu", here,
               &port, there, &there_port, &state, &uid, &inode) != 7)
        return 0;
    ret->port[0] = (uint16_t)port;
    ret->port[1] = (uint16_t)there_port;
    ret->state = (uint8_t)state;
    ret->uid = uid;
    ret->inode = inode;
    ret->protocol = (uint8_t)protocol;
    return read_address(here, ret->address[0]) && read_address(there, ret->address[1]);
}

/* Room for one more. */
static int more(void **items, size_t n, size_t *room, size_t size, trawl_error *err)
{
    const size_t n_new = *room ? *room * 2 : 256;
    void *p;

    if (n < *room)
        return TRAWL_OK;
    p = n < SOCKETS_MOST ? host->realloc(*items, n_new * size) : NULL;
    if (!p)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *items = p;
    *room = n_new;
    return TRAWL_OK;
}

static int read_list(struct live_sockets *s, const char *proc, const char *name, unsigned protocol,
                     trawl_error *err)
{
    char path[PATH], line[LINE];
    struct live_socket one;
    int rc = TRAWL_OK;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/net/%s", proc, name);
    f = fopen(path, "re");
    if (!f && errno == ENOENT && strchr(name, '6'))
        return TRAWL_OK; /* a kernel without IPv6 */
    if (!f)
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path, host->reason(errno));
    while (rc == TRAWL_OK && fgets(line, sizeof(line), f)) {
        if (!live_socket_parse(line, protocol, &one))
            continue;
        rc = more((void **)&s->items, s->n, &s->n_room, sizeof(one), err);
        if (rc == TRAWL_OK)
            s->items[s->n++] = one;
    }
    if (rc == TRAWL_OK && ferror(f))
        rc = host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path, host->reason(errno));
    (void)fclose(f);
    return rc;
}

/* "socket:[1234]" */
static uint64_t socket_of(const char *proc, const char *pid, const char *fd)
{
    char path[PATH], text[64];
    unsigned long long inode = 0;
    ssize_t n;

    if (snprintf(path, sizeof(path), "%s/%s/fd/%s", proc, pid, fd) >= (int)sizeof(path))
        return 0;
    n = readlink(path, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = 0;
    return sscanf(text, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

static void read_name(const char *proc, const char *pid, char *ret, size_t room)
{
    char path[PATH];
    FILE *f = snprintf(path, sizeof(path), "%s/%s/comm", proc, pid) < (int)sizeof(path)
                  ? fopen(path, "re")
                  : NULL;

    ret[0] = 0;
    if (f && fgets(ret, (int)room, f))
        ret[strcspn(ret, "\n")] = 0;
    if (f)
        (void)fclose(f);
}

/* Processes come and go: one that is not there any more has no sockets. */
int live_sockets_of(struct live_sockets *s, const char *proc, const char *pid, trawl_error *err)
{
    struct live_owner owner = {.pid = (uint32_t)strtoul(pid, NULL, 10)};
    const struct dirent *entry;
    char path[PATH];
    int rc = TRAWL_OK;
    DIR *dir;

    if (snprintf(path, sizeof(path), "%s/%s/fd", proc, pid) >= (int)sizeof(path))
        return TRAWL_OK;
    dir = opendir(path);
    if (!dir) {
        s->n_closed += errno == EACCES || errno == EPERM;
        return TRAWL_OK;
    }
    while (rc == TRAWL_OK && (entry = readdir(dir))) {
        owner.inode = socket_of(proc, pid, entry->d_name);
        if (!owner.inode)
            continue;
        if (!owner.name[0])
            read_name(proc, pid, owner.name, sizeof(owner.name));
        rc = more((void **)&s->owners, s->n_owners, &s->n_owners_room, sizeof(owner), err);
        if (rc == TRAWL_OK)
            s->owners[s->n_owners++] = owner;
    }
    (void)closedir(dir);
    return rc;
}

static int read_processes(struct live_sockets *s, const char *proc, trawl_error *err)
{
    const struct dirent *entry;
    int rc = TRAWL_OK;
    DIR *dir = opendir(proc);

    if (!dir)
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", proc, host->reason(errno));
    while (rc == TRAWL_OK && (entry = readdir(dir))) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            rc = live_sockets_of(s, proc, entry->d_name, err);
    }
    (void)closedir(dir);
    return rc;
}

static int by_ends(const void *a, const void *b)
{
    const struct live_socket *x = a, *y = b;
    int d = (int)x->protocol - (int)y->protocol;

    for (int i = 0; i < 2 && !d; i++) {
        d = (int)x->port[i] - (int)y->port[i];
        if (!d)
            d = memcmp(x->address[i], y->address[i], 16);
    }
    return d ? d : (x->inode > y->inode) - (x->inode < y->inode);
}

static int by_inode(const void *a, const void *b)
{
    const struct live_owner *x = a, *y = b;
    const int d = (x->inode > y->inode) - (x->inode < y->inode);

    return d ? d : (x->pid > y->pid) - (x->pid < y->pid);
}

static void drop_doubles(struct live_sockets *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_owners; i++) {
        if (!n || by_inode(&s->owners[n - 1], &s->owners[i]) != 0)
            s->owners[n++] = s->owners[i];
    }
    s->n_owners = n;
}

int live_sockets_list(struct live_sockets *s, const char *proc, trawl_error *err)
{
    static const struct {
        const char *name;
        unsigned protocol;
    } lists[] = {{"tcp", 6}, {"tcp6", 6}, {"udp", 17}, {"udp6", 17}};
    int rc = TRAWL_OK;

    memset(s, 0, sizeof(*s));
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(lists); i++)
        rc = read_list(s, proc, lists[i].name, lists[i].protocol, err);
    return rc;
}

int live_sockets_read(struct live_sockets *s, const char *proc, trawl_error *err)
{
    int rc = live_sockets_list(s, proc, err);

    if (rc == TRAWL_OK)
        rc = read_processes(s, proc, err);
    if (rc != TRAWL_OK)
        return rc;
    if (s->n)
        qsort(s->items, s->n, sizeof(*s->items), by_ends);
    if (s->n_owners)
        qsort(s->owners, s->n_owners, sizeof(*s->owners), by_inode);
    drop_doubles(s);
    return TRAWL_OK;
}

void live_sockets_free(struct live_sockets *s)
{
    host->free(s->items);
    host->free(s->owners);
    memset(s, 0, sizeof(*s));
}

const struct live_owner *live_socket_owners(const struct live_sockets *s,
                                            const struct live_socket *socket, size_t *ret_n)
{
    size_t low = 0, high = s->n_owners, end;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (s->owners[mid].inode < socket->inode)
            low = mid + 1;
        else
            high = mid;
    }
    for (end = low; end < s->n_owners && s->owners[end].inode == socket->inode; end++)
        continue;
    *ret_n = socket->inode ? end - low : 0;
    return *ret_n ? &s->owners[low] : NULL;
}

/* The first socket of a protocol and a port here. */
static size_t first_at(const struct live_sockets *s, unsigned protocol, unsigned port)
{
    const uint32_t wanted = (uint32_t)protocol << 16 | port;
    size_t low = 0, high = s->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (((uint32_t)s->items[mid].protocol << 16 | s->items[mid].port[0]) < wanted)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct live_socket *live_socket_find(const struct live_sockets *s, unsigned protocol,
                                           const uint8_t here[16], unsigned port,
                                           const uint8_t there[16], unsigned there_port)
{
    const struct live_socket *open = NULL;

    for (size_t i = first_at(s, protocol, port); i < s->n; i++) {
        const struct live_socket *one = &s->items[i];

        if (one->protocol != protocol || one->port[0] != port)
            break;
        if (!one->inode)
            continue;
        if (one->port[1] == there_port && memcmp(one->address[0], here, 16) == 0 &&
            memcmp(one->address[1], there, 16) == 0)
            return one;
        if (one->port[1] || !live_is_any(one->address[1]))
            continue;
        if (memcmp(one->address[0], here, 16) == 0)
            open = one; /* bound to this address: better than to any */
        else if (!open && live_is_any(one->address[0]) &&
                 live_is_ipv4(one->address[0]) <= live_is_ipv4(here))
            open = one;
    }
    return open;
}
