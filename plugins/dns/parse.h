/* DNS messages as bytes: header, questions, records, names (RFC 1035 section 4). Allocates nothing,
 * never reads beyond a message. Knows nothing of packets, fields or tables. */
#ifndef DNS_PARSE_H
#define DNS_PARSE_H

#include <stddef.h>
#include <stdint.h>

enum {
    DNS_HEADER_LEN = 12,
    DNS_NAME_WIRE_MOST = 255, /**< bytes of a name, lengths and root included */
    /** Three for a byte on the wire: labels of 8 bits, dots between them; 8 to spare. */
    DNS_NAME_TEXT_MOST = 3 * DNS_NAME_WIRE_MOST + 8,
    DNS_HOPS_MOST = 126 /**< compression pointers in a name */
};

/** Sections of a message, in order. */
enum { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_N_SECTIONS };

/** Types of records. */
enum dns_type {
#define TYPE(id, number, name, data) T_##id = (number),
#include "types.h"
};

/** Borrowed bytes, without the length that TCP puts before them. */
struct dns_message {
    const uint8_t *data;
    uint32_t n;
};

struct dns_header {
    uint16_t id, flags, counts[DNS_N_SECTIONS];
    uint8_t n_numbers; /**< of these six that are there; the others are 0 */
};

/** A name as text: labels with dots between them, "<Root>" for the root, as Wireshark writes it. A
 * dot or backslash within a label has a backslash before it, a label of bits is \[x, digits, / and
 * their number, ] (RFC 2673 section 3.2); all other bytes are as they came. */
struct dns_name {
    uint32_t end;        /**< offset behind the name where it stands; 0: nobody knows */
    uint16_t n;          /**< bytes of text */
    uint8_t n_labels;    /**< 0: root */
    uint8_t is_readable; /**< 0: the text says what is wrong */
    uint8_t is_ascii;    /**< no byte of the text above 0x7f */
    char text[DNS_NAME_TEXT_MOST];
};

/** A question or a record. */
struct dns_item {
    unsigned section; /**< DNS_QUESTION, … */
    uint32_t name_at; /**< offset of its name */
    uint32_t at;      /**< offset of its type */
    uint16_t type, class_;
    uint32_t ttl;
    uint16_t data_len; /**< as declared */
    uint32_t data_at;  /**< offset of the data */
    uint32_t data_n;   /**< bytes of it that are there: data_len, or less at the message's end */
};

/** On the way through the items of a message. */
struct dns_walk {
    const struct dns_message *message;
    struct dns_header header;
    uint32_t at;       /**< offset of the next item */
    unsigned section;  /**< of the next item */
    uint32_t n_taken;  /**< of this section */
    const char *fault; /**< constant text: what ended the walk too early; else NULL */
};

/** Functions that return text return NULL when all is well, else constant text: what is wrong. */
const char *dns_read_header(const struct dns_message *message, struct dns_header *ret);

/** Could this be the header of a message of n bytes? It counts no more than they hold. */
int dns_is_likely(const uint8_t header[DNS_HEADER_LEN], uint32_t n);

/** The name at `at` with its pointers followed, at most DNS_HOPS_MOST of them. They should go back
 * (RFC 1035 section 4.1.4); where one goes forward it is followed and called wrong. When the name
 * cannot be read the text is what Wireshark has in its place, "" where it gives the message up. */
const char *dns_read_name(const struct dns_message *message, uint32_t at, struct dns_name *ret);

/** The end of the name at `at`, which is not looked into beyond a pointer and may be too long. */
const char *dns_skip_name(const struct dns_message *message, uint32_t at, uint32_t *ret_end);

/** As dns_read_name, without the text. *ret_end as in struct dns_name; *ret_is_empty: the text
 * would be "". */
const char *dns_check_name(const struct dns_message *message, uint32_t at, uint32_t *ret_end,
                           int *ret_is_empty);

/** Begin with the header; 0 when there is none (walk->fault says so). */
int dns_walk_begin(struct dns_walk *walk, const struct dns_message *message);

/** The next question or record; 0 at the end or at a fault (walk->fault). A record whose data goes
 * beyond the message is given, cut, and is the last. */
int dns_walk_next(struct dns_walk *walk, struct dns_item *ret);

static inline uint16_t dns_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t dns_u32(const uint8_t *p)
{
    return (uint32_t)dns_u16(p) << 16 | dns_u16(p + 2);
}

#endif
