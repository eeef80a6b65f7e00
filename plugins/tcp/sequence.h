/* Which bytes a side of a connection sent, which of them again, and what the ACKs of the other side
 * say of them: the arithmetic of tcptrace. Knows nothing of packets or tables. */
#ifndef TCP_SEQUENCE_H
#define TCP_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

/** Bytes seq to last that were first sent together, or several such that were acknowledged. */
struct piece {
    uint32_t prev, next; /**< 0: none */
    uint32_t seq, last;
    uint32_t acked; /**< 1, and how many ACKs in a row repeated that of its end; 0: not yet */
    uint32_t again; /**< how often it was sent again */
    int64_t time;   /**< when it was sent last, ns */
};

/** The pieces of many sides; one thread's. Zero at first but for realloc. */
struct pieces {
    struct piece *items; /**< the first is not used */
    uint32_t n, capacity, free;
    void *(*realloc)(void *p, size_t n);
};

/** Mean and deviation of times in ns. Zero at first. */
struct times {
    uint32_t n;
    int64_t min, max;
    double sum, squares;
};

/** From one time to another, ns; 0 where clocks went back. */
static inline int64_t ns_between(int64_t from, int64_t to)
{
    const uint64_t ns = (uint64_t)to - (uint64_t)from;

    return to <= from ? 0 : ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

/** One side. Zero at first. */
struct sequence {
    struct quarter {
        uint32_t first, last;
    } quarters[4]; /**< of the 2^32 numbers: pieces in order */
    uint32_t n;
    uint8_t current;         /**< quarter of the last number that was looked up */
    uint64_t steps, allowed; /**< pieces looked at, and how many may be */
    struct times rtt, full, ambiguous, again;
    int64_t rtt_last;
    uint64_t full_size;
    uint32_t post_loss, cumulative, duplicates, triple, most_again;
};

/** What was sent: bytes of it that were sent before; *ret_out_of_order: ahead of what is known.
 * @return -1: no memory */
int64_t sequence_send(struct pieces *pieces, struct sequence *s, uint32_t seq, uint32_t len,
                      int64_t now, int *ret_out_of_order);
/** An ACK of the other side; repeats: it says what the one before said (RFC 5681 section 2). */
void sequence_acknowledge(struct pieces *pieces, struct sequence *s, uint32_t ack, int repeats,
                          int64_t now);
double times_average(const struct times *t);
/** As tcptrace has it: 0 below three samples. */
double times_deviation(const struct times *t);

#endif
