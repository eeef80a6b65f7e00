/* The columns of Zeek's conn.log. Knows nothing of how cells are filled. */
#include "view.h"

#define COL(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 0, name, type, flags, priority, unit, help)
#define NULLS(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 1, name, type, flags, priority, unit, help)

static const struct view_column columns[] = {
    COL(CELL_START, 0, "ts", TRAWL_TIME, 0, 3, NULL, "time of the first packet"),
    COL(CELL_UID, 0, "uid", TRAWL_STRING, 0, 4, NULL,
        "name of the connection: from its ends and its first packet, the same in every run"),
    COL(CELL_ADDRESS, 1, "id.orig_h", TRAWL_IP, 0, 0, NULL, "who began it"),
    COL(CELL_TYPE_PORT, 1, "id.orig_p", TRAWL_U16, ID, 1, NULL, "its port; ICMP: type"),
    COL(CELL_ADDRESS, 2, "id.resp_h", TRAWL_IP, 0, 0, NULL, "who answers"),
    COL(CELL_TYPE_PORT, 2, "id.resp_p", TRAWL_U16, ID, 0, NULL,
        "its port; ICMP: type of the answer, or code"),
    COL(CELL_TRANSPORT, 0, "proto", TRAWL_STRING, 0, 0, NULL, "tcp, udp, icmp, unknown_transport"),
    NULLS(CELL_SERVICE, 0, "service", TRAWL_STRING, 0, 2, NULL,
          "what the packets were found to carry"),
    NULLS(CELL_TALKED, 0, "duration", TRAWL_SPAN, 0, 1, NULL,
          "last minus first packet, without those after both directions were closed"),
    NULLS(CELL_PAYLOAD, 1, "orig_bytes", TRAWL_U64, 0, 1, "B",
          "payload of who began it; TCP: by sequence numbers"),
    NULLS(CELL_PAYLOAD, 2, "resp_bytes", TRAWL_U64, 0, 1, "B", "payload of who answers"),
    COL(CELL_STATE, 0, "conn_state", TRAWL_STRING, 0, 1, NULL,
        "S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH"),
    COL(CELL_LOCAL, 1, "local_orig", TRAWL_BOOL, 0, 6, NULL,
        "who began it has an address that is not routed"),
    COL(CELL_LOCAL, 2, "local_resp", TRAWL_BOOL, 0, 6, NULL,
        "who answers has an address that is not routed"),
    COL(CELL_MISSED, 0, "missed_bytes", TRAWL_U64, 0, 5, "B", "acknowledged and not captured"),
    NULLS(CELL_HISTORY, 0, "history", TRAWL_STRING, 0, 1, NULL,
          "what happened, a letter each, capitals: who began it"),
    COL(CELL_PACKETS, 1, "orig_pkts", TRAWL_U32, 0, 3, NULL, "packets of who began it"),
    COL(CELL_BYTES, 1, "orig_ip_bytes", TRAWL_U64, 0, 3, "B", "their bytes from the IP header on"),
    COL(CELL_PACKETS, 2, "resp_pkts", TRAWL_U32, 0, 3, NULL, "packets of who answers"),
    COL(CELL_BYTES, 2, "resp_ip_bytes", TRAWL_U64, 0, 3, "B", "their bytes from the IP header on"),
    COL(CELL_PROTO, 0, "ip_proto", TRAWL_U8, ID, 5, NULL, "number of the protocol above IP"),
};

const struct view view_zeek = {.name = "zeek",
                               .columns = columns,
                               .n_columns = TRAWL_COUNT(columns),
                               .unit = 1,
                               .idle = FLOWS_IDLE,
                               .active = FLOWS_ACTIVE,
                               .counts_ip = 1,
                               .has_talks = 1};
