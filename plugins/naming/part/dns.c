/* Names of addresses by DNS (PTR records), through c-ares: many questions at once, each with its
 * own patience, none of which can hold the program. Knows nothing of captures. */
#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>

#include "../naming.h"

enum { PATIENCE_MS = 1500, TRIES = 2, AT_ONCE = 64, LOOK_MS = 50, NAME_MOST = 255 };

const trawl_host *host;

struct resolver {
    ares_channel channel;
};

struct batch {
    struct resolver *resolver;
    naming_named *named;
    void *context;
    trawl_error *err;
    size_t n_waiting;
    int rc;
};

struct question {
    struct batch *batch;
    size_t i;
};

static int fail_ares(int status, trawl_error *err)
{
    if (status == ARES_ENOMEM)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return host->fail(err, TRAWL_E_IO, "could not ask DNS: %s", ares_strerror(status));
}

static int open_dns(const char *server, void **ret, trawl_error *err)
{
    struct ares_options options = {.timeout = PATIENCE_MS, .tries = TRIES};
    struct resolver *r = host->alloc(sizeof(*r));
    int status;

    if (!r)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = ares_init_options(&r->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS) {
        host->free(r);
        return fail_ares(status, err);
    }
    if (server && ares_set_servers_ports_csv(r->channel, server) != ARES_SUCCESS) {
        ares_destroy(r->channel);
        host->free(r);
        return host->fail(err, TRAWL_E_USAGE, "'%s' is no DNS server: dns:ADDRESS[:PORT]", server);
    }
    *ret = r;
    return TRAWL_OK;
}

static void close_dns(void *state)
{
    struct resolver *r = state;

    ares_destroy(r->channel);
    ares_library_cleanup();
    host->free(r);
}

static void answered(void *arg, int status, int timeouts, struct hostent *entry)
{
    struct question *q = arg;
    struct batch *b = q->batch;

    (void)timeouts;
    b->n_waiting--;
    if (status == ARES_ENOMEM && b->rc == TRAWL_OK)
        b->rc = fail_ares(status, b->err);
    if (status == ARES_SUCCESS && b->rc == TRAWL_OK && entry->h_name && entry->h_name[0]) {
        const size_t n = strlen(entry->h_name);

        b->rc = b->named(b->context, q->i, entry->h_name, n < NAME_MOST ? n : NAME_MOST, b->err);
    }
}

static void ask(struct batch *b, struct question *q, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const int is4 = memcmp(address, mapped, sizeof(mapped)) == 0;

    b->n_waiting++;
    ares_gethostbyaddr(b->resolver->channel, address + (is4 ? 12 : 0), is4 ? 4 : 16,
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

static int resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                   naming_named *named, void *context, trawl_error *err)
{
    struct batch batch = {.resolver = state, .named = named, .context = context, .err = err};
    struct question *questions = host->call_alloc(call, (n + 1) * sizeof(*questions));
    size_t i = 0;

    if (!questions)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    while (batch.rc == TRAWL_OK && (i < n || batch.n_waiting)) {
        for (; i < n && batch.n_waiting < AT_ONCE; i++) {
            questions[i] = (struct question){.batch = &batch, .i = i};
            ask(&batch, &questions[i], addresses[i]);
        }
        if (batch.n_waiting)
            turn(batch.resolver->channel);
        host->progress(call, i - batch.n_waiting, n);
        if (host->cancelled(call))
            batch.rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
    }
    ares_cancel(batch.resolver->channel); /* answered() for each that still waits */
    return batch.rc;
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
