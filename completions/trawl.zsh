#compdef trawl
# zsh completion for trawl, written by: trawl --emit zsh
_trawl_commands()
{
    local -a commands
    commands=(
        'anonymize:replace values by others that tell nothing but which are equal'
        'bin:cut time into bins and aggregate each'
        'cache:show or empty the cache of captures on disk'
        'capture:capture packets of a network interface'
        'captures:list the loaded captures'
        'clean_cache:empty the disk cache'
        'clean_pcap:write the TCP packets of a capture to another capture file'
        'clocks:how the clocks of two captures differ'
        'commands:list the commands'
        'compare:how the values of every field differ between captures'
        'correlation:which values occur more often and less often at the same times'
        'correlationchanges:when values stop or start to occur at the same times'
        'count:count rows, or the values of columns'
        'describe:summary statistics of columns'
        'dissect:count the values of every field'
        'distinct:each combination of values once'
        'dns:DNS transactions, or a summary of them'
        'dnstap:load what a name server says over a socket'
        'drop:leave columns out'
        'dump:show columns of the first packets, by mptcpanalyzer'\''s names'
        'explore:look through what differs, full screen'
        'export:count the values of every field in each time bin'
        'extract:write what was sent over TCP or UDP to files, one a direction'
        'fields:list the fields that packets can have'
        'flows:bidirectional flows with timeouts, as NFStream makes them'
        'follow:show what both sides of a TCP or UDP conversation said, in turns'
        'goodput:what each MPTCP subflow contributed, as the receiver saw it'
        'graph:draw how often values of fields occur over time, a line each'
        'group:one row for each distinct value, with aggregates'
        'head:keep the first rows'
        'help:explain commands, tables, fields and topics'
        'history:list the lines that were typed'
        'idle_export:write flows of a growing capture as they expire'
        'interfaces:list the interfaces of the loaded captures, or of this machine'
        'join:put rows of another table beside those that agree'
        'lc:list MPTCP connections with their subflows'
        'list_reinjections:list packets that send again what another subflow had sent'
        'load:load capture files'
        'load_csv:read a table out of a csv, tsv or fsdb file'
        'loss:count the packets that were lost between two captures'
        'ls:list the subflows of an MPTCP connection'
        'lt:list TCP connections'
        'map:find the TCP connections of one capture in another'
        'map-mptcp:find the MPTCP connections of one capture in another'
        'merge:put the packets of two captures side by side'
        'metrics:list the flow metrics'
        'mptcp_summary:what an MPTCP connection transferred, and each subflow'\''s part in it'
        'mptcptrace:mptcptrace'\''s graphs and statistics of MPTCP connections, as tables or files'
        'numerics:buffers, windows and overhead of MPTCP, from a topology file'
        'owd:how long packets took from one capture to the other'
        'plot:draw a table or a capture into a file or the terminal'
        'plots:list the plots'
        'plugin:switch a plugin off'
        'plugins:list the plugins, loaded and refused'
        'print_owds:what owd shows, with the arguments in mptcpanalyzer'\''s order'
        'processes:whose the sockets of this machine are'
        'qualify:tell which MPTCP reinjections were of use to the receiver'
        'qualify_reinjections:what qualify shows, with the arguments in mptcpanalyzer'\''s order'
        'quit:leave trawl'
        'rename:give columns other names'
        'sample:keep some rows, chosen at random'
        'save:write packets to a capture file'
        'select:choose, order, name and compute columns'
        'set:show or change settings'
        'sort:put the rows in order'
        'sqlite:write tables to a database of SQLite'
        'streams:list the TCP connections of an address'
        'summary_extended:what goodput shows, with the arguments in mptcpanalyzer'\''s order'
        'tables:list the tables of a capture'
        'tail:keep the last rows'
        'tcp:TCP connections, one of them in detail, or tcptrace'\''s counters'
        'tcp_summary:what each side of a TCP connection transferred, and how fast'
        'tocsv:the packets of TCP under mptcpanalyzer'\''s names, to csv'
        'top:who is slow, refusing or overloaded, by TCP destination'
        'unload:forget loaded captures'
        'use:make a capture the current one'
        'variables:list the tables that were kept'
        'watch:run a command again and again'
        'where:keep the rows for which a condition holds'
        'why:what comes with a value\: who, whom, when, and the packets'
    )
    _describe command commands
    _files
}
_trawl()
{
    local word command=''
    for word in ${words[2,CURRENT-1]}; do
        case $word in
        anonymize|bin|cache|capture|captures|clean_cache|clean_pcap|clocks|commands|compare|correlation|correlationchanges|count|describe|dissect|distinct|dns|dnstap|drop|dump|explore|export|extract|fields|flows|follow|goodput|graph|group|head|help|history|idle_export|interfaces|join|lc|list_reinjections|load|load_csv|loss|ls|lt|map|map-mptcp|merge|metrics|mptcp_summary|mptcptrace|numerics|owd|plot|plots|plugin|plugins|print_owds|processes|qualify|qualify_reinjections|quit|rename|sample|save|select|set|sort|sqlite|streams|summary_extended|tables|tail|tcp|tcp_summary|tocsv|top|unload|use|variables|watch|where|why) command=$word ;;
        esac
    done
    case $command in
    anonymize) _arguments \
        '--key[secret of 32 to 64 bytes, or twice as many hexadecimal digits (default\: a random one, the same until trawl ends)]:FILE:_files' \
        '--method[auto\: cryptopan for addresses, blake2b for all else]:WORD:(auto blake2b cryptopan)' \
        '--bytes[of a digest of blake2b; two digits each]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    bin) _arguments \
        '--by[a row for each value of this column in each bin]:COLUMN:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    cache) _arguments \
        '--all[clear all, as without a capture]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    capture) _arguments \
        '--bpf[take the packets that match a capture filter of libpcap]:BPF:' \
        '-f[take the packets that match a capture filter of libpcap]:BPF:' \
        '--snaplen[take so many bytes of each packet; default\: all]:N:' \
        '-s[take so many bytes of each packet; default\: all]:N:' \
        '--no-promiscuous[only packets from and to this machine]' \
        '-p[only packets from and to this machine]' \
        '--buffer[the kernel'\''s buffer; default\: libpcap'\''s, 2 MiB]:SIZE:' \
        '-B[the kernel'\''s buffer; default\: libpcap'\''s, 2 MiB]:SIZE:' \
        '--write[write the packets to a pcap file too]:FILE:_files' \
        '-w[write the packets to a pcap file too]:FILE:_files' \
        '--ring[of -w\: so many files of a size (8x100M), the oldest written over]:FILES×SIZE:' \
        '--user[become this user once the interface is open]:USER:' \
        '--report[a line on stderr so often\: packets and bits a second, drops, memory]:TIME:' \
        '--name[name of the capture, the same as '\''as NAME'\''; default\: the interface'\''s]:NAME:' \
        '--wait[stay until Ctrl-C, which ends the capture]' \
        '--idle-export[write flows as NDJSON once they have expired, - is stdout; at the end the others, as '\''idle_export'\'' does]:FILE:_files' \
        '--processes[look whose the sockets of this machine are while packets come, for '\''flows | processes'\'' and '\''flows --metric process'\'']' \
        '--idle[of --idle-export\: a flow ends when nothing was seen for this long]:TIME:' \
        '--active[of --idle-export\: a flow ends when it is this old]:TIME:' \
        '--for[stay so long, then end the capture]:TIME:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    captures) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    clean_cache) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    clean_pcap) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    clocks) _arguments \
        '--udp[conversations of UDP instead of TCP connections]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    commands) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    compare) _arguments \
        '*--with[compare the captures before, together, with these, together]:CAPTURE:' \
        '--against[first\: compare the first with each of the others]:WORD:(next first)' \
        '--merge[take several captures as one, and compare its time bins]' \
        '--bin[over time\: width of the bins, aligned to 1970, each compared with the next (default\: a round one that makes about ten; with --compat taffy 1s)]:DURATION:' \
        '-b[over time\: width of the bins, aligned to 1970, each compared with the next (default\: a round one that makes about ten; with --compat taffy 1s)]:DURATION:' \
        '--between[over time\: only packets from this time on]:T1:' \
        '--and[over time\: only packets before this time]:T2:' \
        '--left-where[on the left only packets for which this holds; of one capture, too]:EXPR:' \
        '--right-where[on the right only packets for which this holds]:EXPR:' \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--threshold[only rows whose share differs by more than this]:N:' \
        '-t[only rows whose share differs by more than this]:N:' \
        '--min-count[only rows whose total is above this]:N:' \
        '-c[only rows whose total is above this]:N:' \
        '--top[at most N rows for each field]:N:' \
        '-x[at most N rows for each field]:N:' \
        '--sort[order of the rows of a field, highest first, also by a column'\''s name here or in traffic-taffy]:COLUMN:(delta% delta left right left% right% total)' \
        '-s[order of the rows of a field, highest first, also by a column'\''s name here or in traffic-taffy]:COLUMN:(delta% delta left right left% right% total)' \
        '--reverse[lowest first]' \
        '-r[lowest first]' \
        '--only-positive[only values with a larger share on the right]' \
        '-P[only values with a larger share on the right]' \
        '--only-negative[only values with a smaller share on the right]' \
        '-N[only values with a smaller share on the right]' \
        '--quantiles[durations by p50, p90 and p99, instead of counts of values]' \
        '--exit-code[exit status 5 when a row differs]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    correlation) _arguments \
        '--method[of ranks, of counts, or of order; corrcoef is another name of pearson]:WORD:(spearman pearson kendall corrcoef)' \
        '--bin[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '-b[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '--fill[all bins from the first packet to the last, also empty ones]' \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that one of the bins has at least N times]:N:' \
        '-c[only values that one of the bins has at least N times]:N:' \
        '--max-series[only the N most frequent values; every two of them are looked at]:N:' \
        '--minimum-correlation[only pairs with a correlation above this]:N:' \
        '--absolute[also pairs as far below zero\: one falls when the other rises]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    correlationchanges) _arguments \
        '--method[of ranks, of counts, or of order; corrcoef is another name of pearson]:WORD:(spearman pearson kendall corrcoef)' \
        '--bin[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '-b[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '--fill[all bins from the first packet to the last, also empty ones]' \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that one of the bins has at least N times]:N:' \
        '-c[only values that one of the bins has at least N times]:N:' \
        '--max-series[only the N most frequent values; every two of them are looked at]:N:' \
        '--comparison-width[bins of a window]:BINS:' \
        '--slide-length[bins to the next two windows (default\: those of a window)]:BINS:' \
        '--minimum-change[only pairs whose correlation changes by at least this]:N:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    count) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    describe) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    dissect) _arguments \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that occur at least N times, in all or in one of the bins]:N:' \
        '-c[only values that occur at least N times, in all or in one of the bins]:N:' \
        '--top[at most N values of each field (and bin)]:N:' \
        '-x[at most N values of each field (and bin)]:N:' \
        '--bin[count in time bins of this width too, aligned to 1970]:DURATION:' \
        '-b[count in time bins of this width too, aligned to 1970]:DURATION:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    distinct) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    dns) _arguments \
        '--names[of a summary\: how many of the slowest and of the unanswered names]:N:' \
        '-n[of a summary\: how many of the slowest and of the unanswered names]:N:' \
        '--capture[of this capture instead of the current one]:CAPTURE:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    dnstap) _arguments \
        '--count[stop after so many messages]:N:' \
        '-c[stop after so many messages]:N:' \
        '--duration[stop after so long]:SPAN:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    drop) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    dump) _arguments \
        '--rows[how many]:N:' \
        '-n[how many]:N:' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    explore) _arguments \
        '--level[fields to count, as in compare]:1|2|3|10:' \
        '-d[fields to count, as in compare]:1|2|3|10:' \
        '--bin[width of the time bins that can be a side (default\: by length)]:DURATION:' \
        '-b[width of the time bins that can be a side (default\: by length)]:DURATION:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '--match-value[only values that contain this]:TEXT:' \
        '-M[only values that contain this]:TEXT:' \
        '--threshold[only rows whose share differs by more than this]:N:' \
        '-t[only rows whose share differs by more than this]:N:' \
        '--min-count[only rows whose total is above this]:N:' \
        '-c[only rows whose total is above this]:N:' \
        '--top[at most N rows for each field]:N:' \
        '-x[at most N rows for each field]:N:' \
        '--sort[order of the rows of each field, delta% where -r or -x is given; without any of them all fields by effect]:WORD:(delta% delta left right total effect q)' \
        '-s[order of the rows of each field, delta% where -r or -x is given; without any of them all fields by effect]:WORD:(delta% delta left right total effect q)' \
        '--reverse[lowest first]' \
        '-r[lowest first]' \
        '--only-positive[only values with a larger share on the right]' \
        '-P[only values with a larger share on the right]' \
        '--only-negative[only values with a smaller share on the right]' \
        '-N[only values with a smaller share on the right]' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    export) _arguments \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that occur at least N times, in all or in one of the bins]:N:' \
        '-c[only values that occur at least N times, in all or in one of the bins]:N:' \
        '--top[at most N values of each field (and bin)]:N:' \
        '-x[at most N values of each field (and bin)]:N:' \
        '--bin[width of the time bins, aligned to 1970]:DURATION:' \
        '-b[width of the time bins, aligned to 1970]:DURATION:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    extract) _arguments \
        '--into[folder for the files, made if it is not there (default\: the capture'\''s name with -streams)]:FOLDER:_files' \
        '-o[folder for the files, made if it is not there (default\: the capture'\''s name with -streams)]:FOLDER:_files' \
        '--gaps[what stands for missing bytes\: a line that says how many, as many zeros, or nothing]:WORD:(mark fill cut)' \
        '--udp[UDP conversations instead, by udp.stream\: datagrams in their order; after udp it is meant]' \
        '--force[replace files that are there]' \
        '--limit[write nothing if there would be more files; 0\: no limit]:N:' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    fields) _arguments \
        '--level[only what dissect and compare count at this level (1, 2, 3, 10)]:N:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    flows) _arguments \
        '--idle[a flow ends when nothing was seen for this long; 0\: after each packet]:DURATION:' \
        '--active[a flow ends when it is this old; 0\: after each packet]:DURATION:' \
        '--accounting[bytes that are counted\: whole frames, from the IP header, from the transport header, or its payload]:WORD:(frame ip transport payload)' \
        '--stats[add statistics of sizes, gaps and TCP flags]' \
        '--splt[list direction, size and gap of the first N packets]:N:' \
        '--dissections[name applications, servers and fingerprints by the first N packets of each flow; 0\: do not (default\: 20 with NFStream'\''s columns, else 0)]:N:' \
        '*--metric[add the columns of flow metrics, which '\''metrics'\'' lists (NAME\:ARG=VALUE,…), or one of an expression\: '\''big = count(frame.len > 666)'\'']:METRIC:' \
        '--max-flows[give the first N flows that expire; 0\: all]:N:' \
        '--capacity[most flows at a time\: for one more, that unused for longest ends; 0\: no limit]:N:' \
        '--bpf[only packets that this filter in libpcap'\''s language lets pass]:FILTER:' \
        '--no-tunnels[what is in a tunnel counts as the packet that carries it; IP in IP is unwrapped all the same]' \
        '--macs[add link addresses and who made them]' \
        '--community-id[add the Community ID, by which other tools know a flow]' \
        '--community-seed[the same with this seed]:N:' \
        '--view[columns under other names\: NFStream'\''s, in milliseconds, those of its first releases, Zeek'\''s conn.log, or IPFIX'\'']:WORD:(trawl nfstream nfstream-old zeek ipfix)' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    follow) _arguments \
        '--as[lines of text, 16 bytes a row, or each packet'\''s bytes as hex]:WORD:(ascii hex raw)' \
        '--udp[a UDP conversation, by udp.stream, datagrams in their order]' \
        '--from[one side alone]:WORD:(client server)' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    goodput) _arguments \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    graph) _arguments \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that one of the bins has at least N times]:N:' \
        '-c[only values that one of the bins has at least N times]:N:' \
        '--bin[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '-b[width of the time bins, aligned to 1970 (default\: a round one that makes about a hundred; with --compat taffy 1s)]:DURATION:' \
        '--top[only the N most frequent values (default\: 12; packets when nothing is chosen)]:N:' \
        '-x[only the N most frequent values (default\: 12; packets when nothing is chosen)]:N:' \
        '--by-percentage[share of what is drawn in each bin, instead of counts]' \
        '-p[share of what is drawn in each bin, instead of counts]' \
        '--fill[bins without a value are 0, instead of a break in its line]' \
        '--output[draw into this file\: .png, .svg, .pdf; .xpl for xplot, .csv for the numbers; without it, in the terminal]:FILE:_files' \
        '-o[draw into this file\: .png, .svg, .pdf; .xpl for xplot, .csv for the numbers; without it, in the terminal]:FILE:_files' \
        '--size[size of the picture in pixels]:WxH:' \
        '--title[other title; none\: no title]:TEXT:' \
        '*--style[draw lines, or single points, in another way; given again\: the next line]:WORD:(line dots steps line-dots)' \
        '--primary[copy the path of the picture to the primary selection]' \
        '--log[logarithmic axes; values that are not above 0 are left out]:WORD:(x y xy)' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    group) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    head) _arguments \
        '--lines[the same]:N:' \
        '-n[the same]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    help) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    history) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    idle_export) _arguments \
        '--capture[a capture that grows, instead of the current one]:CAPTURE:' \
        '--idle[a flow ends when nothing was seen for this long]:TIME:' \
        '--active[a flow ends when it is this old]:TIME:' \
        '*--metric[add these columns, as '\''flows'\'' does]:METRIC:' \
        '--dissections[name applications by the first N packets of each flow, as '\''flows'\'' does]:N:' \
        '--stats[add statistics, as '\''flows'\'' does]' \
        '--splt[list the first N packets, as '\''flows'\'' does]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    interfaces) _arguments \
        '--machine[this machine'\''s own, which '\''capture'\'' takes]' \
        '-m[this machine'\''s own, which '\''capture'\'' takes]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    join) _arguments \
        '--left[keep rows of the left table that have no partner]' \
        '--outer[keep rows of both tables that have no partner]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    lc) _arguments \
        '--all[show keys, tokens and other columns that are hidden else]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    list_reinjections) _arguments \
        '--summary[sums for each subflow and side of one connection instead of packets]' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    load) _arguments \
        '--name[name of the capture, the same as '\''as NAME'\''; default\: from the file'\''s name]:NAME:' \
        '--count[stop after so many packets]:N:' \
        '-c[stop after so many packets]:N:' \
        '--bpf[keep the packets that match a capture filter of libpcap]:BPF:' \
        '-f[keep the packets that match a capture filter of libpcap]:BPF:' \
        '--where[keep the packets that match an expression]:EXPRESSION:' \
        '-Y[keep the packets that match an expression]:EXPRESSION:' \
        '--merge[read several files as one capture, in time order\: as without it]' \
        '--each[make each of several files a capture of its own]' \
        '--follow[go on with what is added to the file, or comes through the pipe]' \
        '--wait[with --follow\: stay until it ends, a FIFO has no writer any more, or Ctrl-C ends it]' \
        '--idle-export[with --follow\: write flows as NDJSON once they have expired, - is stdout, as '\''idle_export'\'' does]:FILE:_files' \
        '--no-cache[read the files, and keep nothing of them on disk]' \
        '--cache[keep the capture on disk, also if reading takes less than a second]' \
        '-C[keep the capture on disk, also if reading takes less than a second]' \
        '--force-overwrite[read the files again and replace what is kept of them]' \
        '--force-load[use what is kept of the files even if they have changed since]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    load_csv) _arguments \
        '--name[name of the table, the same as '\''as NAME'\''; default\: from the file'\''s name]:NAME:' \
        '--delimiter[what stands between cells, tab for a tab (default\: what the first line has most of\: tab | ; or ,)]:CHAR:' \
        '--no-header[the first line has no names\: columns are column_1, column_2 …]' \
        '--text-only[take every cell for text]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    loss) _arguments \
        '--right-id[its number in the second (default\: the one that '\''map'\'' finds)]:N:' \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--mptcp[subflows of MPTCP\: numbers and ends are those of its connections]' \
        '--udp[conversations of UDP instead of TCP connections]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    ls) _arguments \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--all[show both sides'\'' versions, the interface and the first packet too]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    lt) _arguments \
        '--all[show every column, those that are usually hidden too]' \
        '--detailed[the same as --all]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    map) _arguments \
        '--trim[leave out what has a lower score]:SCORE:' \
        '--limit[at most N for the connection of ID]:N:' \
        '--verbose[show what the score is made of]' \
        '-v[show what the score is made of]' \
        '--udp[conversations of UDP instead of TCP connections]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    map-mptcp) _arguments \
        '--trim[leave out what has a lower score]:SCORE:' \
        '--limit[at most N for the connection of ID]:N:' \
        '--verbose[show whether the keys are the same]' \
        '-v[show whether the keys are the same]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    merge) _arguments \
        '--right-id[its number in the second (default\: the one that '\''map'\'' finds)]:N:' \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--clock[estimate how the second clock differs, and take that away]' \
        '--mptcp[subflows of MPTCP\: numbers and ends are those of its connections]' \
        '--udp[conversations of UDP instead of TCP connections]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    metrics) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    mptcp_summary) _arguments \
        '--dest[only what goes to this side (default\: both)]:WORD:(client server Client Server)' \
        '--full[the subflows too, as mptcpanalyzer'\''s second version asks for them\: they are always shown]' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    mptcptrace) _arguments \
        '--graph[which of mptcptrace'\''s outputs (default\: stats; with --into all of them)]:WORD:(seq acksize gput flight flight_per_flow rightEdge rtt sf reinject add_addr rm_addr stats file_stats)' \
        '-g[which of mptcptrace'\''s outputs (default\: stats; with --into all of them)]:WORD:(seq acksize gput flight flight_per_flow rightEdge rtt sf reinject add_addr rm_addr stats file_stats)' \
        '--into[write mptcptrace'\''s files to this folder, which is made if it is not there]:FOLDER:_files' \
        '-o[write mptcptrace'\''s files to this folder, which is made if it is not there]:FOLDER:_files' \
        '--writer[which files of graphs\: csv, xplot]:WORD:(both csv xplot)' \
        '-w[which files of graphs\: csv, xplot]:WORD:(both csv xplot)' \
        '--force[replace files that are there]' \
        '--acks[of goodput\: how many make a block, and the moving average]:N:' \
        '-G[of goodput\: how many make a block, and the moving average]:N:' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    numerics) _arguments \
        '--rtt[round trips\: fowd + bowd, or rtt_us of a new file]:WORD:(paths measured)' \
        '*--withstand-rto[the first window of this subflow is lost and sent again after its RTO]:SUBFLOW:' \
        '--duration[length of the run (default\: a cycle, longer with --withstand-rto)]:DURATION:' \
        '--round[round trips are rounded down to a multiple of this to find the cycle; 0\: not at all (default\: 5ms for new files, 0 for old ones)]:DURATION:' \
        '--scheduler[who sends first\: the least delay forward, the greatest, by name]:WORD:(fowd fowd-down name)' \
        '--buffer[the receiver'\''s buffer, instead of the file'\''s]:SIZE:' \
        '*--sfmin[of optcwnd\: the least part of the bytes, 0 to 1]:SUBFLOW=RATIO:' \
        '*--sfmax[of optcwnd\: the greatest part of the bytes]:SUBFLOW=RATIO:' \
        '*--sfmincwnd[of optcwnd\: the least window, in segments]:SUBFLOW=N:' \
        '*--sfmaxcwnd[of optcwnd\: the greatest window, in segments]:SUBFLOW=N:' \
        '--time-limit[of optcwnd\: the best found until then is given]:DURATION:' \
        '--lp[of optbuffer and optcwnd\: write the problem in CPLEX'\''s LP format]:FILE:_files' \
        '-o[of optbuffer and optcwnd\: write the problem in CPLEX'\''s LP format]:FILE:_files' \
        '--result[of optbuffer and optcwnd\: write the result as JSON]:FILE:_files' \
        '-j[of optbuffer and optcwnd\: write the result as JSON]:FILE:_files' \
        '--model[of overhead\: sizes of DSS options as mptcpnumerics reckons, or as RFC 8684 says]:WORD:(seed rfc)' \
        '--checksum[of overhead\: DSS options have checksums]' \
        '--coverage[of overhead\: bytes that one DSS mapping covers]:SIZE:' \
        '--split[of overhead\: how bytes spread over the subflows (default\: as the file says in contribution, else by throughput, else equally)]:WORD:(contribution throughput equal)' \
        '--up-to[of overhead\: bytes sent, at most]:SIZE:' \
        '--bytes[of overhead\: for so many bytes sent alone]:SIZE:' \
        '--latex[of overhead\: the formula in LaTeX]' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    owd) _arguments \
        '--right-id[its number in the second (default\: the one that '\''map'\'' finds)]:N:' \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--summary[a row for each direction of a connection, instead of each packet]' \
        '--clock[estimate how the second clock differs, and take that away]' \
        '--mptcp[subflows of MPTCP\: numbers and ends are those of its connections]' \
        '--udp[conversations of UDP instead of TCP connections]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    plot) _arguments \
        '--output[draw into this file\: .png, .svg, .pdf; .xpl for xplot, .csv for the numbers; without it, in the terminal]:FILE:_files' \
        '-o[draw into this file\: .png, .svg, .pdf; .xpl for xplot, .csv for the numbers; without it, in the terminal]:FILE:_files' \
        '--size[size of the picture in pixels]:WxH:' \
        '--title[other title; none\: no title]:TEXT:' \
        '*--style[draw lines, or single points, in another way; given again\: the next line]:WORD:(line dots steps line-dots)' \
        '--primary[copy the path of the picture to the primary selection]' \
        '--log[logarithmic axes; values that are not above 0 are left out]:WORD:(x y xy)' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    plots) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    plugin) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    plugins) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    print_owds) _arguments \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--summary[a row for each direction of a connection, instead of each packet]' \
        '--clock[estimate how the second clock differs, and take that away]' \
        '--mptcp[subflows of MPTCP\: numbers and ends are those of its connections]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    processes) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    qualify) _arguments \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--failed[those that brought nothing, or never came, too]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    qualify_reinjections) _arguments \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '--failed[those that brought nothing, or never came, too]' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    quit) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    rename) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    sample) _arguments \
        '--seed[another seed gives another sample]:S:' \
        '-s[another seed gives another sample]:S:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    save) _arguments \
        '--capture[save this capture instead of the current one]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    select) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    set) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    sort) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    sqlite) _arguments \
        '--name[what the table of the pipe is called in the database]:NAME:' \
        '--add[keep what is in the database, but for tables of the same names]' \
        '--capture[tables of this capture (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    streams) _arguments \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    summary_extended) _arguments \
        '*--dest[only what goes to this end of the connection (default\: both ways)]:WORD:(client server Client Server)' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    tables) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    tail) _arguments \
        '--lines[the same]:N:' \
        '-n[the same]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    tcp) _arguments \
        '--view[the counters of tcptrace, under its names]:WORD:(tcptrace)' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    tcp_summary) _arguments \
        '--full[both directions, as mptcpanalyzer'\''s second version asks for them\: they are always shown]' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    tocsv) _arguments \
        '--tcpstream[packets of this TCP connection]:N:' \
        '--mptcpstream[packets of this MPTCP connection]:MPTCP:' \
        '*--destination[packets towards this end, of the MPTCP connection with --mptcpstream]:WORD:(Client Server)' \
        '--drop-syn[leave packets with SYN out]' \
        '--delimiter[what stands between cells of the file]:CHAR:' \
        '--capture[capture to look at (default\: the current one)]:CAPTURE:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    top) _arguments \
        '--by[what a row is\: address and port, address, network, port, name by the capture'\''s own DNS, name asked for by TLS, autonomous system, label, application]:WORD:(endpoint address prefix port name sni asn label application)' \
        '--percentiles[which of each measure are shown (otherwise 95)]:P,P…:' \
        '*--local[addresses on this side\: rows are remote ones, apart by who opened the connection]:PREFIX:' \
        '--ephemeral[ports from here on are clients'\'' (trtop\: 32788); 0\: who sent the SYN is, without one the higher port]:PORT:' \
        '--prefix4[length of the IPv4 networks of --by prefix]:BITS:' \
        '--prefix6[the same of IPv6]:BITS:' \
        '*--resolve[who gives addresses names, in this order\: answers (of the capture, else taken), hosts, hosts\:FILE, dns, dns\:SERVER, asn, label, or a plugin'\''s]:RESOLVER:' \
        '--resolve-wait[the longest time for names that others have to be asked for; what comes later is there the next time]:DURATION:' \
        '*--allow[count only destinations of a list\: list\:FILE, to\:ADDRESS\[/BITS\]\[\:PORT\],…, or a plugin'\''s]:LIST:' \
        '*--analyze[add the columns of an analyzer\: sizes, or a plugin'\''s]:ANALYZER:' \
        '--protocols[add response times of DNS and HTTP and the time of TLS handshakes, and rows of servers that had only such]' \
        '--bars[draw how rtt is spread]' \
        '--compare[show what got slower since this capture]:CAPTURE:' \
        '--view[trtop\: its columns, texts and order; append\: its reporter'\''s line for each]:WORD:(trawl trtop append)' \
        '--report[write trtop'\''s screen to the file PREFIX.trtop too]:PREFIX:_files' \
        '--live[go on\: on a terminal a screen, refreshed while the capture grows (? shows its keys); else tables that follow each other]' \
        '--interface[capture on an interface, if nobody does yet, and go on with it]:INTERFACE:' \
        '-i[capture on an interface, if nobody does yet, and go on with it]:INTERFACE:' \
        '--bpf[of -i\: take the packets that match a capture filter]:BPF:' \
        '-f[of -i\: take the packets that match a capture filter]:BPF:' \
        '--batch[go on with tables that follow each other, on a terminal too]' \
        '--interval[of those that go on\: time between two looks]:DURATION:' \
        '--count[end after so many tables]:N:' \
        '-c[end after so many tables]:N:' \
        '--step[of those that go on\: go through a file'\''s own time in such steps]:DURATION:' \
        '--idle[of a capture that grows\: let go of a destination without a segment for so long; what it counted stays in the totals]:DURATION:' \
        '--where[of those that go on\: only rows for which it holds]:EXPR:' \
        '-Y[of those that go on\: only rows for which it holds]:EXPR:' \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    unload) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    use) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    variables) _arguments \
        '*--sort[order the rows by a column; -COL for descending; may be repeated]:\[-\]COLUMN:' \
        '--top[keep the first rows only]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    watch) _arguments \
        '--count[stop after so many runs; default\: at Ctrl-C]:N:' \
        '-c[stop after so many runs; default\: at Ctrl-C]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    where) _arguments \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    why) _arguments \
        '*--with[the captures before, together, are the left side, these the right one]:CAPTURE:' \
        '--left[the bin with this time is the left side, of one capture or of the left one]:T1:' \
        '--right[and the bin with this time the right one; of two captures one may be whole]:T2:' \
        '--bin[width of these bins, aligned to 1970 (default\: of one capture as '\''compare'\'' takes it, about ten; of two, and with --compat taffy, 1s)]:DURATION:' \
        '-b[width of these bins, aligned to 1970 (default\: of one capture as '\''compare'\'' takes it, about ten; of two, and with --compat taffy, 1s)]:DURATION:' \
        '--packets[the packets that have the value, instead of what comes with it]' \
        '--side[whose packets; any\: of the right side, of the left where that has none]:WORD:(any left right)' \
        '--among[the other packets; field\: those with another value of the field, all\: all]:WORD:(field all)' \
        '--level[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '-d[fields to count\: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 all]:1|2|3|10:' \
        '*--fields[count these fields instead of a level'\''s]:FIELD:' \
        '*--ignore[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '*-I[leave these fields and those below them out, instead of the checksums, identifiers and sequence numbers; none\: count all]:FIELD:' \
        '--match[only fields with this in their name]:TEXT:' \
        '-m[only fields with this in their name]:TEXT:' \
        '*--match-value[only values that contain this (any of several)]:TEXT:' \
        '*-M[only values that contain this (any of several)]:TEXT:' \
        '--packet-count[only the first N packets of each capture]:N:' \
        '-n[only the first N packets of each capture]:N:' \
        '--compat[taffy\: count as traffic-taffy does where the two differ]:WORD:(trawl taffy)' \
        '--match-expression[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '-E[only rows for which this holds; it knows timestamp, key, subkey, value]:EXPR:' \
        '--min-count[only values that at least N of the packets have]:N:' \
        '-c[only values that at least N of the packets have]:N:' \
        '--max-q[only values with a q or a change_q up to this]:N:' \
        '--all[also values that are no more frequent than in the other packets, and each of those that stand in the same packets]' \
        '--top[at most N values of each field; 0\: all]:N:' \
        '-x[at most N values of each field; 0\: all]:N:' \
        '--format[write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …]:FORMAT:' \
        '--json[the same as --format json]' \
        '--csv[the same as --format csv]' \
        '--tsv[the same as --format tsv]' \
        '--ndjson[the same as --format ndjson]' \
        '--markdown[the same as --format markdown]' \
        '--vertical[the same as --format vertical]' \
        '--fsdb[the same as --format fsdb]' \
        '--text[the same as --format text]' \
        '--time[write times as utc, local, epoch or relative]:HOW:(utc local epoch relative)' \
        '--output[write the result to a file, the format taken from its name]:FILE:_files' \
        '-o[write the result to a file, the format taken from its name]:FILE:_files' \
        '--wide[show every column, however narrow the terminal]' \
        '--delimiter[write csv with this in the place of commas, tab for a tab]:CHAR:' \
        '--csv-safe[keep spreadsheets from running cells as formulas]' \
        '--rotate[a new file after so many rows\: x.csv is x.0.csv, x.1.csv …]:ROWS:' \
        '--rotate-files[at most N of them\: the first is written anew then]:N:' \
        '--anonymize[columns, a,b,c, whose values nobody is to know]:COLUMNS:' \
        '--anonymize-key[the secret for that; see '\''help anonymize'\'']:FILE:_files' \
        '--fail-empty[end with status 4 when there are no rows]' \
        '--help[show the help of this command]' \
        '*:argument:_files' ;;
    *) _arguments \
        '*--read[load a capture\: a file, a folder, - for stdin]:FILE:_files' \
        '*-r[load a capture\: a file, a folder, - for stdin]:FILE:_files' \
        '*--command[run a command line, then leave]:LINE:' \
        '*-c[run a command line, then leave]:LINE:' \
        '--batch[run the command lines of a file, as naming it does]:FILE:_files' \
        '-b[run the command lines of a file, as naming it does]:FILE:_files' \
        '*--load[the same as --read]:FILE:_files' \
        '*-l[the same as --read]:FILE:_files' \
        '--filter[load only packets that pass a capture filter]:BPF:' \
        '-f[load only packets that pass a capture filter]:BPF:' \
        '--where[load only packets for which a display filter holds]:EXPRESSION:' \
        '-Y[load only packets for which a display filter holds]:EXPRESSION:' \
        '--merge[load several files as one capture]' \
        '--keep-going[go on after a command failed]' \
        '-k[go on after a command failed]' \
        '--quiet[no warnings, notes, progress or footer; damage shows in the exit status alone]' \
        '-q[no warnings, notes, progress or footer; damage shows in the exit status alone]' \
        '--no-names[accepted for tcpdump'\''s users\: names are never resolved unasked]' \
        '-n[accepted for tcpdump'\''s users\: names are never resolved unasked]' \
        '--format[text, vertical, csv, tsv, json, ndjson, fsdb, markdown; --json and the like are short for it]:FORMAT:' \
        '--wide[show every column, however narrow the terminal]' \
        '--time[how times are written]:WORD:(utc local epoch relative)' \
        '--color[colour on the terminal]:WORD:(auto always never)' \
        '--threads[threads that work; otherwise the cores]:N:' \
        '--memory-limit[memory for captures and tables, 0\: no limit; otherwise three quarters of the machine'\''s]:SIZE:' \
        '*--plugin-dir[load plugins from one more folder]:FOLDER:_files' \
        '--no-cache[load captures from their files, and keep nothing of them on disk]' \
        '--cache[keep loaded captures on disk, also those that are read in less than a second]' \
        '-C[keep loaded captures on disk, also those that are read in less than a second]' \
        '--force-overwrite[read captures again and replace what is kept of them]' \
        '--regen[the same as --force-overwrite]' \
        '--force-load[use what is kept of captures even if their files have changed since]' \
        '--cache-file-suffix[accepted for traffic-taffy'\''s users, who name files beside the capture\: here they are in a folder of their own, see '\''cache info'\'']:SUFFIX:' \
        '--tolerant[damaged input does not change the exit status]' \
        '--fail-empty[exit status 4 when a result has no rows]' \
        '--interactive[go on at the prompt after -c]' \
        '-i[go on at the prompt after -c]' \
        '--no-init[do not run trawlrc]' \
        '--emit[write man, bash, zsh, fish or docs into the folder that follows]:WHAT:' \
        '--version[versions of trawl and its libraries]' \
        '--help[this text]' \
        '-h[this text]' \
        '*:command or file:_trawl_commands' ;;
    esac
}
_trawl "$@"
