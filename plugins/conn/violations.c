/* The table `mptcp_violations`, and its rows in `warnings`.
 * Knows nothing of how violations are found, only the model that holds them. */
#include "check.h"
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, priority_, help_)                                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_)                                           \
    }

const trawl_column conn_violation_columns[] = {
    COL("packet", TRAWL_U32, ID, 0, "number of the packet: the first one of its subflow"),
    COL("mptcp", TRAWL_U32, ID, 1, "number of the connection (mptcp.stream)"),
    COL("stream", TRAWL_U32, ID, 0, "number of the subflow (tcp.stream)"),
    COL("sender", TRAWL_STRING, 0, 1, "the client or the server of the MPTCP connection"),
    COL("rule", TRAWL_STRING, 0, 0, "which rule was broken, in a word"),
    COL("packets", TRAWL_U64, 0, 1, "packets of the subflow that broke it"),
    COL("why", TRAWL_STRING, 0, 0, "in words"),
    COL("source", TRAWL_STRING, 0, 2, "where the rule is written"),
};
_Static_assert(TRAWL_COUNT(conn_violation_columns) == CONN_N_VIOLATION_COLUMNS, "see conn.h");

/* How the two numbers of a problem are written. */
enum numbers { NONE, ONE, ONE_HEX, TWO, TWO_HEX };
struct words {
    const char *rule, *why, *source;
    enum numbers numbers;
};

/* %a and %b are its numbers. */
static const struct words rules[N_RULES] = {
    [RULE_KEY_CHANGED] = {"key-changed", "MP_CAPABLE gives the key %a, not %b as before",
                          "RFC 8684 section 3.1", TWO_HEX},
    [RULE_KEY_ECHO] = {"key-echo", "MP_CAPABLE echoes the key %a, but the other side's is %b",
                       "RFC 8684 section 3.1", TWO_HEX},
    [RULE_VERSION] = {"version", "MP_CAPABLE has version %a, the one before it %b",
                      "RFC 8684 section 3.1", TWO},
    [RULE_VERSION_UNKNOWN] = {"unknown-version", "MP_CAPABLE has the unknown version %a",
                              "RFC 8684 section 3.1", ONE},
    [RULE_ALGORITHM] = {"no-algorithm", "MP_CAPABLE offers no algorithm that is known (flags %a)",
                        "RFC 8684 section 3.1", ONE_HEX},
    [RULE_TOKEN_REUSE] = {"token-reuse", "MP_CAPABLE with a key whose token %a connection %b has",
                          "RFC 8684 section 3.1", ONE_HEX},
    [RULE_JOIN_UNKNOWN] = {"unknown-token",
                           "MP_JOIN with the token %a, of a connection whose handshake is not in "
                           "the capture",
                           "RFC 8684 section 3.2", ONE_HEX},
    [RULE_JOIN_HMAC_SYNACK] = {"join-hmac", "the HMAC in MP_JOIN's SYN/ACK is %a, right is %b",
                               "RFC 8684 section 3.2", TWO_HEX},
    [RULE_JOIN_HMAC_ACK] = {"join-hmac",
                            "the HMAC in MP_JOIN's third ACK begins with %a, right is %b",
                            "RFC 8684 section 3.2", TWO_HEX},
    [RULE_ADDRESS_HMAC] = {"address-hmac", "the HMAC in ADD_ADDR is %a, right is %b",
                           "RFC 8684 section 3.4.1", TWO_HEX},
    [RULE_FASTCLOSE_KEY] = {"fastclose-key",
                            "MP_FASTCLOSE has the key %a, but the receiver's is %b",
                            "RFC 8684 section 3.5", TWO_HEX},
    [RULE_CHECKSUM] = {"checksum",
                       "the checksum of a mapping is wrong: all sums up to %a, not to 0xffff",
                       "RFC 8684 section 3.3.1", ONE_HEX},
    [RULE_CHECKSUM_MISSING] = {"no-checksum",
                               "a mapping has no checksum, though the handshake asked for them",
                               "RFC 8684 section 3.3", NONE},
    [RULE_MAPPING_CHANGED] = {"mapping-changed",
                              "a mapping gives bytes of the subflow the data number %a, an earlier "
                              "one %b",
                              "RFC 8684 section 3.3.1", TWO},
    [RULE_UNMAPPED] = {"unmapped", "%a bytes of data have no mapping in the capture",
                       "RFC 8684 section 3.3.1", ONE},
    [RULE_AFTER_FIN] = {"after-data-fin", "data up to number %a, behind the DATA_FIN at %b",
                        "RFC 8684 section 3.3.3", TWO},
    [RULE_FIN_MOVED] = {"data-fin-moved", "DATA_FIN at number %a, before it was at %b",
                        "RFC 8684 section 3.3.3", TWO},
    [RULE_SUBTYPE] = {"unknown-subtype", "MPTCP option of the unknown subtype %a",
                      "RFC 8684 section 8", ONE},
};

/* The words with the numbers put in. */
static void why_of(const struct problem *p, char *out, size_t room)
{
    const struct words *w = &rules[p->rule];
    int hex = w->numbers == ONE_HEX || w->numbers == TWO_HEX;
    size_t n = 0;

    for (const char *c = w->why; *c && n + 24 < room; c++) {
        if (*c != '%') {
            out[n++] = *c;
            continue;
        }
        c++;
        n += (size_t)snprintf(out + n, room - n,
                              hex && (*c == 'a' || w->numbers == TWO_HEX) ? "0x%llx" : "%llu",
                              (unsigned long long)(*c == 'a' ? p->a : p->b));
    }
    out[n] = '\0';
}

static void put_problem(trawl_call *call, trawl_capture *capture, trawl_builder *b,
                        const struct model *m, const struct problem *p)
{
    const struct subflow *s = &m->subflows[p->i_subflow];
    const struct connection *c = s->connection != NONE32 ? &m->connections[s->connection] : NULL;
    const struct words *w = &rules[p->rule];
    char why[200], line[320], times[48] = "";

    why_of(p, why, sizeof(why));
    host->put_u64(b, (uint64_t)p->row + 1);
    if (c)
        host->put_u64(b, s->connection);
    else
        host->put_null(b);
    host->put_u64(b, s->stream);
    if (c)
        host->put_text(b, s->half[p->direction].side == c->client_side ? "client" : "server");
    else
        host->put_text(b, p->direction == s->opener ? "client" : "server");
    host->put_text(b, w->rule);
    host->put_u64(b, p->n);
    host->put_text(b, why);
    host->put_text(b, w->source);
    host->end_row(b);
    if (p->n > 1)
        snprintf(times, sizeof(times), "; %llu such packets", (unsigned long long)p->n);
    snprintf(line, sizeof(line), "%s: %s (tcp.stream %lu, %s%s)", w->rule, why,
             (unsigned long)s->stream, w->source, times);
    host->warn(call, capture, p->row, "mptcp", line);
}

static int by_packet(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

int conn_build_violations(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                          trawl_error *err)
{
    struct model m = {0};
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&m, call, packets, WANT_CARRIES | WANT_PROBLEMS, err);
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, conn_violation_columns, CONN_N_VIOLATION_COLUMNS, &b, err);
    if (rc == TRAWL_OK) {
        if (m.n_problems)
            qsort(m.problems, m.n_problems, sizeof(*m.problems), by_packet);
        for (size_t i = 0; i < m.n_problems; i++)
            put_problem(call, capture, b, &m, &m.problems[i]);
        rc = host->finish(b, ret, err);
    }
    model_fini(&m);
    host->release(packets);
    return rc;
}
