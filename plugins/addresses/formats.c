/* The lines of the files that the plugin reads.
 * Must not know columns of packets. */
#include <string.h>

#include "addresses.h"

/* Cuts a field off at the first tab; *text is what follows, NULL after the last one. */
static char *next_field(char **text)
{
    char *field = *text, *tab = field ? strchr(field, '\t') : NULL;

    if (tab)
        *tab = 0;
    *text = tab ? tab + 1 : NULL;
    return field;
}

/* "64500" or "AS64500" */
static int parse_asn(const char *text, uint32_t *ret)
{
    uint64_t n = 0;
    size_t i = strncmp(text, "AS", 2) == 0 ? 2 : 0;
    const size_t first = i;

    for (; text[i] >= '0' && text[i] <= '9' && n <= UINT32_MAX; i++)
        n = n * 10 + (uint64_t)(text[i] - '0');
    *ret = (uint32_t)n;
    return text[i] == 0 && i > first && n <= UINT32_MAX;
}

static void put_unless(trawl_builder *b, const char *text, const char *nothing)
{
    host->put_text(b, text && *text && strcmp(text, nothing) != 0 ? text : NULL);
}

int asn_line(char *text, struct lines *lines, struct match *match, uint32_t entry, trawl_builder *b)
{
    const char *first = next_field(&text), *last = next_field(&text);
    const char *number = next_field(&text), *country = next_field(&text);
    struct address from, to;
    uint32_t asn;

    if (!number)
        lines_wrong(lines, "'%s' is not followed by a last address and a number", first);
    else if (!address_parse(first, &from))
        lines_wrong(lines, "'%s' is not an address", first);
    else if (!address_parse(last, &to))
        lines_wrong(lines, "'%s' is not an address", last);
    else if (from.family != to.family || address_compare(&from, &to) > 0)
        lines_wrong(lines, "'%s' does not come after '%s'", last, first);
    else if (!parse_asn(number, &asn))
        lines_wrong(lines, "'%s' is not the number of an autonomous system", number);
    else if (asn && match_range(match, &from, &to, entry)) {
        host->put_u64(b, asn);
        put_unless(b, country, "None");
        put_unless(b, text, "");
        return 1;
    }
    return 0;
}

int label_line(char *text, struct lines *lines, struct match *match, uint32_t entry,
               trawl_builder *b)
{
    char *label = text + strcspn(text, " \t");
    struct address from, to;
    char prefix[64];

    if (*label)
        *label++ = 0;
    label += strspn(label, " \t");
    if (!prefix_parse(text, &from, &to, prefix))
        lines_wrong(lines, "'%s' is not an address or a prefix", text);
    else if (!*label)
        lines_wrong(lines, "'%s' has no label", text);
    else if (match_range(match, &from, &to, entry)) {
        host->put_text(b, label);
        host->put_text(b, prefix);
        return 1;
    }
    return 0;
}
