/* The plugin of the verbs: what works on any table. Must not know how they work. */
#include "verbs.h"

/* One array, as the descriptor wants it, of the commands that the files declare: C has no constant
 * expression for a copy of another object, so the entry makes the copies. */
static const trawl_command *const verbs[] = {
    &verb_where, &verb_select,   &verb_drop,  &verb_rename,   &verb_sort,
    &verb_head,  &verb_tail,     &verb_count, &verb_distinct, &verb_group,
    &verb_bin,   &verb_describe, &verb_join,  &verb_sample,
};
static trawl_command commands[TRAWL_COUNT(verbs)];

static int verbs_init(const trawl_host *h, trawl_error *err)
{
    (void)err;
    host = h;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "verbs",
    .version = "0.1.0",
    .summary = "choose, order, count, group and join the rows of any table",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(verbs),
    .init = verbs_init,
};

const trawl_plugin *trawl_plugin_entry(void)
{
    for (size_t i = 0; i < TRAWL_COUNT(verbs); i++)
        commands[i] = *verbs[i];
    return &plugin;
}
