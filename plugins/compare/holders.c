/* Finds the packets that hold a value, as the expression language finds it. Knows nothing of what
 * is counted in them. */
#include "holders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "names.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not find packets: no memory");
}

/* ---- the value as an expression ---- */

static int is_no_value(const struct holding *how, trawl_error *err)
{
    int rc = host->fail(err, TRAWL_E_USAGE, "'%s' is no value of '%s'", how->value, how->field);

    host->hint(err, "'dissect --fields %s' lists its values.", how->field);
    return rc;
}

static int hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* How many bytes of the text are one byte as it is written out: `\x1b`, `\\`, the sign for zero;
 * 0: it stands for itself. */
static size_t written_out(const char *text, unsigned char *ret)
{
    if (memcmp(text, "\xe2\x90\x80", strnlen(text, 3)) == 0 && strnlen(text, 3) == 3) {
        *ret = 0;
        return 3;
    }
    if (text[0] != '\\')
        return 0;
    if (text[1] == 'x' && hex_digit(text[2]) && hex_digit(text[3])) {
        *ret = (unsigned char)strtoul((char[]){text[2], text[3], 0}, NULL, 16);
        return 4;
    }
    *ret = '\\';
    return text[1] == '\\' ? 2 : 0;
}

/* A string literal with whatever bytes; is_output: the text is as commands write it. */
static char *quoted(trawl_call *call, const char *text, int is_output)
{
    size_t n = strlen(text), at = 0;
    char *ret = host->call_alloc(call, n * 4 + 3);

    if (!ret)
        return NULL;
    ret[at++] = '"';
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i], byte;
        const size_t n_written = is_output ? written_out(text + i, &byte) : 0;

        if (n_written) {
            at += (size_t)snprintf(ret + at, 5, "\\x%02x", byte);
            i += n_written - 1;
        } else if (c < 0x20 || c == '"' || c == '\\') {
            at += (size_t)snprintf(ret + at, 5, "\\x%02x", c);
        } else {
            ret[at++] = (char)c;
        }
    }
    ret[at++] = '"';
    ret[at] = 0;
    return ret;
}

/* "020405", "0x020405" and "02:04:05" as a string literal; NULL: no bytes. */
static char *bytes_literal(trawl_call *call, const char *text)
{
    size_t at = 0;
    char *ret;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    ret = host->call_alloc(call, strlen(text) * 2 + 3);
    if (!ret)
        return NULL;
    ret[at++] = '"';
    while (*text) {
        if (!hex_digit(text[0]) || !hex_digit(text[1]))
            return NULL;
        memcpy(ret + at, (char[]){'\\', 'x', text[0], text[1]}, 4);
        at += 4;
        text += 2;
        text += *text == ':' && text[1];
    }
    ret[at++] = '"';
    ret[at] = 0;
    return ret;
}

/* "53 (domain)", "53" and "domain" as a number; NULL: no number. */
static const char *number_literal(trawl_call *call, const char *field, const char *text)
{
    const char *end = strstr(text, " (");
    size_t n = end ? (size_t)(end - text) : strlen(text);
    char *ret = host->call_alloc(call, n + 32);
    uint32_t number;

    if (!ret)
        return NULL;
    if (!end && names_number(names_of_field(field), text, &number) == 0) {
        snprintf(ret, 32, "%u", number);
        return ret;
    }
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!digit && !(letter && i) && c != '.' && !(c == '-' && !i))
            return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? text : NULL;
    }
    memcpy(ret, text, n);
    ret[n] = 0;
    return n ? ret : NULL;
}

static int expression_of(trawl_call *call, const struct holding *how, const trawl_column *column,
                         const char **ret, trawl_error *err)
{
    const char *literal, *other = NULL;
    char *text;
    size_t n;

    switch (column->type) {
    case TRAWL_STRING:
        literal = quoted(call, how->value, 1);
        other = quoted(call, how->value, 0);
        break;
    case TRAWL_IP:
    case TRAWL_MAC:
    case TRAWL_TIME:
        literal = quoted(call, how->value, 0);
        break;
    case TRAWL_BYTES:
        literal = bytes_literal(call, how->value);
        break;
    default:
        literal = number_literal(call, how->field, how->value);
        break;
    }
    if (!literal)
        return is_no_value(how, err);
    other = other ? other : literal;
    n = 2 * strlen(how->field) + strlen(literal) + strlen(other) + 24;
    text = host->call_alloc(call, n);
    if (!text)
        return no_memory(err);
    if (strcmp(literal, other) == 0)
        snprintf(text, n, "`%s` == %s", how->field, literal);
    else
        snprintf(text, n, "`%s` == %s or `%s` == %s", how->field, literal, how->field, other);
    *ret = text;
    return TRAWL_OK;
}

/* ---- rows ---- */

struct finding {
    trawl_call *call;
    const struct holding *how;
    struct sample *sample;
};

static int64_t bin_of(int64_t time, int64_t step)
{
    return time / step - (time % step < 0);
}

/* Side of each row: 0, 1, or none of the two. */
static int side_of(const struct holding *how, size_t i_source, const trawl_view *time, uint64_t row)
{
    const int64_t times[MOST_SIDES] = {how->left_ns, how->right_ns};
    const int own = i_source >= how->n_left;
    int64_t bin;

    if (how->each ? !times[own] : !how->left_ns && !how->right_ns)
        return own;
    if (!trawl_view_has(time, row))
        return -1;
    bin = bin_of(((const int64_t *)time->data)[row], how->bin_ns);
    if (how->each)
        return bin == bin_of(times[own], how->bin_ns) ? own : -1;
    for (int s = 0; s < MOST_SIDES; s++) {
        if (bin == bin_of(times[s], how->bin_ns))
            return s;
    }
    return -1;
}

static int find_in(struct finding *f, size_t i_source, int among_all, uint64_t *counts,
                   trawl_error *err)
{
    struct source *s = &f->sample->sources[i_source];
    const trawl_schema *schema = host->schema_of(s->table);
    int64_t at = host->schema_find(schema, f->how->field);
    trawl_view value = {.size = sizeof(value)}, is = {.size = sizeof(is)};
    trawl_view time = {.size = sizeof(time)};
    trawl_table *table = NULL;
    trawl_expr *expr = NULL;
    const char *text = NULL;
    int rc;

    if (at < 0)
        return host->schema_fail_column(schema, f->how->field, err);
    rc = expression_of(f->call, f->how, host->schema_column(schema, (size_t)at), &text, err);
    if (rc == TRAWL_OK && host->expr_compile(f->call, text, schema, &expr, err) != TRAWL_OK)
        rc = is_no_value(f->how, err);
    if (rc == TRAWL_OK)
        rc = host->view(f->call, s->table, (size_t)at, &value, err);
    if (rc == TRAWL_OK && (f->how->left_ns || f->how->right_ns))
        rc = host->view_named(f->call, s->table, "frame.time_epoch", &time, err);
    if (rc == TRAWL_OK)
        rc = host->expr_column(f->call, expr, s->table, "holds", &table, err);
    if (rc == TRAWL_OK)
        rc = host->view(f->call, table, 0, &is, err);
    if (rc == TRAWL_OK && !s->slot_of_row) {
        s->slot_of_row = host->alloc((size_t)(s->n_rows + 1) * sizeof(*s->slot_of_row));
        rc = s->slot_of_row ? TRAWL_OK : no_memory(err);
    }
    for (uint64_t row = 0; row < s->n_rows && rc == TRAWL_OK; row++) {
        int holds = trawl_view_has(&is, row) && trawl_view_u64(&is, row);
        int side = holds || among_all || trawl_view_has(&value, row)
                       ? side_of(f->how, i_source, &time, row)
                       : -1;

        s->slot_of_row[row] = side < 0
                                  ? UINT32_MAX
                                  : (uint32_t)side * SLOTS_OF_SIDE + (holds ? HOLDERS : OTHERS);
        if (side >= 0)
            counts[s->slot_of_row[row]]++;
    }
    host->release(table);
    return rc;
}

static int find(struct finding *f, int among_all, struct holders *ret, trawl_error *err)
{
    uint64_t counts[MOST_SIDES * SLOTS_OF_SIDE] = {0};
    int rc = TRAWL_OK;

    for (size_t i = 0; i < f->sample->n_sources && rc == TRAWL_OK; i++)
        rc = find_in(f, i, among_all, counts, err);
    for (size_t s = 0; s < f->how->n_sides; s++)
        ret->sides[s] = (struct company_side){counts[s * SLOTS_OF_SIDE + HOLDERS],
                                              counts[s * SLOTS_OF_SIDE + OTHERS]};
    return rc;
}

int holders_find(trawl_call *call, const struct holding *how, struct sample *sample,
                 struct holders *ret, trawl_error *err)
{
    struct finding f = {call, how, sample};
    size_t n_slots = how->n_sides * SLOTS_OF_SIDE;
    int rc;

    *ret = (struct holders){.n_sides = how->n_sides};
    rc = find(&f, how->among_all, ret, err);
    if (rc == TRAWL_OK && !ret->sides[0].held && !ret->sides[1].held) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no packet has '%s' with the value '%s'",
                        how->field, how->value);
        host->hint(err, "'dissect --fields %s' lists its values.", how->field);
    }
    if (rc == TRAWL_OK && !how->among_all && !ret->sides[0].others && !ret->sides[1].others) {
        rc = find(&f, 1, ret, err);
        host->log(1,
                  ret->sides[0].others || ret->sides[1].others
                      ? "no packet has another value of '%s': compared with all other packets"
                      : "every packet has this value of '%s': there is nothing to compare with",
                  how->field);
    }
    if (rc != TRAWL_OK)
        return rc;
    sample->slots = host->call_alloc(call, n_slots * sizeof(*sample->slots));
    if (!sample->slots)
        return no_memory(err);
    memset(sample->slots, 0, n_slots * sizeof(*sample->slots));
    sample->n_slots = n_slots;
    for (size_t s = 0; s < how->n_sides; s++) {
        sample->slots[s * SLOTS_OF_SIDE + HOLDERS].n_rows = ret->sides[s].held;
        sample->slots[s * SLOTS_OF_SIDE + OTHERS].n_rows = ret->sides[s].others;
    }
    return TRAWL_OK;
}

/* ---- the packets ---- */

int holders_packets(trawl_call *call, const struct sample *sample, const struct holders *holders,
                    const char *side, trawl_table **ret, trawl_error *err)
{
    int right = strcmp(side, "right") == 0 || (strcmp(side, "any") == 0 && holders->sides[1].held);
    uint32_t slot = right ? SLOTS_OF_SIDE + HOLDERS : HOLDERS;
    uint64_t n = holders->sides[right].held, at = 0;
    uint32_t *rows = host->call_alloc(call, (size_t)(n + 1) * sizeof(*rows));
    trawl_table *table = sample->sources[right ? sample->n_sources - 1 : 0].table;
    const struct source *of = NULL;

    if (!rows)
        return no_memory(err);
    if (right && holders->n_sides == 1)
        return host->fail(err, TRAWL_E_USAGE, "there is no right side: only one capture is named");
    for (size_t i = 0; i < sample->n_sources; i++) {
        const struct source *s = &sample->sources[i];

        for (uint64_t row = 0; row < s->n_rows; row++) {
            if (s->slot_of_row[row] != slot)
                continue;
            if (of && of != s)
                return host->fail(err, TRAWL_E_USAGE,
                                  "the packets are of several captures: name one");
            of = s;
            rows[at++] = (uint32_t)row;
        }
    }
    return host->gather(call, of ? of->table : table, rows, at, ret, err);
}

int holders_time(trawl_call *call, const struct sample *sample, uint64_t i_row, int64_t *ret,
                 int *ret_there, trawl_error *err)
{
    trawl_view time = {.size = sizeof(time)};
    const struct source *s = sample->sources;
    uint64_t row = i_row - 1;
    int rc;

    while (row >= s->n_rows) {
        row -= s->n_rows;
        s++;
    }
    *ret_there = 0;
    if (host->schema_find(host->schema_of(s->table), "frame.time_epoch") < 0)
        return TRAWL_OK;
    rc = host->view_named(call, s->table, "frame.time_epoch", &time, err);
    if (rc == TRAWL_OK && trawl_view_has(&time, row)) {
        *ret = ((const int64_t *)time.data)[row];
        *ret_there = 1;
    }
    return rc;
}
