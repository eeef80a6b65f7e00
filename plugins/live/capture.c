/* The command capture: begin and end a capture on an interface.
 * Must not know libpcap: the host reads packets. */
#include <string.h>
#include <time.h>

#include "idle_export.h"
#include "seen.h"

enum { STEP_MS = 100, LOOK_MS = 1000, NS_PER_MS = 1000000 };

struct capture_opts {
    trawl_words words;
    const char *name, *bpf, *write, *ring, *user, *idle_export;
    uint64_t snaplen, buffer;
    int64_t time, report, idle, active;
    uint8_t quiet, wait, processes;
};

static const char *const instead[] = {"stop", "wait", NULL};

static const trawl_arg capture_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct capture_opts, words, .name = "interface",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED,
              .meta = "INTERFACE", .choices = instead,
              .help = "the interface, 'as NAME' at the end; or 'stop' and the captures to end, or "
                      "'wait' and the one to stay with, by default the current one"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct capture_opts, bpf, .name = "bpf", .short_name = 'f',
              .meta = "BPF", .help = "take the packets that match a capture filter of libpcap"),
    TRAWL_OPT(TRAWL_ARG_U64, struct capture_opts, snaplen, .name = "snaplen", .short_name = 's',
              .unit = "bytes", .min = "1", .max = "262144",
              .help = "take so many bytes of each packet; default: all"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct capture_opts, quiet, .name = "no-promiscuous",
              .short_name = 'p', .help = "only packets from and to this machine"),
    TRAWL_OPT(TRAWL_ARG_SIZE, struct capture_opts, buffer, .name = "buffer", .short_name = 'B',
              .meta = "SIZE", .min = "4096", .max = "2147483647",
              .help = "the kernel's buffer; default: libpcap's, 2 MiB"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct capture_opts, write, .name = "write", .short_name = 'w',
              .help = "write the packets to a pcap file too"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct capture_opts, ring, .name = "ring", .meta = "FILES×SIZE",
              .help = "of -w: so many files of a size (8x100M), the oldest written over"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct capture_opts, user, .name = "user", .meta = "USER",
              .help = "become this user once the interface is open"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct capture_opts, report, .name = "report", .meta = "TIME",
              .min = "100ms", .max = "1d",
              .help = "a line on stderr so often: packets and bits a second, drops, memory"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct capture_opts, name, .name = "name", .meta = "NAME",
              .help = "name of the capture, the same as 'as NAME'; default: the interface's"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct capture_opts, wait, .name = "wait",
              .help = "stay until Ctrl-C, which ends the capture"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct capture_opts, idle_export, .name = "idle-export",
              .help = "write flows as NDJSON once they have expired, - is stdout; at the end the "
                      "others, as 'idle_export' does"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct capture_opts, processes, .name = "processes",
              .help = "look whose the sockets of this machine are while packets come, for 'flows | "
                      "processes' and 'flows --metric process'"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct capture_opts, idle, .name = "idle", .meta = "TIME",
              .def = "120s", .min = "0s",
              .help = "of --idle-export: a flow ends when nothing was seen for this long"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct capture_opts, active, .name = "active", .meta = "TIME",
              .def = "1800s", .min = "0s",
              .help = "of --idle-export: a flow ends when it is this old"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct capture_opts, time, .name = "for", .meta = "TIME",
              .min = "1ms", .help = "stay so long, then end the capture"),
};

static const trawl_example capture_examples[] = {
    {"capture eth0 -f 'tcp port 443'", "packets of HTTPS come in from now on, in the background"},
    {"capture eth0 --for 10s as ten", "the packets of ten seconds, then the next command"},
    {"capture eth0 -w office.pcap --ring 8x100M", "… and the last 800 MiB of them in eight files"},
    {"capture eth0 --for 2s --idle-export -", "flows of two seconds, as they end"},
    {"capture eth0 --processes --for 10s",
     "… and whose the sockets were: then 'flows | processes'"},
    {"capture stop", "ends it; its packets stay"},
};

static int is_word(const struct capture_opts *o, const char *word)
{
    return strcmp(o->words.items[0], word) == 0;
}

static int capture_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                          trawl_schema **ret, trawl_error *err)
{
    (void)opts;
    (void)in;
    return host->columns_of(call, "captures", ret, err);
}

static int stop(trawl_call *call, const struct capture_opts *o, trawl_table **ret, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (o->words.n == 1)
        rc = host->live_stop(call, NULL, err);
    for (size_t i = 1; rc == TRAWL_OK && i < o->words.n; i++)
        rc = host->live_stop(call, o->words.items[i], err);
    return rc == TRAWL_OK ? live_captures(call, NULL, ret, err) : rc;
}

/* "8x100M": files and bytes. */
static int read_ring(const char *text, uint32_t *ret_files, uint64_t *ret_bytes, trawl_error *err)
{
    static const char times[] = "×";
    uint64_t files = 0, bytes = 0;
    const char *p = text;

    while (*p >= '0' && *p <= '9' && files < 100000)
        files = files * 10 + (uint64_t)(*p++ - '0');
    if (*p == 'x' || *p == '*')
        p++;
    else if (strncmp(p, times, sizeof(times) - 1) == 0)
        p += sizeof(times) - 1;
    else
        files = 0;
    if (!files || files > 99999 || host->read_size(p, strlen(p), &bytes) != TRAWL_OK ||
        bytes < 4096) {
        host->fail(err, TRAWL_E_USAGE, "'%s' is no ring of files", text);
        host->hint(err, "So many files of a size: 8x100M. At least 4k.");
        return TRAWL_E_USAGE;
    }
    *ret_files = (uint32_t)files;
    *ret_bytes = bytes;
    return TRAWL_OK;
}

/* "INTERFACE as NAME". */
static int read_words(const struct capture_opts *o, trawl_live_options *options, trawl_error *err)
{
    const trawl_words *w = &o->words;

    options->interface = w->items[0];
    options->name = o->name;
    if (w->n == 3 && strcmp(w->items[1], "as") == 0)
        options->name = w->items[2];
    else if (w->n == 2 && strcmp(w->items[1], "as") == 0)
        return host->fail(err, TRAWL_E_USAGE, "no name after 'as'");
    else if (w->n != 1)
        return host->fail(err, TRAWL_E_USAGE, "one interface at a time: '%s' is too much",
                          w->items[1]);
    return TRAWL_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* In the foreground: until Ctrl-C, or the time is over, or nobody sends any more; then it ends.
 * *row: that of the capture. */
static int stay(trawl_call *call, const struct capture_opts *o, trawl_table **row, trawl_error *err)
{
    const int64_t most_ms = o->time ? o->time / NS_PER_MS : INT64_MAX, start_ms = now_ms();
    int64_t looked_ms = 0;
    const char *name = live_name_in(call, *row, err);
    int rc = name ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc != TRAWL_OK)
        return rc;
    host->release(*row); /* what it reads would be kept as it is */
    *row = NULL;
    for (int64_t ms = 0; rc == TRAWL_OK && ms < most_ms; ms = now_ms() - start_ms) {
        if (ms - looked_ms >= LOOK_MS) {
            if (live_growth_of(call, name) != LIVE_GROWS)
                break;
            looked_ms = ms;
        }
        rc = host->live_wait(call, (uint32_t)(most_ms - ms < STEP_MS ? most_ms - ms : STEP_MS),
                             NULL);
    }
    host->resume(call); /* Ctrl-C was for the capture */
    rc = host->live_stop(call, name, err);
    return rc == TRAWL_OK ? live_captures(call, name, row, err) : rc;
}

static int wait_for(trawl_call *call, const struct capture_opts *o, trawl_table **ret,
                    trawl_error *err)
{
    int rc;

    if (o->words.n > 2)
        return host->fail(err, TRAWL_E_USAGE, "one capture at a time: '%s' is too much",
                          o->words.items[2]);
    rc = live_captures(call, o->words.n == 2 ? o->words.items[1] : LIVE_CURRENT, ret, err);
    return rc == TRAWL_OK ? stay(call, o, ret, err) : rc;
}

static int begin_work(trawl_call *call, const struct capture_opts *o, trawl_table *row,
                      trawl_error *err)
{
    const char *name = live_name_in(call, row, err);
    int rc = name ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK && o->processes)
        rc = live_seen_begin(call, name, err);
    if (rc == TRAWL_OK && o->idle_export)
        rc = idle_export_begin(call, name, o->idle_export, o->idle, o->active, NULL, err);
    return rc;
}

static int capture_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    const struct capture_opts *o = opts;
    trawl_live_options options = {.size = sizeof(options),
                                  .bpf = o->bpf,
                                  .snaplen = (uint32_t)o->snaplen,
                                  .buffer = o->buffer,
                                  .write = o->write,
                                  .user = o->user,
                                  .report_ms = (uint32_t)(o->report / NS_PER_MS),
                                  .flags = o->quiet ? TRAWL_LIVE_NOT_PROMISCUOUS : 0};
    int rc;

    (void)in;
    if (is_word(o, "stop"))
        return stop(call, o, ret, err);
    if (is_word(o, "wait"))
        return wait_for(call, o, ret, err);
    rc = read_words(o, &options, err);
    if (rc == TRAWL_OK && o->ring && !o->write)
        rc = host->fail(err, TRAWL_E_USAGE,
                        "'--ring' says how '-w FILE' is written: there is none");
    if (rc == TRAWL_OK && o->write && strcmp(o->write, "-") == 0)
        rc = host->fail(err, TRAWL_E_USAGE, "'-w -': packets are written to a file, not to stdout");
    if (rc == TRAWL_OK && o->ring)
        rc = read_ring(o->ring, &options.n_files, &options.file_bytes, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = host->live(call, &options, ret, err);
    if (rc == TRAWL_OK) {
        rc = begin_work(call, o, *ret, err);
        if (rc != TRAWL_OK) {
            host->release(*ret);
            *ret = NULL;
            host->live_stop(call, NULL, NULL);
        }
    }
    if (rc == TRAWL_OK && (o->wait || o->time))
        rc = stay(call, o, ret, err);
    return rc;
}

const trawl_command capture_command = {
    LIVE_COMMAND("capture", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_REPORT),
    .summary = "capture packets of a network interface",
    .text =
        "Packets come in in the background, into a capture that every command can ask while it "
        "grows. A command sees the packets that were there when it began. 'captures' tells what "
        "was received, what the kernel dropped and how fast packets come; 'capture stop' ends it, "
        "and so does leaving trawl. With --wait or --for the command stays until then, and Ctrl-C "
        "ends the capture; so does 'capture wait' with one that runs, or a file that 'load "
        "--follow' takes in.\n\n"
        "Packets are kept within --memory-limit: when it is full the older half of them is let go, "
        "and 'captures' counts them (let_go). With -w they are in a file too, or in a ring of "
        "files.\n\n"
        "With --idle-export flows are written as they expire, each once, and those that are open "
        "at the end; 'idle_export' says more.\n\n"
        "With --processes the sockets of this machine are looked at every few milliseconds, and "
        "the processes when a new one is there, all that in a tenth of the time at most: what "
        "lives shorter than that is not seen. 'processes' says what is to be had of them.\n\n"
        "It takes the capability CAP_NET_RAW (setcap cap_net_raw+ep on the program), or root, "
        "which --user gives up for good once the interface is open. 'interfaces --machine' lists "
        "what can be captured on.",
    .args = capture_args,
    .n_args = TRAWL_COUNT(capture_args),
    .examples = capture_examples,
    .n_examples = TRAWL_COUNT(capture_examples),
    .opts_size = sizeof(struct capture_opts),
    .schema = capture_schema,
    .run = capture_run,
};
