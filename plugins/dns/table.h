/* The tables of the dns plugin. Knows nothing of fields. */
#ifndef DNS_TABLE_H
#define DNS_TABLE_H

#include "dns.h"

enum { DNS_N_TRANSACTION_COLUMNS = 20, DNS_N_RECORD_COLUMNS = 9 };
extern const trawl_column dns_transaction_columns[];
extern const trawl_column dns_record_columns[];

extern const trawl_derived dns_derived[];
enum { DNS_N_DERIVED = 1 };

extern const trawl_command dns_command;

int dns_build_transactions(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                           trawl_error *err);
int dns_build_records(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                      trawl_error *err);

/** A builder whose address columns share the addresses of the packets. */
int dns_begin_table(trawl_table *packets, const trawl_column *columns, uint32_t n,
                    trawl_builder **ret, trawl_error *err);

/** A table that the disk cache keeps: what is there is taken, else it is built and kept. The name
 * stands for all that the rows depend on; they depend on the packets alone. */
struct dns_table {
    const char *name;
    const trawl_column *columns;
    uint32_t n_columns;
    int (*build)(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err);
};
int dns_kept_table(trawl_call *call, trawl_capture *capture, const struct dns_table *table,
                   trawl_table **ret, trawl_error *err);

#endif
