/* Frame Streams (https://farsightsec.github.io/fstrm): a length of 32 bits and the data, or length
 * 0 and a control frame. Must not know dnstap's fields. */
#include "frames.h"

#include <fstrm.h>
#include <string.h>

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int64_t frame_at(const uint8_t *data, size_t n, struct frame *ret)
{
    uint32_t len;

    *ret = (struct frame){.need = 4};
    if (n < 4)
        return 0;
    ret->header_len = 4;
    ret->len = be32(data);
    if (ret->len > FRAMES_LONGEST) {
        ret->why = "a frame of more than 1 MiB";
        return -1;
    }
    if (ret->len) {
        ret->need = 4 + ret->len;
        return n < ret->need ? 0 : (int64_t)ret->need;
    }
    ret->need = 8;
    if (n < 8)
        return 0;
    len = be32(data + 4);
    if (len < 4 || len > FSTRM_CONTROL_FRAME_LENGTH_MAX) {
        ret->why = "a control frame of a length that cannot be";
        return -1;
    }
    ret->need = ret->header_len = 8 + len;
    if (n < ret->need)
        return 0;
    ret->control = frame_control(data, ret->need, &ret->why);
    return ret->control > 0 ? (int64_t)ret->need : -1;
}

int frames_match(const uint8_t *head, size_t n)
{
    struct frame frame;
    uint32_t type;

    if (n < 12 || be32(head) != 0)
        return 0;
    type = be32(head + 8);
    if (type != FSTRM_CONTROL_START && type != FSTRM_CONTROL_READY)
        return 0;
    /* One with so many content types that the head does not hold it is judged when it is read. */
    return frame_at(head, n, &frame) >= 0 || frame.control < 0;
}
