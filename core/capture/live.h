/* Packets of a network interface, through libpcap: a thread of its own appends them to a store, as
 * a pcap file with times in nanoseconds, and to files when asked to. Must not know who reads. */
#ifndef TW_CAPTURE_LIVE_H
#define TW_CAPTURE_LIVE_H

#include "core/capture/store.h"

struct tw_live_options {
    const char *interface;
    const char *name; /**< of the capture, in messages */
    const char *bpf;  /**< NULL: all */
    uint32_t snaplen; /**< 0: whole packets */
    uint64_t buffer;  /**< bytes of the kernel's buffer, 0: libpcap's default */
    bool not_promiscuous;
    const char *write;   /**< NULL: no file */
    uint64_t file_bytes; /**< 0: one file; else a new one when this is reached … */
    uint32_t n_files;    /**< … and the oldest is written over when there are so many */
    uint32_t report_ms;  /**< a note on rates, drops and memory so often; 0: none */
    const char *user;    /**< become this user once the device is open; NULL: stay */
};

/** Name of file i, from 0, of a ring that is called path; the caller's, or NULL. */
char *tw_live_file_name(const char *path, uint64_t i);

/** Counters so far. */
struct tw_live_counts {
    uint64_t received; /**< packets that came out of the kernel */
    uint64_t bytes;    /**< their lengths on the wire */
    uint64_t dropped;  /**< by the kernel: its buffer was full */
    uint64_t interface_dropped;
    uint64_t lost;    /**< not kept: the store was full */
    uint64_t written; /**< to files */
    double rate;      /**< packets a second, over the last second or so */
    const char *link; /**< of the interface while it runs: "up", "down", "no carrier"; or NULL */
    bool running;
    bool failed; /**< it ended by itself */
};

struct tw_live;
/** Open the interface and begin. The store is borrowed. TRAWL_E_NOT_FOUND: no such interface. */
int tw_live_open(const struct tw_live_options *options, struct tw_store *store,
                 struct tw_live **ret, trawl_error *err);
void tw_live_counts(struct tw_live *live, struct tw_live_counts *ret);
/** End it; what arrived so far is in the store, whose end is told. */
void tw_live_stop(struct tw_live *live);
void tw_live_close(struct tw_live *live);

/** The machine's interfaces, in libpcap's order. Any member may be NULL. */
struct tw_device {
    const char *name, *description;
    char *addresses; /**< separated by blanks, "" none */
    bool up, running, loopback, wireless;
};
int tw_devices(int (*body)(void *context, const struct tw_device *device, trawl_error *err),
               void *context, trawl_error *err);

#endif
