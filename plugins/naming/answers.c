/* The resolver answers: names whose DNS answers, in the same capture, gave an address.
 * Knows nothing of who asks. */
#include <string.h>

#include "trawl/views.h"

#include "names.h"

struct answers {
    struct names names;
    trawl_builder *seen; /* its dictionary has the addresses that have a name */
    uint32_t n_seen;     /* the code of the last of them */
    trawl_view qname;
    uint64_t *question; /* by packet: 1 + row of `dns` that it answers; 0: none */
    uint64_t n_packets;
};

void answers_close(void *state)
{
    struct answers *a = state;

    names_fini(&a->names);
    host->free(a);
}

static int read_questions(trawl_call *call, trawl_table *dns, struct answers *a, trawl_error *err)
{
    trawl_view response;
    int rc = trawl_open_view(host, call, dns, "qname", &a->qname, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, dns, "response", &response, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t row = 0; row < response.n_rows; row++)
        if (trawl_view_u64(&response, row) > a->n_packets)
            a->n_packets = trawl_view_u64(&response, row);
    a->question = host->alloc(((size_t)a->n_packets + 1) * sizeof(*a->question));
    if (!a->question)
        return naming_nomem(err);
    for (uint64_t row = 0; row < response.n_rows; row++)
        if (trawl_view_has(&a->qname, row) && trawl_view_has(&response, row))
            a->question[trawl_view_u64(&response, row)] = row + 1;
    return TRAWL_OK;
}

/* Of an address's names the first counts: later ones are not kept. */
static int add(struct answers *a, const uint8_t address[16], uint64_t question, trawl_error *err)
{
    uint32_t code;
    size_t n;
    const char *text;
    int rc = host->builder_code(a->seen, 0, address, 16, &code, err);

    if (rc != TRAWL_OK || code <= a->n_seen)
        return rc;
    a->n_seen = code;
    text = (const char *)trawl_view_text(&a->qname, question - 1, &n);
    return names_add(&a->names, address, text, n, err);
}

static int read_records(trawl_call *call, trawl_capture *capture, struct answers *a,
                        trawl_error *err)
{
    trawl_table *records = NULL;
    trawl_view packet, rdata, type;
    int rc = host->table(call, capture, "dns_records", &records, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, records, "packet", &packet, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, records, "rdata", &rdata, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, records, "type", &type, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < packet.n_rows; row++) {
        const uint64_t number = trawl_view_u64(&packet, row);
        uint8_t address[16];
        size_t n_type, n;
        const char *of_type, *data;
        unsigned bits;

        if (!trawl_view_has(&rdata, row) || !trawl_view_has(&type, row) || number > a->n_packets ||
            a->question[number] == 0)
            continue;
        of_type = (const char *)trawl_view_text(&type, row, &n_type);
        data = (const char *)trawl_view_text(&rdata, row, &n);
        if ((n_type == 1 && of_type[0] == 'A') || (n_type == 4 && memcmp(of_type, "AAAA", 4) == 0))
            if (address_parse(data, n, address, &bits))
                rc = add(a, address, a->question[number], err);
    }
    host->release(records);
    return rc;
}

static int read_all(trawl_call *call, trawl_capture *capture, struct answers *a, trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "address", .type = TRAWL_BYTES,
                                             .help = "that was answered");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    trawl_table *dns = NULL;
    int rc;

    a->seen = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    if (!a->seen)
        return TRAWL_E_NOMEM;
    rc = host->table(call, capture, "dns", &dns, err);
    if (rc == TRAWL_OK)
        rc = read_questions(call, dns, a, err);
    if (rc == TRAWL_OK)
        rc = read_records(call, capture, a, err);
    host->release(dns);
    host->builder_free(a->seen);
    host->free(a->question);
    a->question = NULL;
    names_sort(&a->names);
    return rc;
}

int answers_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                 trawl_error *err)
{
    struct answers *a;
    int rc;

    if (argument)
        return host->fail(err, TRAWL_E_USAGE, "the resolver 'answers' takes no argument");
    a = host->alloc(sizeof(*a));
    if (!a)
        return naming_nomem(err);
    rc = read_all(call, capture, a, err);
    if (rc == TRAWL_OK)
        *ret = a;
    else
        answers_close(a);
    return rc;
}

int answers_resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                    naming_named *named, void *context, trawl_error *err)
{
    (void)call;
    return names_tell(&((struct answers *)state)->names, addresses, n, named, context, err);
}
