/* IANA's names of DNS numbers (Domain Name System Parameters, 2025). Knows nothing of messages. */
#include "names.h"

#include <stdio.h>

static const char *const classes[] = {
    [1] = "IN", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY"};
static const char *const rcodes[] = {
    "NOERROR",        "FORMERR",        "SERVFAIL",       "NXDOMAIN",        "NOTIMP",
    "REFUSED",        "YXDOMAIN",       "YXRRSET",        "NXRRSET",         "NOTAUTH",
    "NOTZONE",        "DSOTYPENI",      [16] = "BADVERS", [17] = "BADKEY",   [18] = "BADTIME",
    [19] = "BADMODE", [20] = "BADNAME", [21] = "BADALG",  [22] = "BADTRUNC", [23] = "BADCOOKIE"};

#define NAME(array, n, prefix, buf) name(array, sizeof(array) / sizeof((array)[0]), n, prefix, buf)
static const char *name(const char *const *names, unsigned long n_names, unsigned n,
                        const char *prefix, char buf[DNS_NUMBER_TEXT])
{
    if (n < n_names && names[n])
        return names[n];
    snprintf(buf, DNS_NUMBER_TEXT, "%s%u", prefix, n);
    return buf;
}

const char *dns_type_name(unsigned type, char buf[DNS_NUMBER_TEXT])
{
    switch (type) {
#define TYPE(id, number, name, data) \
    case number:                     \
        return name;
#include "types.h"
    default:
        snprintf(buf, DNS_NUMBER_TEXT, "TYPE%u", type);
        return buf;
    }
}

const char *dns_class_name(unsigned class_, char buf[DNS_NUMBER_TEXT])
{
    return NAME(classes, class_, "CLASS", buf);
}

const char *dns_rcode_name(unsigned rcode, char buf[DNS_NUMBER_TEXT])
{
    return NAME(rcodes, rcode, "RCODE", buf);
}
