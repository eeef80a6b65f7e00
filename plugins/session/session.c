/* The session's own commands: load, save, captures, use, tables, fields, set, help, quit and kin.
 * Must not know how anything is stored or shown: the host has all of it. */
#include "session.h"

const trawl_host *host;

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

int no_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
              trawl_error *err)
{
    (void)call;
    (void)opts;
    (void)in;
    (void)err;
    *ret = NULL;
    return TRAWL_OK;
}

/* Filled on the first entry: descriptors of several files cannot be initialisers of one array. */
static trawl_command commands[19];

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "session",
    .version = "1.0",
    .summary = "load and save captures, list what there is, help, settings",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    const trawl_command *const all[TRAWL_COUNT(commands)] = {
        &load_command,     &save_command,       &unload_command,    &use_command,
        &captures_command, &interfaces_command, &tables_command,    &fields_command,
        &commands_command, &plugins_command,    &variables_command, &history_command,
        &set_command,      &plugin_command,     &help_command,      &quit_command,
        &cache_command,    &plots_command,      &metrics_command,
    };

    for (uint32_t i = 0; i < TRAWL_COUNT(commands); i++)
        commands[i] = *all[i];
    return &plugin;
}
