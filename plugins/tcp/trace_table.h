/* tcptrace's counters as tables. Knows nothing of commands. */
#ifndef TCP_TRACE_TABLE_H
#define TCP_TRACE_TABLE_H

#include "trace.h"

enum { TCP_N_TRACE_COLUMNS = 6 + N_COUNTERS };
/** Columns of the table `tcptrace`. */
extern const trawl_column tcp_trace_columns[TCP_N_TRACE_COLUMNS];

/** Columns of that table; of_one: those of the counters of one connection. NULL on failure. */
trawl_schema *tcp_trace_schema(int of_one, trawl_error *err);
int tcp_trace_build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err);
/** The counters of a connection, which is row i_row of `tcp`. */
int tcp_trace_one(trawl_call *call, trawl_capture *capture, uint64_t i_row, uint64_t stream,
                  trawl_table **ret, trawl_error *err);

#endif
