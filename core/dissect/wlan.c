/* Radiotap and 802.11: from the radio header to the LLC of a plain data frame.
 * Must not know what LLC carries. */
#include "core/dissect/walk.h"

void tw_walk_radiotap(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_RADIOTAP);
    uint32_t length, present, at = 4;
    uint8_t flags = 0;

    if (!layer || !tw_walk_need(w, 8))
        return;
    length = tw_le16(p + 2);
    if (length < 8) {
        tw_walk_malformed(w, w->at + 2, "radiotap length below 8");
        return;
    }
    if (!tw_walk_need(w, length))
        return;
    present = tw_le32(p + 4);
    while (at + 8 <= length && (tw_le32(p + at) & 0x80000000U))
        at += 4;
    at += 4;
    if (present & 1) /* the time stamp is aligned to its size */
        at = ((at + 7) & ~7U) + 8;
    if ((present & 2) && at < length)
        flags = p[at];
    tw_walk_pass(w, layer, length);
    tw_walk_wlan(w, (flags & 0x10 ? TW_WLAN_FCS : 0) | (flags & 0x20 ? TW_WLAN_PADDED : 0));
}

void tw_walk_wlan(struct tw_walk *w, unsigned how)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_WLAN);
    uint32_t header = 24;
    uint8_t type, bits;
    bool aggregate = false;

    if (!layer || !tw_walk_need(w, 2))
        return;
    if ((how & TW_WLAN_FCS) && w->end - w->at > 4) {
        w->end -= 4;
        w->cap_end = TW_MIN(w->cap_end, w->end);
    }
    type = p[how & TW_WLAN_SWAPPED ? 1 : 0];
    bits = p[how & TW_WLAN_SWAPPED ? 0 : 1];
    if (how & TW_WLAN_SWAPPED)
        layer->flags |= TW_LAYER_SWAPPED;
    if ((type & 0x0c) != 0x08)
        return; /* management and control frames carry no packet */
    if ((bits & 3) == 3)
        header += 6;
    if (type & 0x80) { /* quality of service */
        if (!tw_walk_need(w, header + 2))
            return;
        aggregate = p[header] & 0x80;
        header += 2;
        if (bits & 0x80)
            header += 4;
    }
    if (how & TW_WLAN_PADDED)
        header = (header + 3) & ~3U;
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    if ((type & 0x40) || (bits & 0x40) || (bits & 0x04) || tw_walk_left(w) == 0)
        return;      /* no data, encrypted, or a fragment */
    if (aggregate) { /* the first of the subframes: addresses and a length */
        if (!tw_walk_need(w, 14))
            return;
        p = tw_walk_bytes(w);
        w->at += 14;
        tw_walk_bound(w, tw_be16(p + 12));
    }
    tw_walk_go(w, TW_NEXT_LLC, 0);
}
