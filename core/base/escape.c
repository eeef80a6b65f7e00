/* Bytes from the wire made safe for any text output.
 * Must not know terminals or formats. */
#include "core/base/escape.h"

#include "core/base/text.h"
#include "core/base/utf8.h"

/* Characters that show nothing, reorder what is around them, or end a line. */
static bool is_printable(uint32_t c)
{
    if (c < 0xa0)
        return c >= 0x20 && c < 0x7f;
    if (c >= 0x200b && c <= 0x206f)
        return !(c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
                 c >= 0x2060);
    if (c == 0x061c || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
        (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
        return false;
    return !(c >= 0xe0000 && c <= 0xe007f); /* tags: an invisible alphabet */
}

/* Zero bytes of w have their highest bit set in the result, and maybe some behind them. */
static inline uint64_t zeros(uint64_t w)
{
    return (w - UINT64_C(0x0101010101010101)) & ~w & UINT64_C(0x8080808080808080);
}

/* Bytes at the start that are visible ASCII, eight at a time: at least these many. */
static inline size_t plain_run(const uint8_t *p, size_t n, bool backslash)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const uint64_t w = tw_le64(p + i);

        if ((w & ones << 7) | zeros(w & ones * 0xe0) | zeros(w ^ ones * 0x7f) |
            (backslash ? zeros(w ^ ones * '\\') : 0))
            break;
    }
    return i;
}

static void escape(struct tw_buffer *out, const uint8_t *p, size_t n, bool backslash)
{
    static const char hex[] = "0123456789abcdef";
    size_t start = 0; /* of the run that passes as it is */
    size_t i = plain_run(p, n, backslash);

    tw_buffer_reserve(out, n);
    while (i < n) {
        uint32_t c = p[i];
        size_t len = 1;

        if (TW_LIKELY(c >= 0x20 && c < 0x7f && (c != '\\' || !backslash))) {
            i++;
            continue;
        }
        if (c >= 0x80)
            len = tw_utf8_decode(p + i, n - i, &c);
        if (len > 0 && is_printable(c) && c != '\\') {
            i += len;
            continue;
        }
        tw_buffer_append(out, p + start, i - start);
        if (c == '\\' && len == 1) {
            tw_buffer_append(out, "\\\\", 2);
        } else {
            for (size_t j = 0; j < TW_MAX(len, (size_t)1); j++) {
                const char code[4] = {'\\', 'x', hex[p[i + j] >> 4], hex[p[i + j] & 15]};

                tw_buffer_append(out, code, sizeof(code));
            }
        }
        i += TW_MAX(len, (size_t)1);
        start = i;
    }
    tw_buffer_append(out, p + start, n - start);
}

void tw_escape(struct tw_buffer *out, const void *data, size_t n)
{
    escape(out, data, n, true);
}

void tw_escape_keep_backslash(struct tw_buffer *out, const void *data, size_t n)
{
    escape(out, data, n, false);
}
