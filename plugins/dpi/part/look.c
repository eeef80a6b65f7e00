/* Application names through nDPI: a flow metric that hands libndpi the first packets of each flow.
 * What it learns in one flow never names another (see ndpi_lru_find_cache below), so that a flow's
 * name depends on the flow alone. Knows nothing of how flows are found. */
#include <ndpi/ndpi_api.h>
#include <string.h>

#include "../dpi.h"
#include "guard.h"

static const trawl_host *host;

enum { PACKET_MOST = 65535, TAIL = 64, MS = 1000000, NAME_ROOM = 128 };

/* Of a thread: its module, and a packet with zeros behind it, whatever its dissectors read. */
struct dpi_run {
    struct ndpi_detection_module_struct *module;
    uint8_t packet[PACKET_MOST + TAIL];
};

/* What became of a flow. Texts follow each other, each with its NUL, in the order of enum text. */
enum text {
    APPLICATION,
    CATEGORY,
    SERVER_NAME,
    CLIENT_PRINT,
    SERVER_PRINT,
    AGENT,
    CONTENT,
    N_TEXTS
};
struct dpi_result {
    uint8_t guessed, confidence;
    char texts[];
};

/* nDPI keeps what it learnt of addresses in caches of its module. Names would then hang on the
 * order of flows and on how many threads share them. The library finds this in the place of its
 * own, and nothing in its caches. */
TRAWL_EXPORT u_int8_t ndpi_lru_find_cache(struct ndpi_lru_cache *c, u_int32_t key, u_int16_t *value,
                                          u_int8_t clean_key_when_found)
{
    (void)c;
    (void)key;
    (void)value;
    (void)clean_key_when_found;
    return 0;
}

/* The same for what it keeps of TINC's connections: the entry is never there. */
TRAWL_EXPORT int cache_remove(void *cache, void *item, uint32_t n)
{
    enum { CACHE_REMOVE_NOT_FOUND = 3 };

    (void)cache;
    (void)item;
    (void)n;
    return CACHE_REMOVE_NOT_FOUND;
}

/* ---- threads ---- */

static int begin(const void *opts, void **ret, const char **ret_why)
{
    struct dpi_run *run = host->alloc(sizeof(*run));

    (void)opts;
    if (!run) {
        *ret_why = "no memory";
        return -1;
    }
    run->module = guard_module_new();
    if (!run->module) {
        host->free(run);
        *ret_why = "libndpi could not be set up, there is no memory for it";
        return -1;
    }
    *ret = run;
    return 0;
}

static void cleanup(void *context)
{
    struct dpi_run *run = context;

    ndpi_exit_detection_module(run->module);
    host->free(run);
}

/* ---- results ---- */

static int is(const ndpi_protocol *p, uint16_t id)
{
    return p->master_protocol == id || p->app_protocol == id;
}

static int is_tls(const ndpi_protocol *p)
{
    static const uint16_t ids[] = {NDPI_PROTOCOL_TLS,        NDPI_PROTOCOL_QUIC,
                                   NDPI_PROTOCOL_DTLS,       NDPI_PROTOCOL_MAIL_SMTPS,
                                   NDPI_PROTOCOL_MAIL_IMAPS, NDPI_PROTOCOL_MAIL_POPS};

    for (size_t i = 0; i < TRAWL_COUNT(ids); i++) {
        if (is(p, ids[i]))
            return 1;
    }
    return 0;
}

/* Members of flow->protos share memory: only those of the protocol that was found mean something.
 */
static void find_prints(const struct ndpi_flow_struct *flow, const ndpi_protocol *p,
                        const char *texts[N_TEXTS])
{
    if (is(p, NDPI_PROTOCOL_DHCP)) {
        texts[CLIENT_PRINT] = flow->protos.dhcp.fingerprint;
    } else if (is(p, NDPI_PROTOCOL_SSH)) {
        texts[CLIENT_PRINT] = flow->protos.ssh.hassh_client;
        texts[SERVER_PRINT] = flow->protos.ssh.hassh_server;
    } else if (is_tls(p)) {
        texts[CLIENT_PRINT] = flow->protos.tls_quic.ja3_client;
        texts[SERVER_PRINT] = flow->protos.tls_quic.ja3_server;
    }
}

static struct dpi_result *keep(const char *const texts[N_TEXTS])
{
    size_t n = sizeof(struct dpi_result), at = 0;
    struct dpi_result *result;

    for (int i = 0; i < N_TEXTS; i++)
        n += (texts[i] ? strlen(texts[i]) : 0) + 1;
    result = host->alloc(n);
    for (int i = 0; result && i < N_TEXTS; i++) {
        const size_t len = texts[i] ? strlen(texts[i]) : 0;

        if (len)
            memcpy(result->texts + at, texts[i], len);
        at += len + 1;
    }
    return result;
}

/* As nDPI numbers them from 4.4 on, and NFStream with it. */
static uint8_t confidence_of(const struct ndpi_flow_struct *flow)
{
    switch (flow->confidence) {
    case NDPI_CONFIDENCE_MATCH_BY_PORT:
        return 1;
    case NDPI_CONFIDENCE_MATCH_BY_IP:
        return 2;
    case NDPI_CONFIDENCE_DPI_CACHE:
        return 5;
    case NDPI_CONFIDENCE_DPI:
        return 6;
    default:
        return 0;
    }
}

/* The flow has been looked at enough. */
static void settle(struct dpi_state *s, struct dpi_run *run, ndpi_protocol found)
{
    const char *texts[N_TEXTS] = {NULL};
    char name[NAME_ROOM];
    u_int8_t guessed = 0;

    s->over = 1;
    if (found.app_protocol == NDPI_PROTOCOL_UNKNOWN)
        found = ndpi_detection_giveup(run->module, s->flow, 1, &guessed);
    texts[APPLICATION] = ndpi_protocol2name(run->module, found, name, sizeof(name));
    texts[CATEGORY] = ndpi_category_get_name(run->module, found.category);
    texts[SERVER_NAME] = s->flow->host_server_name;
    texts[AGENT] = s->flow->http.user_agent;
    texts[CONTENT] = s->flow->http.content_type;
    find_prints(s->flow, &found, texts);
    s->result = keep(texts);
    if (s->result) {
        s->result->guessed = guessed;
        s->result->confidence = confidence_of(s->flow);
    }
    ndpi_free_flow_data(s->flow);
    host->free(s->flow);
    s->flow = NULL;
}

/* ---- hooks ---- */

static int look(void *state, const trawl_flow_packet *packet)
{
    const struct dpi_opts *opts = packet->opts;
    struct dpi_state *s = state;
    struct dpi_run *run = packet->run;
    const uint32_t n = packet->ip_cap_len < PACKET_MOST ? packet->ip_cap_len : PACKET_MOST;
    ndpi_protocol found;

    if (!s->flow)
        s->flow = host->alloc(SIZEOF_FLOW_STRUCT);
    if (!s->flow)
        return TRAWL_METRIC_FAILED;
    if (n)
        memcpy(run->packet, packet->ip, n);
    memset(run->packet + n, 0, TAIL);
    if (!guard_look(run->module, s->flow, run->packet, (uint16_t)n,
                    (uint64_t)(packet->time_ns / MS), &found)) {
        host->free(s->flow);
        s->flow = NULL;
        s->over = 1;
        return TRAWL_METRIC_FAILED;
    }
    s->n++;
    if (s->n < opts->packets && (found.app_protocol == NDPI_PROTOCOL_UNKNOWN ||
                                 ndpi_extra_dissection_possible(run->module, s->flow)))
        return TRAWL_METRIC_GO_ON;
    settle(s, run, found);
    return s->result ? TRAWL_METRIC_ENOUGH : TRAWL_METRIC_FAILED;
}

static void end(void *state, const void *opts, void *run)
{
    struct dpi_state *s = state;
    ndpi_protocol found = {.app_protocol = NDPI_PROTOCOL_UNKNOWN};

    (void)opts;
    if (s->over || !s->flow)
        return;
    found.master_protocol = s->flow->detected_protocol_stack[1];
    found.app_protocol = s->flow->detected_protocol_stack[0];
    found.category = s->flow->category;
    settle(s, run, found);
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct dpi_state *s = state;
    const struct dpi_result *r = s->result;
    const char *text = r ? r->texts : "";

    for (int i = 0; i < N_TEXTS; i++) {
        if (i == SERVER_NAME && r) {
            the_host->put_u64(row, r->guessed);
            the_host->put_u64(row, r->confidence);
        } else if (i == SERVER_NAME) {
            the_host->put_null(row);
            the_host->put_null(row);
        }
        the_host->put_text(row, *text ? text : NULL);
        text += r ? strlen(text) + 1 : 0;
    }
}

static void drop(void *state)
{
    struct dpi_state *s = state;

    if (s->flow)
        ndpi_free_flow_data(s->flow);
    host->free(s->flow);
    host->free(s->result);
}

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    static const struct dpi_functions functions = {.begin = begin,
                                                   .look = look,
                                                   .end = end,
                                                   .expire = expire,
                                                   .drop = drop,
                                                   .cleanup = cleanup};
    static const trawl_part part = {TRAWL_PART_HEAD, .name = "dpi", .version = DPI_VERSION,
                                    .functions = &functions};

    host = from;
    guard_init(from);
    return &part;
}
