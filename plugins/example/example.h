/* What the files of the example share. Knows nothing of what is in them. */
#ifndef EXAMPLE_EXAMPLE_H
#define EXAMPLE_EXAMPLE_H

#include "trawl/plugin.h"

extern const trawl_host *host; /* the one global of a plugin, set by init */
extern const trawl_derived example_derived[1];

#endif
