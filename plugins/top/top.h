/* What the files of the plugin top share. Knows nothing of how tables are shown. */
#ifndef TOP_TOP_H
#define TOP_TOP_H

#include "trawl/plugin.h"

#include "session.h"

#define TOP_VERSION "1.0.0"

extern const trawl_host *host;

enum { TOP_MAX_PERCENTILES = 8, NO_GROUP = 0xffffffff };

/** What a row is about. */
enum by {
    BY_ENDPOINT,
    BY_ADDRESS,
    BY_PREFIX,
    BY_PORT,
    BY_NAME,
    BY_SNI,
    BY_ASN,
    BY_LABEL,
    BY_APPLICATION
};

/** What `top` was asked for. */
struct top_opts {
    const char *by, *view;
    uint64_t ephemeral;
    trawl_words local;
    const char *percentiles;
    uint64_t prefix4, prefix6;
    uint8_t protocols, bars;
    trawl_words resolvers, allows, analyzers; /**< NAME or NAME:ARGUMENT */
    int64_t resolve_wait;
    const char *report;
    const char *before;
    const char *capture;
    const char *interface, *bpf;
    int64_t interval, step, idle;
    uint64_t count;
    const char *where;
    uint8_t live, batch;
};

/** Addresses whose first bits are those of `bytes`; IPv4 after ::ffff:. */
struct prefix {
    uint8_t bytes[16];
    unsigned bits; /**< of the 128 */
};

/** The same, made ready for the engine. */
struct plan {
    enum by by;
    unsigned ephemeral; /**< 0: not asked for */
    const struct prefix *local;
    size_t n_local;
    unsigned bits4, bits6; /**< of prefixes, of the 128 */
    double percentiles[TOP_MAX_PERCENTILES];
    const char *percentile_names[TOP_MAX_PERCENTILES]; /**< as the user wrote them */
    size_t n_percentiles;
    int protocols, bars;
    trawl_words resolvers;
    int64_t resolve_wait_ns; /**< -1: no time, and nothing is said of it: the screen asks again */
    struct allowing *allows;
    size_t n_allows;
    struct analysis *analysis; /**< NULL: no analyzers */
};

/** An allow list that is open. */
struct allowing {
    const struct trawl_allow *of;
    void *state;
};

/** "out of memory", as TRAWL_E_NOMEM. */
int top_nomem(trawl_error *err);
int prefix_has(const struct prefix *prefix, const uint8_t address[16]);
/** Is it one of --local? */
int is_local(const struct plan *plan, const uint8_t address[16]);
/** Is it of an allow list, if there are any? */
int is_allowed(const struct plan *plan, const uint8_t address[16], uint16_t port);
/** "10.0.0.0/8", "2001:db8::/32" or an address. TRAWL_E_USAGE with its place. */
int prefix_parse(trawl_call *call, const char *word, struct prefix *ret, trawl_error *err);

/** Gives rows their numbers by address or by connection. Zero-filled: by the address itself. */
struct groups {
    uint32_t *of_address; /**< by code without bit 31; NULL: the code */
    uint32_t *of_stream;  /**< over that, where it is not NO_GROUP; NULL: by address alone */
    size_t n_streams;     /**< numbers in of_stream */
    uint32_t datagrams;   /**< number there for DNS over UDP; 0: none */
    trawl_table *labels;  /**< text of the numbers, in its only column; NULL: of_address and
                             of_stream are */
    uint8_t with_port, without_address;
};

/** groups_fini after success and failure alike. capture: whose packets they are. */
int groups_open(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                trawl_table *packets, struct groups *ret, trawl_error *err);
void groups_fini(struct groups *groups);
/** The labels of connections by what they are used for; of_address has room. */
int by_application(trawl_call *call, trawl_capture *capture, const trawl_view *addresses,
                   trawl_builder *labels, struct groups *groups, trawl_error *err);
/** A builder of one column, whose dictionary numbers labels, and the dictionary as a table. */
trawl_builder *labels_new(trawl_error *err);
int labels_finish(trawl_builder *labels, trawl_table **ret, trawl_error *err);
/** Text of an address; bits: of the 128, 128 without a network's length. Gives its length. */
size_t address_text(const uint8_t address[16], unsigned bits, char *ret, size_t room);

/** A row. */
struct destination {
    uint32_t group; /**< a number of groups, or an address's code; NO_GROUP: none */
    uint16_t port;
    uint8_t inbound;
    struct numbers numbers;
};

/** Rows by what they are about. Zero-filled but seed: none. */
struct destinations {
    struct destination *items;
    uint32_t *slots; /**< index + 1, 0: free */
    size_t n, room, n_slots;
    uint64_t seed;
    struct spare spare;
};
/** Index of a row, which is made if it is not there. */
int destinations_find(struct destinations *d, uint32_t group, uint16_t port, unsigned inbound,
                      uint32_t *ret, trawl_error *err);
/** A row will be looked for: have its slot, or what that says, brought nearer. */
void destinations_fetch(const struct destinations *d, uint32_t group, uint16_t port, int with_item);
/** Keep no more values of each than the limit. */
int destinations_settle(struct destinations *d, trawl_error *err);
/** The same, the limit by all that they have, whoever counted it: no segments are to come. */
int destinations_recount(struct destinations *d, trawl_error *err);
void destinations_fini(struct destinations *d);

/** All rows of a capture, in no order. */
struct top {
    struct destinations all;
    int64_t end_ns;        /**< time of the last packet */
    uint64_t n_elsewhere;  /**< segments between addresses that are both not local, or of
                              destinations that are not allowed */
    struct numbers let_go; /**< of endpoints that have no row any more: only what totals need */
    struct groups groups;
    uint8_t *is_local;     /**< by code of an address without bit 31; NULL: --local was not given */
    trawl_view addresses;  /**< dictionary of the codes of addresses */
    trawl_view label_view; /**< of groups.labels, if there are */
};

/** The row of a connection; NO_GROUP: it is between addresses that are both not local, or not
 * allowed. stream: NO_GROUP, not TCP's. */
int top_row(const struct plan *plan, struct top *top, struct destinations *rows, uint32_t client,
            uint32_t server, uint16_t server_port, uint32_t stream, uint32_t *ret,
            trawl_error *err);
/** The same for what is on the side that is not local: NO_GROUP: it is not allowed. */
int top_place(const struct plan *plan, struct top *top, struct destinations *rows, uint32_t remote,
              uint16_t server_port, unsigned inbound, uint32_t stream, uint32_t *ret,
              trawl_error *err);
/** All but the rows: whose addresses they are, what they are called. packets needs only the column
 * "src" and what the plan's groups are made of. */
int top_open(trawl_call *call, const struct plan *plan, trawl_capture *capture,
             trawl_table *packets, struct top *ret, trawl_error *err);
int top_run(trawl_call *call, const struct plan *plan, trawl_capture *capture, trawl_table *packets,
            struct top *ret, trawl_error *err);
void top_fini(struct top *top);
/** What the tables dns, http and tls say of how long answers took. */
int top_protocols(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                  struct top *top, trawl_error *err);
/** Are rows made by address, and then called by names_fold()? */
int names_later(const struct plan *plan);
/** Addresses to names by the plan's resolvers, or those that its kind of rows asks for: rows of one
 * name become one. *ret_rows, to be freed: of each former row the place of the new one; NULL: not
 * wanted. Set only on success. */
int names_fold(trawl_call *call, const struct plan *plan, trawl_capture *capture, struct top *top,
               uint32_t **ret_rows, trawl_error *err);
/** Of "NAME:ARGUMENT": the name, to be freed, and *ret_argument, NULL: none. NULL: no memory. */
char *split_word(const char *word, const char **ret_argument);
/** Open the allow lists of words. allows_close() after success and failure alike. */
int allows_open(trawl_call *call, const trawl_words *words, trawl_capture *capture,
                struct plan *plan, trawl_error *err);
void allows_close(struct plan *plan);

/** The analyzers that come with top. */
extern const trawl_analyzer top_analyzers[1];
/** Say what the rows lack, and what is not among them. */
void top_say(const struct plan *plan, int with_allows, uint64_t n_rows, uint64_t n_syn,
             uint64_t n_elsewhere);

/* ---- rows as text and cells ---- */

/** Are the groups of a plan's rows codes of addresses? */
int key_has_address(const struct plan *plan);
/** Columns that say what a row is about. */
int key_columns(const struct plan *plan, trawl_schema *schema, trawl_error *err);
/** Let a builder that begins with them use the dictionaries of top. */
int key_share(const struct plan *plan, const struct top *top, trawl_table *packets,
              trawl_builder *b, trawl_error *err);
void key_put(const struct plan *plan, const struct destination *d, trawl_builder *b);
/** What the row is called: "192.0.2.1:80"; n bytes of it are written, a NUL among them. */
void key_text(const struct plan *plan, const struct top *top, const struct destination *d,
              char *ret, size_t n);

/** Part of attempts in %; ret 0: there were none. */
int share_of(const struct numbers *n, enum tally tally, double *ret);
/** A destination's part of the totals; rates: a second, of N_SYN and N_EST. */
struct totals {
    uint64_t sums[N_TALLIES];
    double syn_rate, est_rate;
};
void totals_add(struct totals *totals, const struct numbers *numbers, int64_t end_ns);
/** Of a tally a second, from when the destination was seen first, over at least a second. */
double rate_of(const struct numbers *n, enum tally tally, int64_t end_ns);
/** What clients waited for it: handshakes, first bytes of answers, and WAITED_FAILED for an attempt
 * that came to nothing. */
int64_t waited_of(const struct numbers *n);
#define WAITED_FAILED INT64_C(3000000000)

/** What is out of bounds, as trtop highlights it: bits 1 << ALERT_. */
enum alert { ALERT_SYN_ACK, ALERT_EST, ALERT_RST, ALERT_LAT, ALERT_RTT, N_ALERTS };
unsigned alerts_of(const struct numbers *n);

extern const char *const measure_names[N_MEASURES];

/** How many values lie in each half decade from 10 µs to 31.6 s, all beyond in the first and last.
 */
enum { N_BARS = 13 };
void bars_of(const struct samples *s, uint64_t counts[N_BARS]);

/** The three results. top_schema and top_table: --view trawl, trtop_: --view trtop, compare_:
 * --compare. */
int top_schema(const struct plan *plan, trawl_schema **ret, trawl_error *err);
int top_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table *packets,
              trawl_table **ret, trawl_error *err);
int trtop_schema(trawl_schema **ret, trawl_error *err);
int trtop_table(const struct plan *plan, struct top *top, trawl_table **ret, trawl_error *err);
/** trtop's screen as lines of text; its reporter's line for each destination (--view append). */
int report_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table **ret,
                 trawl_error *err);
int append_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table **ret,
                 trawl_error *err);
/** The schema of both. */
int lines_schema(trawl_schema **ret, trawl_error *err);
/** The screen into the file PREFIX.trtop; and say so. */
int report_write(trawl_call *call, const struct plan *plan, struct top *top, const char *prefix,
                 trawl_error *err);
void report_say(const char *prefix);
/** A row and what it is ordered by: sorted instead of the rows, which are large. */
struct waiting {
    int64_t waited;
    const uint8_t *address; /**< NULL: it has none; codes depend on who read the packet first */
    const struct destination *of;
};
/** Rows in the order of top_table(); free() it. NULL: no memory. */
struct waiting *rows_in_order(const struct plan *plan, const struct top *top, trawl_error *err);
int compare_schema(const struct plan *plan, trawl_schema **ret, trawl_error *err);
int compare_table(const struct plan *plan, const struct top *before, const struct top *now,
                  trawl_table **ret, trawl_error *err);

#endif
