/* Fuzz target: frames as a loaded capture: base pass, conversations and
 * their counters, every field of every layer.
 * The first two bytes are the link type; then a length of two bytes before each frame. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/track/tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FIELDS = 2048 };

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

    tw_tcp_summarise(packets, conversations, &connections, NULL);
    tw_udp_summarise(packets, conversations, &exchanges, NULL);
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
            tw_conversations_fini(&conversations);
        }
        compute(packets, catalogue);
        tw_packets_free(packets);
    }
    tw_input_free(input);
    return 0;
}
