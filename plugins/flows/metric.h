/* Flow metrics of plugins and of the user's own, from what was typed to their columns.
 * Knows nothing of how flows are found. */
#ifndef FLOWS_METRIC_H
#define FLOWS_METRIC_H

#include "meter.h"

/** One metric as it was asked for. */
struct metric_use {
    const trawl_metric *metric; /**< NULL: an expression of the user's */
    const void *opts;
    trawl_column *columns; /**< call memory */
    size_t n_columns;
    const char *const *exprs; /**< one for each column; NULL: hooks */
    const char *typed;        /**< where the user's own expression stands in the typed line */
    const char *at;           /**< in the typed line: the expression's name, or the metric */
    size_t n_at;              /**< bytes there; 0: it was not typed */
    size_t state_at;          /**< in a flow's states */
    int is_names;             /**< the columns of --dissections; metric NULL: trawl's own */
};

/** All that a plan has. */
struct metric_set {
    struct metric_use uses[FLOWS_MAX_METRICS];
    size_t n;
    size_t n_hooked;   /**< those that see packets */
    size_t state_size; /**< bytes for each flow, a multiple of 16; 0: none sees packets */
    int any_exprs, any_bytes, any_names;
};

/** What `--metric` was given becomes plan->metrics, which stays NULL when there is none. */
int metric_plan(trawl_call *call, const trawl_words *words, struct flows_plan *plan,
                trawl_error *err);
/** Their columns, in the order of the metrics. */
int metric_add_columns(trawl_call *call, const struct flows_plan *plan, trawl_schema *schema,
                       trawl_error *err);

/* ---- packets ---- */

/** What the metrics have for one part of the flows. */
struct metric_part {
    const struct metric_set *set;
    const struct input *input;
    trawl_call *call;
    void *runs[FLOWS_MAX_METRICS];
    uint8_t begun[FLOWS_MAX_METRICS];
    const char *why[FLOWS_MAX_METRICS]; /**< … one could not begin; or NULL */
    trawl_bytes *bytes;
    trawl_error *err;
    int rc;       /**< why the pass has to stop; TRAWL_OK: it does not */
    int is_first; /**< it tells how far all are */
    int is_slow;  /**< a packet just took long */
    uint64_t n_packets;
    uint64_t ns[FLOWS_MAX_METRICS], n_timed[FLOWS_MAX_METRICS]; /**< of packets that were timed */
};

/** On the calling thread, before packets come; metric_part_fini in any case. */
int metric_part_init(struct metric_part *part, trawl_call *call, const struct meter *m,
                     trawl_error *err);
void metric_part_fini(struct metric_part *part);

/** What metric_run() wants. */
enum metric_wish { METRIC_GO_ON, METRIC_ENDS_FLOW, METRIC_STOP /**< part->rc says why */ };
/** The packet of a row, which f counts already; delta: since the packet of the flow before it. */
enum metric_wish metric_run(struct metric_part *part, const struct flow *f, uint8_t *states,
                            uint32_t row, unsigned direction, int64_t delta);
/** No more packets of the flow come. Any number of times. */
void metric_end(struct metric_part *part, uint8_t *states);
/** Say which metrics are slow or could not begin: once, after all parts. They lie stride bytes
 * apart. @return bits of the latter */
unsigned metric_report(const struct metric_part *first, size_t stride, size_t n);
/** What states hold is freed, if they were used. */
void metric_drop(const struct metric_set *set, uint8_t *states);

/** Metric i of the set failed in this flow. */
int metric_failed(const uint8_t *states, size_t i);

/* ---- columns ---- */

/** A table of all metrics' columns, a row for each of the first n flows of the order; *ret is the
 * caller's. A metric that fails has empty cells, and a warning says so. */
int metric_table(trawl_call *call, const struct meter *m, const uint32_t *order, uint64_t n,
                 trawl_table **ret, trawl_error *err);
/** The columns of one metric that is written in expressions. */
int metric_express(trawl_call *call, const struct metric_use *use, const struct meter *m,
                   const uint32_t *order, uint64_t n, trawl_table **ret, trawl_error *err);
/** The types of a use's columns as its expressions give them, checked against the packets' columns.
 * What a plugin's metric reads of a plugin that is off stays as it is declared. */
int metric_check_exprs(trawl_call *call, struct metric_use *use, trawl_error *err);
/** "big = count(frame.len > 666)": 1, and *ret is its use; 0: it is none; negative: it is wrong. */
int metric_parse_expr(trawl_call *call, const char *text, struct metric_use *ret, trawl_error *err);

#endif
