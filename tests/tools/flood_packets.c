/* Lets frames of 60 bytes (64 with their FCS) come out of the other end of a veth at a rate, a few
 * times what send_packets can send: the kernel's own test runs of an XDP program make them, which
 * gives each its flow and sends it to the interface. The same packets as those of send_packets, in
 * bursts, ten a second. The other end takes frames of XDP when its GRO is on.
 * usage: flood_packets INTERFACE PACKETS_PER_SECOND SECONDS FLOWS [DESTINATIONS [tcp]] */
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/base.h"
#include "core/base/text.h"

enum {
    FRAME = 60,
    BATCH = 64,
    BURSTS = 10, /* a second: the kernel takes some 25 ms to make ready for one */
    FIRST_PORT = 1024,
    MOST_FLOWS = 64000,
    FIRST_DESTINATION = 0x0a090002,
    TCP_DATA = 6
};

enum { R0, R1, R2, R3, R4, COUNTER = 5, CONTEXT, FLOW, ROUND, AT, STACK };

#define OP(code_, dst_, src_, off_, imm_) \
    ((struct bpf_insn){                   \
        .code = (code_), .dst_reg = (dst_), .src_reg = (src_), .off = (off_), .imm = (int)(imm_)})
#define SET(dst, imm)            OP(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define COPY(dst, src)           OP(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define WITH(op, dst, imm)       OP(BPF_ALU64 | (op) | BPF_K, dst, 0, 0, imm)
#define BIG_ENDIAN_OF(dst, bits) OP(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits)
#define GET(size, dst, src, off) OP(BPF_LDX | (size) | BPF_MEM, dst, src, off, 0)
#define PUT(size, off, src)      OP(BPF_STX | (size) | BPF_MEM, AT, src, off, 0)
#define CALL(function)           OP(BPF_JMP | BPF_CALL, 0, 0, 0, function)

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int bpf(int command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make_counter(void)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = 4;
    attr.value_size = 8;
    attr.max_entries = 1;
    return bpf(BPF_MAP_CREATE, &attr);
}

/* Packet n is of flow n % flows; TCP: the first of each is a SYN, then come 6 bytes each. */
static int load(int counter, uint64_t n_flows, uint64_t n_destinations, bool tcp, uint32_t to)
{
    const struct bpf_insn program[] = {
        COPY(CONTEXT, R1),
        SET(R0, 0),
        OP(BPF_STX | BPF_W | BPF_MEM, STACK, R0, -4, 0),
        COPY(R2, STACK),
        WITH(BPF_ADD, R2, -4),
        OP(BPF_LD | BPF_DW | BPF_IMM, R1, BPF_PSEUDO_MAP_FD, 0, counter),
        OP(0, 0, 0, 0, 0),
        CALL(BPF_FUNC_map_lookup_elem),
        OP(BPF_JMP | BPF_JNE | BPF_K, R0, 0, 1, 0),
        OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
        GET(BPF_DW, FLOW, R0, 0),
        COPY(COUNTER, FLOW),
        WITH(BPF_ADD, COUNTER, 1),
        OP(BPF_STX | BPF_DW | BPF_MEM, R0, COUNTER, 0, 0),
        COPY(ROUND, FLOW),
        WITH(BPF_MOD, FLOW, n_flows),
        WITH(BPF_DIV, ROUND, n_flows),
        /* is the whole frame there? */
        GET(BPF_W, AT, CONTEXT, offsetof(struct xdp_md, data)),
        GET(BPF_W, R3, CONTEXT, offsetof(struct xdp_md, data_end)),
        COPY(R4, AT),
        WITH(BPF_ADD, R4, FRAME),
        SET(R0, XDP_DROP),
        OP(BPF_JMP | BPF_JLE | BPF_X, R4, R3, 1, 0),
        OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
        /* destination and source port */
        COPY(R1, FLOW),
        WITH(BPF_MOD, R1, n_destinations),
        WITH(BPF_ADD, R1, FIRST_DESTINATION),
        BIG_ENDIAN_OF(R1, 32),
        PUT(BPF_W, 30, R1),
        WITH(BPF_ADD, FLOW, FIRST_PORT),
        BIG_ENDIAN_OF(FLOW, 16),
        PUT(BPF_H, 34, FLOW),
        /* of UDP no more; a jump that is always taken would leave code that nothing reaches */
        OP(BPF_JMP | BPF_JEQ | BPF_K, R0, 0, tcp ? 0 : 16, XDP_DROP),
        /* length, sequence number, acknowledgement, flags */
        SET(R1, 40),
        SET(R2, 0),
        SET(R3, 0),
        SET(R4, 0x02),
        OP(BPF_JMP | BPF_JEQ | BPF_K, ROUND, 0, 6, 0),
        SET(R1, 46),
        COPY(R2, ROUND),
        WITH(BPF_MUL, R2, TCP_DATA),
        WITH(BPF_ADD, R2, 1 - TCP_DATA),
        SET(R3, 1),
        SET(R4, 0x18),
        PUT(BPF_B, 17, R1),
        BIG_ENDIAN_OF(R2, 32),
        PUT(BPF_W, 38, R2),
        PUT(BPF_B, 45, R3),
        PUT(BPF_B, 47, R4),
        SET(R1, to),
        SET(R2, 0),
        CALL(BPF_FUNC_redirect),
        OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    static const char license[] = "GPL";
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_XDP;
    attr.insns = (uint64_t)(uintptr_t)program;
    attr.insn_cnt = TW_COUNT(program);
    attr.license = (uint64_t)(uintptr_t)license;
    return bpf(BPF_PROG_LOAD, &attr);
}

static int send_frames(int program, const uint8_t *frame, uint64_t n)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof(attr));
    attr.test.prog_fd = (uint32_t)program;
    attr.test.data_in = (uint64_t)(uintptr_t)frame;
    attr.test.data_size_in = FRAME;
    attr.test.repeat = (uint32_t)n;
    attr.test.batch_size = BATCH;
    attr.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    return bpf(BPF_PROG_TEST_RUN, &attr);
}

static bool read_number(const char *text, uint64_t most, uint64_t *ret)
{
    return tw_parse_u64(text, strlen(text), ret) == TRAWL_OK && *ret && *ret <= most;
}

int main(int argc, char **argv)
{
    /* from 10.9.0.1 to port 4096, 26 bytes after the IPv4 header, without a checksum */
    uint8_t frame[FRAME] = {2, 0,  0,  0, 0, 2,  2, 0, 0, 0,  0, 1, 8, 0, 69, 0,  0, 46, 0,  0, 0,
                            0, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2, 4, 0,  16, 0, 0,  26, 0, 0};
    uint64_t rate, seconds, flows, burst, destinations = 1, sent = 0;
    const bool tcp = argc == 7 && strcmp(argv[6], "tcp") == 0;
    uint32_t interface;
    int64_t start;
    int counter, program;

    if (argc < 5 || argc > 7 || (argc == 7 && !tcp) ||
        (argc > 5 && !read_number(argv[5], 1 << 20, &destinations)) ||
        !read_number(argv[2], 100000000, &rate) || !read_number(argv[3], 86400, &seconds) ||
        !read_number(argv[4], MOST_FLOWS, &flows)) {
        fprintf(stderr, "usage: flood_packets INTERFACE PACKETS_PER_SECOND SECONDS FLOWS "
                        "[DESTINATIONS [tcp]]\n");
        return 2;
    }
    if (tcp) {
        frame[23] = 6;
        frame[39] = 0;
        frame[46] = 5 << 4;
        frame[48] = 16;
    }
    interface = if_nametoindex(argv[1]);
    counter = interface ? make_counter() : -1;
    program = counter >= 0 ? load(counter, flows, destinations, tcp, interface) : -1;
    if (program < 0) {
        perror(argv[1]);
        return 1;
    }
    burst = TW_MAX(rate / BURSTS, BATCH);
    start = now_ns();
    while (sent < rate * seconds) {
        const int64_t due = start + (int64_t)((double)sent * 1e9 / (double)rate);
        const struct timespec rest = {.tv_nsec = 100000};

        while (now_ns() < due)
            nanosleep(&rest, NULL);
        if (now_ns() - start > (int64_t)seconds * 2000000000) /* this machine cannot send so many */
            break;
        if (send_frames(program, frame, burst) != 0) {
            perror("flood_packets");
            return 1;
        }
        sent += burst;
    }
    printf("%llu %.0f 0\n", (unsigned long long)sent,
           (double)sent * 1e9 / (double)(now_ns() - start));
    return 0;
}
