/* Which data each packet carries, and whether it was sent before.
 * Knows nothing of options or columns. */
#ifndef CONN_CARRY_H
#define CONN_CARRY_H

#include "connect.h"

/** After all options of a packet of a connection: model.carries, if wanted. @return 1, or 0: no
 * memory */
int carry_packet(struct model *model, const struct where *at, const struct said *said);

#endif
