/* Whether a file is a table of text. Knows nothing of tables. */
#ifndef SESSION_TEXT_FILE_H
#define SESSION_TEXT_FILE_H

/** By its content: text whose first line has something that stands between cells; by its name where
 * there is one column. Nothing that is called like a capture. */
int is_table(const char *path);

#endif
