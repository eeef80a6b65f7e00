/* Shared by the files of this plugin: the host, and the commands each file brings.
 * Must not be included by others. */
#ifndef SESSION_H
#define SESSION_H

#include "trawl/plugin.h"

extern const trawl_host *host;

#define SESSION_COMMAND(name_, group_, flags_)                    \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg), \
    .column_size = sizeof(trawl_column), .name = name_, .group = group_, .flags = flags_

/* captures.c */
extern const trawl_command load_command, save_command, unload_command, use_command;
/* lists.c */
extern const trawl_command captures_command, interfaces_command, tables_command, fields_command,
    commands_command, plots_command, metrics_command, plugins_command, variables_command,
    history_command;
/* control.c */
extern const trawl_command set_command, cache_command, plugin_command, help_command, quit_command;

/** No table before, none after: EFFECT commands' way to say that there is nothing to show. */
int no_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
              trawl_error *err);

#endif
