/* Names of hosts taken apart with libpsl.
 * Must not know packets or fields. */
#include "../suffix.h"

#include <string.h>

#ifdef SUFFIX_HAS_PSL
#include <ctype.h>
#include <libpsl.h>
#include <stdio.h>

/* The library's own form, or lines that begin with a rule (labels, '*', '!'), a blank or a comment:
 * the library itself takes any bytes for rules. */
static int may_be_list(FILE *f)
{
    static const char packed[] = ".DAFSA@PSL_";
    char head[sizeof(packed) - 1];
    int may_be = 1, in_rule = 1, c;

    if (fread(head, 1, sizeof(head), f) == sizeof(head) && memcmp(head, packed, sizeof(head)) == 0)
        return 1;
    rewind(f);
    while (may_be && (c = getc(f)) != EOF) {
        if (c == '\n')
            in_rule = 1;
        else if (isspace(c) || c == '/')
            in_rule = 0;
        else if (in_rule)
            may_be = c >= 0x80 || isalnum(c) || (c && strchr("-_.*!", c));
    }
    return may_be;
}

static psl_ctx_t *load(const char *path)
{
    FILE *f = fopen(path, "rb");
    psl_ctx_t *psl = NULL;
    int may_be = f != NULL;

    if (f && fseek(f, 0, SEEK_SET) == 0) { /* a pipe can be read once */
        may_be = may_be_list(f);
        rewind(f);
    }
    if (may_be)
        psl = psl_load_fp(f);
    if (f)
        fclose(f);
    return psl;
}

int suffix_list_open(struct suffix_list *list, const char *path, const char **ret_why)
{
    list->psl = path ? load(path) : psl_latest(NULL);
    *ret_why = path ? "no public suffix list can be read from it" : "libpsl has no list";
    return list->psl != NULL;
}

void suffix_list_close(struct suffix_list *list)
{
    psl_free(list->psl);
}

static struct suffix_known *known_at(struct suffix_list *list, const char *end, size_t n)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)end[i]) * 16777619u;
    return &list->known[(hash ^ hash >> 15) % SUFFIX_N_KNOWN];
}

static void remember(struct suffix_list *list, const char *end, size_t n, size_t n_suffix)
{
    if (n <= SUFFIX_KNOWN_LONGEST) {
        struct suffix_known *k = known_at(list, end, n);

        k->n = (uint8_t)n;
        k->n_suffix = (uint8_t)n_suffix;
        memcpy(k->end, end, n);
    }
}

/* Bytes of the public suffix of the n bytes of a name; 0: it has none. As
 * psl_unregistrable_domain() finds it: the longest end that is one. */
static size_t suffix_length(struct suffix_list *list, const char *name, size_t n)
{
    size_t at = 0, found = 0;

    for (;;) {
        const struct suffix_known *k = known_at(list, name + at, n - at);
        const char *dot;

        if (at && k->n == n - at && memcmp(k->end, name + at, n - at) == 0) {
            found = k->n_suffix;
            break;
        }
        if (psl_is_public_suffix(list->psl, name + at)) {
            found = n - at;
            break;
        }
        dot = memchr(name + at, '.', n - at);
        if (!dot)
            break;
        at = (size_t)(dot - name) + 1;
    }
    for (size_t i = 1; i < n && found && i <= at; i++)
        if (name[i - 1] == '.')
            remember(list, name + i, n - i, found);
    return found;
}
#else
int suffix_list_open(struct suffix_list *list, const char *path, const char **ret_why)
{
    (void)list, (void)path;
    *ret_why = "this build is without libpsl";
    return 0;
}

void suffix_list_close(struct suffix_list *list)
{
    (void)list;
}

static size_t suffix_length(struct suffix_list *list, const char *name, size_t n)
{
    (void)list, (void)name, (void)n;
    return 0;
}
#endif

void suffix_split(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret)
{
    size_t n_suffix, domain;

    n = suffix_clean(text, n, ret);
    n_suffix = n ? suffix_length(list, ret->name, n) : 0;
    if (!n_suffix)
        return;
    ret->part[SUFFIX_PSL] = ret->name + n - n_suffix;
    if (n_suffix + 1 >= n) /* the name is a public suffix itself */
        return;
    domain = n - n_suffix - 1;
    while (domain && ret->name[domain - 1] != '.')
        domain--;
    ret->part[SUFFIX_DOMAIN] = ret->name + domain;
    if (domain > 1) {
        memcpy(ret->prefix, ret->name, domain - 1);
        ret->prefix[domain - 1] = 0;
        ret->part[SUFFIX_PREFIX] = ret->prefix;
    }
}
