/* Times and spans: text to value and back. Civil dates by arithmetic, no libc time in UTC.
 * Must not know columns or terminals. */
#include <time.h>

#include "core/base/digits.h"

static const int64_t ns_per_s = INT64_C(1000000000);
static const int64_t s_per_day = 86400;

/* Days since 1970-01-01 of a date in the Gregorian calendar; month 1 to 12. Years start in March
 * here, so that the leap day is the last. */
static int64_t days_of_date(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned of_era = (unsigned)(z - era * 146097);
    unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
    unsigned m = (5 * of_year + 2) / 153;

    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (unsigned)((int64_t)y + era * 400 + (*month <= 2 ? 1 : 0));
}

/* ---- reading ---- */

/* Exactly n digits. */
static bool take_digits(const char **at, const char *end, int n, unsigned *ret)
{
    unsigned v = 0;

    if (end - *at < n)
        return false;
    for (int i = 0; i < n; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9')
            return false;
        v = v * 10 + (unsigned)((*at)[i] - '0');
    }
    *at += n;
    *ret = v;
    return true;
}

static bool take_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    ++*at;
    return true;
}

/* ".123" to ns; digits past nine are cut. */
static bool take_fraction(const char **at, const char *end, unsigned *ret_ns)
{
    unsigned v = 0, unit = 100000000;

    if (!take_char(at, end, '.') && !take_char(at, end, ','))
        return true;
    if (*at == end || **at < '0' || **at > '9')
        return false;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        v += (unsigned)(**at - '0') * unit;
        unit /= 10;
    }
    *ret_ns = v;
    return true;
}

/* "Z", "+01:00", "+0100", "+01" or nothing. */
static bool take_offset(const char **at, const char *end, int64_t *ret_s)
{
    unsigned hours, minutes = 0;
    bool west;

    if (*at == end || take_char(at, end, 'Z') || take_char(at, end, 'z'))
        return true;
    if (end - *at == 4 && memcmp(*at, " UTC", 4) == 0) {
        *at = end;
        return true;
    }
    west = **at == '-';
    if (!west && **at != '+')
        return false;
    ++*at;
    if (!take_digits(at, end, 2, &hours))
        return false;
    if (*at < end) {
        take_char(at, end, ':');
        if (!take_digits(at, end, 2, &minutes))
            return false;
    }
    if (hours > 23 || minutes > 59)
        return false;
    *ret_s = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static int ns_of(__int128 s, unsigned ns, int64_t *ret)
{
    __int128 v = s * ns_per_s + ns;

    if (v < INT64_MIN || v > INT64_MAX)
        return TRAWL_E_USAGE;
    *ret = (int64_t)v;
    return TRAWL_OK;
}

static int parse_epoch(const char *s, size_t n, int64_t *ret_ns)
{
    bool negative = n > 0 && s[0] == '-';
    size_t skip = negative ? 1 : 0;
    struct tw_decimal d;
    uint64_t ns;

    if (tw_parse_decimal(s + skip, n - skip, &d) != n - skip || n == skip ||
        !tw_decimal_times(&d, (uint64_t)ns_per_s, &ns) ||
        ns > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return TRAWL_E_USAGE;
    *ret_ns = negative ? (int64_t)(0 - ns) : (int64_t)ns;
    return TRAWL_OK;
}

/* "Sep 26, 2004", as Wireshark writes days. */
static bool take_named_day(const char **at, const char *end, unsigned *ret_year,
                           unsigned *ret_month, unsigned *ret_day)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12 && end - *at > 4; i++) {
        if (memcmp(*at, names + (size_t)i * 3, 3) != 0)
            continue;
        *ret_month = i + 1;
        *at += 3;
        while (take_char(at, end, ' '))
            ;
        return (take_digits(at, end, 2, ret_day) || take_digits(at, end, 1, ret_day)) &&
               take_char(at, end, ',') && take_char(at, end, ' ') &&
               take_digits(at, end, 4, ret_year);
    }
    return false;
}

int tw_parse_time(const char *s, size_t n, int64_t *ret_ns)
{
    static const unsigned char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *at = s, *end = s + n;
    unsigned year, month, day, hour = 0, minute = 0, second = 0, ns = 0;
    int64_t offset = 0;

    if (!take_named_day(&at, end, &year, &month, &day)) {
        at = s;
        if (!take_digits(&at, end, 4, &year) || !take_char(&at, end, '-'))
            return parse_epoch(s, n, ret_ns);
        if (!take_digits(&at, end, 2, &month) || !take_char(&at, end, '-') ||
            !take_digits(&at, end, 2, &day))
            return TRAWL_E_USAGE;
    }
    if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] ||
        (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))))
        return TRAWL_E_USAGE;
    if (take_char(&at, end, 'T') || take_char(&at, end, 't') || take_char(&at, end, ' ')) {
        if (!take_digits(&at, end, 2, &hour) || !take_char(&at, end, ':') ||
            !take_digits(&at, end, 2, &minute))
            return TRAWL_E_USAGE;
        if (take_char(&at, end, ':') &&
            (!take_digits(&at, end, 2, &second) || !take_fraction(&at, end, &ns)))
            return TRAWL_E_USAGE;
        /* A leap second is the second that follows. */
        if (hour > 23 || minute > 59 || second > 60 || !take_offset(&at, end, &offset))
            return TRAWL_E_USAGE;
    } else if (take_char(&at, end, 'Z')) {
        offset = 0;
    }
    if (at != end)
        return TRAWL_E_USAGE;
    return ns_of((__int128)days_of_date(year, month, day) * s_per_day + hour * 3600 + minute * 60 +
                     second - offset,
                 ns, ret_ns);
}

int tw_parse_span(const char *s, size_t n, int64_t *ret_ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"\xc2\xb5s", 1000},
        {"\xce\xbcs", 1000},
        {"ms", 1000000},
        {"s", 1000000000},
        {"sec", 1000000000},
        {"m", UINT64_C(60000000000)},
        {"min", UINT64_C(60000000000)},
        {"h", UINT64_C(3600000000000)},
        {"d", UINT64_C(86400000000000)},
    };
    bool negative = n > 0 && s[0] == '-';
    size_t skip = negative ? 1 : 0;
    struct tw_decimal number;
    size_t digits = tw_parse_decimal(s + skip, n - skip, &number);
    const char *unit = s + skip + digits;
    size_t unit_len = n - skip - digits;
    uint64_t ns = unit_len == 0 ? (uint64_t)ns_per_s : 0;

    if (digits == 0)
        return TRAWL_E_USAGE;
    for (size_t i = 0; i < TW_COUNT(units) && ns == 0; i++) {
        if (strlen(units[i].name) == unit_len && memcmp(units[i].name, unit, unit_len) == 0)
            ns = units[i].ns;
    }
    if (ns == 0 || !tw_decimal_times(&number, ns, &ns) || ns > (uint64_t)INT64_MAX)
        return TRAWL_E_USAGE;
    *ret_ns = negative ? -(int64_t)ns : (int64_t)ns;
    return TRAWL_OK;
}

/* ---- writing ---- */

/* ".123456" of ns < 1e9, cut; nothing when decimals is 0. */
static size_t put_fraction(char *out, unsigned ns, int decimals)
{
    char digits[10];
    unsigned high, low;

    if (decimals <= 0)
        return 0;
    if (decimals > 9)
        decimals = 9;
    high = ns / 100000;
    low = ns % 100000;
    tw_put_2(digits, high / 100);
    tw_put_2(digits + 2, high % 100);
    tw_put_2(digits + 4, low / 1000);
    tw_put_2(digits + 6, low / 10 % 100);
    digits[8] = (char)('0' + low % 10);
    out[0] = '.';
    memcpy(out + 1, digits, (size_t)decimals);
    return 1 + (size_t)decimals;
}

static size_t put_date_time(char *out, unsigned year, unsigned month, unsigned day, unsigned of_day)
{
    tw_put_2(out, year / 100);
    tw_put_2(out + 2, year % 100);
    out[4] = '-';
    tw_put_2(out + 5, month);
    out[7] = '-';
    tw_put_2(out + 8, day);
    out[10] = 'T';
    tw_put_2(out + 11, of_day / 3600);
    out[13] = ':';
    tw_put_2(out + 14, of_day / 60 % 60);
    out[16] = ':';
    tw_put_2(out + 17, of_day % 60);
    return 19;
}

static size_t put_utc(char *out, int64_t s, unsigned ns, int decimals)
{
    /* Cells of a column are mostly of one day. */
    static _Thread_local int64_t known_days;
    static _Thread_local unsigned year, month, day;
    int64_t days = (s >= 0 ? s : s - (s_per_day - 1)) / s_per_day;
    size_t n;

    if (days != known_days || day == 0) {
        date_of_days(days, &year, &month, &day);
        known_days = days;
    }
    n = put_date_time(out, year, month, day, (unsigned)(s - days * s_per_day));
    n += put_fraction(out + n, ns, decimals);
    out[n] = 'Z';
    return n + 1;
}

static size_t put_local(char *out, int64_t s, unsigned ns, int decimals)
{
    struct tm tm;
    time_t t = (time_t)s;
    unsigned offset;
    size_t n;

    if (!localtime_r(&t, &tm))
        return put_utc(out, s, ns, decimals);
    n = put_date_time(out, (unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
                      (unsigned)tm.tm_mday,
                      (unsigned)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec));
    n += put_fraction(out + n, ns, decimals);
    offset = (unsigned)(tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff) / 60;
    out[n++] = tm.tm_gmtoff < 0 ? '-' : '+';
    tw_put_2(out + n, offset / 60 % 100);
    out[n + 2] = ':';
    tw_put_2(out + n + 3, offset % 60);
    return n + 5;
}

/* Seconds with decimals, cut towards zero; "-0.000" is "0.000". */
static size_t put_seconds(char *out, bool negative, uint64_t ns, int decimals)
{
    static const uint64_t cut[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                   10000,      1000,      100,      10,      1};
    uint64_t s;
    size_t n = 0;

    decimals = TW_MAX(0, TW_MIN(decimals, 9));
    ns -= ns % cut[decimals];
    s = ns / 1000000000;
    if (negative && ns > 0)
        out[n++] = '-';
    n += tw_format_u64(out + n, s);
    return n + put_fraction(out + n, (unsigned)(ns - s * 1000000000), decimals);
}

size_t tw_format_span(char *out, int64_t ns, int decimals)
{
    return put_seconds(out, ns < 0, ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, decimals);
}

size_t tw_format_time(char *out, int64_t ns, enum tw_time_style style, int decimals,
                      int64_t origin_ns)
{
    int64_t s;
    unsigned rest;

    switch (style) {
    case TW_TIME_EPOCH:
        return tw_format_span(out, ns, decimals);
    case TW_TIME_RELATIVE:
        return ns >= origin_ns
                   ? put_seconds(out, false, (uint64_t)ns - (uint64_t)origin_ns, decimals)
                   : put_seconds(out, true, (uint64_t)origin_ns - (uint64_t)ns, decimals);
    case TW_TIME_UTC:
    case TW_TIME_LOCAL:
        break;
    }
    s = ns / ns_per_s;
    if (ns < s * ns_per_s)
        s--;
    rest = (unsigned)((uint64_t)ns - (uint64_t)s * (uint64_t)ns_per_s);
    return style == TW_TIME_UTC ? put_utc(out, s, rest, decimals)
                                : put_local(out, s, rest, decimals);
}
