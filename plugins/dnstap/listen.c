/* The command `dnstap`: listen to a name server and load what it says.
 * Must not know the wire. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dnstap.h"
#include "spool.h"

#define DEFAULT_NAME "tap"

struct listen_opts {
    const char *action;
    trawl_words words;
    uint64_t count;
    int64_t duration;
};

static const char *const actions[] = {"listen", NULL};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct listen_opts, action, .name = "action",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .choices = actions,
              .help = "what to do"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct listen_opts, words, .name = "socket",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .help = "Unix socket to make; 'as NAME' at the end names the capture"),
    TRAWL_OPT(TRAWL_ARG_U64, struct listen_opts, count, .name = "count", .short_name = 'c',
              .unit = "messages", .min = "1", .help = "stop after so many messages"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct listen_opts, duration, .name = "duration", .meta = "SPAN",
              .min = "1ms", .help = "stop after so long"),
};

static const trawl_example examples[] = {
    {"dnstap listen /tmp/dnstap.sock --duration 5s as now",
     "takes five seconds of what a name server says, called 'now'"},
};

static int listen_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                         trawl_schema **ret, trawl_error *err)
{
    (void)opts;
    (void)in;
    return host->columns_of(call, "captures", ret, err);
}

struct limits {
    trawl_call *call;
    uint64_t count;
    int64_t end_ns; /* 0: none */
};

static int64_t now_ns(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int is_enough(void *context, uint64_t n)
{
    const struct limits *limits = context;

    return host->cancelled(limits->call) || (limits->count && n >= limits->count) ||
           (limits->end_ns && now_ns() >= limits->end_ns);
}

/* 'PATH' or 'PATH as NAME'. */
static int read_words(const trawl_words *words, const char **ret_path, const char **ret_name,
                      trawl_error *err)
{
    const char *name = words->n == 3 ? words->items[2] : DEFAULT_NAME;

    if (words->n != 1 && (words->n != 3 || strcmp(words->items[1], "as") != 0)) {
        host->fail(err, TRAWL_E_USAGE, "'dnstap listen' listens at one socket, not at %zu",
                   words->n);
        host->hint(err, "Use: dnstap listen PATH as NAME");
        return TRAWL_E_USAGE;
    }
    *ret_path = words->items[0];
    *ret_name = name;
    return TRAWL_OK;
}

/* Nobody is to wait for a capture whose name a command or a table has. A load looks at the name
 * before it looks for the file, and there is none without a name. */
static int check_name(trawl_call *call, const char *name, trawl_error *err)
{
    const char *const paths[] = {""};
    const trawl_load_options options = {
        .size = sizeof(options), .paths = paths, .n_paths = 1, .name = name};
    trawl_table *none = NULL;

    if (host->load(call, &options, &none, NULL) != TRAWL_E_USAGE)
        return TRAWL_OK;
    return host->load(call, &options, &none, err);
}

static int load(trawl_call *call, const struct spool *spool, const char *socket_path,
                const char *name, trawl_table **ret, trawl_error *err)
{
    char path[64];
    const char *const paths[] = {path};
    const trawl_load_options options = {.size = sizeof(options),
                                        .paths = paths,
                                        .n_paths = 1,
                                        .name = name,
                                        .cache = TRAWL_LOAD_NO_CACHE,
                                        .origin = socket_path};

    snprintf(path, sizeof(path), "/proc/self/fd/%d", spool->fd);
    host->resume(call); /* Ctrl-C said that it is enough, not that it was for nothing */
    return host->load(call, &options, ret, err);
}

static int listen_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct listen_opts *o = opts;
    struct limits limits = {
        .call = call, .count = o->count, .end_ns = o->duration ? now_ns() + o->duration : 0};
    struct spool spool = {.is_enough = is_enough, .context = &limits, .fd = -1};
    const char *path = NULL, *name = NULL, *why;
    int rc = read_words(&o->words, &path, &name, err), listener;

    (void)in;
    if (rc == TRAWL_OK)
        rc = check_name(call, name, err);
    if (rc != TRAWL_OK)
        return rc;
    listener = spool_listen(path);
    if (listener < 0)
        return host->fail(err, TRAWL_E_IO, "cannot listen at '%s': %s", path, host->reason(errno));
    host->log(2, "listening at '%s'; Ctrl-C ends it and keeps what came", path);
    why = spool_take(&spool, listener);
    if (why && spool.error == EPROTO)
        rc = host->fail(err, TRAWL_E_DATA, "'%s': %s", path, why);
    else if (why)
        rc = host->fail(err, TRAWL_E_IO, "'%s': %s: %s", path, why, host->reason(spool.error));
    close(listener);
    unlink(path);
    if (rc == TRAWL_OK && spool.ended)
        host->log(1, "'%s': %s", path, spool.ended);
    if (rc == TRAWL_OK && spool.n)
        rc = load(call, &spool, path, name, ret, err);
    else if (rc == TRAWL_OK)
        rc = host->cancelled(call)
                 ? host->fail(err, TRAWL_E_CANCELLED, "cancelled")
                 : host->fail(err, TRAWL_E_DATA, "no message came over '%s'", path);
    if (spool.fd >= 0)
        close(spool.fd);
    return rc;
}

const trawl_command dnstap_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_REPORT,
    .arg_size = sizeof(trawl_arg),
    .name = "dnstap",
    .group = "captures",
    .summary = "load what a name server says over a socket",
    .text = "Makes a Unix socket and waits for one name server to send dnstap over it, as Frame "
            "Streams in both directions or in one. What it says becomes a capture when it closes "
            "the stream, when --count or "
            "--duration is reached, or at Ctrl-C. Files of dnstap need no command of their own: "
            "'load' reads them.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct listen_opts),
    .schema = listen_schema,
    .run = listen_run,
};
