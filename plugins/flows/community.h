/* Community identifiers of flows, version 1 (github.com/corelight/community-id-spec).
 * Knows nothing of columns. */
#ifndef FLOWS_COMMUNITY_H
#define FLOWS_COMMUNITY_H

#include "input.h"

enum { COMMUNITY_LENGTH = 30 }; /**< "1:" and 28 characters of base64 */

/** Ports of a row; of ICMP, its type and that of the answer, or the code where there is none.
 * @return 0: there is none, and what goes back is another flow */
int community_ports(const struct input *in, uint64_t row, unsigned ret[2]);

/** Of the packet of a row; ret has room for COMMUNITY_LENGTH bytes and gets no NUL. */
void community_id(const struct input *in, uint64_t row, uint16_t seed, char *ret);

#endif
