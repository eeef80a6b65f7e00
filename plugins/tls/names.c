/* Names of versions, cipher suites, groups and alerts. Must not know the rest. */
#include "tls.h"

#include <stdlib.h>

struct name {
    uint16_t value;
    const char *name;
};

/* By value. */
static const struct name ciphers[] = {
#include "ciphers.h"
};
/* IANA "TLS Supported Groups", and those of hybrid key exchange that are in use. */
static const struct name groups[] = {
    {1, "sect163k1"},
    {2, "sect163r1"},
    {3, "sect163r2"},
    {4, "sect193r1"},
    {5, "sect193r2"},
    {6, "sect233k1"},
    {7, "sect233r1"},
    {8, "sect239k1"},
    {9, "sect283k1"},
    {10, "sect283r1"},
    {11, "sect409k1"},
    {12, "sect409r1"},
    {13, "sect571k1"},
    {14, "sect571r1"},
    {15, "secp160k1"},
    {16, "secp160r1"},
    {17, "secp160r2"},
    {18, "secp192k1"},
    {19, "secp192r1"},
    {20, "secp224k1"},
    {21, "secp224r1"},
    {22, "secp256k1"},
    {23, "secp256r1"},
    {24, "secp384r1"},
    {25, "secp521r1"},
    {26, "brainpoolP256r1"},
    {27, "brainpoolP384r1"},
    {28, "brainpoolP512r1"},
    {29, "x25519"},
    {30, "x448"},
    {31, "brainpoolP256r1tls13"},
    {32, "brainpoolP384r1tls13"},
    {33, "brainpoolP512r1tls13"},
    {41, "curveSM2"},
    {256, "ffdhe2048"},
    {257, "ffdhe3072"},
    {258, "ffdhe4096"},
    {259, "ffdhe6144"},
    {260, "ffdhe8192"},
    {512, "mlkem512"},
    {513, "mlkem768"},
    {514, "mlkem1024"},
    {4587, "SecP256r1MLKEM768"},
    {4588, "X25519MLKEM768"},
    {4589, "SecP384r1MLKEM1024"},
    {25497, "X25519Kyber768Draft00"},
};
/* IANA "TLS Alerts". */
static const struct name alerts[] = {
    {0, "close_notify"},
    {1, "end_of_early_data"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

static int by_value(const void *key, const void *element)
{
    const int value = *(const uint16_t *)key, other = ((const struct name *)element)->value;

    return (value > other) - (value < other);
}

static const char *find(const struct name *names, size_t n, uint16_t value)
{
    const struct name *found = bsearch(&value, names, n, sizeof(*names), by_value);

    return found ? found->name : NULL;
}

const char *tls_version_name(uint16_t version)
{
    switch (version) {
    case 0x0002:
        return "SSL 2.0";
    case 0x0300:
        return "SSL 3.0";
    case 0x0301:
        return "TLS 1.0";
    case 0x0302:
        return "TLS 1.1";
    case 0x0303:
        return "TLS 1.2";
    case 0x0304:
        return "TLS 1.3";
    }
    return version >> 8 == 0x7f || version >> 8 == 0xfb ? "TLS 1.3 draft" : NULL;
}

const char *tls_cipher_name(uint16_t cipher)
{
    return find(ciphers, TRAWL_COUNT(ciphers), cipher);
}

const char *tls_group_name(uint16_t group)
{
    return find(groups, TRAWL_COUNT(groups), group);
}

const char *tls_alert_name(uint8_t description)
{
    return find(alerts, TRAWL_COUNT(alerts), description);
}
