/* A thread that takes packets from libpcap as they come. Must not know who reads them. */
#include "core/capture/live.h"

#include <errno.h>
#include <grp.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "core/base/escape.h"
#include "core/base/now.h"
#include "core/base/task.h"
#include "core/base/text.h"
#include "core/capture/io.h"
#include "core/capture/link.h"
#include "core/capture/libpcap.h"
#include "core/capture/live_file.h"
#include "core/capture/reader.h"

enum {
    SNAPLEN = TW_MAX_RECORD,
    FILTERED = 256, /* bytes a filter reads: libpcap runs it again over the first packets */
    TIMEOUT_MS = 100,
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    REST_MS = 5 * TIMEOUT_MS, /* for what lies in the kernel's buffer when a capture is ended */
    AT_ONCE = 4096,           /* packets: libpcap goes on without end while more come */
    TRIES = 3                 /* failures of the kernel's in a row that end a capture */
};

struct tw_live {
    pcap_t *pcap;
    char *interface, *name;
    struct tw_store *store;
    struct tw_live_file *file;
    pthread_t thread;
    bool has_thread, nanoseconds;
    uint32_t snaplen;
    atomic_bool stop, running, failed;
    _Atomic int link; /* enum tw_link */
    _Atomic uint64_t received, bytes, dropped, interface_dropped, lost, written, rate;
    uint64_t counted; /* received, when the rate was last looked at */
    int64_t looked_ns;
    int64_t report_ns, reported_ns; /* how often, and when last */
    uint64_t n_reported, bytes_reported;
};

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static void put_u32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof(v));
}

/* The head of a pcap file with nanoseconds, in this machine's order of bytes. */
static void make_head(const struct tw_live *live, uint8_t head[FILE_HEADER])
{
    const uint16_t version[2] = {PCAP_VERSION_MAJOR, PCAP_VERSION_MINOR};

    memset(head, 0, FILE_HEADER);
    put_u32(head, 0xa1b23c4d);
    memcpy(head + 4, version, sizeof(version));
    put_u32(head + 16, live->snaplen);
    put_u32(head + 20, tw_link_type((uint32_t)tw_libpcap.datalink(live->pcap)));
}

static void take(u_char *context, const struct pcap_pkthdr *header, const u_char *data)
{
    struct tw_live *live = (struct tw_live *)(void *)context;
    const uint32_t fraction = (uint32_t)header->ts.tv_usec * (live->nanoseconds ? 1 : 1000);
    const uint32_t cap_len = TW_MIN(header->caplen, live->snaplen);
    uint8_t head[RECORD_HEADER];

    put_u32(head, (uint32_t)header->ts.tv_sec);
    put_u32(head + 4, fraction);
    put_u32(head + 8, cap_len);
    put_u32(head + 12, header->len);
    add(&live->received, 1);
    add(&live->bytes, header->len);
    if (!tw_store_append(live->store, head, sizeof(head), data, cap_len))
        add(&live->lost, 1);
    if (live->file)
        tw_live_file_put(live->file, head, sizeof(head), data, cap_len);
}

/* One line when nothing can come any more, and one when it can again. */
static void look_at_link(struct tw_live *live)
{
    const enum tw_link before = (enum tw_link)live->link, now = tw_link_of(live->interface);

    if (now == before || now == TW_LINK_UNKNOWN) /* that it is gone is libpcap's to tell */
        return;
    if (now != TW_LINK_UP)
        tw_log(1, "interface '%s' %s: no packets come until it is up", live->interface,
               now == TW_LINK_DOWN ? "is down" : "has no carrier");
    else if (before != TW_LINK_UNKNOWN)
        tw_log(1, "interface '%s' is up again", live->interface);
    live->link = (int)now;
}

/* Once a second, and at the end. */
static void look(struct tw_live *live, bool last)
{
    const int64_t now = tw_now_ns(CLOCK_MONOTONIC), passed = now - live->looked_ns;
    const uint64_t received = live->received;
    struct pcap_stat stat;

    if (passed < 1000000000 && !last)
        return;
    if (tw_libpcap.stats(live->pcap, &stat) == 0) {
        live->dropped = stat.ps_drop;
        live->interface_dropped = stat.ps_ifdrop;
    }
    if (!last || !live->rate)
        live->rate = passed > 0
                         ? (uint64_t)((double)(received - live->counted) * 1e9 / (double)passed)
                         : 0;
    live->counted = received;
    live->looked_ns = now;
    if (!last)
        look_at_link(live);
    if (live->file) {
        tw_live_file_flush(live->file);
        live->written = tw_live_file_written(live->file);
    }
}

static void report(struct tw_live *live)
{
    const int64_t now = tw_now_ns(CLOCK_MONOTONIC), passed = now - live->reported_ns;
    const uint64_t received = live->received, bytes = live->bytes;
    struct pcap_stat stat;

    if (!live->report_ns || passed < live->report_ns)
        return;
    if (tw_libpcap.stats(live->pcap, &stat) == 0)
        live->dropped = stat.ps_drop;
    tw_log(2,
           "'%s': %.0f packets/s, %.3f Mbit/s; %llu received, %llu dropped by the kernel, %llu not "
           "kept; %.0f %% of its memory held",
           live->name, (double)(received - live->n_reported) * 1e9 / (double)passed,
           (double)(bytes - live->bytes_reported) * 8e3 / (double)passed,
           (unsigned long long)received, (unsigned long long)live->dropped,
           (unsigned long long)live->lost,
           (double)tw_store_held(live->store) * 100 / (double)tw_store_most(live->store));
    live->reported_ns = now;
    live->n_reported = received;
    live->bytes_reported = bytes;
}

/* libpcap's own waiting has no end while nothing comes, and counters would not be looked at. */
static int wait_and_take(struct tw_live *live)
{
    struct pollfd fd = {.fd = tw_libpcap.get_selectable_fd(live->pcap), .events = POLLIN};

    const int n = poll(&fd, 1, TIMEOUT_MS);
    int rc;

    if (n < 0 && errno != EINTR)
        return PCAP_ERROR;
    errno = 0;
    rc = tw_libpcap.dispatch(live->pcap, AT_ONCE, take, (u_char *)live);
    return rc == PCAP_ERROR && errno == EAGAIN ? 0 : rc; /* nothing came, says nflog */
}

/* What had arrived before the end: as many packets as the kernel counted, however late it is, or
 * what comes in a while where it does not count. A block of its is ours once its time is over. */
static void take_rest(struct tw_live *live)
{
    const struct timespec block = {.tv_nsec = TIMEOUT_MS * 1000000L};
    struct pcap_stat stat;
    int64_t end, left;
    uint32_t due;
    bool counts, is_late;
    int n;

    nanosleep(&block, NULL);
    counts = tw_libpcap.stats(live->pcap, &stat) == 0;
    due = counts ? stat.ps_recv - stat.ps_drop : 0; /* both wrap */
    end = tw_now_ns(CLOCK_MONOTONIC) + REST_MS * 1000000L;
    do {
        is_late = tw_now_ns(CLOCK_MONOTONIC) >= end;
        n = tw_libpcap.dispatch(live->pcap, AT_ONCE, take, (u_char *)live);
        left = counts ? (int32_t)(due - (uint32_t)live->received) : n;
        if (n == 0 && left > 0 && !is_late)
            nanosleep(&block, NULL);
    } while (n == PCAP_ERROR_BREAK ||
             (n >= 0 && left > 0 && (!is_late || (counts && n >= AT_ONCE))));
}

static void *run(void *context)
{
    struct tw_live *live = context;
    int rc = 0, n_failed = 0;

    tw_log_detach();
    live->looked_ns = live->reported_ns = tw_now_ns(CLOCK_MONOTONIC);
    while (!atomic_load(&live->stop) && n_failed < TRIES) {
        rc = wait_and_take(live);
        tw_store_publish(live->store);
        n_failed = rc < 0 && rc != PCAP_ERROR_BREAK ? n_failed + 1 : 0;
        look(live, false);
        report(live);
    }
    if (n_failed) {
        char reason[PCAP_ERRBUF_SIZE];

        snprintf(reason, sizeof(reason), "%s", tw_libpcap.geterr(live->pcap));
        if (reason[0] >= 'A' && reason[0] <= 'Z' && reason[1] >= 'a')
            reason[0] = (char)(reason[0] - 'A' + 'a');
        tw_log(1, "capture '%s' ended: %s; its packets stay", live->name, reason);
        atomic_store(&live->failed, true);
    } else {
        take_rest(live);
    }
    look(live, true);
    tw_live_file_close(live->file);
    live->file = NULL;
    tw_store_end(live->store);
    atomic_store(&live->running, false);
    return NULL;
}

/* ---- opening ---- */

static int fail_missing(const char *interface, trawl_error *err)
{
    pcap_if_t *all = NULL;
    char message[PCAP_ERRBUF_SIZE];
    const char *names[64], *near;
    size_t n = 0;

    tw_fail(err, TRAWL_E_NOT_FOUND, "no interface '%s'", interface);
    if (tw_libpcap.findalldevs(&all, message) == 0) {
        for (const pcap_if_t *d = all; d && n < TW_COUNT(names); d = d->next)
            names[n++] = d->name;
    }
    near = tw_nearest(interface, names, n);
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "'interfaces --machine' lists them.");
    if (all)
        tw_libpcap.freealldevs(all);
    return TRAWL_E_NOT_FOUND;
}

static int fail_forbidden(const char *interface, trawl_error *err)
{
    char program[512] = "trawl";
    const ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (n > 0)
        program[n] = 0;
    tw_fail(err, TRAWL_E_IO, "may not capture on '%s'", interface);
    tw_error_hint(err, "Run it as root, or once: sudo setcap cap_net_raw+ep %s", program);
    return TRAWL_E_IO;
}

static int fail_pcap(const struct tw_live *live, int code, trawl_error *err)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    const char *why = tw_libpcap.geterr(live->pcap);

    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return fail_missing(live->interface, err);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return fail_forbidden(live->interface, err);
    case PCAP_ERROR_IFACE_NOT_UP:
        return tw_fail(err, TRAWL_E_IO, "could not capture on '%s': the interface is down",
                       live->interface);
    default:
        if (!*why)
            why = tw_libpcap.statustostr(code);
        tw_escape(&text, why, strlen(why));
        tw_fail(err, TRAWL_E_IO, "could not capture on '%s': %s", live->interface,
                text.data && !text.failed ? text.data : "no memory");
        tw_buffer_fini(&text);
        return TRAWL_E_IO;
    }
}

static int set_filter(struct tw_live *live, const char *bpf, trawl_error *err)
{
    struct bpf_program program;
    struct tw_buffer text = TW_BUFFER_INIT;
    const char *why;
    int rc;

    if (tw_libpcap.compile(live->pcap, &program, bpf, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        why = tw_libpcap.geterr(live->pcap);
        tw_escape(&text, why, strlen(why));
        tw_fail(err, TRAWL_E_USAGE, "filter '%s' is not valid: %s", bpf,
                text.data && !text.failed ? text.data : "no memory");
        tw_error_hint(err, "A filter in libpcap's language, for example 'tcp port 443'.");
        tw_buffer_fini(&text);
        return TRAWL_E_USAGE;
    }
    rc = tw_libpcap.setfilter(live->pcap, &program);
    tw_libpcap.freecode(&program);
    return rc == 0 ? TRAWL_OK : fail_pcap(live, rc, err);
}

static int open_device(struct tw_live *live, const struct tw_live_options *options,
                       trawl_error *err)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    int rc = tw_libpcap_load(err);

    if (rc != TRAWL_OK)
        return rc;
    live->pcap = tw_libpcap.create(options->interface, message);
    if (!live->pcap)
        return tw_fail(err, TRAWL_E_IO, "could not capture on '%s': %s", options->interface,
                       message);
    live->snaplen = options->snaplen ? TW_MIN(options->snaplen, (uint32_t)SNAPLEN) : SNAPLEN;
    tw_libpcap.set_snaplen(live->pcap,
                           (int)TW_MAX(live->snaplen, options->bpf ? (uint32_t)FILTERED : 0));
    tw_libpcap.set_promisc(live->pcap, !options->not_promiscuous);
    tw_libpcap.set_timeout(live->pcap, TIMEOUT_MS);
    if (options->buffer)
        tw_libpcap.set_buffer_size(live->pcap, (int)TW_MIN(options->buffer, (uint64_t)INT32_MAX));
    tw_libpcap.set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO);
    rc = tw_libpcap.activate(live->pcap);
    if (rc >= 0 && tw_libpcap.setnonblock(live->pcap, 1, message) != 0)
        rc = PCAP_ERROR;
    if (rc < 0)
        return fail_pcap(live, rc, err);
    live->nanoseconds = tw_libpcap.get_tstamp_precision(live->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    return options->bpf ? set_filter(live, options->bpf, err) : TRAWL_OK;
}

#ifdef __linux__
/* Those of this thread, and so of all that it begins; the pool's begin anew. A change from root to
 * another user clears them by itself, in all threads. */
static int drop_capabilities(trawl_error *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof(none));
    tw_pool_fini();
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* older kernels have none */
    if (syscall(SYS_capset, &head, none) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not give up capabilities: %s", tw_reason(errno));
    return TRAWL_OK;
}
#else
static int drop_capabilities(trawl_error *err)
{
    (void)err;
    return TRAWL_OK;
}
#endif

/* What the device needed is given up for the rest of the process's life. */
static int become(const char *name, trawl_error *err)
{
    const struct passwd *user;

    errno = 0;
    user = getpwnam(name);
    if (!user)
        return tw_fail(err, TRAWL_E_NOT_FOUND, "no user '%s'", name);
    if (getuid() == user->pw_uid && geteuid() == user->pw_uid)
        return user->pw_uid ? drop_capabilities(err) : TRAWL_OK;
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not become user '%s': %s", name, tw_reason(errno));
    return user->pw_uid ? drop_capabilities(err) : TRAWL_OK;
}

int tw_live_open(const struct tw_live_options *options, struct tw_store *store,
                 struct tw_live **ret, trawl_error *err)
{
    struct tw_live *live = tw_alloc(sizeof(*live));
    uint8_t head[FILE_HEADER];
    int rc;

    if (!live)
        return tw_fail_nomem(err);
    live->store = store;
    live->report_ns = (int64_t)options->report_ms * 1000000;
    live->interface = tw_strdup(options->interface);
    live->name = tw_strdup(options->name);
    rc = live->interface && live->name ? open_device(live, options, err) : tw_fail_nomem(err);
    if (rc == TRAWL_OK && options->user)
        rc = become(options->user, err);
    if (rc == TRAWL_OK) {
        make_head(live, head);
        if (!tw_store_append(store, head, sizeof(head), NULL, 0))
            rc = tw_fail_nomem(err);
        tw_store_publish(store);
    }
    if (rc == TRAWL_OK && options->write)
        rc = tw_live_file_open(options->write, options->file_bytes, options->n_files, head,
                               sizeof(head), &live->file, err);
    if (rc == TRAWL_OK) {
        look_at_link(live);
        atomic_store(&live->running, true);
        live->has_thread = tw_io_thread(&live->thread, run, live);
        if (!live->has_thread)
            rc = tw_fail(err, TRAWL_E_NOMEM, "could not start a thread to capture on '%s'",
                         options->interface);
    }
    if (rc != TRAWL_OK) {
        tw_live_close(live);
        return rc;
    }
    *ret = live;
    return TRAWL_OK;
}

void tw_live_stop(struct tw_live *live)
{
    if (!live->has_thread)
        return;
    atomic_store(&live->stop, true);
    tw_libpcap.breakloop(live->pcap);
    pthread_join(live->thread, NULL);
    live->has_thread = false;
}

void tw_live_close(struct tw_live *live)
{
    if (!live)
        return;
    tw_live_stop(live);
    if (live->pcap)
        tw_libpcap.close(live->pcap);
    tw_live_file_close(live->file);
    tw_free(live->interface);
    tw_free(live->name);
    tw_free(live);
}

void tw_live_counts(struct tw_live *live, struct tw_live_counts *ret)
{
    *ret = (struct tw_live_counts){.received = live->received,
                                   .bytes = live->bytes,
                                   .dropped = live->dropped,
                                   .interface_dropped = live->interface_dropped,
                                   .lost = live->lost,
                                   .written = live->written,
                                   .rate = (double)live->rate,
                                   .link = live->running ? tw_link_name((enum tw_link)live->link)
                                                         : NULL,
                                   .running = live->running,
                                   .failed = live->failed};
}

/* ---- the machine's interfaces ---- */

static void put_addresses(struct tw_buffer *out, const pcap_addr_t *address)
{
    for (; address; address = address->next) {
        const struct sockaddr *a = address->addr;
        char text[64] = "";

        if (a && a->sa_family == AF_INET)
            inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, text,
                      sizeof(text));
        else if (a && a->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, text,
                      sizeof(text));
        if (*text)
            tw_buffer_printf(out, "%s%s", out->len ? " " : "", text);
    }
}

int tw_devices(int (*body)(void *context, const struct tw_device *device, trawl_error *err),
               void *context, trawl_error *err)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all = NULL;
    int rc = tw_libpcap_load(err);

    if (rc != TRAWL_OK)
        return rc;
    if (tw_libpcap.findalldevs(&all, message) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not list the machine's interfaces: %s", message);
    for (const pcap_if_t *d = all; d && rc == TRAWL_OK; d = d->next) {
        struct tw_buffer addresses = TW_BUFFER_INIT;
        struct tw_device device = {.name = d->name,
                                   .description = d->description,
                                   .up = d->flags & PCAP_IF_UP,
                                   .running = d->flags & PCAP_IF_RUNNING,
                                   .loopback = d->flags & PCAP_IF_LOOPBACK,
                                   .wireless = d->flags & PCAP_IF_WIRELESS};

        put_addresses(&addresses, d->addresses);
        device.addresses = addresses.data;
        rc = addresses.failed ? tw_fail_nomem(err) : body(context, &device, err);
        tw_buffer_fini(&addresses);
    }
    if (all)
        tw_libpcap.freealldevs(all);
    return rc;
}
