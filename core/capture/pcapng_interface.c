/* pcapng interface descriptions: their options and the clocks that they define.
 * Must not know packets. Source: draft-ietf-opsawg-pcapng sections 4.2 and 3.5. */
#include "core/capture/pcapng.h"

enum {
    OPT_END = 0,
    OPT_NAME = 2,
    OPT_DESCRIPTION = 3,
    OPT_TSRESOL = 9,
    OPT_FCSLEN = 13,
    OPT_TSOFFSET = 14,
    DEFAULT_TSRESOL = 6,
    BLOCK_HEADER = 8,
    IDB_FIXED = 8, /* link type, reserved, snaplen */
    TRAILER = 4
};

static uint64_t power_of_ten(unsigned n)
{
    uint64_t p = 1;

    while (n--)
        p *= 10;
    return p;
}

struct tw_ng_clock tw_ng_clock_of(uint8_t tsresol)
{
    struct tw_ng_clock clock = {.mode = TW_NG_MULTIPLY};
    unsigned exponent = tsresol & 0x7f;

    if (tsresol & 0x80) {
        clock.mode = TW_NG_SHIFT;
        clock.shift = exponent;
        /* 2^-n needs n * log10(2) digits; 30103 / 100000 is log10(2). */
        clock.decimals = (uint8_t)TW_MIN((exponent * 30103 + 99999) / 100000, 9u);
    } else if (exponent <= 9) {
        clock.factor = power_of_ten(9 - exponent);
        clock.decimals = (uint8_t)exponent;
    } else {
        clock.mode = TW_NG_DIVIDE;
        clock.factor = exponent - 9 <= 19 ? power_of_ten(exponent - 9) : 0; /* 10^19 < 2^64 */
        clock.decimals = 9;
    }
    return clock;
}

bool tw_ng_time(const struct tw_ng_clock *clock, uint64_t ticks, int64_t *ret)
{
    __int128 ns;

    switch (clock->mode) {
    case TW_NG_MULTIPLY:
        ns = (__int128)ticks * clock->factor;
        break;
    case TW_NG_DIVIDE:
        ns = clock->factor ? (__int128)(ticks / clock->factor) : 0;
        break;
    default: /* ticks * 10^9 has at most 94 bits */
        ns = (__int128)ticks * 1000000000 >> clock->shift;
        break;
    }
    ns += (__int128)clock->offset_s * 1000000000;
    if (ns <= INT64_MIN || ns > INT64_MAX)
        return false;
    *ret = (int64_t)ns;
    return true;
}

bool tw_ng_option_next(struct tw_ng_option *option, bool big)
{
    const uint8_t *p = option->next;
    size_t left = (size_t)(option->end - p), n;

    if (left < 4)
        return false;
    option->code = tw_u16(p, big);
    option->n = tw_u16(p + 2, big);
    n = option->n;
    if (option->code == OPT_END || n > left - 4)
        return false;
    option->value = p + 4;
    n = (n + 3) & ~(size_t)3;
    option->next = p + 4 + TW_MIN(n, left - 4);
    return true;
}

/* A string option: it may hold a NUL and may come twice (the first counts). */
static bool keep_string(char **ret, const struct tw_ng_option *option)
{
    const uint8_t *nul = memchr(option->value, 0, option->n);

    if (*ret)
        return true;
    *ret = tw_strndup((const char *)option->value, nul ? (size_t)(nul - option->value) : option->n);
    return *ret != NULL;
}

int tw_ng_interface_read(struct tw_ng_interface *interface, const uint8_t *block, uint32_t n,
                         bool big, trawl_error *err)
{
    struct tw_ng_option option = {.next = block + BLOCK_HEADER + IDB_FIXED,
                                  .end = block + n - TRAILER};
    int64_t offset_s = 0;
    uint8_t tsresol = DEFAULT_TSRESOL;

    *interface = (struct tw_ng_interface){.i_interface = UINT32_MAX};
    interface->link_type = tw_link_type(tw_u16(block + BLOCK_HEADER, big));
    interface->snaplen = tw_u32(block + BLOCK_HEADER + 4, big);
    interface->max_record = tw_max_record(interface->link_type);
    while (tw_ng_option_next(&option, big)) {
        bool kept = true;

        if (option.code == OPT_NAME)
            kept = keep_string(&interface->name, &option);
        else if (option.code == OPT_DESCRIPTION)
            kept = keep_string(&interface->description, &option);
        else if (option.code == OPT_TSRESOL && option.n >= 1)
            tsresol = option.value[0];
        else if (option.code == OPT_TSOFFSET && option.n >= 8)
            offset_s = (int64_t)tw_u64(option.value, big);
        else if (option.code == OPT_FCSLEN && option.n >= 1)
            /* The draft says bits and shows an example in bytes; writers use both. */
            interface->fcs_bytes = option.value[0] <= 8 ? option.value[0] : option.value[0] / 8;
        if (!kept) {
            tw_free(interface->name);
            tw_free(interface->description);
            interface->name = interface->description = NULL;
            return tw_fail_nomem(err);
        }
    }
    interface->clock = tw_ng_clock_of(tsresol);
    interface->clock.offset_s = offset_s;
    return TRAWL_OK;
}
