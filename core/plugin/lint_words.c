/* Which names and lines a descriptor may have. Must not know descriptors. */
#include "core/plugin/lint_words.h"

#include <string.h>

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool tw_lint_is_letter(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

bool tw_lint_is_name(const char *s)
{
    size_t n = 0;

    if (!s || (!is_lower(s[0]) && !is_digit(s[0])))
        return false;
    for (; s[n]; n++) {
        if (n == 64 || (!is_lower(s[n]) && !is_digit(s[n]) && s[n] != '-' && s[n] != '_'))
            return false;
    }
    return true;
}

bool tw_lint_is_column_name(const char *s)
{
    size_t n = 0;

    if (!s || !*s)
        return false;
    for (; s[n]; n++) {
        bool letter = is_lower(s[n]) || (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_';

        if (n == 128 || !(letter || (n && (is_digit(s[n]) || s[n] == '.' || s[n] == '-'))))
            return false;
    }
    return true;
}

/* Aliases may be signs, but none that the command line reads as its own. */
bool tw_lint_is_alias(const char *s)
{
    size_t n = 0;

    if (!s || !*s || s[0] == '-')
        return false;
    for (; s[n]; n++) {
        if (n == 64 || s[n] <= ' ' || s[n] > '~' || strchr("|>;#$!'\"\\=", s[n]))
            return false;
    }
    return true;
}

bool tw_lint_is_line(const char *s)
{
    if (!s || !*s || strlen(s) > 400)
        return false;
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    }
    return true;
}

bool tw_lint_is_summary(const char *s)
{
    return tw_lint_is_line(s) && s[strlen(s) - 1] != '.';
}
