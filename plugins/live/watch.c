/* The command watch: a pipeline again and again, while captures grow.
 * Must not know how tables are shown: the host does that. */
#include <stdio.h>
#include <string.h>

#include "live.h"

enum { NS_PER_MS = 1000000 };

struct watch_opts {
    int64_t interval;
    trawl_words words;
    uint64_t count;
};

static const trawl_arg watch_args[] = {
    TRAWL_OPT(TRAWL_ARG_SPAN, struct watch_opts, interval, .name = "interval",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .min = "10ms", .max = "1d",
              .help = "time between two runs: 2s"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct watch_opts, words, .name = "command",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .meta = "COMMAND", .help = "what to run; a pipeline in quotes: 'flows | head 5'"),
    TRAWL_OPT(TRAWL_ARG_U64, struct watch_opts, count, .name = "count", .short_name = 'c',
              .unit = "runs", .min = "1", .help = "stop after so many runs; default: at Ctrl-C"),
};

static const trawl_example watch_examples[] = {
    {"watch 2s 'flows | sort -bytes | head 10' -c 2", "the ten biggest flows, now and in 2 s"},
    {"watch 100ms captures -c 3", "what came in, three times; without -c until Ctrl-C"},
};

static int watch_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    (void)call;
    (void)opts;
    (void)in;
    (void)err;
    *ret = NULL;
    return TRAWL_OK;
}

static int run_once(trawl_call *call, const struct watch_opts *o, const char *title,
                    trawl_error *err)
{
    trawl_table *table = NULL;
    int rc = o->words.n == 1 ? host->pipeline(call, o->words.items[0], NULL, &table, err)
                             : host->command(call, o->words.items, o->words.n, NULL, &table, err);

    if (rc == TRAWL_OK && !table)
        rc = host->fail(err, TRAWL_E_USAGE, "'%s' gives no table to watch", o->words.items[0]);
    if (rc == TRAWL_OK)
        rc = host->show(call, table, TRAWL_SHOW_IN_PLACE, title, err);
    host->release(table);
    return rc;
}

static int watch_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct watch_opts *o = opts;
    char title[256];
    static int runs; /* commands run on one thread */
    size_t n;
    int rc = TRAWL_OK;

    (void)in;
    (void)ret;
    if (runs)
        return host->fail(err, TRAWL_E_USAGE, "a 'watch' within a 'watch' would show nothing else");
    runs = 1;
    n = (size_t)snprintf(title, sizeof(title), "every %.3g s: ", (double)o->interval / 1e9);
    for (size_t i = 0; i < o->words.n && n + 1 < sizeof(title); i++) {
        if (i)
            title[n++] = ' ';
        n += host->escape(title + n, sizeof(title) - n, o->words.items[i],
                          strlen(o->words.items[i]));
    }
    title[n < sizeof(title) ? n : sizeof(title) - 1] = 0;
    for (uint64_t i = 0; rc == TRAWL_OK; i++) {
        rc = run_once(call, o, title, err);
        if (rc != TRAWL_OK || (o->count && i + 1 == o->count))
            break;
        rc = host->live_wait(call, (uint32_t)(o->interval / NS_PER_MS), err);
    }
    runs = 0;
    return rc;
}

const trawl_command watch_command = {
    LIVE_COMMAND("watch", "tables", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "run a command again and again",
    .text = "Shows what a command or pipeline gives, waits, and runs it again, until Ctrl-C. On a "
            "terminal each result takes the place of the one before, as much of it as fits; in a "
            "pipe or file ('> FILE', -o) they follow each other. Captures that grow have grown "
            "each time. A "
            "pipeline is quoted, for a '|' outside quotes would end the watch.",
    .args = watch_args,
    .n_args = TRAWL_COUNT(watch_args),
    .examples = watch_examples,
    .n_examples = TRAWL_COUNT(watch_examples),
    .opts_size = sizeof(struct watch_opts),
    .schema = watch_schema,
    .run = watch_run,
};
