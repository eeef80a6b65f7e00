/* IANA's names of DNS numbers (Domain Name System Parameters, 2024). Knows nothing of messages. */
#include "names.h"

#include <stdio.h>

static const char *const types[] = {
    [1] = "A",         [2] = "NS",      [3] = "MD",          [4] = "MF",
    [5] = "CNAME",     [6] = "SOA",     [7] = "MB",          [8] = "MG",
    [9] = "MR",        [10] = "NULL",   [11] = "WKS",        [12] = "PTR",
    [13] = "HINFO",    [14] = "MINFO",  [15] = "MX",         [16] = "TXT",
    [17] = "RP",       [18] = "AFSDB",  [19] = "X25",        [20] = "ISDN",
    [21] = "RT",       [22] = "NSAP",   [23] = "NSAP-PTR",   [24] = "SIG",
    [25] = "KEY",      [26] = "PX",     [27] = "GPOS",       [28] = "AAAA",
    [29] = "LOC",      [30] = "NXT",    [31] = "EID",        [32] = "NIMLOC",
    [33] = "SRV",      [34] = "ATMA",   [35] = "NAPTR",      [36] = "KX",
    [37] = "CERT",     [38] = "A6",     [39] = "DNAME",      [40] = "SINK",
    [41] = "OPT",      [42] = "APL",    [43] = "DS",         [44] = "SSHFP",
    [45] = "IPSECKEY", [46] = "RRSIG",  [47] = "NSEC",       [48] = "DNSKEY",
    [49] = "DHCID",    [50] = "NSEC3",  [51] = "NSEC3PARAM", [52] = "TLSA",
    [53] = "SMIMEA",   [55] = "HIP",    [56] = "NINFO",      [57] = "RKEY",
    [58] = "TALINK",   [59] = "CDS",    [60] = "CDNSKEY",    [61] = "OPENPGPKEY",
    [62] = "CSYNC",    [63] = "ZONEMD", [64] = "SVCB",       [65] = "HTTPS",
    [99] = "SPF",      [100] = "UINFO", [101] = "UID",       [102] = "GID",
    [103] = "UNSPEC",  [104] = "NID",   [105] = "L32",       [106] = "L64",
    [107] = "LP",      [108] = "EUI48", [109] = "EUI64",     [249] = "TKEY",
    [250] = "TSIG",    [251] = "IXFR",  [252] = "AXFR",      [253] = "MAILB",
    [254] = "MAILA",   [255] = "ANY",   [256] = "URI",       [257] = "CAA",
    [258] = "AVC",     [259] = "DOA",   [260] = "AMTRELAY",  [261] = "RESINFO",
};
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
    if (type == 32768)
        return "TA";
    if (type == 32769)
        return "DLV";
    return NAME(types, type, "TYPE", buf);
}

const char *dns_class_name(unsigned class_, char buf[DNS_NUMBER_TEXT])
{
    return NAME(classes, class_, "CLASS", buf);
}

const char *dns_rcode_name(unsigned rcode, char buf[DNS_NUMBER_TEXT])
{
    return NAME(rcodes, rcode, "RCODE", buf);
}
