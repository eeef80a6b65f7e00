/* A table made into text that a screen can leaf through. Knows nothing of screens. */
#include <stdio.h>
#include <string.h>

#include "../explore.h"

enum { CELL_ROOM = 400 };

static void free_page(struct shared *shared)
{
    struct page *p = (struct page *)(void *)shared;

    for (size_t i = 0; p->cells && i < (p->n_rows + 1) * p->n_columns; i++)
        host->free(p->cells[i]);
    host->free(p->cells);
}

static int is_number(trawl_type type)
{
    return type == TRAWL_U8 || type == TRAWL_U16 || type == TRAWL_U32 || type == TRAWL_U64 ||
           type == TRAWL_I64 || type == TRAWL_F64 || type == TRAWL_SPAN;
}

static int put_cell(struct page *p, size_t row, size_t column, const char *text, trawl_error *err)
{
    char escaped[CELL_ROOM];
    size_t n = host->escape(escaped, sizeof(escaped), text, strlen(text));
    unsigned width = host->text_width(escaped, n);
    char *copy = host->alloc(n + 1);

    if (!copy)
        return host->fail(err, TRAWL_E_NOMEM, "could not show the table: no memory");
    memcpy(copy, escaped, n + 1);
    p->cells[row * p->n_columns + column] = copy;
    if (width > p->widths[column])
        p->widths[column] = (uint16_t)width;
    return TRAWL_OK;
}

/* Text of a cell; a fraction with five digits, as that is enough to look at. */
static const char *text_of(trawl_call *call, trawl_table *table, size_t i_column,
                           const trawl_view *real, uint64_t row, char *own, size_t room,
                           trawl_error *err)
{
    if (!real->data)
        return host->cell_text(call, table, i_column, row, err);
    own[0] = '\0';
    if (trawl_view_has(real, row))
        snprintf(own, room, "%.5g", ((const double *)real->data)[row]);
    return own;
}

/* The columns that a listing would show. */
static size_t visible(const trawl_schema *schema, size_t *columns)
{
    size_t n = 0;

    for (size_t i = 0; i < host->schema_n(schema) && n < PAGE_COLUMNS; i++) {
        if (!(host->schema_column(schema, i)->flags & TRAWL_COLUMN_HIDDEN))
            columns[n++] = i;
    }
    return n;
}

static int fill(trawl_call *call, struct page *p, trawl_table *table, const size_t *columns,
                trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    int rc = TRAWL_OK;

    for (size_t c = 0; c < p->n_columns && rc == TRAWL_OK; c++) {
        const trawl_column *column = host->schema_column(schema, columns[c]);
        trawl_view real = {.size = sizeof(real)};

        p->right[c] = is_number(column->type) && !(column->flags & TRAWL_COLUMN_LIST);
        p->plain |= p->n_columns == 1 && column->flags & TRAWL_COLUMN_PLAIN;
        rc = put_cell(p, 0, c, column->name, err);
        if (rc == TRAWL_OK && column->type == TRAWL_F64 && !(column->flags & TRAWL_COLUMN_LIST))
            rc = host->view(call, table, columns[c], &real, err);
        for (size_t row = 0; row < p->n_rows && rc == TRAWL_OK; row++) {
            char own[32];
            const char *text = text_of(call, table, columns[c], &real, row, own, sizeof(own), err);

            if (row % 64 == 0 && host->cancelled(call))
                return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
            rc = text ? put_cell(p, row + 1, c, text, err) : TRAWL_E_NOMEM;
        }
    }
    return rc;
}

int page_make(trawl_call *call, trawl_table *table, const char *title, struct page **ret,
              trawl_error *err)
{
    struct page *p = host->alloc(sizeof(*p));
    size_t columns[PAGE_COLUMNS];
    trawl_table *first = NULL;
    int rc;

    if (!p)
        return host->fail(err, TRAWL_E_NOMEM, "could not show the table: no memory");
    p->shared.refs = 1;
    p->shared.free_it = free_page;
    host->escape(p->title, sizeof(p->title), title, strlen(title));
    p->n_all = host->n_rows(table);
    rc = host->slice(call, table, 0, p->n_all < PAGE_ROWS ? p->n_all : PAGE_ROWS, &first, err);
    if (rc == TRAWL_OK) {
        p->n_columns = visible(host->schema_of(first), columns);
        p->n_rows = (size_t)host->n_rows(first);
        p->cells = host->alloc(((p->n_rows + 1) * p->n_columns + 1) * sizeof(*p->cells));
        rc = p->cells ? fill(call, p, first, columns, err)
                      : host->fail(err, TRAWL_E_NOMEM, "could not show the table: no memory");
    }
    host->release(first);
    if (rc != TRAWL_OK) {
        free_page(&p->shared);
        host->free(p);
        return rc;
    }
    *ret = p;
    return TRAWL_OK;
}
