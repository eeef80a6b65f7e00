/* What the files of the conn plugin share. Knows nothing of how tables are shown. */
#ifndef CONN_CONN_H
#define CONN_CONN_H

#include "trawl/plugin.h"

extern const trawl_host *host;

extern const trawl_dissector conn_dissectors[];
extern const trawl_derived conn_derived[];
extern const trawl_table_def conn_tables[];
extern const trawl_command conn_commands[];
enum {
    CONN_N_DISSECTORS = 2,
    CONN_N_DERIVED = 1,
    CONN_N_TABLES = 7,
    CONN_N_COMMANDS = 4,
    CONN_N_MPTCP_COLUMNS = 23,
    CONN_N_SUBFLOW_COLUMNS = 28,
    CONN_N_MAPPING_COLUMNS = 20,
    CONN_N_ACK_COLUMNS = 10,
    CONN_N_VIOLATION_COLUMNS = 8,
    CONN_N_REINJECTION_COLUMNS = 12,
    CONN_N_REINJECTION_SUMS = 8,
    CONN_N_SUMMARY_COLUMNS = 13,
    CONN_N_EVENT_COLUMNS = 11
};

/** Columns of the tables, shared with the commands that give them. */
extern const trawl_column conn_mptcp_columns[];
extern const trawl_column conn_subflow_columns[];
extern const trawl_column conn_mapping_columns[];
extern const trawl_column conn_ack_columns[];
extern const trawl_column conn_violation_columns[];
extern const trawl_column conn_reinjection_columns[];
extern const trawl_column conn_reinjection_sums[];
extern const trawl_column conn_summary_columns[];
extern const trawl_column conn_event_columns[];

#endif
