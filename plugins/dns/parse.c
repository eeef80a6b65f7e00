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

enum { LABELS_MOST = 128 };

/* Labels that follow each other in a message, as they stand there: each behind its length. */
struct run {
    uint32_t at, n;               /* bytes of them; the first is a length */
    unsigned n_labels;            /* of these … */
    uint8_t lengths[LABELS_MOST]; /* … where each length is, from the run's begin */
};

static inline uint64_t bytes_of(uint8_t c)
{
    return c * UINT64_C(0x0101010101010101);
}

/* Does a byte of the eight have the value c? A false yes is possible. */
static inline uint64_t find_byte(uint64_t word, uint8_t c)
{
    const uint64_t x = word ^ bytes_of(c);

    return (x - bytes_of(1)) & ~x & bytes_of(0x80);
}

/* The run's labels with what dots and backslashes need before them; each byte takes at most two. */
static void append_escaped(struct dns_name *name, const uint8_t *p, const struct run *run)
{
    char *out = name->text + name->n;

    for (unsigned k = 0; k < run->n_labels; k++) {
        const uint8_t *label = p + run->lengths[k];

        if (k)
            *out++ = '.';
        for (unsigned i = 1; i <= label[0]; i++) {
            if (label[i] == '.' || label[i] == '\\')
                *out++ = '\\';
            *out++ = (char)label[i];
        }
    }
    name->n = (uint16_t)(out - name->text);
}

/* What is seen of bytes while they are copied. */
struct seen {
    uint64_t bits; /* of all of them */
    uint64_t odd;  /* not 0: there may be a dot or backslash */
};

static inline void see(struct seen *seen, uint64_t word)
{
    seen->bits |= word;
    seen->odd |= find_byte(word, '.') | find_byte(word, '\\');
}

/* Copy n bytes, eight at a time; the last ones overlap. */
static struct seen copy(char *out, const uint8_t *from, uint32_t n)
{
    struct seen seen = {0, 0};
    uint64_t word;
    uint32_t i = 0;

    for (; i + 8 <= n; i += 8) {
        memcpy(&word, from + i, 8);
        memcpy(out + i, &word, 8);
        see(&seen, word);
    }
    if (i < n && n >= 8) {
        memcpy(&word, from + n - 8, 8);
        memcpy(out + n - 8, &word, 8);
        see(&seen, word);
        return seen;
    }
    for (; i < n; i++) {
        out[i] = (char)from[i];
        see(&seen, from[i]);
    }
    return seen;
}

/* All labels of a run at once, behind those that are there: lengths become dots. */
static void append_run(struct dns_name *name, const uint8_t *p, const struct run *run)
{
    const uint32_t n = run->n - 1; /* without the first length */
    struct seen seen;
    char *out;

    if (name->n_labels)
        name->text[name->n++] = '.';
    name->n_labels = (uint8_t)(name->n_labels + run->n_labels);
    out = name->text + name->n;
    seen = copy(out, p + 1, n);
    name->is_ascii &= (seen.bits & bytes_of(0x80)) == 0;
    if (seen.odd) {
        append_escaped(name, p, run);
        return;
    }
    for (unsigned k = 1; k < run->n_labels; k++)
        out[run->lengths[k] - 1] = '.';
    name->n = (uint16_t)(name->n + n);
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
    name->is_ascii = 1;
    return what;
}

const char *dns_read_name(const struct dns_message *message, uint32_t at, struct dns_name *ret)
{
    static const char loops[] = "<Name contains a pointer that loops>";
    static const char forward[] = "name with a pointer that does not go back";
    const uint8_t *data = message->data;
    const char *fault = NULL;
    unsigned n_hops = 0, n_wire = 1;
    struct run run;

    ret->n = 0;
    ret->n_labels = 0;
    ret->is_ascii = 1;
    for (;;) { /* labels up to the end or to a pointer; pointers should go before them */
        unsigned length;

        run.at = at;
        run.n_labels = 0;
        for (;;) {
            if (at >= message->n)
                return refuse(ret, "", past_end);
            length = data[at];
            if (length == 0 || length >= 64)
                break;
            n_wire += length + 1;
            if (length >= message->n - at)
                return refuse(ret, "", past_end);
            if (n_wire > DNS_NAME_WIRE_MOST) /* pointers that go back do not loop */
                return fault ? refuse(ret, loops, fault)
                             : refuse(ret, "<Name too long>", "name longer than 255 bytes");
            run.lengths[run.n_labels++] = (uint8_t)(at - run.at);
            at += length + 1;
        }
        run.n = at - run.at;
        if (run.n)
            append_run(ret, data + run.at, &run);
        if (length == 0)
            break;
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
        if (at >= run.at)
            fault = forward;
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
