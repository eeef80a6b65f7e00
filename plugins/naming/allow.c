/* The allow lists: destinations from a file, or from the command line. Knows nothing of captures.
 */
#include <stdlib.h>
#include <string.h>

#include "lines.h"

enum {
    KEY_BITS,
    KEY_ADDRESS,
    KEY_PORT = KEY_ADDRESS + 16,
    KEY_SIZE = KEY_PORT + 2,
    MOST_BITS = 128
};

/* Bits of the prefix (of the 128), its address with nothing behind them, its port (0: any): items
 * are in the order of these bytes, so that each length that occurs is one search. */
struct item {
    uint8_t key[KEY_SIZE];
};

struct allowed {
    const char *path; /* NULL: from the command line */
    struct item *items;
    size_t n, room;
    uint8_t lengths[MOST_BITS + 1]; /* that occur */
    size_t n_lengths;
};

static void make_key(uint8_t key[KEY_SIZE], const uint8_t address[16], unsigned bits, unsigned port)
{
    key[KEY_BITS] = (uint8_t)bits;
    memset(key + KEY_ADDRESS, 0, 16);
    memcpy(key + KEY_ADDRESS, address, bits / 8);
    if (bits % 8)
        key[KEY_ADDRESS + bits / 8] = (uint8_t)(address[bits / 8] & 0xff00u >> bits % 8);
    key[KEY_PORT] = (uint8_t)(port >> 8);
    key[KEY_PORT + 1] = (uint8_t)port;
}

void allow_close(void *state)
{
    struct allowed *a = state;

    if (a)
        host->free(a->items);
    host->free(a);
}

/* A whole number of decimal digits up to most. */
static int parse_number(const char *text, size_t n, unsigned most, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *ret > most)
            return 0;
        *ret = *ret * 10 + (unsigned)(text[i] - '0');
    }
    return n > 0 && *ret <= most;
}

/* ADDRESS[/BITS][:PORT]; with a port IPv6 is in brackets. */
static int parse_item(const char *word, size_t n, struct item *ret)
{
    uint8_t address[16];
    const char *const last = word + n, *end = last, *port = NULL, *slash;
    unsigned most, bits = MOST_BITS, number = 0;

    if (n && word[0] == '[') {
        const char *close = memchr(word, ']', n);

        if (!close)
            return 0;
        if (close + 1 != end && close[1] != ':')
            return 0;
        port = close + 1 == end ? NULL : close + 2;
        word++;
        end = close;
    } else {
        const char *colon = memchr(word, ':', n);

        if (colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
            port = colon + 1;
            end = colon;
        }
    }
    if (port && (!parse_number(port, (size_t)(last - port), 65535, &number) || !number))
        return 0;
    slash = memchr(word, '/', (size_t)(end - word));
    if (!address_parse(word, (size_t)((slash ? slash : end) - word), address, &most))
        return 0;
    if (slash && !parse_number(slash + 1, (size_t)(end - slash - 1), most, &bits))
        return 0;
    make_key(ret->key, address, slash ? bits + MOST_BITS - most : bits, number);
    return 1;
}

static int add(struct allowed *a, const char *word, size_t n, unsigned long line, trawl_error *err)
{
    if (a->n == a->room) {
        const size_t room = a->room ? a->room * 2 : 16;
        struct item *items = host->realloc(a->items, room * sizeof(*items));

        if (!items)
            return naming_nomem(err);
        a->items = items;
        a->room = room;
    }
    if (parse_item(word, n, &a->items[a->n])) {
        a->n++;
        return TRAWL_OK;
    }
    if (a->path)
        host->fail(err, TRAWL_E_DATA, "%s:%lu: '%.*s' is no destination", a->path, line, (int)n,
                   word);
    else
        host->fail(err, TRAWL_E_USAGE, "'%.*s' is no destination", (int)n, word);
    host->hint(err, "Write ADDRESS, ADDRESS/BITS, ADDRESS:PORT or [IPV6]:PORT.");
    return a->path ? TRAWL_E_DATA : TRAWL_E_USAGE;
}

static int add_line(void *context, const struct line *line, trawl_error *err)
{
    int rc = TRAWL_OK;
    size_t n;

    for (const char *word = line->text; rc == TRAWL_OK && (n = line_word(&word)); word += n)
        rc = add(context, word, n, line->number, err);
    return rc;
}

static int by_key(const void *left, const void *right)
{
    return memcmp(left, right, KEY_SIZE);
}

/* After the last item, or nothing of it stays. */
static int finish(struct allowed *a, int rc, void **ret)
{
    if (rc != TRAWL_OK) {
        allow_close(a);
        return rc;
    }
    if (a->n)
        qsort(a->items, a->n, sizeof(*a->items), by_key);
    for (size_t i = 0; i < a->n; i++)
        if (i == 0 || a->items[i].key[KEY_BITS] != a->items[i - 1].key[KEY_BITS])
            a->lengths[a->n_lengths++] = a->items[i].key[KEY_BITS];
    *ret = a;
    return rc;
}

int allow_open_list(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                    trawl_error *err)
{
    struct allowed *a;
    int rc;

    (void)call, (void)capture;
    if (!argument)
        return host->fail(err, TRAWL_E_USAGE, "the allow list 'list' needs a file: list:FILE");
    a = host->alloc(sizeof(*a));
    if (!a)
        return naming_nomem(err);
    a->path = argument;
    rc = lines_read(argument, add_line, a, err);
    return finish(a, rc, ret);
}

int allow_open_words(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                     trawl_error *err)
{
    struct allowed *a;
    int rc = TRAWL_OK;

    (void)call, (void)capture;
    if (!argument)
        return host->fail(err, TRAWL_E_USAGE,
                          "the allow list 'to' needs destinations: to:10.0.0.0/8,192.0.2.1:443");
    a = host->alloc(sizeof(*a));
    if (!a)
        return naming_nomem(err);
    for (const char *word = argument; rc == TRAWL_OK && word;) {
        const size_t n = strcspn(word, ",");

        rc = add(a, word, n, 0, err);
        word = word[n] ? word + n + 1 : NULL;
    }
    return finish(a, rc, ret);
}

int allow_has(void *state, const uint8_t address[16], uint16_t port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const struct allowed *a = state;
    const int is_4 = memcmp(address, mapped, sizeof(mapped)) == 0;

    for (size_t i = 0; i < a->n_lengths; i++) {
        struct item any, one;

        if (is_4 && a->lengths[i] < 96) /* ::/0 is all of IPv6 */
            continue;
        make_key(any.key, address, a->lengths[i], 0);
        make_key(one.key, address, a->lengths[i], port);
        if (bsearch(&any, a->items, a->n, sizeof(any), by_key) ||
            (port && bsearch(&one, a->items, a->n, sizeof(one), by_key)))
            return 1;
    }
    return 0;
}
