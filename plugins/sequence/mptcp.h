/* MPTCP connections, as their plots want them. */
#ifndef SEQUENCE_MPTCP_H
#define SEQUENCE_MPTCP_H

#include "sequence.h"

struct subflow {
    uint64_t stream;
    int by_client;               /* the connection's client opened it */
    const char *client, *server; /* addresses */
    const char *label;           /* "stream 3: 10.0.0.1" */
};

/** What a connection's packets carry of its data, in the order of the capture. */
struct mapping {
    double at; /* s since origin_ns */
    uint64_t dsn, end;
    uint32_t i_subflow;
    uint32_t seen; /* bytes that were sent before */
    uint8_t towards, reinjection, retransmission, fin;
};

struct connection {
    trawl_capture *capture;
    uint64_t id;
    int64_t origin_ns;
    struct subflow *subflows;
    uint32_t n_subflows;
    struct mapping *mappings;
    uint64_t n;
    double first, last; /* times of those with bytes */
    const char *ends[2];
};

/** TRAWL_E_NOT_FOUND: no such connection, or no data in it. All memory is the call's. */
int connection_open(trawl_call *call, const char *capture, uint64_t id, struct connection *ret,
                    trawl_error *err);
/** Those of --dest; without it, the direction with more data. */
unsigned connection_mask(const struct connection *c, const trawl_words *dest);
/** "office: MPTCP connection 0, WHAT, CLIENT to SERVER" */
const char *connection_title(trawl_call *call, const struct connection *c, const char *what,
                             unsigned mask);
/** Colour of a subflow: not the one that reinjections have, nor black. */
uint32_t subflow_colour(uint32_t i);
/** Label of a subflow in a direction, which is told when both are drawn. */
const char *subflow_label(trawl_call *call, const struct subflow *s, unsigned towards,
                          unsigned mask);

struct dss_opts {
    uint64_t connection;
    uint8_t dack, window;
    trawl_words dest;
};
struct agg_opts {
    uint64_t connection;
    int64_t window;
    trawl_words alone;
    trawl_words dest;
};
/** A number of a subflow in a snapshot. Texts live as long as the call that hands it over. */
struct snapshot_number {
    const char *src, *dst, *field;
    long long src_port, dst_port;
    double delay, value;
};
/** part/snapshot.c: the numbers of these fields in a file, one after the other. */
int snapshot_read(const char *path, const trawl_words *fields,
                  int (*take)(void *context, const struct snapshot_number *number,
                              trawl_error *err),
                  void *context, trawl_error *err);
/** The plugin's part: functions by the names above. */
struct sequence_part {
    int (*snapshot_read)(const char *path, const trawl_words *fields,
                         int (*take)(void *context, const struct snapshot_number *number,
                                     trawl_error *err),
                         void *context, trawl_error *err);
};

struct cwnds_opts {
    const char *pattern;
    trawl_words fields;
};
extern const char *const cwnds_fields[];

draw_function draw_dss, draw_mptcp_tput, draw_mptcp_attr, draw_mptcp_interarrival, draw_agg,
    draw_cwnds;

#endif
