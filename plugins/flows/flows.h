/* What the files of the flows plugin share. Knows nothing of how tables are shown. */
#ifndef FLOWS_FLOWS_H
#define FLOWS_FLOWS_H

#include "trawl/plugin.h"

extern const trawl_host *host;

enum { FLOWS_MAX_METRICS = 16, FLOWS_NONE = 0xffffffffu };

/** Which bytes of a packet are counted. */
enum accounting { BYTES_FRAME = 0, BYTES_IP = 1, BYTES_TRANSPORT = 2, BYTES_PAYLOAD = 3 };

/** What `flows` was asked for. */
struct flows_opts {
    int64_t idle, active;   /**< ns */
    const char *accounting; /**< "frame" … or "0" … */
    const char *view;       /**< "trawl" or "nfstream" */
    uint8_t stats;
    uint64_t splt; /**< packets of a flow to list, 0: none */
    uint64_t max;  /**< flows, 0: all */
    trawl_words metrics;
    const char *capture;
};

/** The same, made ready for the engine. */
struct flows_plan {
    int64_t idle, active; /**< ns */
    int64_t unit;         /**< times are cut to multiples of this: 1, or 1 ms as NFStream does */
    enum accounting accounting;
    int nfstream, stats;
    uint64_t splt, max;
    const struct trawl_metric *metrics[FLOWS_MAX_METRICS];
    size_t n_metrics;
};

/** TRAWL_E_USAGE or TRAWL_E_NOT_FOUND: a word of opts is wrong. */
int flows_plan(trawl_call *call, const struct flows_opts *opts, struct flows_plan *ret,
               trawl_error *err);
/** Columns of the result. *ret is the caller's. */
int flows_schema(const struct flows_plan *plan, trawl_schema **ret, trawl_error *err);
/** The flows of a packets table. *ret is the caller's. */
int flows_table(trawl_call *call, const struct flows_plan *plan, trawl_table *packets,
                trawl_table **ret, trawl_error *err);

/** b - a without overflow: times come from the file. */
static inline int64_t span_ns(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)b - (uint64_t)a);
}

#endif
