/* What the files of the plugin naming share. Knows nothing of who asks for names. */
#ifndef NAMING_NAMING_H
#define NAMING_NAMING_H

#include "trawl/plugin.h"

#define NAMING_VERSION "1.0.0"

extern const trawl_host *host;

/** An address, IPv4 after ::ffff:, from n bytes of text; *ret_bits: 32 or 128. 0: it is none. */
int address_parse(const char *text, size_t n, uint8_t ret[16], unsigned *ret_bits);
/** "out of memory", as TRAWL_E_NOMEM. */
int naming_nomem(trawl_error *err);

/** Tells a name; see trawl_resolver. */
typedef int naming_named(void *context, size_t i, const void *text, size_t n_text,
                         trawl_error *err);
/** Functions of trawl_resolver and trawl_allow. */
#define NAMING_OPEN(name)                                                                \
    int name(trawl_call *call, trawl_capture *capture, const char *argument, void **ret, \
             trawl_error *err)
#define NAMING_RESOLVE(name)                                                         \
    int name(trawl_call *call, void *state, const uint8_t(*addresses)[16], size_t n, \
             naming_named *named, void *context, trawl_error *err)
NAMING_OPEN(answers_open);
NAMING_OPEN(hosts_open);
NAMING_OPEN(dns_open);
NAMING_OPEN(allow_open_list);
NAMING_OPEN(allow_open_words);
NAMING_RESOLVE(answers_resolve);
NAMING_RESOLVE(hosts_resolve);
NAMING_RESOLVE(dns_resolve);
void answers_close(void *state);
void hosts_close(void *state);
void dns_close(void *state);
int allow_has(void *state, const uint8_t address[16], uint16_t port);
void allow_close(void *state);

/** What the plugin's part, which has the DNS library, offers. */
struct naming_functions {
    /** server: "ADDRESS[:PORT]" instead of the system's, or NULL. */
    int (*open)(const char *server, void **ret, trawl_error *err);
    int (*resolve)(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                   naming_named *named, void *context, trawl_error *err);
    void (*close)(void *state);
};

#endif
