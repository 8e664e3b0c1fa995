#!/usr/bin/env bash
# Runs one command of callrules, once, and tells what came of it: in the log, at the lines of a pull
# request, in the summary of the job, and in outputs.
#
# COMMAND, DIRECTORY, CHANGED_SINCE, PLAN, ARGUMENTS, COMMENT: the inputs
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

# GitHub takes a mebibyte of summary; a character has up to four bytes.
SUMMARY_LIMIT=250000

case $COMMENT in
auto | issue | never) ;;
*) fail "\`comment: $COMMENT\` is none of auto, issue and never" ;;
esac
[[ -z $CHANGED_SINCE || $COMMAND == plan ]] || fail '`changed-since` is for plan'
[[ -z $PLAN || $COMMAND == apply ]] || fail '`plan` is for apply'

folder=$(mktemp -d "$(slashes "$RUNNER_TEMP")/callrules.XXXXXX")
log=$folder/log.txt
saved=$folder/plan.json
markdown=$folder/plan.md
told=$folder/told.json
annotations=$folder/github.txt
journal=$folder/journal.jsonl

words=(callrules -C "$DIRECTORY" "$COMMAND")
case $COMMAND in
validate | test) ;;
plan)
    words+=(--detailed-exitcode --out "$saved")
    words+=(--also "markdown=$markdown" --also "json=$told" --also "github=$annotations")
    [[ -z $CHANGED_SINCE ]] || words+=("--changed-since=$CHANGED_SINCE")
    ;;
apply)
    [[ -z $PLAN ]] || words+=("$PLAN")
    words+=(--auto-approve --journal "$journal")
    # Said before: a run that is cancelled may not come to its end, and its journal counts most.
    output journal "$journal"
    ;;
*) fail "\`command: $COMMAND\` is none of validate, test, plan and apply" ;;
esac
# As a plan prints them too: several in a line, with a space before the value.
line_end=$'\n'
while read -r argument; do
    if [[ $argument =~ ^(--[a-z-]+)[[:space:]]+(.+)$ ]]; then
        argument=${BASH_REMATCH[1]}=${BASH_REMATCH[2]}
    fi
    [[ -z $argument ]] || words+=("$argument")
done <<<"${ARGUMENTS// --/${line_end}--}"

# Names of rules and people are anybody's words. Where they look like a command to GitHub, they are none.
word=$(secret_word)
printf '::stop-commands::%s\n' "$word"
# In the background, for a trap is heard only while the shell waits.
{
    "${words[@]}" &
    printf '%s' $! >"$folder/pid"
    code=0
    wait $! || code=$?
    printf '%s' "$code" >"$folder/code"
} 2>&1 | tee "$log" &
shown=$!
# Who cancels the run wants it to end in order. callrules does so at the first signal, and at once at the
# second, so it gets one.
stop() {
    trap '' INT TERM
    while [[ ! -s $folder/pid ]]; do sleep 0.1; done
    kill -TERM "$(cat "$folder/pid")" || true
}
trap stop INT TERM
while kill -0 "$shown" 2>/dev/null; do wait "$shown" || true; done
printf '::%s::\n' "$word"
code=$(cat "$folder/code")
output exit-code "$code"

outcome=failed
case $COMMAND-$code in
# Two is for changes. An exit without a plan is none of these, whatever its code.
plan-0) [[ ! -s $saved || ! -s $markdown ]] || outcome=none ;;
plan-2) [[ ! -s $saved || ! -s $markdown ]] || outcome=changes ;;
*-0) outcome=fine ;;
esac

if [[ $COMMAND == validate ]]; then
    # The same once more, for the lines. Where it fails it has failed above.
    callrules -C "$DIRECTORY" validate --format github >"$annotations" || true
fi
[[ ! -s $annotations ]] || cat "$annotations"

if [[ -s $told ]]; then
    for key in create update delete users; do
        output "$key" "$(read_json --arg key "$key" '.summary[$key] | numbers' "$told")"
    done
    output warnings "$(read_json '.warnings | length' "$told")"
    output guards "$(read_json '[.guards[].flag] | join(" ")' "$told")"
    # A file that is gone changes nothing, and that is what nobody expects who deletes it.
    output is-news "$(read_json '.warnings | any(.code == "W0010")' "$told")"
fi
case $outcome in
none | changes)
    output plan "$saved"
    output json "$told"
    output has-changes "$([[ $outcome == changes ]] && echo true || echo false)"
    ;;
esac

{
    if [[ $outcome == none || $outcome == changes ]]; then
        cat "$markdown"
    else
        heading "$COMMAND" "$outcome" "$code"
        fenced "$log"
        # Of whoever could be planned, where others could not.
        [[ ! -s $markdown ]] || cat "$markdown"
    fi
    [[ ! -s $journal ]] || about_journal
} >"$folder/text.md"
shortened "$SUMMARY_LIMIT" "$folder/text.md" >>"$GITHUB_STEP_SUMMARY"
output text "$folder/text.md"
output outcome "$outcome"

if [[ $outcome == failed ]]; then
    tell error "callrules $COMMAND" "$(why "$code" "$log")"
    exit "$((code == 0 ? 1 : code))"
fi
