/* What could stand where the cursor is, kind by kind. Private to completion. */
#ifndef TW_SHELL_CANDIDATES_H
#define TW_SHELL_CANDIDATES_H

#include "shell/complete.h"

/* What is being completed. */
struct tw_completing {
    struct tw_shell *shell;
    struct tw_completion *ret;
    const struct tw_word *word; /* being typed */
    const char *prefix;         /* of it that counts: after "--opt=", "-" of a sort key */
    const char *keep;           /* put before each candidate: what the prefix follows */
    const tw_schema *in;        /* columns from the stage before, or NULL */
    const tw_schema *gives;     /* columns of this stage as far as it binds, or NULL */
    const char *ahead;          /* the first word that is no option, or NULL: it is typed now */
    bool verbatim;              /* candidates are not quoted: within an expression */
    const char *text;           /* the line */
    const struct tw_word *expr; /* the first word of the expression being typed, or NULL */
    const trawl_plot *plot;     /* named by the first word of a plotting command */
};

/* Each adds those candidates that the prefix fits. */
void tw_offer(struct tw_completing *s, const char *candidate);
void tw_offer_map(struct tw_completing *s, const struct tw_hashmap *map);
void tw_offer_tables(struct tw_completing *s);
void tw_offer_choices(struct tw_completing *s, const char *const *choices);
void tw_offer_variables(struct tw_completing *s);
void tw_offer_files(struct tw_completing *s);
void tw_offer_formats(struct tw_completing *s);
void tw_offer_commands(struct tw_completing *s, bool first);
void tw_offer_values(struct tw_completing *s, const trawl_arg *arg);

#endif
