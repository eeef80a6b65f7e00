/* Plain frames, as they are and damaged, for the tests of the short ways through them. Must not
 * know what the short ways make of them. */
#ifndef TRAWL_TEST_PLAIN_FRAMES_H
#define TRAWL_TEST_PLAIN_FRAMES_H

#include "core/dissect/pass.h"
#include "frame_builder.h"

static uint64_t random_state = 88172645463325252u;
static inline uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

static inline void build_plain(struct build *f, uint32_t kind)
{
    uint32_t at;

    f->n = 0;
    put_eth(f, kind & 1 ? 0x8100 : kind & 2 ? 0x86dd : 0x0800);
    if (kind & 1)
        put_vlan(f, 5, kind & 2 ? 0x86dd : 0x0800);
    at = kind & 2 ? put_ipv6(f, kind & 4 ? 6 : 17) : put_ipv4(f, kind & 4 ? 6 : 17);
    if (kind & 4) {
        put_tcp(f, kind & 8 ? 12 : 0, 20);
    } else {
        uint32_t udp = put_udp(f, 40000, kind & 8 ? 4789 : 53);

        put_zeros(f, 40);
        end_udp(f, udp);
    }
    if (kind & 2)
        end_ipv6(f, at);
    else
        end_ipv4(f, at);
    if (kind & 16)
        put_zeros(f, 6);
}

/* One of these frames with up to two bytes changed, or cut. */
static inline struct tw_record damaged(struct build *f)
{
    struct tw_record record = {.data = f->b};
    uint32_t n_changes = next_random() % 3;

    build_plain(f, next_random() & 31);
    while (n_changes--)
        f->b[12 + next_random() % (f->n - 12)] = (uint8_t)next_random();
    record.cap_len = next_random() % 4 ? f->n : next_random() % (f->n + 1);
    record.len = next_random() % 8 ? f->n : record.cap_len;
    return record;
}

#endif
