/* What a stage of a pipeline is, between its binding and its run. Private to both. */
#ifndef TW_PLUGIN_STAGE_H
#define TW_PLUGIN_STAGE_H

#include "core/plugin/arguments.h"
#include "core/plugin/call.h"
#include "core/plugin/common.h"

struct tw_stage {
    struct tw_registry *registry;
    trawl_call call;
    const struct tw_command *command; /* NULL: a table or a variable */
    const char *name;                 /* as typed */
    const char *topic;                /* what help is asked for; NULL: none is */
    const char *table;                /* of a capture; NULL: a command or a variable */
    tw_table *variable;               /* retained */
    void *opts;
    struct tw_given *given;
    struct tw_table_values table_values;
    struct tw_listing_values listing;
    struct tw_common_values common_values;
    struct tw_common_options common;
    tw_schema *schema; /* owned; NULL: gives no table */
};

/** An error for a plugin whose function said it failed without saying why, or broke its word. */
int tw_stage_failed(const struct tw_stage *stage, int rc, trawl_error *err);

#endif
