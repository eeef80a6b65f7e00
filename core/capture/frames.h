/* Where records end in a stream of pcap or pcapng that comes in pieces, and what another writer
 * begins with: what a FIFO's reader has to know. Must not know where the bytes come from. */
#ifndef TW_CAPTURE_FRAMES_H
#define TW_CAPTURE_FRAMES_H

#include "core/base/base.h"

enum tw_frames_format {
    TW_FRAMES_UNTOLD, /**< too few bytes came */
    TW_FRAMES_PCAP,
    TW_FRAMES_PCAPNG,
    TW_FRAMES_OTHER /**< or damaged: ends of records are not known */
};

enum { TW_FRAMES_HEAD = 24 };

/** All zero in the beginning. */
struct tw_frames {
    enum tw_frames_format format;
    bool is_big;
    bool at_head;                 /**< of pcap: where the whole bytes end another head begins */
    uint8_t head[TW_FRAMES_HEAD]; /**< of pcap */
};

/** How many of n bytes are whole records, file header included; data goes on where the bytes of the
 * call before that were whole ended. All of them when ends are not known. Before a head among
 * records, which the next of two writers wrote who left no pause, it stops. */
size_t tw_frames_whole(struct tw_frames *frames, const uint8_t *data, size_t n);

enum tw_frames_next {
    TW_FRAMES_MORE,  /**< too few bytes to tell */
    TW_FRAMES_TAKEN, /**< they go on behind *ret_skip bytes */
    TW_FRAMES_REFUSED
};
/** Another writer begins with these bytes: a head like the first one's is left out, a section of
 * pcapng is taken, and what has no head goes on with records. */
enum tw_frames_next tw_frames_again(const struct tw_frames *frames, const uint8_t *data, size_t n,
                                    size_t *ret_skip);

#endif
