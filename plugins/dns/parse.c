/* DNS messages as bytes. Knows nothing of packets, fields or tables. */
#include "parse.h"

#include <string.h>

static const char past_end[] = "name goes beyond the message";

static void take_header(const uint8_t p[DNS_HEADER_LEN], struct dns_header *ret)
{
    ret->id = dns_u16(p);
    ret->flags = dns_u16(p + 2);
    for (unsigned i = 0; i < DNS_N_SECTIONS; i++)
        ret->counts[i] = dns_u16(p + 4 + 2 * i);
}

const char *dns_read_header(const struct dns_message *message, struct dns_header *ret)
{
    uint8_t p[DNS_HEADER_LEN] = {0};

    if (message->n >= DNS_HEADER_LEN) {
        ret->n_numbers = DNS_HEADER_LEN / 2;
        take_header(message->data, ret);
        return NULL;
    }
    memcpy(p, message->data, message->n);
    ret->n_numbers = (uint8_t)(message->n / 2);
    take_header(p, ret);
    return "message shorter than its header";
}

enum { LABEL_OF_BITS = 0x41 };

/* Of a label of bits, with its kind and their number (RFC 2673 section 3.1: 0 are 256); one without
 * a number goes beyond the message too. */
static uint32_t bytes_of_bits(const struct dns_message *message, uint32_t at)
{
    const uint32_t n_bits = message->n - at < 2 ? 0 : message->data[at + 1];

    return 2 + ((n_bits ? n_bits : 256) + 7) / 8;
}

/* The offset of what is no label of bytes. */
static inline uint32_t pass_labels(const struct dns_message *message, uint32_t at)
{
    while (at < message->n && message->data[at] - 1u < 0x3f)
        at += message->data[at] + 1u;
    return at;
}

static uint32_t pass_bits(const struct dns_message *message, uint32_t at)
{
    while (at < message->n && message->data[at] == LABEL_OF_BITS)
        at = pass_labels(message, at + bytes_of_bits(message, at));
    return at;
}

/* Most of the walk is here: within it, not behind a call. */
static inline const char *skip_name(const struct dns_message *message, uint32_t at,
                                    uint32_t *ret_end)
{
    unsigned kind;

    at = pass_labels(message, at);
again:
    if (at >= message->n)
        return past_end;
    kind = message->data[at];
    if (kind >= 0xc0) {
        if (message->n - at < 2)
            return past_end;
        *ret_end = at + 2;
        return NULL;
    }
    if (kind >= 0x80)
        return "name with a label of unknown kind";
    if (kind == LABEL_OF_BITS) {
        at = pass_bits(message, at);
        goto again;
    }
    *ret_end = at + 1; /* RFC 6891 section 5; Wireshark goes on behind such a byte */
    return NULL;
}

const char *dns_skip_name(const struct dns_message *message, uint32_t at, uint32_t *ret_end)
{
    return skip_name(message, at, ret_end);
}

/* ---- names ---- */

enum { LABELS_MOST = DNS_NAME_WIRE_MOST / 2 };

/* Labels that follow each other in a message, as they stand there: each behind its length. */
struct run {
    uint32_t at, n; /* bytes of them; the first is a length */
    unsigned n_labels;
};

/* Where a name's labels are, before there is text. */
struct scan {
    const char *instead; /* of a name that cannot be read: what stands in its place; else NULL */
    uint32_t end;        /* as in struct dns_name */
    unsigned n_labels, n_runs;
    uint32_t labels[LABELS_MOST]; /* offsets of their lengths */
    struct run runs[LABELS_MOST];
};

static const char *refuse(struct scan *scan, const char *instead, const char *what)
{
    scan->instead = instead;
    return what;
}

enum { NOWHERE = -1 };

/* The labels from `at` on, up to what is none: its offset, which is in the message, or NOWHERE. At
 * most n_wire bytes of them. */
static inline int64_t scan_labels(const struct dns_message *message, uint32_t at, uint32_t n_wire,
                                  struct scan *scan, int *ret_is_long)
{
    const uint8_t *data = message->data;
    const uint32_t begin = at, fence = n_wire < message->n - at ? at + n_wire : message->n;
    unsigned n = scan->n_labels;

    for (;;) {
        uint32_t next;

        if (at >= message->n)
            return NOWHERE;
        if (data[at] - 1u >= 63)
            break;
        next = at + data[at] + 1;
        if (next > fence) {
            *ret_is_long = next <= message->n;
            return NOWHERE;
        }
        scan->labels[n++] = at;
        at = next;
    }
    if (at != begin)
        scan->runs[scan->n_runs++] = (struct run){begin, at - begin, n - scan->n_labels};
    scan->n_labels = n;
    return at;
}

/* The same from a label of bits on. */
static int64_t scan_bits(const struct dns_message *message, uint32_t at, uint32_t n_wire,
                         struct scan *scan, int *ret_is_long)
{
    const uint32_t next = at + bytes_of_bits(message, at);

    if (next > message->n || next - at > n_wire) {
        *ret_is_long = next <= message->n;
        return NOWHERE;
    }
    scan->labels[scan->n_labels++] = at;
    scan->runs[scan->n_runs++] = (struct run){at, next - at, 1};
    return scan_labels(message, next, n_wire - (next - at), scan, ret_is_long);
}

static const char *scan_name(const struct dns_message *message, uint32_t at, struct scan *ret)
{
    static const char loops[] = "<Name contains a pointer that loops>";
    static const char forward[] = "name with a pointer that does not go back";
    const uint8_t *data = message->data;
    const char *fault = NULL;
    unsigned n_hops = 0, n_wire = DNS_NAME_WIRE_MOST - 1;

    ret->instead = NULL;
    ret->end = 0;
    ret->n_labels = ret->n_runs = 0;
    for (;;) { /* labels up to the end or to a pointer; pointers should go before them */
        const uint32_t begin = at;
        uint32_t from = at;
        int is_long = 0;
        int64_t end;

        if (at >= message->n)
            return refuse(ret, "", past_end);
        end = scan_labels(message, at, n_wire, ret, &is_long);
    more:
        if (is_long) /* pointers that go back do not loop */
            return fault ? refuse(ret, loops, fault)
                         : refuse(ret, "<Name too long>", "name longer than 255 bytes");
        if (end == NOWHERE)
            return refuse(ret, "", past_end);
        at = (uint32_t)end;
        n_wire -= at - from;
        if (data[at] == 0)
            break;
        if (data[at] == LABEL_OF_BITS) {
            from = at;
            end = scan_bits(message, at, n_wire, ret, &is_long);
            goto more;
        }
        if (data[at] < 0xc0) /* a name that begins with one is none in tshark either */
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
        if (at >= begin)
            fault = forward;
    }
    if (n_hops == 0)
        ret->end = at + 1;
    return fault;
}

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
static void append_escaped(struct dns_name *name, const uint8_t *p, const uint32_t *labels,
                           unsigned n_labels)
{
    char *out = name->text + name->n;

    for (unsigned k = 0; k < n_labels; k++) {
        const uint8_t *label = p + labels[k];

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

static inline void copy_8(char *out, const uint8_t *from, struct seen *seen)
{
    uint64_t word;

    memcpy(&word, from, 8);
    memcpy(out, &word, 8);
    see(seen, word);
}

static inline void copy_4(char *out, const uint8_t *from, struct seen *seen)
{
    uint32_t word;

    memcpy(&word, from, 4);
    memcpy(out, &word, 4);
    see(seen, word);
}

/* Copy n bytes, eight or four at a time; the last ones overlap. */
static inline struct seen copy(char *out, const uint8_t *from, uint32_t n)
{
    struct seen seen = {0, 0};

    if (n >= 8) {
        for (uint32_t i = 0; i + 8 < n; i += 8)
            copy_8(out + i, from + i, &seen);
        copy_8(out + n - 8, from + n - 8, &seen);
        return seen;
    }
    if (n >= 4) {
        copy_4(out, from, &seen);
        copy_4(out + n - 4, from + n - 4, &seen);
        return seen;
    }
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (char)from[i];
        see(&seen, from[i]);
    }
    return seen;
}

static void append_bits(struct dns_name *name, const uint8_t *label)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned n_bits = label[1] ? label[1] : 256;
    char *out = name->text + name->n;

    memcpy(out, "\\[x", 3);
    out += 3;
    for (unsigned i = 0; i < n_bits; i += 4)
        *out++ = digits[label[2 + i / 8] >> (i % 8 ? 0 : 4) & 15];
    *out++ = '/';
    for (unsigned unit = n_bits >= 100 ? 100 : n_bits >= 10 ? 10 : 1; unit; unit /= 10)
        *out++ = digits[n_bits / unit % 10];
    *out++ = ']';
    name->n = (uint16_t)(out - name->text);
}

/* All labels of a run at once, behind those that are there: lengths become dots. */
static void append_run(struct dns_name *name, const uint8_t *p, const struct run *run,
                       const uint32_t *labels)
{
    const uint32_t n = run->n - 1; /* without the first length */
    struct seen seen;
    char *out;

    if (name->n)
        name->text[name->n++] = '.';
    if (p[run->at] == LABEL_OF_BITS) {
        append_bits(name, p + run->at);
        return;
    }
    out = name->text + name->n;
    seen = copy(out, p + run->at + 1, n);
    name->is_ascii &= (seen.bits & bytes_of(0x80)) == 0;
    if (seen.odd) {
        append_escaped(name, p, labels, run->n_labels);
        return;
    }
    for (unsigned k = 1; k < run->n_labels; k++)
        out[labels[k] - run->at - 1] = '.';
    name->n = (uint16_t)(name->n + n);
}

static void put_text(struct dns_name *name, const char *text)
{
    name->n = (uint16_t)strlen(text);
    memcpy(name->text, text, name->n);
}

const char *dns_read_name(const struct dns_message *message, uint32_t at, struct dns_name *ret)
{
    struct scan scan;
    const char *fault = scan_name(message, at, &scan);
    const uint32_t *labels = scan.labels;

    ret->n = 0;
    ret->is_ascii = 1;
    ret->is_readable = !scan.instead;
    ret->end = scan.end;
    if (scan.instead) {
        put_text(ret, scan.instead);
        ret->n_labels = 1;
        return fault;
    }
    ret->n_labels = (uint8_t)scan.n_labels;
    for (unsigned i = 0; i < scan.n_runs; i++) {
        append_run(ret, message->data, &scan.runs[i], labels);
        labels += scan.runs[i].n_labels;
    }
    if (scan.n_labels == 0)
        put_text(ret, "<Root>");
    return fault;
}

const char *dns_check_name(const struct dns_message *message, uint32_t at, uint32_t *ret_end,
                           int *ret_is_empty)
{
    struct scan scan;
    const char *fault = scan_name(message, at, &scan);

    *ret_is_empty = scan.instead && !*scan.instead;
    *ret_end = scan.end;
    return fault;
}

/* ---- messages ---- */

int dns_is_likely(const uint8_t header[DNS_HEADER_LEN], uint32_t n)
{
    const uint32_t n_questions = dns_u16(header + 4);
    const uint32_t n_records = (uint32_t)dns_u16(header + 6) + dns_u16(header + 8) +
                               dns_u16(header + 10);

    return n >= DNS_HEADER_LEN && n_questions * 5 + n_records * 11 <= n - DNS_HEADER_LEN;
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
    what = skip_name(m, walk->at, &end);
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
