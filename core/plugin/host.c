/* The host table, and the slots that need no table: errors, memory, the running command.
 * Must not know which plugin calls. */
#include "core/plugin/host.h"

#include <stdio.h>

#include "core/base/leftover.h"
#include "core/plugin/arguments.h"
#include "core/plugin/stage.h"

static int host_fail(trawl_error *err, int code, const char *format, ...)
{
    va_list args;
    bool first;

    /* a plugin that "fails" with success would be believed */
    if (code >= 0)
        code = TRAWL_E_PLUGIN;
    first = err && err->code == TRAWL_OK;
    va_start(args, format);
    code = tw_vfail(err, code, format, args);
    va_end(args);
    if (first && code == TRAWL_E_NOMEM)
        tw_error_memory_limit(err);
    return code;
}

static void host_hint(trawl_error *err, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tw_error_hint(err, "%s", text);
}

static void host_log(int level, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tw_log(level < 0 ? 0 : level > 3 ? 3 : level, "%s", text);
}

static void *host_alloc(size_t n)
{
    return tw_alloc(n);
}

static void *host_realloc(void *p, size_t n)
{
    return tw_realloc_array(p, n, 1);
}

static void host_free(void *p)
{
    tw_free(p);
}

static void *host_call_alloc(trawl_call *call, size_t n)
{
    return tw_arena_alloc(&call->arena, n);
}

static int host_cancelled(trawl_call *call)
{
    (void)call;
    return tw_cancelled();
}

static void host_resume(trawl_call *call)
{
    (void)call;
    atomic_store_explicit(&tw_cancel_flag, false, memory_order_relaxed);
}

static void host_progress(trawl_call *call, uint64_t done, uint64_t total)
{
    const trawl_command *command = call->stage ? tw_stage_command(call->stage) : NULL;

    atomic_store_explicit(&tw_progress.done, done, memory_order_relaxed);
    atomic_store_explicit(&tw_progress.total, total, memory_order_relaxed);
    if (command)
        atomic_store_explicit(&tw_progress.what, command->name, memory_order_relaxed);
}

static int host_given(trawl_call *call, const char *arg_name)
{
    return call->stage && tw_stage_given(call->stage, arg_name);
}

static void host_listing(trawl_call *call, trawl_words *ret_sort, uint64_t *ret_top)
{
    const struct tw_listing_values none = {0};
    const struct tw_listing_values *values = call->stage ? &call->stage->listing : &none;

    *ret_sort = values->sort;
    *ret_top = values->top;
}

static int host_parallel(trawl_call *call, uint64_t n,
                         int (*body)(void *context, uint64_t i, unsigned i_thread,
                                     trawl_error *err),
                         void *context, trawl_error *err)
{
    (void)call;
    return tw_pool_run(n, body, context, err);
}

static unsigned host_n_threads(void)
{
    return tw_pool_threads();
}

void host_place(trawl_call *call, const char *text, size_t n, trawl_error *err)
{
    if (!err || err->code == TRAWL_OK || err->has_span || !call->stage)
        return;
    tw_error_span(err, 0, n ? n : 1);
    if (!tw_stage_place(call->stage, text, err))
        err->has_span = false;
}

/* The one global of this room: slots without a call have no other way to the registry. */
static struct tw_registry *attached;

void tw_host_attach(struct tw_registry *registry)
{
    attached = registry;
}

void tw_host_detach(const struct tw_registry *registry)
{
    if (attached == registry)
        attached = NULL;
}

static const char *host_libexec(void)
{
    const struct tw_shell_hooks *hooks = attached ? &attached->hooks : NULL;
    const char *folder = hooks && hooks->libexec ? hooks->libexec(hooks->context) : NULL;

    return folder ? folder : "";
}

static int host_part(const char *name, const void **ret, trawl_error *err)
{
    return tw_registry_part(attached, name, ret, err);
}

const trawl_host tw_host = {
    .size = sizeof(trawl_host),
    .abi_major = TRAWL_ABI_MAJOR,
    .abi_minor = TRAWL_ABI_MINOR,
    .fail = host_fail,
    .hint = host_hint,
    .log = host_log,
    .alloc = host_alloc,
    .realloc = host_realloc,
    .free = host_free,
    .call_alloc = host_call_alloc,
    .cancelled = host_cancelled,
    .progress = host_progress,
    .given = host_given,
    .parallel = host_parallel,
    .n_threads = host_n_threads,
    .schema_new = host_schema_new,
    .schema_add = host_schema_add,
    .schema_add_all = host_schema_add_all,
    .schema_free = host_schema_free,
    .schema_n = host_schema_n,
    .schema_column = host_schema_column,
    .schema_find = host_schema_find,
    .schema_fail_column = host_schema_fail_column,
    .n_rows = host_n_rows,
    .schema_of = host_schema_of,
    .table_name = host_table_name,
    .table_set_name = host_table_set_name,
    .retain = host_retain,
    .release = host_release,
    .view = host_view,
    .view_named = host_view_named,
    .prefetch = host_prefetch,
    .slice = host_slice,
    .gather = host_gather,
    .project = host_project,
    .paste = host_paste,
    .builder_new = host_builder_new,
    .builder_share = host_builder_share,
    .put_null = host_put_null,
    .put_u64 = host_put_u64,
    .put_i64 = host_put_i64,
    .put_f64 = host_put_f64,
    .put_value = host_put_value,
    .put_text = host_put_text,
    .put_code = host_put_code,
    .end_list = host_end_list,
    .end_row = host_end_row,
    .finish = host_finish,
    .builder_free = host_builder_free,
    .sort = host_sort,
    .group = host_group,
    .aggregate_find = host_aggregate_find,
    .aggregate_type = host_aggregate_type,
    .group_rows = host_group_rows,
    .join = host_join,
    .count_values = host_count_values,
    .quantiles = host_quantiles,
    .cell_text = host_cell_text,
    .item_text = host_item_text,
    .expr_compile = host_expr_compile,
    .expr_type = host_expr_type,
    .expr_select = host_expr_select,
    .expr_column = host_expr_column,
    .capture = host_capture,
    .n_captures = host_n_captures,
    .capture_name = host_capture_name,
    .name_of = host_name_of,
    .table = host_table,
    .packet_bytes = host_packet_bytes,
    .load = host_load,
    .unload = host_unload,
    .use = host_use,
    .save_capture = host_save_capture,
    .keep = host_keep,
    .list = host_list,
    .columns_of = host_columns_of,
    .setting = host_setting,
    .plugin_off = host_plugin_off,
    .help = host_help,
    .quit = host_quit,
    .metric = host_metric,
    .draw = host_draw,
    .libexec = host_libexec,
    .terminal = host_terminal,
    .expr_is_list = host_expr_is_list,
    .place = host_place,
    .schema_from = host_schema_from,
    .clear_cache = host_clear_cache,
    .messages = host_messages,
    .setting_text = host_setting_text,
    .builder_rows = host_builder_rows,
    .builder_code = host_builder_code,
    .resume = host_resume,
    .recall = host_recall,
    .remember = host_remember,
    .tally = host_tally,
    .value_text = tw_view_text,
    .plot = host_plot,
    .command = host_command,
    .pipeline = host_pipeline,
    .screen = host_screen,
    .escape = host_escape,
    .text_width = host_text_width,
    .contents = host_contents,
    .builder_codes = host_builder_codes,
    .write = host_write,
    .warn = host_warn,
    .part = host_part,
    .groups = host_groups,
    .match = host_match,
    .resolver = host_resolver,
    .analyzer = host_analyzer,
    .allow = host_allow,
    .read_file = host_read_file,
    .live = host_live,
    .live_stop = host_live_stop,
    .live_wait = host_live_wait,
    .show = host_show,
    .metric_next = host_metric_next,
    .bytes_open = host_bytes_open,
    .bytes_at = host_bytes_at,
    .bytes_close = host_bytes_close,
    .tallies = host_tallies,
    .empty_rows = host_empty_rows,
    .live_work = host_live_work,
    .listing = host_listing,
    .place_of = host_place_of,
    .leftover = tw_leftover_note,
    .leftover_done = tw_leftover_forget,
    .reason = tw_reason,
    .read_size = tw_parse_size,
    .datagrams = host_datagrams,
};
