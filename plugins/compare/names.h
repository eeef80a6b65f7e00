/* Names of numbers: ports, protocols, types. Knows nothing of tables or counts. */
#ifndef COMPARE_NAMES_H
#define COMPARE_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct name {
    uint32_t number;
    const char *name;
};

enum {
    NAMES_TCP,
    NAMES_UDP,
    NAMES_SCTP,
    NAMES_PROTOCOL,
    NAMES_ETHERTYPE,
    NAMES_ICMP,
    NAMES_DNS_TYPE,
    NAMES_DNS_CLASS,
    NAMES_DNS_OPCODE,
    NAMES_DNS_RCODE,
    NAMES_N
};

struct names {
    const struct name *items; /**< by number */
    size_t n;
};
/** Written at build time, see names.py. */
extern const struct names names_tables[NAMES_N];

/** Which table names the values of a field; -1: none. */
int names_of_field(const char *field);
/** Name of a number in a table, or NULL. */
const char *names_find(int table, uint64_t number);
/** The number that a name stands for: 0, or -1 when none has it. */
int names_number(int table, const char *name, uint32_t *ret);

#endif
