/* slicer: a flow ends after so many packets; the next one begins another.
 * Must not know other metrics. */
#include "metrics.h"

struct slicer_opts {
    uint64_t packets;
};

struct slicer_state {
    uint64_t n;
};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct slicer_opts, packets, .name = "packets", .min = "1",
              .flags = TRAWL_ARG_REQUIRED, .help = "most packets of a flow"),
};

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "slice_packets", .type = TRAWL_U64, .help = "packets of the slice"),
};

static int count(void *state, const trawl_flow_packet *packet)
{
    const struct slicer_opts *opts = packet->opts;
    struct slicer_state *s = state;

    return ++s->n >= opts->packets ? TRAWL_METRIC_EXPIRE : TRAWL_METRIC_GO_ON;
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct slicer_state *s = state;

    the_host->put_u64(row, s->n);
}

const trawl_metric slicer_metric = {
    .size = sizeof(trawl_metric),
    .column_size = sizeof(trawl_column),
    .arg_size = sizeof(trawl_arg),
    .name = "slicer",
    .summary = "cut flows each so many packets",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .opts_size = sizeof(struct slicer_opts),
    .state_size = sizeof(struct slicer_state),
    .on_init = count,
    .on_update = count,
    .on_expire = expire,
};
