/* Loads captures and compares every row of the base columns with a walk over the packet's bytes:
 * the short way of the base pass must not show. usage: check_pass FILE… . Must not know the shell.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/dissect/packets.h"
#include "core/dissect/pass.h"

static const char *difference(const struct tw_pass *a, uint64_t row, const struct tw_pass *b)
{
    const uint16_t ours = TW_FRAME_REVERSE;

    if ((a->flags[row] & ~ours) != (b->flags[0] & ~ours))
        return "flags";
    if (a->network[row] != b->network[0] || a->transport[row] != b->transport[0])
        return "offsets";
    if (a->proto[row] != b->proto[0])
        return "protocol";
    if (a->src[row] != b->src[0] || a->dst[row] != b->dst[0])
        return "addresses";
    if (a->sport[row] != b->sport[0] || a->dport[row] != b->dport[0])
        return "ports";
    if (a->seq[row] != b->seq[0] || a->ack[row] != b->ack[0] || a->window[row] != b->window[0] ||
        a->tcp_flags[row] != b->tcp_flags[0])
        return "TCP";
    if (a->stream[row] != b->stream[0])
        return "conversation hashes";
    return a->payload[row] != b->payload[0] ? "payload" : NULL;
}

/* One row of cells that tw_pass_fill() writes. */
struct cells {
    int64_t time;
    uint64_t offset;
    uint32_t len, cap_len, src, dst, stream, seq, ack, payload;
    uint16_t interface, flags, network, transport, sport, dport, window, tcp_flags, label;
    uint8_t proto;
};

static int check(const char *path, struct tw_pass_thread *thread, uint64_t *n_rows)
{
    struct tw_input_options options = {0};
    struct tw_packets *packets = NULL;
    trawl_error err = TW_ERROR_INIT;
    struct tw_input *input = tw_input_open(&path, 1, &err);
    struct tw_fetch *fetch = NULL;
    struct tw_pass loaded;
    int n_bad = 0;

    if (!input || tw_packets_load(input, &options, &packets, &err) != TRAWL_OK ||
        !(fetch = tw_fetch_open(input, &err)))
        goto out;
    memset(&thread->addresses, 0, sizeof(thread->addresses));
    tw_pass_init(&loaded, packets, thread);
    for (uint64_t row = 0; row < packets->n_rows; row++) {
        struct cells c = {0};
        struct tw_pass walked = {.packets = packets,
                                 .seed = loaded.seed,
                                 .thread = thread,
                                 .time = &c.time,
                                 .offset = &c.offset,
                                 .len = &c.len,
                                 .cap_len = &c.cap_len,
                                 .interface = &c.interface,
                                 .flags = &c.flags,
                                 .network = &c.network,
                                 .transport = &c.transport,
                                 .proto = &c.proto,
                                 .label = &c.label,
                                 .src = &c.src,
                                 .dst = &c.dst,
                                 .sport = &c.sport,
                                 .dport = &c.dport,
                                 .stream = &c.stream,
                                 .seq = &c.seq,
                                 .ack = &c.ack,
                                 .window = &c.window,
                                 .tcp_flags = &c.tcp_flags,
                                 .payload = &c.payload};
        const struct tw_interface *in = &input->interfaces[loaded.interface[row]];
        struct tw_record record = {.cap_len = loaded.cap_len[row], .len = loaded.len[row]};
        const char *what;

        if (loaded.flags[row] & (TW_FRAME_FRAGMENT | TW_FRAME_WHOLE))
            continue; /* filled when its datagram is put together */
        if (tw_fetch_bytes(fetch, in->i_file, loaded.offset[row], record.cap_len, &record.data,
                           &err) != TRAWL_OK)
            break;
        tw_frame_walk(&thread->frame, record.data, record.cap_len, record.len, in->link_type,
                      in->fcs_bytes);
        tw_pass_fill(&walked, 0, &record);
        what = difference(&loaded, row, &walked);
        if (what && n_bad++ < 3)
            printf("%s packet %llu: %s differ\n", path, (unsigned long long)row + 1, what);
    }
    *n_rows += packets->n_rows;
out:
    tw_fetch_close(fetch);
    tw_packets_free(packets);
    tw_input_free(input);
    return n_bad;
}

int main(int argc, char **argv)
{
    struct tw_pass_thread *thread = tw_alloc(sizeof(*thread));
    uint64_t n_rows = 0;
    int n_bad = 0;

    for (int i = 1; thread && i < argc; i++)
        n_bad += check(argv[i], thread, &n_rows);
    printf("%llu rows, %d differ\n", (unsigned long long)n_rows, n_bad);
    tw_free(thread);
    tw_pool_fini();
    return n_bad != 0;
}
