/* The plugin's part, to be loaded before names are taken apart. Knows nothing of fields. */
#ifndef SUFFIX_LAZY_H
#define SUFFIX_LAZY_H

#include "trawl/plugin.h"

/** Before the functions of suffix.h, which are the part's. */
int suffix_load(const trawl_host *host, trawl_error *err);

#endif
