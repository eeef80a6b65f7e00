/* What the tables of the conn plugin share. Knows nothing of commands. */
#ifndef CONN_TABLES_H
#define CONN_TABLES_H

#include "conn.h"

/** A builder of a table with these columns; addresses are codes of the packets' ones. */
int conn_begin_table(trawl_table *packets, const trawl_column *columns, uint32_t n,
                     trawl_builder **ret, trawl_error *err);

int conn_build_mappings(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                        trawl_error *err);
int conn_build_acks(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err);
int conn_build_reinjections(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                            trawl_error *err);
int conn_build_events(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                      trawl_error *err);
/** "no MPTCP connection 'id'", with a hint; n: how many there are. */
int conn_no_connection(uint64_t id, size_t n, trawl_error *err);
int conn_build_violations(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                          trawl_error *err);

#endif
