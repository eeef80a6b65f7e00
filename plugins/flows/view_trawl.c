/* trawl's own view keeps times and spans as such. Knows nothing of how cells are filled. */
#include "view.h"

#define COL(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 0, name, type, flags, priority, unit, help)
#define NULLS(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 1, name, type, flags, priority, unit, help)

const struct view_column view_trawl_columns[VIEW_TRAWL_COLUMNS] = {
    COL(CELL_ID, 0, "id", TRAWL_U32, ID, 2, NULL, "number of the flow, in order of expiration"),
    COL(CELL_EXPIRY, 0, "expiry", TRAWL_STRING, 0, 2, NULL,
        "why it ended: idle, active (too long), end (of the capture), custom (a metric ended it), "
        "capacity (room for another)"),
    COL(CELL_ADDRESS, 1, "src", TRAWL_IP, 0, 0, NULL, "source of the flow's first packet"),
    COL(CELL_PORT, 1, "sport", TRAWL_U16, ID, 1, NULL, "its port (0 but for TCP and UDP)"),
    COL(CELL_ADDRESS, 2, "dst", TRAWL_IP, 0, 0, NULL, "destination of the flow's first packet"),
    COL(CELL_PORT, 2, "dport", TRAWL_U16, ID, 0, NULL, "its port (0 but for TCP and UDP)"),
    NULLS(CELL_PROTOCOL, 0, "protocol", TRAWL_STRING, 0, 0, NULL, "name of the protocol above IP"),
    NULLS(CELL_VLAN, 0, "vlan", TRAWL_U16, ID, 4, NULL, "VLAN of its packets, innermost tag"),
    COL(CELL_START, 0, "start", TRAWL_TIME, 0, 4, NULL, "time of the first packet"),
    COL(CELL_DURATION, 0, "duration", TRAWL_SPAN, 0, 1, NULL, "last minus first packet"),
    COL(CELL_PACKETS, 0, "packets", TRAWL_U32, 0, 1, NULL, "packets in both directions"),
    COL(CELL_BYTES, 0, "bytes", TRAWL_U64, 0, 0, "B",
        "bytes in both directions, as --accounting counts them"),
    COL(CELL_PACKETS, 1, "src_packets", TRAWL_U32, 0, 3, NULL, "packets from the source"),
    COL(CELL_BYTES, 1, "src_bytes", TRAWL_U64, 0, 3, "B", "bytes from the source"),
    COL(CELL_PACKETS, 2, "dst_packets", TRAWL_U32, 0, 3, NULL, "packets back"),
    COL(CELL_BYTES, 2, "dst_bytes", TRAWL_U64, 0, 3, "B", "bytes back"),
    NULLS(CELL_TUNNEL, 0, "tunnel", TRAWL_STRING, HIDDEN, 9, NULL,
          "kind of the tunnel its packets come in: gtp, vxlan, gre …"),
    COL(CELL_PROTO, 0, "proto", TRAWL_U8, HIDDEN | ID, 9, NULL, "number of the protocol above IP"),
    COL(CELL_VERSION, 0, "ip_version", TRAWL_U8, HIDDEN | ID, 9, NULL, "4 or 6"),
    COL(CELL_END, 0, "end", TRAWL_TIME, HIDDEN, 9, NULL, "time of the last packet"),
    COL(CELL_DURATION, 1, "src_duration", TRAWL_SPAN, HIDDEN, 9, NULL,
        "last minus first packet from the source"),
    NULLS(CELL_START, 2, "dst_start", TRAWL_TIME, HIDDEN, 9, NULL, "time of the first packet back"),
    NULLS(CELL_DURATION, 2, "dst_duration", TRAWL_SPAN, HIDDEN, 9, NULL,
          "last minus first packet back"),
    COL(CELL_FIRST, 0, "first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet"),
    COL(CELL_LAST, 0, "last", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the last packet"),
};

const struct view view_trawl = {.name = "trawl",
                                .columns = view_trawl_columns,
                                .n_columns = VIEW_TRAWL_COLUMNS,
                                .unit = 1,
                                .idle = FLOWS_IDLE,
                                .active = FLOWS_ACTIVE};
