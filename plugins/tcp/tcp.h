/* What the files of the tcp plugin share. Knows nothing of how tables are shown. */
#ifndef TCP_TCP_H
#define TCP_TCP_H

#include "trawl/plugin.h"

extern const trawl_host *host;

extern const trawl_command tcp_commands[];
enum { TCP_N_COMMANDS = 3 };

/** The row of the table `tcp` of a capture that has a stream. TRAWL_E_NOT_FOUND says so. */
int tcp_find(trawl_call *call, trawl_table *tcp, uint64_t stream, uint64_t *ret, trawl_error *err);

/** What the table `tcp` says of a connection, a row for each side. tcp NULL: only the columns, from
 * this schema. */
trawl_schema *tcp_sides_schema(const trawl_schema *tcp, trawl_error *err);
int tcp_sides(trawl_call *call, trawl_table *tcp, uint64_t row, trawl_table **ret,
              trawl_error *err);

/** What each side of a connection transferred, and how fast. */
extern const trawl_column tcp_summary_columns[];
enum { TCP_N_SUMMARY_COLUMNS = 14 };
int tcp_summary(trawl_call *call, trawl_capture *capture, trawl_table *tcp, uint64_t row,
                trawl_table **ret, trawl_error *err);

#endif
