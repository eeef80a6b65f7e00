/* Community identifiers of flows, version 1 (github.com/corelight/community-id-spec).
 * Knows nothing of columns. */
#ifndef FLOWS_COMMUNITY_H
#define FLOWS_COMMUNITY_H

#include "input.h"

enum { COMMUNITY_LENGTH = 30 }; /**< "1:" and 28 characters of base64 */

/** Of the packet of a row; ret has room for COMMUNITY_LENGTH bytes and gets no NUL. */
void community_id(const struct input *in, uint64_t row, uint16_t seed, char *ret);

#endif
