/* Shared by the files of this plugin: the host, and the commands each file brings.
 * Must not be included by others. */
#ifndef LIVE_H
#define LIVE_H

#include "trawl/plugin.h"

extern const trawl_host *host;

#define LIVE_COMMAND(name_, group_, flags_)                       \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg), \
    .column_size = sizeof(trawl_column), .name = name_, .group = group_, .flags = flags_

/** Rows of `captures`: of one by its name, LIVE_CURRENT: the current one; NULL: all that grow or
 * grew (captures.c). */
#define LIVE_CURRENT ""
int live_captures(trawl_call *call, const char *name, trawl_table **ret, trawl_error *err);
enum live_growth {
    LIVE_ENDED,
    LIVE_WAITS, /**< for a FIFO's next writer */
    LIVE_GROWS  /**< also when that cannot be found out */
};
enum live_growth live_growth_of(trawl_call *call, const char *name);
/** The name that the first row has; call memory. */
const char *live_name_in(trawl_call *call, trawl_table *row, trawl_error *err);

/* capture.c */
extern const trawl_command capture_command;
/* idle_export.c */
extern const trawl_command idle_export_command;
/* processes.c */
extern const trawl_command processes_command;
/* process_metric.c */
extern const trawl_metric process_metric;
/* watch.c */
extern const trawl_command watch_command;

#endif
