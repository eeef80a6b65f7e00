/* The columns of packets that top reads. Knows nothing of rows of results. */
#include "input.h"

int input_sender_is_client(const struct input *in, unsigned ephemeral, uint64_t row)
{
    const unsigned flags = input_u16(&in->flags, row) & (TCP_SYN | TCP_ACK);
    const unsigned sport = input_u16(&in->sport, row), dport = input_u16(&in->dport, row);

    if (ephemeral && (sport >= ephemeral) != (dport >= ephemeral))
        return sport >= ephemeral;
    if (flags & TCP_SYN)
        return !(flags & TCP_ACK);
    return sport >= dport;
}

int input_open(trawl_call *call, trawl_table *packets, struct input *in, trawl_error *err)
{
    static const char *const names[] = {
        "frame.time_epoch", "src",       "dst",         "sport",       "dport",  "proto",
        "stream",           "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len"};
    static const trawl_type types[] = {TRAWL_TIME, TRAWL_IP,  TRAWL_IP,  TRAWL_U16,
                                       TRAWL_U16,  TRAWL_U8,  TRAWL_U32, TRAWL_U16,
                                       TRAWL_U32,  TRAWL_U32, TRAWL_U32};
    trawl_view *const views[] = {&in->time,  &in->src,   &in->dst,    &in->sport,
                                 &in->dport, &in->proto, &in->stream, &in->flags,
                                 &in->seq,   &in->ack,   &in->len};
    int rc = host->prefetch(call, packets, names, TRAWL_COUNT(names), err);

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(names); i++) {
        views[i]->size = sizeof(*views[i]);
        rc = host->view_named(call, packets, names[i], views[i], err);
        if (rc == TRAWL_OK && views[i]->type != types[i])
            rc = host->fail(err, TRAWL_E_PLUGIN, "column '%s' of packets is not of its type",
                            names[i]);
    }
    in->n_rows = host->n_rows(packets);
    return rc;
}
