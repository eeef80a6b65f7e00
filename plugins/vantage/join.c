/* The join of two lists of packets by what is the same at both points, as a plain function of
 * numbers. Knows nothing of captures or tables. */
#include "join.h"

void join_sort_pass(unsigned pass, struct item **items, struct item **scratch, size_t n)
{
    enum { BITS = 11, DIGIT = 1 << BITS };
    struct item *from = *items, *to = *scratch;
    size_t starts[DIGIT] = {0}, sum = 0;

    for (size_t i = 0; i < n; i++)
        starts[from[i].key >> pass * BITS & (DIGIT - 1)]++;
    for (size_t d = 0; d < DIGIT; d++) {
        const size_t count = starts[d];

        starts[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[from[i].key >> pass * BITS & (DIGIT - 1)]++] = from[i];
    *items = to;
    *scratch = from;
}

void votes_lead(struct votes *votes, const struct extras *left, const struct extras *right)
{
    if (!left->has_ts || !right->has_ts)
        return;
    if (!votes->ts_lead)
        votes->ts_delta = right->ts - left->ts;
    if (right->ts - left->ts == votes->ts_delta)
        votes->ts_lead++;
    else
        votes->ts_lead--;
}

void votes_count(struct votes *votes, const struct extras *left, const struct extras *right)
{
    votes->n++;
    votes->ts_n += left->has_ts || right->has_ts;
    votes->ts_same += left->has_ts && right->has_ts && right->ts - left->ts == votes->ts_delta;
    votes->ip_id_n += left->has_ip_id || right->has_ip_id;
    votes->ip_id_same += left->has_ip_id && right->has_ip_id && left->ip_id == right->ip_id;
    votes->options_n += left->has_options || right->has_options;
    votes->options_same += left->has_options && right->has_options &&
                           left->options == right->options;
}

int votes_trust(uint32_t same, uint32_t n)
{
    return n && (uint64_t)same * 3 > (uint64_t)n * 2;
}
