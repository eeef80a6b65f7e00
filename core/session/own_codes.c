/* Codes of the text columns with few values, by protocol or interface.
 * Must not know plugins' files or terminals. */
#include "core/session/own.h"

static const char *protocol_name(unsigned proto)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {{1, "ICMP"},  {2, "IGMP"},   {6, "TCP"},    {17, "UDP"},      {33, "DCCP"},
                 {47, "GRE"},  {50, "ESP"},   {51, "AH"},    {58, "ICMPv6"},   {89, "OSPF"},
                 {103, "PIM"}, {112, "VRRP"}, {132, "SCTP"}, {136, "UDP-Lite"}};

    for (size_t i = 0; i < TW_COUNT(names); i++) {
        if (names[i].number == proto)
            return names[i].name;
    }
    return NULL;
}

int tw_own_codes(const tw_capture *capture, enum tw_own_source source, struct tw_dict *dict,
                 uint32_t **ret, trawl_error *err)
{
    const struct tw_input *in = capture->packets->input;
    const size_t n = source == S_PROTOCOL ? TW_OWN_CODE_ARP + 1 : in->n_interfaces;
    uint32_t *codes = *ret = tw_alloc_array(n + 1, sizeof(*codes));

    if (!codes)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        char number[TW_TEXT_MAX];
        const char *text;

        if (source == S_PROTOCOL)
            text = i == TW_OWN_CODE_ARP ? "ARP" : protocol_name((unsigned)i);
        else if (source == S_FILE)
            text = in->files[in->interfaces[i].i_file].path;
        else
            text = in->interfaces[i].name;
        if (!text && source == S_PROTOCOL) {
            number[tw_format_u64(number, i)] = '\0';
            text = number;
        }
        if (text && !(codes[i] = tw_dict_code(dict, text, strlen(text), err)))
            return TRAWL_E_NOMEM;
    }
    return TRAWL_OK;
}
