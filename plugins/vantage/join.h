/* The join of two lists of packets by what is the same at both points, as a plain function of
 * numbers. Knows nothing of captures or tables. */
#ifndef VANTAGE_JOIN_H
#define VANTAGE_JOIN_H

#include <stddef.h>
#include <stdint.h>

/** A packet: the key that both points must agree in, and what most of the time they do. */
struct item {
    uint64_t key;
    uint32_t row;
    uint32_t group; /* direction of a connection: index of struct trust */
};

/** What of a packet may have been changed on the way: compared where it proves not to be. */
struct extras {
    uint32_t ts, options;
    uint16_t ip_id;
    uint8_t has_ts, has_ip_id, has_options;
};

/** Passes 0, 1, … JOIN_PASSES - 1 sort items ascending by key, those of one key in the order that
 * they had. Each takes the two arrays of n items for each other: the result is in *items. O(n). */
enum { JOIN_PASSES = 6 };
void join_sort_pass(unsigned pass, struct item **items, struct item **scratch, size_t n);

/** Counts by which it is known what was left alone in a direction. */
struct votes {
    uint32_t ts_delta, ts_lead; /* the delta that leads, and by how much (Boyer and Moore) */
    uint32_t n, ts_n, ts_same, ip_id_n, ip_id_same, options_n, options_same;
};
void votes_lead(struct votes *votes, const struct extras *left, const struct extras *right);
void votes_count(struct votes *votes, const struct extras *left, const struct extras *right);
/** More than two thirds of those that have it agree. */
int votes_trust(uint32_t same, uint32_t n);

#endif
