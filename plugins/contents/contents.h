/* What the files of the contents plugin share. Knows nothing of how tables are shown. */
#ifndef CONTENTS_CONTENTS_H
#define CONTENTS_CONTENTS_H

#include "trawl/plugin.h"

extern const trawl_host *host;
extern const trawl_command contents_commands[];
enum { CONTENTS_N_COMMANDS = 2 };

/* ---- connections, from the tables `tcp` and `packets` ---- */

/** One end's address (4 or 16 bytes) and port. */
struct end {
    const uint8_t *address;
    size_t n_address;
    uint16_t port;
};

/** The connections of a capture, or its UDP conversations; released with ends_fini(). */
struct ends {
    trawl_table *table, *packets;
    int udp;
    trawl_view stream, first, client, client_port, src, dst, sport, dport;
    uint64_t n; /**< connections, ascending by stream */
};
int ends_open(trawl_call *call, trawl_capture *capture, int udp, struct ends *ret,
              trawl_error *err);
void ends_fini(struct ends *ends);
/** Row of a stream in `table`; -1: it is none. */
int64_t ends_find(const struct ends *ends, uint32_t stream);
/** The error for a number that is none. */
int ends_fail(const struct ends *ends, const char *number, trawl_error *err);
/** host->contents() or host->datagrams(). */
int ends_contents(trawl_call *call, trawl_capture *capture, const struct ends *ends,
                  const uint32_t *streams, size_t n,
                  int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                              trawl_error *err),
                  void *context, trawl_error *err);
/** Who sent in a direction, and to whom. */
void ends_of(const struct ends *ends, uint64_t i, unsigned direction, struct end *ret_from,
             struct end *ret_to);
/** The direction that the client sends in. */
unsigned ends_client(const struct ends *ends, uint64_t i);

/* ---- files ---- */

enum {
    NAME_MOST = 128 /**< of a file, with its 0 */
};
/** tcpflow's name of a direction's file; nth: connections with these ends before it. */
void name_of(const struct end *from, const struct end *to, uint32_t nth, char *ret);
/** By connection: how many before it had the same two ends. Call memory; NULL and err on failure.
 */
uint32_t *count_reuse(trawl_call *call, const struct ends *ends, trawl_error *err);

int extract_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                   trawl_error *err);
int extract_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err);
int follow_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err);

struct extract_opts {
    trawl_words streams;
    const char *into;
    const char *gaps;
    uint8_t force, udp;
    uint64_t limit;
    const char *capture;
};
struct follow_opts {
    uint64_t stream;
    const char *as;
    const char *from;
    uint8_t udp;
    const char *capture;
};

enum { EXTRACT_N_COLUMNS = 9, FOLLOW_N_COLUMNS = 5 };
extern const trawl_column extract_columns[];
extern const trawl_column follow_columns[];

#endif
