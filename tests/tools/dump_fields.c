/* Prints packet fields as TSV without the shell or sessions: for comparing core/dissect alone with
 * tshark. usage: dump_fields [-n ROWS] FILE FIELD… . Must not know plugins. */
#include <stdio.h>
#include <stdlib.h>

#include "core/dissect/packets.h"

static int print_frame_field(const struct tw_packets *p, const char *name, uint64_t row)
{
    if (strcmp(name, "frame.number") == 0)
        printf("%llu", (unsigned long long)row + 1);
    else if (strcmp(name, "frame.len") == 0)
        printf("%u", TW_CELLS(p->len, const uint32_t)[row]);
    else if (strcmp(name, "frame.cap_len") == 0)
        printf("%u", TW_CELLS(p->cap_len, const uint32_t)[row]);
    else if (strcmp(name, "frame.time_epoch") == 0 &&
             TW_CELLS(p->time, const int64_t)[row] != INT64_MIN) {
        char text[TW_TEXT_MAX];
        size_t n = tw_format_time(text, TW_CELLS(p->time, const int64_t)[row], TW_TIME_EPOCH, 9, 0);
        printf("%.*s", (int)n, text);
    } else
        return 0;
    return 1;
}

static int dump(struct tw_packets *packets, const struct tw_catalogue *catalogue, char **names,
                size_t n, uint64_t most, trawl_error *err)
{
    uint32_t *fields = tw_alloc_array(n + 1, sizeof(*fields));
    size_t *at = tw_alloc_array(n + 1, sizeof(*at));
    struct tw_column **columns = tw_alloc_array(n + 1, sizeof(*columns));
    struct tw_cell_style style = {TW_TIME_EPOCH, 9, 0};
    struct tw_buffer text = TW_BUFFER_INIT;
    size_t n_fields = 0;
    int rc;

    rc = fields && at && columns ? TRAWL_OK : tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        int64_t k = tw_catalogue_find(catalogue, names[i], strlen(names[i]));

        at[i] = SIZE_MAX;
        if (k >= 0) {
            at[i] = n_fields;
            fields[n_fields++] = (uint32_t)k;
        }
    }
    if (rc == TRAWL_OK)
        rc = tw_packets_extract(packets, catalogue, fields, n_fields, columns, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        printf("%s%s", names[i], i + 1 < n ? "\t" : "\n");
    for (uint64_t row = 0; rc == TRAWL_OK && row < TW_MIN(packets->n_rows, most); row++) {
        for (size_t i = 0; i < n; i++) {
            if (!print_frame_field(packets, names[i], row) && at[i] != SIZE_MAX) {
                tw_buffer_clear(&text);
                tw_cell_text(columns[at[i]], catalogue->fields[fields[at[i]]].field->flags, row,
                             &style, &text);
                if (text.len)
                    fwrite(text.data, 1, text.len, stdout);
            }
            putchar(i + 1 < n ? '\t' : '\n');
        }
    }
    for (size_t i = 0; rc == TRAWL_OK && i < n_fields; i++)
        tw_column_release(columns[i]);
    tw_buffer_fini(&text);
    tw_free(fields);
    tw_free(at);
    tw_free(columns);
    return rc;
}

int main(int argc, char **argv)
{
    trawl_error err = TW_ERROR_INIT;
    struct tw_catalogue *catalogue = tw_catalogue_new(&err);
    struct tw_input_options options = {0};
    struct tw_packets *packets = NULL;
    struct tw_input *input = NULL;
    uint64_t most = UINT64_MAX;
    int first = 1, rc = 0;

    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        most = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    if (argc <= first + 1 || !catalogue)
        return 2;
    input = tw_input_open((const char *const *)argv + first, 1, &err);
    rc = input ? tw_packets_load(input, &options, &packets, &err) : err.code;
    if (rc == TRAWL_OK)
        rc = dump(packets, catalogue, argv + first + 1, (size_t)(argc - first - 1), most, &err);
    if (rc != TRAWL_OK)
        fprintf(stderr, "%s\n", err.message);
    for (size_t i = 0; input && i < input->n_warnings; i++)
        fprintf(stderr, "warning: packet %llu offset %llu %s: %s\n",
                (unsigned long long)input->warnings[i].packet,
                (unsigned long long)input->warnings[i].offset, input->warnings[i].what,
                input->warnings[i].why ? input->warnings[i].why : "");
    tw_packets_free(packets);
    tw_input_free(input);
    tw_catalogue_free(catalogue);
    tw_pool_fini();
    return rc ? 1 : 0;
}
