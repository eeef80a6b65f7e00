/* Names of addresses by DNS (PTR records), through c-ares: a thread of its own for each server asks
 * many questions at once, and ends when there are none. What came stays, so that who asks never
 * waits: it is told what is known, and asks again. Knows nothing of captures. */
#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "cache.h"

enum { PATIENCE_MS = 1500, TRIES = 2, AT_ONCE = 64, LOOK_MS = 50, SERVER_MOST = 128 };

const trawl_host *host;

/* One server, for as long as the program runs: its thread may still be at work when it ends. */
struct resolver {
    struct resolver *next;
    char server[SERVER_MOST]; /* "": the system's */
    ares_channel channel;     /* the thread's, while there is one */
    pthread_mutex_t lock;     /* of what follows */
    struct cache cache;
    int runs, no_memory;
};
static struct resolver *resolvers; /* only the shell's thread opens them */

struct question {
    struct resolver *resolver;
    size_t *n_asked;
    size_t i; /* in the cache */
};

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int fail_ares(int status, trawl_error *err)
{
    if (status == ARES_ENOMEM)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return host->fail(err, TRAWL_E_IO, "could not ask DNS: %s", ares_strerror(status));
}

static int begin(struct resolver *r, trawl_error *err)
{
    struct ares_options options = {.timeout = PATIENCE_MS, .tries = TRIES};
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    if (status == ARES_SUCCESS)
        status = ares_init_options(&r->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
        return fail_ares(status, err);
    if (r->server[0] && ares_set_servers_ports_csv(r->channel, r->server) != ARES_SUCCESS) {
        ares_destroy(r->channel);
        return host->fail(err, TRAWL_E_USAGE, "'%s' is no DNS server: dns:ADDRESS[:PORT]",
                          r->server);
    }
    pthread_mutex_init(&r->lock, NULL);
    return TRAWL_OK;
}

static int open_dns(const char *server, void **ret, trawl_error *err)
{
    struct resolver *r = resolvers;
    int rc;

    if (!server)
        server = "";
    while (r && strcmp(r->server, server) != 0)
        r = r->next;
    if (!r) {
        if (strlen(server) >= SERVER_MOST)
            return host->fail(err, TRAWL_E_USAGE, "'%s' is no DNS server: dns:ADDRESS[:PORT]",
                              server);
        r = host->alloc(sizeof(*r));
        if (!r)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        memcpy(r->server, server, strlen(server));
        rc = begin(r, err);
        if (rc != TRAWL_OK) {
            host->free(r);
            return rc;
        }
        r->next = resolvers;
        resolvers = r;
    }
    *ret = r;
    return TRAWL_OK;
}

/* What it knows stays for the next one. */
static void close_dns(void *state)
{
    (void)state;
}

/* ---- the thread ---- */

static void answered(void *arg, int status, int timeouts, struct hostent *entry)
{
    struct question *q = arg;
    struct resolver *r = q->resolver;
    const char *name = status == ARES_SUCCESS && entry->h_name && entry->h_name[0] ? entry->h_name
                                                                                   : NULL;

    (void)timeouts;
    pthread_mutex_lock(&r->lock);
    if (cache_put(&r->cache, q->i,
                  name                                                 ? ANSWER_NAME
                  : status == ARES_ENOTFOUND || status == ARES_ENODATA ? ANSWER_NONE
                                                                       : ANSWER_SILENCE,
                  name, now()) != 0 ||
        status == ARES_ENOMEM)
        r->no_memory = 1;
    pthread_mutex_unlock(&r->lock);
    --*q->n_asked;
    q->resolver = NULL; /* free */
}

static void ask(struct question *q, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const int is4 = memcmp(address, mapped, sizeof(mapped)) == 0;

    ++*q->n_asked;
    ares_gethostbyaddr(q->resolver->channel, address + (is4 ? 12 : 0), is4 ? 4 : 16,
                       is4 ? AF_INET : AF_INET6, answered, q);
}

/* Take what has come, or wait a little. */
static void turn(ares_channel channel)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd polls[ARES_GETSOCK_MAXNUM];
    const unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    nfds_t n = 0;

    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* ARES_GETSOCK_WRITABLE() shifts into the sign */
        const short events = (short)((bits >> i & 1 ? POLLIN : 0) |
                                     (bits >> (ARES_GETSOCK_MAXNUM + i) & 1 ? POLLOUT : 0));

        if (events)
            polls[n++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    if (poll(polls, n, LOOK_MS) <= 0) { /* also a signal: only time passes */
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        return;
    }
    for (nfds_t i = 0; i < n; i++)
        if (polls[i].revents)
            ares_process_fd(channel, polls[i].revents & POLLOUT ? ARES_SOCKET_BAD : polls[i].fd,
                            polls[i].revents & POLLOUT ? polls[i].fd : ARES_SOCKET_BAD);
}

static void *run(void *context)
{
    struct resolver *r = context;
    struct question questions[AT_ONCE] = {{0}};
    size_t n_asked = 0;
    int done = 0;

    while (!done) {
        for (size_t k = 0; k < AT_ONCE; k++) {
            uint8_t address[16];
            int64_t i;

            if (questions[k].resolver)
                continue;
            pthread_mutex_lock(&r->lock);
            i = cache_next(&r->cache, address);
            if (i < 0 && n_asked == 0) {
                done = 1;
                r->runs = 0;
            }
            pthread_mutex_unlock(&r->lock);
            if (i < 0)
                break;
            questions[k] = (struct question){.resolver = r, .n_asked = &n_asked, .i = (size_t)i};
            ask(&questions[k], address);
        }
        if (n_asked)
            turn(r->channel);
    }
    return NULL;
}

/* ---- who asks ---- */

static int start(struct resolver *r, trawl_error *err)
{
    pthread_attr_t attr;
    pthread_t thread;
    int status = pthread_attr_init(&attr);

    if (status == 0) {
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        status = pthread_create(&thread, &attr, run, r);
        (void)pthread_attr_destroy(&attr);
    }
    if (status != 0)
        return host->fail(err, TRAWL_E_NOMEM, "could not start a thread for DNS: %s",
                          host->reason(status));
    r->runs = 1;
    return TRAWL_OK;
}

static int resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                   naming_named *named, void *context, trawl_error *err)
{
    struct resolver *r = state;
    const int64_t at = now();
    int rc = TRAWL_OK, later = 0;

    (void)call;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const struct entry *e = cache_look(&r->cache, addresses[i], at);

        if (!e) {
            r->no_memory = 1;
            break;
        }
        later |= e->answer == ANSWER_WAITS;
        if (e->name)
            rc = named(context, i, e->name, e->n_name, err);
    }
    if (rc == TRAWL_OK && r->no_memory)
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    r->no_memory = 0;
    if (rc == TRAWL_OK && later && !r->runs)
        rc = start(r, err);
    pthread_mutex_unlock(&r->lock);
    return rc == TRAWL_OK && later ? TRAWL_RESOLVE_LATER : rc;
}

static const struct naming_functions functions = {
    .open = open_dns, .resolve = resolve, .close = close_dns};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "naming",
    .version = NAMING_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
