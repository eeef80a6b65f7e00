/* Topology files, old (milliseconds, KB) and new (microseconds), checked and brought to one unit.
 * Must not know what is reckoned with them. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../numerics.h"

enum { MS = 1000000, US = 1000, KB = 1024, VALUE_MOST = 48, PLACE_MOST = 160, HEADERS = 40 };
static const double HOUR_MS = 3600e3;

/* What is being read: errors name it. */
struct reading {
    struct topology *t;
    trawl_error *err;
    char place[PLACE_MOST]; /* of the object in the file: "subflows[0]" */
    int rc;
};

/* One number of an object. Absurd is what lies outside of [min, max]. */
struct number {
    const char *key;
    double min, max;
    const char *unit; /* for the message */
    int required;
};

static int wrong(struct reading *r, const char *key, const json_t *value, const char *what)
{
    char text[VALUE_MOST];
    size_t n = value ? json_dumpb(value, text, sizeof(text) - 1,
                                  JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII |
                                      JSON_REAL_PRECISION(12))
                     : 0;

    text[n < sizeof(text) ? n : 0] = 0;
    if (r->rc != TRAWL_OK)
        return r->rc;
    if (!value)
        r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s': %s%s%s is missing", r->t->file, r->place,
                           *r->place ? "." : "", key);
    else
        r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s': %s%s%s is %s, %s", r->t->file, r->place,
                           *r->place && *key ? "." : "", key,
                           n < sizeof(text)        ? text
                           : json_is_object(value) ? "an object"
                           : json_is_array(value)  ? "a list"
                                                   : "a long text",
                           what);
    return r->rc;
}

/* NaN where it is not there, and need not be. */
static double take(struct reading *r, const json_t *object, const struct number *want)
{
    const json_t *value = json_object_get(object, want->key);
    char what[96];
    double x;

    if (r->rc != TRAWL_OK)
        return NAN;
    if (!value || json_is_null(value)) {
        if (want->required)
            (void)wrong(r, want->key, NULL, NULL);
        return NAN;
    }
    if (!json_is_number(value)) {
        (void)wrong(r, want->key, value, "not a number");
        return NAN;
    }
    x = json_number_value(value);
    if (x >= want->min && x <= want->max)
        return x;
    (void)snprintf(what, sizeof(what), "not between %.12g and %.12g%s%s", want->min, want->max,
                   *want->unit ? " " : "", want->unit);
    (void)wrong(r, want->key, value, what);
    return NAN;
}

static const char *text_of(struct reading *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return NULL;
    if (!json_is_string(value)) {
        (void)wrong(r, key, value, "not a text");
        return NULL;
    }
    return json_string_value(value);
}

static int64_t to_ns(double value, double unit)
{
    return isnan(value) ? 0 : llround(value * unit);
}

/* ---- subflows ---- */

static void read_old(struct reading *r, const json_t *o, struct path *p)
{
    static const struct number mss = {"mss", 1, 65535, "bytes", 1};
    static const struct number cwnd = {"cwnd", 1e-3, 1e9, "segments", 0};
    static const struct number fowd = {"fowd", 1e-3, HOUR_MS, "ms", 1};
    static const struct number bowd = {"bowd", 1e-3, HOUR_MS, "ms", 1};
    static const struct number var = {"var", 0, HOUR_MS, "ms", 1};
    static const struct number loss = {"loss", 0, 100, "%", 0};
    double x = take(r, o, &mss);

    p->mss = x < 16 ? x * KB : x; /* the oldest files count it in KB, as the buffers */
    x = take(r, o, &cwnd);
    p->cwnd = isnan(x) ? 0 : x;
    p->fowd_ns = to_ns(take(r, o, &fowd), MS);
    p->bowd_ns = to_ns(take(r, o, &bowd), MS);
    p->var_ns = to_ns(take(r, o, &var), MS);
    p->loss_pct = take(r, o, &loss);
    p->rtt_ns = p->fowd_ns + p->bowd_ns;
}

static void read_new(struct reading *r, const json_t *o, struct path *p, int measured)
{
    static const struct number mtu = {"mtu", 68, 65535, "bytes", 1};
    static const struct number cwnd = {"snd_cwnd", 1, 1e9, "segments", 0};
    static const struct number fowd = {"fowd", 1, HOUR_MS * 1e3, "us", 1};
    static const struct number bowd = {"bowd", 1, HOUR_MS * 1e3, "us", 1};
    static const struct number min_rtt = {"min_rtt", 1, HOUR_MS * 1e3, "us", 1};
    static const struct number rtt = {"rtt_us", 1, HOUR_MS * 1e3, "us", 1};
    static const struct number var = {"rttvar", 0, HOUR_MS * 1e3, "us", 1};
    static const struct number lost = {"lost", 0, 1e18, "segments", 0};
    static const struct number delivered = {"delivered", 0, 1e18, "segments", 0};
    double x = take(r, o, &mtu), y;
    int64_t rtt_ns;

    p->mss = x - HEADERS;
    x = take(r, o, &cwnd);
    p->cwnd = isnan(x) ? 0 : x;
    p->fowd_ns = to_ns(take(r, o, &fowd), US);
    p->bowd_ns = to_ns(take(r, o, &bowd), US);
    p->min_rtt_ns = to_ns(take(r, o, &min_rtt), US);
    rtt_ns = to_ns(take(r, o, &rtt), US);
    p->var_ns = to_ns(take(r, o, &var), US);
    x = take(r, o, &lost);
    y = take(r, o, &delivered);
    p->loss_pct = isnan(x) || isnan(y) || y <= 0 ? NAN : 100 * x / y;
    p->rtt_ns = measured ? rtt_ns : p->fowd_ns + p->bowd_ns;
}

static void set_name(struct reading *r, struct path *p, const char *name)
{
    const size_t n = strlen(name);

    if (!n || n >= sizeof(p->name)) {
        r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s': the name of %s has %zu bytes, not 1 to %zu",
                           r->t->file, r->place, n, sizeof(p->name) - 1);
        return;
    }
    (void)host->escape(p->name, sizeof(p->name), name, n); /* it is printed and typed */
    for (struct path *other = r->t->paths; other < p; other++) {
        if (strcmp(other->name, p->name) == 0 && r->rc == TRAWL_OK) {
            r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s': %s.name is '%s', as one before it",
                               r->t->file, r->place, p->name);
        }
    }
}

static void read_subflow(struct reading *r, const json_t *o, const char *key, size_t i,
                         int measured)
{
    static const struct number contribution = {"contribution", 0, 1, "", 0};
    struct path *p = &r->t->paths[i];
    char made[32];
    const char *name;

    int n = snprintf(r->place, sizeof(r->place), key ? "subflows." : "subflows[%zu]", i);

    if (key)
        (void)host->escape(r->place + n, sizeof(r->place) - (size_t)n, key, strlen(key));
    if (!json_is_object(o)) {
        (void)wrong(r, "", o, "not an object");
        return;
    }
    (void)snprintf(made, sizeof(made), "subflow%zu", i);
    name = text_of(r, o, "name");
    if (r->rc != TRAWL_OK)
        return;
    set_name(r, p, key ? key : name ? name : made);
    if (i == 0)
        r->t->is_new = json_object_get(o, "mtu") || json_object_get(o, "min_rtt") ||
                       json_object_get(o, "rtt_us") || json_object_get(o, "snd_cwnd");
    if (r->t->is_new)
        read_new(r, o, p, measured);
    else
        read_old(r, o, p);
    p->contribution = take(r, o, &contribution);
}

static int read_subflows(trawl_call *call, struct reading *r, const json_t *root, int measured)
{
    json_t *all = json_object_get(root, "subflows"), *o;
    const char *key;
    size_t n, i = 0;

    if (!all || !(json_is_array(all) || json_is_object(all)))
        return wrong(r, "subflows", all, "neither a list nor an object");
    n = json_is_array(all) ? json_array_size(all) : json_object_size(all);
    if (n < 1 || n > TOPOLOGY_MOST_SUBFLOWS)
        return r->rc = host->fail(r->err, TRAWL_E_DATA,
                                  "'%s': subflows has %zu entries, not between 1 and %d",
                                  r->t->file, n, TOPOLOGY_MOST_SUBFLOWS);
    r->t->paths = host->call_alloc(call, n * sizeof(*r->t->paths));
    if (!r->t->paths)
        return r->rc = host->fail(r->err, TRAWL_E_NOMEM, "out of memory");
    memset(r->t->paths, 0, n * sizeof(*r->t->paths));
    r->t->n = n;
    if (json_is_array(all)) {
        for (; i < n && r->rc == TRAWL_OK; i++)
            read_subflow(r, json_array_get(all, i), NULL, i, measured);
        return r->rc;
    }
    json_object_foreach(all, key, o)
    {
        if (r->rc == TRAWL_OK)
            read_subflow(r, o, key, i++, measured);
    }
    return r->rc;
}

/* ---- files ---- */

static double read_buffer(struct reading *r, const json_t *root, const char *side, const char *key)
{
    const struct number want = {key, 1e-3, 1e9, "KB", 0};
    const json_t *o = json_object_get(root, side);
    double x;

    if (!o || json_is_null(o))
        return 0;
    if (!json_is_object(o)) {
        (void)wrong(r, side, o, "not an object");
        return 0;
    }
    (void)snprintf(r->place, sizeof(r->place), "%s", side);
    x = take(r, o, &want);
    r->place[0] = 0;
    return isnan(x) ? 0 : x * KB;
}

static int read_root(trawl_call *call, struct reading *r, const json_t *root, int measured)
{
    const char *name;

    if (!json_is_object(root))
        return r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s' is no topology: not a JSON object",
                                  r->t->file);
    name = text_of(r, root, "name");
    if (name)
        (void)host->escape(r->t->name, sizeof(r->t->name), name, strlen(name));
    r->t->snd_buffer = read_buffer(r, root, "sender", "snd_buffer");
    r->t->rcv_buffer = read_buffer(r, root, "receiver", "rcv_buffer");
    if (r->rc == TRAWL_OK)
        (void)read_subflows(call, r, root, measured);
    r->place[0] = 0;
    if (r->rc == TRAWL_OK && measured && !r->t->is_new)
        r->rc = host->fail(r->err, TRAWL_E_DATA, "'%s' has no measured round trips (rtt_us)",
                           r->t->file);
    return r->rc;
}

int topology_parse(trawl_call *call, const char *file, const char *text, size_t n, int measured,
                   struct topology *ret, trawl_error *err)
{
    struct reading r = {.t = ret, .err = err};
    json_error_t why;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

    memset(ret, 0, sizeof(*ret));
    ret->file = file;
    if (!root) {
        for (char *c = why.text; *c; c++) { /* what jansson quotes may have newlines */
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                *c = ' ';
        }
        return host->fail(err, TRAWL_E_DATA, "'%s' is no JSON: line %d: %s", file, why.line,
                          why.text);
    }
    (void)read_root(call, &r, root, measured);
    json_decref(root);
    return r.rc;
}

int topology_read(trawl_call *call, const char *file, int measured, struct topology *ret,
                  trawl_error *err)
{
    FILE *f = fopen(file, "rbe");
    char *text;
    size_t n;
    int rc = TRAWL_OK;

    if (!f)
        return host->fail(err, TRAWL_E_IO, "could not open '%s': %s", file, host->reason(errno));
    text = host->alloc(TOPOLOGY_MOST_BYTES + 1);
    if (!text) {
        fclose(f);
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    }
    n = fread(text, 1, TOPOLOGY_MOST_BYTES + 1, f);
    if (ferror(f))
        rc = host->fail(err, TRAWL_E_IO, "could not read '%s': %s", file, host->reason(errno));
    else if (n > TOPOLOGY_MOST_BYTES)
        rc = host->fail(err, TRAWL_E_DATA, "'%s' is no topology: larger than 1 MiB", file);
    fclose(f);
    if (rc == TRAWL_OK)
        rc = topology_parse(call, file, text, n, measured, ret, err);
    host->free(text);
    return rc;
}
