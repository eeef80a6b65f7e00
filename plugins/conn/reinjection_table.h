/* Reinjections as tables. Knows nothing of arguments. */
#ifndef CONN_REINJECTION_TABLE_H
#define CONN_REINJECTION_TABLE_H

#include "conn.h"

/** What each subflow of a connection sends again of the others, a row for each side of it. */
int conn_sum_reinjections(trawl_call *call, trawl_capture *capture, uint64_t id, trawl_table **ret,
                          trawl_error *err);

#endif
