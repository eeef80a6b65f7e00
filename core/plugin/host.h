/* The functions behind the host table, by file. Contracts are in include/trawl/host.h.
 * Must not know which plugin calls. */
#ifndef TW_PLUGIN_HOST_H
#define TW_PLUGIN_HOST_H

#include "core/plugin/call.h"

/** The registry whose hooks slots without a call use; the last one attached. */
void tw_host_attach(struct tw_registry *registry);
void tw_host_detach(const struct tw_registry *registry);

/* host_table.c */
uint64_t host_n_rows(const trawl_table *table);
const trawl_schema *host_schema_of(const trawl_table *table);
const char *host_table_name(const trawl_table *table);
void host_table_set_name(trawl_table *table, const char *name);
trawl_table *host_retain(trawl_table *table);
void host_release(trawl_table *table);
int host_view(trawl_call *call, trawl_table *table, size_t i_column, trawl_view *view,
              trawl_error *err);
int host_view_named(trawl_call *call, trawl_table *table, const char *name, trawl_view *view,
                    trawl_error *err);
int host_prefetch(trawl_call *call, trawl_table *table, const char *const *names, size_t n,
                  trawl_error *err);
int host_slice(trawl_call *call, trawl_table *table, uint64_t start, uint64_t n, trawl_table **ret,
               trawl_error *err);
int host_gather(trawl_call *call, trawl_table *table, const uint32_t *rows, uint64_t n,
                trawl_table **ret, trawl_error *err);
int host_project(trawl_call *call, trawl_table *table, const size_t *i_columns,
                 const char *const *names, size_t n, trawl_table **ret, trawl_error *err);
int host_paste(trawl_call *call, trawl_table *left, trawl_table *right, trawl_table **ret,
               trawl_error *err);
const char *host_cell_text(trawl_call *call, trawl_table *table, size_t i_column, uint64_t row,
                           trawl_error *err);
const char *host_item_text(trawl_call *call, trawl_table *table, size_t i_column, uint64_t i_item,
                           trawl_error *err);

/* host_tally.c */
int host_tally(trawl_call *call, trawl_table *table, const size_t *i_columns, size_t n,
               const trawl_tally_rows *rows, trawl_tally *ret, trawl_error *err);
int host_tallies(trawl_call *call, const trawl_tally_job *jobs, size_t n, trawl_error *err);

/* host_build.c */
trawl_builder *host_builder_new(const trawl_schema *schema, trawl_error *err);
int host_builder_share(trawl_builder *builder, size_t i_column, trawl_table *table, size_t j_column,
                       trawl_error *err);
void host_put_null(trawl_builder *builder);
void host_put_u64(trawl_builder *builder, uint64_t value);
void host_put_i64(trawl_builder *builder, int64_t value);
void host_put_f64(trawl_builder *builder, double value);
void host_put_value(trawl_builder *builder, const void *data, size_t n);
void host_put_text(trawl_builder *builder, const char *text);
void host_put_code(trawl_builder *builder, uint32_t code);
void host_end_list(trawl_builder *builder);
int host_builder_rows(trawl_builder *builder, uint64_t n, trawl_cells *ret, trawl_error *err);
int host_builder_code(trawl_builder *builder, size_t i_column, const void *value, size_t n,
                      uint32_t *ret, trawl_error *err);
int host_builder_codes(trawl_builder *builder, size_t i_column, const void *text,
                       const uint64_t *offsets, size_t n, uint32_t *ret, trawl_error *err);
void host_end_row(trawl_builder *builder);
void host_empty_rows(trawl_builder *builder, uint64_t n);
int host_finish(trawl_builder *builder, trawl_table **ret, trawl_error *err);
void host_builder_free(trawl_builder *builder);
trawl_schema *host_schema_new(trawl_error *err);
int host_schema_add(trawl_schema *schema, const trawl_column *column, trawl_error *err);
int host_schema_add_all(trawl_schema *schema, const trawl_schema *from, trawl_error *err);
trawl_schema *host_schema_from(const trawl_column *columns, size_t n, trawl_error *err);
int host_messages(trawl_call *call, trawl_capture *capture, const char *dissector,
                  int (*body)(void *context, const trawl_packet *packet, const trawl_layer *message,
                              trawl_error *err),
                  void *context, trawl_error *err);
int host_groups(trawl_call *call, trawl_capture *capture, const uint32_t *group_of_row, uint32_t n,
                trawl_table **ret, trawl_error *err);
int host_match(trawl_call *call, trawl_capture *capture, const char *bpf, uint64_t *ret,
               trawl_error *err);
void host_warn(trawl_call *call, trawl_capture *capture, uint64_t row, const char *what,
               const char *why);
int host_read_file(trawl_call *call, const char *path, void **ret, size_t *ret_n, trawl_error *err);
int host_contents(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                  int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                              trawl_error *err),
                  void *context, trawl_error *err);
int host_datagrams(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                   int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                               trawl_error *err),
                   void *context, trawl_error *err);
void host_schema_free(trawl_schema *schema);
size_t host_schema_n(const trawl_schema *schema);
const trawl_column *host_schema_column(const trawl_schema *schema, size_t i);
int64_t host_schema_find(const trawl_schema *schema, const char *name);
int host_schema_fail_column(const trawl_schema *schema, const char *name, trawl_error *err);

/* host_kernel.c */
int host_sort(trawl_call *call, trawl_table *table, const trawl_sort_key *keys, size_t n,
              uint64_t limit, trawl_table **ret, trawl_error *err);
int host_group(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
               const trawl_aggregate_column *aggregates, size_t n_aggregates, trawl_table **ret,
               trawl_error *err);
int host_aggregate_find(const char *name, trawl_aggregate *ret);
trawl_type host_aggregate_type(trawl_aggregate aggregate, trawl_type of);
int host_group_rows(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
                    uint32_t **ret_group_of_row, uint64_t *ret_n_groups, trawl_error *err);
int host_join(trawl_call *call, trawl_table *left, const size_t *left_keys, trawl_table *right,
              const size_t *right_keys, size_t n_keys, const char *kind, trawl_table **ret,
              trawl_error *err);
int host_count_values(trawl_call *call, trawl_table *table, size_t i_column, trawl_counts *ret,
                      trawl_error *err);
int host_quantiles(trawl_call *call, trawl_table *table, size_t i_column, const double *q, size_t n,
                   double *ret, trawl_error *err);
int host_expr_compile(trawl_call *call, const char *text, const trawl_schema *schema,
                      trawl_expr **ret, trawl_error *err);
trawl_type host_expr_type(const trawl_expr *expr);
int host_expr_is_list(const trawl_expr *expr);
int host_place_of(const trawl_error *err, size_t *ret_start, size_t *ret_n);
int host_expr_select(trawl_call *call, const trawl_expr *expr, trawl_table *table,
                     trawl_table **ret, trawl_error *err);
int host_expr_column(trawl_call *call, const trawl_expr *expr, trawl_table *table, const char *name,
                     trawl_table **ret, trawl_error *err);

/* host_session.c */
int host_capture(trawl_call *call, const char *name, trawl_capture **ret, trawl_error *err);
size_t host_n_captures(trawl_call *call);
const char *host_capture_name(trawl_call *call, size_t i);
const char *host_name_of(const trawl_capture *capture);
int host_table(trawl_call *call, trawl_capture *capture, const char *name, trawl_table **ret,
               trawl_error *err);
int host_packet_bytes(trawl_call *call, trawl_capture *capture, uint64_t row, const uint8_t **ret,
                      uint32_t *ret_n, trawl_error *err);
int host_load(trawl_call *call, const trawl_load_options *options, trawl_table **ret,
              trawl_error *err);
int host_live(trawl_call *call, const trawl_live_options *options, trawl_table **ret,
              trawl_error *err);
int host_live_stop(trawl_call *call, const char *name, trawl_error *err);
int host_live_wait(trawl_call *call, uint32_t milliseconds, trawl_error *err);
int host_live_work(trawl_call *call, const trawl_live_work *work, trawl_error *err);
int host_clear_cache(trawl_call *call, const char *name, trawl_error *err);
int host_recall(trawl_call *call, trawl_capture *capture, const char *name,
                const trawl_schema *schema, trawl_table **ret);
void host_remember(trawl_call *call, trawl_capture *capture, const char *name, trawl_table *table,
                   int64_t took_ns);
int host_unload(trawl_call *call, const char *name, trawl_error *err);
int host_use(trawl_call *call, const char *name, trawl_error *err);
int host_save_capture(trawl_call *call, trawl_table *packets, const char *path, trawl_error *err);
int host_keep(trawl_call *call, const char *name, trawl_table *table, trawl_error *err);
int host_list(trawl_call *call, const char *what, trawl_table **ret, trawl_error *err);
int host_columns_of(trawl_call *call, const char *what, trawl_schema **ret, trawl_error *err);
int host_setting(trawl_call *call, const char *name, const char *value, trawl_error *err);
const char *host_setting_text(trawl_call *call, const char *name);
int host_plugin_off(trawl_call *call, const char *name, trawl_error *err);
int host_help(trawl_call *call, const char *topic, trawl_table **ret, trawl_error *err);
int host_quit(trawl_call *call, trawl_error *err);
const struct trawl_metric *host_metric(trawl_call *call, const char *name, trawl_error *err);
const struct trawl_analyzer *host_analyzer(trawl_call *call, const char *name, trawl_error *err);
const struct trawl_resolver *host_resolver(trawl_call *call, const char *name, trawl_error *err);
const struct trawl_allow *host_allow(trawl_call *call, const char *name, trawl_error *err);
int host_draw(trawl_call *call, trawl_table *in, trawl_figure **ret, trawl_error *err);
int host_plot(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
              trawl_table **ret, trawl_error *err);
void host_terminal(trawl_call *call, unsigned *ret_columns, unsigned *ret_rows);

/* host_screen.c */
int host_command(trawl_call *call, const char *const *words, size_t n, trawl_table *in,
                 trawl_table **ret, trawl_error *err);
int host_pipeline(trawl_call *call, const char *line, trawl_table *in, trawl_table **ret,
                  trawl_error *err);
int host_screen(trawl_call *call, const trawl_screen_def *def, trawl_error *err);
int host_show(trawl_call *call, trawl_table *table, uint32_t flags, const char *title,
              trawl_error *err);
int host_write(trawl_call *call, trawl_table *table, const char *path,
               const trawl_write_options *options, trawl_error *err);
size_t host_escape(char *out, size_t room, const void *data, size_t n);
unsigned host_text_width(const char *text, size_t n);

/* host_metric.c */
int host_metric_next(trawl_call *call, const char **list, const struct trawl_metric **ret,
                     const void **ret_opts, trawl_error *err);
int host_bytes_open(trawl_call *call, trawl_table *packets, trawl_bytes **ret, trawl_error *err);
int host_bytes_at(trawl_bytes *bytes, uint64_t row, trawl_packet *ret, trawl_layer *ret_network,
                  trawl_layer *ret_transport, trawl_layer *ret_payload, trawl_error *err);
void host_bytes_close(trawl_bytes *bytes);

/* host.c */
void host_place(trawl_call *call, const char *text, size_t n, trawl_error *err);

/* list.c: what is registered, as tables. TRAWL_E_NOT_FOUND (err untouched) when `what` is none of
 * them. */
int tw_registry_list(struct tw_registry *registry, const char *what, tw_table **ret,
                     trawl_error *err);

#endif
