/* libpcap's filters, compiled for each link type that turns up. Only this room and
 * core/dissect/match.c include it. Must not know files. */
#ifndef TW_CAPTURE_BPF_H
#define TW_CAPTURE_BPF_H

#include "core/capture/input.h"

struct tw_bpf;

int tw_bpf_new(const char *text, struct tw_bpf **ret, trawl_error *err);
void tw_bpf_free(struct tw_bpf *bpf);
/** Does a record pass? *ret; an error when the text does not compile for its link type. */
int tw_bpf_match(struct tw_bpf *bpf, const struct tw_interface *interface,
                 const struct tw_record *record, bool *ret, trawl_error *err);

#endif
