# shellcheck shell=bash
# What the steps have in common. All of them keep to bash 3.2, which is the one that macOS has.
set -euo pipefail

# One line for GitHub's log, out of any text.
command_text() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}

# Shown beside the run: LEVEL (error, warning, notice), what it is about, and the text.
tell() {
    printf '::%s title=%s::%s\n' "$1" "$2" "$(command_text "$3")"
}

fail() {
    tell error callrules "$1"
    exit 1
}

# An output of the step. A value of several lines could say more outputs, so there is none.
output() {
    case $2 in
    *$'\n'* | *$'\r'*) fail "the output $1 would have several lines" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# A path as bash and every program of Windows take it.
slashes() {
    printf '%s' "${1//\\//}"
}

# Reads JSON. On Windows jq ends its lines as Windows does.
read_json() {
    jq --raw-output "$@" | tr -d '\r'
}

# Something that nobody can guess.
secret_word() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
