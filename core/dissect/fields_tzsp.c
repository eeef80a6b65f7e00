/* Fields of TZSP, in which wireless sensors and routers send the frames that they captured.
 * Must not know those frames. */
#include "core/dissect/fields.h"
#include "core/dissect/walk.h"

#define LIST   TRAWL_COLUMN_LIST
#define HEX    TRAWL_COLUMN_HEX
#define ID     TRAWL_COLUMN_ID
#define SOURCE "Wireshark's packet-tzsp.c"

enum {
    OPTION_TAG,
    OPTION_LENGTH,
    SIGNAL,
    SILENCE,
    RATE,
    TIME,
    MSG_TYPE,
    PCF,
    UNDECRYPTED,
    FCS_ERROR,
    CHANNEL,
    PACKET_ID,
    ORIGINAL_LENGTH,
    SENSOR_MAC,
    DEVICE_NAME,
    CAPTURE_LOCATION,
    DEVICE_INFO,
    DEVICE_ID,
    N_HAND
};
static const struct tw_wire wires[] = {
    [OPTION_TAG] = TW_HAND(.name = "tzsp.option_tag", .type = TRAWL_U8, .flags = LIST | ID,
                           .help = "kinds of the tags, 1 ends them", .source = SOURCE),
    [OPTION_LENGTH] = TW_HAND(.name = "tzsp.option_length", .type = TRAWL_U8, .flags = LIST,
                              .unit = "B", .help = "their lengths", .source = SOURCE),
    [SIGNAL] = TW_HAND(.name = "tzsp.wlan.signal", .type = TRAWL_I64, .flags = LIST, .unit = "dBm",
                       .help = "signal at the sensor", .source = SOURCE),
    [SILENCE] = TW_HAND(.name = "tzsp.wlan.silence", .type = TRAWL_I64, .flags = LIST,
                        .unit = "dBm", .help = "noise at the sensor", .source = SOURCE),
    [RATE] = TW_HAND(.name = "tzsp.wlan.rate", .type = TRAWL_U8, .flags = LIST,
                     .help = "data rate, as the sensor codes it", .source = SOURCE),
    [TIME] = TW_HAND(.name = "tzsp.wlan.time", .type = TRAWL_U32, .flags = LIST | HEX | ID,
                     .help = "the sensor's clock", .source = SOURCE),
    [MSG_TYPE] = TW_HAND(.name = "tzsp.wlan.status.msg_type", .type = TRAWL_U8,
                         .flags = LIST | HEX | ID, .help = "type of the message", .source = SOURCE),
    [PCF] = TW_HAND(.name = "tzsp.wlan.status.pcf", .type = TRAWL_BOOL, .flags = LIST,
                    .help = "point coordination function", .source = SOURCE),
    [UNDECRYPTED] = TW_HAND(.name = "tzsp.wlan.status.undecrypted", .type = TRAWL_BOOL,
                            .flags = LIST, .help = "could not be decrypted", .source = SOURCE),
    [FCS_ERROR] = TW_HAND(.name = "tzsp.wlan.status.fcs_err", .type = TRAWL_BOOL, .flags = LIST,
                          .help = "the frame's checksum was wrong", .source = SOURCE),
    [CHANNEL] = TW_HAND(.name = "tzsp.wlan.channel", .type = TRAWL_U16, .flags = LIST | ID,
                        .help = "channel", .source = SOURCE),
    [PACKET_ID] = TW_HAND(.name = "tzsp.packet_id", .type = TRAWL_U32, .flags = LIST | ID,
                          .help = "number of the frame at the sensor", .source = SOURCE),
    [ORIGINAL_LENGTH] = TW_HAND(.name = "tzsp.original_length", .type = TRAWL_I64, .flags = LIST,
                                .unit = "B", .help = "length of the frame before it was cut",
                                .source = SOURCE),
    [SENSOR_MAC] = TW_HAND(.name = "tzsp.sensormac", .type = TRAWL_MAC, .flags = LIST,
                           .help = "link address of the sensor", .source = SOURCE),
    [DEVICE_NAME] = TW_HAND(.name = "tzsp.device_name", .type = TRAWL_STRING, .flags = LIST,
                            .help = "name of the sensor", .source = SOURCE),
    [CAPTURE_LOCATION] = TW_HAND(.name = "tzsp.capture_location", .type = TRAWL_STRING,
                                 .flags = LIST, .help = "where it is", .source = SOURCE),
    [DEVICE_INFO] = TW_HAND(.name = "tzsp.device_info", .type = TRAWL_STRING, .flags = LIST,
                            .help = "what it tells of itself", .source = SOURCE),
    [DEVICE_ID] = TW_HAND(.name = "tzsp.device_id", .type = TRAWL_U32, .flags = LIST | ID,
                          .help = "number of the capture", .source = SOURCE),
    [N_HAND] = TW_WIRE(0, 1, .name = "tzsp.version", .type = TRAWL_U8, .flags = LIST,
                       .help = "version", .source = SOURCE),
    TW_WIRE(1, 1, .name = "tzsp.type", .type = TRAWL_U8, .flags = LIST | ID,
            .help = "0 received frame, 1 to be sent, 3 configuration, 4 keep-alive, 5 opens a port",
            .source = SOURCE),
    TW_WIRE(2, 2, .name = "tzsp.encap", .type = TRAWL_U16, .flags = LIST | ID,
            .help = "kind of frame: 1 Ethernet, 18 802.11, 119 Prism, 127 AVS", .source = SOURCE),
};

/* Tags that hold a number: its bytes, which the first ones are. */
static const struct {
    uint8_t tag, width;
    bool is_signed;
    uint8_t field;
} numbers[] = {
    {10, 1, true, SIGNAL},          {11, 1, true, SILENCE},    {12, 1, false, RATE},
    {13, 4, false, TIME},           {14, 1, false, MSG_TYPE},  {15, 1, false, PCF},
    {16, 1, false, UNDECRYPTED},    {17, 1, false, FCS_ERROR}, {40, 4, false, PACKET_ID},
    {41, 2, true, ORIGINAL_LENGTH}, {84, 4, false, DEVICE_ID},
};

static int64_t number_at(const uint8_t *p, unsigned width, bool is_signed)
{
    if (width == 1)
        return is_signed ? (int8_t)p[0] : p[0];
    if (width == 2)
        return is_signed ? (int16_t)tw_be16(p) : tw_be16(p);
    return tw_be32(p);
}

static void put_tag(uint8_t tag, const uint8_t *p, uint32_t length, trawl_sink *sink)
{
    for (size_t i = 0; i < TW_COUNT(numbers); i++) {
        if (numbers[i].tag == tag && length >= numbers[i].width) {
            int64_t value = number_at(p, numbers[i].width, numbers[i].is_signed);

            if (numbers[i].field >= PCF && numbers[i].field <= FCS_ERROR)
                value = value != 0;
            if (tw_wants(sink, numbers[i].field))
                sink->put_i64(sink, numbers[i].field, value);
        }
    }
    if (tag == 18 && (length == 1 || length == 2)) /* wide as its length says */
        tw_put(sink, CHANNEL, length == 1 ? p[0] : tw_be16(p));
    else if (tag == 60 && length >= 6)
        tw_put_mac(sink, SENSOR_MAC, p);
    else if (tag == 80 || tag == 81)
        tw_put_data(sink, tag == 80 ? DEVICE_NAME : CAPTURE_LOCATION, p, length);
    else if (tag == 83)
        tw_put_data(sink, DEVICE_INFO, p, length);
}

static void extract_tzsp(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const uint8_t *p = layer->data;
    uint32_t at = TW_TZSP_HEADER;

    (void)packet;
    tw_put_wires(wires, N_HAND, TW_COUNT(wires), layer, sink);
    while (at < layer->header_len) { /* which the walk has seen to end with the tags */
        const uint8_t tag = p[at++];

        tw_put(sink, OPTION_TAG, tag);
        if (tag > TW_TZSP_END) {
            const uint8_t length = p[at++];

            tw_put(sink, OPTION_LENGTH, length);
            put_tag(tag, p + at, length, sink);
            at += length;
        }
    }
}
const trawl_dissector tw_dissector_tzsp = TW_DISSECTOR("tzsp", "tzsp", wires,
                                                       "TaZmen Sniffer Protocol", extract_tzsp);
