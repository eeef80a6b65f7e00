/* A capture of packets that a test or a fuzz target writes down, and a host that has only these,
 * for the code of plugins/conn. */
#ifndef TESTS_MPTCP_SCRIPT_H
#define TESTS_MPTCP_SCRIPT_H

#include <stdlib.h>
#include <string.h>

#include "conn.h"

enum { MAX_PACKETS = 256, MAX_BYTES = MAX_PACKETS * 64 };

static struct script {
    uint64_t n;
    uint32_t stream[MAX_PACKETS], seq[MAX_PACKETS], len[MAX_PACKETS], window[MAX_PACKETS];
    uint8_t reverse[MAX_PACKETS], quoted[MAX_PACKETS];
    uint16_t flags[MAX_PACKETS], port[MAX_PACKETS], payload_sum[MAX_PACKETS];
    uint32_t address[MAX_PACKETS], frame_len[MAX_PACKETS];
    int64_t time[MAX_PACKETS];
    uint64_t offsets[MAX_PACKETS + 1];
    uint32_t codes[MAX_PACKETS];
    uint64_t text_offsets[MAX_PACKETS + 1];
    uint32_t n_codes;
    uint8_t text[MAX_BYTES];
} script;

/* One packet: side 0 is who sent the first one of the stream; option NULL: it has none. */
static inline void packet(uint32_t stream, int reverse, unsigned flags, uint32_t seq, uint32_t len,
                          const uint8_t *option, size_t n)
{
    uint64_t i = script.n++;

    script.stream[i] = stream;
    script.reverse[i] = (uint8_t)reverse;
    script.flags[i] = (uint16_t)flags;
    script.seq[i] = seq;
    script.len[i] = len;
    script.frame_len[i] = 54 + len;
    script.window[i] = 1000;
    script.time[i] = (int64_t)i * 1000;
    if (option) {
        uint64_t at = script.text_offsets[script.n_codes];

        memcpy(script.text + at, option, n);
        script.codes[script.n_codes] = script.n_codes;
        script.text_offsets[++script.n_codes] = at + n;
    }
    script.offsets[i + 1] = script.n_codes;
}

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
    } all[] = {{"tcp.options.mptcp", TRAWL_BYTES, script.codes},
               {"tcp.stream", TRAWL_U32, script.stream},
               {"reverse", TRAWL_BOOL, script.reverse},
               {"quoted", TRAWL_BOOL, script.quoted},
               {"tcp.seq", TRAWL_U32, script.seq},
               {"tcp.len", TRAWL_U32, script.len},
               {"tcp.flags", TRAWL_U16, script.flags},
               {"src", TRAWL_IP, script.address},
               {"dst", TRAWL_IP, script.address},
               {"sport", TRAWL_U16, script.port},
               {"dport", TRAWL_U16, script.port},
               {"frame.len", TRAWL_U32, script.frame_len},
               {"frame.time_epoch", TRAWL_TIME, script.time},
               {"tcp.window_size", TRAWL_U32, script.window},
               {"tcp.options.mptcp.payload_sum", TRAWL_U16, script.payload_sum}};

    (void)call, (void)table, (void)err;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].name, name) != 0)
            continue;
        *view = (trawl_view){
            .size = sizeof(*view), .type = all[i].type, .n_rows = script.n, .data = all[i].data};
        if (i == 0) {
            view->offsets = script.offsets;
            view->text_offsets = script.text_offsets;
            view->text = script.text;
            view->n_codes = script.n_codes;
        }
        return TRAWL_OK;
    }
    return TRAWL_E_NOT_FOUND;
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
static const trawl_host script_host = {.size = sizeof(script_host),
                                       .alloc = zeroed,
                                       .realloc = realloc,
                                       .free = free,
                                       .fail = failed,
                                       .cancelled = never,
                                       .prefetch = no_prefetch,
                                       .view_named = script_view,
                                       .retain = same,
                                       .release = nothing};

#endif
