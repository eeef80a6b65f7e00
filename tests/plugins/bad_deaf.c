/* A plugin that must be refused, or stopped: its command and its writer do not look at the cancel
 * flag. Must not have a second fault. */
#include <time.h>

#include "bad.h"

static void sleep_on(void)
{
    host->log(2, "deaf from now on");
    for (int i = 0; i < 6000; i++) { /* a minute; a signal ends one step alone */
        const struct timespec step = {0, 10000000};

        nanosleep(&step, NULL);
    }
}

static int run_deaf(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    (void)opts;
    (void)in;
    sleep_on();
    return make_table(call, 2, ret, err);
}

static int begin_deaf(trawl_call *call, const trawl_schema *schema, void **ret_state,
                      int (*write)(void *sink, const void *data, size_t n, trawl_error *err),
                      void *sink, trawl_error *err)
{
    static const char head[] = "deaf\n";

    (void)call;
    (void)schema;
    *ret_state = NULL;
    return write(sink, head, sizeof(head) - 1, err);
}

static int rows_deaf(trawl_call *call, void *state, trawl_table *table, uint64_t start, uint64_t n,
                     trawl_error *err)
{
    (void)call;
    (void)state;
    (void)table;
    (void)start;
    (void)n;
    (void)err;
    sleep_on();
    return TRAWL_OK;
}

static int end_deaf(trawl_call *call, void *state, trawl_error *err)
{
    (void)call;
    (void)state;
    (void)err;
    return TRAWL_OK;
}

static const trawl_command commands[] = {BAD_COMMAND("bad-deaf", run_deaf)};
static const trawl_writer writers[] = {{.size = sizeof(trawl_writer),
                                        .name = "deaf",
                                        .extension = ".deaf",
                                        .summary = "a writer of a test",
                                        .begin = begin_deaf,
                                        .rows = rows_deaf,
                                        .end = end_deaf}};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_deaf",   .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .writers = writers,
    .n_writers = 1,    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
