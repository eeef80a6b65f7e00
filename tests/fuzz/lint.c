/* Fuzz target: the lint of plugin descriptors. The input is a list of changes to a sound descriptor
 * of every kind; counts stay within the arrays, for a lie about those nobody can find out. */
#include <string.h>

#include "core/base/error.h"
#include "core/plugin/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ELEMENTS = 2, ROOM = (ELEMENTS + 1) * 4096 };
enum kind { NUMBER_16, NUMBER_32, NUMBER_SIZE, COUNT, TEXT, CHARACTER, POINTER };
struct slot {
    void *at;
    enum kind kind;
};

static trawl_plugin plugin;
static _Alignas(16) uint8_t commands[ROOM], args[ROOM], columns[ROOM], fields[ROOM],
    dissectors[ROOM], tables[ROOM], derived[ROOM], metrics[ROOM], plots[ROOM], writers[ROOM];
static const trawl_example examples[ELEMENTS] = {{"lc", "connections"}, {"ls 1", "one"}};
static const char *const words[] = {"one", "two", NULL};
static struct slot slots[512];
static size_t n_slots;
static char long_text[2000];

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

static void slot(void *at, enum kind kind)
{
    slots[n_slots++] = (struct slot){at, kind};
}

/* Sound descriptors, made anew for each input; the first time the places that may change are noted.
 */
static void make(void)
{
    memset(&plugin, 0, sizeof(plugin));
    plugin = (trawl_plugin){TRAWL_PLUGIN_HEAD,   .name = "fuzz",   .version = "1",
                            .summary = "a test", .licence = "MIT", .n_commands = ELEMENTS,
                            .n_dissectors = 1,   .n_tables = 1,    .n_derived = 1,
                            .n_metrics = 1,      .n_plots = 1,     .n_writers = 1};
    plugin.commands = (void *)commands;
    plugin.dissectors = (void *)dissectors;
    plugin.tables = (void *)tables;
    plugin.derived = (void *)derived;
    plugin.metrics = (void *)metrics;
    plugin.plots = (void *)plots;
    plugin.writers = (void *)writers;
    for (unsigned i = 0; i < ELEMENTS; i++) {
        const char *name = words[i];

        ((trawl_arg *)(void *)args)[i] = (trawl_arg){.size = sizeof(trawl_arg),
                                                     .kind = TRAWL_ARG_U64,
                                                     .name = name,
                                                     .help = "a number",
                                                     .short_name = (char)('a' + i),
                                                     .def = "3",
                                                     .min = "1",
                                                     .max = "9",
                                                     .offset = i * sizeof(uint64_t),
                                                     .storage = sizeof(uint64_t)};
        ((trawl_column *)(void *)columns)[i] = (trawl_column){
            .size = sizeof(trawl_column), .type = TRAWL_U64, .name = name, .help = "x"};
        ((trawl_field *)(void *)fields)[i] = (trawl_field){
            .size = sizeof(trawl_field), .type = TRAWL_IP, .name = name, .help = "x"};
        ((trawl_command *)(void *)commands)[i] = (trawl_command){
            .size = sizeof(trawl_command),
            .flags = TRAWL_COMMAND_SOURCE,
            .arg_size = sizeof(trawl_arg),
            .column_size = sizeof(trawl_column),
            .name = name,
            .aliases = i ? NULL : words,
            .group = "tests",
            .summary = "does it",
            .args = (void *)args,
            .n_args = ELEMENTS,
            .gives = (void *)columns,
            .n_gives = ELEMENTS,
            .examples = examples,
            .n_examples = ELEMENTS,
            .opts_size = 2 * sizeof(uint64_t),
            .run = run};
    }
    *(trawl_dissector *)(void *)dissectors = (trawl_dissector){
        .size = sizeof(trawl_dissector),
        .field_size = sizeof(trawl_field),
        .name = "d",
        .layer = "udp",
        .help = "x",
        .fields = (void *)fields,
        .n_fields = ELEMENTS,
        .extract = (void (*)(const trawl_packet *, const trawl_layer *, trawl_sink *))(void *)run};
    *(trawl_table_def *)(void *)tables = (trawl_table_def){
        .size = sizeof(trawl_table_def),
        .column_size = sizeof(trawl_column),
        .name = "t",
        .summary = "x",
        .columns = (void *)columns,
        .n_columns = ELEMENTS,
        .build = (int (*)(trawl_call *, trawl_capture *, trawl_table **, trawl_error *))(
            void *)run};
    *(trawl_derived *)(void *)derived = (trawl_derived){
        .size = sizeof(trawl_derived),
        .field_size = sizeof(trawl_field),
        .name = "e",
        .fields = (void *)fields,
        .n_fields = ELEMENTS,
        .compute = (int (*)(trawl_call *, trawl_capture *, trawl_table *, trawl_table **,
                            trawl_error *))(void *)run};
    *(trawl_metric *)(void *)metrics = (trawl_metric){
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "m",
        .summary = "x",
        .columns = (void *)columns,
        .n_columns = ELEMENTS,
        .state_size = 8,
        .on_init = (int (*)(void *, const trawl_flow_packet *))(void *)run,
        .on_update = (int (*)(void *, const trawl_flow_packet *))(void *)run,
        .on_expire = (void (*)(const trawl_host *, void *, trawl_builder *))(void *)run};
    *(trawl_plot *)(void *)plots = (trawl_plot){
        .size = sizeof(trawl_plot),
        .arg_size = sizeof(trawl_arg),
        .flags = TRAWL_COMMAND_SOURCE,
        .name = "p",
        .summary = "x",
        .args = (void *)args,
        .n_args = ELEMENTS,
        .examples = examples,
        .n_examples = ELEMENTS,
        .opts_size = 2 * sizeof(uint64_t),
        .draw = (int (*)(trawl_call *, const void *, trawl_table *, trawl_figure *, trawl_error *))(
            void *)run};
    *(trawl_writer *)(void *)writers = (trawl_writer){
        .size = sizeof(trawl_writer),
        .name = "w",
        .extension = ".w",
        .summary = "x",
        .begin = (int (*)(trawl_call *, const trawl_schema *, void **,
                          int (*)(void *, const void *, size_t, trawl_error *), void *,
                          trawl_error *))(void *)run,
        .rows = (int (*)(trawl_call *, void *, trawl_table *, uint64_t, uint64_t, trawl_error *))(
            void *)run,
        .end = (int (*)(trawl_call *, void *, trawl_error *))(void *)run};
}

static void note_slots(void)
{
    static struct {
        uint8_t *array;
        size_t stride;
        size_t numbers[8], sizes[4], counts[4], texts[8], pointers[4];
    } kinds[] = {
        {(uint8_t *)&plugin,
         sizeof(plugin),
         {offsetof(trawl_plugin, magic), offsetof(trawl_plugin, size),
          offsetof(trawl_plugin, command_size), offsetof(trawl_plugin, table_size),
          offsetof(trawl_plugin, plot_size), offsetof(trawl_plugin, writer_size)},
         {0},
         {offsetof(trawl_plugin, n_commands), offsetof(trawl_plugin, n_tables),
          offsetof(trawl_plugin, n_plots), offsetof(trawl_plugin, n_metrics)},
         {offsetof(trawl_plugin, name), offsetof(trawl_plugin, version),
          offsetof(trawl_plugin, summary), offsetof(trawl_plugin, licence)},
         {offsetof(trawl_plugin, commands), offsetof(trawl_plugin, tables)}},
        {commands,
         sizeof(trawl_command),
         {offsetof(trawl_command, size), offsetof(trawl_command, flags),
          offsetof(trawl_command, arg_size), offsetof(trawl_command, column_size)},
         {offsetof(trawl_command, opts_size)},
         {offsetof(trawl_command, n_args), offsetof(trawl_command, n_gives),
          offsetof(trawl_command, n_examples)},
         {offsetof(trawl_command, name), offsetof(trawl_command, group),
          offsetof(trawl_command, summary), offsetof(trawl_command, text)},
         {offsetof(trawl_command, args), offsetof(trawl_command, gives),
          offsetof(trawl_command, run), offsetof(trawl_command, aliases)}},
        {args,
         sizeof(trawl_arg),
         {offsetof(trawl_arg, size), offsetof(trawl_arg, flags), offsetof(trawl_arg, kind)},
         {offsetof(trawl_arg, offset), offsetof(trawl_arg, storage)},
         {0},
         {offsetof(trawl_arg, name), offsetof(trawl_arg, help), offsetof(trawl_arg, def),
          offsetof(trawl_arg, min), offsetof(trawl_arg, max), offsetof(trawl_arg, meta)},
         {offsetof(trawl_arg, choices)}},
        {columns,
         sizeof(trawl_column),
         {offsetof(trawl_column, size), offsetof(trawl_column, flags),
          offsetof(trawl_column, type)},
         {0},
         {0},
         {offsetof(trawl_column, name), offsetof(trawl_column, help)},
         {0}},
        {fields,
         sizeof(trawl_field),
         {offsetof(trawl_field, size), offsetof(trawl_field, flags), offsetof(trawl_field, type)},
         {0},
         {0},
         {offsetof(trawl_field, name), offsetof(trawl_field, help)},
         {0}},
        {metrics,
         sizeof(trawl_metric),
         {offsetof(trawl_metric, size)},
         {offsetof(trawl_metric, state_size)},
         {offsetof(trawl_metric, n_columns)},
         {offsetof(trawl_metric, name)},
         {offsetof(trawl_metric, on_expire)}},
        {plots,
         sizeof(trawl_plot),
         {offsetof(trawl_plot, size), offsetof(trawl_plot, flags)},
         {offsetof(trawl_plot, opts_size)},
         {offsetof(trawl_plot, n_args)},
         {offsetof(trawl_plot, name)},
         {offsetof(trawl_plot, draw)}},
        {writers,
         sizeof(trawl_writer),
         {offsetof(trawl_writer, size)},
         {0},
         {0},
         {offsetof(trawl_writer, name), offsetof(trawl_writer, extension)},
         {offsetof(trawl_writer, rows)}},
    };

    for (size_t k = 0; k < TRAWL_COUNT(kinds); k++) {
        uint32_t n = kinds[k].array == (uint8_t *)&plugin ? 1 : ELEMENTS;

        for (uint32_t i = 0; i < n; i++) {
            uint8_t *at = kinds[k].array + i * kinds[k].stride;

            for (size_t m = 0; m < 8; m++) {
                if (kinds[k].numbers[m] || m == 0)
                    slot(at + kinds[k].numbers[m], NUMBER_32);
                if (kinds[k].texts[m])
                    slot(at + kinds[k].texts[m], TEXT);
                if (m < 4 && kinds[k].sizes[m])
                    slot(at + kinds[k].sizes[m], NUMBER_SIZE);
                if (m < 4 && kinds[k].counts[m])
                    slot(at + kinds[k].counts[m], COUNT);
                if (m < 4 && kinds[k].pointers[m])
                    slot(at + kinds[k].pointers[m], POINTER);
            }
        }
    }
    slot(&plugin.abi_major, NUMBER_16);
    slot(&plugin.abi_minor, NUMBER_16);
    slot(&((trawl_arg *)(void *)args)[0].short_name, CHARACTER);
    slot(&((trawl_arg *)(void *)args)[1].short_name, CHARACTER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = {NULL,
                                        "",
                                        "good",
                                        "Bad Name",
                                        "a.b",
                                        "7",
                                        "-1",
                                        "x\x1b[31m",
                                        "load",
                                        "a full stop.",
                                        long_text,
                                        "|",
                                        "99999999999999999999",
                                        "help",
                                        "one",
                                        "*",
                                        "two",
                                        ".w"};
    static const uint64_t numbers[] = {
        0,  1,   2,    3,    4,    7,          8,           9,          16,           21,      22,
        64, 255, 4095, 4096, 4097, 0x7fffffff, 0x80000000u, UINT32_MAX, SIZE_MAX - 7, SIZE_MAX};
    tw_error err = TW_ERROR_INIT;

    if (!n_slots) {
        memset(long_text, 'x', sizeof(long_text) - 1);
        note_slots();
    }
    make();
    for (size_t i = 0; i + 3 <= size && i < 24; i += 3) {
        const struct slot *s = &slots[data[i] % n_slots];
        uint64_t number = data[i + 1] & 0x80 ? data[i + 2]
                                             : numbers[data[i + 2] % TRAWL_COUNT(numbers)];

        switch (s->kind) {
        case NUMBER_16:
            memcpy(s->at, &(uint16_t){(uint16_t)number}, 2);
            break;
        case NUMBER_32:
            memcpy(s->at, &(uint32_t){(uint32_t)number}, 4);
            break;
        case NUMBER_SIZE:
            memcpy(s->at, &number, sizeof(size_t));
            break;
        case COUNT:
            memcpy(s->at, &(uint32_t){number > 20000 ? (uint32_t)number : (uint32_t)number % 2}, 4);
            break;
        case TEXT:
            memcpy(s->at, &texts[data[i + 2] % TRAWL_COUNT(texts)], sizeof(char *));
            break;
        case CHARACTER:
            memcpy(s->at, &data[i + 2], 1);
            break;
        case POINTER:
            memset(s->at, 0, sizeof(void *));
            break;
        }
    }
    if (tw_plugin_lint(&plugin, &err) != TRAWL_OK && err.message[0] == '\0')
        __builtin_trap();
    return 0;
}
