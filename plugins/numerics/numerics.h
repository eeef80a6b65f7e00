/* What the files of the numerics plugin share: topologies, the simulator, solutions.
 * Knows nothing of captures. */
#ifndef NUMERICS_NUMERICS_H
#define NUMERICS_NUMERICS_H

#include "trawl/plugin.h"

#define NUMERICS_VERSION "1.0.0"

extern const trawl_host *host;

/* ---- topologies ---- */

enum {
    TOPOLOGY_MOST_SUBFLOWS = 256,
    TOPOLOGY_MOST_BYTES = 1 << 20, /**< of a file */
    TOPOLOGY_NAME_MOST = 64        /**< bytes of a subflow's name, with its 0 */
};

/** One path of a connection. Durations in ns, whatever the file has them in. */
struct path {
    char name[TOPOLOGY_NAME_MOST];
    double mss;  /**< bytes */
    double cwnd; /**< segments; 0: the file has none */
    int64_t fowd_ns, bowd_ns;
    int64_t rtt_ns;      /**< there and back; with `measured`, the file's rtt_us */
    int64_t var_ns;      /**< of the round trip */
    int64_t min_rtt_ns;  /**< new files; 0: old ones */
    double loss_pct;     /**< NaN: the file does not say */
    double contribution; /**< NaN: the file does not say */
};

struct topology {
    const char *file;
    char name[TOPOLOGY_NAME_MOST];
    int is_new;        /**< as mptcp-pm writes them: microseconds, mtu */
    double snd_buffer; /**< bytes; 0: the file has none */
    double rcv_buffer;
    struct path *paths; /**< call memory */
    size_t n;
};

/** Read and check a file: every number that is used is there and within its limits, or err names
 * the file, the place in it and the value. measured: rtt_us of a new file is the round trip, not
 * fowd + bowd. */
int topology_read(trawl_call *call, const char *file, int measured, struct topology *ret,
                  trawl_error *err);
/** The same of text, for tests and for topology_read. */
int topology_parse(trawl_call *call, const char *file, const char *text, size_t n, int measured,
                   struct topology *ret, trawl_error *err);
/** Index of a subflow by name, or by number; -1: err says which there are. */
int64_t topology_find(const struct topology *t, const char *name, trawl_error *err);
/** Fails unless every subflow has a congestion window. */
int topology_need_cwnds(const struct topology *t, trawl_error *err);

/* ---- formulas (docs/NUMERICS.md) ---- */

/** Retransmission timeout. Old files: rtt + 4 var; new ones: that, at least 200 ms. */
int64_t path_rto_ns(const struct topology *t, const struct path *p);
/** cwnd * mss / rtt in bytes a second. */
double path_throughput(const struct path *p);
/** Bytes of a full window, whole. */
double path_window(const struct path *p);

enum { BUFFER_RTO, BUFFER_FAST, BUFFER_LOSSLESS, BUFFER_N };
struct buffer {
    int64_t delay_ns;  /**< the longest RTO or round trip */
    double throughput; /**< of all subflows, B/s */
    double bytes;      /**< whole, rounded up */
};
/** What a receiver needs to go on during a timeout, during a fast retransmission, and without loss:
 * RFC 6182 section 5.3. */
void buffers_of(const struct topology *t, struct buffer ret[BUFFER_N]);

/** Least common multiple of the round trips. Each is rounded down to a multiple of step first
 * (0: none). */
int cycle_of(const struct topology *t, int64_t step_ns, int64_t *ret, trawl_error *err);
/** The round trip that cycles are made of. */
int64_t path_cycle_rtt(const struct topology *t, const struct path *p, int64_t step_ns);

enum { ACK_NONE = 0, ACK_SHORT = 4, ACK_LONG = 8 };
enum { MAP_NONE = 0, MAP_SHORT = 4, MAP_LONG = 8 };
/** Bytes of a DSS option. seed: as mptcpnumerics reckons; else RFC 8684 section 3.3, padded to 4.
 */
unsigned dss_size(int seed, unsigned ack, unsigned map, int checksum);

struct overhead {
    int seed;
    int checksum;
    double coverage; /**< bytes that a mapping covers */
};
/** MP_CAPABLE, DATA_FIN and a join for each subflow. */
double overhead_constant(const struct topology *t);
/** Bytes of options for each byte sent over a path. */
double overhead_rate(const struct path *p, const struct overhead *how);

/* ---- the simulator ---- */

enum scheduler { BY_NAME, BY_FOWD, BY_FOWD_DOWN };
enum sim_event_kind { SIM_SEND, SIM_LOST, SIM_ARRIVE, SIM_ACK, SIM_TIMEOUT };

enum {
    SIM_MOST_SENDS = 1000000,
    SIM_MOST_NEEDS = 50000 /**< distinct ones */
};

/** What happened; windows and bytes are those of the file's cwnds. */
struct sim_event {
    int64_t time_ns;
    enum sim_event_kind kind;
    size_t path;
    double dsn, size;
    double dack;     /**< SIM_ARRIVE, SIM_ACK: what the receiver expects next */
    double held;     /**< of that moment: out of order at the receiver, as the one who acts knows */
    double inflight; /**< SIM_SEND: not acknowledged before it */
    uint32_t need;   /**< SIM_SEND: its constraint */
};

struct simulation {
    const struct topology *topology;
    int64_t duration_ns;
    enum scheduler scheduler;
    const uint8_t *faint; /**< by path: its first window is lost; NULL: none */
    int (*on_event)(void *context, const struct sim_event *event, trawl_error *err); /**< or NULL */
    void *context;

    /* set by simulate(), call memory */
    uint32_t *needs;  /**< n_needs rows of topology->n counts: windows that must fit the buffer */
    uint32_t n_needs; /**< all different */
    uint64_t n_sends;
    uint64_t *received; /**< by path: windows that arrived */
    uint64_t *in_order; /**< by path: windows below what the receiver expects next */
};

/** Run it until duration. Each subflow sends a full window when it may; see docs/NUMERICS.md. */
int simulate(trawl_call *call, struct simulation *sim, trawl_error *err);

/* ---- solutions ---- */

struct bound {
    size_t path;
    double value;
};
struct bounds {
    const struct bound *items;
    size_t n;
};
struct problem {
    const struct simulation *sim;
    int optimise_cwnd;                  /**< else the buffer */
    double rcv_buffer;                  /**< bytes, of optimise_cwnd */
    struct bounds min_share, max_share; /**< of what arrives, 0 to 1 */
    struct bounds min_cwnd, max_cwnd;   /**< segments */
    int64_t limit_ns;                   /**< of solving */
    const char *lp_file;                /**< NULL: none */
};
struct solution {
    const char *status;
    double objective;
    double rcv_buffer; /**< bytes */
    double *cwnds;     /**< by path, segments; call memory */
};
int solve(trawl_call *call, const struct problem *problem, struct solution *ret, trawl_error *err);

/** A file that is whole or not there: written at `path`, beside its place, and moved there at the
 * end. What is no regular file is written as it is. */
struct fresh {
    const char *file; /**< as the user named it */
    char target[4096], path[4096];
    int fd, is_beside, leftover;
};
int fresh_open(struct fresh *ret, const char *file, trawl_error *err);
/** The error of the last call of the system. */
int fresh_fail(const struct fresh *f, trawl_error *err);
/** rc: how writing went; nothing to do where fresh_open() failed. */
int fresh_close(struct fresh *f, int rc, trawl_error *err);

/** What came of a run with such windows. */
struct outcome {
    double rcv_next;   /**< bytes in order */
    double total;      /**< bytes that arrived */
    double throughput; /**< rcv_next a second */
};
void outcome_of(const struct simulation *sim, const double *cwnds, struct outcome *ret);
int write_json(const char *file, const struct simulation *sim, const struct solution *solution,
               trawl_error *err);

/* ---- the plugin's part: what needs jansson and GLPK, by the names above ---- */

struct numerics_part {
    int (*topology_read)(trawl_call *call, const char *file, int measured, struct topology *ret,
                         trawl_error *err);
    int (*solve)(trawl_call *call, const struct problem *problem, struct solution *ret,
                 trawl_error *err);
    int (*write_json)(const char *file, const struct simulation *sim,
                      const struct solution *solution, trawl_error *err);
};

/* ---- the command ---- */

extern const trawl_command numerics_command;
extern const trawl_plot overhead_plot;
enum { NUMERICS_N_SETTINGS = 1 };
extern const trawl_arg numerics_settings[NUMERICS_N_SETTINGS];

#endif
