/* What the command's files share: its words, parsed, and its tables. Knows nothing of formulas. */
#ifndef NUMERICS_COMMANDS_H
#define NUMERICS_COMMANDS_H

#include "numerics.h"

struct numerics_opts {
    const char *action, *file;
    const char *rtt; /**< "paths", "measured" */
    /* a run */
    int64_t round, duration;
    const char *scheduler;
    trawl_words withstand;
    uint64_t buffer;
    /* bounds */
    trawl_words min_share, max_share, min_cwnd, max_cwnd;
    int64_t time_limit;
    const char *lp, *result;
    /* overhead */
    const char *model, *split;
    uint8_t checksum, latex;
    uint64_t coverage, bytes, up_to;
};

/** What a stage of the command has at hand. */
struct numerics_call {
    trawl_call *call;
    const struct numerics_opts *opts;
    struct topology topology;
    trawl_builder *rows;
};

struct table_of {
    const char *action;
    const trawl_column *columns;
    uint32_t n;
    int (*fill)(struct numerics_call *c, trawl_error *err);
};
extern const struct table_of numerics_tables[];
extern const struct table_of latex_table;
/** NULL: no such action. */
const struct table_of *table_of_action(const struct numerics_opts *o);

/** The file of the words, or the one that was loaded. */
int open_topology(trawl_call *call, const char *file, const char *rtt, struct topology *ret,
                  trawl_error *err);

/* ---- overhead.c ---- */

/** Part of the bytes that goes over each path, by --split. */
int shares_of(trawl_call *call, const struct topology *t, const char *split, double **ret,
              trawl_error *err);
int fill_overhead(struct numerics_call *c, trawl_error *err);
int fill_latex(struct numerics_call *c, trawl_error *err);
int draw_overhead(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err);
struct overhead_opts {
    const char *file, *model, *split;
    uint8_t checksum;
    uint64_t coverage, up_to;
};

/* ---- runs.c ---- */

int fill_cycle(struct numerics_call *c, trawl_error *err);
int fill_constraints(struct numerics_call *c, trawl_error *err);
int fill_simulate(struct numerics_call *c, trawl_error *err);
int fill_optbuffer(struct numerics_call *c, trawl_error *err);
int fill_optcwnd(struct numerics_call *c, trawl_error *err);

#endif
