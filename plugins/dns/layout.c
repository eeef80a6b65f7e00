/* What the data of each type of record is made of: the one table of it. Knows nothing of how it is
 * read. */
#include "layout.h"

#define DS_STEPS                                                          \
    {                                                                     \
        {U16, F_DS_KEY_ID}, {U8, F_DS_ALGORITHM}, {U8, F_DS_DIGEST_TYPE}, \
        {                                                                 \
            REST, F_DS_DIGEST                                             \
        }                                                                 \
    }
#define RRSIG_STEPS                                                                              \
    {                                                                                            \
        {U16, F_RRSIG_TYPE}, {U8, F_RRSIG_ALGORITHM}, {U8, F_RRSIG_LABELS}, {U32, F_RRSIG_TTL},  \
            {SECONDS, F_RRSIG_EXPIRATION}, {SECONDS, F_RRSIG_INCEPTION}, {U16, F_RRSIG_KEY_TAG}, \
            {NAME, F_RRSIG_SIGNER},                                                              \
        {                                                                                        \
            REST, F_RRSIG_SIGNATURE                                                              \
        }                                                                                        \
    }
#define TLSA_STEPS                                                        \
    {                                                                     \
        {U8, F_TLSA_USAGE}, {U8, F_TLSA_SELECTOR}, {U8, F_TLSA_MATCHING}, \
        {                                                                 \
            REST, F_TLSA_DATA                                             \
        }                                                                 \
    }
static const struct step layouts[T_TSIG + 1][STEPS_MOST] = {
    [T_A] = {{IP4, F_A}},
    [T_NS] = {{NAME, F_NS}},
    [T_MD] = {{NAME, F_MD}},
    [T_MF] = {{NAME, F_MF}},
    [T_CNAME] = {{NAME, F_CNAME}},
    [T_SOA] = {{NAME, F_SOA_MNAME},
               {NAME, F_SOA_RNAME},
               {U32, F_SOA_SERIAL},
               {U32, F_SOA_REFRESH},
               {U32, F_SOA_RETRY},
               {U32, F_SOA_EXPIRE},
               {U32, F_SOA_MINIMUM}},
    [T_MB] = {{NAME, F_MB}},
    [T_MG] = {{NAME, F_MG}},
    [T_MR] = {{NAME, F_MR}},
    [T_NULL] = {{REST, F_NULL_DATA}},
    [T_PTR] = {{NAME, F_PTR}},
    [T_HINFO] = {{COUNTED, F_HINFO_CPU_LENGTH}, {COUNTED, F_HINFO_OS_LENGTH}},
    [T_MINFO] = {{NAME, F_MINFO_R}, {NAME, F_MINFO_E}},
    [T_MX] = {{U16, F_MX_PREFERENCE}, {NAME, F_MX_EXCHANGE}},
    [T_TXT] = {{COUNTEDS, F_TXT_LENGTH}},
    [T_RP] = {{NAME, F_RP_MAILBOX}, {NAME, F_RP_TXT}},
    [T_AFSDB] = {{U16, F_AFSDB_SUBTYPE}, {NAME, F_AFSDB_HOSTNAME}},
    [T_X25] = {{COUNTED, F_X25_LENGTH}},
    [T_RT] = {{U16, F_RT_SUBTYPE}, {NAME, F_RT_HOST}},
    [T_NSAP] = {{REST, F_NSAP}},
    [T_NSAP_PTR] = {{NAME, F_NSAP_PTR}},
    [T_SIG] = RRSIG_STEPS,
    [T_PX] = {{U16, F_PX_PREFERENCE}, {NAME, F_PX_MAP822}, {NAME, F_PX_MAP400}},
    [T_GPOS] = {{COUNTED, F_GPOS_LONGITUDE_LENGTH},
                {COUNTED, F_GPOS_LATITUDE_LENGTH},
                {COUNTED, F_GPOS_ALTITUDE_LENGTH}},
    [T_AAAA] = {{IP6, F_AAAA}},
    [T_NXT] = {{NAME, F_NXT_NEXT}, {SKIP, 0}},
    [T_SRV] = {{U16, F_SRV_PRIORITY}, {U16, F_SRV_WEIGHT}, {U16, F_SRV_PORT}, {NAME, F_SRV_TARGET}},
    [T_NAPTR] = {{U16, F_NAPTR_ORDER},
                 {U16, F_NAPTR_PREFERENCE},
                 {COUNTED, F_NAPTR_FLAGS_LENGTH},
                 {COUNTED, F_NAPTR_SERVICE_LENGTH},
                 {COUNTED, F_NAPTR_REGEX_LENGTH},
                 {NAME_LENGTH, F_NAPTR_REPLACEMENT_LENGTH},
                 {NAME, F_NAPTR_REPLACEMENT}},
    [T_KX] = {{U16, F_KX_PREFERENCE}, {NAME, F_KX_EXCHANGE}},
    [T_CERT] = {{U16, F_CERT_TYPE}, {U16, F_CERT_KEY_TAG}, {U8, F_CERT_ALGORITHM}, {REST, F_CERT}},
    [T_DNAME] = {{NAME, F_DNAME}},
    [T_DS] = DS_STEPS,
    [T_SSHFP] = {{U8, F_SSHFP_ALGORITHM}, {U8, F_SSHFP_TYPE}, {REST, F_SSHFP}},
    [T_RRSIG] = RRSIG_STEPS,
    [T_NSEC] = {{NAME, F_NSEC_NEXT}, {SKIP, 0}},
    [T_DHCID] = {{REST, F_DHCID}},
    [T_NSEC3] = {{U8, F_NSEC3_ALGO},
                 {U8, F_NSEC3_FLAGS},
                 {BIT_0, F_NSEC3_OPT_OUT},
                 {U16, F_NSEC3_ITERATIONS},
                 {COUNTED, F_NSEC3_SALT_LENGTH},
                 {HASH, F_NSEC3_HASH_LENGTH},
                 {SKIP, 0}},
    [T_NSEC3PARAM] = {{U8, F_NSEC3_ALGO},
                      {U8, F_NSEC3_FLAGS},
                      {U16, F_NSEC3_ITERATIONS},
                      {COUNTED, F_NSEC3_SALT_LENGTH}},
    [T_TLSA] = TLSA_STEPS,
    [T_SMIMEA] = TLSA_STEPS,
    [T_CDS] = DS_STEPS,
    [T_OPENPGPKEY] = {{REST, F_OPENPGPKEY}},
    [T_CSYNC] = {{U32, F_CSYNC_SOA},
                 {U16, F_CSYNC_FLAGS},
                 {BIT_0, F_CSYNC_IMMEDIATE},
                 {BIT_1, F_CSYNC_SOAMINIMUM},
                 {REST, F_CSYNC_TYPES}},
    [T_ZONEMD] = {{U32, F_ZONEMD_SERIAL},
                  {U8, F_ZONEMD_SCHEME},
                  {U8, F_ZONEMD_HASH},
                  {REST, F_ZONEMD_DIGEST}},
    [T_SPF] = {{COUNTEDS, F_SPF_LENGTH}},
    [T_NID] = {{U16, F_NID_PREFERENCE}, {EIGHT, F_NID}},
    [T_L32] = {{U16, F_L32_PREFERENCE}, {IP4, F_L32}},
    [T_L64] = {{U16, F_L64_PREFERENCE}, {EIGHT, F_L64}},
    [T_LP] = {{U16, F_LP_PREFERENCE}, {NAME, F_LP}},
    [T_EUI48] = {{U48, F_EUI48}},
    [T_EUI64] = {{EIGHT, F_EUI64}},
    [T_TKEY] = {{NAME, F_TKEY_ALGORITHM},
                {SECONDS, F_TKEY_INCEPTION},
                {SECONDS, F_TKEY_EXPIRATION},
                {U16, F_TKEY_MODE},
                {U16, F_TKEY_ERROR},
                {SIZED, F_TKEY_KEY_SIZE},
                {SIZED, F_TKEY_OTHER_SIZE}},
    [T_TSIG] = {{NAME, F_TSIG_ALGORITHM},
                {TIME48, F_TSIG_TIME},
                {U16, F_TSIG_FUDGE},
                {SIZED, F_TSIG_MAC_SIZE},
                {U16, F_TSIG_ORIGINAL_ID},
                {U16, F_TSIG_ERROR},
                {SIZED, F_TSIG_OTHER_LEN}},
};

const struct step *dns_steps_of(unsigned type)
{
    static const struct step ds[STEPS_MOST] = DS_STEPS;

    if (type == T_DLV)
        return ds;
    return type < TRAWL_COUNT(layouts) && layouts[type][0].kind != DONE ? layouts[type] : NULL;
}
