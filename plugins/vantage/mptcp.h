/* MPTCP connections of two captures, through the tables of the plugin that knows them.
 * Knows nothing of packets. */
#ifndef VANTAGE_MPTCP_H
#define VANTAGE_MPTCP_H

#include "vantage.h"

struct mconn {
    uint32_t id;
    uint64_t key[2];
    uint8_t has_key[2];
    uint32_t first, n_subflows; /* in mside.subflows */
};

/** The MPTCP connections of a capture. */
struct mside {
    const struct side *side;
    struct mconn *conns; /* ascending by id */
    uint32_t n_conns;
    uint32_t *subflows; /* index of side's connections, by MPTCP connection */
    uint32_t *of_conn;  /* by connection of the side: index of conns, or NONE32 */
    uint8_t *turned;    /* by connection of the side: its client is the MPTCP connection's server */
};
/** All memory is the call's. */
int mside_open(trawl_call *call, const struct side *side, struct mside *ret, trawl_error *err);
/** Index of a connection by its number, with an error that says what there is. */
int mside_find(const struct mside *m, uint64_t id, uint32_t *ret, trawl_error *err);

/** Which connection of the right one of the left is: best score, NONE32: none. */
struct mscore {
    double value;      /* INFINITY: both keys are equal */
    uint32_t n_common; /* subflows that both have */
    uint8_t keys[2];   /* 0: not known, 1: equal, 2: different */
};
/** pairs: of match_all, by connection of the left. */
struct mscore mscore_of(const struct mside *l, uint32_t i, const struct mside *r, uint32_t j,
                        const struct pair *pairs);
uint32_t mscore_best(const struct mside *l, uint32_t i, const struct mside *r,
                     const struct pair *pairs, struct mscore *ret);

/** The subflows of MPTCP connections as pairs: of one, or of all. */
int mptcp_pairs(trawl_call *call, const struct which *which, const struct side *left,
                const struct side *right, struct pair **ret, uint32_t *ret_n, trawl_error *err);

#endif
