/* Cells of what Zeek says of flows. Knows nothing of how flows are found or columns named. */
#include <sha1.h>
#include <stdio.h>

#include "batch.h"
#include "community.h"

enum { UID_LENGTH = 18 };

static const char *transport_of(unsigned proto)
{
    return proto == 6                  ? "tcp"
           : proto == 17               ? "udp"
           : proto == 1 || proto == 58 ? "icmp"
                                       : "unknown_transport";
}

/* The networks that nobody routes, as Zeek takes them from IANA's registries of special-purpose
 * addresses (Site::private_address_space). Those of 6to4 are IPv4's behind 2002 (RFC 3056). */
struct network {
    uint32_t start;
    unsigned bits;
};
static const struct network networks4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
    {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 24}, {0xef000000, 8},  {0xf0000000, 4}};
static const struct network networks6[] = {
    {0x20010000, 23}, {0x20010db8, 32}, {0xfc000000, 7}, {0xfe800000, 10}, {0xfec00000, 10}};

static int is_among(const struct network *networks, size_t n, const uint8_t *a)
{
    const uint32_t start = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 |
                           (uint32_t)a[3];

    for (size_t i = 0; i < n; i++) {
        if ((start ^ networks[i].start) >> (32 - networks[i].bits) == 0)
            return 1;
    }
    return 0;
}

static int is_local(const trawl_view *view, uint32_t code)
{
    static const uint8_t loopback[16] = {[15] = 1}, none[16];
    static const uint8_t translation[6] = {0, 0x64, 0xff, 0x9b, 0, 1}, discard[8] = {1};
    const uint8_t *a = view->addresses[code & FLOWS_NUMBER];

    if (!(code >> 31))
        return is_among(networks4, TRAWL_COUNT(networks4), a + 12);
    return is_among(networks6, TRAWL_COUNT(networks6), a) ||
           (a[0] == 0x20 && a[1] == 2 && is_among(networks4, TRAWL_COUNT(networks4), a + 2)) ||
           memcmp(a, loopback, sizeof(loopback)) == 0 || memcmp(a, none, sizeof(none)) == 0 ||
           memcmp(a, translation, sizeof(translation)) == 0 ||
           memcmp(a, discard, sizeof(discard)) == 0;
}

/* 'C' and digits of base 62 of a hash of what makes the flow itself. */
static void make_uid(const struct input *in, const struct flow *f, char *ret)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint8_t text[COMMUNITY_LENGTH + sizeof(f->first_ns) + sizeof(f->first_row)];
    uint8_t digest[SHA1_DIGEST_LENGTH];
    uint64_t left = 0;
    SHA1_CTX sha;

    community_id(in, f->first_row, 0, (char *)text);
    memcpy(text + COMMUNITY_LENGTH, &f->first_ns, sizeof(f->first_ns));
    memcpy(text + COMMUNITY_LENGTH + sizeof(f->first_ns), &f->first_row, sizeof(f->first_row));
    SHA1Init(&sha);
    SHA1Update(&sha, text, sizeof(text));
    SHA1Final(digest, &sha);
    ret[0] = 'C';
    for (unsigned i = 1; i < UID_LENGTH; i++) {
        if (i % 9 == 1)
            memcpy(&left, digest + i / 9 * sizeof(left), sizeof(left));
        ret[i] = digits[left % 62];
        left /= 62;
    }
}

static int put_uids(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct fill *f = b->f;
    char text[BATCH * UID_LENGTH];
    uint64_t offsets[BATCH + 1];
    uint32_t codes[BATCH];
    int rc;

    for (unsigned k = 0; k <= b->n; k++)
        offsets[k] = (uint64_t)k * UID_LENGTH;
    for (unsigned k = 0; k < b->n; k++)
        make_uid(&f->from->meter->input, &b->flows[k], text + offsets[k]);
    rc = host->builder_codes(f->builder, i_column, text, offsets, b->n, codes, err);
    for (unsigned k = 0; k < b->n && rc == TRAWL_OK; k++)
        put(&f->columns[i_column], &f->cells[i_column], b->i + k, codes[k]);
    return rc;
}

static uint16_t type_port_of(const struct input *in, unsigned end, uint64_t row)
{
    const unsigned proto = input_proto(in, row);
    unsigned ports[2];

    if (proto != 1 && proto != 58)
        return port_of(in, end, row);
    community_ports(in, row, ports);
    return (uint16_t)ports[end - 1];
}

static void join_services(unsigned bits, char *ret, size_t room)
{
    size_t n = 0;

    ret[0] = 0;
    for (unsigned i = 0; i < TALK_SERVICES && n < room; i++) {
        if (bits >> i & 1)
            n += (size_t)snprintf(ret + n, room - n, "%s%s", n ? "," : "", talk_services[i]);
    }
}

/* Names that many flows share. */
static int put_names(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct fill *f = b->f;
    const struct view_column *c = &f->columns[i_column];
    struct known known = {0};
    int rc = TRAWL_OK;

    for (unsigned k = 0; k < b->n && rc == TRAWL_OK; k++) {
        char services[64];
        const char *text = services;
        uint64_t key = f->from->talks.services[b->numbers[k]];
        uint32_t code = 0;

        if (c->cell == CELL_TRANSPORT) {
            key = input_proto(&f->from->meter->input, b->flows[k].first_row);
            text = transport_of((unsigned)key);
        } else if (key) {
            join_services((unsigned)key, services, sizeof(services));
        } else {
            continue;
        }
        rc = code_of(f, i_column, &known, key, text, &code, err);
        put(c, &f->cells[i_column], b->i + k, code);
    }
    return rc;
}

/* How long flow k of the batch took as Zeek has it; 0: not known either. */
static int64_t talked(const struct batch *b, unsigned k)
{
    const struct fill_source *from = b->f->from;
    const struct input *in = &from->meter->input;
    const uint64_t last = ((const uint64_t *)from->talks.last.data)[b->numbers[k]];

    if (!input_has_time(in, b->flows[k].first_row) || !input_has_time(in, last))
        return 0;
    return span_ns(b->flows[k].first_ns, in->ticks[last]);
}

/* One cell of what needs no text. */
static void put_one(const struct batch *b, size_t i_column, unsigned k)
{
    const struct fill *f = b->f;
    const struct view_column *c = &f->columns[i_column];
    const trawl_cells *cells = &f->cells[i_column];
    const struct input *in = &f->from->meter->input;
    const struct talks *t = &f->from->talks;
    const uint32_t number = b->numbers[k];
    const unsigned part = part_of(b, c, k);
    const uint64_t row = b->flows[k].first_row, i = b->i + k;
    const trawl_view *end = part == 1 ? &in->src : &in->dst;

    switch ((enum cell)c->cell) {
    case CELL_TYPE_PORT:
        put(c, cells, i, type_port_of(in, part, row));
        break;
    case CELL_TALKED:
        if (talked(b, k))
            put(c, cells, i, (uint64_t)talked(b, k));
        break;
    case CELL_PAYLOAD:
        if (talked(b, k))
            put(c, cells, i, ((const uint64_t *)t->bytes[part - 1].data)[number]);
        break;
    case CELL_STATE:
        put(c, cells, i, input_u32(&t->state, number));
        break;
    case CELL_HISTORY:
        if (trawl_view_has(&t->history, number))
            put(c, cells, i, input_u32(&t->history, number));
        break;
    case CELL_LOCAL:
        put(c, cells, i, (uint64_t)is_local(end, input_u32(end, row)));
        break;
    default:
        put(c, cells, i, ((const uint64_t *)t->missed.data)[number]);
        break;
    }
}

int fill_talk(const struct batch *b, size_t i_column, trawl_error *err)
{
    const uint8_t cell = b->f->columns[i_column].cell;

    if (cell == CELL_UID)
        return put_uids(b, i_column, err);
    if (cell == CELL_TRANSPORT || cell == CELL_SERVICE)
        return put_names(b, i_column, err);
    for (unsigned k = 0; k < b->n; k++)
        put_one(b, i_column, k);
    return TRAWL_OK;
}
