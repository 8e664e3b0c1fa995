# shellcheck shell=bash
# Functions that the steps share. All scripts keep to bash 3.2, the version of macOS.
set -euo pipefail

# Escapes text for a workflow command, which is one line.
command_text() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}

# Shows an annotation on the run: LEVEL (error, warning, notice), TITLE, TEXT.
annotate() {
    printf '::%s title=%s::%s\n' "$1" "$2" "$(command_text "$3")"
}

fail() {
    annotate error callrules "$1"
    exit 1
}

# Sets an output of the step: NAME VALUE. A value of several lines could define more outputs, so it is an error.
output() {
    case $2 in
    *$'\n'* | *$'\r'*) fail "the output $1 has more than one line" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Prints a path in the form that both bash and Windows programs accept.
slashes() {
    printf '%s' "${1//\\//}"
}

# Reads JSON. On Windows jq ends lines with a carriage return.
read_json() {
    jq --raw-output "$@" | tr -d '\r'
}

# Prints a random word that cannot be guessed.
secret_word() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
