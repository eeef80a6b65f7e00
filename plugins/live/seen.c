/* The lists of sockets are read often, which is cheap; the processes are gone through only for a
 * socket that was not there before, the youngest first, since its owner is most likely one of
 * them. Must not know flows or commands. */
#include "seen.h"

#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { EVERY_MS = 5, MOST = 1 << 20, SLOTS_LEAST = 1024, LOCAL_MOST = 256 };
/* A socket is in the list a moment before or after its packets, and an owner who was not found may
 * be found later. */
#define SLACK_NS INT64_C(1000000000)

struct seen {
    struct live_socket socket;
    struct live_owner owner; /* pid 0: not found */
    int64_t first, last;     /* when it was in the list */
    int64_t looked;          /* for its owner */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static struct seen *items;
static size_t n_items, room;
static uint32_t *slots; /* of items by what they are; 0: free, else index + 1 */
static size_t n_slots;
static uint32_t *by_ports; /* the same by protocol and ports, there 0: any; heads of chains */
static uint32_t *next;     /* of an item, in its chain */
static uint8_t local[LOCAL_MOST][16];
static size_t n_local;
static int64_t local_ns;

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_of(const struct live_socket *s)
{
    uint64_t words[4];

    memcpy(words, s->address, sizeof(words));
    return mix(mix(mix(mix(mix(mix(s->inode, s->protocol), (uint64_t)s->port[0] << 16 | s->port[1]),
                           words[0]),
                       words[1]),
                   words[2]),
               words[3]);
}

static int is_same(const struct live_socket *a, const struct live_socket *b)
{
    return a->inode == b->inode && a->protocol == b->protocol && a->port[0] == b->port[0] &&
           a->port[1] == b->port[1] && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static size_t chain_of(unsigned protocol, unsigned here, unsigned there)
{
    return (size_t)mix(protocol, (uint64_t)here << 16 | there) & (n_slots - 1);
}

static void put_in(size_t i)
{
    size_t at = (size_t)hash_of(&items[i].socket) & (n_slots - 1);
    const struct live_socket *s = &items[i].socket;
    const size_t chain = chain_of(s->protocol, s->port[0], s->port[1]);

    while (slots[at])
        at = (at + 1) & (n_slots - 1);
    slots[at] = (uint32_t)i + 1;
    next[i] = by_ports[chain];
    by_ports[chain] = (uint32_t)i + 1;
}

static struct seen *find(const struct live_socket *socket)
{
    size_t at = n_slots ? (size_t)hash_of(socket) & (n_slots - 1) : 0;

    while (n_slots && slots[at]) {
        if (is_same(&items[slots[at] - 1].socket, socket))
            return &items[slots[at] - 1];
        at = (at + 1) & (n_slots - 1);
    }
    return NULL;
}

static int by_last(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;

    return (x->last < y->last) - (x->last > y->last);
}

static void forget_all(void)
{
    host->free(items);
    host->free(slots);
    host->free(by_ports);
    host->free(next);
    items = NULL;
    slots = by_ports = next = NULL;
    n_items = room = n_slots = 0;
}

/* Twice the room; at the most the half that was seen longest ago goes. */
static int make_room(trawl_error *err)
{
    const size_t n = room >= MOST ? room : room ? room * 2 : SLOTS_LEAST / 2;
    struct seen *more;

    if (n_items < room)
        return TRAWL_OK;
    if (n_items >= MOST) {
        qsort(items, n_items, sizeof(*items), by_last);
        n_items /= 2;
    }
    more = host->realloc(items, n * sizeof(*items));
    if (more)
        items = more;
    host->free(slots);
    host->free(by_ports);
    host->free(next);
    slots = host->alloc(n * 2 * sizeof(*slots));
    by_ports = host->alloc(n * 2 * sizeof(*by_ports));
    next = host->alloc(n * sizeof(*next));
    if (!more || !slots || !by_ports || !next) {
        forget_all();
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    }
    room = n;
    n_slots = n * 2;
    for (size_t i = 0; i < n_items; i++)
        put_in(i);
    return TRAWL_OK;
}

static void look_for_addresses(int64_t now_ns)
{
    struct ifaddrs *all = NULL;

    if (n_local && now_ns - local_ns < SLACK_NS && now_ns >= local_ns)
        return;
    if (getifaddrs(&all) != 0)
        return;
    n_local = 0;
    for (const struct ifaddrs *one = all; one && n_local < LOCAL_MOST; one = one->ifa_next) {
        if (!one->ifa_addr)
            continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            memset(local[n_local], 0, 10);
            memset(local[n_local] + 10, 0xff, 2);
            memcpy(local[n_local++] + 12,
                   &((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr, 4);
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            memcpy(local[n_local++],
                   &((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr, 16);
        }
    }
    freeifaddrs(all);
    local_ns = now_ns;
}

static int is_local(const uint8_t address[16])
{
    for (size_t i = 0; i < n_local; i++) {
        if (memcmp(local[i], address, 16) == 0)
            return 1;
    }
    return 0;
}

/* ---- owners ---- */

/* Sockets whose owners are looked for, by inode. */
struct wanted {
    size_t *i_items;
    size_t n, n_found;
};

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x < y) - (x > y);
}

static void match(struct wanted *w, const struct live_sockets *of_process)
{
    for (size_t i = 0; i < w->n; i++) {
        struct seen *seen = &items[w->i_items[i]];

        for (size_t k = 0; !seen->owner.pid && k < of_process->n_owners; k++) {
            if (of_process->owners[k].inode == seen->socket.inode) {
                seen->owner = of_process->owners[k];
                w->n_found++;
            }
        }
    }
}

/* All processes' numbers, the youngest first. */
static uint32_t *list_processes(const char *proc, size_t *ret_n)
{
    const struct dirent *entry;
    uint32_t *pids = NULL;
    size_t n = 0, capacity = 0;
    DIR *dir = opendir(proc);

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (n == capacity) {
            uint32_t *more = host->realloc(pids, (capacity * 2 + 256) * sizeof(*pids));

            if (!more)
                break;
            pids = more;
            capacity = capacity * 2 + 256;
        }
        pids[n++] = (uint32_t)strtoul(entry->d_name, NULL, 10);
    }
    if (dir)
        (void)closedir(dir);
    if (n)
        qsort(pids, n, sizeof(*pids), by_number);
    *ret_n = n;
    return pids;
}

static int look_for_owners(const char *proc, struct wanted *w, trawl_error *err)
{
    struct live_sockets of_process;
    size_t n;
    uint32_t *pids = list_processes(proc, &n);
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < n && w->n_found < w->n; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "%u", pids[i]);
        memset(&of_process, 0, sizeof(of_process));
        rc = live_sockets_of(&of_process, proc, text, err);
        match(w, &of_process);
        live_sockets_free(&of_process);
    }
    host->free(pids);
    return rc;
}

/* ---- looking ---- */

static int note(const struct live_sockets *list, int64_t now_ns, struct wanted *w, trawl_error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        struct seen *seen = find(&list->items[i]);

        if (!list->items[i].inode)
            continue;
        if (!seen) {
            const int rc = make_room(err);

            if (rc != TRAWL_OK)
                return rc;
            seen = &items[n_items];
            *seen = (struct seen){.socket = list->items[i], .first = now_ns};
            put_in(n_items++);
        }
        seen->last = now_ns;
    }
    for (size_t i = 0; i < list->n; i++) { /* places are settled now */
        struct seen *seen = list->items[i].inode ? find(&list->items[i]) : NULL;

        if (!seen || seen->owner.pid || (seen->looked && now_ns - seen->looked < SLACK_NS))
            continue;
        seen->looked = now_ns;
        w->i_items[w->n++] = (size_t)(seen - items);
    }
    return TRAWL_OK;
}

int live_seen_look(const char *proc, int64_t now_ns, trawl_error *err)
{
    struct live_sockets list;
    struct wanted w = {0};
    int rc = live_sockets_list(&list, proc, err);

    (void)pthread_mutex_lock(&lock);
    look_for_addresses(now_ns);
    w.i_items = rc == TRAWL_OK ? host->alloc((list.n + 1) * sizeof(*w.i_items)) : NULL;
    if (rc == TRAWL_OK && !w.i_items)
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (rc == TRAWL_OK)
        rc = note(&list, now_ns, &w, err);
    if (rc == TRAWL_OK && w.n)
        rc = look_for_owners(proc, &w, err);
    (void)pthread_mutex_unlock(&lock);
    host->free(w.i_items);
    live_sockets_free(&list);
    return rc;
}

/* ---- asking ---- */

/* How well a socket fits a flow whose end i is here; 0: not at all. */
static int fit(const struct seen *s, const uint8_t *const address[2], const unsigned port[2],
               unsigned i)
{
    const struct live_socket *one = &s->socket;

    if (one->port[1])
        return one->port[1] == port[1 - i] && memcmp(one->address[0], address[i], 16) == 0 &&
                       memcmp(one->address[1], address[1 - i], 16) == 0
                   ? 3
                   : 0;
    if (!is_local(address[i]))
        return 0;
    if (memcmp(one->address[0], address[i], 16) == 0)
        return 2;
    return live_is_any(one->address[0]) &&
           live_is_ipv4(one->address[0]) <= live_is_ipv4(address[i]);
}

int live_seen_find(unsigned protocol, const uint8_t *const address[2], const unsigned port[2],
                   int64_t start, int64_t end, struct live_owner *ret)
{
    const struct seen *best = NULL;
    int best_fit = 0;

    (void)pthread_mutex_lock(&lock);
    for (unsigned k = 0; n_slots && k < 4; k++) { /* each end, connected and open */
        const unsigned i = k / 2, there = k % 2 ? 0 : port[1 - i];

        for (uint32_t at = by_ports[chain_of(protocol, port[i], there)]; at; at = next[at - 1]) {
            const struct seen *s = &items[at - 1];
            int f;

            if (s->socket.protocol != protocol || s->socket.port[0] != port[i] ||
                s->socket.port[1] != there || !s->owner.pid || s->first - SLACK_NS > end ||
                s->last + SLACK_NS < start)
                continue;
            f = fit(s, address, port, i);
            if (f > best_fit) {
                best_fit = f;
                best = s;
            }
        }
    }
    if (best)
        *ret = best->owner;
    (void)pthread_mutex_unlock(&lock);
    return best != NULL;
}

void live_seen_clear(void)
{
    (void)pthread_mutex_lock(&lock);
    forget_all();
    n_local = 0;
    (void)pthread_mutex_unlock(&lock);
}

/* ---- beside a capture ---- */

static int look_step(trawl_call *call, void *context, int is_end, trawl_error *err)
{
    struct timespec now;

    (void)call;
    (void)context;
    (void)is_end;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return live_seen_look("/proc", (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, err);
}

int live_seen_begin(trawl_call *call, const char *capture, trawl_error *err)
{
    const trawl_live_work work = {.size = sizeof(work),
                                  .flags = TRAWL_WORK_ALONE,
                                  .capture = capture,
                                  .every_ms = EVERY_MS,
                                  .step = look_step,
                                  .what_ends = "processes are no longer looked for"};
    const int rc = look_step(call, NULL, 0, err);

    return rc == TRAWL_OK ? host->live_work(call, &work, err) : rc;
}
