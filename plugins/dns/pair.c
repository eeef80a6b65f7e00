/* Matches queries and responses. All hashes are seeded, and no chain is followed for long: whoever
 * sends what should collide loses pairs of his own, not our time. Knows nothing of columns. */
#include "pair.h"

#include <string.h>
#include <sys/random.h>

enum {
    FLAG_RESPONSE = 0x8000,
    TCP = 6,
    LOOK_MOST = 32,      /* transactions of one conversation and id, latest first */
    ANSWERS_MOST = 64,   /* records of an mDNS response */
    QUESTIONS_MOST = 64, /* of an mDNS query */
    FOLLOW_MOST = 1024   /* entries of a chain, whatever they are */
};
#define AGAIN_NS  INT64_C(60000000000)
#define ANSWER_NS INT64_C(10000000000) /* mDNS: RFC 6762 section 6 has half a second at most */

/* ---- hashes ---- */

__extension__ typedef unsigned __int128 u128;

/* The two halves of a product, folded; the seed is in both factors. */
static uint64_t fold(uint64_t seed, uint64_t a, uint64_t b)
{
    const u128 product = (u128)(a ^ seed) * (b ^ (seed << 32 | seed >> 32));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Large ASCII letters as small ones, eight bytes at a time. */
static uint64_t lower(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), low = word & ones * 0x7f;
    const uint64_t above_z = low + ones * (0x7f - 'Z'), from_a = low + ones * (0x80 - 'A');

    return word | ((from_a ^ above_z) & ~word & ones * 0x80) >> 2;
}

/* Names that differ in case are equal (RFC 1035 section 2.3.3). */
static uint64_t hash_name(const struct dns_pairs *p)
{
    uint64_t hash = p->seed;

    for (uint32_t i = 0; i < p->name.n; i += 8) {
        uint64_t word = 0;

        memcpy(&word, p->name.text + i, p->name.n - i < 8 ? p->name.n - i : 8);
        hash = fold(hash, lower(word), p->name.n);
    }
    return hash ? hash : 1;
}

/* ---- memory ---- */

/* Room for n items of `size` in *items. */
static int reserve(void *items, uint32_t *capacity, uint64_t n, size_t size, trawl_error *err)
{
    void **at = items;
    uint64_t wanted = *capacity ? *capacity : 256;
    void *grown;

    if (n <= *capacity)
        return TRAWL_OK;
    while (wanted < n)
        wanted *= 2;
    grown = wanted < DNS_NONE ? host->realloc(*at, (size_t)wanted * size) : NULL;
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *at = grown;
    *capacity = (uint32_t)wanted;
    return TRAWL_OK;
}

/* Chains for n items, each as long as one on average; > 0: they are empty, the caller fills them.
 */
static int make_heads(uint32_t **heads, uint32_t *n_heads, uint32_t n, trawl_error *err)
{
    const uint32_t wanted = *n_heads ? *n_heads * 2 : 1024;
    uint32_t *grown;

    if (n < *n_heads)
        return 0;
    grown = host->realloc(*heads, (size_t)wanted * sizeof(**heads));
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(grown, 0xff, (size_t)wanted * sizeof(*grown));
    *heads = grown;
    *n_heads = wanted;
    return 1;
}

/* Code of the name in p->name. */
static int find_name(struct dns_pairs *p, uint32_t *ret, trawl_error *err)
{
    if (!p->names)
        return TRAWL_OK;
    return host->builder_code(p->names, p->i_names, p->name.text, p->name.n, ret, err);
}

/* ---- keys ---- */

/* What a query and its response have in common but for the question: of mDNS that is nothing. */
static uint64_t hash_of(const struct dns_pairs *p, const struct dns_transaction *t)
{
    const uint64_t id = (uint64_t)t->kind << 56 | (uint64_t)t->carrier << 48;
    const uint64_t client = (uint64_t)t->client << 16 | t->client_port;
    const uint64_t server = (uint64_t)t->server << 16 | t->server_port;

    switch (t->kind) {
    case KIND_MDNS:
        return fold(p->seed, id | t->type, t->question);
    case KIND_LLMNR:
        return fold(p->seed, id | t->id, client);
    default:
        return fold(p->seed, fold(p->seed, id | t->id, t->stream), fold(p->seed, client, server));
    }
}

static int is_same_place(const struct dns_transaction *a, const struct dns_transaction *b)
{
    if (a->hash != b->hash || a->kind != b->kind || a->carrier != b->carrier)
        return 0;
    if (a->kind == KIND_MDNS)
        return a->question == b->question && a->type == b->type;
    if (a->id != b->id || a->client != b->client || a->client_port != b->client_port)
        return 0;
    return a->kind == KIND_LLMNR ||
           (a->stream == b->stream && a->server == b->server && a->server_port == b->server_port);
}

static int is_same_question(const struct dns_transaction *a, const struct dns_transaction *b)
{
    return a->question == b->question && a->type == b->type && a->class_ == b->class_;
}

static int is_open(const struct dns_transaction *t)
{
    return t->query != DNS_NONE && t->response == DNS_NONE && !t->is_one_way;
}

/* Zone transfers have as many responses as they need (RFC 5936 section 2.2). */
static int is_transfer(const struct dns_transaction *t)
{
    return t->carrier == TCP && (t->type == T_AXFR || t->type == T_IXFR) && t->query != DNS_NONE &&
           t->response != DNS_NONE;
}

/* The next transaction of t's place from entry i on, where *n_left are looked at in all. */
static uint32_t next_of(const struct dns_pairs *p, const struct dns_transaction *t, uint32_t i,
                        unsigned *n_left)
{
    for (unsigned n = 0; i != DNS_NONE && *n_left && n < FOLLOW_MOST; n++, i = p->items[i].next) {
        if (is_same_place(&p->items[i], t)) {
            --*n_left;
            return i;
        }
    }
    return DNS_NONE;
}

static uint32_t first_of(const struct dns_pairs *p, const struct dns_transaction *t,
                         unsigned *n_left)
{
    *n_left = LOOK_MOST;
    return p->n ? next_of(p, t, p->heads[t->hash & (p->n_heads - 1)], n_left) : DNS_NONE;
}

/* p->name is the name of its question, unless it has the code already. */
static int append(struct dns_pairs *p, const struct dns_transaction *t, trawl_error *err)
{
    int rc = reserve(&p->items, &p->capacity, (uint64_t)p->n + 1, sizeof(*t), err);
    uint32_t *head;

    if (rc == TRAWL_OK)
        rc = make_heads(&p->heads, &p->n_heads, p->n, err);
    if (rc < 0)
        return rc;
    for (uint32_t i = 0; rc > 0 && i < p->n; i++) {
        head = &p->heads[p->items[i].hash & (p->n_heads - 1)];
        p->items[i].next = *head;
        *head = i;
    }
    p->items[p->n] = *t;
    if (t->question && !t->name) {
        rc = find_name(p, &p->items[p->n].name, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    head = &p->heads[t->hash & (p->n_heads - 1)];
    p->items[p->n].next = *head;
    *head = p->n++;
    return TRAWL_OK;
}

/* ---- one message ---- */

static int note(struct dns_pairs *p, const struct dns_transaction *t, uint32_t i,
                enum dns_part part, trawl_error *err)
{
    const uint32_t row = t->query != DNS_NONE ? t->query : t->response;
    int rc = TRAWL_OK;

    if (!p->wants_events)
        return rc;
    rc = reserve(&p->events, &p->events_capacity, (uint64_t)p->n_events + 1, sizeof(*p->events),
                 err);
    if (rc == TRAWL_OK)
        p->events[p->n_events++] = (struct dns_event){t->time_ns, row, i, part};
    return rc;
}

static int comes_again(const struct dns_transaction *old, const struct dns_transaction *t)
{
    return is_open(old) && is_same_question(old, t) && old->client == t->client &&
           (uint64_t)t->time_ns - (uint64_t)old->time_ns < (uint64_t)AGAIN_NS;
}

static int take_query(struct dns_pairs *p, const struct dns_transaction *t, trawl_error *err)
{
    unsigned n_left;
    uint32_t i;
    int rc;

    for (i = first_of(p, t, &n_left); i != DNS_NONE; i = next_of(p, t, p->items[i].next, &n_left)) {
        if (p->items[i].last_row == t->query && t->kind == KIND_MDNS)
            return TRAWL_OK; /* the same question twice in a query */
        if (comes_again(&p->items[i], t)) {
            p->items[i].n_again++;
            p->items[i].last_ns = t->time_ns;
            p->items[i].last_row = t->query;
            p->last_again = i;
            return note(p, t, i, DNS_QUERY_AGAIN, err);
        }
        if (t->kind != KIND_MDNS && is_same_question(&p->items[i], t))
            break; /* the latest of its kind has its answer */
    }
    rc = append(p, t, err);
    return rc == TRAWL_OK ? note(p, t, p->n - 1, DNS_QUERY, err) : rc;
}

static void settle(struct dns_transaction *old, const struct dns_transaction *t)
{
    old->response = t->response;
    old->response_ns = t->response_ns;
    old->responder = t->server;
    old->flags = t->flags;
    old->rcode = t->rcode;
    old->n_answers = t->n_answers;
    old->is_one = old->query == t->response;
}

/* A record may hold a query, which another record has told of before, and its response. */
static void take_back(struct dns_pairs *p, uint32_t i, uint32_t row)
{
    if (p->last_again != i)
        return;
    p->items[i].n_again--;
    if (p->n_events && p->events[p->n_events - 1].row == row)
        p->n_events--;
}

static int take_response(struct dns_pairs *p, const struct dns_transaction *t, int is_record,
                         trawl_error *err)
{
    unsigned n_left;
    uint32_t i;
    int rc;

    for (i = first_of(p, t, &n_left); i != DNS_NONE; i = next_of(p, t, p->items[i].next, &n_left)) {
        struct dns_transaction *old = &p->items[i];

        if (old->query == DNS_NONE || old->is_one_way ||
            !(is_same_question(old, t) ||
              (t->question == 0 && (is_open(old) || is_transfer(old))) ||
              (old->question == 0 && is_open(old))))
            continue;
        if (is_transfer(old)) {
            old->n_answers += t->n_answers;
            return note(p, t, i, DNS_RESPONSE_MORE, err);
        }
        if (old->response != DNS_NONE)
            return note(p, t, i,
                        old->kind == KIND_LLMNR && old->responder != t->server ? DNS_RESPONSE_MORE
                                                                               : DNS_RESPONSE_AGAIN,
                        err);
        if (is_record)
            take_back(p, i, t->response);
        settle(old, t);
        return note(p, t, i, DNS_RESPONSE, err);
    }
    rc = append(p, t, err);
    return rc == TRAWL_OK ? note(p, t, p->n - 1, DNS_UNASKED, err) : rc;
}

/* May t be a response of mDNS to the query? It goes to the group that was asked or to who asked.
 * Nobody answers his own: who asks whether a name is free then announces it. */
static int may_answer(const struct dns_transaction *old, const struct dns_transaction *t)
{
    return old->query != DNS_NONE && old->client != t->server &&
           (t->client == old->server || t->client == old->client) &&
           (uint64_t)t->time_ns - (uint64_t)old->last_ns < (uint64_t)ANSWER_NS;
}

/* All queries for a name and type that mDNS answers; the message is noted once. */
static int answer(struct dns_pairs *p, struct dns_transaction *t, uint16_t type, int *ret_any,
                  trawl_error *err)
{
    unsigned n_left;
    uint32_t i;
    int rc = TRAWL_OK;

    t->type = type;
    t->hash = hash_of(p, t);
    for (i = first_of(p, t, &n_left); rc == TRAWL_OK && i != DNS_NONE;
         i = next_of(p, t, p->items[i].next, &n_left)) {
        struct dns_transaction *old = &p->items[i];
        const enum dns_part part = is_open(old)                  ? DNS_RESPONSE
                                   : old->responder == t->server ? DNS_RESPONSE_AGAIN
                                                                 : DNS_RESPONSE_MORE;

        if (!may_answer(old, t))
            continue;
        if (part == DNS_RESPONSE)
            settle(old, t);
        if (!*ret_any)
            rc = note(p, t, i, part, err);
        *ret_any = 1;
    }
    return rc;
}

static int take_mdns_response(struct dns_pairs *p, const struct dns_transaction *response,
                              struct dns_walk *walk, trawl_error *err)
{
    struct dns_transaction t = *response;
    struct dns_item item;
    int any = 0, rc = TRAWL_OK;

    for (unsigned n = 0; rc == TRAWL_OK && n < ANSWERS_MOST && dns_walk_next(walk, &item); n++) {
        if (item.section == DNS_QUESTION || !p->n)
            continue;
        if (item.section != DNS_ANSWER)
            break;
        if (dns_read_name(walk->message, item.name_at, &p->name))
            continue;
        t.question = hash_name(p);
        rc = answer(p, &t, item.type, &any, err);
        if (rc == TRAWL_OK)
            rc = answer(p, &t, T_ANY, &any, err);
    }
    if (rc != TRAWL_OK || any)
        return rc;
    t = *response;
    t.hash = hash_of(p, &t);
    rc = append(p, &t, err);
    return rc == TRAWL_OK ? note(p, &t, p->n - 1, DNS_UNASKED, err) : rc;
}

/* Who asks: of a record its source, of a packet who sends the query. */
static void put_ends(const struct dns_pairs *p, const trawl_layer *layer, uint32_t row,
                     int is_response, struct dns_transaction *t)
{
    const int is_record = layer->carrier == 0;
    const int back = is_record ? layer->direction : is_response;

    t->carrier = is_record ? p->proto[row] : layer->carrier;
    t->client = back && !is_record ? p->dst[row] : p->src[row];
    t->server = back && !is_record ? p->src[row] : p->dst[row];
    t->client_port = back ? layer->dst_port : layer->src_port;
    t->server_port = back ? layer->src_port : layer->dst_port;
}

static void put_question(struct dns_pairs *p, const struct dns_walk *walk,
                         const struct dns_item *item, struct dns_transaction *t)
{
    t->type = item->type;
    t->class_ = t->kind == KIND_MDNS ? item->class_ & 0x7fff : item->class_;
    t->question = dns_read_name(walk->message, item->name_at, &p->name) && !p->name.is_readable
                      ? 0
                      : hash_name(p);
}

/* Each question of an mDNS query may be answered by itself. A query without any goes on with the
 * known answers of the one before (RFC 6762 section 7.2). */
static int take_mdns_query(struct dns_pairs *p, const struct dns_transaction *query,
                           struct dns_walk *walk, trawl_error *err)
{
    struct dns_item item;
    int rc = TRAWL_OK;

    for (unsigned n = 0; rc == TRAWL_OK && n < QUESTIONS_MOST; n++) {
        struct dns_transaction t = *query;

        if (!dns_walk_next(walk, &item) || item.section != DNS_QUESTION)
            break;
        put_question(p, walk, &item, &t);
        t.hash = hash_of(p, &t);
        rc = take_query(p, &t, err);
    }
    return rc;
}

/* The reply code with the bits that EDNS adds (RFC 6891 section 6.1.3). */
static uint16_t rcode_of(const struct dns_walk *start)
{
    const uint16_t rcode = start->header.flags & 15;
    struct dns_walk walk = *start;
    struct dns_item item;

    while (walk.header.counts[DNS_ADDITIONAL] && dns_walk_next(&walk, &item))
        if (item.section == DNS_ADDITIONAL && item.type == T_OPT)
            return (uint16_t)(item.ttl >> 24 << 4 | rcode);
    return rcode;
}

static int take_message(struct dns_pairs *p, struct dns_transaction *t, struct dns_walk *walk,
                        int is_record, trawl_error *err)
{
    const int is_response = t->response != DNS_NONE;
    const struct dns_walk start = *walk;
    struct dns_item item;
    int rc;

    if (t->kind == KIND_MDNS && !is_response)
        return take_mdns_query(p, t, walk, err);
    if (dns_walk_next(walk, &item) && item.section == DNS_QUESTION)
        put_question(p, walk, &item, t);
    else
        *walk = start;
    if (is_response && p->names)
        t->rcode = rcode_of(walk);
    if (is_response && t->kind == KIND_MDNS) {
        rc = t->question ? find_name(p, &t->name, err) : TRAWL_OK;
        return rc == TRAWL_OK ? take_mdns_response(p, t, walk, err) : rc;
    }
    t->hash = hash_of(p, t);
    return is_response ? take_response(p, t, is_record, err) : take_query(p, t, err);
}

static int add_message(void *context, const trawl_packet *packet, const trawl_layer *layer,
                       trawl_error *err)
{
    struct dns_pairs *p = context;
    const uint32_t row = (uint32_t)packet->row;
    struct dns_message message;
    struct dns_walk walk;
    struct dns_transaction t;
    int is_response;

    if (layer->flags & TRAWL_LAYER_QUOTED || !dns_message_of(layer, p->room, &message) ||
        !dns_walk_begin(&walk, &message))
        return TRAWL_OK;
    is_response = (walk.header.flags & FLAG_RESPONSE) != 0;
    t = (struct dns_transaction){.time_ns = packet->time_ns,
                                 .response_ns = packet->time_ns,
                                 .last_ns = packet->time_ns,
                                 .last_row = row,
                                 .query = is_response ? DNS_NONE : row,
                                 .response = is_response ? row : DNS_NONE,
                                 .stream = layer->stream,
                                 .id = walk.header.id,
                                 .flags = walk.header.flags,
                                 .n_answers = walk.header.counts[DNS_ANSWER],
                                 .is_one_way = !is_response && walk.header.id == 0 &&
                                               dns_opcode(walk.header.flags) == OPCODE_STATEFUL,
                                 .kind = (uint8_t)dns_kind_of(layer->src_port, layer->dst_port)};
    put_ends(p, layer, row, is_response, &t);
    if (!is_response)
        p->last_again = DNS_NONE;
    return take_message(p, &t, &walk, layer->carrier == 0, err);
}

/* ---- a capture ---- */

int64_t dns_response_time(const struct dns_transaction *t)
{
    if (t->query == DNS_NONE || t->response == DNS_NONE || t->is_one || t->time_ns == INT64_MIN ||
        t->response_ns == INT64_MIN)
        return INT64_MIN;
    return (int64_t)((uint64_t)t->response_ns - (uint64_t)t->time_ns);
}

/* A record with both messages says when the query was. */
static int put_latencies(struct dns_pairs *p, trawl_call *call, trawl_table *packets,
                         trawl_error *err)
{
    trawl_view latency = {.size = sizeof(latency)};

    for (uint32_t i = 0; i < p->n; i++) {
        struct dns_transaction *t = &p->items[i];

        if (!t->is_one)
            continue;
        if (!latency.data) {
            const int rc = host->view_named(call, packets, "dnstap.latency", &latency, err);

            if (rc != TRAWL_OK)
                return rc;
        }
        if (trawl_view_has(&latency, t->query) && t->response_ns != INT64_MIN) {
            const int64_t span = ((const int64_t *)latency.data)[t->query];

            t->time_ns = (int64_t)((uint64_t)t->response_ns - (uint64_t)span);
            t->is_one = 0;
        }
    }
    return TRAWL_OK;
}

int dns_pairs_build(struct dns_pairs *pairs, trawl_call *call, trawl_capture *capture,
                    trawl_table *packets, trawl_error *err)
{
    trawl_view src = {.size = sizeof(src)}, dst = src, proto = src;
    int rc = host->view_named(call, packets, "src", &src, err);

    pairs->last_again = DNS_NONE;
    if (getrandom(&pairs->seed, sizeof(pairs->seed), GRND_NONBLOCK) != sizeof(pairs->seed))
        pairs->seed = (uintptr_t)pairs * UINT64_C(0x9e3779b97f4a7c15);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "dst", &dst, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "proto", &proto, err);
    if (rc != TRAWL_OK)
        return rc;
    pairs->src = src.data;
    pairs->dst = dst.data;
    pairs->proto = proto.data;
    rc = host->messages(call, capture, "dns", add_message, pairs, err);
    return rc == TRAWL_OK ? put_latencies(pairs, call, packets, err) : rc;
}

void dns_pairs_fini(struct dns_pairs *pairs)
{
    host->free(pairs->items);
    host->free(pairs->heads);
    host->free(pairs->events);
}
