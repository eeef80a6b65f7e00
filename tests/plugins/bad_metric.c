/* Flow metrics that are wrong in one way each, or slow: `flows` has to go on without their cells.
 * Must not have a second fault. */
#include <time.h>

#include "bad.h"

struct state {
    uint32_t n;
};
struct slow_opts {
    uint64_t us;
};

static int count(void *state, const trawl_flow_packet *packet)
{
    struct state *s = state;

    (void)packet;
    s->n++;
    return TRAWL_METRIC_GO_ON;
}

static int fail(void *state, const trawl_flow_packet *packet)
{
    (void)state;
    (void)packet;
    return TRAWL_METRIC_FAILED;
}

/* The flow's third packet is too much for it. */
static int fail_third(void *state, const trawl_flow_packet *packet)
{
    struct state *s = state;

    (void)packet;
    return ++s->n == 3 ? TRAWL_METRIC_FAILED : TRAWL_METRIC_GO_ON;
}

/* No result that there is. */
static int give_99(void *state, const trawl_flow_packet *packet)
{
    (void)state;
    (void)packet;
    return 99;
}

static int sleep_long(void *state, const trawl_flow_packet *packet)
{
    const struct slow_opts *opts = packet->opts;
    struct timespec t = {.tv_sec = (time_t)(opts->us / 1000000),
                         .tv_nsec = (long)(opts->us % 1000000 * 1000)};

    nanosleep(&t, NULL);
    return count(state, packet);
}

static int begin_not(const void *opts, void **ret, const char **ret_why)
{
    (void)opts;
    (void)ret;
    *ret_why = "its licence ran out";
    return -1;
}

static int begin_mute(const void *opts, void **ret, const char **ret_why)
{
    (void)opts;
    (void)ret;
    (void)ret_why;
    return -1;
}

/* Never called: it never begins. */
static void cleanup(void *run)
{
    (void)run;
}

static void put(const trawl_host *from, void *state, trawl_builder *row)
{
    from->put_u64(row, ((struct state *)state)->n);
}

static void put_none(const trawl_host *from, void *state, trawl_builder *row)
{
    (void)from;
    (void)state;
    (void)row;
}

static void put_two(const trawl_host *from, void *state, trawl_builder *row)
{
    put(from, state, row);
    put(from, state, row);
}

static void put_word(const trawl_host *from, void *state, trawl_builder *row)
{
    (void)state;
    from->put_text(row, "many");
}

static void put_slowly(const trawl_host *from, void *state, trawl_builder *row)
{
    const struct timespec t = {.tv_nsec = 20000000};

    nanosleep(&t, NULL);
    put(from, state, row);
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct slow_opts, us, .name = "us", .def = "100", .max = "10000000",
              .help = "sleeps so many microseconds at each packet"),
};

#define METRIC(name_, init_, update_, expire_)                                        \
    .size = sizeof(trawl_metric), .column_size = sizeof(trawl_column), .name = name_, \
    .summary = "a metric of a test", .columns = columns, .n_columns = 1,              \
    .state_size = sizeof(struct state), .on_init = init_, .on_update = update_,       \
    .on_expire = expire_

static const trawl_metric metrics[] = {
    {METRIC("fails", fail, count, put)},
    {METRIC("fails-late", fail_third, fail_third, put)},
    {METRIC("gives-99", count, give_99, put)},
    {METRIC("begins-not", count, count, put), .begin = begin_not, .cleanup = cleanup},
    {METRIC("begins-mute", count, count, put), .begin = begin_mute, .cleanup = cleanup},
    {METRIC("puts-none", count, count, put_none)},
    {METRIC("puts-two", count, count, put_two)},
    {METRIC("puts-word", count, count, put_word)},
    {METRIC("puts-slowly", count, count, put_slowly)},
    {METRIC("slow", sleep_long, sleep_long, put), .args = args, .n_args = TRAWL_COUNT(args),
     .arg_size = sizeof(trawl_arg), .opts_size = sizeof(struct slow_opts)},
};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "bad_metric",
    .version = "1",
    .summary = "bad metrics",
    .licence = "MIT",
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
