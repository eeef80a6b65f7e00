/* Application names of flows: a metric whose work is done in the plugin's part, which has libndpi.
 * Knows nothing of how flows are found. */
#include "dpi.h"

static const trawl_host *host;
static const struct dpi_functions *part;

static int begin(const void *opts, void **ret, const char **ret_why)
{
    const void *functions = NULL;

    if (!part && host->part("dpi", &functions, NULL) != TRAWL_OK) {
        *ret_why = "its part, which has libndpi, could not be loaded";
        return -1;
    }
    if (!part)
        part = functions;
    return part->begin(opts, ret, ret_why);
}

/* Only called when it has begun. */
static int look(void *state, const trawl_flow_packet *packet)
{
    return part->look(state, packet);
}

static void end(void *state, const void *opts, void *run)
{
    part->end(state, opts, run);
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    part->expire(the_host, state, row);
}

static void drop(void *state)
{
    part->drop(state);
}

static void cleanup(void *run)
{
    part->cleanup(run);
}

static const trawl_column columns[] = {TRAWL_APPLICATION_COLUMNS};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct dpi_opts, packets, .name = "packets", .def = "20", .min = "1",
              .max = "255", .help = "packets of a flow that are looked at"),
};

static const trawl_metric metrics[] = {
    {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .arg_size = sizeof(trawl_arg),
        .name = "dpi",
        .summary = "names of applications, as nDPI knows them",
        .columns = columns,
        .n_columns = TRAWL_COUNT(columns),
        .args = args,
        .n_args = TRAWL_COUNT(args),
        .opts_size = sizeof(struct dpi_opts),
        .flags = TRAWL_METRIC_BYTES,
        .state_size = sizeof(struct dpi_state),
        .on_init = look,
        .on_update = look,
        .on_expire = expire,
        .begin = begin,
        .on_end = end,
        .on_drop = drop,
        .cleanup = cleanup,
    },
};

static int init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dpi",
    .version = DPI_VERSION,
    .summary = "names of applications, through nDPI",
    .licence = "MIT",
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
