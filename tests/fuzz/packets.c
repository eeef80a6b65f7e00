/* Fuzz target: frames as a loaded capture: base pass, conversations and
 * their counters, messages of a toy protocol over TCP, every field of every layer.
 * The first two bytes are the link type; then a length of two bytes before each frame. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/track/stream.h"
#include "core/track/detail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes kept of a message, and most that toy is shown to tell its length, kept then too. */
enum { MAX_FIELDS = 2048, KEEP = 40, SHOWN = 4 * KEEP };

/* Every answer that a dissector can give. */
static int64_t toy_message(void *state, const trawl_layer *payload)
{
    if (payload->cap_len > SHOWN || ((uint8_t *)state)[7]++ > 200)
        return TRAWL_MESSAGE_FOREIGN;
    switch (payload->data[0] & 7) {
    case 0:
        return TRAWL_MESSAGE_MORE;
    case 1:
        return TRAWL_MESSAGE_FOREIGN;
    case 2:
        return payload->data[0] & 8 ? TRAWL_MESSAGE_REST : 1;
    case 3:
        return TRAWL_MESSAGE_ON(1 + payload->data[0]);
    case 4:
        return TRAWL_MESSAGE_ON(INT64_MAX - 16);
    case 5:
        return INT64_MAX - payload->data[0];
    default:
        return 1 + payload->data[0] / 8;
    }
}

static int toy_probe(const trawl_layer *payload)
{
    return payload->cap_len > 0;
}

static const trawl_dissector toy = {.size = sizeof(trawl_dissector),
                                    .name = "toy",
                                    .layer = "payload",
                                    .probe = toy_probe,
                                    .message = toy_message,
                                    .state_size = 8,
                                    .keep_bytes = KEEP};

static void find_messages(const struct tw_packets *packets,
                          const struct tw_conversations *conversations)
{
    static struct tw_claims claims;
    struct tw_messages *messages = NULL;
    tw_error err = TW_ERROR_INIT;
    uint8_t sum = 0;

    if (!claims.n_dissectors)
        tw_claims_add(&claims, &toy);
    if (tw_messages_build(packets, conversations, &claims, &toy, &messages, &err) != TRAWL_OK)
        return;
    for (size_t i = 0; i < messages->n; i++) {
        const struct tw_message *m = &messages->items[i];

        if (m->row >= packets->n_rows || m->cap_len > SHOWN || m->cap_len > m->len ||
            (i && m->row < m[-1].row))
            __builtin_trap();
        for (uint32_t k = 0; m->data && k < m->cap_len; k++)
            sum ^= m->data[k];
    }
    *(volatile uint8_t *)&sum = sum;
    tw_messages_free(messages);
}

static size_t put_32(uint8_t *out, uint32_t v)
{
    memcpy(out, &v, 4);
    return 4;
}

/* A little-endian pcap of the frames. */
static size_t make_pcap(uint8_t *out, const uint8_t *data, size_t size)
{
    static const uint8_t head[20] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [17] = 0, [18] = 4};
    size_t n = sizeof(head), at = 2;

    memcpy(out, head, sizeof(head));
    n += put_32(out + n, (uint32_t)data[0] | (uint32_t)data[1] << 8);
    for (uint32_t i = 0; at + 2 <= size && i < 64; i++) {
        size_t length = (size_t)data[at] | (size_t)data[at + 1] << 8;

        at += 2;
        length = TW_MIN(length, size - at);
        n += put_32(out + n, i);
        n += put_32(out + n, 0);
        n += put_32(out + n, (uint32_t)length);
        n += put_32(out + n, (uint32_t)length + (i & 7) * 100);
        memcpy(out + n, data + at, length);
        n += length;
        at += length;
    }
    return n;
}

static void compute(struct tw_packets *packets, const struct tw_catalogue *catalogue)
{
    static struct tw_column *columns[MAX_FIELDS];
    static uint32_t wanted[MAX_FIELDS];
    tw_error err = TW_ERROR_INIT;
    size_t n = 0;

    for (uint32_t i = 0; i < catalogue->n_fields && n < MAX_FIELDS; i++)
        if (catalogue->fields[i].dissector)
            wanted[n++] = i;
    if (tw_packets_extract(packets, catalogue, wanted, n, columns, &err) != TRAWL_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (columns[i]->n_rows != packets->n_rows)
            __builtin_trap();
        tw_column_release(columns[i]);
    }
}

static void summarise(const struct tw_packets *packets,
                      const struct tw_conversations *conversations)
{
    struct tw_connection *connections = NULL;
    struct tw_exchange *exchanges = NULL;

    struct tw_tcp_analysis analysis = {0};
    struct tw_tcp_details details = {0};
    const struct tw_detail_options none = {0};
    struct tw_tcp_options options = {0};
    uint8_t *scales = tw_alloc_array((size_t)conversations->n_tcp + 1, 2);

    tw_tcp_summarise(packets, conversations, &connections, NULL);
    tw_udp_summarise(packets, conversations, &exchanges, NULL);
    options.scales = scales;
    if (scales && connections &&
        tw_tcp_analyse(packets, conversations, &options, &analysis, NULL) == TRAWL_OK &&
        tw_tcp_detail(packets, conversations, connections, &analysis, &none, &details, NULL) ==
            TRAWL_OK) {
        for (size_t i = 0; i < details.n_samples; i++) {
            if (details.samples[i].segment > details.samples[i].ack)
                __builtin_trap();
        }
    }
    tw_tcp_details_fini(&details);
    tw_tcp_analysis_fini(&analysis);
    tw_free(scales);
    tw_free(connections);
    tw_free(exchanges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    static uint8_t file[70000];
    static struct tw_catalogue *catalogue;
    const char *paths[] = {path};
    struct tw_input_options options = {0};
    struct tw_conversations conversations;
    struct tw_packets *packets = NULL;
    struct tw_input *input;
    tw_error err = TW_ERROR_INIT;
    size_t n;

    if (size < 4 || size > 60000)
        return 0;
    if (fd < 0) {
        tw_pool_set_threads(1);
        catalogue = tw_catalogue_new(&err);
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    n = make_pcap(file, data, size);
    if (!catalogue || ftruncate(fd, 0) || pwrite(fd, file, n, 0) != (ssize_t)n)
        return 0;
    input = tw_input_open(paths, 1, &err);
    if (input && tw_packets_load(input, &options, &packets, &err) == TRAWL_OK) {
        memset(&conversations, 0, sizeof(conversations));
        if (tw_conversations_build(packets, &conversations, &err) == TRAWL_OK) {
            summarise(packets, &conversations);
            find_messages(packets, &conversations);
            tw_conversations_fini(&conversations);
        }
        compute(packets, catalogue);
        tw_packets_free(packets);
    }
    tw_input_free(input);
    return 0;
}
