/* Shared by the files of this plugin: the host, and the commands each file brings.
 * Must not be included by others. */
#ifndef LIVE_H
#define LIVE_H

#include "trawl/plugin.h"

extern const trawl_host *host;

#define LIVE_COMMAND(name_, group_, flags_)                       \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg), \
    .column_size = sizeof(trawl_column), .name = name_, .group = group_, .flags = flags_

/* capture.c */
extern const trawl_command capture_command;
/* processes.c */
extern const trawl_command processes_command;
/* watch.c */
extern const trawl_command watch_command;

#endif
