/* Rows of tsv and fsdb: most of what a pipe gets, so it copies what it can.
 * Must not know what is quoted where. */
#include "shell/export.h"

/* Texts of cells that were written lately: tables that were sorted or counted have the same few
 * numbers again and again. Their places are those in the output. */
enum { N_KNOWN = 16, N_FAST = 32, BLOCK_ROWS = 64 };
struct known {
    uint64_t bits;
    size_t at;
    uint32_t n; /* 0: none yet */
};

/* How cells of a column are written. */
enum kind {
    CELLS_WIDE, /* 8 bytes each: from the block */
    CELLS_CODE, /* texts that were made ahead */
    CELLS_ANY
};

/* Columns begin at like addresses, so that the same rows of many take each other's place in the
 * processor's caches: some rows at a time are copied here. */
struct block {
    enum kind kinds[N_FAST];
    struct known known[N_FAST][N_KNOWN];
    uint64_t cells[N_FAST][BLOCK_ROWS];
};

/* Both have TW_EXPORT_SLACK bytes; two moves are less than a call. */
static inline char *copy_short(char *to, const char *from, size_t n)
{
    char half[32];

    memcpy(half, from, 32);
    memcpy(to, half, 32);
    if (n > 32) {
        memcpy(half, from + 32, 32);
        memcpy(to + 32, half, 32);
    }
    return to + n;
}

static inline char *put_wide(const struct tw_export *e, const struct tw_export_column *c,
                             const uint64_t *cell, struct known *known, const char *start, char *p)
{
    struct known *k = &known[*cell * UINT64_C(0x9e3779b97f4a7c15) >> 60];

    if (k->n && k->bits == *cell)
        return copy_short(p, start + k->at, k->n);
    *k = (struct known){*cell, (size_t)(p - start), (uint32_t)tw_export_value(e, c, cell, 0, p)};
    return p + k->n;
}

static enum kind kind_of(const struct tw_export_column *c)
{
    if (c->column->is_list)
        return CELLS_ANY;
    if (tw_type_size(c->column->type) == 8)
        return CELLS_WIDE;
    return c->ends && c->column->type != TRAWL_IP ? CELLS_CODE : CELLS_ANY;
}

static void read_block(const struct tw_export *e, uint64_t first, uint64_t n, struct block *block)
{
    for (size_t i = 0; i < TW_MIN(e->n_columns, (size_t)N_FAST); i++) {
        if (block->kinds[i] == CELLS_WIDE)
            memcpy(block->cells[i], e->columns[i].column->data.base + first * 8, (size_t)n * 8);
    }
}

/* What a row takes at most, but for the texts that are not short. */
static inline bool row_room(const struct tw_export *e, struct tw_buffer *out)
{
    return tw_export_room(out, e->n_columns * (TW_TEXT_MAX + 1) + 2 * TW_EXPORT_SLACK);
}

/* A text that is made ahead, or any cell, behind p; what is left of the row has room again. */
static char *put_long(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                      struct tw_buffer *out, char *p)
{
    out->len = (size_t)(p - out->data);
    tw_export_cell(e, c, row, out);
    return row_room(e, out) ? out->data + out->len : NULL;
}

static char *put_code(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                      struct tw_buffer *out, char *p)
{
    const uint32_t code = ((const uint32_t *)(const void *)c->column->data.base)[row];
    const uint64_t n = c->ends[code + 1] - c->ends[code];

    if (n > TW_EXPORT_SLACK)
        return put_long(e, c, row, out, p);
    return copy_short(p, c->texts + c->ends[code], (size_t)n);
}

/* A row's end; NULL: no memory. */
static char *put_row(const struct tw_export *e, uint64_t row, uint64_t k, char separator,
                     struct block *block, struct tw_buffer *out)
{
    char *p = row_room(e, out) ? out->data + out->len : NULL;

    for (size_t i = 0; p && i < e->n_columns; i++) {
        const struct tw_export_column *c = &e->columns[i];
        const enum kind kind = i < N_FAST ? block->kinds[i] : CELLS_ANY;

        if (i)
            *p++ = separator;
        if (kind == CELLS_ANY)
            p = put_long(e, c, row, out, p);
        else if (c->has_nulls && !tw_column_has(c->column, row))
            continue;
        else if (kind == CELLS_WIDE)
            p = put_wide(e, c, &block->cells[i][k], block->known[i], out->data, p);
        else
            p = put_code(e, c, row, out, p);
    }
    return p;
}

void tw_export_delimited(const struct tw_export *e, uint64_t first, uint64_t n, char separator,
                         struct tw_buffer *out)
{
    struct block block;

    memset(block.known, 0, sizeof(block.known));
    for (size_t i = 0; i < TW_MIN(e->n_columns, (size_t)N_FAST); i++)
        block.kinds[i] = kind_of(&e->columns[i]);
    for (uint64_t row = first; row < first + n; row++) {
        const uint64_t k = (row - first) % BLOCK_ROWS;
        char *p;

        if (k == 0)
            read_block(e, row, TW_MIN(first + n - row, (uint64_t)BLOCK_ROWS), &block);
        p = put_row(e, row, k, separator, &block, out);
        if (!p)
            return; /* the buffer has failed */
        *p++ = '\n';
        out->len = (size_t)(p - out->data);
    }
}
