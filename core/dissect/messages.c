/* The messages of one payload dissector, one after the other. Must not know what they mean. */
#include "core/dissect/extract.h"

struct message_turn {
    int (*body)(void *context, const trawl_packet *packet, const trawl_layer *message,
                trawl_error *err);
    void *context;
    const trawl_packet *packet;
    int rc;
    trawl_error *err;
};

static void hand_over(void *context, size_t i_of, const trawl_layer *payload)
{
    struct message_turn *turn = context;

    (void)i_of;
    if (turn->rc == 0 && payload)
        turn->rc = turn->body(turn->context, turn->packet, payload, turn->err);
}

int tw_packets_messages(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                        const trawl_dissector *dissector,
                        int (*body)(void *context, const trawl_packet *packet,
                                    const trawl_layer *message, trawl_error *err),
                        void *context, trawl_error *err)
{
    struct tw_extract x = {.packets = packets, .catalogue = catalogue};
    struct tw_extract_thread *thread = tw_alloc(sizeof(*thread));
    struct message_turn turn = {.body = body, .context = context, .err = err};
    const struct tw_messages *messages = NULL;
    struct tw_payload_of of;
    struct tw_payload_walk walk = {packets, catalogue->claims, &of, 1};

    if (!thread)
        return tw_fail_nomem(err);
    if (dissector->message && packets->messages)
        turn.rc = packets->messages(packets->messages_context, dissector, &messages, err);
    if (turn.rc == 0) /* who comes next passes over the others' datagrams */
        turn.rc = tw_payload_walk_remember(packets, catalogue->claims, err);
    of = tw_payload_of(dissector, messages, 0);
    for (uint64_t row = 0; turn.rc == 0 && row < packets->n_rows; row++) {
        trawl_packet packet;

        if (row % 4096 == 0 && tw_cancelled())
            turn.rc = tw_fail_cancelled(err);
        if (turn.rc != 0 || !tw_payload_walk_hit(&walk, row))
            continue;
        turn.rc = tw_extract_walk(&x, thread, row, &packet, err);
        turn.packet = &packet;
        if (turn.rc == 0)
            tw_payload_walk_row(&walk, row, &thread->frame, hand_over, &turn);
    }
    tw_row_bytes_fini(&thread->bytes);
    tw_free(thread);
    return turn.rc;
}
