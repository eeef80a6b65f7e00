/* What the files of the compare plugin share: the host and their commands. Knows nothing of counts.
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "fields.h"

extern const trawl_host *host; /* the one global of the plugin, set by init */

enum { TAFFY_CUT = 40 }; /* characters of a value that traffic-taffy shows */

extern const trawl_command dissect_command, export_command, compare_command, why_command;
extern const trawl_command correlation_command, correlationchanges_command, graph_command;
extern const trawl_plot graph_plot;

#define COL(name_, type_, priority_, unit_, help_)                                               \
    {                                                                                            \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .priority = (priority_), \
        .unit = (unit_), .help = (help_)                                                         \
    }
#define COUNTING_COMMAND                                          \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg), \
    .column_size = sizeof(trawl_column), .group = "counting"

#endif
