/* Rows of csv, tsv and fsdb: most of what pipes and files get, so it copies what it can.
 * Must not know what is quoted where. */
#include "shell/export.h"

/* Texts of cells that were written lately: tables that were sorted or counted have the same few
 * numbers again and again. They are kept here, since bytes that were written just now in small
 * pieces are slow to read again in large ones. */
enum { N_KNOWN = 16, KNOWN_MOST = 32, N_FAST = 32, BLOCK_ROWS = 64, TAIL_LEAST = 3 };
struct known {
    uint64_t bits;
    size_t n; /* 0: none yet */
    char text[KNOWN_MOST];
};

/* How cells of a column are written. */
enum kind {
    CELLS_WIDE,   /* 8 bytes each: from the block */
    CELLS_NARROW, /* numbers of fewer */
    CELLS_CODE,   /* texts that were made ahead */
    CELLS_IP,     /* these, but for IPv6, whose codes have more bits than places */
    CELLS_ANY
};

/* Columns begin at like addresses, so that the same rows of many take each other's place in the
 * processor's caches: some rows at a time are copied here. The last columns, where all are wide,
 * are a row's tail: a row whose tail has the cells of the one before has its text as well. */
struct block {
    enum kind kinds[N_FAST];
    struct known known[N_FAST][N_KNOWN];
    uint64_t cells[N_FAST][BLOCK_ROWS];
    uint64_t differs[BLOCK_ROWS]; /* not 0: a cell of the tail is another than in the row before */
    uint64_t changes;             /* bit k: one has a value and the other has none, or k is 0 */
    size_t i_tail;                /* its first column; no column: there is none */
    size_t tail_at, tail_n;       /* text of the last row's, in the buffer */
};

/* Both have TW_EXPORT_SLACK bytes; two moves are less than a call. */
static inline char *copy_short(char *to, const char *from, size_t n)
{
    memcpy(to, from, 32);
    if (n > 32)
        memcpy(to + 32, from + 32, 32);
    return to + n;
}

static inline char *put_wide(const struct tw_export *e, const struct tw_export_column *c,
                             const uint64_t *cell, struct known *known, char *p)
{
    struct known *k = &known[*cell * UINT64_C(0x9e3779b97f4a7c15) >> 60];
    size_t n;

    if (TW_LIKELY(k->n && k->bits == *cell)) {
        memcpy(p, k->text, KNOWN_MOST);
        return p + k->n;
    }
    n = tw_export_value(e, c, cell, 0, p);
    if (n <= KNOWN_MOST) {
        k->bits = *cell;
        k->n = n;
        memcpy(k->text, p, n);
    }
    return p + n;
}

static enum kind kind_of(const struct tw_export_column *c)
{
    if (c->column->is_list)
        return CELLS_ANY;
    if (!tw_type_is_coded(c->column->type))
        return tw_type_size(c->column->type) == 8 ? CELLS_WIDE : CELLS_NARROW;
    if (!c->ends)
        return CELLS_ANY;
    return c->column->type == TRAWL_IP ? CELLS_IP : CELLS_CODE;
}

static inline void copy_cells(uint64_t *to, const uint64_t *from, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        to[i] = from[i];
}

static void read_block(const struct tw_export *e, uint64_t first, uint64_t n, struct block *block)
{
    for (size_t i = 0; i < TW_MIN(e->n_columns, (size_t)N_FAST); i++) {
        const uint64_t *from = (const uint64_t *)(const void *)e->columns[i].column->data.base;

        if (block->kinds[i] != CELLS_WIDE)
            continue;
        if (n == BLOCK_ROWS) /* a number that the compiler knows */
            copy_cells(block->cells[i], from + first, BLOCK_ROWS);
        else
            copy_cells(block->cells[i], from + first, n);
    }
}

static size_t tail_of(const struct tw_export *e, const struct block *block)
{
    size_t i = e->n_columns;

    if (e->n_columns > N_FAST)
        return e->n_columns;
    while (i > 0 && block->kinds[i - 1] == CELLS_WIDE)
        i--;
    return e->n_columns - i < TAIL_LEAST ? e->n_columns : i;
}

/* Bit k: row first + k has a value; what is behind the n rows means nothing. */
static uint64_t values_of(const struct tw_column *column, uint64_t first, uint64_t n)
{
    const uint64_t *words = tw_column_bitmap(column);
    const unsigned shift = first % 64;
    uint64_t bits;

    if (!words)
        return UINT64_MAX;
    bits = words[first / 64] >> shift;
    if (shift && shift + n > 64)
        bits |= words[first / 64 + 1] << (64 - shift);
    return bits;
}

static void compare_tails(const struct tw_export *e, uint64_t first, uint64_t n,
                          struct block *block)
{
    block->changes = 1;
    memset(block->differs, 0, sizeof(block->differs));
    for (size_t i = block->i_tail; i < e->n_columns; i++) {
        const uint64_t *cells = block->cells[i];

        for (uint64_t k = 1; k < BLOCK_ROWS; k++) /* those behind the n rows mean nothing */
            block->differs[k] |= cells[k] ^ cells[k - 1];
        if (e->columns[i].has_nulls) {
            const uint64_t values = values_of(e->columns[i].column, first, n);

            block->changes |= values ^ values << 1;
        }
    }
}

static inline bool has_same_tail(const struct block *block, uint64_t k)
{
    return !block->differs[k] && !(block->changes >> k & 1);
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
    if (c->column->is_list && e->format->list)
        e->format->list(e, c, row, out);
    else
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

static inline bool is_v4(const struct tw_export_column *c, uint64_t row)
{
    return ((const uint32_t *)(const void *)c->column->data.base)[row] <= INT32_MAX;
}

/* A row's end; NULL: no memory. */
static char *put_row(const struct tw_export *e, uint64_t row, uint64_t k, char separator,
                     struct block *block, struct tw_buffer *out)
{
    char *p = row_room(e, out) ? out->data + out->len : NULL;
    size_t tail_at = 0;

    for (size_t i = 0; p && i < e->n_columns; i++) {
        const struct tw_export_column *c = &e->columns[i];
        const enum kind kind = i < N_FAST ? block->kinds[i] : CELLS_ANY;

        if (i == block->i_tail) {
            tail_at = (size_t)(p - out->data);
            if (has_same_tail(block, k)) {
                memcpy(p, out->data + block->tail_at, block->tail_n);
                p += block->tail_n;
                break;
            }
        }
        if (i)
            *p++ = separator;
        if (kind == CELLS_ANY)
            p = put_long(e, c, row, out, p);
        else if (c->has_nulls && !tw_column_has(c->column, row))
            continue;
        else if (kind == CELLS_WIDE)
            p = put_wide(e, c, &block->cells[i][k], block->known[i], p);
        else if (kind == CELLS_CODE || (kind == CELLS_IP && is_v4(c, row)))
            p = put_code(e, c, row, out, p);
        else if (kind == CELLS_NARROW)
            p += tw_export_value(e, c, c->column->data.base, row, p);
        else
            p = put_long(e, c, row, out, p);
    }
    if (p && block->i_tail < e->n_columns) {
        block->tail_n = (size_t)(p - out->data) - tail_at;
        block->tail_at = tail_at;
    }
    return p;
}

void tw_export_delimited(const struct tw_export *e, uint64_t first, uint64_t n, char separator,
                         struct tw_buffer *out)
{
    struct block block;

    memset(block.known, 0, sizeof(block.known));
    memset(block.cells, 0, sizeof(block.cells));
    for (size_t i = 0; i < TW_MIN(e->n_columns, (size_t)N_FAST); i++)
        block.kinds[i] = kind_of(&e->columns[i]);
    block.i_tail = tail_of(e, &block);
    for (uint64_t row = first; row < first + n; row++) {
        const uint64_t k = (row - first) % BLOCK_ROWS;
        char *p;

        if (k == 0) {
            const uint64_t some = TW_MIN(first + n - row, (uint64_t)BLOCK_ROWS);

            read_block(e, row, some, &block);
            if (block.i_tail < e->n_columns)
                compare_tails(e, row, some, &block);
        }
        p = put_row(e, row, k, separator, &block, out);
        if (!p)
            return; /* the buffer has failed */
        *p++ = '\n';
        out->len = (size_t)(p - out->data);
    }
}
