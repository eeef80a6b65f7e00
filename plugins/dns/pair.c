/* Matches queries and responses. All hashes are seeded, and no chain is followed for long: whoever
 * sends what should collide loses pairs of his own, not our time. Knows nothing of columns. */
#include "pair.h"

#include <string.h>
#include <sys/random.h>

enum {
    FLAG_RESPONSE = 0x8000,
    TYPE_ANY = 255,
    LOOK_MOST = 32,    /* transactions of one conversation and id, latest first */
    ANSWERS_MOST = 64, /* records of an mDNS response */
    FOLLOW_MOST = 1024 /* entries of a chain, whatever they are */
};
#define AGAIN_NS INT64_C(60000000000)

/* ---- hashes ---- */

__extension__ typedef unsigned __int128 u128;

/* The two halves of a product, folded; the seed is in both factors. */
static uint64_t fold(uint64_t seed, uint64_t a, uint64_t b)
{
    const u128 product = (u128)(a ^ seed) * (b ^ (seed << 32 | seed >> 32));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
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
        return fold(p->seed, id | t->type, t->name);
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
        return a->name == b->name && a->type == b->type;
    if (a->id != b->id || a->client != b->client || a->client_port != b->client_port)
        return 0;
    return a->kind == KIND_LLMNR ||
           (a->stream == b->stream && a->server == b->server && a->server_port == b->server_port);
}

static int is_same_question(const struct dns_transaction *a, const struct dns_transaction *b)
{
    return a->name == b->name && a->type == b->type && a->class_ == b->class_;
}

static int is_open(const struct dns_transaction *t)
{
    return t->query != DNS_NONE && t->response == DNS_NONE;
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
    head = &p->heads[t->hash & (p->n_heads - 1)];
    p->items[p->n].next = *head;
    *head = p->n++;
    return TRAWL_OK;
}

/* ---- one message ---- */

static int note(struct dns_pairs *p, uint32_t row, uint32_t i, enum dns_part part, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (!p->wants_events)
        return rc;
    rc = reserve(&p->events, &p->events_capacity, (uint64_t)p->n_events + 1, sizeof(*p->events),
                 err);
    if (rc == TRAWL_OK)
        p->events[p->n_events++] = (struct dns_event){row, i, part};
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
        if (comes_again(&p->items[i], t)) {
            p->items[i].n_again++;
            p->last_again = i;
            return note(p, t->query, i, DNS_QUERY_AGAIN, err);
        }
        if (t->kind != KIND_MDNS && is_same_question(&p->items[i], t))
            break; /* the latest of its kind has its answer */
    }
    rc = append(p, t, err);
    return rc == TRAWL_OK ? note(p, t->query, p->n - 1, DNS_QUERY, err) : rc;
}

static void settle(struct dns_transaction *old, const struct dns_transaction *t)
{
    old->response = t->response;
    old->response_ns = t->response_ns;
    old->flags = t->flags;
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

        if (old->query == DNS_NONE || !(is_same_question(old, t) || (t->name == 0 && is_open(old))))
            continue;
        if (old->response != DNS_NONE)
            return note(p, t->response, i, DNS_RESPONSE_AGAIN, err);
        if (is_record)
            take_back(p, i, t->response);
        settle(old, t);
        return note(p, t->response, i, DNS_RESPONSE, err);
    }
    rc = append(p, t, err);
    return rc == TRAWL_OK ? note(p, t->response, p->n - 1, DNS_UNASKED, err) : rc;
}

/* All open queries for a name and type that mDNS answers. */
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
        if (!is_open(&p->items[i]))
            break;
        settle(&p->items[i], t);
        if (!*ret_any)
            rc = note(p, t->response, i, DNS_RESPONSE, err);
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
        rc = find_name(p, &t.name, err);
        if (rc == TRAWL_OK)
            rc = answer(p, &t, item.type, &any, err);
        if (rc == TRAWL_OK)
            rc = answer(p, &t, TYPE_ANY, &any, err);
    }
    if (rc != TRAWL_OK || any)
        return rc;
    t = *response;
    t.hash = hash_of(p, &t);
    rc = append(p, &t, err);
    return rc == TRAWL_OK ? note(p, t.response, p->n - 1, DNS_UNASKED, err) : rc;
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

static int put_question(struct dns_pairs *p, struct dns_walk *walk, struct dns_transaction *t,
                        trawl_error *err)
{
    const struct dns_walk start = *walk;
    struct dns_item item;

    if (!dns_walk_next(walk, &item) || item.section != DNS_QUESTION) {
        *walk = start;
        return TRAWL_OK;
    }
    t->type = item.type;
    t->class_ = t->kind == KIND_MDNS ? item.class_ & 0x7fff : item.class_;
    if (dns_read_name(walk->message, item.name_at, &p->name) && !p->name.is_readable)
        return TRAWL_OK;
    return find_name(p, &t->name, err);
}

static int add_message(void *context, const trawl_packet *packet, const trawl_layer *layer,
                       trawl_error *err)
{
    struct dns_pairs *p = context;
    const uint32_t row = (uint32_t)packet->row;
    struct dns_message message;
    struct dns_walk walk;
    struct dns_transaction t;
    int is_response, rc;

    if (layer->flags & TRAWL_LAYER_QUOTED || !dns_message_of(layer, p->room, &message) ||
        !dns_walk_begin(&walk, &message))
        return TRAWL_OK;
    is_response = (walk.header.flags & FLAG_RESPONSE) != 0;
    t = (struct dns_transaction){.time_ns = packet->time_ns,
                                 .response_ns = packet->time_ns,
                                 .query = is_response ? DNS_NONE : row,
                                 .response = is_response ? row : DNS_NONE,
                                 .stream = layer->stream,
                                 .id = walk.header.id,
                                 .flags = walk.header.flags,
                                 .n_answers = walk.header.counts[DNS_ANSWER],
                                 .kind = (uint8_t)dns_kind_of(layer->src_port, layer->dst_port)};
    put_ends(p, layer, row, is_response, &t);
    rc = put_question(p, &walk, &t, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!is_response)
        p->last_again = DNS_NONE;
    if (is_response && t.kind == KIND_MDNS)
        return take_mdns_response(p, &t, &walk, err);
    t.hash = hash_of(p, &t);
    return is_response ? take_response(p, &t, layer->carrier == 0, err) : take_query(p, &t, err);
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
