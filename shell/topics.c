/* The few texts of help that no descriptor can give: the command line's grammar and the like.
 * Must not know commands. */
#include "shell/help.h"

const struct tw_help_topic tw_help_topics[] = {
    {"line", "how a line is read",
     "A line is a pipeline: STAGE | STAGE | …\n"
     "The first stage is a source: a table's name, a capture's name, $variable or a command.\n"
     "Each later one takes the table before it.\n"
     "\n"
     "  ;                 separates pipelines\n"
     "  # …               is a comment, at the start of a word\n"
     "  '…'  \"…\"  \\      quote as in a POSIX shell\n"
     "  $name = PIPELINE  keeps the table; $name shows it\n"
     "  | !PROGRAM …      gives the table as TSV to a program of the system; all up to\n"
     "                    ';' or the end of the line is its command line, with pipes\n"
     "  > FILE            writes the table, in the format of the extension; the file\n"
     "                    appears whole or not at all; .csv.gz and the like is compressed\n"
     "  >> FILE           appends the rows\n"
     "  ?, ? COMMAND      is help\n"
     "\n"
     "In an expression '||' is \"or\" and never a pipe. '>' compares, unless the expression before "
     "it is quoted, or the word after it is clearly a file: it starts with / ./ ../ ~/ or ends in "
     ".csv .tsv .json .ndjson .jsonl .txt .md .markdown .fsdb. When in doubt, quote the "
     "expression:\n"
     "\n"
     "  packets | where frame.len > 1000\n"
     "  packets | where 'frame.len > 1000' > long.csv\n"},
    {"formats", "how results are written",
     "On a terminal a result is aligned text; elsewhere it is TSV with a header and exact values. "
     "--format NAME (or --NAME) on a command, the extension after '>', 'set format NAME' and the "
     "program's --format choose another, in this order.\n"
     "\n"
     "  text       aligned, for people; --wide shows every column\n"
     "  vertical   one line a cell\n"
     "  tsv        tab-separated values with a header\n"
     "  csv        comma-separated (RFC 4180); --csv-safe guards against formulas\n"
     "  json       one array of objects; times as ISO 8601 text, numbers never cut\n"
     "  ndjson     one object a line\n"
     "  fsdb       flat text database\n"
     "  markdown   a Markdown table\n"
     "\n"
     "Control characters, invalid UTF-8 and bidirectional marks in texts are written as \\xHH and "
     "a backslash as \\\\, in every format: what a cell says is the same everywhere and nothing is "
     "lost. Null is empty (JSON: null; text: –). Durations are seconds. A list is joined by commas "
     "(JSON: "
     "an array). --time utc|local|epoch|relative chooses how times are written.\n"},
    {"settings", "what 'set' changes",
     "'set' lists the settings, 'set NAME VALUE' changes one for this session; lines in "
     "$XDG_CONFIG_HOME/trawl/trawlrc are run at the start.\n"},
    {"status", "exit statuses",
     "  0    done\n"
     "  1    a command failed: missing file, unreadable input, no memory\n"
     "  2    usage: unknown command, option or column, bad expression\n"
     "  3    done, but an input was damaged; the whole part is shown (0: --tolerant)\n"
     "  4    nothing matched, with --fail-empty\n"
     "  5    compare --exit-code found differences\n"
     "  130  interrupted\n"
     "  141  the reader of stdout went away\n"},
    {"keys", "keys at the prompt",
     "Emacs keys, or vi keys with 'bind -v' in ~/.editrc (lines there may start with 'trawl:').\n"
     "\n"
     "  TAB      complete; again: list what is possible\n"
     "  Ctrl-R   search the history\n"
     "  Ctrl-C   clear the line, or stop the running command\n"
     "  Ctrl-D   leave, on an empty line\n"
     "  Ctrl-L   clear the screen\n"},
    {NULL, NULL, NULL},
};
