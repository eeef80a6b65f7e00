/* What the files of the flows plugin share. Knows nothing of how tables are shown. */
#ifndef FLOWS_FLOWS_H
#define FLOWS_FLOWS_H

#include "trawl/plugin.h"

extern const trawl_host *host;

enum { FLOWS_MAX_METRICS = 16 };
#define FLOWS_NONE   0xffffffffu
#define FLOWS_NUMBER 0x7fffffffu /**< of a flow with its direction in bit 31; of an address */
#define FLOWS_IDLE   INT64_C(120000000000)
#define FLOWS_ACTIVE INT64_C(1800000000000)

/** Which bytes of a packet are counted. */
enum accounting { BYTES_FRAME = 0, BYTES_IP = 1, BYTES_TRANSPORT = 2, BYTES_PAYLOAD = 3 };

/** What `flows` was asked for. */
struct flows_opts {
    int64_t idle, active;   /**< ns */
    const char *accounting; /**< "frame" … */
    const char *view;       /**< "trawl", "nfstream" … */
    const char *bpf;        /**< NULL: all packets */
    uint8_t stats, macs, community, no_tunnels;
    uint64_t community_seed;
    uint64_t splt;        /**< packets of a flow to list, 0: none */
    uint64_t max;         /**< flows, 0: all */
    uint64_t capacity;    /**< flows at a time, 0: no limit */
    uint64_t dissections; /**< packets of a flow that names are looked for in, 0: none */
    trawl_words metrics;
    const char *capture;
};

struct view;
struct metric_set;

/** The same, made ready for the engine. */
struct flows_plan {
    const struct view *view;
    const char *bpf;
    int64_t idle, active; /**< ns */
    enum accounting accounting;
    int stats, macs, community, no_tunnels, asks_metrics;
    uint16_t community_seed;
    uint64_t splt, max, capacity, dissections;
    struct metric_set *metrics; /**< NULL: none; call memory */
    /* what of it the columns need */
    int needs_stats, needs_rows, needs_macs, needs_flags, needs_protocol;
};

/** TRAWL_E_USAGE or TRAWL_E_NOT_FOUND: a word of opts is wrong. */
int plan_make(trawl_call *call, const struct flows_opts *opts, struct flows_plan *ret,
              trawl_error *err);
/** What `flows` does without options, and what its table holds. */
int plan_is_default(const struct flows_plan *plan);
extern const char *const plan_accountings[];

/** b - a without overflow: times come from the file. */
static inline int64_t span_ns(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)b - (uint64_t)a);
}

#endif
