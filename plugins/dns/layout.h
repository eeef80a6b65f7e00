/* What the data of each type of record is made of, in order. Knows nothing of how it is read. */
#ifndef DNS_LAYOUT_H
#define DNS_LAYOUT_H

#include "rdata.h"

/** A part of the data, and what becomes of it. */
enum step_kind {
    DONE,
    U8,
    U16,
    U32,
    U48,
    SECONDS, /**< since 1970 */
    NAME,
    NAMES,       /**< as many as there are */
    NAME_LENGTH, /**< of the text of the name that follows; the root has none */
    COUNTED,     /**< a length, which goes into the field, and text, into the next field */
    COUNTEDS,    /**< as many of them as there are */
    SIZED,       /**< a length of 16 bits, as COUNTED, and bytes */
    IP4,
    IP6,
    EIGHT, /**< bytes */
    REST,
    SKIP /**< the rest that has no field */
};
struct step {
    uint8_t kind;
    uint16_t field;
};
enum { STEPS_MOST = 10 };

/** Types whose data has fields of its own. */
enum dns_type {
    T_A = 1,
    T_NS = 2,
    T_MD = 3,
    T_MF = 4,
    T_CNAME = 5,
    T_SOA = 6,
    T_MB = 7,
    T_MG = 8,
    T_MR = 9,
    T_NULL = 10,
    T_WKS = 11,
    T_PTR = 12,
    T_HINFO = 13,
    T_MINFO = 14,
    T_MX = 15,
    T_TXT = 16,
    T_RP = 17,
    T_AFSDB = 18,
    T_X25 = 19,
    T_ISDN = 20,
    T_RT = 21,
    T_NSAP = 22,
    T_NSAP_PTR = 23,
    T_SIG = 24,
    T_KEY = 25,
    T_PX = 26,
    T_GPOS = 27,
    T_AAAA = 28,
    T_LOC = 29,
    T_NXT = 30,
    T_SRV = DNS_TYPE_SRV,
    T_NAPTR = 35,
    T_KX = 36,
    T_CERT = 37,
    T_A6 = 38,
    T_DNAME = 39,
    T_OPT = DNS_TYPE_OPT,
    T_APL = 42,
    T_DS = 43,
    T_SSHFP = 44,
    T_IPSECKEY = 45,
    T_RRSIG = 46,
    T_NSEC = 47,
    T_DNSKEY = 48,
    T_DHCID = 49,
    T_NSEC3 = 50,
    T_NSEC3PARAM = 51,
    T_TLSA = 52,
    T_SMIMEA = 53,
    T_HIP = 55,
    T_CDS = 59,
    T_CDNSKEY = 60,
    T_OPENPGPKEY = 61,
    T_CSYNC = 62,
    T_ZONEMD = 63,
    T_SVCB = 64,
    T_HTTPS = 65,
    T_SPF = 99,
    T_NID = 104,
    T_L32 = 105,
    T_L64 = 106,
    T_LP = 107,
    T_EUI48 = 108,
    T_EUI64 = 109,
    T_TKEY = 249,
    T_TSIG = 250,
    T_CAA = 257,
    T_DLV = 32769,
    T_WINS = 65281,
    T_WINSR = 65282,
    T_XPF = 65422
};

/** Up to STEPS_MOST steps, or up to one that is DONE; NULL: the type has none. */
const struct step *dns_steps_of(unsigned type);
const char *dns_put_steps(trawl_sink *sink, struct dns_part *part, const struct step *steps);

/** RFC 4034 appendix B, and B.1 for algorithm 1: of a key's data, at least 4 bytes. */
uint32_t dns_key_tag(const uint8_t *p, uint32_t n);

/** Types whose data is not parts in a row, and that few have seen; 0: it is none of them. */
int dns_put_rare(trawl_sink *sink, unsigned type, struct dns_part *part, const char **ret_fault);

#endif
