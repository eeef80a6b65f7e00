/* What a connection transferred, as a table. Knows nothing of arguments. */
#ifndef CONN_SUMMARY_H
#define CONN_SUMMARY_H

#include "conn.h"

/** Rows of one connection. @param towards  "client" or "server": that direction alone; NULL: both
 */
int conn_summary(trawl_call *call, trawl_capture *capture, uint64_t id, const char *towards,
                 trawl_table **ret, trawl_error *err);

#endif
