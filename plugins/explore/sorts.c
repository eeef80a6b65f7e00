/* What differences can be sorted by. Knows nothing of them. */
#include "model.h"

const char *const sort_names[N_SORTS + 1] = {"delta%", "delta",  "left", "right",
                                             "total",  "effect", "q",    NULL};
