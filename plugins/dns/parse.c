/* DNS messages as bytes. Knows nothing of packets, fields or tables. */
#include "parse.h"

#include <string.h>

static const char past_end[] = "name goes beyond the message";

const char *dns_read_header(const struct dns_message *message, struct dns_header *ret)
{
    uint8_t p[DNS_HEADER_LEN] = {0};
    const uint32_t n = message->n < DNS_HEADER_LEN ? message->n : DNS_HEADER_LEN;

    memcpy(p, message->data, n);
    ret->n_numbers = (uint8_t)(n / 2);
    ret->id = dns_u16(p);
    ret->flags = dns_u16(p + 2);
    for (unsigned i = 0; i < DNS_N_SECTIONS; i++)
        ret->counts[i] = dns_u16(p + 4 + 2 * i);
    return n < DNS_HEADER_LEN ? "message shorter than its header" : NULL;
}

const char *dns_skip_name(const struct dns_message *message, uint32_t at, uint32_t *ret_end)
{
    while (at < message->n) {
        const unsigned length = message->data[at];

        if (length >= 0xc0) {
            if (message->n - at < 2)
                return past_end;
            *ret_end = at + 2;
            return NULL;
        }
        if (length >= 0x80)
            return "name with a label of unknown kind";
        if (length >= 0x40) { /* RFC 6891 section 5; Wireshark goes on behind this byte */
            *ret_end = at + 1;
            return NULL;
        }
        at += length + 1;
        if (length == 0) {
            *ret_end = at;
            return NULL;
        }
    }
    return past_end;
}

/* Does a byte of the eight have the value of each of c's bytes? A false yes is possible. */
static int has_byte(uint64_t word, uint64_t c)
{
    const uint64_t x = word ^ c;

    return ((x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080)) != 0;
}

/* A label as text, of which n_there >= n bytes can be read; each takes at most two. */
static void append_label(struct dns_name *name, const uint8_t *label, unsigned n, uint32_t n_there)
{
    char *out = name->text + name->n;
    unsigned i = 0;

    if (name->n_labels++)
        *out++ = '.';
    for (; i < n && n_there - i >= 8; i += 8) {
        uint64_t word;

        memcpy(&word, label + i, 8);
        if (has_byte(word, UINT64_C(0x2e2e2e2e2e2e2e2e)) ||
            has_byte(word, UINT64_C(0x5c5c5c5c5c5c5c5c)))
            break;
        memcpy(out + i, &word, 8); /* what is too much is written over */
    }
    if (i >= n) {
        name->n = (uint16_t)(out - name->text + n);
        return;
    }
    out += i;
    for (; i < n; i++) {
        if (label[i] == '.' || label[i] == '\\')
            *out++ = '\\';
        *out++ = (char)label[i];
    }
    name->n = (uint16_t)(out - name->text);
}

int dns_is_likely(const uint8_t header[DNS_HEADER_LEN], uint32_t n)
{
    const uint32_t n_questions = dns_u16(header + 4);
    const uint32_t n_records = (uint32_t)dns_u16(header + 6) + dns_u16(header + 8) +
                               dns_u16(header + 10);

    return n >= DNS_HEADER_LEN && n_questions * 5 + n_records * 11 <= n - DNS_HEADER_LEN;
}

/* In the place of a name that cannot be read. */
static const char *refuse(struct dns_name *name, const char *text, const char *what)
{
    name->n = (uint16_t)strlen(text);
    memcpy(name->text, text, name->n);
    name->n_labels = 1;
    name->is_readable = 0;
    return what;
}

const char *dns_read_name(const struct dns_message *message, uint32_t at, struct dns_name *ret)
{
    static const char loops[] = "<Name contains a pointer that loops>";
    static const char forward[] = "name with a pointer that does not go back";
    const uint8_t *data = message->data;
    const char *fault = NULL;
    uint32_t first = at; /* of the labels at hand: pointers should go before it */
    unsigned n_hops = 0, n_wire = 1;

    ret->n = 0;
    ret->n_labels = 0;
    for (;;) {
        unsigned length;

        if (at >= message->n)
            return refuse(ret, "", past_end);
        length = data[at];
        if (length == 0)
            break;
        if (length < 64) {
            n_wire += length + 1;
            if (length >= message->n - at)
                return refuse(ret, "", past_end);
            if (n_wire > DNS_NAME_WIRE_MOST) /* pointers that go back do not loop */
                return fault ? refuse(ret, loops, fault)
                             : refuse(ret, "<Name too long>", "name longer than 255 bytes");
            append_label(ret, data + at + 1, length, message->n - at - 1);
            at += length + 1;
            continue;
        }
        if (length < 0xc0) /* a name that begins with one is none in tshark either */
            return refuse(ret, ret->n_labels || n_hops ? "<Unknown extended label>" : "",
                          "name with a label of unknown kind");
        if (message->n - at < 2)
            return refuse(ret, "", past_end);
        if (n_hops++ == 0)
            ret->end = at + 2;
        if ((dns_u16(data + at) & 0x3fffu) == at)
            return refuse(ret, loops, forward);
        at = dns_u16(data + at) & 0x3fff;
        if (at >= message->n)
            return refuse(ret, "", past_end);
        if (n_hops > DNS_HOPS_MOST)
            return refuse(ret, loops, fault ? fault : "name with too many pointers");
        if (at >= first)
            fault = forward;
        first = at;
    }
    ret->is_readable = 1;
    if (n_hops == 0)
        ret->end = at + 1;
    if (ret->n_labels == 0) {
        memcpy(ret->text, "<Root>", 6);
        ret->n = 6;
    }
    return fault;
}

int dns_walk_begin(struct dns_walk *walk, const struct dns_message *message)
{
    *walk = (struct dns_walk){.message = message, .at = DNS_HEADER_LEN};
    walk->fault = dns_read_header(message, &walk->header);
    return walk->fault == NULL;
}

static int fault(struct dns_walk *walk, const char *what)
{
    walk->fault = what;
    return 0;
}

int dns_walk_next(struct dns_walk *walk, struct dns_item *ret)
{
    const struct dns_message *m = walk->message;
    const char *what;
    uint32_t end;
    int is_question;

    if (walk->fault)
        return 0;
    while (walk->section < DNS_N_SECTIONS && walk->n_taken == walk->header.counts[walk->section]) {
        walk->section++;
        walk->n_taken = 0;
    }
    if (walk->section == DNS_N_SECTIONS)
        return 0;
    is_question = walk->section == DNS_QUESTION;
    if (walk->at >= m->n)
        return fault(walk, is_question ? "fewer questions than the header counts"
                                       : "fewer records than the header counts");
    what = dns_skip_name(m, walk->at, &end);
    if (what)
        return fault(walk, what);
    if (m->n - end < (is_question ? 4u : 10u))
        return fault(walk, is_question ? "question goes beyond the message"
                                       : "record goes beyond the message");
    *ret = (struct dns_item){.section = walk->section,
                             .name_at = walk->at,
                             .at = end,
                             .type = dns_u16(m->data + end),
                             .class_ = dns_u16(m->data + end + 2)};
    walk->n_taken++;
    walk->at = end + 4;
    if (is_question)
        return 1;
    ret->ttl = dns_u32(m->data + end + 4);
    ret->data_len = dns_u16(m->data + end + 8);
    ret->data_at = end + 10;
    ret->data_n = m->n - ret->data_at;
    if (ret->data_n < ret->data_len)
        walk->fault = "record's data goes beyond the message";
    else
        ret->data_n = ret->data_len;
    walk->at = ret->data_at + ret->data_n;
    return 1;
}
