/* Snapshots of subflows that mptcp-pm writes as JSON. Must not know what is made of their numbers.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "../mptcp.h"

/* Who wants the numbers. */
struct reader {
    const trawl_words *fields;
    int (*take)(void *context, const struct snapshot_number *number, trawl_error *err);
    void *context;
};

static const char *text_or(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "?";
}

static int take_subflow(const struct reader *r, const json_t *subflow, double delay,
                        trawl_error *err)
{
    struct snapshot_number number = {
        .src = text_or(subflow, "srcIp"),
        .dst = text_or(subflow, "dstIp"),
        .src_port = (long long)json_integer_value(json_object_get(subflow, "srcPort")),
        .dst_port = (long long)json_integer_value(json_object_get(subflow, "dstPort")),
        .delay = delay,
    };
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < r->fields->n; i++) {
        const json_t *value = json_object_get(subflow, r->fields->items[i]);

        if (!json_is_number(value))
            continue;
        number.field = r->fields->items[i];
        number.value = json_number_value(value);
        rc = r->take(r->context, &number, err);
    }
    return rc;
}

int snapshot_read(const char *path, const trawl_words *fields,
                  int (*take)(void *context, const struct snapshot_number *number,
                              trawl_error *err),
                  void *context, trawl_error *err)
{
    const struct reader reader = {.fields = fields, .take = take, .context = context};
    json_error_t wrong;
    FILE *file = fopen(path, "rb");
    json_t *root = file ? json_loadf(file, 0, &wrong) : NULL;
    const json_t *delay = json_object_get(root, "delay");
    const json_t *subflows = json_object_get(root, "subflows");
    int rc = TRAWL_OK;

    if (!file)
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path, host->reason(errno));
    fclose(file);
    if (!root)
        return host->fail(err, TRAWL_E_DATA, "'%s' is no JSON: line %d: %s", path, wrong.line,
                          wrong.text);
    if (!json_is_number(delay) || !isfinite(json_number_value(delay)))
        rc = host->fail(err, TRAWL_E_DATA, "'%s' is no snapshot: it has no number 'delay'", path);
    else if (!json_is_array(subflows) && !json_is_object(subflows))
        rc = host->fail(err, TRAWL_E_DATA, "'%s' is no snapshot: it has no 'subflows'", path);
    for (size_t i = 0; rc == TRAWL_OK && i < json_array_size(subflows); i++)
        rc = take_subflow(&reader, json_array_get(subflows, i), json_number_value(delay), err);
    if (rc == TRAWL_OK && json_is_object(subflows)) { /* a map of names */
        void *it = json_object_iter((json_t *)(uintptr_t)subflows);

        for (; it && rc == TRAWL_OK; it = json_object_iter_next((json_t *)(uintptr_t)subflows, it))
            rc = take_subflow(&reader, json_object_iter_value(it), json_number_value(delay), err);
    }
    json_decref(root);
    return rc;
}
