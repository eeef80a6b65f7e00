/* Names of hosts taken apart at their public suffix, or at their dots.
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

/** Bytes of a name as text: 255 on the wire, each of which may be U+FFFD. */
enum { SUFFIX_LONGEST = 3 * 255 + 1, SUFFIX_MOST = 5 };
enum { SUFFIX_PSL, SUFFIX_DOMAIN, SUFFIX_PREFIX };

/** A name in its parts: co.uk, example.co.uk (what can be registered) and www of
 * www.example.co.uk; or its labels from the right: uk, co, example, www. Parts that it has not got
 * are empty. They lie in name and prefix. */
struct suffix_parts {
    char name[SUFFIX_LONGEST]; /**< lower case, without port and last dot */
    char prefix[SUFFIX_LONGEST];
    const char *part[SUFFIX_MOST];
};

/** name.c: text, n bytes as they came over the wire, to ret->name; all parts are empty. @return its
 * length, 0 where it is no name: an address, too long, with zero bytes */
size_t suffix_clean(const char *text, size_t n, struct suffix_parts *ret);
/** The last SUFFIX_MOST labels of such a name. */
void suffix_labels(const char *text, size_t n, struct suffix_parts *ret);

/** The parts at the public suffix of such a name. */
void suffix_split(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret);

/** split.c, the plugin's part: functions by the names above. */
struct suffix_functions {
    int (*open)(struct suffix_list *list, const char *path, const char **ret_why);
    void (*close)(struct suffix_list *list);
    void (*split)(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret);
};

#endif
