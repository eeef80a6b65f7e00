/* Names of hosts taken apart at their public suffix.
 * Knows nothing of packets. */
#ifndef SUFFIX_H
#define SUFFIX_H

#include <stddef.h>
#include <stdint.h>

#define SUFFIX_VERSION "1.0.0"

enum { SUFFIX_N_KNOWN = 1024, SUFFIX_KNOWN_LONGEST = 62 };

/** A public suffix list. Names under one domain have most of their ends in common: it knows where
 * the suffix begins in those that it was asked for lately. */
struct suffix_list {
    void *psl; /**< the library's */
    struct suffix_known {
        uint8_t n;        /**< 0: none */
        uint8_t n_suffix; /**< bytes of the suffix */
        char end[SUFFIX_KNOWN_LONGEST];
    } known[SUFFIX_N_KNOWN];
};

/** From a file, NULL: the newest of the library's and the system's. *list is zero-filled. 0 with
 * *ret_why (constant) when there is none. */
int suffix_list_open(struct suffix_list *list, const char *path, const char **ret_why);
void suffix_list_close(struct suffix_list *list);

enum { SUFFIX_LONGEST = 256 };

/** A name in its parts: www.example.co.uk is www, example.co.uk, co.uk. Parts that it has not got
 * are empty. They lie in name. */
struct suffix_parts {
    char name[SUFFIX_LONGEST]; /**< lower case, without port and last dot */
    const char *psl;           /**< public suffix */
    const char *domain;        /**< one label more: what can be registered */
    const char *prefix;        /**< what comes before, its last dot cut off */
    char prefix_text[SUFFIX_LONGEST];
};

/** text: n bytes as they came over the wire. All parts are empty where it is no name: an address,
 * too long, with zero bytes. */
void suffix_split(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret);

/** split.c, the plugin's part: functions by the names above. */
struct suffix_functions {
    int (*open)(struct suffix_list *list, const char *path, const char **ret_why);
    void (*close)(struct suffix_list *list);
    void (*split)(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret);
};

#endif
