/* The columns of the metric `dpi`, with libndpi or without. Must not know where they come from. */
#ifndef DPI_COLUMNS_H
#define DPI_COLUMNS_H

#include "trawl/plugin.h"

static const trawl_column dpi_columns[] = {
    TRAWL_COLUMN(.name = "application_name", .type = TRAWL_STRING,
                 .help = "what the flow carries, behind the dot for whom: TLS.Instagram"),
    TRAWL_COLUMN(.name = "category", .type = TRAWL_STRING, .priority = 2,
                 .help = "kind of the application: Web, SocialNetwork"),
    TRAWL_COLUMN(.name = "guessed", .type = TRAWL_U8, .flags = TRAWL_COLUMN_ID, .priority = 4,
                 .help = "1: a guess from ports and addresses"),
    TRAWL_COLUMN(
            .name = "confidence", .type = TRAWL_U8, .flags = TRAWL_COLUMN_ID, .priority = 4,
            .help = "libndpi's: 0 none, 1 by port, 2 by address, 3 from other flows, from 4 on "
                    "from what packets hold"),
    TRAWL_COLUMN(.name = "requested_server_name", .type = TRAWL_STRING, .priority = 1,
                 .help = "name of the server in TLS, QUIC, HTTP, or the name asked of DNS"),
    TRAWL_COLUMN(.name = "client_fingerprint", .type = TRAWL_STRING, .priority = 4,
                 .help = "JA3 of TLS and QUIC, HASSH of SSH, options that DHCP asks for"),
    TRAWL_COLUMN(.name = "server_fingerprint", .type = TRAWL_STRING, .priority = 4,
                 .help = "JA3S of TLS and QUIC, HASSH of SSH"),
    TRAWL_COLUMN(.name = "user_agent", .type = TRAWL_STRING, .priority = 3,
                 .help = "what the client calls itself in HTTP"),
    TRAWL_COLUMN(.name = "content_type", .type = TRAWL_STRING, .priority = 3,
                 .help = "type of what an HTTP server sent"),
};

#endif
