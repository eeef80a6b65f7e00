/* Shared by the files of core/session that make the tables of TCP; nobody else includes it. */
#ifndef TW_SESSION_DETAIL_H
#define TW_SESSION_DETAIL_H

#include "core/session/own.h"
#include "core/track/detail.h"

/** The columns of `tcp` that are computed when somebody asks for one of them. */
const trawl_column *tw_tcp_late_list(size_t *ret_n);
/** A table of these, with the rows of `early`, which has the column "stream" first. */
int tw_tcp_late_columns(tw_capture *capture, tw_table *early, tw_table **ret, trawl_error *err);

/** The table `tcp_rtt`. */
const trawl_column *tw_tcp_rtt_list(size_t *ret_n);
int tw_tcp_build_rtt(tw_capture *capture, tw_table **ret, trawl_error *err);

/** The details of the connections, made once and kept with the capture. */
int tw_capture_details(tw_capture *capture, const struct tw_tcp_details **ret, trawl_error *err);
/** The packets' analysis, likewise. */
int tw_capture_analysis(tw_capture *capture, tw_table *packets, trawl_error *err);

#endif
