/* The state machine of Zeek's TCP analyser and the letters that it leaves, as Zeek 6 documents them
 * (base/protocols/conn, "history" and "conn_state"). Sequence numbers wrap and are compared by
 * distance (RFC 9293 section 3.4). Must not know tables, sessions or times. */
#include "core/track/history.h"

#include "core/base/base.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
enum { INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET };
enum {
    SEEN_SYN = 1,
    SEEN_FIN = 2,
    SEEN_RST = 4,
    SEEN_DATA = 8,
    SEEN_ACK = 16,
    SEEN_MULTI = 32,
    SEEN_FIN_RST = 64
};
#define TOO_FAR 1048576 /* a SYN or RST whose number is further off is not believed */

/* ---- the tree of histories ---- */

static uint32_t slot_of(uint32_t before, char letter, uint32_t n_slots)
{
    uint32_t h = ((before * 64u + ((uint32_t)letter & 63u)) ^ (uint32_t)tw_seed()) * 2654435761u;

    h ^= h >> 15;
    return h & (n_slots - 1);
}

static int grow(struct tw_histories *h, trawl_error *err)
{
    const uint32_t n_slots = h->n_slots ? h->n_slots * 2 : 256;
    uint32_t *slots = tw_alloc_array(n_slots, sizeof(*slots));
    struct tw_history_node *nodes = tw_realloc_array(h->nodes, n_slots / 2 + 1, sizeof(*nodes));

    if (nodes)
        h->nodes = nodes;
    if (!slots || !nodes) {
        tw_free(slots);
        return tw_fail_nomem(err);
    }
    if (h->n == 0) {
        nodes[0] = (struct tw_history_node){0};
        h->n = 1;
    }
    h->capacity = n_slots / 2 + 1;
    for (uint32_t i = 1; i < h->n; i++) {
        uint32_t at = slot_of(nodes[i].before, nodes[i].letter, n_slots);

        while (slots[at])
            at = (at + 1) & (n_slots - 1);
        slots[at] = i + 1;
    }
    tw_free(h->slots);
    h->slots = slots;
    h->n_slots = n_slots;
    return TRAWL_OK;
}

/* The history with a letter more. */
static int add(struct tw_histories *h, struct tw_history *c, bool is_originator, char letter,
               trawl_error *err)
{
    const char cased = is_originator ? letter : (char)(letter | 32);
    uint32_t at;

    if (!h)
        return TRAWL_OK;
    if (h->n == h->capacity) {
        const int rc = grow(h, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    at = slot_of(c->history, cased, h->n_slots);
    for (; h->slots[at]; at = (at + 1) & (h->n_slots - 1)) {
        const struct tw_history_node *node = &h->nodes[h->slots[at] - 1];

        if (node->before == c->history && node->letter == cased) {
            c->history = h->slots[at] - 1;
            return TRAWL_OK;
        }
    }
    h->nodes[h->n] = (struct tw_history_node){
        .before = c->history, .length = h->nodes[c->history].length + 1, .letter = cased};
    h->slots[at] = h->n + 1;
    c->history = h->n++;
    return TRAWL_OK;
}

void tw_histories_fini(struct tw_histories *histories)
{
    tw_free(histories->nodes);
    tw_free(histories->slots);
    *histories = (struct tw_histories){0};
}

size_t tw_histories_text(const struct tw_histories *histories, uint32_t i, char *out, size_t room)
{
    size_t length;

    if (!histories->n)
        return 0;
    length = histories->nodes[i].length;
    for (size_t k = length; k-- > 0; i = histories->nodes[i].before) {
        if (k < room)
            out[k] = histories->nodes[i].letter;
    }
    return length;
}

/* ---- letters ---- */

/* One that comes once; *ret: it came before. */
static int once(struct tw_histories *h, struct tw_history *c, bool is_originator, uint8_t bit,
                char letter, bool *ret, trawl_error *err)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];

    *ret = s->seen & bit;
    s->seen |= bit;
    return *ret ? TRAWL_OK : add(h, c, is_originator, letter, err);
}

/* One that comes at the first, tenth, hundredth … time. */
static int scaled(struct tw_histories *h, struct tw_history *c, bool is_originator,
                  uint32_t *counter, char letter, trawl_error *err)
{
    uint32_t n = ++*counter;

    while (n % 10 == 0 && n)
        n /= 10;
    return n == 1 ? add(h, c, is_originator, letter, err) : TRAWL_OK;
}

/* One that comes again with another number. */
static int numbered(struct tw_histories *h, struct tw_history *c, bool is_originator, uint8_t bit,
                    char letter, uint32_t *last, uint32_t number, trawl_error *err)
{
    bool before;
    int rc = once(h, c, is_originator, bit, letter, &before, err);

    if (rc == TRAWL_OK && before && *last != number)
        rc = add(h, c, is_originator, letter, err);
    *last = number;
    return rc;
}

static int letters_of(struct tw_histories *h, struct tw_history *c, bool is_originator,
                      const struct tw_history_packet *p, trawl_error *err)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];
    const uint16_t control = p->flags & (SYN | FIN | RST);
    const uint32_t number = p->seq - s->start;
    bool before;

    switch (control) {
    case 0:
        if (p->len)
            return once(h, c, is_originator, SEEN_DATA, 'D', &before, err);
        if (p->flags & ACK)
            return once(h, c, is_originator, SEEN_ACK, 'A', &before, err);
        return TRAWL_OK;
    case SYN:
        return numbered(h, c, is_originator, SEEN_SYN, p->flags & ACK ? 'H' : 'S', &s->last_of[0],
                        number, err);
    case FIN:
        return numbered(h, c, is_originator, SEEN_FIN, 'F', &s->last_of[1], number + p->len, err);
    case RST:
        return numbered(h, c, is_originator, SEEN_RST, 'R', &s->last_of[2], number, err);
    default:
        return control & FIN && control & RST
                   ? once(h, c, is_originator, SEEN_FIN_RST, 'I', &before, err)
                   : once(h, c, is_originator, SEEN_MULTI, 'Q', &before, err);
    }
}

/* ---- states ---- */

static void set_state(struct tw_history_side *s, uint8_t state)
{
    if (s->state == state)
        return;
    s->state_before = s->state;
    s->state = state;
}

/* Where the numbers of a side begin. */
static void begin(struct tw_history_side *s, const struct tw_history_packet *p, uint32_t end)
{
    const bool syn = p->flags & SYN;

    if (s->state == INACTIVE) {
        s->start = syn ? p->seq : p->seq - 1;
        s->last = syn ? end : p->seq;
    } else if (syn && (s->state == SYN_SENT || s->state == SYN_ACK_SENT
                           ? p->seq != s->start
                           : s->state == ESTABLISHED || s->state == PARTIAL ||
                                 (s->state == RESET && s->state_before == INACTIVE))) {
        s->start = p->seq;
        s->last = end;
    }
}

static int advance(struct tw_histories *h, struct tw_history *c, bool is_originator,
                   const struct tw_history_packet *p, uint32_t end, trawl_error *err)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];
    const int32_t delta = (int32_t)(end - s->last);

    if (p->flags & (SYN | RST) && (delta > TOO_FAR || delta < -TOO_FAR))
        return TRAWL_OK;
    if (p->flags & FIN && s->last == s->start + 1) {
        s->last = end;
        return TRAWL_OK;
    }
    if (s->state == RESET)
        return TRAWL_OK;
    if (delta > 0) {
        s->last = end;
        return TRAWL_OK;
    }
    return p->len ? scaled(h, c, is_originator, &s->n_again, 'T', err) : TRAWL_OK;
}

static void step_inactive(struct tw_history *c, bool is_originator,
                          const struct tw_history_packet *p)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];
    struct tw_history_side *peer = &c->side[is_originator ? 1 : 0];

    if (p->flags & SYN) {
        if (is_originator) {
            set_state(s, p->flags & ACK ? SYN_ACK_SENT : SYN_SENT);
        } else {
            if (peer->state == SYN_SENT)
                set_state(peer, ESTABLISHED);
            set_state(s, ESTABLISHED);
        }
    }
    if (p->flags & FIN)
        set_state(s, CLOSED);
    if (p->flags & RST)
        set_state(s, RESET);
    if (s->state != INACTIVE)
        return;
    if (!is_originator && p->len == 0 && peer->state == SYN_SENT)
        return; /* an ACK ahead of the SYN/ACK */
    if (p->flags & ACK && peer->state == ESTABLISHED) {
        set_state(s, ESTABLISHED);
        c->partial = false;
    } else {
        set_state(s, PARTIAL);
    }
}

static void step_state(struct tw_history *c, bool is_originator, const struct tw_history_packet *p)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];
    struct tw_history_side *peer = &c->side[is_originator ? 1 : 0];

    switch (s->state) {
    case INACTIVE:
        step_inactive(c, is_originator, p);
        break;
    case SYN_SENT:
    case SYN_ACK_SENT:
        if (p->flags & FIN)
            set_state(s, CLOSED);
        if (p->flags & RST)
            set_state(s, RESET);
        break;
    case ESTABLISHED:
    case PARTIAL:
        if (p->flags & SYN && s->state == PARTIAL && peer->state == INACTIVE && !(p->flags & ACK))
            set_state(s, SYN_SENT);
        if (p->flags & FIN && !(p->flags & RST)) {
            set_state(s, CLOSED);
            if (peer->state == RESET && peer->state_before == CLOSED)
                set_state(peer, CLOSED); /* it had ended before its RST */
        }
        if (p->flags & RST)
            set_state(s, RESET);
        break;
    case CLOSED:
        if (p->flags & RST && peer->state != CLOSED)
            set_state(s, RESET);
        break;
    default:
        break;
    }
}

void tw_history_swap(struct tw_history *c)
{
    const struct tw_history_side side = c->side[0];
    const bool seen = c->first_seen[0];

    c->side[0] = c->side[1];
    c->side[1] = side;
    c->first_seen[0] = c->first_seen[1];
    c->first_seen[1] = seen;
    c->partial = false;
}

int tw_history_flipped(struct tw_histories *histories, struct tw_history *c, trawl_error *err)
{
    return add(histories, c, true, '^', err);
}

int tw_history_step(struct tw_histories *histories, struct tw_history *c, bool is_originator,
                    const struct tw_history_packet *p, trawl_error *err)
{
    struct tw_history_side *s = &c->side[is_originator ? 0 : 1];
    struct tw_history_side *peer = &c->side[is_originator ? 1 : 0];
    const uint32_t end = p->seq + (p->flags & RST ? 0 : p->len) + (p->flags & SYN ? 1 : 0) +
                         (p->flags & FIN ? 1 : 0);
    int rc;

    if (!c->first_seen[0] && !c->first_seen[1])
        c->syn_first = is_originator && (p->flags & (SYN | ACK | FIN | RST)) == SYN;
    if (!c->first_seen[is_originator ? 0 : 1]) {
        c->first_seen[is_originator ? 0 : 1] = true;
        if (is_originator)
            c->partial = !(p->flags & SYN) || p->flags & ACK;
        else if (!c->partial)
            c->partial = !(p->flags & SYN);
    }
    begin(s, p, end);
    rc = letters_of(histories, c, is_originator, p, err);
    if (is_originator && p->flags & RST && !(p->flags & (SYN | FIN)))
        c->plain_reset |= c->syn_first && !s->n_gaps &&
                          !(s->seen & (SEEN_FIN | SEEN_ACK | SEEN_MULTI | SEEN_FIN_RST));
    if (rc == TRAWL_OK && p->window == 0 && !(p->flags & RST) && peer->state != CLOSED &&
        s->state != RESET)
        rc = scaled(histories, c, is_originator, &s->n_zero_windows, 'W', err);
    if (rc == TRAWL_OK)
        rc = advance(histories, c, is_originator, p, end, err);
    s->has_payload |= p->len && !(p->flags & RST);
    step_state(c, is_originator, p);
    return rc;
}

static bool is_clean(const struct tw_history_side *s)
{
    return s->state == ESTABLISHED || (s->state == CLOSED && s->state_before == ESTABLISHED);
}

bool tw_history_is_clean(const struct tw_history *c)
{
    return is_clean(&c->side[0]) && is_clean(&c->side[1]);
}

static bool is_over(const struct tw_history_side *s)
{
    return s->state == CLOSED || s->state == RESET;
}

bool tw_history_is_over(const struct tw_history *c)
{
    return is_over(&c->side[0]) && is_over(&c->side[1]);
}

int tw_history_gap(struct tw_histories *histories, struct tw_history *c, bool of_originator,
                   trawl_error *err)
{
    struct tw_history_side *s = &c->side[of_originator ? 0 : 1];

    return scaled(histories, c, of_originator, &s->n_gaps, 'G', err);
}

const char *tw_history_state(const struct tw_history *c)
{
    const struct tw_history_side *o = &c->side[0], *r = &c->side[1];
    const bool no_o = o->state == INACTIVE || o->state == PARTIAL;
    const bool no_r = r->state == INACTIVE || r->state == PARTIAL;

    if (r->state == RESET) {
        if (o->state == SYN_SENT || o->state == SYN_ACK_SENT ||
            (o->state == RESET && !o->has_payload && !r->has_payload))
            return "REJ";
        return no_o ? "RSTRH" : "RSTR";
    }
    if (o->state == RESET) {
        if (no_r)
            return c->plain_reset ? "RSTOS0" : "OTH";
        return "RSTO";
    }
    if (r->state == CLOSED && o->state == CLOSED)
        return "SF";
    if (o->state == CLOSED)
        return no_r ? "SH" : "S2";
    if (r->state == CLOSED)
        return no_o ? "SHR" : "S3";
    if (o->state == SYN_SENT && r->state == INACTIVE)
        return "S0";
    if (o->state == ESTABLISHED && r->state == ESTABLISHED)
        return "S1";
    return "OTH";
}
