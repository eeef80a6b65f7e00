/* The names of IANA's registry of IPFIX information elements; what goes back has RFC 5103's.
 * Knows nothing of how cells are filled. */
#include "view.h"

#define COL(cell, part, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, 0, 0, name, type, flags, priority, unit, help)
#define NULLS(cell, part, of, name, type, flags, priority, unit, help) \
    VIEW_COLUMN(cell, part, of, 1, name, type, flags, priority, unit, help)

static const struct view_column columns[] = {
    COL(CELL_ID, 0, "flowId", TRAWL_U64, ID, 3, NULL,
        "148: number of the flow, in order of expiration"),
    COL(CELL_VERSION, 0, "ipVersion", TRAWL_U8, ID, 4, NULL, "60: 4 or 6"),
    NULLS(CELL_ADDRESS, 1, 4, "sourceIPv4Address", TRAWL_IP, 0, 0, NULL, "8"),
    NULLS(CELL_ADDRESS, 2, 4, "destinationIPv4Address", TRAWL_IP, 0, 0, NULL, "12"),
    NULLS(CELL_ADDRESS, 1, 6, "sourceIPv6Address", TRAWL_IP, 0, 2, NULL, "27"),
    NULLS(CELL_ADDRESS, 2, 6, "destinationIPv6Address", TRAWL_IP, 0, 2, NULL, "28"),
    COL(CELL_PORT, 1, "sourceTransportPort", TRAWL_U16, ID, 1, NULL, "7; 0 but for TCP and UDP"),
    COL(CELL_PORT, 2, "destinationTransportPort", TRAWL_U16, ID, 1, NULL,
        "11; 0 but for TCP and UDP"),
    COL(CELL_PROTO, 0, "protocolIdentifier", TRAWL_U8, ID, 0, NULL, "4"),
    NULLS(CELL_VLAN, 0, 0, "vlanId", TRAWL_U16, ID, 5, NULL, "58: innermost tag"),
    NULLS(CELL_MAC, 1, 0, "sourceMacAddress", TRAWL_MAC, 0, 6, NULL, "56: of the first packet"),
    NULLS(CELL_MAC, 2, 0, "destinationMacAddress", TRAWL_MAC, 0, 6, NULL,
          "80: of the first packet"),
    COL(CELL_START, 0, "flowStartNanoseconds", TRAWL_TIME, 0, 4, NULL, "156"),
    COL(CELL_END, 0, "flowEndNanoseconds", TRAWL_TIME, 0, 4, NULL, "157"),
    COL(CELL_PACKETS, 1, "packetDeltaCount", TRAWL_U32, 0, 1, NULL, "2: from the source"),
    COL(CELL_BYTES, 1, "octetDeltaCount", TRAWL_U64, 0, 1, "B",
        "1: from the source, from the IP header on"),
    COL(CELL_PACKETS, 2, "reversePacketDeltaCount", TRAWL_U32, 0, 1, NULL, "2, back (RFC 5103)"),
    COL(CELL_BYTES, 2, "reverseOctetDeltaCount", TRAWL_U64, 0, 1, "B", "1, back (RFC 5103)"),
    NULLS(CELL_FLAGS, 1, 0, "tcpControlBits", TRAWL_U16, ID | TRAWL_COLUMN_HEX, 5, NULL,
          "6: of all packets from the source"),
    NULLS(CELL_FLAGS, 2, 0, "reverseTcpControlBits", TRAWL_U16, ID | TRAWL_COLUMN_HEX, 5, NULL,
          "6, back (RFC 5103)"),
    COL(CELL_END_REASON, 0, "flowEndReason", TRAWL_U8, ID, 3, NULL,
        "136: 1 idle, 2 active, 3 a metric saw its end, 4 end of the capture, 5 lack of room"),
};

const struct view view_ipfix = {.name = "ipfix",
                                .columns = columns,
                                .n_columns = TRAWL_COUNT(columns),
                                .unit = 1,
                                .idle = FLOWS_IDLE,
                                .active = FLOWS_ACTIVE,
                                .counts_ip = 1};
