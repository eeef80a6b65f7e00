/* What flow metrics of plugins see of a packet, and their hooks.
 * Knows nothing of how flows are found, nor of columns. */
#include "metric.h"

int metric_run(const struct meter *m, const struct flow *f, uint8_t *states,
               const struct lengths *l, uint32_t row, unsigned direction, int64_t delta)
{
    const struct input *in = &m->input;
    unsigned proto = input_proto(in, row);
    int ports = input_has_ports(proto);
    const trawl_flow_packet packet = {
        .size = sizeof(packet),
        .direction = (uint8_t)direction,
        .protocol = (uint8_t)proto,
        .tcp_flags = proto == 6 ? (uint16_t)trawl_view_u64(&in->tcp_flags, row) : 0,
        .row = row,
        .time_ns = in->ticks[row],
        .delta_ns = delta,
        .frame_len = l->frame,
        .ip_len = l->ip,
        .transport_len = l->transport,
        .payload_len = l->payload,
        .src_port = ports ? input_port(&in->sport, row) : 0,
        .dst_port = ports ? input_port(&in->dport, row) : 0,
    };
    int ended = 0, first = f->packets[0] + f->packets[1] == 1;

    for (size_t i = 0; i < m->plan->n_metrics; i++) {
        const trawl_metric *metric = m->plan->metrics[i];
        int (*hook)(void *, const trawl_flow_packet *) = first ? metric->on_init
                                                               : metric->on_update;

        if (hook && hook(states + m->state_at[i], &packet) < 0)
            ended = 1;
    }
    return ended;
}
