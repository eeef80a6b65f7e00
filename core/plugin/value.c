/* One word as a value of an argument: parsed by kind, checked against range and choices.
 * Must not know lines, tables or what is registered. */
#include "core/plugin/value.h"

#include <math.h>
#include <stdio.h>

#include "core/base/text.h"

size_t tw_value_size(trawl_arg_kind kind)
{
    switch (kind) {
    case TRAWL_ARG_FLAG:
        return sizeof(uint8_t);
    case TRAWL_ARG_U64:
    case TRAWL_ARG_SIZE:
    case TRAWL_ARG_STREAM:
        return sizeof(uint64_t);
    case TRAWL_ARG_I64:
    case TRAWL_ARG_SPAN:
    case TRAWL_ARG_TIME:
        return sizeof(int64_t);
    case TRAWL_ARG_F64:
        return sizeof(double);
    default:
        return tw_value_is_text(kind) ? sizeof(const char *) : 0;
    }
}

bool tw_value_is_text(trawl_arg_kind kind)
{
    switch (kind) {
    case TRAWL_ARG_STRING:
    case TRAWL_ARG_CHOICE:
    case TRAWL_ARG_COLUMN:
    case TRAWL_ARG_SORT:
    case TRAWL_ARG_FIELD:
    case TRAWL_ARG_EXPR:
    case TRAWL_ARG_FILE:
    case TRAWL_ARG_CAPTURE:
    case TRAWL_ARG_TABLE:
    case TRAWL_ARG_COMMAND:
    case TRAWL_ARG_PLUGIN:
    case TRAWL_ARG_SETTING:
    case TRAWL_ARG_AGGREGATE:
    case TRAWL_ARG_METRIC:
        return true;
    default:
        return false;
    }
}

bool tw_value_is_number(trawl_arg_kind kind)
{
    return kind != TRAWL_ARG_FLAG && !tw_value_is_text(kind);
}

const char *tw_value_meta(const trawl_arg *arg)
{
    static const char *const metas[] = {
        [TRAWL_ARG_U64] = "N",           [TRAWL_ARG_I64] = "N",
        [TRAWL_ARG_F64] = "X",           [TRAWL_ARG_SIZE] = "SIZE",
        [TRAWL_ARG_SPAN] = "DURATION",   [TRAWL_ARG_TIME] = "TIME",
        [TRAWL_ARG_STRING] = "TEXT",     [TRAWL_ARG_CHOICE] = "WORD",
        [TRAWL_ARG_COLUMN] = "COL",      [TRAWL_ARG_SORT] = "COL",
        [TRAWL_ARG_FIELD] = "FIELD",     [TRAWL_ARG_EXPR] = "EXPR",
        [TRAWL_ARG_FILE] = "FILE",       [TRAWL_ARG_CAPTURE] = "CAPTURE",
        [TRAWL_ARG_TABLE] = "TABLE",     [TRAWL_ARG_STREAM] = "STREAM",
        [TRAWL_ARG_COMMAND] = "COMMAND", [TRAWL_ARG_PLUGIN] = "PLUGIN",
        [TRAWL_ARG_SETTING] = "SETTING", [TRAWL_ARG_AGGREGATE] = "AGGREGATE",
        [TRAWL_ARG_METRIC] = "METRIC",
    };

    if (arg->meta)
        return arg->meta;
    if ((size_t)arg->kind < TW_COUNT(metas) && metas[arg->kind])
        return metas[arg->kind];
    return "VALUE";
}

void tw_arg_shown(const trawl_arg *arg, char ret[TW_ARG_NAME])
{
    snprintf(ret, TW_ARG_NAME, "%s%s", arg->flags & TRAWL_ARG_POSITIONAL ? "" : "--", arg->name);
}

static int parse_number(trawl_arg_kind kind, const char *text, void *out)
{
    size_t n = strlen(text);

    switch (kind) {
    case TRAWL_ARG_U64:
    case TRAWL_ARG_STREAM:
        return tw_parse_u64(text, n, out);
    case TRAWL_ARG_I64:
        return tw_parse_i64(text, n, out);
    case TRAWL_ARG_F64:
        return tw_parse_f64(text, n, out);
    case TRAWL_ARG_SIZE:
        return tw_parse_size(text, n, out);
    case TRAWL_ARG_SPAN:
        return tw_parse_span(text, n, out);
    default:
        return tw_parse_time(text, n, out);
    }
}

/* -1, 0, 1 as a is below, equal to, above b. NaN is above all. */
static int compare(trawl_arg_kind kind, const void *a, const void *b)
{
    if (kind == TRAWL_ARG_F64) {
        double x, y;

        memcpy(&x, a, sizeof(x));
        memcpy(&y, b, sizeof(y));
        return isnan(x) || x > y ? 1 : x < y ? -1 : 0;
    }
    if (kind == TRAWL_ARG_I64 || kind == TRAWL_ARG_SPAN || kind == TRAWL_ARG_TIME) {
        int64_t x, y;

        memcpy(&x, a, sizeof(x));
        memcpy(&y, b, sizeof(y));
        return x < y ? -1 : x > y;
    }
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x < y ? -1 : x > y;
}

/* Is a value one that the argument's own bounds let through? */
static bool is_within(const trawl_arg *arg, const char *text)
{
    uint64_t value, limit; /* room for each kind of number */

    return parse_number(arg->kind, text, &value) == TRAWL_OK &&
           (!arg->min || parse_number(arg->kind, arg->min, &limit) != TRAWL_OK ||
            compare(arg->kind, &value, &limit) >= 0) &&
           (!arg->max || parse_number(arg->kind, arg->max, &limit) != TRAWL_OK ||
            compare(arg->kind, &value, &limit) <= 0);
}

/* "Give a whole number of rows, for example 10." */
static void hint_value(const trawl_arg *arg, trawl_error *err)
{
    static const struct {
        const char *what, *example;
    } words[] = {
        [TRAWL_ARG_U64] = {"a whole number", "10"},
        [TRAWL_ARG_I64] = {"a whole number", "-1"},
        [TRAWL_ARG_F64] = {"a number", "0.5"},
        [TRAWL_ARG_SIZE] = {"a size", "64k or 4MiB"},
        [TRAWL_ARG_SPAN] = {"a duration", "5ms or 1.5s"},
        [TRAWL_ARG_TIME] = {"a time as ISO 8601 or epoch seconds", "2026-01-31T12:00:00Z"},
        [TRAWL_ARG_STREAM] = {"a number as the first column of a listing shows it", "0"},
    };
    const char *example = arg->def && *arg->def ? arg->def : words[arg->kind].example;
    const char *limit = arg->min ? arg->min : arg->max;
    bool is_count = arg->unit && (arg->kind == TRAWL_ARG_U64 || arg->kind == TRAWL_ARG_I64 ||
                                  arg->kind == TRAWL_ARG_F64);

    if (limit && !is_within(arg, example))
        example = limit;
    tw_error_hint(err, "Give %s%s%s, for example %s.", words[arg->kind].what,
                  is_count ? (arg->kind == TRAWL_ARG_F64 ? " in " : " of ") : "",
                  is_count ? arg->unit : "", example);
}

static int fail_number(const trawl_arg *arg, const char *text, trawl_error *err)
{
    static const char *const what[] = {
        [TRAWL_ARG_U64] = "a number",    [TRAWL_ARG_I64] = "a number",
        [TRAWL_ARG_F64] = "a number",    [TRAWL_ARG_SIZE] = "a size",
        [TRAWL_ARG_SPAN] = "a duration", [TRAWL_ARG_TIME] = "a time",
        [TRAWL_ARG_STREAM] = "a number",
    };
    char name[TW_ARG_NAME];
    double number;
    int rc;

    tw_arg_shown(arg, name);
    if (arg->kind <= TRAWL_ARG_I64 || arg->kind == TRAWL_ARG_STREAM) {
        bool is_number = tw_parse_f64(text, strlen(text), &number) == TRAWL_OK && isfinite(number);
        const char *why = !is_number                                 ? "not a number"
                          : arg->kind != TRAWL_ARG_I64 && number < 0 ? "negative"
                          : number >= 0x1p63 || number < -0x1p63     ? "too large"
                                                                     : "not a whole number";
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' is %s", text, name, why);
    } else {
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' is not %s", text, name,
                     what[arg->kind]);
    }
    hint_value(arg, err);
    return rc;
}

static int parse_checked(const trawl_arg *arg, const char *text, void *out, trawl_error *err)
{
    uint64_t value, limit; /* room for each kind of number */
    char name[TW_ARG_NAME];
    int rc;

    if (parse_number(arg->kind, text, &value) != TRAWL_OK)
        return fail_number(arg, text, err);
    tw_arg_shown(arg, name);
    if (arg->min && parse_number(arg->kind, arg->min, &limit) == TRAWL_OK &&
        compare(arg->kind, &value, &limit) < 0) {
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' is below %s", text, name, arg->min);
        hint_value(arg, err);
        return rc;
    }
    if (arg->max && parse_number(arg->kind, arg->max, &limit) == TRAWL_OK &&
        compare(arg->kind, &value, &limit) > 0) {
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' is above %s", text, name, arg->max);
        hint_value(arg, err);
        return rc;
    }
    memcpy(out, &value, sizeof(value));
    return TRAWL_OK;
}

static int parse_choice(const trawl_arg *arg, const char *text, void *out, trawl_error *err)
{
    struct tw_buffer all = TW_BUFFER_INIT;
    const char *near;
    char name[TW_ARG_NAME];
    size_t n = 0;
    int rc;

    for (; arg->choices && arg->choices[n]; n++) {
        if (strcasecmp(arg->choices[n], text) == 0) { /* Client, as mptcpanalyzer has it */
            memcpy(out, &arg->choices[n], sizeof(char *));
            tw_buffer_fini(&all);
            return TRAWL_OK;
        }
    }
    for (size_t i = 0; i < n; i++)
        tw_buffer_printf(&all, "%s%s", i ? ", " : "", arg->choices[i]);
    tw_arg_shown(arg, name);
    if (n == 1)
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' can only be '%s'", text, name,
                     arg->choices[0]);
    else
        rc = tw_fail(err, TRAWL_E_USAGE, "argument '%s' of '%s' is not one of %s", text, name,
                     all.data ? all.data : "its choices");
    near = n > 1 ? tw_nearest(text, arg->choices, n) : NULL;
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    tw_buffer_fini(&all);
    return rc;
}

int tw_value_parse(const trawl_arg *arg, const char *text, void *out, trawl_error *err)
{
    if (arg->kind == TRAWL_ARG_FLAG) {
        uint8_t on = 1;

        memcpy(out, &on, 1);
        return TRAWL_OK;
    }
    if (arg->kind == TRAWL_ARG_CHOICE)
        return parse_choice(arg, text, out, err);
    if (tw_value_is_text(arg->kind)) {
        memcpy(out, &text, sizeof(text));
        return TRAWL_OK;
    }
    return parse_checked(arg, text, out, err);
}
