/* What a file says of addresses: lines of it, ranges matched against a capture's addresses.
 * Knows nothing of fields. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "trawl/plugin.h"

extern const trawl_host *host;

/* ---- lines.c: a text file, plain or gzip, line by line ---- */

struct lines {
    const char *path;
    void *file;      /**< gzFile */
    char *buffer;    /**< from host->alloc */
    size_t at, n;    /**< bytes of the buffer that are not handed out yet */
    uint64_t number; /**< of the line handed out last, from 1 */
    uint64_t n_wrong, first_wrong;
    char why[160]; /**< of the first wrong one */
    int end;
    int damaged; /**< its compressed data: what was whole is handed out */
};

/** path is borrowed. TRAWL_E_IO when it cannot be opened. */
int lines_open(struct lines *lines, const char *path, trawl_error *err);
/** The next line that is neither empty nor a comment ('#'), without its end and blanks around it,
 * valid until the next call. @return 1, 0 at the end, or negative */
int lines_next(trawl_call *call, struct lines *lines, char **ret, trawl_error *err);
/** The line handed out last is wrong: printf-like, said once for the file by lines_close. */
void lines_wrong(struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Says in one line what was wrong, if something was. Of one that could not be opened too. */
void lines_close(struct lines *lines);

/* ---- match.c: the addresses of columns, each with the narrowest range around it ---- */

/** An address as a number; those of one family compare. */
struct address {
    unsigned family; /**< 4: the low 32 bits of lo; 6 */
    uint64_t hi, lo;
};

/** A distinct address. */
struct place {
    struct address address;
    uint32_t code;
    uint32_t entry;              /* 0: none yet */
    uint64_t width_hi, width_lo; /* of the entry's range */
};

struct match {
    struct place *places; /**< n distinct addresses, in order */
    size_t n;
    uint32_t *entry_of_code; /**< n_codes; after match_rows */
    uint32_t n_codes;
};

/** @return 1, or 0 when text is no address */
int address_parse(const char *text, struct address *ret);
/** "10.1.2.3/8" or one address: first and last of the prefix, and its text (at least 64 bytes) with
 * the bits behind it cleared. @return 1, or 0 when it is none */
int prefix_parse(const char *text, struct address *ret_from, struct address *ret_to,
                 char *ret_text);
/** @return below, at or above 0; family 4 comes first */
int address_compare(const struct address *a, const struct address *b);

/** The distinct addresses of IP columns that share a dictionary. */
int match_init(struct match *match, const trawl_view *views, size_t n, trawl_error *err);
/** The same of n addresses (IPv4 after ::ffff:), whose codes are their places. */
int match_list(struct match *match, const uint8_t (*addresses)[16], size_t n, trawl_error *err);
/** [from, to] means entry, where no narrower range does (of equal ones the last counts).
 * @return how many addresses took it */
size_t match_range(struct match *match, const struct address *from, const struct address *to,
                   uint32_t entry);
/** Row i of table for each row whose address has entry i; row 0 where there is none. */
int match_rows(trawl_call *call, const struct match *match, const trawl_view *view,
               trawl_table *table, trawl_table **ret, trawl_error *err);
void match_fini(struct match *match);

/* ---- formats.c: what a line says. Each puts the cells of an entry (no end_row) when the line's
 * range met addresses; what is wrong goes to lines_wrong. @return 1 when cells were put ---- */

/** First, last, AS number, country, owner, with tabs between (ip2asn). AS 0 is nobody. */
int asn_line(char *text, struct lines *lines, struct match *match, uint32_t entry,
             trawl_builder *b);
/** Prefix or address, label. */
int label_line(char *text, struct lines *lines, struct match *match, uint32_t entry,
               trawl_builder *b);

#endif
