/* What the files of the tcp plugin share. Knows nothing of how tables are shown. */
#ifndef TCP_TCP_H
#define TCP_TCP_H

#include "trawl/plugin.h"

extern const trawl_host *host;

extern const trawl_command tcp_commands[];
enum { TCP_N_COMMANDS = 1 };

#endif
