/* Names of hosts taken apart with libpsl.
 * Must not know packets or fields. */
#include "suffix.h"

#include <string.h>

#ifdef SUFFIX_HAS_PSL
#include <libpsl.h>

struct suffix_list *suffix_list_open(const char *path, const char **ret_why)
{
    psl_ctx_t *psl = path ? psl_load_file(path) : psl_latest(NULL);

    if (!psl)
        *ret_why = path ? "no public suffix list can be read from it" : "libpsl has no list";
    return (struct suffix_list *)psl;
}

void suffix_list_close(struct suffix_list *list)
{
    psl_free((psl_ctx_t *)list);
}

static const char *suffix_of(const struct suffix_list *list, const char *name)
{
    return psl_unregistrable_domain((const psl_ctx_t *)list, name);
}

static const char *domain_of(const struct suffix_list *list, const char *name)
{
    return psl_registrable_domain((const psl_ctx_t *)list, name);
}
#else
struct suffix_list *suffix_list_open(const char *path, const char **ret_why)
{
    (void)path;
    *ret_why = "this build is without libpsl";
    return NULL;
}

void suffix_list_close(struct suffix_list *list)
{
    (void)list;
}

static const char *suffix_of(const struct suffix_list *list, const char *name)
{
    (void)list, (void)name;
    return NULL;
}

static const char *domain_of(const struct suffix_list *list, const char *name)
{
    (void)list, (void)name;
    return NULL;
}
#endif

/* The length without ":8080". */
static size_t without_port(const char *text, size_t n)
{
    size_t k = n;

    while (k && text[k - 1] >= '0' && text[k - 1] <= '9')
        k--;
    return k < n && k && text[k - 1] == ':' ? k - 1 : n;
}

/* The last label of an IPv4 address is a number, no name's is; IPv6 has colons. */
static int is_address(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot ? dot + 1 : name;

    return strchr(name, ':') || last[strspn(last, "0123456789")] == 0;
}

void suffix_split(const struct suffix_list *list, const char *text, size_t n,
                  struct suffix_parts *ret)
{
    const char *part;

    ret->psl = ret->domain = ret->prefix = "";
    n = without_port(text, n);
    if (n && text[n - 1] == '.')
        n--;
    if (!n || n >= sizeof(ret->name) || memchr(text, 0, n) || text[0] == '.')
        return;
    for (size_t i = 0; i < n; i++)
        ret->name[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    ret->name[n] = 0;
    if (is_address(ret->name) || ret->name[0] == '<') /* "<Root>" */
        return;
    part = suffix_of(list, ret->name);
    ret->psl = part ? part : "";
    part = domain_of(list, ret->name);
    if (!part)
        return;
    ret->domain = part;
    if (part > ret->name + 1) {
        const size_t n_prefix = (size_t)(part - ret->name) - 1;

        memcpy(ret->prefix_text, ret->name, n_prefix);
        ret->prefix_text[n_prefix] = 0;
        ret->prefix = ret->prefix_text;
    }
}
