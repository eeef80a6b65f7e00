/* Which bytes a side of a connection sent, which of them again, and what the ACKs of the other side
 * say of them: the arithmetic of tcptrace. Knows nothing of packets or tables. */
#ifndef TCP_SEQUENCE_H
#define TCP_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

#define SEQUENCE_NONE UINT32_MAX

/** Bytes [seq, end) that were first sent together, or several such that were acknowledged. */
struct piece {
    uint32_t prev, next;
    uint32_t seq, end;
    uint32_t acked; /**< how many ACKs covered it */
    uint32_t again; /**< how often it was sent again */
    int64_t time;   /**< when it was sent last, ns */
};

/** The pieces of many sides; one thread's. */
struct pieces {
    struct piece *items;
    uint32_t n, capacity, free;
    void *(*realloc)(void *p, size_t n);
};

/** Mean and deviation of times in ns. Zero at first. */
struct times {
    uint32_t n;
    int64_t min, max;
    double sum, squares;
};

/** From one time to another, ns: those of a capture may be as far apart as 64 bits allow. */
static inline int64_t ns_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/** One side. Zero at first, but for first and last, which are SEQUENCE_NONE. */
struct sequence {
    uint32_t first, last, n;
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
/** An ACK of the other side; is_duplicate: it repeats the one before (RFC 5681 section 2). */
void sequence_acknowledge(struct pieces *pieces, struct sequence *s, uint32_t ack, int is_duplicate,
                          int64_t now);
double times_average(const struct times *t);
/** As tcptrace has it: 0 below three samples. */
double times_deviation(const struct times *t);

#endif
