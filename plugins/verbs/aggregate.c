/* Words like sum(bytes), read for group and bin. Must not know what they are used for. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const char *const list_hint =
    "The aggregates are count sum min max avg distinct p25 p50 p75 p90 p95 p99 stddev first last.";

static int declare(trawl_call *call, const trawl_schema *schema, struct verbs_piece word,
                   const char *function, const char *name, struct verbs_aggregate *a,
                   trawl_error *err)
{
    size_t i = a->column.i_column;
    const trawl_column *of = i == NO_COLUMN ? NULL : host->schema_column(schema, i);
    int counts = a->column.aggregate == TRAWL_AGG_COUNT ||
                 a->column.aggregate == TRAWL_AGG_DISTINCT;
    size_t n = strlen(function) + (of ? strlen(of->name) : 0) + 2;
    char *own;

    a->declared = (trawl_column)TRAWL_COLUMN(.type = TRAWL_U64, .help = "computed for each group");
    if (of) {
        a->declared.type = host->aggregate_type(a->column.aggregate, of->type);
        if (!a->declared.type)
            return verbs_fail_word(call, word.at, word.n,
                                   "Take count, distinct, first or last of it.", err,
                                   "cannot take '%s' of column '%s'", function, of->name);
        if (!counts) {
            a->declared.unit = of->unit;
            a->declared.flags = of->flags & (TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID);
        }
    }
    if (!name) {
        own = verbs_array(call, n, 1, err);
        if (!own)
            return TRAWL_E_NOMEM;
        (void)snprintf(own, n, "%s%s%s", function, of ? "_" : "", of ? of->name : "");
        name = own;
    }
    a->declared.name = a->column.name = name;
    return 1;
}

int verbs_aggregate_parse(trawl_call *call, const trawl_schema *schema, struct verbs_piece word,
                          struct verbs_aggregate *ret, trawl_error *err)
{
    const char *open = memchr(word.at, '(', word.n), *equals = memchr(word.at, '=', word.n);
    const char *end = word.at + word.n;
    char *text = verbs_copy(call, word.at, word.n, err), *name = NULL, *copy;
    struct verbs_piece function = word;

    if (!text)
        return TRAWL_E_NOMEM;
    if (host->schema_find(schema, text) >= 0)
        return 0;
    if (equals && (!open || equals < open)) {
        const struct verbs_piece left = verbs_piece(word.at, (size_t)(equals - word.at));

        function = verbs_piece(equals + 1, (size_t)(end - equals - 1));
        name = verbs_copy(call, left.at, left.n, err);
        if (!name)
            return TRAWL_E_NOMEM;
        if (!*name)
            return verbs_fail_word(call, word.at, word.n, NULL, err, "'%s' gives no name", text);
    }
    if (!open && !equals && strcmp(text, "count") != 0) {
        trawl_aggregate known;

        if (host->aggregate_find(text, &known) == TRAWL_OK) {
            char hint[80];

            (void)snprintf(hint, sizeof(hint), "Write it like %s(frame.len).", text);
            return verbs_fail_word(call, word.at, word.n, hint, err,
                                   "aggregate '%s' needs a column", text);
        }
        return 0;
    }
    if (open)
        function = verbs_piece(function.at, (size_t)(open - function.at));
    copy = verbs_copy(call, function.at, function.n, err);
    if (!copy)
        return TRAWL_E_NOMEM;
    if (host->aggregate_find(copy, &ret->column.aggregate) != TRAWL_OK)
        return verbs_fail_word(call, function.at, function.n, list_hint, err, "no aggregate '%s'",
                               copy);
    ret->column.i_column = NO_COLUMN;
    if (open) {
        struct verbs_piece of;

        if (end[-1] != ')')
            return verbs_fail_word(call, word.at, word.n, NULL, err, "'%s' does not end with ')'",
                                   text);
        of = verbs_piece(open + 1, (size_t)(end - open - 2));
        if (ret->column.aggregate != TRAWL_AGG_COUNT ||
            (of.n && (of.n > 1 || *of.at != '*'))) { /* count(*): as SQL counts rows */
            int rc = verbs_column(call, schema, of.at, of.n, &ret->column.i_column, err);

            if (rc)
                return rc;
        }
    } else if (ret->column.aggregate != TRAWL_AGG_COUNT) {
        return verbs_fail_word(call, word.at, word.n, NULL, err, "aggregate '%s' needs a column",
                               copy);
    }
    return declare(call, schema, word, copy, name, ret, err);
}
