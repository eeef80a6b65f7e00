/* splt: direction, size and gap of the first packets of a flow, as NFStream's plugin of that name.
 * Must not know other metrics. */
#include <string.h>

#include "metrics.h"

enum { MS = 1000000 };

struct splt_opts {
    uint64_t packets;
    const char *accounting;
};

struct item {
    uint32_t size, direction;
    int64_t gap_ms;
};

struct splt_state {
    struct item *items; /* NULL until the second packet */
    struct item first;
    uint32_t n, length;
};

static const char *const accountings[] = {"frame", "ip", "transport", "payload", NULL};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct splt_opts, packets, .name = "packets", .def = "20", .min = "1",
              .max = "65535", .help = "how many packets"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct splt_opts, accounting, .name = "accounting", .def = "frame",
              .choices = accountings,
              .help = "bytes that are counted, as with --accounting of flows"),
};

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "splt_direction", .type = TRAWL_I64,
                 .flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_ID,
                 .help = "directions of the first packets: 0 from the source, 1 back, -1 none"),
    TRAWL_COLUMN(.name = "splt_ps", .type = TRAWL_I64, .flags = TRAWL_COLUMN_LIST, .unit = "B",
                 .help = "their sizes; -1 none"),
    TRAWL_COLUMN(.name = "splt_piat_ms", .type = TRAWL_I64, .flags = TRAWL_COLUMN_LIST,
                 .unit = "ms", .help = "the gaps before them; -1 none"),
};

/* Whole milliseconds on either side, as NFStream has its times. */
static int64_t gap_ms(const trawl_flow_packet *packet)
{
    const int64_t before = (int64_t)((uint64_t)packet->time_ns - (uint64_t)packet->delta_ns);

    return packet->time_ns / MS - before / MS;
}

static struct item item_of(const trawl_flow_packet *packet)
{
    const struct splt_opts *opts = packet->opts;
    const uint32_t sizes[] = {packet->frame_len, packet->ip_len, packet->transport_len,
                              packet->payload_len};
    struct item item = {.direction = packet->direction, .size = sizes[0]};

    for (size_t i = 0; accountings[i]; i++)
        if (strcmp(opts->accounting, accountings[i]) == 0)
            item.size = sizes[i];
    item.gap_ms = packet->first ? 0 : gap_ms(packet);
    return item;
}

static int take(void *state, const trawl_flow_packet *packet)
{
    const struct splt_opts *opts = packet->opts;
    struct splt_state *s = state;

    if (packet->first) {
        s->length = (uint32_t)opts->packets;
        s->first = item_of(packet);
    } else {
        if (!s->items)
            s->items = host->alloc(s->length * sizeof(*s->items));
        if (!s->items)
            return TRAWL_METRIC_FAILED;
        s->items[0] = s->first;
        s->items[s->n] = item_of(packet);
    }
    return ++s->n == s->length ? TRAWL_METRIC_ENOUGH : TRAWL_METRIC_GO_ON;
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct splt_state *s = state;
    const struct item *items = s->items ? s->items : &s->first;

    for (int what = 0; what < 3; what++) {
        for (uint32_t i = 0; i < s->length; i++)
            the_host->put_i64(row, i >= s->n   ? -1
                                   : what == 0 ? (int64_t)items[i].direction
                                   : what == 1 ? (int64_t)items[i].size
                                               : items[i].gap_ms);
        the_host->end_list(row);
    }
}

static void drop(void *state)
{
    struct splt_state *s = state;

    host->free(s->items);
}

const trawl_metric splt_metric = {
    .size = sizeof(trawl_metric),
    .column_size = sizeof(trawl_column),
    .arg_size = sizeof(trawl_arg),
    .name = "splt",
    .summary = "direction, size and gap of the first packets",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .opts_size = sizeof(struct splt_opts),
    .state_size = sizeof(struct splt_state),
    .on_init = take,
    .on_update = take,
    .on_expire = expire,
    .on_drop = drop,
};
