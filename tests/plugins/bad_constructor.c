/* A plugin that does work in a constructor, which shows whether it was loaded
 * (tests/plugins/layouts.py). Must not have a second fault. */
#include <unistd.h>

#include "bad.h"

__attribute__((constructor)) static void speak(void)
{
    static const char word[] = "CONSTRUCTOR RAN\n";

    if (write(2, word, sizeof(word) - 1) < 0)
        return;
}

static const trawl_command commands[] = {BAD_COMMAND("bad-constructor", run_fine)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_constructor",
    .version = "1",    .summary = "a plugin that works before it is asked",
    .licence = "MIT",  .commands = commands,
    .n_commands = 1,   .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
