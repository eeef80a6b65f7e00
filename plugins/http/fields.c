/* The fields of HTTP/1 messages, under Wireshark's names.
 * Knows nothing of connections: one message at a time. */
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "head.h"
#include "http.h"

enum {
    F_REQUEST,
    F_NOTIFICATION,
    F_RESPONSE,
    F_SSDP,
    F_METHOD,
    F_URI,
    F_PATH,
    F_QUERY,
    F_PARAMETER,
    F_REQUEST_VERSION,
    F_FULL_URI,
    F_REQUEST_LINE,
    F_RESPONSE_VERSION,
    F_CODE,
    F_DESC,
    F_PHRASE,
    F_RESPONSE_LINE,
    F_CONTENT_LENGTH,
    F_AUTHBASIC,
    F_COOKIE_PAIR,
    F_UNKNOWN,
    F_HEAD_LEN,
    F_BODY_LEN,
    F_CHUNK_SIZE,
    F_CHUNK_DATA,
    F_CHUNK_BOUNDARY,
    F_TRAILER,
    F_FILE_DATA,
    F_FAILED,
    F_AUTHORIZATION, /* from here on the headers that have a field of their own */
    F_PROXY_AUTHENTICATE,
    F_PROXY_AUTHORIZATION,
    F_WWW_AUTHENTICATE,
    F_CONTENT_TYPE,
    F_CONTENT_LENGTH_HEADER,
    F_CONTENT_ENCODING,
    F_TRANSFER_ENCODING,
    F_UPGRADE,
    F_USER_AGENT,
    F_HOST,
    F_CONNECTION,
    F_COOKIE,
    F_ACCEPT,
    F_REFERER,
    F_ACCEPT_LANGUAGE,
    F_ACCEPT_ENCODING,
    F_DATE,
    F_CACHE_CONTROL,
    F_SERVER,
    F_LOCATION,
    F_WS_ACCEPT,
    F_WS_EXTENSIONS,
    F_WS_KEY,
    F_WS_PROTOCOL,
    F_WS_VERSION,
    F_SET_COOKIE,
    F_LAST_MODIFIED,
    F_X_FORWARDED_FOR,
    F_HTTP2_SETTINGS,
    N_FIELDS
};

enum { UDP = 17 };

#define FIELD(name_, type_, help_, source_)                                                    \
    TRAWL_FIELD(.type = (type_), .flags = TRAWL_COLUMN_LIST, .name = (name_), .help = (help_), \
                .source = (source_))
#define TEXT(name_, help_)   FIELD(name_, TRAWL_STRING, help_, "RFC 9112")
#define HEADER(name_, what_) FIELD(name_, TRAWL_STRING, "value of the " what_ " header", "RFC 9110")

static const trawl_field fields[N_FIELDS] = {
    [F_REQUEST] = FIELD("http.request", TRAWL_BOOL, "a request ends in this packet", "RFC 9112"),
    [F_NOTIFICATION] = FIELD("http.notification", TRAWL_BOOL,
                             "a request of UPnP (NOTIFY, SUBSCRIBE, UNSUBSCRIBE) ends here",
                             "UDA 1.1"),
    [F_RESPONSE] = FIELD("http.response", TRAWL_BOOL, "a response ends in this packet", "RFC 9112"),
    [F_SSDP] = FIELD("ssdp", TRAWL_BOOL, "a datagram of SSDP: UDP port 1900", "UDA 1.1"),
    [F_METHOD] = TEXT("http.request.method", "method of the request"),
    [F_URI] = TEXT("http.request.uri", "target of the request, as it was sent"),
    [F_PATH] = TEXT("http.request.uri.path", "target up to the '?', where there is one"),
    [F_QUERY] = TEXT("http.request.uri.query", "target behind the '?'"),
    [F_PARAMETER] = TEXT("http.request.uri.query.parameter", "what '&' parts the query into"),
    [F_REQUEST_VERSION] = TEXT("http.request.version", "version in the request line"),
    [F_FULL_URI] = TEXT("http.request.full_uri", "the target with scheme and host"),
    [F_REQUEST_LINE] = TEXT("http.request.line", "each header line of a request"),
    [F_RESPONSE_VERSION] = TEXT("http.response.version", "version in the status line"),
    [F_CODE] = FIELD("http.response.code", TRAWL_U16, "status code", "RFC 9110 section 15"),
    [F_DESC] = FIELD("http.response.code.desc", TRAWL_STRING, "what the status code means",
                     "RFC 9110 section 15"),
    [F_PHRASE] = TEXT("http.response.phrase", "reason phrase in the status line"),
    [F_RESPONSE_LINE] = TEXT("http.response.line", "each header line of a response"),
    [F_CONTENT_LENGTH] = FIELD("http.content_length", TRAWL_U64, "Content-Length as a number",
                               "RFC 9110 section 8.6"),
    [F_AUTHBASIC] = FIELD("http.authbasic", TRAWL_STRING, "user:password of basic authorization",
                          "RFC 7617"),
    [F_COOKIE_PAIR] = FIELD("http.cookie_pair", TRAWL_STRING, "each name=value of the cookies",
                            "RFC 6265"),
    [F_UNKNOWN] = TEXT("http.unknown_header", "header lines without a field of their own"),
    [F_HEAD_LEN] = FIELD("http.head_len", TRAWL_U32, "bytes of first line and headers", "RFC 9112"),
    [F_BODY_LEN] = FIELD("http.body_len", TRAWL_U64,
                         "bytes of the body, chunks joined, codings not undone", "RFC 9112"),
    [F_CHUNK_SIZE] = FIELD("http.chunk_size", TRAWL_U32, "size of each chunk, the last one's 0 too",
                           "RFC 9112 section 7.1"),
    [F_CHUNK_DATA] = FIELD("http.chunk_data", TRAWL_BYTES, "bytes of each chunk",
                           "RFC 9112 section 7.1"),
    [F_CHUNK_BOUNDARY] = FIELD("http.chunk_boundary", TRAWL_BYTES, "line end behind each chunk",
                               "RFC 9112 section 7.1"),
    [F_TRAILER] = FIELD("http.chunked_trailer_part", TRAWL_STRING, "lines behind the last chunk",
                        "RFC 9112 section 7.1.2"),
    [F_FILE_DATA] = FIELD(
        "http.file_data", TRAWL_STRING,
        "the body: chunks joined, gzip, deflate, brotli and zstd undone, up to 64 KiB",
        "RFC 9110 section 8.4"),
    [F_FAILED] = FIELD("http.decompression_failed", TRAWL_BOOL,
                       "the body is in a coding that is not undone", "RFC 9110 section 8.4"),
    [F_AUTHORIZATION] = HEADER("http.authorization", "Authorization"),
    [F_PROXY_AUTHENTICATE] = HEADER("http.proxy_authenticate", "Proxy-Authenticate"),
    [F_PROXY_AUTHORIZATION] = HEADER("http.proxy_authorization", "Proxy-Authorization"),
    [F_WWW_AUTHENTICATE] = HEADER("http.www_authenticate", "WWW-Authenticate"),
    [F_CONTENT_TYPE] = HEADER("http.content_type", "Content-Type"),
    [F_CONTENT_LENGTH_HEADER] = HEADER("http.content_length_header", "Content-Length"),
    [F_CONTENT_ENCODING] = HEADER("http.content_encoding", "Content-Encoding"),
    [F_TRANSFER_ENCODING] = HEADER("http.transfer_encoding", "Transfer-Encoding"),
    [F_UPGRADE] = HEADER("http.upgrade", "Upgrade"),
    [F_USER_AGENT] = HEADER("http.user_agent", "User-Agent"),
    [F_HOST] = HEADER("http.host", "Host"),
    [F_CONNECTION] = HEADER("http.connection", "Connection"),
    [F_COOKIE] = HEADER("http.cookie", "Cookie"),
    [F_ACCEPT] = HEADER("http.accept", "Accept"),
    [F_REFERER] = HEADER("http.referer", "Referer"),
    [F_ACCEPT_LANGUAGE] = HEADER("http.accept_language", "Accept-Language"),
    [F_ACCEPT_ENCODING] = HEADER("http.accept_encoding", "Accept-Encoding"),
    [F_DATE] = HEADER("http.date", "Date"),
    [F_CACHE_CONTROL] = HEADER("http.cache_control", "Cache-Control"),
    [F_SERVER] = HEADER("http.server", "Server"),
    [F_LOCATION] = HEADER("http.location", "Location"),
    [F_WS_ACCEPT] = HEADER("http.sec_websocket_accept", "Sec-WebSocket-Accept"),
    [F_WS_EXTENSIONS] = HEADER("http.sec_websocket_extensions", "Sec-WebSocket-Extensions"),
    [F_WS_KEY] = HEADER("http.sec_websocket_key", "Sec-WebSocket-Key"),
    [F_WS_PROTOCOL] = HEADER("http.sec_websocket_protocol", "Sec-WebSocket-Protocol"),
    [F_WS_VERSION] = HEADER("http.sec_websocket_version", "Sec-WebSocket-Version"),
    [F_SET_COOKIE] = HEADER("http.set_cookie", "Set-Cookie"),
    [F_LAST_MODIFIED] = HEADER("http.last_modified", "Last-Modified"),
    [F_X_FORWARDED_FOR] = HEADER("http.x_forwarded_for", "X-Forwarded-For"),
    [F_HTTP2_SETTINGS] = HEADER("http.http2_settings", "HTTP2-Settings"),
};

/* In lower case, as http_header_is() wants them. */
static const char *const header_names[N_FIELDS - F_AUTHORIZATION] = {
    "authorization",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "host",
    "connection",
    "cookie",
    "accept",
    "referer",
    "accept-language",
    "accept-encoding",
    "date",
    "cache-control",
    "server",
    "location",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "set-cookie",
    "last-modified",
    "x-forwarded-for",
    "http2-settings",
};

/* Wireshark's words, which are the registry's with those of WebDAV and nginx. */
static const struct {
    uint16_t code;
    const char *desc;
} descs[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {199, "Informational - Others"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {299, "Success - Others"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {399, "Redirection - Others"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Time-out"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {499, "Client Error - Others"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Time-out"},
    {505, "HTTP Version not supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
    {599, "Server Error - Others"},
};

static void put_text(trawl_sink *sink, uint32_t field, struct http_text text)
{
    if (sink->wanted[field])
        sink->put_bytes(sink, field, text.data, text.n);
}

static void put_u64(trawl_sink *sink, uint32_t field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, field, value);
}

/* ---- the first line ---- */

static void put_target(trawl_sink *sink, struct http_text uri)
{
    const uint8_t *mark = uri.n ? memchr(uri.data, '?', uri.n) : NULL;
    struct http_text query;

    put_text(sink, F_URI, uri);
    if (!mark)
        return;
    query.data = mark + 1;
    query.n = uri.n - (uint32_t)(mark + 1 - uri.data);
    put_text(sink, F_PATH, (struct http_text){uri.data, (uint32_t)(mark - uri.data)});
    put_text(sink, F_QUERY, query);
    while (sink->wanted[F_PARAMETER] && query.n) {
        const uint8_t *end = memchr(query.data, '&', query.n);
        const uint32_t n = end ? (uint32_t)(end - query.data) : query.n;

        if (n)
            put_text(sink, F_PARAMETER, (struct http_text){query.data, n});
        query.data += end ? n + 1 : n;
        query.n -= end ? n + 1 : n;
    }
}

static void put_desc(trawl_sink *sink, uint32_t code)
{
    char text[32];
    int n;

    if (!sink->wanted[F_DESC])
        return;
    for (size_t i = 0; i < TRAWL_COUNT(descs); i++)
        if (descs[i].code == code) {
            sink->put_bytes(sink, F_DESC, descs[i].desc, strlen(descs[i].desc));
            return;
        }
    n = snprintf(text, sizeof(text), "Unknown (%u)", code);
    sink->put_bytes(sink, F_DESC, text, (size_t)n);
}

static void put_response(trawl_sink *sink, const struct http_head *head)
{
    put_u64(sink, F_RESPONSE, 1);
    put_text(sink, F_RESPONSE_VERSION, head->version);
    if (head->code) {
        put_u64(sink, F_CODE, head->code);
        put_desc(sink, head->code);
    } else if (head->whole) {
        sink->malformed(sink, 0, "status line without a code");
    }
    if (head->phrase.n)
        put_text(sink, F_PHRASE, head->phrase);
}

/* ---- headers ---- */

static int base64_digit(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* "Basic dXNlcjpwYXNz" */
static void put_basic(trawl_sink *sink, struct http_text value)
{
    uint8_t text[512];
    uint32_t n = 0, bits = 0, n_bits = 0, i = 6;

    if (value.n < 6 || memcmp(value.data, "Basic ", 6) != 0)
        return;
    while (i < value.n && value.data[i] == ' ')
        i++;
    for (; i < value.n && base64_digit(value.data[i]) >= 0 && n < sizeof(text); i++) {
        bits = bits << 6 | (uint32_t)base64_digit(value.data[i]);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            text[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    sink->put_bytes(sink, F_AUTHBASIC, text, n);
}

static void put_cookies(trawl_sink *sink, struct http_text value)
{
    while (value.n) {
        const uint8_t *end = memchr(value.data, ';', value.n);
        uint32_t n = end ? (uint32_t)(end - value.data) : value.n;
        const uint32_t all = end ? n + 1 : n;
        struct http_text pair = {value.data, n};

        while (pair.n && *pair.data == ' ') {
            pair.data++;
            pair.n--;
        }
        if (pair.n)
            sink->put_bytes(sink, F_COOKIE_PAIR, pair.data, pair.n);
        value.data += all;
        value.n -= all;
    }
}

static struct http_text without_end(struct http_text line)
{
    while (line.n && (line.data[line.n - 1] == '\r' || line.data[line.n - 1] == '\n'))
        line.n--;
    return line;
}

static uint32_t field_of(const struct http_header *header)
{
    for (uint32_t i = 0; i < TRAWL_COUNT(header_names); i++)
        if (http_header_is(header, header_names[i]))
            return F_AUTHORIZATION + i;
    return F_UNKNOWN;
}

static void put_header(trawl_sink *sink, const struct http_header *header)
{
    const uint32_t field = field_of(header);
    uint64_t length;

    if (field == F_UNKNOWN)
        put_text(sink, F_UNKNOWN, without_end(header->line));
    else
        put_text(sink, field, header->value);
    if (field == F_CONTENT_LENGTH_HEADER && http_number(header->value, &length))
        put_u64(sink, F_CONTENT_LENGTH, length);
    else if (field == F_COOKIE && sink->wanted[F_COOKIE_PAIR])
        put_cookies(sink, header->value);
    else if ((field == F_AUTHORIZATION || field == F_PROXY_AUTHORIZATION) &&
             sink->wanted[F_AUTHBASIC])
        put_basic(sink, header->value);
}

/* ---- a message ---- */

static void warn(trawl_sink *sink, const trawl_layer *layer, const struct http_head *head,
                 uint32_t bad_line)
{
    struct http_body body;

    if (bad_line)
        sink->malformed(sink, bad_line, "header line without a name");
    if (!head->whole)
        sink->malformed(sink, head->n,
                        head->n == HTTP_HEAD_MOST ? "head of more than 256 KiB"
                                                  : "head that is cut");
    http_body_of(layer->data, head, 0, &body);
    if (body.bad_length)
        sink->malformed(sink, head->first_header, "Content-Length that is no number, or says two");
}

static void put_chunks(trawl_sink *sink, const uint8_t *body, size_t n)
{
    struct http_chunk chunk;
    size_t at = 0;

    while (http_chunk_next(body, n, &at, &chunk)) {
        put_u64(sink, F_CHUNK_SIZE, chunk.size);
        if (chunk.data.n)
            put_text(sink, F_CHUNK_DATA, chunk.data);
        if (chunk.boundary.n)
            put_text(sink, F_CHUNK_BOUNDARY, chunk.boundary);
        if (chunk.trailer.n)
            put_text(sink, F_TRAILER, chunk.trailer);
    }
}

/* What is there of the body; of a response to HEAD there is nothing. */
static void put_body(trawl_sink *sink, const trawl_layer *layer, const struct http_head *head,
                     struct http_text coding)
{
    const uint8_t *bytes = layer->data + head->n;
    const size_t n = layer->cap_len - head->n;
    uint8_t text[HTTP_DATA_MOST];
    struct http_body body;
    size_t n_text;
    int rc;

    if (!head->whole || n == 0)
        return;
    http_body_of(layer->data, head, 0, &body);
    if (body.framing == HTTP_CHUNKED)
        put_chunks(sink, bytes, n);
    if (!sink->wanted[F_FILE_DATA] && !sink->wanted[F_FAILED])
        return;
    rc = http_body_decode(bytes, n, body.framing == HTTP_CHUNKED, coding, text, &n_text);
    if (rc < 0)
        sink->no_memory(sink);
    else if (rc == 0)
        put_u64(sink, F_FAILED, 1);
    else if (n_text)
        put_text(sink, F_FILE_DATA, (struct http_text){text, (uint32_t)n_text});
}

static int wants_body(const trawl_sink *sink)
{
    for (uint32_t field = F_CHUNK_SIZE; field <= F_FAILED; field++)
        if (sink->wanted[field])
            return 1;
    return 0;
}

void http_extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    struct http_head head;
    struct http_header header;
    struct http_text host_name = {NULL, 0}, coding = {NULL, 0};
    uint32_t at, line_at, bad_line = 0;

    (void)packet;
    if (http_head_read(layer->data, layer->cap_len, &head) != 1)
        return;
    if (layer->carrier == UDP)
        put_u64(sink, F_SSDP, 1);
    if (head.kind == HTTP_RESPONSE) {
        put_response(sink, &head);
    } else {
        put_u64(sink, head.kind == HTTP_REQUEST ? F_REQUEST : F_NOTIFICATION, 1);
        put_text(sink, F_METHOD, head.method);
        put_target(sink, head.uri);
        if (head.version.n)
            put_text(sink, F_REQUEST_VERSION, head.version);
    }
    for (at = line_at = head.first_header; http_header_next(layer->data, &head, &at, &header);
         line_at = at) {
        if (header.bad && !bad_line && head.whole)
            bad_line = line_at;
        if (header.bad)
            continue;
        put_text(sink, head.kind == HTTP_RESPONSE ? F_RESPONSE_LINE : F_REQUEST_LINE,
                 without_end(header.line));
        put_header(sink, &header);
        if (http_header_is(&header, "host") && !host_name.n)
            host_name = header.value;
        else if (http_header_is(&header, "content-encoding"))
            coding = header.value;
    }
    if (sink->wanted[F_FULL_URI] && head.kind != HTTP_RESPONSE) {
        uint8_t text[HTTP_URI_MOST];
        const struct http_text uri = http_full_uri(head.method, host_name, head.uri, text);

        if (uri.n)
            put_text(sink, F_FULL_URI, uri);
    }
    put_u64(sink, F_HEAD_LEN, head.n);
    if (sink->wanted[F_BODY_LEN]) {
        const uint64_t n = http_body_bytes(layer->data, &head, layer->len,
                                           layer->mark & HTTP_FRAMING_MOST);

        if (n != HTTP_UNKNOWN)
            put_u64(sink, F_BODY_LEN, n);
    }
    if (wants_body(sink))
        put_body(sink, layer, &head, coding);
    warn(sink, layer, &head, bad_line);
}

static const char *const tcp_ports[] = {"80",   "631",  "1900", "2710", "2869",  "3128", "3132",
                                        "3689", "5985", "8080", "8088", "11371", NULL};
static const char *const udp_ports[] = {"1900", NULL}; /* SSDP */

const trawl_dissector http_dissectors[HTTP_N_DISSECTORS] = {
    {.size = sizeof(trawl_dissector),
     .field_size = sizeof(trawl_field),
     .name = "http",
     .layer = "payload",
     .help = "HTTP/1 messages over TCP, and SSDP",
     .fields = fields,
     .n_fields = N_FIELDS,
     .extract = http_extract,
     .tcp_ports = tcp_ports,
     .udp_ports = udp_ports,
     .probe = http_probe,
     .message = http_message,
     .state_size = sizeof(struct http_state),
     .hands_over = http_hands_over},
};
