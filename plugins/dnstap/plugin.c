/* The dnstap plugin: what name servers log of their messages, as captures.
 * Knows the host only through its table of functions. */
#include "dnstap.h"

const trawl_host *host;

static int dnstap_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dnstap",
    .version = DNSTAP_VERSION,
    .summary = "dnstap, name servers' own log of their messages: files and sockets",
    .licence = "MIT",
    .commands = &dnstap_command,
    .n_commands = 1,
    .dissectors = &dnstap_dissector,
    .n_dissectors = 1,
    .readers = &dnstap_reader,
    .n_readers = 1,
    .init = dnstap_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
