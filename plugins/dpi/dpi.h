/* What the plugin and its part, which has libndpi, agree on. Must not know libndpi. */
#ifndef DPI_H
#define DPI_H

#include "trawl/plugin.h"

#define DPI_VERSION "1.0.0"

struct dpi_opts {
    uint64_t packets;
};

struct ndpi_flow_struct;
struct dpi_result;

struct dpi_state {
    struct ndpi_flow_struct *flow; /* while it is looked at */
    struct dpi_result *result;
    uint32_t n;
    uint8_t over;
};

/** Hooks of the metric. */
struct dpi_functions {
    int (*begin)(const void *opts, void **ret, const char **ret_why);
    int (*look)(void *state, const trawl_flow_packet *packet);
    void (*end)(void *state, const void *opts, void *run);
    void (*expire)(const trawl_host *host, void *state, trawl_builder *row);
    void (*drop)(void *state);
    void (*cleanup)(void *run);
};

#endif
