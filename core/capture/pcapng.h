/* Private to the pcapng reader: sections, interfaces, options and their times.
 * Must not know other formats. */
#ifndef TW_CAPTURE_PCAPNG_H
#define TW_CAPTURE_PCAPNG_H

#include "core/capture/reader.h"

/** How 64-bit ticks of an interface become nanoseconds. */
struct tw_ng_clock {
    enum { TW_NG_MULTIPLY, TW_NG_DIVIDE, TW_NG_SHIFT } mode;
    uint64_t factor;  /**< multiply or divide by it; 0 to divide: every time is 0 */
    unsigned shift;   /**< ticks × 10⁹ >> shift */
    int64_t offset_s; /**< if_tsoffset */
    uint8_t decimals; /**< digits worth showing, at most 9 */
};

/** The clock of an if_tsresol value (6 when the option is missing). */
struct tw_ng_clock tw_ng_clock_of(uint8_t tsresol);
/** False: 64 bits of nanoseconds cannot hold it. */
bool tw_ng_time(const struct tw_ng_clock *clock, uint64_t ticks, int64_t *ret);

/** One interface that a section described. */
struct tw_ng_interface {
    struct tw_ng_clock clock;
    uint32_t link_type;
    uint32_t snaplen;
    uint32_t max_record;
    uint32_t i_interface; /**< in tw_input.interfaces, UINT32_MAX before its first packet */
    uint8_t fcs_bytes;
    char *name, *description;
};

/** A walk over options; ends at opt_endofopt, at the end, or where one runs past it. */
struct tw_ng_option {
    const uint8_t *value;
    uint16_t code, n;
    const uint8_t *next, *end;
};
bool tw_ng_option_next(struct tw_ng_option *option, bool big);

/** Fill an interface from a whole description block (its options included). */
int tw_ng_interface_read(struct tw_ng_interface *interface, const uint8_t *block, uint32_t n,
                         bool big, trawl_error *err);

#endif
