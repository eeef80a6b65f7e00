/* What the columns of flows are, under the names of each view.
 * Knows nothing of how flows are found or cells filled. */
#ifndef FLOWS_VIEW_H
#define FLOWS_VIEW_H

#include "flows.h"

/** What a cell shows; "part" is 0: both directions, 1: from the source, 2: back; "end" is 1: the
 * source, 2: the destination. */
enum cell {
    CELL_ID,
    CELL_EXPIRY,
    CELL_EXPIRATION_ID, /**< NFStream's */
    CELL_EXPORT_REASON, /**< that of its first releases */
    CELL_END_REASON,    /**< IPFIX' flowEndReason */
    CELL_ADDRESS,       /**< end; `of`: 4 or 6, only those; 0: all */
    CELL_PORT,          /**< end */
    CELL_PROTOCOL,
    CELL_PROTO,
    CELL_VERSION,
    CELL_VLAN,
    CELL_TUNNEL,
    CELL_TUNNEL_ID,
    CELL_START,    /**< part */
    CELL_END,      /**< part */
    CELL_DURATION, /**< part */
    CELL_PACKETS,  /**< part */
    CELL_BYTES,    /**< part */
    CELL_FIRST,
    CELL_LAST,
    CELL_MAC,       /**< end */
    CELL_OUI,       /**< end */
    CELL_MAKER,     /**< end */
    CELL_SIZE,      /**< part; `of`: enum moment */
    CELL_GAP,       /**< part; likewise */
    CELL_FLAG,      /**< part; `of`: bit of the TCP flag */
    CELL_FLAGS,     /**< part: all together */
    CELL_COMMUNITY, /**< community identifier */
    /* what Zeek says; ends and parts are those of its originator and responder */
    CELL_UID,
    CELL_TYPE_PORT, /**< end; ICMP has types for ports */
    CELL_TRANSPORT,
    CELL_SERVICE,
    CELL_TALKED,  /**< until both directions were closed */
    CELL_PAYLOAD, /**< part */
    CELL_STATE,
    CELL_HISTORY,
    CELL_LOCAL, /**< end */
    CELL_MISSED,
};
enum moment { MIN, MEAN, STDDEV, MAX, N_MOMENTS };

/** A column: times and spans in ns where that is its type, else in ms. */
struct view_column {
    trawl_column column;
    uint8_t cell, part, of;
    uint8_t may_be_null;
};

/** A way to show flows. */
struct view {
    const char *name;
    const struct view_column *columns;
    size_t n_columns;
    int64_t unit;         /**< times are cut to multiples of this, in ns */
    int64_t idle, active; /**< where they were not given, in ns */
    int is_nfstream;      /**< names of statistics and first packets are NFStream's */
    int counts_ip;        /**< bytes from the IP header on, nothing else */
    int has_talks;        /**< columns of what Zeek says */
};

/** The columns of `flows` without options: also those of the table of that name. */
enum { VIEW_TRAWL_COLUMNS = 25 };
extern const struct view_column view_trawl_columns[VIEW_TRAWL_COLUMNS];

extern const struct view view_trawl, view_nfstream, view_nfstream_old, view_zeek, view_ipfix;
extern const char *const view_names[];
/** By name; NULL is trawl's. */
const struct view *view_find(const char *name);

/** The columns of the plan that are no lists and no metrics', in memory of the call. */
int view_columns(trawl_call *call, const struct flows_plan *plan, struct view_column **ret,
                 size_t *ret_n, trawl_error *err);

#define VIEW_COLUMN(cell_, part_, of_, null_, name_, type_, flags_, priority_, unit_, help_) \
    {                                                                                        \
        .column = {.size = sizeof(struct view_column),                                       \
                   .name = (name_),                                                          \
                   .type = (type_),                                                          \
                   .flags = (flags_),                                                        \
                   .priority = (priority_),                                                  \
                   .unit = (unit_),                                                          \
                   .help = (help_)},                                                         \
        .cell = (cell_), .part = (part_), .of = (of_), .may_be_null = (null_)                \
    }
#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN

#endif
