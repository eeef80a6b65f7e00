/* What the files of this plugin share. Knows the host by its table of functions alone. */
#ifndef DNSTAP_H
#define DNSTAP_H

#include "decode.h"
#include "frames.h"
#include "trawl/plugin.h"

extern const trawl_host *host;

extern const trawl_reader dnstap_reader;
extern const trawl_dissector dnstap_dissector;
extern const trawl_command dnstap_command;

#endif
