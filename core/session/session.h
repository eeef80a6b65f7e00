/* What is loaded: captures by name, their tables and columns by name, computed on first ask and
 * kept; settings. Must not know plugins' files, command lines or terminals. */
#ifndef TW_SESSION_SESSION_H
#define TW_SESSION_SESSION_H

#include "core/cache/file.h"
#include "core/capture/input.h"
#include "core/dissect/catalogue.h"
#include "core/dissect/packets.h"
#include "core/expr/expr.h"
#include "core/track/conversation.h"
#include "trawl/plugin.h"

struct tw_session;

/** One loaded capture. */
enum { TW_N_PRESENCE = 15 }; /* kinds of rows that fields of the base columns have */

struct trawl_capture {
    struct tw_session *session;
    char *name;
    struct tw_input *input;
    struct tw_packets *packets;
    struct tw_conversations conversations;
    tw_table *packets_table;    /**< every catalogue field a column, lazily */
    struct tw_hashmap tables;   /**< name → tw_table *, those built so far */
    struct tw_hashmap messages; /**< dissector's name → struct tw_messages *, out of TCP, so far */
    struct tw_bits *presence[TW_N_PRESENCE]; /**< rows that several columns share, or NULL */
    struct tw_tcp_analysis *analysis;        /**< once a field of it was asked for, or NULL */
    struct tw_tcp_details *details;          /**< once a column of `tcp` needed it, or NULL */
    uint64_t n_damaged;                      /**< damage warnings of the input */
    char *bpf, *expr;                        /**< as loaded with, or NULL */
    struct tw_cache_file cache;              /**< what it was served from; zero: it was read */
    char *cache_key;                         /**< of its file in the cache; NULL: it is not there */
    uint64_t cache_hash;                     /**< in that file's name */
    uint32_t cache_flags;                    /**< TRAWL_LOAD_ bits it was loaded with */
    struct tw_growing *growing;              /**< of one that grows or grew, or NULL */
};
typedef struct trawl_capture tw_capture;

/** A table some plugin or the session provides. build runs with the call of the running command. */
struct tw_session_table {
    const char *name, *summary;
    const tw_schema *schema;    /**< without building it */
    const trawl_table_def *def; /**< plugin's, or NULL */
    int (*build)(tw_capture *capture, tw_table **ret,
                 trawl_error *err); /**< the session's own, or NULL */
    const char *plugin;
};

/** The disk cache as the shell sets it; strings are owned. */
struct tw_session_cache {
    char *folder;   /**< NULL: none */
    char *engine;   /**< tells programs apart that would not find the same in a capture */
    uint64_t limit; /**< bytes that the folder may hold */
    uint32_t flags; /**< TRAWL_LOAD_ bits for every load */
};

/** Captures grow between commands. */
struct tw_gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned held;         /**< a command runs: everything stands still */
    atomic_uint n_waiting; /**< commands that want to begin */
    pthread_mutex_t turn;  /**< of those who use tables: a command, or work beside commands */
};

/** Work beside commands for a capture that grows. */
struct tw_work {
    int (*step)(void *context, bool is_end, trawl_error *err); /**< again and again */
    void (*free)(void *context);
    void *context;
    uint32_t every_ms;     /**< or more seldom: it takes a tenth of the time at most */
    bool needs_tables;     /**< runs while no command does */
    const char *what_ends; /**< told of a step that failed, which is the last; constant */
};
struct tw_beside;

struct tw_session {
    struct tw_gate gate;
    struct tw_beside *beside; /**< work for captures that grow, or grew */
    struct tw_session_cache cache;
    struct tw_catalogue *catalogue;
    tw_schema *packets_schema;  /**< all catalogue fields; made when first needed: plugins that
                                     declare fields are registered before the first load */
    trawl_field *protocols;     /**< the boolean field of each protocol */
    uint32_t *packets_order;    /**< catalogue index of each of its columns */
    struct tw_hashmap captures; /**< name → tw_capture *, in order of loading */
    tw_capture *current;
    struct tw_hashmap tables;    /**< name → struct tw_session_table * */
    struct tw_hashmap derived;   /**< field name → const trawl_derived * */
    struct tw_hashmap variables; /**< "name" → tw_table *, kept with $name = … */
    bool quit;                   /**< somebody asked to leave */
    bool damaged;                /**< a damaged input was read: exit status 3 */
    /** Runs a plugin's build or compute with the running command's call; set by core/plugin. */
    int (*run_build)(void *context, const trawl_table_def *def, tw_capture *capture, tw_table **ret,
                     trawl_error *err);
    int (*run_compute)(void *context, const trawl_derived *derived, tw_capture *capture,
                       tw_table *packets, tw_table **ret, trawl_error *err);
    /** A command has this name; set by core/plugin. */
    bool (*is_command)(void *context, const char *name);
    void *run_context;
};
typedef struct tw_session tw_session;

tw_session *tw_session_new(trawl_error *err);
void tw_session_free(tw_session *session);
/** A capture grows, or did. */
bool tw_session_grows(const tw_session *session);

/** Load files (globs and folders expanded in name order). One capture a file, or one for all with
 * options->merge. On success ret_first is the index of the first new capture; the last loaded is
 * current. On failure nothing of this call is loaded and nothing loaded before is lost. */
int tw_session_load(tw_session *session, const trawl_load_options *options, size_t *ret_first,
                    trawl_error *err);
/** A command begins, and ends: in between captures stand still, with all that had arrived before.
 * May be nested. */
void tw_session_enter(tw_session *session);
void tw_session_leave(tw_session *session);
/** Begin to capture on an interface; the capture is the current one. */
int tw_session_live(tw_session *session, const trawl_live_options *options, size_t *ret_first,
                    trawl_error *err);
/** End a capture that grows; name NULL: the current one. What it has stays. */
int tw_session_stop(tw_session *session, const char *name, trawl_error *err);
/** Do the work until the capture grows no more, with the last step then; takes the context when it
 * succeeds. */
int tw_session_beside(tw_session *session, tw_capture *capture, const struct tw_work *work,
                      trawl_error *err);
/** The last step of a capture's works, or all captures' (NULL), now. The first error. */
int tw_session_beside_end(tw_session *session, const tw_capture *capture, trawl_error *err);
/** The same for all, and their threads end. Not during a command. */
void tw_session_beside_free(tw_session *session);

int tw_session_unload(tw_session *session, const char *name, trawl_error *err);
int tw_session_use(tw_session *session, const char *name, trawl_error *err);
/** By name, NULL: the current one; TRAWL_E_NOT_FOUND with a hint. */
int tw_session_capture(tw_session *session, const char *name, tw_capture **ret, trawl_error *err);

/** A table of a capture by name, built on first ask and kept; retained for the caller. */
int tw_session_table(tw_session *session, tw_capture *capture, const char *name, tw_table **ret,
                     trawl_error *err);
/** Schema of a table by name without building it; NULL when there is none. Borrowed. */
const tw_schema *tw_session_table_schema(tw_session *session, const char *name);
/** Register a plugin's table or derived fields (all or nothing); names taken are TRAWL_E_PLUGIN.
 * The descriptors are in the host's layout, and stay where they are. */
int tw_session_add_table(tw_session *session, const trawl_table_def *def, const char *plugin,
                         trawl_error *err);
int tw_session_add_derived(tw_session *session, const trawl_derived *derived, const char *plugin,
                           trawl_error *err);
/** Forget the columns of these derived fields in all captures: they are computed again. Only
 * between commands, since tables lend their columns. */
void tw_session_forget_derived(tw_session *session, const trawl_derived *derived);
/** Forget a table by name (its plugin is off); built ones stay with their captures until those go.
 * A name that is no table is nothing. */
void tw_session_remove_table(tw_session *session, const char *name);
/** Keep a table under a name (retained); replaces. */
int tw_session_keep(tw_session *session, const char *name, tw_table *table, trawl_error *err);

/** The session's own lists as tables: "captures", "tables", "fields", "variables",
 * "interfaces", "devices" (the machine's), "cache". */
int tw_session_list_schema(const tw_session *session, const char *what, tw_schema **ret,
                           trawl_error *err);
int tw_session_list(tw_session *session, const char *what, tw_table **ret, trawl_error *err);

/** A table that was kept of a capture in the disk cache under a name, with columns as in the
 * schema; false: there is none. Retained for the caller. */
bool tw_session_recall(const tw_capture *capture, const char *name, const tw_schema *schema,
                       tw_table **ret);
/** Keep one that took so long to make, if the capture is in the cache too and that is worth it. */
void tw_session_remember(const tw_capture *capture, const char *name, tw_table *table,
                         int64_t took_ns);

/** Remove what the disk cache has of a capture, by its name or a file's path (NULL: all of it); a
 * note says how many files there were. TRAWL_E_NOT_FOUND when it has nothing of that name. */
int tw_session_clear_cache(tw_session *session, const char *name, trawl_error *err);

/** Names for expressions over packets (any-of names, presence of protocols). */
struct tw_expr_names tw_session_expr_names(tw_session *session);

/** May a file be written at this path? TRAWL_E_IO when a loaded capture's packets are read from
 * it. */
int tw_session_may_write(const tw_session *session, const char *path, trawl_error *err);
/** The same for packets: TRAWL_E_UNSUPPORTED where the name promises that they are compressed. */
int tw_session_may_save(const tw_session *session, const char *path, trawl_error *err);

/** Packets of a capture, those whose frame.number the table lists, in its order, to a new capture
 * file: pcapng, or pcap when the path ends in .pcap (one link type only). Written to a temporary
 * name and renamed: the file is whole or absent. */
int tw_session_save(tw_capture *capture, tw_table *packets, const char *path, trawl_error *err);

/** What Zeek says of groups of packets: a row each. See tw_talks_make(). */
int tw_capture_groups(tw_capture *capture, const uint32_t *group_of_row, uint32_t n, tw_table **ret,
                      trawl_error *err);

#endif
