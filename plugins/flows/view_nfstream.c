/* NFStream's names, of its current release and of its first ones, in whole milliseconds.
 * Knows nothing of how cells are filled. */
#include "view.h"

#define COL(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 0, name, type, flags, priority, unit, help)
#define PART(part, prefix, what)                                                            \
    COL(CELL_START, part, prefix "_first_seen_ms", TRAWL_I64, ID, 3, "ms",                  \
        "time of the first packet " what),                                                  \
        COL(CELL_END, part, prefix "_last_seen_ms", TRAWL_I64, ID, 3, "ms",                 \
            "time of the last packet " what),                                               \
        COL(CELL_DURATION, part, prefix "_duration_ms", TRAWL_I64, 0, 2, "ms",              \
            "last minus first packet " what),                                               \
        COL(CELL_PACKETS, part, prefix "_packets", TRAWL_U32, 0, 1, NULL, "packets " what), \
        COL(CELL_BYTES, part, prefix "_bytes", TRAWL_U64, 0, 1, "B", "bytes " what)

static const struct view_column columns[] = {
    COL(CELL_ID, 0, "id", TRAWL_U32, ID, 2, NULL, "number of the flow, in order of expiration"),
    COL(CELL_EXPIRATION_ID, 0, "expiration_id", TRAWL_I64, ID, 2, NULL,
        "0 idle or end, 1 active, 2 capacity, -1 custom"),
    COL(CELL_ADDRESS, 1, "src_ip", TRAWL_IP, 0, 0, NULL, "source of the flow's first packet"),
    COL(CELL_MAC, 1, "src_mac", TRAWL_MAC, 0, 4, NULL,
        "its link address; zeros where the link has none"),
    COL(CELL_OUI, 1, "src_oui", TRAWL_STRING, 0, 4, NULL, "its maker's part"),
    COL(CELL_PORT, 1, "src_port", TRAWL_U16, ID, 1, NULL, "its port (0 but for TCP and UDP)"),
    COL(CELL_ADDRESS, 2, "dst_ip", TRAWL_IP, 0, 0, NULL, "destination of the flow's first packet"),
    COL(CELL_MAC, 2, "dst_mac", TRAWL_MAC, 0, 4, NULL,
        "its link address; zeros where the link has none"),
    COL(CELL_OUI, 2, "dst_oui", TRAWL_STRING, 0, 4, NULL, "its maker's part"),
    COL(CELL_PORT, 2, "dst_port", TRAWL_U16, ID, 0, NULL, "its port (0 but for TCP and UDP)"),
    COL(CELL_PROTO, 0, "protocol", TRAWL_U8, ID, 0, NULL, "number of the protocol above IP"),
    COL(CELL_VERSION, 0, "ip_version", TRAWL_U8, ID, 3, NULL, "4 or 6"),
    COL(CELL_VLAN, 0, "vlan_id", TRAWL_U16, ID, 3, NULL,
        "VLAN of its packets, innermost tag; 0: none"),
    COL(CELL_TUNNEL_ID, 0, "tunnel_id", TRAWL_U8, ID, 4, NULL,
        "tunnel: 0 none, 1 GTP, 2 CAPWAP, 3 TZSP, 4 L2TP, 5 VXLAN, 6 GRE, 7 GENEVE, 8 ERSPAN, 9 "
        "Teredo"),
    PART(0, "bidirectional", "in both directions"),
    PART(1, "src2dst", "from the source"),
    PART(2, "dst2src", "back"),
};

const struct view view_nfstream = {.name = "nfstream",
                                   .columns = columns,
                                   .n_columns = TRAWL_COUNT(columns),
                                   .unit = 1000000,
                                   .idle = FLOWS_IDLE,
                                   .active = FLOWS_ACTIVE,
                                   .is_nfstream = 1};

/* Release 0.3 to 0.5: a Streamer's flows. */
static const struct view_column old_columns[] = {
    COL(CELL_ADDRESS, 1, "ip_src", TRAWL_IP, 0, 0, NULL, "source of the flow's first packet"),
    COL(CELL_PORT, 1, "src_port", TRAWL_U16, ID, 1, NULL, "its port (0 but for TCP and UDP)"),
    COL(CELL_ADDRESS, 2, "ip_dst", TRAWL_IP, 0, 0, NULL, "destination of the flow's first packet"),
    COL(CELL_PORT, 2, "dst_port", TRAWL_U16, ID, 0, NULL, "its port (0 but for TCP and UDP)"),
    COL(CELL_PROTO, 0, "ip_protocol", TRAWL_U8, ID, 0, NULL, "number of the protocol above IP"),
    COL(CELL_PACKETS, 1, "src_to_dst_pkts", TRAWL_U32, 0, 1, NULL, "packets from the source"),
    COL(CELL_PACKETS, 2, "dst_to_src_pkts", TRAWL_U32, 0, 1, NULL, "packets back"),
    COL(CELL_BYTES, 1, "src_to_dst_bytes", TRAWL_U64, 0, 1, "B", "bytes from the source"),
    COL(CELL_BYTES, 2, "dst_to_src_bytes", TRAWL_U64, 0, 1, "B", "bytes back"),
    COL(CELL_START, 0, "start_time", TRAWL_I64, ID, 3, "ms", "time of the first packet"),
    COL(CELL_END, 0, "end_time", TRAWL_I64, ID, 3, "ms", "time of the last packet"),
    COL(CELL_EXPORT_REASON, 0, "export_reason", TRAWL_I64, ID, 2, NULL,
        "0 inactive, 1 active, 2 end of the capture, 3 capacity, -1 custom"),
};

const struct view view_nfstream_old = {.name = "nfstream-old",
                                       .columns = old_columns,
                                       .n_columns = TRAWL_COUNT(old_columns),
                                       .unit = 1000000,
                                       .idle = INT64_C(60000000000),
                                       .active = INT64_C(120000000000),
                                       .is_nfstream = 1};
