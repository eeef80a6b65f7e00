/* Forms for people: sizes, counts and spans with units; the nearest word.
 * Must not be used where a machine reads. */
#include <math.h>
#include <stdio.h>

#include "core/base/text.h"

/* Three digits or so of v ≥ 0 and a space. */
static size_t put_scaled(char *out, double v, bool whole)
{
    int n;

    if (whole)
        n = snprintf(out, 32, "%.0f ", v);
    else
        n = snprintf(out, 32, v < 99.95 ? "%.1f " : "%.0f ", v);
    return n < 0 ? 0 : (size_t)n;
}

static size_t put_si(char *out, double v, const char *unit)
{
    static const char prefixes[] = " kMGTPE";
    size_t i = 0, n = 0;
    double a = fabs(v);

    if (!isfinite(v)) {
        n = tw_format_f64(out, v);
        out[n++] = ' ';
    } else {
        /* 999.95 would be shown as 1000: already the next prefix. */
        while (a >= 999.5 && i < sizeof(prefixes) - 2) {
            a /= 1000;
            i++;
        }
        if (v < 0 && a > 0)
            out[n++] = '-';
        if (a >= 1e6) { /* beyond the prefixes */
            n += tw_format_f64_digits(out + n, a, 0);
            out[n++] = ' ';
        } else {
            n += put_scaled(out + n, a, i == 0 && a == floor(a));
        }
    }
    if (i > 0)
        out[n++] = prefixes[i];
    memcpy(out + n, unit, strlen(unit));
    n += strlen(unit);
    while (n > 0 && out[n - 1] == ' ')
        n--;
    return n;
}

size_t tw_format_size_human(char *out, double n_bytes)
{
    return put_si(out, n_bytes, "B");
}

size_t tw_format_count_human(char *out, double n)
{
    return put_si(out, n, "");
}

static size_t put_two_units(char *out, uint64_t high, const char *high_unit, uint64_t low,
                            const char *low_unit)
{
    int n = snprintf(out, 56, "%llu %s %llu %s", (unsigned long long)high, high_unit,
                     (unsigned long long)low, low_unit);

    return n < 0 ? 0 : (size_t)n;
}

size_t tw_format_span_human(char *out, int64_t ns)
{
    uint64_t a = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t s = (a + 500000000) / 1000000000;
    static const char *const units[] = {"ns", "\xc2\xb5s", "ms", "s"};
    double v = (double)a;
    size_t n = 0, i = 0;

    if (ns < 0)
        out[n++] = '-';
    if (a >= UINT64_C(59950000000)) {
        if (s < 3600)
            return n + put_two_units(out + n, s / 60, "m", s % 60, "s");
        s = (s + 30) / 60; /* minutes now */
        if (s < 24 * 60)
            return n + put_two_units(out + n, s / 60, "h", s % 60, "m");
        s = (s + 30) / 60; /* hours */
        return n + put_two_units(out + n, s / 24, "d", s % 24, "h");
    }
    if (a == 0) {
        memcpy(out, "0 s", 3);
        return 3;
    }
    while (v >= 999.95 && i < 3) {
        v /= 1000;
        i++;
    }
    n += put_scaled(out + n, v, i == 0);
    memcpy(out + n, units[i], strlen(units[i]));
    return n + strlen(units[i]);
}

/* Distance with swaps of neighbours as one edit; more than `most` may be any larger number. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t rows[3][65];
    size_t *before = rows[0], *last = rows[1], *now = rows[2], *swap;

    for (size_t j = 0; j <= n_b; j++)
        last[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        now[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            size_t best = TW_MIN(TW_MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = TW_MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
        swap = before;
        before = last;
        last = now;
        now = swap;
    }
    return last[n_b];
}

const char *tw_nearest(const char *word, const char *const *words, size_t n)
{
    size_t len = strlen(word);
    size_t most = TW_MAX(len / 3, (size_t)1);
    const char *nearest = NULL;

    if (len == 0 || len > 64)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(words[i]);
        size_t distance;

        if (other > 64 || (other > len ? other - len : len - other) > most)
            continue;
        distance = edit_distance(word, len, words[i], other);
        if (distance <= most && distance < len && (!nearest || distance < most || distance == 0)) {
            nearest = words[i];
            if (distance == 0)
                break;
            most = distance; /* later words must be nearer still */
        }
    }
    return nearest;
}

/* Words of a name, with '-' or '_' between them; *at goes behind the one that is given back. */
static size_t next_word(const char **at, const char **ret)
{
    size_t n;

    *at += strspn(*at, "-_");
    *ret = *at;
    n = strcspn(*at, "-_");
    *at += n;
    return n;
}

/* Place of the first word of `typed` that begins with w[0..n), or that it begins with, by three
 * letters at least; SIZE_MAX: there is none. */
static size_t place_of_word(const char *typed, const char *w, size_t n)
{
    const char *other;
    size_t m;

    for (size_t i = 0; (m = next_word(&typed, &other)) > 0; i++) {
        if (TW_MIN(n, m) >= 3 && memcmp(w, other, TW_MIN(n, m)) == 0)
            return i;
    }
    return SIZE_MAX;
}

const char *tw_nearest_name(const char *typed, const char *const *names, size_t n)
{
    const char *nearest = tw_nearest(typed, names, n);
    size_t most = 0, least_rest = SIZE_MAX, least_place = SIZE_MAX;

    if (nearest)
        return nearest;
    for (size_t i = 0; i < n; i++) {
        const char *at = names[i], *w;
        size_t len, shared = 0, rest = 0, first = SIZE_MAX;

        while ((len = next_word(&at, &w)) > 0) {
            const size_t place = place_of_word(typed, w, len);

            shared += place != SIZE_MAX;
            rest += place == SIZE_MAX;
            first = TW_MIN(first, place);
        }
        if (shared > most || (shared && shared == most &&
                              (rest < least_rest || (rest == least_rest && first < least_place)))) {
            nearest = names[i];
            most = shared;
            least_rest = rest;
            least_place = first;
        }
    }
    return nearest;
}
