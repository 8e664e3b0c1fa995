# shellcheck shell=bash
# The texts for the summary of a job, the comment and the issue.

# So much of a log stands in a text: its end, for that is where errors and reports are.
LOG_LIMIT=50000

# The text of a file, or as much as fits. What is missing is said at the top, where nothing in the text
# can hide it.
shortened() {
    read_json --raw-input --slurp --argjson limit "$1" '
        if length > $limit then
            "> [!WARNING]\n> Only the first \($limit) of \(length) characters are here. The log of the run has more.\n\n"
            + .[:$limit]
        else . end' "$2"
}

# What command it was and how it ended: COMMAND OUTCOME EXIT-CODE.
heading() {
    case $2-$1-$3 in
    fine-*) printf '### callrules %s\n\n' "$1" ;;
    failed-apply-3) printf '### callrules apply: not everything was done\n\n' ;;
    *) printf '### callrules %s failed\n\n' "$1" ;;
    esac
}

# A log, as it stands: nothing in it ends the block.
fenced() {
    local fence='```'
    while grep -qF -- "$fence" "$1"; do fence+='`'; done
    printf '%stext\n' "$fence"
    read_json --raw-input --slurp --argjson limit "$LOG_LIMIT" '
        if length > $limit then
            "… \(length - $limit) characters before, which the log of the run has\n" + .[-$limit:]
        else . end | rtrimstr("\n")' "$1"
    printf '%s\n\n' "$fence"
}

about_journal() {
    printf 'The journal of this run has every write, with what was there before. Keep it as an artifact: '
    printf '`callrules rollback` undoes the run with it.\n'
}

# Why a command failed, in a line: EXIT-CODE LOG.
why() {
    grep -m 1 '^error' "$2" || case $1 in
    0 | 2) printf 'it saved no plan: is this callrules older than the action?' ;;
    *) printf 'it exited with %s; the log says more' "$1" ;;
    esac
}
