/* Sends Ethernet frames of 60 bytes (64 with their FCS) of many flows at a rate: the load of
 * tests/live/rate.py. Flows go to so many destinations in turn (1); "tcp": each begins with a SYN,
 * and data follows; else UDP.
 * usage: send_packets INTERFACE PACKETS_PER_SECOND SECONDS FLOWS [DESTINATIONS [tcp]] */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/base.h"
#include "core/base/text.h"

enum { FRAME = 60, BURST = 64 };

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A number in the network's order of bytes. */
static void put_u32(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* The round-th packet of a flow. */
static void make_frame(uint8_t *p, uint64_t flow, uint64_t n_destinations, bool tcp, uint64_t round)
{
    static const uint8_t head[42] = {2,  0, 0,  0,  0, 2, 2, 0, 0,  0,  0, 1,  8,  0,
                                     69, 0, 0,  46, 0, 0, 0, 0, 64, 17, 0, 0,  10, 9,
                                     0,  1, 10, 9,  0, 2, 4, 0, 16, 0,  0, 26, 0,  0};

    memset(p, 0, FRAME);
    memcpy(p, head, sizeof(head));
    p[34] = (uint8_t)(4 + (flow >> 8) % 128);
    p[35] = (uint8_t)flow;
    p[37] = (uint8_t)(flow >> 15);
    put_u32(p + 30, 0x0a090002 + flow % n_destinations);
    if (!tcp)
        return;
    p[23] = 6;
    put_u32(p + 38, round ? 1 + (round - 1) * 6 : 0); /* a SYN takes a number, then 6 bytes each */
    put_u32(p + 42, round != 0);
    p[46] = 5 << 4;
    p[47] = round ? 0x18 : 0x02;
    p[48] = 16;
    p[17] = round ? 46 : 40;
}

int main(int argc, char **argv)
{
    static uint8_t frames[BURST][FRAME];
    static struct iovec parts[BURST];
    static struct mmsghdr messages[BURST];
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
    uint64_t rate, seconds, flows, destinations = 1, sent = 0, refused = 0;
    const bool tcp = argc == 7 && strcmp(argv[6], "tcp") == 0;
    const int yes = 1;
    int64_t start;
    int fd;

    if (argc < 5 || argc > 7 || (argc == 7 && !tcp) ||
        (argc > 5 && (tw_parse_u64(argv[5], strlen(argv[5]), &destinations) != TRAWL_OK ||
                      !destinations || destinations > 1 << 20)) ||
        tw_parse_u64(argv[2], strlen(argv[2]), &rate) != TRAWL_OK || !rate ||
        tw_parse_u64(argv[3], strlen(argv[3]), &seconds) != TRAWL_OK ||
        tw_parse_u64(argv[4], strlen(argv[4]), &flows) != TRAWL_OK || !flows) {
        fprintf(stderr, "usage: send_packets INTERFACE PACKETS_PER_SECOND SECONDS FLOWS "
                        "[DESTINATIONS [tcp]]\n");
        return 2;
    }
    fd = socket(AF_PACKET, SOCK_RAW, 0);
    to.sll_ifindex = (int)if_nametoindex(argv[1]);
    if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        perror(argv[1]);
        return 1;
    }
    /* straight to the device; where that is not possible it is only slower */
    (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
    for (size_t i = 0; i < BURST; i++) {
        parts[i] = (struct iovec){frames[i], FRAME};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    start = now_ns();
    while (sent < rate * seconds) {
        const int64_t due = start + (int64_t)((double)sent * 1e9 / (double)rate);
        int n;

        while (now_ns() < due)
            continue;
        if (now_ns() - start > (int64_t)seconds * 2000000000) /* this machine cannot send so many */
            break;
        for (size_t i = 0; i < BURST; i++)
            make_frame(frames[i], (sent + i) % flows, destinations, tcp, (sent + i) / flows);
        n = sendmmsg(fd, messages, BURST, 0);
        if (n > 0)
            sent += (uint64_t)n;
        else
            refused++;
    }
    printf("%llu %.0f %llu\n", (unsigned long long)sent,
           (double)sent * 1e9 / (double)(now_ns() - start), (unsigned long long)refused);
    close(fd);
    return 0;
}
