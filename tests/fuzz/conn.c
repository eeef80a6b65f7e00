/* Fuzz target: MPTCP options of a TCP header, and connections made of packets that the input says.
 * Each packet: stream and direction (1 byte), TCP flags, sequence number (2), payload length (2),
 * length of its option, the option. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "option.h"
#include "reinjection.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PACKETS = 256, N_STREAMS = 4 };

static struct {
    uint64_t n;
    uint32_t stream[MAX_PACKETS], seq[MAX_PACKETS], len[MAX_PACKETS], zero[MAX_PACKETS];
    uint8_t reverse[MAX_PACKETS];
    uint16_t flags[MAX_PACKETS], sum[MAX_PACKETS];
    int64_t time[MAX_PACKETS];
    uint64_t offsets[MAX_PACKETS + 1], text_offsets[MAX_PACKETS + 1];
    uint32_t codes[MAX_PACKETS], n_codes;
    uint8_t text[MAX_PACKETS * 64];
} script;

static int no_prefetch(trawl_call *call, trawl_table *table, const char *const *names, size_t n,
                       trawl_error *err)
{
    (void)call, (void)table, (void)names, (void)n, (void)err;
    return TRAWL_OK;
}

static int script_view(trawl_call *call, trawl_table *table, const char *name, trawl_view *view,
                       trawl_error *err)
{
    const struct {
        const char *name;
        trawl_type type;
        const void *data;
    } all[] = {{"tcp.stream", TRAWL_U32, script.stream},
               {"reverse", TRAWL_BOOL, script.reverse},
               {"tcp.seq", TRAWL_U32, script.seq},
               {"tcp.len", TRAWL_U32, script.len},
               {"tcp.flags", TRAWL_U16, script.flags},
               {"frame.time_epoch", TRAWL_TIME, script.time},
               {"tcp.options.mptcp.payload_sum", TRAWL_U16, script.sum},
               {"tcp.options.mptcp", TRAWL_BYTES, script.codes}};
    size_t i = 0;

    (void)call, (void)table, (void)err;
    *view = (trawl_view){.size = sizeof(*view), .type = TRAWL_U32, .data = script.zero};
    while (i < sizeof(all) / sizeof(all[0]) && strcmp(all[i].name, name) != 0)
        i++;
    if (i < sizeof(all) / sizeof(all[0])) {
        view->type = all[i].type;
        view->data = all[i].data;
    }
    if (i == sizeof(all) / sizeof(all[0]) - 1) {
        view->offsets = script.offsets;
        view->text_offsets = script.text_offsets;
        view->text = script.text;
        view->n_codes = script.n_codes;
    }
    view->n_rows = script.n;
    return TRAWL_OK;
}

static void *zeroed(size_t n)
{
    return calloc(1, n ? n : 1);
}
static int never(trawl_call *call)
{
    (void)call;
    return 0;
}
static trawl_table *same(trawl_table *table)
{
    return table;
}
static void nothing(trawl_table *table)
{
    (void)table;
}
static int failed(trawl_error *err, int code, const char *format, ...)
{
    (void)err, (void)format;
    return code;
}
static const trawl_host bare_host = {.size = sizeof(bare_host),
                                     .alloc = zeroed,
                                     .realloc = realloc,
                                     .free = free,
                                     .fail = failed,
                                     .cancelled = never,
                                     .prefetch = no_prefetch,
                                     .view_named = script_view,
                                     .retain = same,
                                     .release = nothing};

/* The next packet of the input. @return bytes taken, 0: there is none */
static size_t read_packet(const uint8_t *p, size_t n)
{
    uint64_t i = script.n;
    size_t length;

    if (n < 7 || i >= MAX_PACKETS)
        return 0;
    length = p[6] & 63;
    if (length > n - 7)
        length = n - 7;
    script.stream[i] = p[0] % N_STREAMS;
    script.reverse[i] = p[0] >> 7;
    script.flags[i] = p[1];
    script.seq[i] = (uint32_t)(int16_t)(p[2] << 8 | p[3]); /* also near 2^32 */
    script.len[i] = (uint32_t)(p[4] << 8 | p[5]);
    script.sum[i] = (uint16_t)(p[2] * 257);
    script.time[i] = (int64_t)i;
    if (length) {
        uint64_t at = script.text_offsets[script.n_codes];

        memcpy(script.text + at, p + 7, length);
        script.codes[script.n_codes] = script.n_codes;
        script.text_offsets[++script.n_codes] = at + length;
    }
    script.offsets[i + 1] = script.n_codes;
    script.n++;
    return 7 + length;
}

static void build(void)
{
    struct model m = {0};
    struct reinjections r = {0};

    if (model_build(&m, NULL, NULL,
                    WANT_RESULTS | WANT_TOTALS | WANT_CARRIES | WANT_ACKS | WANT_PROBLEMS |
                        WANT_EVENTS,
                    NULL) == TRAWL_OK)
        reinjections_find(&m, &r);
    for (size_t i = 0; i < m.n_carries; i++) {
        const struct carry *c = &m.carries[i];

        /* what holds for any input: nothing is seen more often than it is there */
        if (c->seen > c->length || c->resent > c->seen || (c->reinjection && !c->seen))
            __builtin_trap();
        sum += c->dsn + c->seen;
    }
    sum += r.n + m.n_problems + m.n_acks;
    reinjections_fini(&r);
    model_fini(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of its own size: a read beyond it is seen */
    const trawl_layer layer = {
        .size = sizeof(layer), .data = copy, .cap_len = (uint32_t)size, .len = (uint32_t)size};
    size_t at = 0, n;

    host = &bare_host;
    if (!copy || size > 1 << 16) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    extract_all(&conn_dissectors[0], &layer);
    memset(&script, 0, sizeof(script));
    while ((n = read_packet(copy + at, size - at)) != 0)
        at += n;
    build();
    free(copy);
    return 0;
}
