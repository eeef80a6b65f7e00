# bash completion for trawl, written by: trawl --emit bash
_trawl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local command='' i options
    COMPREPLY=()
    case $prev in
    -r|--read)
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
    -c|--command)
        :
        return ;;
    -b|--batch)
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
    -l|--load)
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
    -f|--filter)
        :
        return ;;
    -Y|--where)
        :
        return ;;
    --format)
        :
        return ;;
    --time)
        mapfile -t COMPREPLY < <(compgen -W 'utc local epoch relative' -- "$cur")
        return ;;
    --color)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
        return ;;
    --threads)
        :
        return ;;
    --memory-limit)
        :
        return ;;
    --plugin-dir)
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
    --cache-file-suffix)
        :
        return ;;
    --emit)
        :
        return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        anonymize|bin|cache|capture|captures|clean_cache|clean_pcap|clocks|commands|compare|correlation|correlationchanges|count|describe|dissect|distinct|dns|dnstap|drop|dump|explore|export|extract|fields|flows|follow|goodput|graph|group|head|help|history|idle_export|interfaces|join|lc|list_reinjections|load|load_csv|loss|ls|lt|map|map-mptcp|merge|metrics|mptcp_summary|mptcptrace|numerics|owd|plot|plots|plugin|plugins|print_owds|processes|qualify|qualify_reinjections|quit|rename|sample|save|select|set|sort|sqlite|streams|summary_extended|tables|tail|tcp|tcp_summary|tocsv|top|unload|use|variables|watch|where|why)
            command=${COMP_WORDS[i]} ;;
        esac
    done
    case $command in
    anonymize) options='--key --method --bytes --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    bin) options='--by --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    cache) options='--all --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    capture) options='--bpf --snaplen --no-promiscuous --buffer --write --ring --user --report --name --wait --idle-export --processes --idle --active --for --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    captures) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    clean_cache) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    clean_pcap) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    clocks) options='--udp --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    commands) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    compare) options='--with --against --merge --bin --between --and --left-where --right-where --level --fields --ignore --match --match-value --packet-count --compat --match-expression --threshold --min-count --top --sort --reverse --only-positive --only-negative --quantiles --exit-code --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    correlation) options='--method --bin --fill --level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --max-series --minimum-correlation --absolute --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    correlationchanges) options='--method --bin --fill --level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --max-series --comparison-width --slide-length --minimum-change --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    count) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    describe) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    dissect) options='--level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --top --bin --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    distinct) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    dns) options='--names --capture --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    dnstap) options='--count --duration --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    drop) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    dump) options='--rows --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    explore) options='--level --bin --match --match-value --threshold --min-count --top --sort --reverse --only-positive --only-negative --packet-count --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    export) options='--level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --top --bin --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    extract) options='--into --gaps --udp --force --limit --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    fields) options='--level --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    flows) options='--idle --active --accounting --stats --splt --dissections --metric --max-flows --capacity --bpf --no-tunnels --macs --community-id --community-seed --view --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    follow) options='--as --udp --from --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    goodput) options='--dest --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    graph) options='--level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --bin --top --by-percentage --fill --output --size --title --style --primary --log --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    group) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    head) options='--lines --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    help) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    history) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    idle_export) options='--capture --idle --active --metric --dissections --stats --splt --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    interfaces) options='--machine --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    join) options='--left --outer --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    lc) options='--all --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    list_reinjections) options='--summary --capture --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    load) options='--name --count --bpf --where --merge --each --follow --wait --idle-export --no-cache --cache --force-overwrite --force-load --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    load_csv) options='--name --delimiter --no-header --text-only --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    loss) options='--right-id --dest --mptcp --udp --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    ls) options='--capture --all --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    lt) options='--all --detailed --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    map) options='--trim --limit --verbose --udp --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    map-mptcp) options='--trim --limit --verbose --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    merge) options='--right-id --dest --clock --mptcp --udp --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    metrics) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    mptcp_summary) options='--dest --full --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    mptcptrace) options='--graph --into --writer --force --acks --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    numerics) options='--rtt --withstand-rto --duration --round --scheduler --buffer --sfmin --sfmax --sfmincwnd --sfmaxcwnd --time-limit --lp --result --model --checksum --coverage --split --up-to --bytes --latex --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    owd) options='--right-id --dest --summary --clock --mptcp --udp --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    plot) options='--output --size --title --style --primary --log --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    plots) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    plugin) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    plugins) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    print_owds) options='--dest --summary --clock --mptcp --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    processes) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    qualify) options='--dest --failed --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    qualify_reinjections) options='--dest --failed --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    quit) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    rename) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    sample) options='--seed --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    save) options='--capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    select) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    set) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    sort) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    sqlite) options='--name --add --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    streams) options='--capture --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    summary_extended) options='--dest --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    tables) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    tail) options='--lines --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    tcp) options='--view --capture --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    tcp_summary) options='--full --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    tocsv) options='--tcpstream --mptcpstream --destination --drop-syn --delimiter --capture --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    top) options='--by --percentiles --local --ephemeral --prefix4 --prefix6 --resolve --resolve-wait --allow --analyze --protocols --bars --compare --view --report --live --interface --bpf --batch --interval --count --step --idle --where --sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    unload) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    use) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    variables) options='--sort --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    watch) options='--count --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    where) options='--format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    why) options='--with --left --right --bin --packets --side --among --level --fields --ignore --match --match-value --packet-count --compat --match-expression --min-count --max-q --all --top --format --json --csv --tsv --ndjson --markdown --vertical --fsdb --text --time --output --wide --delimiter --csv-safe --rotate --rotate-files --anonymize --anonymize-key --fail-empty --help' ;;
    *) options='--read --command --batch --load --filter --where --merge --keep-going --quiet --no-names --format --wide --time --color --threads --memory-limit --plugin-dir --no-cache --cache --force-overwrite --regen --force-load --cache-file-suffix --tolerant --fail-empty --interactive --no-init --emit --version --help' ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    compopt -o filenames
    if [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur"; compgen -W 'anonymize bin cache capture captures clean_cache clean_pcap clocks commands compare correlation correlationchanges count describe dissect distinct dns dnstap drop dump explore export extract fields flows follow goodput graph group head help history idle_export interfaces join lc list_reinjections load load_csv loss ls lt map map-mptcp merge metrics mptcp_summary mptcptrace numerics owd plot plots plugin plugins print_owds processes qualify qualify_reinjections quit rename sample save select set sort sqlite streams summary_extended tables tail tcp tcp_summary tocsv top unload use variables watch where why' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -F _trawl trawl
