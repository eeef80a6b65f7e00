/* What the files of the sql plugin share: a database that is being written.
 * Knows nothing of where the file goes. */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "trawl/plugin.h"

#define SQL_VERSION "1.0.0"

extern const trawl_host *host;

/** A database under construction: one transaction, no journal, since the file is nobody's yet. */
struct database;

/** Open a file that exists, empty or a database. name: what messages call it; borrowed. */
int database_open(const char *path, const char *name, struct database **ret, trawl_error *err);
/** A new table of that name and these columns; one that is there already goes. */
int database_create(struct database *db, const char *name, const trawl_schema *schema,
                    trawl_error *err);
/** The columns of the table that will come, if its rows are of this table: which numbers are there
 * decides how a column is declared. Before database_create(). */
int database_look(struct database *db, trawl_call *call, trawl_table *table, trawl_error *err);
/** Rows [start, start + n) into the table that was created last. */
int database_rows(struct database *db, trawl_call *call, trawl_table *table, uint64_t start,
                  uint64_t n, trawl_error *err);
/** End it: what was written is in the file when keep is set and all went well. Frees. */
int database_close(struct database *db, int keep, trawl_error *err);

/** "2024-01-15T10:00:00.123456Z" of ns since 1970, with 6 or 9 decimals; the length. */
size_t time_text(char *out, size_t room, int64_t ns, unsigned decimals);

/** database.c, the plugin's part: functions by the names above. */
struct sql_part {
    int (*open)(const char *path, const char *name, struct database **ret, trawl_error *err);
    int (*create)(struct database *db, const char *name, const trawl_schema *schema,
                  trawl_error *err);
    int (*look)(struct database *db, trawl_call *call, trawl_table *table, trawl_error *err);
    int (*rows)(struct database *db, trawl_call *call, trawl_table *table, uint64_t start,
                uint64_t n, trawl_error *err);
    int (*close)(struct database *db, int keep, trawl_error *err);
};

extern const trawl_writer sqlite_writer;
extern const trawl_command sqlite_command;

#endif
