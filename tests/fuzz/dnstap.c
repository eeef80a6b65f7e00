/* Fuzz target: a payload (first byte even) against protobuf-c's own decoder, or a stream of frames
 * (odd). What the fast decoder takes, protobuf-c takes too, with the same values. */
#include <stdlib.h>
#include <string.h>

#include "dnstap.h"
#include <dnstap.pb-c.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ensure(bool is_so)
{
    if (!is_so)
        __builtin_trap();
}

static void same_bytes(const uint8_t *data, const struct dnstap_value *value,
                       protobuf_c_boolean has, const ProtobufCBinaryData *theirs)
{
    ensure(value->has == (bool)has);
    if (has) {
        ensure(value->len == theirs->len);
        ensure(theirs->len == 0 || memcmp(data + value->at, theirs->data, theirs->len) == 0);
    }
}

static void same_number(const struct dnstap_value *value, protobuf_c_boolean has, uint64_t theirs)
{
    ensure(value->has == (bool)has && (!has || value->number == theirs));
}

static void compare(const uint8_t *data, size_t n, const struct dnstap *mine)
{
    const struct dnstap_value *outer = mine->values[DNSTAP_OUTER];
    const struct dnstap_value *v = mine->values[DNSTAP_MESSAGE];
    Dnstap__Dnstap *theirs = dnstap__dnstap__unpack(NULL, n, data);
    const Dnstap__Message *m;

    ensure(theirs);
    same_number(&outer[15], true, (uint32_t)theirs->type);
    same_bytes(data, &outer[1], theirs->has_identity, &theirs->identity);
    same_bytes(data, &outer[2], theirs->has_version, &theirs->version);
    same_bytes(data, &outer[3], theirs->has_extra, &theirs->extra);
    m = theirs->message;
    ensure(outer[14].has == (m != NULL));
    if (m) {
        same_number(&v[1], true, (uint32_t)m->type);
        same_number(&v[2], m->has_socket_family, (uint32_t)m->socket_family);
        same_number(&v[3], m->has_socket_protocol, (uint32_t)m->socket_protocol);
        same_bytes(data, &v[4], m->has_query_address, &m->query_address);
        same_bytes(data, &v[5], m->has_response_address, &m->response_address);
        same_number(&v[6], m->has_query_port, m->query_port);
        same_number(&v[7], m->has_response_port, m->response_port);
        same_number(&v[8], m->has_query_time_sec, m->query_time_sec);
        same_number(&v[9], m->has_query_time_nsec, m->query_time_nsec);
        same_bytes(data, &v[10], m->has_query_message, &m->query_message);
        same_bytes(data, &v[11], m->has_query_zone, &m->query_zone);
        same_number(&v[12], m->has_response_time_sec, m->response_time_sec);
        same_number(&v[13], m->has_response_time_nsec, m->response_time_nsec);
        same_bytes(data, &v[14], m->has_response_message, &m->response_message);
        same_number(&v[16], m->has_http_protocol, (uint32_t)m->http_protocol);
        ensure(v[15].has == (m->policy != NULL));
    }
    dnstap__dnstap__free_unpacked(theirs, NULL);
}

static void read_payload(const uint8_t *data, size_t n)
{
    trawl_record_info info = {.size = sizeof(info)};
    char name[DNSTAP_NAME];
    struct dnstap mine;

    ensure(dnstap_name(data, n, name) <= sizeof(name));
    if (!dnstap_decode(data, n, &mine))
        compare(data, n, &mine);
    if (dnstap_reader.describe(data, n, &info) == 0)
        for (uint32_t i = 0; i < info.n_payloads; i++)
            ensure(info.payloads[i].at <= n && info.payloads[i].len <= n - info.payloads[i].at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;
    size_t at = 0;

    if (size < 1 || size > 65536)
        return 0;
    copy = malloc(size > 1 ? size - 1 : 1); /* its end is where the sanitizer looks */
    if (!copy)
        return 0;
    memcpy(copy, data + 1, size - 1);
    if (!(data[0] & 1))
        read_payload(copy, size - 1);
    while (data[0] & 1 && at < size - 1) {
        trawl_record record = {.size = sizeof(record)};
        const int64_t n = dnstap_reader.next(copy + at, size - 1 - at, at, &record);

        if (n <= 0) {
            ensure(n == 0 ? record.need > size - 1 - at : record.why != NULL);
            break;
        }
        ensure((uint64_t)n <= size - 1 - at);
        if (!(record.flags & TRAWL_RECORD_SKIP)) {
            ensure(record.header_len + record.cap_len <= (uint64_t)n);
            read_payload(copy + at + record.header_len, record.cap_len);
        }
        at += (size_t)n;
    }
    free(copy);
    return 0;
}
