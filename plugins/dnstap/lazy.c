/* Frames and messages, by the plugin's part, which is loaded when the first is looked at.
 * Must not know how they are read. */
#include <errno.h>

#include "dnstap.h"

/* Readers ask on threads of their own. */
static const struct dnstap_part *part(void)
{
    static const void *known;
    const void *functions = __atomic_load_n(&known, __ATOMIC_ACQUIRE);

    if (!functions && host->part("dnstap", &functions, NULL) == TRAWL_OK)
        __atomic_store_n(&known, functions, __ATOMIC_RELEASE);
    return functions;
}

static const char no_part[] = "the second file of the plugin dnstap cannot be loaded";

int frame_control(const uint8_t *data, size_t n, const char **why)
{
    const struct dnstap_part *p = part();

    *why = no_part;
    return p ? p->frame_control(data, n, why) : 0;
}

const char *dnstap_decode(const uint8_t *data, size_t n, struct dnstap *ret)
{
    const struct dnstap_part *p = part();

    *ret = (struct dnstap){.data = data};
    return p ? p->decode(data, n, ret) : no_part;
}

const char *dnstap_word(enum dnstap_level level, unsigned number, int value)
{
    const struct dnstap_part *p = part();

    return p ? p->word(level, number, value) : NULL;
}

int64_t dnstap_time(const struct dnstap *payload, unsigned sec, unsigned nsec)
{
    const struct dnstap_part *p = part();

    return p ? p->time(payload, sec, nsec) : INT64_MIN;
}

size_t dnstap_name(const uint8_t *wire, size_t n, char text[DNSTAP_NAME])
{
    const struct dnstap_part *p = part();

    return p ? p->name(wire, n, text) : 0;
}

int spool_listen(const char *path)
{
    const struct dnstap_part *p = part();

    if (!p)
        errno = ENOEXEC;
    return p ? p->spool_listen(path) : -1;
}

const char *spool_take(struct spool *spool, int listener)
{
    const struct dnstap_part *p = part();

    return p ? p->spool_take(spool, listener) : no_part;
}
