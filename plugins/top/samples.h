/* Many values in little memory, of which quantiles are asked: all of them while they are few, then
 * a log-linear histogram. Knows nothing of packets. */
#ifndef TOP_SAMPLES_H
#define TOP_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/**
 * So many values are kept as they are, more only as how many lie in each bucket: as many as trtop
 * keeps, and 32 however many samples there are. What is between takes at most SAMPLES_SPARE values
 * for all samples together.
 */
enum { SAMPLES_KEPT = 1028, SAMPLES_LEAST = 32, SAMPLES_SPARE = 1 << 19 };
enum { SAMPLES_BANDS = 5 };

/**
 * What many samples have kept beyond SAMPLES_LEAST. When it is more than SAMPLES_SPARE, the limit
 * goes down for all of them, so that it depends on how many values each has, not on their order.
 * Zero-filled: nothing.
 */
struct spare {
    uint64_t used;                 /**< values that the present limit lets samples keep */
    uint64_t bands[SAMPLES_BANDS]; /**< of them those between a limit and the next lower one */
    uint8_t level;                 /**< of the limit */
    uint8_t is_due;                /**< it went down: samples_settle() is due for all samples */
};

/** One block, or NULL: empty, since most are. Values below 0 count as 0. */
struct samples {
    uint64_t n;
    double sum;
    int64_t min, max;
    uint16_t first;  /**< bucket of the first counter */
    uint16_t n_room; /**< values or counters that data has room for */
    uint8_t width;   /**< 0: values; 1, 2, 4: bytes of a counter */
    int64_t data[];  /**< values, or counters of `width` bytes of the buckets from `first` on */
};
extern const struct samples samples_none; /**< empty, for those who only read */

/** 0, or -1: no memory (nothing is lost but this value). spare NULL: the limit is SAMPLES_KEPT. */
int samples_add(struct samples **samples, int64_t value, struct spare *spare);
/** Add all of `from`, which stays. 0 or -1. The order of values and merges does not matter. The
 * limit is SAMPLES_KEPT. */
int samples_merge(struct samples **samples, const struct samples *from);
/** Those of samples that were merged count for the limit. */
void spare_count(struct spare *spare, const struct samples *samples);
/** Keep no more values than the limit. 0 or -1. */
int samples_settle(struct samples **samples, const struct spare *spare);
/**
 * The value of rank max(0, (int)(q * n - 0.5)) of all in order, counted from 0: trtop's percentile.
 * Exact up to the limit, then within 0.8 %. n > 0.
 */
int64_t samples_quantile(const struct samples *samples, double q);
/** Value of a rank below n, likewise. */
int64_t samples_at(const struct samples *samples, uint64_t rank);
/** How many values are below ends[0], below ends[1] …, and the rest: n_ends + 1 counts. */
void samples_split(const struct samples *samples, const int64_t *ends, size_t n_ends,
                   uint64_t *ret);
void samples_fini(struct samples **samples);

#endif
