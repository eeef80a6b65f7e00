/* A terminal drawn with curses: begun, ended, text in cells, lines that are typed.
 * Knows nothing of what is shown. */
#include "terminal.h"

#include <curses.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

extern const trawl_host *host;

enum { ESCAPE_MS = 25, KEY_ESC = 27, KEY_CTRL_U = 21, KEY_CTRL_H = 8, KEY_DEL = 127 };

/* ---- begin and end ---- */

static FILE *open_copy(int fd, const char *mode)
{
    int copy = dup(fd);
    FILE *file = copy >= 0 ? fdopen(copy, mode) : NULL;

    if (!file && copy >= 0)
        close(copy);
    return file;
}

/* A terminal with one screen alone keeps what was drawn: its last line is the shell's. */
static void leave(void)
{
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
    endwin();
}

void terminal_end(struct terminal *t)
{
    if (t->screen) {
        leave();
        delscreen(t->screen);
    }
    if (t->in)
        fclose(t->in);
    if (t->out)
        fclose(t->out);
}

int terminal_begin(struct terminal *t, const trawl_screen *screen, trawl_error *err)
{
    const char *up;

    t->in = open_copy(screen->in, "r");
    t->out = open_copy(screen->out, "w");
    if (!t->in || !t->out)
        return host->fail(err, TRAWL_E_IO, "could not open the terminal: %s", host->reason(errno));
    t->screen = newterm(NULL, t->out, t->in);
    if (!t->screen)
        return host->fail(err, TRAWL_E_UNSUPPORTED, "this type of terminal is not known: set TERM");
    up = tigetstr("cup");
    if (!up || up == (char *)-1)
        return host->fail(err, TRAWL_E_UNSUPPORTED,
                          "this type of terminal cannot move its cursor: set TERM");
    use_legacy_coding(0); /* it asks the locale of the process, which is none */
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    t->color = screen->color && has_colors() && start_color() == OK && use_default_colors() == OK;
    if (t->color) {
        init_pair(PEN_GAIN, COLOR_GREEN, -1);
        init_pair(PEN_LOSS, COLOR_RED, -1);
        init_pair(PEN_NOTE, COLOR_YELLOW, -1);
    }
    return TRAWL_OK;
}

void terminal_again(void)
{
    reset_prog_mode();
    clearok(curscr, TRUE);
}

void terminal_suspend(trawl_screen *screen)
{
    leave();
    screen->suspend(screen);
    terminal_again();
}

/* ---- text ---- */

static chtype pen_of(const struct terminal *t, int pen)
{
    if (pen == PEN_KEY)
        return A_BOLD;
    return t->color && pen != PEN_PLAIN ? (chtype)COLOR_PAIR(pen) : A_NORMAL;
}

size_t terminal_fit(const char *text, size_t n, unsigned columns, unsigned *ret_width)
{
    size_t at = 0;

    *ret_width = 0;
    while (at < n) {
        size_t step = 1;
        unsigned width;

        while (at + step < n && ((unsigned char)text[at + step] & 0xc0) == 0x80)
            step++;
        width = host->text_width(text + at, step);
        if (*ret_width + width > columns)
            break;
        *ret_width += width;
        at += step;
    }
    return at;
}

/* The longest end of a text that takes at most so many columns. */
static const char *end_of(const char *text, unsigned columns)
{
    while (host->text_width(text, strlen(text)) > columns) {
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    }
    return text;
}

void terminal_put(const struct terminal *t, unsigned y, unsigned x, unsigned width,
                  const char *text, size_t n, int pen, int align)
{
    char safe[TEXT_ROOM];
    size_t n_safe = host->escape(safe, sizeof(safe), text, n), shown;
    unsigned used;
    const char *more = "", *tail = "";

    if (y >= t->rows || x >= t->columns || !width)
        return;
    if (width > t->columns - x)
        width = t->columns - x;
    shown = terminal_fit(safe, n_safe, width, &used);
    if (shown < n_safe) {
        shown = terminal_fit(safe, n_safe, align == ALIGN_ENDS ? width / 3 : width - 1, &used);
        more = "\xe2\x80\xa6";
        used++;
        if (align == ALIGN_ENDS) {
            tail = end_of(safe + shown, width - used);
            used += host->text_width(tail, strlen(tail));
        }
    }
    attron(pen_of(t, pen));
    move((int)y, (int)x);
    for (unsigned i = used; align == ALIGN_RIGHT && i < width; i++)
        addch(' ');
    addnstr(safe, (int)shown);
    addstr(more);
    addstr(tail);
    for (unsigned i = used; align != ALIGN_RIGHT && i < width; i++)
        addch(' ');
    attroff(pen_of(t, pen));
}

void terminal_put_prompt(const struct terminal *t, unsigned y, const char *prompt, const char *text)
{
    const unsigned width = host->text_width(prompt, strlen(prompt));
    const unsigned room = t->columns > width + 1 ? t->columns - width - 1 : 1;
    unsigned used;

    while (terminal_fit(text, strlen(text), room, &used) < strlen(text)) {
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    }
    terminal_put(t, y, 0, width, prompt, strlen(prompt), PEN_KEY, ALIGN_LEFT);
    terminal_put(t, y, width, room, text, strlen(text), PEN_PLAIN, ALIGN_LEFT);
    move((int)y, (int)(width + used));
}

void terminal_put_parts(const struct terminal *t, unsigned y, int pen, const char *text,
                        const char *between)
{
    size_t n = strlen(text);

    while (host->text_width(text, n) > t->columns) {
        size_t at = n;

        while (at && strncmp(text + at - 1, between, strlen(between)) != 0)
            at--;
        if (at > 1) {
            n = at - 1;
        } else if (strcmp(between, " ") != 0) { /* not even the first: as much of it as goes */
            between = " ";
        } else {
            n = strlen(text);
            break;
        }
    }
    terminal_put(t, y, 0, t->columns, text, n, pen, ALIGN_LEFT);
}

/* ---- lines ---- */

enum { INDENT = 2 }; /* of what a line goes on with */

/* Bytes of a row that is made of the start of a line, and *ret_next: where the next begins. */
static size_t row_of(const char *line, unsigned columns, size_t *ret_next)
{
    const size_t n = strlen(line);
    unsigned used;
    size_t fits = terminal_fit(line, n, columns, &used), cut = fits;

    *ret_next = n;
    if (fits == n)
        return n;
    while (cut && line[cut] != ' ')
        cut--;
    if (!cut || strspn(line, " ") >= cut) /* one long word: cut where the row ends */
        cut = fits ? fits : n;
    *ret_next = cut + strspn(line + cut, " ");
    return cut;
}

static size_t put_lines(const struct terminal *t, unsigned y, size_t rows, size_t first,
                        const char *const *lines, size_t n)
{
    size_t row = 0;

    for (size_t i = 0; i < n; i++) {
        const char *rest = lines[i][0] == '|' ? end_of(lines[i], t->columns) : lines[i];
        unsigned indent = 0;

        do {
            const unsigned width = t->columns > indent ? t->columns - indent : 1;
            size_t next, size = row_of(rest, width, &next);

            if (row >= first && row - first < rows)
                terminal_put(t, y + (unsigned)(row - first), indent, width, rest, size, PEN_PLAIN,
                             ALIGN_LEFT);
            row++;
            rest += next;
            indent = INDENT;
        } while (*rest);
    }
    return row;
}

void terminal_put_lines(const struct terminal *t, unsigned y, unsigned rows, size_t first,
                        const char *const *lines, size_t n)
{
    put_lines(t, y, rows, first, lines, n);
}

size_t terminal_rows(const struct terminal *t, const char *const *lines, size_t n)
{
    return put_lines(t, 0, 0, 0, lines, n);
}

/* ---- keys ---- */

size_t terminal_scroll(size_t first, size_t selected, size_t rows, size_t n)
{
    if (selected < first)
        first = selected;
    if (rows && selected >= first + rows)
        first = selected - rows + 1;
    if (first + rows > n)
        first = n > rows ? n - rows : 0;
    return first;
}

int terminal_move(uint32_t key, int is_code, size_t *at, size_t n, size_t rows)
{
    size_t last = n ? n - 1 : 0, to = *at;

    if (is_code ? key == KEY_UP : key == 'k')
        to = to ? to - 1 : 0;
    else if (is_code ? key == KEY_DOWN : key == 'j')
        to++;
    else if (is_code && key == KEY_PPAGE)
        to = to > rows ? to - rows : 0;
    else if (is_code ? key == KEY_NPAGE : key == ' ')
        to += rows;
    else if (is_code ? key == KEY_HOME : key == 'g')
        to = 0;
    else if (is_code ? key == KEY_END : key == 'G')
        to = last;
    else
        return 0;
    *at = to < last ? to : last;
    return 1;
}

static void erase_character(char *text)
{
    size_t n = strlen(text);

    while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
        n--;
    text[n ? n - 1 : 0] = '\0';
}

static void add_character(char *text, size_t room, uint32_t c)
{
    size_t n = strlen(text);
    char bytes[4];
    size_t n_bytes = 0;

    if (c < 0x80) {
        bytes[n_bytes++] = (char)c;
    } else if (c < 0x800) {
        bytes[n_bytes++] = (char)(0xc0 | c >> 6);
        bytes[n_bytes++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        bytes[n_bytes++] = (char)(0xe0 | c >> 12);
        bytes[n_bytes++] = (char)(0x80 | (c >> 6 & 63));
        bytes[n_bytes++] = (char)(0x80 | (c & 63));
    } else if (c < 0x110000) {
        bytes[n_bytes++] = (char)(0xf0 | c >> 18);
        bytes[n_bytes++] = (char)(0x80 | (c >> 12 & 63));
        bytes[n_bytes++] = (char)(0x80 | (c >> 6 & 63));
        bytes[n_bytes++] = (char)(0x80 | (c & 63));
    }
    if (n + n_bytes >= room)
        return;
    memcpy(text + n, bytes, n_bytes);
    text[n + n_bytes] = '\0';
}

enum typed terminal_type(char *text, size_t room, uint32_t key, int is_code)
{
    if (is_code ? key == KEY_ENTER : key == '\n' || key == '\r')
        return TYPED_DONE;
    if (!is_code && key == KEY_ESC)
        return TYPED_LEFT;
    if (is_code ? key == KEY_BACKSPACE : key == KEY_DEL || key == KEY_CTRL_H)
        erase_character(text);
    else if (!is_code && key == KEY_CTRL_U)
        text[0] = '\0';
    else if (!is_code && key >= ' ')
        add_character(text, room, key);
    else
        return TYPED_NOTHING;
    return TYPED_CHANGED;
}
