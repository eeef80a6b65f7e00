/* Reads heads of HTTP/1 messages line by line (RFC 9112). Knows neither the host nor connections.
 */
#include "head.h"

#include <string.h>

enum {
    METHOD_LEAST = 3, /* letters: fewer are the end of one whose beginning was not captured */
    METHOD_MOST = 32,
    SIZE_LINE_MOST = 1024, /* bytes of a chunk's size line */
    TRAILER_MOST = 1 << 14
};
#define NUMBER_MOST (UINT64_C(1) << 62)

/* ---- characters ---- */

/* Of a token: RFC 9110 section 5.6.2. */
static int is_token(uint8_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return 1;
    return c && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

int http_text_is(struct http_text text, const char *word)
{
    const size_t n = strlen(word);

    if (text.n != n)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (lower(text.data[i]) != (uint8_t)word[i])
            return 0;
    return 1;
}

int http_number(struct http_text text, uint64_t *ret)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < text.n; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || value > NUMBER_MOST / 10)
            return 0;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ret = value;
    return text.n > 0 && value <= NUMBER_MOST;
}

/* ---- lines ---- */

int http_line_at(const uint8_t *data, size_t n, struct http_text *ret, size_t *ret_next)
{
    const uint8_t *end = n ? memchr(data, '\n', n) : NULL;

    ret->data = data;
    ret->n = (uint32_t)(end ? (size_t)(end - data) : n);
    *ret_next = end ? ret->n + (size_t)1 : n;
    if (ret->n && data[ret->n - 1] == '\r')
        ret->n--;
    return end != NULL;
}

/* A word and the blanks behind it, taken off the line. */
static struct http_text take_word(struct http_text *line)
{
    struct http_text word = {line->data, 0};

    while (word.n < line->n && line->data[word.n] != ' ')
        word.n++;
    line->data += word.n;
    line->n -= word.n;
    while (line->n && *line->data == ' ') {
        line->data++;
        line->n--;
    }
    return word;
}

/* Methods that make a line a request even without a version behind it: those of RFC 9110, WebDAV
 * and its extensions, and of UPnP. */
static const char *const methods[] = {"GET",          "POST",
                                      "HEAD",         "PUT",
                                      "DELETE",       "CONNECT",
                                      "OPTIONS",      "TRACE",
                                      "PATCH",        "PROPFIND",
                                      "PROPPATCH",    "MKCOL",
                                      "COPY",         "MOVE",
                                      "LOCK",         "UNLOCK",
                                      "POLL",         "SEARCH",
                                      "REPORT",       "MERGE",
                                      "LABEL",        "UPDATE",
                                      "CHECKIN",      "CHECKOUT",
                                      "UNCHECKOUT",   "MKACTIVITY",
                                      "BCOPY",        "BMOVE",
                                      "BDELETE",      "BPROPFIND",
                                      "BPROPPATCH",   "MKWORKSPACE",
                                      "RPC_CONNECT",  "RPC_IN_DATA",
                                      "RPC_OUT_DATA", "VERSION-CONTROL",
                                      "CCM_POST",     "BASELINE-CONTROL",
                                      "M-SEARCH",     NULL};
static const char *const notifications[] = {"NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", NULL};

static int is_among(struct http_text word, const char *const *list)
{
    for (; *list; list++)
        if (word.n == strlen(*list) && memcmp(word.data, *list, word.n) == 0)
            return 1;
    return 0;
}

static int is_version(const uint8_t *data, size_t n)
{
    return n >= 6 && memcmp(data, "HTTP/", 5) == 0 && data[5] >= '0' && data[5] <= '9';
}

static void read_response(struct http_text line, struct http_head *ret)
{
    struct http_text code;
    uint64_t value;

    ret->kind = HTTP_RESPONSE;
    ret->version = take_word(&line);
    code = take_word(&line);
    if (code.n >= 3) {
        code.n = 3;
        if (http_number(code, &value))
            ret->code = (uint32_t)value;
        ret->phrase = line;
    }
}

/* "GET /a b HTTP/1.1": all between the method and the last word is the target. */
static int read_request(struct http_text line, int whole, struct http_head *ret)
{
    struct http_text rest = line;
    uint32_t end, last;

    ret->method = take_word(&rest);
    end = last = rest.n;
    while (last && rest.data[last - 1] != ' ')
        last--;
    if (!whole && last &&
        !is_version(rest.data + last, end - last)) { /* what is cut may be the version */
        struct http_text cut = rest;

        end = last = take_word(&cut).n;
    }
    ret->is_known = is_among(ret->method, methods);
    if (is_among(ret->method, notifications))
        ret->kind = HTTP_NOTIFICATION;
    else if (ret->is_known)
        ret->kind = HTTP_REQUEST;
    else if (whole && is_version(rest.data + last, end - last) && rest.data[last + 5] < '2')
        ret->kind = HTTP_REQUEST; /* "PRI * HTTP/2.0" begins HTTP/2 */
    else
        return 0;
    if (is_version(rest.data + last, end - last)) {
        ret->version = (struct http_text){rest.data + last, end - last};
        end = last;
        while (end && rest.data[end - 1] == ' ')
            end--;
    }
    ret->uri = (struct http_text){rest.data, end};
    return 1;
}

static int has_control(struct http_text line)
{
    for (uint32_t i = 0; i < line.n; i++)
        if (line.data[i] < ' ' && line.data[i] != '\t')
            return 1;
    return 0;
}

/* May a first line begin so? As http_head_read() returns it. */
static int judge_plain(struct http_text line, int whole, struct http_head *ret)
{
    uint32_t n = 0;

    while (n < line.n && n <= METHOD_MOST && is_token(line.data[n]))
        n++;
    if (n == line.n)
        return whole || n > METHOD_MOST ? 0 : -1;
    if ((n == 4 && memcmp(line.data, "HTTP/", 5) == 0) ||
        (n == 3 && memcmp(line.data, "ICY ", 4) == 0)) {
        read_response(line, ret);
        return 1;
    }
    if (n < METHOD_LEAST || n > METHOD_MOST || line.data[n] != ' ')
        return 0;
    if (read_request(line, whole, ret))
        return 1;
    return whole ? 0 : -1;
}

/* Control characters are a sign of other bytes, but somebody's trick where the line is whole and
 * both its method and its version are known. */
static int judge_line(struct http_text line, int whole, struct http_head *ret)
{
    const int is_ending = !whole && line.data[line.n - 1] == '\r';

    line.n -= (uint32_t)is_ending;
    if (!has_control(line))
        return is_ending ? -1 : judge_plain(line, whole, ret);
    if (!whole || judge_plain(line, whole, ret) != 1 ||
        !is_version(ret->version.data, ret->version.n))
        return 0;
    return ret->kind != HTTP_REQUEST || ret->is_known;
}

int http_head_read(const uint8_t *data, size_t n, struct http_head *ret)
{
    const size_t n_max = n < HTTP_HEAD_MOST ? n : HTTP_HEAD_MOST;
    struct http_text line;
    size_t at = 0, next;
    int whole, answer;

    memset(ret, 0, sizeof(*ret));
    while (at < n_max && at < 8 && (data[at] == '\r' || data[at] == '\n'))
        at++;
    whole = http_line_at(data + at, n_max - at, &line, &next);
    answer = line.n ? judge_line(line, whole || n_max < n, ret) : whole ? 0 : -1;
    at += next;
    ret->first_header = (uint32_t)at;
    while (answer && !ret->whole && at < n_max) {
        whole = http_line_at(data + at, n_max - at, &line, &next);
        at += next;
        ret->whole = whole && line.n == 0;
    }
    ret->n = (uint32_t)at;
    return answer;
}

int http_is_interim(const struct http_head *head)
{
    return head->kind == HTTP_RESPONSE && head->code / 100 == 1 && head->code != 101;
}

/* ---- headers ---- */

static struct http_text trim(const uint8_t *data, size_t n)
{
    while (n && is_blank(*data)) {
        data++;
        n--;
    }
    while (n && (is_blank(data[n - 1]) || data[n - 1] == '\r'))
        n--;
    return (struct http_text){data, (uint32_t)n};
}

int http_header_next(const uint8_t *data, const struct http_head *head, uint32_t *at,
                     struct http_header *ret)
{
    const size_t left = head->n - *at;
    struct http_text line, more;
    size_t next, next_more;
    uint32_t colon = 0;

    memset(ret, 0, sizeof(*ret));
    if (left == 0)
        return 0;
    http_line_at(data + *at, left, &line, &next);
    if (line.n == 0)
        return 0;
    while (next < left && is_blank(data[*at + next])) { /* folded */
        http_line_at(data + *at + next, left - next, &more, &next_more);
        line.n = (uint32_t)(more.data + more.n - line.data);
        next += next_more;
    }
    ret->line = (struct http_text){line.data, (uint32_t)next};
    *at += (uint32_t)next;
    while (colon < line.n && is_token(line.data[colon]))
        colon++;
    if (colon == 0 || colon == line.n || line.data[colon] != ':') {
        ret->bad = 1;
        return 1;
    }
    ret->name = (struct http_text){line.data, colon};
    ret->value = trim(line.data + colon + 1, line.n - colon - 1);
    return 1;
}

int http_header_is(const struct http_header *header, const char *name)
{
    return http_text_is(header->name, name);
}

/* ---- bodies ---- */

/* "gzip, chunked": the last coding. */
static struct http_text last_item(struct http_text list)
{
    for (uint32_t i = list.n; i > 0; i--)
        if (list.data[i - 1] == ',')
            return trim(list.data + i, list.n - i);
    return list;
}

void http_body_of(const uint8_t *data, const struct http_head *head, int to_head,
                  struct http_body *ret)
{
    struct http_header header;
    uint32_t at = head->first_header;
    int has_length = 0, has_coding = 0, chunked = 0;

    memset(ret, 0, sizeof(*ret));
    while (http_header_next(data, head, &at, &header)) {
        uint64_t length;

        if (http_header_is(&header, "transfer-encoding")) {
            has_coding = 1;
            chunked = http_text_is(last_item(header.value), "chunked");
        } else if (http_header_is(&header, "content-length")) {
            if (!http_number(header.value, &length) || (has_length && length != ret->length)) {
                ret->bad_length = 1;
            } else {
                ret->length = length;
                has_length = 1;
            }
        } else if (http_header_is(&header, "expect")) {
            ret->expects = http_text_is(header.value, "100-continue");
        }
    }
    if (head->kind == HTTP_RESPONSE &&
        (to_head || head->code / 100 == 1 || head->code == 204 || head->code == 304))
        ret->framing = HTTP_NO_BODY;
    else if (chunked)
        ret->framing = HTTP_CHUNKED;
    else if (has_length && !has_coding)
        ret->framing = ret->length ? HTTP_BY_LENGTH : HTTP_NO_BODY;
    else
        ret->framing = head->kind == HTTP_RESPONSE ? HTTP_UNTIL_CLOSE : HTTP_NO_BODY;
}

uint64_t http_body_bytes(const uint8_t *data, const struct http_head *head, uint32_t len,
                         uint32_t framing)
{
    struct http_body body = {.framing = HTTP_NO_BODY};

    if (len == UINT32_MAX)
        http_body_of(data, head, 0, &body);
    if (body.framing == HTTP_BY_LENGTH)
        return body.length;
    if (framing == HTTP_FRAMING_MOST)
        return HTTP_UNKNOWN;
    return len - head->n > framing ? len - head->n - framing : 0;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1a;name=value" */
static int chunk_size(struct http_text line, uint64_t *ret)
{
    uint32_t i = 0;

    *ret = 0;
    for (; i < line.n && hex_digit(line.data[i]) >= 0; i++) {
        if (*ret > NUMBER_MOST / 16)
            return 0;
        *ret = *ret * 16 + (uint64_t)hex_digit(line.data[i]);
    }
    return i > 0 && (i == line.n || line.data[i] == ';' || is_blank(line.data[i]));
}

int http_chunk_head(const uint8_t *data, size_t n, uint64_t *ret_size, size_t *ret_next)
{
    struct http_text line;

    return http_line_at(data, n < SIZE_LINE_MOST ? n : SIZE_LINE_MOST, &line, ret_next) &&
           chunk_size(line, ret_size);
}

/* Lines up to an empty one. */
static int trailer_end(const uint8_t *data, size_t n, size_t *ret)
{
    struct http_text line;
    size_t at = 0, next;

    while (at < n && at < TRAILER_MOST) {
        if (!http_line_at(data + at, n - at, &line, &next))
            return 0;
        at += next;
        if (line.n == 0)
            break;
    }
    *ret = at;
    return at > 0;
}

enum http_chunks http_chunks_walk(const uint8_t *data, size_t n, uint64_t *ret_n,
                                  uint64_t *ret_framing)
{
    size_t at = 0;

    *ret_framing = 0;
    for (;;) {
        const size_t left = n - at;
        struct http_text line;
        uint64_t size;
        size_t next, end;

        *ret_n = at;
        if (!http_line_at(data + at, left < SIZE_LINE_MOST ? left : SIZE_LINE_MOST, &line, &next))
            return left < SIZE_LINE_MOST ? HTTP_CHUNKS_GO_ON : HTTP_CHUNKS_BAD;
        if (!chunk_size(line, &size))
            return HTTP_CHUNKS_BAD;
        if (size == 0) {
            if (!trailer_end(data + at + next, left - next, &end))
                return HTTP_CHUNKS_GO_ON;
            *ret_n = at + next + end;
            *ret_framing += next + end;
            return HTTP_CHUNKS_END;
        }
        *ret_n = at + next + size + 2;
        *ret_framing += next + 2;
        if (*ret_n > n)
            return HTTP_CHUNKS_GO_ON;
        at = (size_t)*ret_n;
        if (data[at - 2] != '\r' || data[at - 1] != '\n') {
            *ret_n = at - 2;
            *ret_framing -= 2;
            return HTTP_CHUNKS_BAD;
        }
    }
}

/* ---- targets ---- */

/* Schemes have no case (RFC 3986 section 3.1). */
static int begins(struct http_text text, const char *with)
{
    return text.n >= strlen(with) &&
           http_text_is((struct http_text){text.data, (uint32_t)strlen(with)}, with);
}

struct http_text http_full_uri(struct http_text method, struct http_text authority,
                               struct http_text uri, uint8_t text[HTTP_URI_MOST])
{
    static const char scheme[] = "http://";
    const uint32_t n = sizeof(scheme) - 1;

    if (begins(uri, scheme) || begins(uri, "https://") || http_text_is(method, "connect"))
        return uri;
    if (!authority.n || authority.n > HTTP_URI_MOST - n || uri.n > HTTP_URI_MOST - n - authority.n)
        return (struct http_text){text, 0};
    memcpy(text, scheme, n);
    memcpy(text + n, authority.data, authority.n);
    if (uri.n)
        memcpy(text + n + authority.n, uri.data, uri.n);
    return (struct http_text){text, n + authority.n + uri.n};
}
