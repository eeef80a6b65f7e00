/* A few hundred flows on their way into columns, and how a cell gets its value. Only fill.c and
 * talk_fill.c include it. Knows nothing of how flows are found. */
#ifndef FLOWS_BATCH_H
#define FLOWS_BATCH_H

#include <string.h>

#include "fill.h"

/* CHUNK is a multiple of BATCH, which is one of 64: no word of validity is shared. */
enum { CHUNK = 1 << 14, BATCH = 256, FETCH_AHEAD = 16, N_KNOWN = 64 };

struct fill {
    const struct fill_source *from;
    trawl_builder *builder;
    const struct view_column *columns;
    size_t n_columns;
    uint64_t n;
    uint32_t expiry[N_EXPIRIES];    /* codes */
    uint32_t tunnel[UINT8_MAX + 1]; /* likewise; 0: it has no name */
    trawl_cells *cells;
};

/* The flows of a batch: numbers i to i + n of the order. */
struct batch {
    const struct fill *f;
    uint64_t i;
    unsigned n;
    uint32_t numbers[BATCH];
    struct flow flows[BATCH];
    uint8_t flipped[BATCH]; /* its source answers: the ends change places */
};

static inline void set_valid(const trawl_cells *cells, uint64_t i)
{
    if (cells->valid)
        cells->valid[i / 64] |= (uint64_t)1 << i % 64;
}

/* Number k of the batch gets a value in the cells of its type. */
static inline void put(const struct view_column *c, const trawl_cells *cells, uint64_t i,
                       uint64_t value)
{
    switch (c->column.type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
        ((uint8_t *)cells->data)[i] = (uint8_t)value;
        break;
    case TRAWL_U16:
        ((uint16_t *)cells->data)[i] = (uint16_t)value;
        break;
    case TRAWL_U32:
    case TRAWL_IP:
    case TRAWL_STRING:
        ((uint32_t *)cells->data)[i] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)cells->data)[i] = value;
        break;
    }
    set_valid(cells, i);
}

/* The part (or the end) of flow k that a column shows. */
static inline unsigned part_of(const struct batch *b, const struct view_column *c, unsigned k)
{
    return c->part && b->flipped[k] ? 3u - c->part : c->part;
}

static inline uint16_t port_of(const struct input *in, unsigned end, uint64_t row)
{
    return input_has_ports(input_proto(in, row))
               ? input_port(end == 1 ? &in->sport : &in->dport, row)
               : 0;
}

/* The code of a text is asked for once in a while, not for each row. */
struct known {
    struct {
        uint64_t key; /* + 1 */
        uint32_t code;
    } items[N_KNOWN];
};

static inline int code_of(const struct fill *f, size_t i_column, struct known *known, uint64_t key,
                          const char *text, uint32_t *ret, trawl_error *err)
{
    const size_t at = (size_t)(key * 0x9e3779b97f4a7c15u >> 58);
    int rc = TRAWL_OK;

    if (known->items[at].key != key + 1) {
        rc = host->builder_code(f->builder, i_column, text, strlen(text), &known->items[at].code,
                                err);
        known->items[at].key = rc == TRAWL_OK ? key + 1 : 0;
    }
    *ret = known->items[at].code;
    return rc;
}

/* The cells of a column of what Zeek says. */
int fill_talk(const struct batch *b, size_t i_column, trawl_error *err);

#endif
