/* The messages of a payload dissector out of TCP's byte streams. Must not know sessions. */
#ifndef TW_TRACK_STREAM_H
#define TW_TRACK_STREAM_H

#include "core/dissect/catalogue.h"
#include "core/track/conversation.h"

/** One pass over the connections that are the dissector's, sharded over the pool: segments in order
 * of sequence numbers (RFC 9293 section 3.4), each byte once, cut into messages as its `message`
 * says. A message belongs to the packet that brought its last byte. Where bytes are missing (loss
 * of the capture, snaplen) a message whose length is known goes on behind them and is partial; else
 * the stream begins anew with the next segment. Free with tw_messages_free(). */
int tw_messages_build(const struct tw_packets *packets,
                      const struct tw_conversations *conversations, const struct tw_claims *claims,
                      const trawl_dissector *dissector, struct tw_messages **ret, trawl_error *err);

#endif
