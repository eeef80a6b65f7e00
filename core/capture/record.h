/* Formats that plugins add: their readers, by the link type that their interfaces get. Must not
 * know what records mean. */
#ifndef TW_CAPTURE_RECORD_H
#define TW_CAPTURE_RECORD_H

#include "core/base/base.h"
#include "trawl/plugin.h"

enum {
    TW_LINK_READER = 0x10000, /**< link type of the first reader; no file has one this large */
    TW_READERS_MOST = 16
};

/** Register a reader, borrowed until it is removed. Not while a file is open. */
int tw_reader_add(const trawl_reader *reader, trawl_error *err);
void tw_reader_remove(const trawl_reader *reader);
/** The reader of a link type; NULL: none of theirs. */
const trawl_reader *tw_reader_of_link(uint32_t link_type);
/** A reader by name, or of a place below TW_READERS_MOST; NULL: none. */
const trawl_reader *tw_reader_named(const char *name);
const trawl_reader *tw_reader_at(size_t i);

#endif
