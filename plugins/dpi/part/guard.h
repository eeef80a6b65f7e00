/* libndpi without memory: an error, where the library itself would end the process.
 * Must not know packets. */
#ifndef DPI_GUARD_H
#define DPI_GUARD_H

#include <ndpi/ndpi_api.h>

#include "../dpi.h"

/** Once, before all else: libndpi's memory comes through here. */
void guard_init(const trawl_host *host);
/** A module that knows all protocols, never two at a time. @return NULL: no memory, and nothing of
 * it is left. */
struct ndpi_detection_module_struct *guard_module_new(void);
/** ndpi_detection_process_packet. @return 0: no memory, and the flow is not to be used any more:
 * what it holds may be half changed, and is lost. */
int guard_look(struct ndpi_detection_module_struct *module, struct ndpi_flow_struct *flow,
               const uint8_t *packet, uint16_t n, uint64_t ms, ndpi_protocol *ret);

#endif
