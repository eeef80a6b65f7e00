/* What the files of this plugin share. Knows the host by its table of functions alone. */
#ifndef DNSTAP_H
#define DNSTAP_H

#include "decode.h"
#include "frames.h"
#include "spool.h"
#include "trawl/plugin.h"

#define DNSTAP_VERSION "1.0.0"

extern const trawl_host *host;

/** The plugin's part, what needs fstrm and protobuf-c: functions by their names. */
struct dnstap_part {
    int (*frame_control)(const uint8_t *data, size_t n, const char **why);
    const char *(*decode)(const uint8_t *data, size_t n, struct dnstap *ret);
    const char *(*word)(enum dnstap_level level, unsigned number, int value);
    int64_t (*time)(const struct dnstap *payload, unsigned sec, unsigned nsec);
    size_t (*name)(const uint8_t *wire, size_t n, char text[DNSTAP_NAME]);
    int (*spool_listen)(const char *path);
    const char *(*spool_take)(struct spool *spool, int listener);
};

extern const trawl_reader dnstap_reader;
extern const trawl_dissector dnstap_dissector;
extern const trawl_command dnstap_command;

#endif
