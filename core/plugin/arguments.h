/* The words of a stage bound to options structs: options and positionals, defaults, and names
 * checked against what exists. Must not run anything. */
#ifndef TW_PLUGIN_ARGUMENTS_H
#define TW_PLUGIN_ARGUMENTS_H

#include "core/plugin/call.h"

/** Arguments that fill one options struct. */
struct tw_arg_set {
    const trawl_arg *args; /**< in the host's layout */
    size_t n;
    void *opts;        /**< zero-filled */
    bool is_unchecked; /**< names mean something that is not known yet: the result's columns */
};

/** A value that was typed. */
struct tw_given {
    struct tw_given *next;
    const trawl_arg *arg;
    const char *text; /**< as stored in the options */
    size_t start;     /**< of text in the line */
    size_t len;
};

struct tw_arguments {
    /* set by the caller */
    struct tw_registry *registry;
    struct tw_arena *arena; /**< of all values */
    const tw_schema *in;    /**< columns that names and expressions mean; NULL: those of packets */
    const char *line;
    const char *command;       /**< for messages */
    struct tw_arg_set sets[5]; /**< an option is looked for in this order */
    size_t n_sets;
    /* the result */
    struct tw_given *given; /**< last first */
};

/** Bind words[0..n), the command's own word not among them. */
int tw_arguments_bind(struct tw_arguments *arguments, const struct tw_word *words, size_t n,
                      trawl_error *err);
/** Check a name, a sort key, an aggregate or an expression against what exists. */
int tw_value_check(const struct tw_arguments *arguments, const trawl_arg *arg, const char *text,
                   trawl_error *err);
/** Fill err with "no X 'name'" and the nearest of the names as hint. Any name may be NULL. */
int tw_fail_name(trawl_error *err, int code, const char *what, const char *name,
                 const char *const *names, size_t n);
/** The user wrote an argument of this name. */
bool tw_stage_given(const struct tw_stage *stage, const char *name);
/** Where an argument's text, or a piece of it (compared by pointer), stands in the line; false when
 * text lies in no argument. */
bool tw_stage_find(const struct tw_stage *stage, const char *text, size_t *ret_start);
/** Move the place of an error from an argument's text, or a piece of it (compared by pointer), to
 * the line; false when text lies in no argument. */
bool tw_stage_place(const struct tw_stage *stage, const char *text, trawl_error *err);
/** Of the names that can start a pipeline the one that is likely meant; NULL: none is near. */
const char *tw_stage_nearest(const struct tw_registry *registry, const char *typed);

#endif
