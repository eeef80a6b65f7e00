/* Tables to machine formats: one driver that formats ranges of rows in parallel and writes them in
 * order, and one small file a format. Must not know commands or terminals. */
#ifndef TW_SHELL_EXPORT_H
#define TW_SHELL_EXPORT_H

#include "core/plugin/registry.h"
#include "shell/output.h"

/** How values are written. */
struct tw_export_style {
    struct tw_cell_style cell;
    bool csv_safe;       /**< guard text cells against spreadsheets' formulas */
    char delimiter;      /**< of csv; 0: a comma */
    bool no_header;      /**< rows only: what an append to a file with content writes */
    const char *command; /**< the line that made the table, for formats that keep it; may be NULL */
};

enum { TW_EXPORT_SLACK = 64 };

/** One visible column, ready for formatting from any thread. */
struct tw_export_column {
    const struct tw_column *column;
    const trawl_column *info;
    bool has_nulls;       /**< otherwise every row has a value */
    bool hex;             /**< shown as 0x… */
    const uint64_t *ends; /**< coded: text of code c is texts[ends[c], ends[c+1]); NULL: not made */
    const char *texts;    /**< formatted and escaped once for each code; TW_EXPORT_SLACK bytes more
                             may be read */
    struct tw_buffer key; /**< JSON: "name": with its quotes */
};

struct tw_format;
struct tw_export {
    const struct tw_format *format;
    struct tw_export_style style;
    struct tw_export_column *columns;
    size_t n_columns;
    uint64_t n_rows;
};

/** A built-in format. All functions append to out, which grows; none may fail otherwise. */
struct tw_format {
    const char *name;       /**< of --format */
    const char *extension;  /**< ".csv" */
    const char *extension2; /**< another one, or NULL */
    const char *summary;
    /** Text of a string, byte string or address (its text): escaped and quoted for the format. */
    void (*text)(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                 struct tw_buffer *out);
    /** Text of a list, for tw_export_delimited(); NULL: its items with commas between. */
    void (*list)(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                 struct tw_buffer *out);
    void (*begin)(const struct tw_export *e, struct tw_buffer *out);
    void (*rows)(const struct tw_export *e, uint64_t first, uint64_t n, struct tw_buffer *out);
    void (*end)(const struct tw_export *e, struct tw_buffer *out);
};

extern const struct tw_format tw_format_csv, tw_format_tsv, tw_format_json, tw_format_ndjson,
    tw_format_fsdb, tw_format_markdown;

/** The built-in formats, NULL-terminated. */
extern const struct tw_format *const tw_formats[];
/** By name (NULL: none). "jsonl" and "md" are other names. */
const struct tw_format *tw_format_find(const char *name);
/** By a file's name: the format of its extension, or NULL; "text" names are not here. */
const struct tw_format *tw_format_of_file(const char *path);
/** The name is a built-in format, "text" or "vertical"; else fills err with the nearest. Plugins'
 * writers are known to tw_format_check(). */
bool tw_format_known(const char *name, trawl_error *err);

/** What --delimiter says: one character, or "tab"; else fills err. */
bool tw_delimiter_of(const char *text, char *ret, trawl_error *err);

/** Write the visible columns of a table. */
int tw_export_table(tw_table *table, const struct tw_format *format,
                    const struct tw_export_style *style, struct tw_out *out, trawl_error *err);

/** Indices of the visible columns (tw_free it), computed. */
int tw_visible_columns(tw_table *table, size_t **ret, size_t *ret_n, trawl_error *err);

/* ---- for the formats ---- */

/** Room for one more number in out; false when there is no memory. */
static inline bool tw_export_room(struct tw_buffer *out, size_t n)
{
    return out->capacity - out->len > n || tw_buffer_reserve(out, n);
}
/** Item i (a row, or an item's index for lists) of any column, as the format writes values: numbers
 * as they are, texts through format->text. */
void tw_export_item(const struct tw_export *e, const struct tw_export_column *c, uint64_t i,
                    struct tw_buffer *out);
/** Item i of a column that is not coded, into p with room for TW_TEXT_MAX bytes; the length. */
size_t tw_export_number(const struct tw_export *e, const struct tw_export_column *c, uint64_t i,
                        char *p);
/** The same of cell i of data, which has the column's type. */
size_t tw_export_value(const struct tw_export *e, const struct tw_export_column *c,
                       const void *data, uint64_t i, char *p);
/** Row of a column in a delimited format: items of a list joined by commas; nothing for null. */
void tw_export_cell(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                    struct tw_buffer *out);
/** A list cell as plain escaped text, items joined by commas: for formats that quote whole cells.
 */
void tw_export_list_text(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                         struct tw_buffer *out);
/** Insert `with` before each byte of out from start on that is in set. */
void tw_export_insert(struct tw_buffer *out, size_t start, const char *set, char with);
/** Text as all text formats write it: strings escaped, byte strings as hex, addresses as they are.
 */
void tw_export_plain(trawl_type type, const void *data, size_t n, struct tw_buffer *out);
/** A JSON string of a column's name and the colon. */
void tw_json_key(const char *name, struct tw_buffer *out);
/** Rows of a format that separates cells by one character and ends rows with a newline. */
void tw_export_delimited(const struct tw_export *e, uint64_t first, uint64_t n, char separator,
                         struct tw_buffer *out);

#endif
