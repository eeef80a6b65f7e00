/* Whether an interface of this machine can bring packets at all.
 * Must not know who captures on it. */
#ifndef TW_CAPTURE_LINK_H
#define TW_CAPTURE_LINK_H

enum tw_link {
    TW_LINK_UNKNOWN, /**< no interface of the kernel's, or one that is gone */
    TW_LINK_UP,
    TW_LINK_DOWN,       /**< it was set down */
    TW_LINK_NO_CARRIER, /**< no cable, or nothing at its other end */
    TW_N_LINK
};

enum tw_link tw_link_of(const char *interface);
/** "up" …, NULL for TW_LINK_UNKNOWN. */
const char *tw_link_name(enum tw_link link);

#endif
