/* Turns options into signals, one for each, or for each address that is removed.
 * Knows nothing of tables. */
#include "events.h"
#include "check.h"

#include <string.h>

static int add(struct model *m, const struct event *event)
{
    if (!room_for((void **)&m->events, m->n_events, &m->cap_events, sizeof(*m->events)))
        return 0;
    m->events[m->n_events++] = *event;
    return 1;
}

static int add_kind(struct model *m, struct event *event, enum event_kind kind)
{
    event->kind = (uint8_t)kind;
    return add(m, event);
}

static int note_address(struct model *m, const struct where *at, const struct mp_option *o,
                        struct event *e)
{
    e->n_address = o->have & MP_HAVE_IPV6 ? 16 : o->have & MP_HAVE_IPV4 ? 4 : 0;
    if (e->n_address)
        memcpy(e->address, o->address, e->n_address);
    if (o->have & MP_HAVE_ECHO && o->echo)
        return add_kind(m, e, EVENT_ADD_ECHO);
    e->hmac = (uint8_t)check_address_hmac(m, at, o, NULL);
    return add_kind(m, e, EVENT_ADD);
}

static int note_removed(struct model *m, const struct mp_option *o, struct event *e)
{
    for (unsigned i = 0; i < o->n_removed; i++) {
        e->id = o->removed[i];
        e->has_id = 1;
        if (!add_kind(m, e, EVENT_REMOVE))
            return 0;
    }
    return 1;
}

static int note_fastclose(struct model *m, const struct where *at, const struct mp_option *o,
                          struct event *e)
{
    const struct subflow *s = &m->subflows[at->i_subflow];
    const struct side *receiver = &m->connections[s->connection]
                                       .side[s->half[1 - at->direction].side];

    if (o->have & MP_HAVE_RECVKEY && receiver->has_key)
        e->hmac = receiver->key == o->recvkey ? HMAC_RIGHT : HMAC_WRONG;
    return add_kind(m, e, EVENT_FASTCLOSE);
}

static int note_dss(struct model *m, const struct where *at, const struct mp_option *o,
                    const struct said *said, struct event *e)
{
    const struct half *half = &m->subflows[at->i_subflow].half[at->direction];

    if (o->have & MP_HAVE_LENGTH && o->length == 0) {
        e->number = half->infinite_dsn;
        return add_kind(m, e, EVENT_INFINITE);
    }
    if (!said->has_map || !said->fin)
        return 1;
    e->number = said->dsn + said->length;
    return add_kind(m, e, EVENT_DATA_FIN);
}

int event_note(struct model *m, const struct where *at, const struct mp_option *o,
               const struct said *said)
{
    const struct subflow *s = &m->subflows[at->i_subflow];
    struct event e = {.row = at->row,
                      .i_subflow = at->i_subflow,
                      .direction = (uint8_t)at->direction,
                      .tcp_flags = (uint8_t)at->flags,
                      .flags = o->flags,
                      .version = o->version,
                      .reason = o->reason,
                      .id = o->addrid,
                      .has_id = o->have & MP_HAVE_ADDRID ? 1 : 0,
                      .port = o->port,
                      .has_port = o->have & MP_HAVE_PORT ? 1 : 0};

    if (!(m->wants & WANT_EVENTS))
        return 1;
    switch (o->subtype) {
    case MP_CAPABLE:
        return add_kind(m, &e, EVENT_CAPABLE);
    case MP_JOIN:
        e.hmac = s->last_hmac;
        return add_kind(m, &e, EVENT_JOIN);
    case MP_DSS:
        return note_dss(m, at, o, said, &e);
    case MP_ADD_ADDR:
        return note_address(m, at, o, &e);
    case MP_REMOVE_ADDR:
        return note_removed(m, o, &e);
    case MP_PRIO:
        return add_kind(m, &e, EVENT_PRIO);
    case MP_FAIL:
        e.number = o->dsn;
        return add_kind(m, &e, EVENT_FAIL);
    case MP_FASTCLOSE:
        return note_fastclose(m, at, o, &e);
    case MP_TCPRST:
        return add_kind(m, &e, EVENT_RESET);
    default:
        return 1;
    }
}
