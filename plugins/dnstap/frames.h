/* Frame Streams: what lies at a place of a stream.
 * Knows nothing of what the frames hold. */
#ifndef DNSTAP_FRAMES_H
#define DNSTAP_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define DNSTAP_CONTENT "protobuf:dnstap.Dnstap"

enum { FRAMES_LONGEST = 1 << 20 }; /**< of a data frame, bytes: as fstrm's readers have it */

/** One frame. */
struct frame {
    uint32_t header_len; /**< before data */
    uint32_t len;        /**< of the data; all of a control frame is header */
    uint32_t need;       /**< result 0: bytes wanted */
    int control;         /**< FSTRM_CONTROL_ type; 0: data; -1: as frame_control() has it */
    const char *why;     /**< result -1, constant text */
};

/** Its bytes, with the header; 0: more are needed; -1: no frame of a dnstap stream. */
int64_t frame_at(const uint8_t *data, size_t n, struct frame *ret);
/** part/control.c: a whole control frame, escape and length before it. Its type, or why and 0, -1
 * when it is well but of another content type. */
int frame_control(const uint8_t *data, size_t n, const char **why);
/** Do these bytes begin a stream: a START, or a READY of a recorded socket? One of another content
 * type too, so that who reads it is told that. */
int frames_match(const uint8_t *head, size_t n);

#endif
