/* Control frames of Frame Streams, by fstrm. Must not know dnstap's fields. */
#include "../frames.h"

#include <fstrm.h>
#include <string.h>

int frame_control(const uint8_t *data, size_t n, const char **why)
{
    struct fstrm_control *control = fstrm_control_init();
    fstrm_control_type type = 0;
    int other = 0;

    if (fstrm_control_decode(control, data, n, FSTRM_CONTROL_FLAG_WITH_HEADER) !=
            fstrm_res_success ||
        fstrm_control_get_type(control, &type) != fstrm_res_success) {
        *why = "a control frame that cannot be read";
        type = 0;
    } else if ((type == FSTRM_CONTROL_START || type == FSTRM_CONTROL_READY ||
                type == FSTRM_CONTROL_ACCEPT) &&
               fstrm_control_match_field_content_type(control, (const uint8_t *)DNSTAP_CONTENT,
                                                      strlen(DNSTAP_CONTENT)) !=
                   fstrm_res_success) {
        *why = "a stream of another content type than " DNSTAP_CONTENT;
        other = 1;
    }
    fstrm_control_destroy(&control);
    return other ? -1 : (int)type;
}
