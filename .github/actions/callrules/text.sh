# shellcheck shell=bash
# Texts for the job summary, the comment and the issue.

# Characters of a log to include. The end is kept, because errors and reports are there.
LOG_LIMIT=50000

# Prints a file up to a limit: LIMIT FILE. A note about the cut comes first, where the text cannot hide it.
truncate_text() {
    read_json --raw-input --slurp --argjson limit "$1" '
        if length > $limit then
            "> [!WARNING]\n> Only the first \($limit) of \(length) characters are shown. See the log of the run for the rest.\n\n"
            + .[:$limit]
        else . end' "$2"
}

# Prints a heading with the command and its result: COMMAND OUTCOME EXIT-CODE.
heading() {
    case $2-$1-$3 in
    fine-*) printf '### callrules %s\n\n' "$1" ;;
    failed-apply-3) printf '### callrules apply: some changes were not applied\n\n' ;;
    *) printf '### callrules %s failed\n\n' "$1" ;;
    esac
}

# Prints a log as a code block with a fence that the log does not contain.
fenced() {
    local fence='```'
    while grep -qF -- "$fence" "$1"; do fence+='`'; done
    printf '%stext\n' "$fence"
    read_json --raw-input --slurp --argjson limit "$LOG_LIMIT" '
        if length > $limit then
            "… \(length - $limit) earlier characters are in the log of the run\n" + .[-$limit:]
        else . end | rtrimstr("\n")' "$1"
    printf '%s\n\n' "$fence"
}

explain_journal() {
    printf 'The journal of this run records every write and the state before it. Keep it as an artifact: '
    printf '`callrules rollback` uses it to undo the run.\n'
}

# Prints why a command failed, on one line: EXIT-CODE LOG.
failure_reason() {
    grep -m 1 '^error' "$2" || case $1 in
    0 | 2) printf 'no plan was saved: is this callrules older than the action?' ;;
    *) printf 'exit code %s; see the log' "$1" ;;
    esac
}
