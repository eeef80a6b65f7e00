/* Window scaling: what the handshakes of a capture agreed on, read from the SYNs' options alone.
 * Must not know columns of `packets`. Source: RFC 7323 section 2; Wireshark's packet-tcp.c. */
#include "core/session/own.h"

enum {
    UNKNOWN = TW_SCALE_UNKNOWN,
    UNUSED = TW_SCALE_UNUSED,
    SHIFT_MOST = 14,
    FLAG_SYN = 2,
    FLAG_ACK = 16
};

uint32_t tw_own_window(const uint8_t *scales, uint32_t stream, unsigned dir, uint16_t flags,
                       uint16_t window)
{
    uint8_t scale;

    /* The window of a SYN is never scaled. Where the other side's SYN is not in the capture, its
     * consent is taken for granted: a SYN/ACK has the option only in answer to one. */
    if (stream == UINT32_MAX || (flags & FLAG_SYN))
        return window;
    scale = scales[2 * (size_t)stream + dir];
    return scale == UNKNOWN || scale == UNUSED ? window : (uint32_t)window << (scale - 1);
}

/* The shift of a TCP header's options + 1; 0: not there. */
static uint8_t find_option(const uint8_t *options, uint32_t n)
{
    uint8_t found = 0;

    for (uint32_t at = 0; at < n && options[at] != 0;) {
        if (options[at] == 1) {
            at++;
            continue;
        }
        if (at + 1 >= n || options[at + 1] < 2 || options[at + 1] > n - at)
            break;
        if (options[at] == 3 && options[at + 1] == 3)
            found = (uint8_t)(TW_MIN(options[at + 2], SHIFT_MOST) + 1);
        at += options[at + 1];
    }
    return found;
}

/* One SYN, in order of capture; own and other: the scales of its sender and of the other side. */
static void take_syn(uint8_t *own, uint8_t *other, uint8_t option, bool has_ack)
{
    if (option)
        *own = option;
    if (*own == UNKNOWN)
        *own = *other = UNUSED;
    else if (has_ack && *other == UNUSED)
        *own = UNUSED;
}

int tw_own_scales(const tw_capture *capture, uint8_t **ret, trawl_error *err)
{
    const struct tw_packets *p = capture->packets;
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(p->transport, const uint16_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint32_t *cap_len = TW_CELLS(p->cap_len, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    uint8_t *scales = tw_alloc_array((size_t)capture->conversations.n_tcp + 1, 2);
    struct tw_row_bytes bytes = {0};
    int rc = scales ? TRAWL_OK : tw_fail_nomem(err);

    for (uint64_t r = 0; rc == TRAWL_OK && r < p->n_rows; r++) {
        const uint8_t *data;
        uint32_t start, end;
        unsigned dir;

        if (proto[r] != 6 || stream[r] == UINT32_MAX || !(tcp_flags[r] & FLAG_SYN) ||
            (flags[r] & TW_FRAME_WHOLE) || cap_len[r] < transport[r] + 20u)
            continue;
        rc = tw_row_bytes_get(&bytes, p, r, &data, err);
        if (rc != TRAWL_OK)
            break;
        dir = (flags[r] & TW_FRAME_REVERSE) != 0;
        start = transport[r] + 20u;
        end = TW_MIN(cap_len[r], transport[r] + (uint32_t)(data[transport[r] + 12] >> 4) * 4);
        take_syn(&scales[2 * (size_t)stream[r] + dir], &scales[2 * (size_t)stream[r] + (dir ^ 1)],
                 end > start ? find_option(data + start, end - start) : 0, tcp_flags[r] & FLAG_ACK);
    }
    tw_row_bytes_fini(&bytes);
    if (rc != TRAWL_OK) {
        tw_free(scales);
        return rc;
    }
    *ret = scales;
    return TRAWL_OK;
}
