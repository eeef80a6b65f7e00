/* Shared by the files of core/session; nobody else includes it. */
#ifndef TW_SESSION_INTERNAL_H
#define TW_SESSION_INTERNAL_H

#include "core/session/session.h"

/** Declare the fields that the session computes itself (frame.number, src, tcp.seq, …). */
int tw_packets_declare(struct tw_catalogue *catalogue, trawl_error *err);
/** Schema of `packets`: column i is catalogue field order[i]; both made together. */
int tw_packets_schema(struct tw_session *session, trawl_error *err);
/** The lazy `packets` table of a capture whose packets and conversations are there. */
int tw_packets_table(tw_capture *capture, tw_table **ret, trawl_error *err);

/** Counts its columns; the context is the capture. */
extern const struct tw_tally_way tw_packets_tally;

/** The session's own tables: registers tcp, tcp_rtt, udp, warnings (packets is the capture's). */
int tw_session_add_own_tables(tw_session *session, trawl_error *err);
int tw_session_add_tcp_tables(tw_session *session, trawl_error *err);
/** Before `warnings`: have the tables built that look for something to warn of, and the messages
 * read that nobody asked for. */
int tw_session_look_closer(tw_capture *capture, trawl_error *err);
int tw_session_add_own(tw_session *session, const char *name, const char *summary,
                       const trawl_column *columns, size_t n,
                       int (*build)(tw_capture *, tw_table **, trawl_error *), trawl_error *err);
/** A builder whose columns of addresses have that dictionary. NULL on failure. */
tw_builder *tw_session_builder(const tw_schema *schema, struct tw_dict *addresses,
                               trawl_error *err);
/** INT64_MIN is null. */
void tw_session_put_time(tw_builder *b, int64_t ns);

/** Globs and folders to files, in name order; *ret is an array of strings (tw_free all). */
int tw_expand_paths(const char *const *paths, size_t n, char ***ret, size_t *ret_n,
                    trawl_error *err);
/** A free capture name from a path: "a/before.pcap.xz" gives "before", then "before-2" … Names of
 * tables and commands are not free. */
char *tw_capture_name(tw_session *session, const char *path);

/** The lowest level of dissection (2, 3 or 10) that counts a field. */
unsigned tw_field_level(const tw_session *session, const char *name);

void tw_capture_free(tw_capture *capture);
/** What the packets ask the capture, and the table over them. */
int tw_capture_set_up(tw_capture *capture, trawl_error *err);
/** Forget the variables whose cells may still come from the capture's packets, with a word. */
void tw_session_drop_variables(const tw_capture *capture);
/** Forget all that was made of the packets so far: tables, messages, the analysis, presence. */
void tw_capture_drop_derived(tw_capture *capture);
/** Of these the analysis. */
void tw_capture_drop_analysis(tw_capture *capture);

/** Rows of the list "cache": the files of the disk cache, last used first. */
int tw_session_put_cache(const tw_session *session, tw_builder *b, trawl_error *err);

/** Build a schema from descriptors. NULL on failure. */
tw_schema *tw_schema_from(const trawl_column *columns, size_t n, trawl_error *err);

#endif
