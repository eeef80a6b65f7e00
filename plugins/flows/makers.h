/* Who made a device, by its link address: the IEEE's lists, as of the build.
 * Knows nothing of flows. */
#ifndef FLOWS_MAKERS_H
#define FLOWS_MAKERS_H

#include <stdint.h>

/** Name for an address (big-endian in the low 48 bits); NULL: not known. */
const char *makers_find(uint64_t mac);

#endif
