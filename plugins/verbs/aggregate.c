/* Words like sum(bytes), read for group and bin. Must not know what they are used for. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const char *const list_hint =
    "The aggregates are count sum min max avg distinct p25 p50 p75 p90 p95 p99 stddev first last.";

static int declare(trawl_call *call, const trawl_schema *schema, const char *word,
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
            return verbs_fail_word(call, word, strlen(word),
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

int verbs_aggregate_parse(trawl_call *call, const trawl_schema *schema, const char *word,
                          struct verbs_aggregate *ret, trawl_error *err)
{
    const char *open = strchr(word, '('), *equals = strchr(word, '='), *function = word;
    size_t n = strlen(word);
    char *name = NULL, *copy;
    int rc;

    if (host->schema_find(schema, word) >= 0)
        return 0;
    if (equals && (!open || equals < open)) {
        function = equals + 1;
        name = verbs_copy(call, word, (size_t)(equals - word), err);
        if (!name)
            return TRAWL_E_NOMEM;
        if (!*name)
            return verbs_fail_word(call, word, n, NULL, err, "'%s' gives no name", word);
    }
    if (!open && !equals && strcmp(word, "count") != 0) {
        trawl_aggregate known;

        if (host->aggregate_find(word, &known) == TRAWL_OK) {
            char hint[80];

            (void)snprintf(hint, sizeof(hint), "Write it like %s(frame.len).", word);
            return verbs_fail_word(call, word, n, hint, err, "aggregate '%s' needs a column", word);
        }
        return 0;
    }
    copy = verbs_copy(call, function, open ? (size_t)(open - function) : strlen(function), err);
    if (!copy)
        return TRAWL_E_NOMEM;
    if (host->aggregate_find(copy, &ret->column.aggregate) != TRAWL_OK)
        return verbs_fail_word(call, function, strlen(copy), list_hint, err, "no aggregate '%s'",
                               copy);
    ret->column.i_column = NO_COLUMN;
    if (open) {
        if (word[n - 1] != ')')
            return verbs_fail_word(call, word, n, NULL, err, "'%s' does not end with ')'", word);
        if (ret->column.aggregate != TRAWL_AGG_COUNT ||
            (strcmp(open, "()") != 0 && strcmp(open, "(*)") != 0)) { /* as SQL counts rows */
            rc = verbs_column(call, schema, open + 1, (size_t)(word + n - 1 - (open + 1)),
                              &ret->column.i_column, err);
            if (rc)
                return rc;
        }
    } else if (ret->column.aggregate != TRAWL_AGG_COUNT) {
        return verbs_fail_word(call, word, n, NULL, err, "aggregate '%s' needs a column", copy);
    }
    return declare(call, schema, word, copy, name, ret, err);
}
