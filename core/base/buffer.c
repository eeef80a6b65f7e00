/* Bytes or text that grows.
 * Must not know what the bytes mean. */
#include <stdarg.h>
#include <stdio.h>

#include "core/base/memory.h"

bool tw_buffer_reserve(struct tw_buffer *buffer, size_t n_more)
{
    size_t need, capacity;
    char *grown;

    if (buffer->failed)
        return false;
    if (!tw_add_size(buffer->len, n_more, &need) || !tw_add_size(need, 1, &need)) {
        buffer->failed = true;
        return false;
    }
    if (need <= buffer->capacity)
        return true;
    capacity = TW_MAX(TW_MAX(need, (size_t)64), buffer->capacity + buffer->capacity / 2);
    grown = tw_realloc_array(buffer->data, capacity, 1);
    if (!grown) {
        buffer->failed = true;
        return false;
    }
    buffer->data = grown;
    buffer->capacity = capacity;
    buffer->data[buffer->len] = '\0';
    return true;
}

void tw_buffer_append(struct tw_buffer *buffer, const void *data, size_t n)
{
    if (!tw_buffer_reserve(buffer, n))
        return;
    if (n > 0)
        memcpy(buffer->data + buffer->len, data, n);
    buffer->len += n;
    buffer->data[buffer->len] = '\0';
}

void tw_buffer_puts(struct tw_buffer *buffer, const char *s)
{
    tw_buffer_append(buffer, s, strlen(s));
}

void tw_buffer_putc(struct tw_buffer *buffer, char c)
{
    if (!tw_buffer_reserve(buffer, 1))
        return;
    buffer->data[buffer->len++] = c;
    buffer->data[buffer->len] = '\0';
}

void tw_buffer_printf(struct tw_buffer *buffer, const char *format, ...)
{
    va_list args;
    int n;

    if (!tw_buffer_reserve(buffer, 80))
        return;
    va_start(args, format);
    n = vsnprintf(buffer->data + buffer->len, buffer->capacity - buffer->len, format, args);
    va_end(args);
    if (n < 0) {
        buffer->failed = true;
        return;
    }
    if ((size_t)n >= buffer->capacity - buffer->len) {
        buffer->data[buffer->len] = '\0';
        if (!tw_buffer_reserve(buffer, (size_t)n))
            return;
        va_start(args, format);
        vsnprintf(buffer->data + buffer->len, buffer->capacity - buffer->len, format, args);
        va_end(args);
    }
    buffer->len += (size_t)n;
}

char *tw_buffer_steal(struct tw_buffer *buffer)
{
    char *data = NULL;

    if (tw_buffer_reserve(buffer, 0))
        data = buffer->data;
    else
        tw_free(buffer->data);
    *buffer = (struct tw_buffer)TW_BUFFER_INIT;
    return data;
}

void tw_buffer_clear(struct tw_buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void tw_buffer_fini(struct tw_buffer *buffer)
{
    tw_free(buffer->data);
    *buffer = (struct tw_buffer)TW_BUFFER_INIT;
}
