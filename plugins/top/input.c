/* The columns of packets that top reads. Knows nothing of rows of results. */
#include "trawl/views.h"

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
    const trawl_wanted wanted[] = {{"frame.time_epoch", &in->time, TRAWL_TIME},
                                   {"src", &in->src, TRAWL_IP},
                                   {"dst", &in->dst, TRAWL_IP},
                                   {"sport", &in->sport, TRAWL_U16},
                                   {"dport", &in->dport, TRAWL_U16},
                                   {"proto", &in->proto, TRAWL_U8},
                                   {"stream", &in->stream, TRAWL_U32},
                                   {"tcp.flags", &in->flags, TRAWL_U16},
                                   {"tcp.seq_raw", &in->seq, TRAWL_U32},
                                   {"tcp.ack_raw", &in->ack, TRAWL_U32},
                                   {"tcp.len", &in->len, TRAWL_U32}};
    const int rc = trawl_fetch_views(host, call, packets, wanted, TRAWL_COUNT(wanted), err);

    in->n_rows = host->n_rows(packets);
    return rc;
}
