/* Cells of delimited text, after RFC 4180, and what they look like.
 * Must not know files or tables. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "delimited.h"

/* ---- cells ---- */

static int ends_line(const struct scanner *s, size_t at)
{
    return at >= s->n || s->text[at] == '\n' ||
           (s->text[at] == '\r' && (at + 1 >= s->n || s->text[at + 1] == '\n'));
}

static void pass_line_end(struct scanner *s)
{
    if (s->at < s->n && s->text[s->at] == '\r')
        s->at++;
    if (s->at < s->n)
        s->at++;
    s->line++;
}

void scan_skip_line(struct scanner *s)
{
    while (s->at < s->n && s->text[s->at] != '\n')
        s->at++;
    pass_line_end(s);
}

/* Past the quote that closes the cell; 0: there is none. */
static int pass_quoted(struct scanner *s, struct cell *ret)
{
    size_t at = s->at + 1;
    const size_t start = at;

    for (; at < s->n; at++) {
        s->line += s->text[at] == '\n';
        if (s->text[at] != '"')
            continue;
        if (at + 1 >= s->n || s->text[at + 1] != '"')
            break;
        ret->twice = 1;
        at++;
    }
    if (at >= s->n)
        return 0;
    ret->quoted = 1;
    ret->text = s->text + start;
    ret->n = at - start;
    s->at = at + 1;
    return 1;
}

int scan_cell(struct scanner *s, struct cell *ret)
{
    size_t start;

    *ret = (struct cell){.text = ""};
    while (!s->in_row && s->at < s->n && ends_line(s, s->at))
        pass_line_end(s);
    if (!s->in_row && s->at >= s->n)
        return SCAN_END;
    if (s->quotes && s->at < s->n && s->text[s->at] == '"') {
        if (!pass_quoted(s, ret))
            return SCAN_OPEN;
        while (!ends_line(s, s->at) && s->text[s->at] != s->delimiter)
            s->at++; /* what follows the quote belongs to nothing */
    } else {
        start = s->at;
        while (!ends_line(s, s->at) && s->text[s->at] != s->delimiter)
            s->at++;
        ret->text = s->text + start;
        ret->n = s->at - start;
    }
    ret->last = ends_line(s, s->at) ? 1 : 0;
    s->in_row = !ret->last;
    if (ret->last)
        pass_line_end(s);
    else
        s->at++;
    return SCAN_CELL;
}

char scan_delimiter(const char *text, size_t n)
{
    static const char candidates[] = "\t|;,";
    size_t counts[sizeof(candidates)] = {0}, best = 3;
    int in_quotes = 0;

    for (size_t i = 0; i < n && text[i] != '\n'; i++) {
        const char *which = in_quotes ? NULL : strchr(candidates, text[i]);

        in_quotes ^= text[i] == '"';
        if (which && *which)
            counts[which - candidates]++;
    }
    for (size_t i = 0; i < 3; i++)
        if (counts[i] > counts[best])
            best = i;
    return candidates[best];
}

/* ---- kinds ---- */

enum { NUMBER_MOST = 64, TIME_LEAST = 19, TIME_MOST = 40 };

static int is_digits(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9')
            return 0;
    return n > 0;
}

static int is(const struct cell *cell, const char *word)
{
    return cell->n == strlen(word) && memcmp(cell->text, word, cell->n) == 0;
}

int cell_bool(const struct cell *cell)
{
    return is(cell, "true") || is(cell, "True");
}

static int is_bool(const struct cell *cell)
{
    return cell_bool(cell) || is(cell, "false") || is(cell, "False");
}

int cell_whole(const struct cell *cell, uint64_t *ret, int *ret_negative)
{
    const int negative = cell->n && cell->text[0] == '-';
    const char *p = cell->text + negative;
    const size_t n = cell->n - (size_t)negative;
    uint64_t v = 0;

    if (!is_digits(p, n) || n > 20 || (n > 1 && p[0] == '0'))
        return 0; /* digits after a 0 are a name, not a number */
    for (size_t i = 0; i < n; i++) {
        const unsigned digit = (unsigned)(p[i] - '0');

        if (v > (UINT64_MAX - digit) / 10)
            return 0;
        v = v * 10 + digit;
    }
    if (negative && v > (uint64_t)INT64_MAX + 1)
        return 0;
    *ret = v;
    *ret_negative = negative;
    return 1;
}

static int is_hex(const struct cell *cell)
{
    if (cell->n < 3 || cell->n > 18 || memcmp(cell->text, "0x", 2) != 0)
        return 0;
    for (size_t i = 2; i < cell->n; i++)
        if (!isxdigit((unsigned char)cell->text[i]))
            return 0;
    return 1;
}

/* The cell as a string in `out` of `room` bytes; 0: it is longer. */
static int copy_text(const struct cell *cell, char *out, size_t room)
{
    if (cell->n >= room)
        return 0;
    memcpy(out, cell->text, cell->n);
    out[cell->n] = 0;
    return 1;
}

uint64_t cell_hex(const struct cell *cell)
{
    char text[NUMBER_MOST];

    return copy_text(cell, text, sizeof(text)) ? strtoull(text, NULL, 16) : 0;
}

static int read_real(const struct cell *cell, double *ret)
{
    char text[NUMBER_MOST], *end;
    const size_t first = cell->n && (cell->text[0] == '-' || cell->text[0] == '+');

    /* no "0x1p3", no blanks, no words but these two, which pandas and trawl write */
    if (!copy_text(cell, text, sizeof(text)) || cell->n == first)
        return 0;
    if (strspn(text + first, "0123456789.eE+-") != cell->n - first &&
        strcasecmp(text + first, "nan") != 0 && strcasecmp(text + first, "inf") != 0)
        return 0;
    if (cell->n - first > 1 && text[first] == '0' && isdigit((unsigned char)text[first + 1]))
        return 0;
    *ret = strtod(text, &end);
    return *end == 0;
}

double cell_real(const struct cell *cell)
{
    double v = 0;

    (void)read_real(cell, &v);
    return v;
}

static int two_digits(const char *p, unsigned most, unsigned *ret)
{
    if (!is_digits(p, 2))
        return 0;
    *ret = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return *ret <= most;
}

/* Days since 1970 of a date (H. Hinnant's days_from_civil). */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t era;
    unsigned year_of_era, day_of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = (unsigned)(year - era * 400);
    day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + (int64_t)year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - 719468;
}

/* "Z", "+01:00", "+0100" or nothing, which is UTC too; the offset in minutes. */
static int read_zone(const char *p, size_t n, int *ret)
{
    unsigned hours, minutes;

    *ret = 0;
    if (n == 0 || (n == 1 && *p == 'Z'))
        return 1;
    if ((*p != '+' && *p != '-') || (n != 5 && n != 6) || (n == 6 && p[3] != ':') ||
        !two_digits(p + 1, 14, &hours) || !two_digits(p + n - 2, 59, &minutes))
        return 0;
    *ret = (*p == '-' ? -1 : 1) * (int)(hours * 60 + minutes);
    return 1;
}

static int read_time(const struct cell *cell, int64_t *ret)
{
    const char *p = cell->text;
    unsigned century, years, month, day, hour, minute, second;
    int64_t seconds, fraction = 0;
    size_t at = TIME_LEAST;
    int offset;

    if (cell->n < TIME_LEAST || cell->n > TIME_MOST || p[4] != '-' || p[7] != '-' ||
        (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':' ||
        !two_digits(p, 99, &century) || !two_digits(p + 2, 99, &years) ||
        !two_digits(p + 5, 12, &month) || !two_digits(p + 8, 31, &day) ||
        !two_digits(p + 11, 23, &hour) || !two_digits(p + 14, 59, &minute) ||
        !two_digits(p + 17, 60, &second) || !month || !day)
        return 0;
    if (at < cell->n && p[at] == '.') {
        size_t n = 0;

        for (at++; at < cell->n && isdigit((unsigned char)p[at]); at++)
            if (n++ < 9)
                fraction = fraction * 10 + (p[at] - '0');
        if (!n)
            return 0;
        for (; n < 9; n++)
            fraction *= 10;
    }
    if (!read_zone(p + at, cell->n - at, &offset))
        return 0;
    seconds = days_of(century * 100 + years, month, day) * 86400 + hour * 3600 + minute * 60 +
              second - (int64_t)offset * 60;
    if (seconds < INT64_MIN / 1000000000 + 1 || seconds > INT64_MAX / 1000000000 - 1)
        return 0;
    *ret = seconds * 1000000000 + fraction;
    return 1;
}

int64_t cell_time(const struct cell *cell)
{
    int64_t v = 0;

    (void)read_time(cell, &v);
    return v;
}

size_t cell_ip(const struct cell *cell, uint8_t ret[16])
{
    char text[INET6_ADDRSTRLEN];

    if (!copy_text(cell, text, sizeof(text)))
        return 0;
    if (memchr(text, ':', cell->n))
        return inet_pton(AF_INET6, text, ret) == 1 ? 16 : 0;
    return memchr(text, '.', cell->n) && inet_pton(AF_INET, text, ret) == 1 ? 4 : 0;
}

static int is_mac(const struct cell *cell)
{
    if (cell->n != 17)
        return 0;
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? cell->text[i] != ':' : !isxdigit((unsigned char)cell->text[i]))
            return 0;
    return 1;
}

uint64_t cell_mac(const struct cell *cell)
{
    uint64_t v = 0;

    for (size_t i = 0; i < cell->n; i++) {
        const char c = cell->text[i];

        if (c != ':')
            v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

unsigned cell_kinds(const struct cell *cell, unsigned possible)
{
    uint8_t address[16];
    uint64_t whole;
    int64_t time;
    double real;
    int negative;

    if (cell->n == 0)
        return possible;
    if (possible & IS_BOOL && !is_bool(cell))
        possible &= ~(unsigned)IS_BOOL;
    if (possible & IS_WHOLE && !cell_whole(cell, &whole, &negative))
        possible &= ~(unsigned)IS_WHOLE;
    if (possible & IS_HEX && !is_hex(cell))
        possible &= ~(unsigned)IS_HEX;
    if (possible & IS_REAL && !(possible & IS_WHOLE) && !read_real(cell, &real))
        possible &= ~(unsigned)IS_REAL; /* what is whole is a real too */
    if (possible & IS_TIME && !read_time(cell, &time))
        possible &= ~(unsigned)IS_TIME;
    if (possible & IS_IP && !cell_ip(cell, address))
        possible &= ~(unsigned)IS_IP;
    if (possible & IS_MAC && !is_mac(cell))
        possible &= ~(unsigned)IS_MAC;
    return possible;
}
