/* Heads of HTTP/1 messages as views into their bytes, and how long bodies are. Pure functions:
 * knows neither the host nor connections. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

enum { HTTP_HEAD_MOST = 1 << 18 }; /* bytes of a head; a longer one is cut there */

struct http_text {
    const uint8_t *data;
    uint32_t n;
};

enum http_kind { HTTP_NONE, HTTP_REQUEST, HTTP_NOTIFICATION, HTTP_RESPONSE };

struct http_head {
    enum http_kind kind;
    struct http_text method, uri; /* of a request or notification */
    struct http_text version;
    struct http_text phrase; /* of a response; n 0: none */
    uint32_t code;           /* of a response; 0: none, or no number */
    uint32_t n;              /* bytes of the head, the empty line included */
    uint32_t first_header;   /* where the first header line begins */
    int whole;               /* its end is there */
    int is_known;            /* a request's method is one that is registered */
};

/** Read the first line and find the end of the head. Empty lines ahead of it are part of it.
 * @return 1: *ret is set (cut heads too: whole is 0); 0: this is not HTTP; -1: so far it may become
 * HTTP, but the first line does not say yet (*ret is set to what is there) */
int http_head_read(const uint8_t *data, size_t n, struct http_head *ret);

/** A response with 1xx, behind which the final one is still to come? */
int http_is_interim(const struct http_head *head);

struct http_header {
    struct http_text name, value; /* no blanks around; a folded value has its line ends in it */
    struct http_text line;        /* with its line end */
    int bad;                      /* no name and colon: name and value are empty */
};
/** The header line at *at, which moves behind it; start with head->first_header. 0: no more. */
int http_header_next(const uint8_t *data, const struct http_head *head, uint32_t *at,
                     struct http_header *ret);
/** Is it called so? name in lower case. */
int http_header_is(const struct http_header *header, const char *name);

enum http_framing { HTTP_NO_BODY, HTTP_BY_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE };
struct http_body {
    enum http_framing framing;
    uint64_t length;
    int bad_length; /* Content-Length is no number, or says two things */
    int expects;    /* a 100 ahead of it: RFC 9110 section 10.1.1 */
};
/** RFC 9112 section 6.3. to_head: a response to a HEAD request (or 2xx to CONNECT). */
void http_body_of(const uint8_t *data, const struct http_head *head, int to_head,
                  struct http_body *ret);

/** Bytes of the body of a message of len bytes, framing of which belong to its chunks; UINT32_MAX
 * stands for more: as declared then. HTTP_UNKNOWN where framing is HTTP_FRAMING_MOST, which stands
 * for more. */
#define HTTP_UNKNOWN      UINT64_MAX
#define HTTP_FRAMING_MOST 0x7fffffffu
uint64_t http_body_bytes(const uint8_t *data, const struct http_head *head, uint32_t len,
                         uint32_t framing);

enum http_chunks { HTTP_CHUNKS_END, HTTP_CHUNKS_GO_ON, HTTP_CHUNKS_BAD };
/** Walk chunks that begin at data. *ret_n: bytes up to the end of the body (END), to where the next
 * chunk begins, which may lie behind n (GO_ON; 0: a size line or the trailer is not whole yet), or
 * to what is no chunk (BAD). *ret_framing: how many of them are sizes, line ends and trailer.
 * RFC 9112 section 7.1. */
enum http_chunks http_chunks_walk(const uint8_t *data, size_t n, uint64_t *ret_n,
                                  uint64_t *ret_framing);

/** The line at data without its end; *ret_next: bytes with it. 0: the end is not there. */
int http_line_at(const uint8_t *data, size_t n, struct http_text *ret, size_t *ret_next);
/** The size line of a chunk. *ret_next: bytes of it. 0: it is not whole, or none. */
int http_chunk_head(const uint8_t *data, size_t n, uint64_t *ret_size, size_t *ret_next);
/** Is it this word, whatever the case? word in lower case. */
int http_text_is(struct http_text text, const char *word);

/** Value of a number in decimal digits; 0: there is something else, or it exceeds 2^62. */
int http_number(struct http_text text, uint64_t *ret);

enum { HTTP_URI_MOST = 8192 };
/** "http://host/target" into text; a target with a scheme, and that of CONNECT, is whole by itself.
 * n 0: it cannot be told (no host), or is too long. */
struct http_text http_full_uri(struct http_text method, struct http_text authority,
                               struct http_text uri, uint8_t text[HTTP_URI_MOST]);

#endif
