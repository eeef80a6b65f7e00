/* The plugin top: TCP destinations and how they serve, as trtop has them and beyond.
 * Knows nothing of how tables are shown. */
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "live.h"

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif

const trawl_host *host;

static const char *const by_names[] = {"endpoint", "address", "prefix", "port",        "name",
                                       "sni",      "asn",     "label",  "application", NULL};
static const char *const view_names[] = {"trawl", "trtop", "append", NULL};

/* ---- the plan ---- */

static int bad_percentiles(trawl_call *call, const char *text, trawl_error *err)
{
    host->fail(err, TRAWL_E_USAGE, "'%s' is no list of percentiles", text);
    host->hint(err, "Write up to %d numbers above 0 and below 100: 50,90,99.9.",
               TOP_MAX_PERCENTILES);
    host->place(call, text, strlen(text), err);
    return TRAWL_E_USAGE;
}

static int read_percentiles(trawl_call *call, const char *text, struct plan *plan, trawl_error *err)
{
    char *words;
    size_t n = 0;

    if (!text) {
        plan->percentiles[0] = 95;
        plan->n_percentiles = 1;
        return TRAWL_OK;
    }
    words = host->call_alloc(call, strlen(text) + 1);
    if (!words)
        return top_nomem(err);
    memcpy(words, text, strlen(text) + 1);
    for (char *word = words; word;) {
        char *comma = strchr(word, ',');
        size_t n_word;

        if (comma)
            *comma = 0;
        n_word = strlen(word);
        if (n == TOP_MAX_PERCENTILES || n_word == 0 || n_word > 12 ||
            strspn(word, "0123456789.") != n_word || strchr(word, '.') != strrchr(word, '.'))
            return bad_percentiles(call, text, err);
        plan->percentiles[n] = strtod(word, NULL);
        if (!(plan->percentiles[n] > 0 && plan->percentiles[n] < 100))
            return bad_percentiles(call, text, err);
        plan->percentile_names[n++] = word;
        word = comma ? comma + 1 : NULL;
    }
    plan->n_percentiles = n;
    return TRAWL_OK;
}

static int is_trtop(const struct top_opts *o)
{
    return strcmp(o->view, "trtop") == 0;
}

static int is_append(const struct top_opts *o)
{
    return strcmp(o->view, "append") == 0;
}

static int make_plan(trawl_call *call, const struct top_opts *o, struct plan *plan,
                     trawl_error *err)
{
    struct prefix *local = host->call_alloc(call, (o->local.n + 1) * sizeof(*local));
    int rc = local ? read_percentiles(call, o->percentiles, plan, err) : top_nomem(err);

    for (int i = 0; by_names[i]; i++)
        if (strcmp(o->by, by_names[i]) == 0)
            plan->by = (enum by)i;
    plan->ephemeral = (unsigned)o->ephemeral;
    if (o->resolvers.n && !host->given(call, "by"))
        plan->by = BY_NAME;
    if (o->resolvers.n && plan->by != BY_NAME)
        return host->fail(err, TRAWL_E_USAGE, "--resolve goes with --by name");
    if (o->analyzers.n && (o->before || is_trtop(o) || is_append(o)))
        return host->fail(err, TRAWL_E_USAGE,
                          "--analyze adds columns to rows, which --%s %s has not",
                          o->before ? "compare" : "view", o->before ? o->before : o->view);
    if (o->report && o->before)
        return host->fail(err, TRAWL_E_USAGE, "--report and --compare do not go together");
    plan->resolvers = o->resolvers;
    plan->resolve_wait_ns = o->resolve_wait;
    plan->protocols = o->protocols;
    plan->bars = o->bars;
    plan->bits4 = 96 + (unsigned)o->prefix4;
    plan->bits6 = (unsigned)o->prefix6;
    for (size_t i = 0; rc == TRAWL_OK && i < o->local.n; i++)
        rc = prefix_parse(call, o->local.items[i], &local[i], err);
    plan->local = local;
    plan->n_local = o->local.n;
    return rc == TRAWL_OK ? analyzers_find(call, &o->analyzers, plan, err) : rc;
}

/* ---- the command ---- */

static int run_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct top_opts *o = opts;
    struct plan plan = {0};
    int rc = make_plan(call, o, &plan, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (o->before)
        return compare_schema(&plan, ret, err);
    return is_trtop(o)    ? trtop_schema(ret, err)
           : is_append(o) ? lines_schema(ret, err)
                          : top_schema(&plan, ret, err);
}

void top_say(const struct plan *plan, int with_allows, uint64_t n_rows, uint64_t n_syn,
             uint64_t n_elsewhere)
{
    if (n_rows == 0 && !(with_allows && n_elsewhere))
        host->log(2, plan->n_local ? "top: no TCP connection of the local addresses"
                                   : "top: no TCP segment in this capture");
    else if (n_rows && n_syn == 0)
        host->log(2, "top: no SYN in this capture: nothing is known of attempts, and who is the "
                     "client was told by the ports");
    if (n_elsewhere)
        host->log(2, "top: %llu segments are not counted: %s", (unsigned long long)n_elsewhere,
                  !with_allows     ? "neither end is local"
                  : !plan->n_local ? "their destinations are not allowed"
                                   : "neither end is local, or the destination is not allowed");
}

/* The rows of a capture's packets, or of the table that came through the pipe. */
static int measure(trawl_call *call, struct plan *plan, const trawl_words *allows,
                   const char *capture_name, trawl_table *in, trawl_table **ret_packets,
                   struct top *ret, trawl_error *err)
{
    trawl_capture *capture = NULL;
    uint64_t n_syn = 0;
    int rc = host->capture(call, capture_name, &capture, err);

    if (rc == TRAWL_OK)
        rc = in ? TRAWL_OK : host->table(call, capture, "packets", ret_packets, err);
    if (in)
        *ret_packets = host->retain(in);
    if (rc == TRAWL_OK)
        rc = allows_open(call, allows, capture, plan, err);
    if (rc == TRAWL_OK)
        rc = analyzers_open(call, plan->analysis, capture, err);
    if (rc == TRAWL_OK)
        rc = top_run(call, plan, capture, *ret_packets, ret, err);
    allows_close(plan);
    for (size_t i = 0; rc == TRAWL_OK && i < ret->all.n; i++)
        n_syn += ret->all.items[i].numbers.tallies[N_SYN];
    if (rc == TRAWL_OK)
        top_say(plan, allows->n > 0, ret->all.n, n_syn, ret->n_elsewhere);
    return rc;
}

/* --live, and what only goes with it. */
static int goes_on(trawl_call *call, const struct top_opts *o, const trawl_table *in, int *ret,
                   trawl_error *err)
{
    static const char *const of_live[] = {"bpf", "interval", "step", "count", "where", "idle"};
    const char *typed = o->live ? "--live" : o->interface ? "--interface" : "--batch";

    *ret = o->live || o->interface || o->batch;
    for (size_t i = 0; !*ret && i < TRAWL_COUNT(of_live); i++)
        if (host->given(call, of_live[i]))
            return host->fail(err, TRAWL_E_USAGE,
                              "'--%s' goes with '--live', '--batch' or '--interface'", of_live[i]);
    if (*ret && in)
        return host->fail(err, TRAWL_E_USAGE, "'%s' looks at a capture, not at a table", typed);
    return TRAWL_OK;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct top_opts *o = opts;
    struct plan plan = {0};
    struct top top = {0}, before = {0};
    trawl_table *packets = NULL, *packets_before = NULL;
    int is_live = 0, rc = make_plan(call, o, &plan, err);

    if (rc == TRAWL_OK)
        rc = goes_on(call, o, in, &is_live, err);
    if (rc == TRAWL_OK && is_live)
        return live_run(call, o, &plan, by_names, err);
    if (rc == TRAWL_OK)
        rc = measure(call, &plan, &o->allows, o->capture, in, &packets, &top, err);
    if (rc == TRAWL_OK && o->before) {
        rc = measure(call, &plan, &o->allows, o->before, NULL, &packets_before, &before, err);
        if (rc == TRAWL_OK)
            rc = compare_table(&plan, &before, &top, ret, err);
    } else if (rc == TRAWL_OK) {
        if (o->report)
            rc = report_write(call, &plan, &top, o->report, err);
        if (rc == TRAWL_OK && o->report)
            report_say(o->report);
        if (rc == TRAWL_OK)
            rc = is_trtop(o)    ? trtop_table(&plan, &top, ret, err)
                 : is_append(o) ? append_table(call, &plan, &top, ret, err)
                                : top_table(call, &plan, &top, packets, ret, err);
    }
    analyzers_close(plan.analysis);
    top_fini(&before);
    top_fini(&top);
    host->release(packets_before);
    host->release(packets);
    return rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct top_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(
        TRAWL_ARG_CHOICE, struct top_opts, by, .name = "by", .def = "endpoint", .choices = by_names,
        .help = "what a row is: address and port, address, network, port, name by the "
                "capture's own DNS, name asked for by TLS, autonomous system, label, application"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, percentiles, .name = "percentiles", .meta = "P,P…",
              .help = "which of each measure are shown (otherwise 95)"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, local, .name = "local", .meta = "PREFIX",
              .flags = TRAWL_ARG_REPEATED,
              .help = "addresses on this side: rows are remote ones, apart by who opened the "
                      "connection"),
    TRAWL_OPT(TRAWL_ARG_U64, struct top_opts, ephemeral, .name = "ephemeral", .meta = "PORT",
              .max = "65535",
              .help = "ports from here on are clients' (trtop: 32788); 0: who sent the SYN is, "
                      "without one the higher port"),
    TRAWL_OPT(TRAWL_ARG_U64, struct top_opts, prefix4, .name = "prefix4", .meta = "BITS",
              .def = "24", .max = "32", .help = "length of the IPv4 networks of --by prefix"),
    TRAWL_OPT(TRAWL_ARG_U64, struct top_opts, prefix6, .name = "prefix6", .meta = "BITS",
              .def = "48", .max = "128", .help = "the same of IPv6"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, resolvers, .name = "resolve", .meta = "RESOLVER",
              .flags = TRAWL_ARG_REPEATED,
              .help = "who gives addresses names, in this order: answers (of the capture, else "
                      "taken), hosts, hosts:FILE, dns, dns:SERVER, asn, label, or a plugin's"),
    TRAWL_OPT(
        TRAWL_ARG_SPAN, struct top_opts, resolve_wait, .name = "resolve-wait", .def = "5s",
        .min = "0s", .max = "1h",
        .help = "the longest time for names that others have to be asked for; what comes later "
                "is there the next time"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, allows, .name = "allow", .meta = "LIST",
              .flags = TRAWL_ARG_REPEATED,
              .help = "count only destinations of a list: list:FILE, to:ADDRESS[/BITS][:PORT],…, "
                      "or a plugin's"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, analyzers, .name = "analyze", .meta = "ANALYZER",
              .flags = TRAWL_ARG_REPEATED,
              .help = "add the columns of an analyzer: sizes, or a plugin's"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct top_opts, protocols, .name = "protocols",
              .help = "add response times of DNS and HTTP and the time of TLS handshakes, and rows "
                      "of servers that had only such"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct top_opts, bars, .name = "bars",
              .help = "draw how rtt is spread"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct top_opts, before, .name = "compare",
              .help = "show what got slower since this capture"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct top_opts, view, .name = "view", .def = "trawl",
              .choices = view_names,
              .help = "trtop: its columns, texts and order; append: its reporter's line for each"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct top_opts, report, .name = "report", .meta = "PREFIX",
              .help = "write trtop's screen to the file PREFIX.trtop too"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct top_opts, live, .name = "live",
              .help = "go on: on a terminal a screen, refreshed while the capture grows (? shows "
                      "its keys); else tables that follow each other"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, interface, .name = "interface", .short_name = 'i',
              .meta = "INTERFACE",
              .help = "capture on an interface, if nobody does yet, and go on with it"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, bpf, .name = "bpf", .short_name = 'f',
              .meta = "BPF", .help = "of -i: take the packets that match a capture filter"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct top_opts, batch, .name = "batch",
              .help = "go on with tables that follow each other, on a terminal too"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct top_opts, interval, .name = "interval", .def = "1s",
              .min = "100ms", .max = "1d", .help = "of those that go on: time between two looks"),
    TRAWL_OPT(TRAWL_ARG_U64, struct top_opts, count, .name = "count", .short_name = 'c',
              .unit = "tables", .min = "1", .help = "end after so many tables"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct top_opts, step, .name = "step", .min = "1us",
              .help = "of those that go on: go through a file's own time in such steps"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct top_opts, idle, .name = "idle", .def = "1h", .min = "1s",
              .help = "of a capture that grows: let go of a destination without a segment for so "
                      "long; what it counted stays in the totals"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct top_opts, where, .name = "where", .short_name = 'Y',
              .meta = "EXPR", .help = "of those that go on: only rows for which it holds"),
};

static const trawl_example examples[] = {
    {"top", "destinations, the longest waited for first"},
    {"top --by name --percentiles 50,99", "by the names that DNS answers gave"},
    {"top --by name --protocols --bars", "with response times of DNS, HTTP and TLS, and bars"},
    {"top | where refused > 0", "who refuses connections"},
    {"top --view trtop --ephemeral 32788", "as trtop prints it"},
    {"top -i eth0", "the screen: who is slow now, each second"},
    {"top --batch --step 10s --top 5", "the five worst after 10 s, 20 s … of the capture"},
};

static const trawl_command commands[] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_LISTING |
              TRAWL_COMMAND_EFFECT,
     .arg_size = sizeof(trawl_arg),
     .name = "top",
     .group = "connections",
     .summary = "who is slow, refusing or overloaded, by TCP destination",
     .text =
         "A row is a destination: attempts (SYN), answers, handshakes, resets and closes with "
         "their part of the attempts, and 95th percentiles of the time to connect (lat), from "
         "request to response (rtt, ttfb), of the server's own part (think) and of the "
         "transfer. Rows come in the order of 'waited', the time that clients spent on "
         "handshakes and on first bytes, with 3 s for each failed attempt.\n\n"
         "Percentiles are exact up to 1,028 values, then within 0.8 %. A push is a segment with "
         "PSH and payload; one of 1,400 bytes or more is followed by others. docs/TOP.md says "
         "how each number is reckoned, and where trtop erred.",
     .args = args,
     .n_args = TRAWL_COUNT(args),
     .examples = examples,
     .n_examples = TRAWL_COUNT(examples),
     .opts_size = sizeof(struct top_opts),
     .schema = run_schema,
     .run = run},
};

static int top_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "top",
    .version = TOP_VERSION,
    .summary =
        "TCP destinations: attempts, latency, responses, as trtop has them and beyond" TRAWL_LACKS,
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .analyzers = top_analyzers,
    .n_analyzers = TRAWL_COUNT(top_analyzers),
    .init = top_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
