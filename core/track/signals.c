/* The first packet with each kind of MPTCP option, by connection. Must not know tables or sessions;
 * what an option is, the columns say that a plugin makes. */
#include "core/track/signals.h"

#define NONE UINT32_MAX

static int prepare(struct tw_signals *s, size_t n_tcp, size_t n_connections, trawl_error *err)
{
    s->connection = tw_alloc_array(n_tcp + 1, sizeof(*s->connection));
    s->since = tw_alloc_array(n_tcp + 1, sizeof(*s->since));
    s->first = tw_alloc_array(n_connections + 1, sizeof(*s->first));
    if (!s->connection || !s->since || !s->first) {
        tw_signals_fini(s);
        return tw_fail_nomem(err);
    }
    memset(s->since, 0xff, (n_tcp + 1) * sizeof(*s->since));
    memset(s->first, 0xff, (n_connections + 1) * sizeof(*s->first));
    return TRAWL_OK;
}

int tw_signals_find(const struct tw_packets *packets, const struct tw_conversations *conversations,
                    const struct tw_column *subtypes, const struct tw_column *connections,
                    struct tw_signals *ret, trawl_error *err)
{
    const uint64_t *at = (const uint64_t *)(const void *)subtypes->offsets.base;
    const uint8_t *subtype = TW_CELLS(subtypes, const uint8_t);
    const uint32_t *connection = TW_CELLS(connections, const uint32_t);
    const uint32_t *stream = TW_CELLS(packets->stream, const uint32_t);
    const uint8_t *proto = TW_CELLS(packets->proto, const uint8_t);
    const uint64_t n = packets->n_rows;
    struct tw_signals made = {0};
    size_t n_connections = 0;
    int rc;

    for (uint64_t r = 0; r < n; r++)
        if (tw_column_has(connections, r))
            n_connections = TW_MAX(n_connections, (size_t)connection[r] + 1);
    rc = prepare(&made, conversations->n_tcp, n_connections, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < n; r++) {
        const uint32_t s = stream[r];

        if (at[r] == at[r + 1] || proto[r] != 6 || s == NONE || !tw_column_has(connections, r))
            continue;
        if (made.since[s] == NONE) {
            made.since[s] = (uint32_t)r;
            made.connection[s] = connection[r];
        }
        for (uint64_t i = at[r]; i < at[r + 1]; i++)
            if (subtype[i] < TW_SIGNALS && made.first[connection[r]][subtype[i]] == NONE)
                made.first[connection[r]][subtype[i]] = (uint32_t)r;
    }
    *ret = made;
    return TRAWL_OK;
}

/* What a packet itself says counts from the next one on. What was said before the conversation
 * became a subflow is new to it. */
bool tw_signals_between(const struct tw_signals *signals, uint32_t stream, uint32_t from,
                        uint32_t to)
{
    const uint32_t *first;
    uint32_t since;

    if (!signals->connection || signals->since[stream] >= to)
        return false;
    since = signals->since[stream];
    first = signals->first[signals->connection[stream]];
    for (unsigned i = 0; i < TW_SIGNALS; i++)
        if (first[i] < to && (first[i] >= from || from <= since))
            return true;
    return false;
}

void tw_signals_fini(struct tw_signals *signals)
{
    tw_free(signals->connection);
    tw_free(signals->since);
    tw_free(signals->first);
    *signals = (struct tw_signals){0};
}
