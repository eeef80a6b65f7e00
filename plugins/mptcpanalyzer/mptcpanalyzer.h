/* What the files of the mptcpanalyzer plugin share: the table of packets under its names.
 * Knows nothing of files. */
#ifndef MPTCPANALYZER_H
#define MPTCPANALYZER_H

#include "trawl/plugin.h"

extern const trawl_host *host;
extern const trawl_command tocsv_command, dump_command, clean_pcap_command, clean_cache_command;

/** Which packets the view has. */
struct view_options {
    const char *capture;
    const uint64_t *tcp_stream, *mptcp_stream; /**< NULL: all */
    const trawl_words *destinations;           /**< "Client" and "Server"; none: both */
    int drop_syn;
};

/** The columns of the view: those whose fields are there. */
int view_schema(trawl_call *call, trawl_schema **ret, trawl_error *err);
/** The packets of TCP and MPTCP with these columns. */
int view_build(trawl_call *call, const struct view_options *options, trawl_table **ret,
               trawl_error *err);

#endif
