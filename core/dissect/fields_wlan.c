/* Fields of radiotap and 802.11. Must not know what the frames carry. */
#include "core/dissect/fields.h"
#include "core/dissect/walk.h"

#define HEX       TRAWL_COLUMN_HEX
#define ID        TRAWL_COLUMN_ID
#define RADIOTAP  "radiotap.org"
#define IEEE80211 "IEEE 802.11 section 9.2"

enum { RT_LENGTH, RT_PRESENT, RT_TSFT, RT_FLAGS, RT_RATE, RT_FREQ, RT_SIGNAL, RT_NOISE };
static const struct tw_wire radiotap_wires[] = {
    [RT_LENGTH] = TW_HAND(.name = "radiotap.length", .type = TRAWL_U16, .unit = "B",
                          .help = "length of the radio header", .source = RADIOTAP),
    [RT_PRESENT] = TW_HAND(.name = "radiotap.present.word", .type = TRAWL_U32, .flags = HEX,
                           .help = "which items are there", .source = RADIOTAP),
    [RT_TSFT] = TW_HAND(.name = "radiotap.mactime", .type = TRAWL_U64, .flags = ID,
                        .help = "time of the access point's clock, in microseconds",
                        .source = RADIOTAP),
    [RT_FLAGS] = TW_HAND(.name = "radiotap.flags", .type = TRAWL_U8, .flags = HEX,
                         .help = "flags of the frame", .source = RADIOTAP),
    [RT_RATE] = TW_HAND(.name = "radiotap.datarate", .type = TRAWL_F64, .unit = "Mbit/s",
                        .help = "data rate", .source = RADIOTAP),
    [RT_FREQ] = TW_HAND(.name = "radiotap.channel.freq", .type = TRAWL_U32, .unit = "MHz",
                        .help = "frequency of the channel", .source = RADIOTAP),
    [RT_SIGNAL] = TW_HAND(.name = "radiotap.dbm_antsignal", .type = TRAWL_I64, .unit = "dBm",
                          .help = "signal at the antenna", .source = RADIOTAP),
    [RT_NOISE] = TW_HAND(.name = "radiotap.dbm_antnoise", .type = TRAWL_I64, .unit = "dBm",
                         .help = "noise at the antenna", .source = RADIOTAP),
};

static void extract_radiotap(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    /* Size and alignment of the items of bits 0 to 6 (radiotap.org, defined fields). */
    static const uint8_t sizes[7] = {8, 1, 1, 4, 2, 1, 1}, alignments[7] = {8, 1, 1, 2, 2, 1, 1};
    const uint8_t *p = layer->data;
    uint32_t length = layer->header_len, present, at = 4;

    (void)packet;
    if (length < 8)
        return;
    tw_put(sink, RT_LENGTH, length);
    present = tw_le32(p + 4);
    tw_put(sink, RT_PRESENT, present);
    while (at + 8 <= length && (tw_le32(p + at) & 0x80000000U))
        at += 4;
    at += 4;
    for (unsigned bit = 0; bit < 7; bit++) {
        if (!(present >> bit & 1))
            continue;
        at = (at + alignments[bit] - 1) & ~(uint32_t)(alignments[bit] - 1);
        if (at + sizes[bit] > length)
            return;
        if (bit == 0)
            tw_put(sink, RT_TSFT, tw_le64(p + at));
        else if (bit == 1)
            tw_put(sink, RT_FLAGS, p[at]);
        else if (bit == 2 && tw_wants(sink, RT_RATE))
            sink->put_f64(sink, RT_RATE, p[at] * 0.5);
        else if (bit == 3)
            tw_put(sink, RT_FREQ, tw_le16(p + at));
        else if (bit == 5 && tw_wants(sink, RT_SIGNAL))
            sink->put_i64(sink, RT_SIGNAL, (int8_t)p[at]);
        else if (bit == 6 && tw_wants(sink, RT_NOISE))
            sink->put_i64(sink, RT_NOISE, (int8_t)p[at]);
        at += sizes[bit];
    }
}
const trawl_dissector tw_dissector_radiotap = TW_DISSECTOR(
    "radiotap", "radiotap", radiotap_wires, "Radio header of 802.11 captures", extract_radiotap);

enum {
    WL_FC,
    WL_TYPE,
    WL_SUBTYPE,
    WL_RETRY,
    WL_PROTECTED,
    WL_DURATION,
    WL_RA,
    WL_TA,
    WL_DA,
    WL_SA,
    WL_BSSID,
    WL_SEQ,
    WL_FRAG,
    WL_ADDR
};
static const struct tw_wire wlan_wires[] = {
    [WL_FC] = TW_HAND(.name = "wlan.fc", .type = TRAWL_U16, .flags = HEX, .source = IEEE80211,
                      .help = "frame control"),
    [WL_TYPE] = TW_HAND(.name = "wlan.fc.type", .type = TRAWL_U8, .flags = ID, .source = IEEE80211,
                        .help = "0 management, 1 control, 2 data"),
    [WL_SUBTYPE] = TW_HAND(.name = "wlan.fc.subtype", .type = TRAWL_U8, .flags = ID,
                           .help = "subtype", .source = IEEE80211),
    [WL_RETRY] = TW_HAND(.name = "wlan.fc.retry", .type = TRAWL_BOOL, .source = IEEE80211,
                         .help = "sent again"),
    [WL_PROTECTED] = TW_HAND(.name = "wlan.fc.protected", .type = TRAWL_BOOL, .source = IEEE80211,
                             .help = "payload is encrypted"),
    [WL_DURATION] = TW_HAND(.name = "wlan.duration", .type = TRAWL_U16, .source = IEEE80211,
                            .help = "duration, in microseconds"),
    [WL_RA] = TW_HAND(.name = "wlan.ra", .type = TRAWL_MAC, .source = IEEE80211,
                      .help = "receiver on the air"),
    [WL_TA] = TW_HAND(.name = "wlan.ta", .type = TRAWL_MAC, .source = IEEE80211,
                      .help = "transmitter on the air"),
    [WL_DA] = TW_HAND(.name = "wlan.da", .type = TRAWL_MAC, .source = IEEE80211,
                      .help = "destination"),
    [WL_SA] = TW_HAND(.name = "wlan.sa", .type = TRAWL_MAC, .source = IEEE80211, .help = "source"),
    [WL_BSSID] = TW_HAND(.name = "wlan.bssid", .type = TRAWL_MAC, .source = IEEE80211,
                         .help = "basic service set"),
    [WL_SEQ] = TW_HAND(.name = "wlan.seq", .type = TRAWL_U16, .flags = ID, .source = IEEE80211,
                       .help = "sequence number"),
    [WL_FRAG] = TW_HAND(.name = "wlan.frag", .type = TRAWL_U16, .flags = ID, .source = IEEE80211,
                        .help = "fragment number"),
    [WL_ADDR] = TW_HAND(.name = "wlan.addr", .type = TRAWL_MAC, .source = IEEE80211,
                        .flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_HIDDEN,
                        .help = "each address of the header, in its order"),
};

/* How many addresses the header has room for. */
static unsigned n_addresses(unsigned type, unsigned subtype, unsigned bits)
{
    /* Control frames with a second address: trigger, TACK, beamforming poll, NDP announcement,
     * block ack and its request, PS-Poll, RTS, both kinds of CF-End. */
    static const uint16_t two = 0xcf3c;

    if (type == 0)
        return 3;
    if (type == 2)
        return (bits & 3) == 3 ? 4 : 3;
    return type == 1 && two >> subtype & 1 ? 2 : 1;
}

static void extract_wlan(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    /* Which of the addresses 1 to 4 is DA, SA, BSSID, by the to-DS and from-DS bits; 0: none. */
    static const uint8_t roles[4][3] = {{1, 2, 3}, {3, 2, 1}, {1, 3, 2}, {3, 4, 0}};
    static const uint8_t places[5] = {0, 4, 10, 16, 24};
    static const uint32_t fields[3] = {WL_DA, WL_SA, WL_BSSID};
    const uint8_t *p = layer->data, *role;
    const unsigned swap = layer->flags & TW_LAYER_SWAPPED ? 1 : 0;
    unsigned type, bits, n;

    (void)packet;
    if (layer->cap_len < 2)
        return;
    type = p[swap] >> 2 & 3;
    bits = p[1 - swap];
    tw_put(sink, WL_FC, (uint32_t)p[swap] << 8 | bits);
    tw_put(sink, WL_TYPE, type);
    tw_put(sink, WL_SUBTYPE, p[swap] >> 4);
    tw_put(sink, WL_RETRY, bits >> 3 & 1);
    tw_put(sink, WL_PROTECTED, bits >> 6 & 1);
    if (layer->cap_len >= 4)
        tw_put(sink, WL_DURATION, tw_le16(p + 2));
    n = n_addresses(type, p[swap] >> 4, bits);
    for (unsigned i = 1; i <= n && places[i] + 6U <= layer->cap_len; i++)
        tw_put_mac(sink, WL_ADDR, p + places[i]);
    if (n >= 1 && layer->cap_len >= 10)
        tw_put_mac(sink, WL_RA, p + 4);
    if (n >= 2 && layer->cap_len >= 16) /* CF-End comes from the access point */
        tw_put_mac(sink, n == 2 && p[swap] >> 4 == 14 ? WL_BSSID : WL_TA, p + 10);
    if (type == 1 && p[swap] >> 4 == 10 && layer->cap_len >= 10) /* PS-Poll */
        tw_put_mac(sink, WL_BSSID, p + 4);
    if (n < 3)
        return;
    role = roles[type == 2 ? bits & 3 : 0];
    for (unsigned i = 0; i < 3; i++)
        if (role[i] && places[role[i]] + 6U <= layer->cap_len)
            tw_put_mac(sink, fields[i], p + places[role[i]]);
    if (layer->cap_len >= 24) {
        tw_put(sink, WL_SEQ, tw_le16(p + 22) >> 4);
        tw_put(sink, WL_FRAG, tw_le16(p + 22) & 15);
    }
}
const trawl_dissector tw_dissector_wlan = TW_DISSECTOR("wlan", "wlan", wlan_wires,
                                                       "802.11 wireless LAN", extract_wlan);
