/* Doubles as the shortest decimal text that reads back the same.
 * Must not know columns or locales. */
#include <math.h>
#include <stdatomic.h>

#include "core/base/digits.h"

/* The method is R. Giulietti's "Schubfach" (The Schubfach way to render doubles, 2021): one 128-bit
 * power of ten and three multiplications find the decimal. The powers are worked out exactly, each
 * when it is first needed: a capture's numbers use few of them. */

/* ---- powers of ten ---- */

enum {
    power_least = -292,
    power_most = 324,
    big_words = 40 /* 10^324 has 1077 bits; shifted remainders a few more */
};

/* 10^k × 2^-e rounded up, e such that it has 128 bits. */
struct power {
    uint64_t high, low;
};
static _Atomic uint64_t power_high[power_most - power_least + 1]; /* 0: not known yet */
static _Atomic uint64_t power_low[power_most - power_least + 1];

/* Little-endian words. */
struct big {
    uint32_t words[big_words];
    int n;
};

static struct big big_power_of_ten(int k)
{
    struct big big = {{1}, 1};

    for (int i = 0; i < k; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < big.n; j++) {
            carry += (uint64_t)big.words[j] * 10;
            big.words[j] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry)
            big.words[big.n++] = (uint32_t)carry;
    }
    return big;
}

static int big_bits(const struct big *big)
{
    return big->n * 32 - __builtin_clz(big->words[big->n - 1]);
}

static bool big_bit(const struct big *big, int i)
{
    return i >= 0 && big->words[i / 32] >> (i % 32) & 1;
}

static bool big_less(const struct big *a, const struct big *b)
{
    for (int i = TW_MAX(a->n, b->n); i-- > 0;) {
        uint32_t x = i < a->n ? a->words[i] : 0, y = i < b->n ? b->words[i] : 0;

        if (x != y)
            return x < y;
    }
    return false;
}

static void big_double(struct big *big)
{
    uint32_t carry = 0;

    for (int i = 0; i < big->n; i++) {
        uint32_t next = big->words[i] >> 31;

        big->words[i] = big->words[i] << 1 | carry;
        carry = next;
    }
    if (carry)
        big->words[big->n++] = carry;
}

/* a - b, a ≥ b. */
static void big_subtract(struct big *a, const struct big *b)
{
    int64_t borrow = 0;

    for (int i = 0; i < a->n; i++) {
        borrow += (int64_t)a->words[i] - (i < b->n ? b->words[i] : 0);
        a->words[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->n > 1 && a->words[a->n - 1] == 0)
        a->n--;
}

static void push_bit(struct power *power, bool bit)
{
    power->high = power->high << 1 | power->low >> 63;
    power->low = power->low << 1 | bit;
}

static struct power compute_power(int k)
{
    struct big ten = big_power_of_ten(k < 0 ? -k : k);
    int bits = big_bits(&ten);
    struct power power = {0, 0};
    bool rest = false;

    if (k >= 0) { /* its highest 128 bits */
        for (int i = 0; i < 128; i++)
            push_bit(&power, big_bit(&ten, bits - 1 - i));
        for (int i = 0; i < bits - 128 && !rest; i++)
            rest = big_bit(&ten, i);
    } else { /* 2^n / 10^-k by long division, n such that the first bit of the quotient is 1 */
        struct big left = {{0}, bits / 32 + 1};

        left.words[bits / 32] = UINT32_C(1) << (bits % 32);
        for (int i = 0; i < 128; i++) {
            bool bit = !big_less(&left, &ten);

            if (bit)
                big_subtract(&left, &ten);
            push_bit(&power, bit);
            big_double(&left);
        }
        rest = true;
    }
    if (rest && ++power.low == 0)
        power.high++;
    return power;
}

static struct power power_of_ten(int k)
{
    int i = k - power_least;
    struct power power = {atomic_load_explicit(&power_high[i], memory_order_acquire), 0};

    if (TW_LIKELY(power.high != 0)) {
        power.low = atomic_load_explicit(&power_low[i], memory_order_relaxed);
        return power;
    }
    power = compute_power(k); /* two threads may both do it, with the same result */
    atomic_store_explicit(&power_low[i], power.low, memory_order_relaxed);
    atomic_store_explicit(&power_high[i], power.high, memory_order_release);
    return power;
}

/* ---- the decimal ---- */

/* Floors of logarithms, exact for the exponents of doubles. */
static int floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}
static int floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* g × c / 2^128, the last bit set when that is not whole. */
static uint64_t round_to_odd(struct power g, uint64_t c)
{
    unsigned __int128 x = (unsigned __int128)g.low * c;
    unsigned __int128 y = (unsigned __int128)g.high * c + (uint64_t)(x >> 64);

    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* Shortest m × 10^*ret_exponent that reads back as v > 0, the nearest to v of these. */
static uint64_t shortest(double v, int *ret_exponent)
{
    uint64_t bits, c, below, at, above, s, s10;
    bool is_odd, is_power, low_in, high_in;
    struct power g;
    int q, k, h;

    memcpy(&bits, &v, sizeof(bits));
    c = bits & ((UINT64_C(1) << 52) - 1);
    q = (int)(bits >> 52);
    is_power = c == 0 && q > 1; /* doubles below are closer */
    if (q == 0)
        q = 1;
    else
        c |= UINT64_C(1) << 52;
    q -= 1075;      /* v = c × 2^q */
    is_odd = c & 1; /* then the interval that rounds to v is open */
    k = is_power ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
    h = q + floor_log2_pow10(-k) + 1;
    g = power_of_ten(-k);
    /* v and the ends of its interval, in quarters of 10^k. */
    at = round_to_odd(g, (4 * c) << h);
    below = round_to_odd(g, (4 * c - (is_power ? 1 : 2)) << h) + is_odd;
    above = round_to_odd(g, (4 * c + 2) << h) - is_odd;
    s = at / 4;
    s10 = s / 10;
    if (s10 > 0) { /* one digit less? */
        low_in = below <= 40 * s10;
        high_in = 40 * s10 + 40 <= above;
        if (low_in != high_in) {
            *ret_exponent = k + 1;
            return s10 + high_in;
        }
    }
    *ret_exponent = k;
    low_in = below <= 4 * s;
    high_in = 4 * s + 4 <= above;
    if (low_in != high_in)
        return s + high_in;
    return s + (at > 4 * s + 2 || (at == 4 * s + 2 && (s & 1)));
}

/* ---- the text ---- */

static size_t put_special(char *out, double v)
{
    const char *word = isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";
    size_t n = strlen(word);

    memcpy(out, word, n);
    return n;
}

/* d.ddde±xx of n digits. */
static size_t put_scientific(char *out, const char *digits, size_t n, int exponent)
{
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    size_t at = 0;

    out[at++] = digits[0];
    if (n > 1) {
        out[at++] = '.';
        memcpy(out + at, digits + 1, n - 1);
        at += n - 1;
    }
    out[at++] = 'e';
    out[at++] = exponent < 0 ? '-' : '+';
    if (e >= 100) {
        out[at++] = (char)('0' + e / 100);
        e %= 100;
    }
    tw_put_2(out + at, e);
    return at + 2;
}

/* Plain digits with a point; exponent is of the first digit, -4 to 15. */
static size_t put_plain(char *out, const char *digits, size_t n, int exponent)
{
    size_t whole = exponent >= 0 ? (size_t)exponent + 1 : 0;
    size_t at = 0;

    if (whole >= n) {
        memcpy(out, digits, n);
        memset(out + n, '0', whole - n);
        return whole;
    }
    if (whole == 0) {
        memcpy(out, "0.0000", 6);
        at = 2 + (size_t)(-exponent - 1);
        memcpy(out + at, digits, n);
        return at + n;
    }
    memcpy(out, digits, whole);
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, n - whole);
    return n + 1;
}

size_t tw_format_f64(char *out, double v)
{
    char digits[24];
    double a = fabs(v);
    size_t sign = signbit(v) ? 1 : 0, n;
    int exponent;
    uint64_t m;

    if (!isfinite(v))
        return put_special(out, v);
    out[0] = '-';
    if (a < 9007199254740992.0 && a == (double)(uint64_t)a)
        return sign + tw_format_u64(out + sign, (uint64_t)a);
    m = shortest(a, &exponent);
    n = tw_format_u64(digits, m);
    exponent += (int)n - 1; /* of the first digit */
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (exponent < -4 || exponent > 15)
        return sign + put_scientific(out + sign, digits, n, exponent);
    return sign + put_plain(out + sign, digits, n, exponent);
}
