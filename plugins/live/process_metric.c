/* The flow metric process: whose the flow's socket on this machine was, of those that were seen
 * while captures ran. Must not know how they are seen. */
#include <string.h>

#include "seen.h"

struct state {
    int64_t start, end;
    uint8_t address[2][16];
    uint16_t port[2];
    uint8_t protocol;
};

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "pid", .type = TRAWL_U32, .flags = TRAWL_COLUMN_ID,
                 .help = "number of the process; null: none was seen"),
    TRAWL_COLUMN(.name = "process", .type = TRAWL_STRING,
                 .help = "name of the process, its first 15 bytes"),
};

static int on_init(void *state, const trawl_flow_packet *packet)
{
    struct state *s = state;
    const uint8_t *ends[2] = {packet->src, packet->dst};

    s->start = s->end = packet->time_ns;
    s->protocol = packet->protocol;
    s->port[0] = packet->src_port;
    s->port[1] = packet->dst_port;
    for (int i = 0; i < 2; i++) {
        if (packet->ip_version == 4) {
            memset(s->address[i] + 10, 0xff, 2);
            memcpy(s->address[i] + 12, ends[i], 4);
        } else {
            memcpy(s->address[i], ends[i], 16);
        }
    }
    return packet->protocol == 6 || packet->protocol == 17 ? TRAWL_METRIC_GO_ON
                                                           : TRAWL_METRIC_ENOUGH;
}

static int on_update(void *state, const trawl_flow_packet *packet)
{
    struct state *s = state;

    s->end = packet->time_ns > s->end ? packet->time_ns : s->end;
    return TRAWL_METRIC_GO_ON;
}

static void on_expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct state *s = state;
    const uint8_t *const address[2] = {s->address[0], s->address[1]};
    const unsigned port[2] = {s->port[0], s->port[1]};
    struct live_owner owner;

    if ((s->protocol == 6 || s->protocol == 17) &&
        live_seen_find(s->protocol, address, port, s->start, s->end, &owner)) {
        the_host->put_u64(row, owner.pid);
        the_host->put_text(row, owner.name);
    } else {
        the_host->put_null(row);
        the_host->put_null(row);
    }
}

const trawl_metric process_metric = {
    .size = sizeof(trawl_metric),
    .column_size = sizeof(trawl_column),
    .name = "process",
    .summary = "whose socket the flow was, seen by 'capture --processes'",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .state_size = sizeof(struct state),
    .on_init = on_init,
    .on_update = on_update,
    .on_expire = on_expire,
};
