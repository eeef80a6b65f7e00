/* A capture that grows, to the files that make it: growing.c and growing_open.c.
 * Must not be included by others. */
#ifndef TW_SESSION_GROWING_PARTS_H
#define TW_SESSION_GROWING_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/capture/pump.h"
#include "core/session/clock.h"
#include "core/session/followed.h"
#include "core/session/growing.h"

/* Row `row` begins at the place. */
struct mark {
    uint64_t row, place;
};

struct tw_growing {
    tw_capture *capture;
    struct tw_store *store;
    struct tw_live *live;
    struct tw_live_counts counts;
    char *writes;    /* of an interface; or NULL */
    uint32_t n_ring; /* files of the ring that it names; 0: it is one file */
    struct tw_pump *pump;
    struct tw_input_options read;
    struct tw_grow *grow;
    struct tw_tracker *tracker;
    pthread_t thread;
    bool has_thread;
    bool stop;                          /* under the lock of the gate */
    atomic_bool ended, failed, stopped; /* asked by work beside commands too */
    uint64_t n_rows;                    /* taken in, numbered */
    uint64_t n_shown;
    uint64_t n_forgotten;
    bool is_new; /* rows were let go since the last refresh: nothing earlier may be read */
    bool waits;  /* a FIFO without a writer, all of whose packets the last refresh took in */
    bool told_back, told_full;
    struct tw_clock clock;
    struct tw_followed followed;
    int64_t last_time;
    struct mark *marks;
    size_t n_marks, marks_capacity;
    tw_table **old; /* earlier tables of packets, which variables read */
    size_t n_old, old_capacity;
};

/** Another table of packets takes the place of the one that commands saw. */
int tw_growing_renew(struct tw_growing *g, trawl_error *err);

#endif
