/* The open flows in order of last use, for `--capacity`: which one gives its place to another.
 * Knows nothing of keys or columns. */
#ifndef FLOWS_LRU_H
#define FLOWS_LRU_H

#include "flows.h"

/** Zero at first. */
struct lru {
    struct lru_link {
        uint32_t before, after; /**< FLOWS_NONE: none */
    } * links;                  /**< by number of flow */
    size_t capacity;
    uint32_t oldest, newest;
    uint64_t n_open;
    int64_t looked_ns; /**< when idle flows were looked for */
    int has_looked;
};

/** Flow i is new, the last used. @return 0: no memory */
int lru_add(struct lru *lru, uint32_t i);
/** Flow i, which is open, is the last used now. */
void lru_use(struct lru *lru, uint32_t i);
/** Flow i is open no more. */
void lru_remove(struct lru *lru, uint32_t i);
void lru_fini(struct lru *lru);

#endif
