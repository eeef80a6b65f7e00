/* Names of hosts as they are written on the wire, and their labels.
 * Must not know public suffixes. */
#include <string.h>

#include "suffix.h"

/* The length without ":8080". */
static size_t without_port(const char *text, size_t n)
{
    size_t k = n;

    while (k && text[k - 1] >= '0' && text[k - 1] <= '9')
        k--;
    return k < n && k && text[k - 1] == ':' ? k - 1 : n;
}

/* The last label of an IPv4 address is a number, no name's is; IPv6 has colons. "<Root>" stands for
 * what is no name, and has no dot. */
static int is_no_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot ? dot + 1 : name;

    return strchr(name, ':') || last[strspn(last, "0123456789")] == 0 || (name[0] == '<' && !dot);
}

size_t suffix_clean(const char *text, size_t n, struct suffix_parts *ret)
{
    for (size_t i = 0; i < SUFFIX_MOST; i++)
        ret->part[i] = "";
    n = without_port(text, n);
    if (n && text[n - 1] == '.')
        n--;
    if (!n || n >= sizeof(ret->name) || memchr(text, 0, n) || text[0] == '.')
        return 0;
    for (size_t i = 0; i < n; i++)
        ret->name[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    ret->name[n] = 0;
    return is_no_name(ret->name) ? 0 : n;
}

void suffix_labels(const char *text, size_t n, struct suffix_parts *ret)
{
    n = suffix_clean(text, n, ret);
    for (size_t i = 0; i < SUFFIX_MOST && n; i++) {
        size_t at = n;

        while (at && ret->name[at - 1] != '.')
            at--;
        ret->part[i] = ret->name + at;
        n = at ? at - 1 : 0;
        if (at)
            ret->name[n] = 0;
    }
}
