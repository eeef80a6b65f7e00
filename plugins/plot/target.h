/* Where a figure goes that is drawn into a file. */
#ifndef PLOT_TARGET_H
#define PLOT_TARGET_H

#include <stddef.h>

#include "trawl/plugin.h"

/** A file under construction; both texts are call memory. */
struct target {
    const char *path, *temporary;
    int leftover;
};
/** Choose the names, and refuse what cannot be replaced. */
int target_open(trawl_call *call, const char *path, struct target *ret, trawl_error *err);
/** Let the temporary file take its place, or remove it. */
int target_keep(const struct target *target, trawl_error *err);
void target_drop(const struct target *target);

/** Which program copies to the primary selection here; asked before the work. */
int primary_find(const char *output, size_t *ret_tool, trawl_error *err);
int primary_copy(size_t i_tool, const char *path, trawl_error *err);

#endif
