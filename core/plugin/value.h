/* One word as a value of an argument: parsed by kind, checked against range and choices.
 * Must not know lines, tables or what is registered. */
#ifndef TW_PLUGIN_VALUE_H
#define TW_PLUGIN_VALUE_H

#include "core/base/memory.h"
#include "trawl/plugin.h"

/** Bytes that one value of a kind takes in an options struct; 0: no such kind. */
size_t tw_value_size(trawl_arg_kind kind);
/** The kind's value is text (a const char *). */
bool tw_value_is_text(trawl_arg_kind kind);
/** The kind's value is a number, a size, a duration or a time: "-5" is a value, not an option. */
bool tw_value_is_number(trawl_arg_kind kind);
/** What stands for the value in a usage line: the argument's meta, or a word for its kind. */
const char *tw_value_meta(const trawl_arg *arg);

/** Parse text into out (tw_value_size bytes; text kinds store the pointer). The names of columns,
 * fields, captures … are not looked up here. TRAWL_E_USAGE "argument 'ten' of '--count' is not a
 * number" with a hint, else. */
int tw_value_parse(const trawl_arg *arg, const char *text, void *out, trawl_error *err);

/** How messages name an argument: "--count" or, when positional, its name. Into ret[TW_ARG_NAME].
 */
enum { TW_ARG_NAME = 72 };
void tw_arg_shown(const trawl_arg *arg, char ret[TW_ARG_NAME]);

#endif
