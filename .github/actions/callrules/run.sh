#!/usr/bin/env bash
# Runs one callrules command and reports the result in the log, as annotations on the lines of a pull request, in the
# job summary and in outputs.
#
# COMMAND, DIRECTORY, CHANGED_SINCE, PLAN, ARGUMENTS, COMMENT: the inputs
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

# GitHub accepts one mebibyte of summary; a character has up to four bytes.
SUMMARY_LIMIT=250000

case $COMMENT in
auto | issue | never) ;;
*) fail "\`comment: $COMMENT\` is not supported: use auto, issue or never" ;;
esac
[[ -z $CHANGED_SINCE || $COMMAND == plan ]] || fail '`changed-since` works only with the command plan'
[[ -z $PLAN || $COMMAND == apply ]] || fail '`plan` works only with the command apply'

folder=$(mktemp -d "$(slashes "$RUNNER_TEMP")/callrules.XXXXXX")
log=$folder/log.txt
saved=$folder/plan.json
markdown=$folder/plan.md
json=$folder/plan-output.json
annotations=$folder/github.txt
journal=$folder/journal.jsonl

words=(callrules -C "$DIRECTORY" "$COMMAND")
case $COMMAND in
validate | test) ;;
plan)
    words+=(--detailed-exitcode --out "$saved")
    words+=(--output "markdown=$markdown" --output "json=$json" --output "github=$annotations")
    [[ -z $CHANGED_SINCE ]] || words+=("--changed-since=$CHANGED_SINCE")
    ;;
apply)
    [[ -z $PLAN ]] || words+=("$PLAN")
    words+=(--auto-approve --journal "$journal")
    # Set before the run: a canceled run may not reach its end, and its journal matters most.
    output journal "$journal"
    ;;
*) fail "\`command: $COMMAND\` is not supported: use validate, test, plan or apply" ;;
esac
# Splits arguments as a plan prints them: several on a line, with a space before the value.
line_end=$'\n'
while read -r argument; do
    if [[ $argument =~ ^(--[a-z-]+)[[:space:]]+(.+)$ ]]; then
        argument=${BASH_REMATCH[1]}=${BASH_REMATCH[2]}
    fi
    [[ -z $argument ]] || words+=("$argument")
done <<<"${ARGUMENTS// --/${line_end}--}"

# Names of rules and users are untrusted text: workflow commands in them must not run.
word=$(secret_word)
printf '::stop-commands::%s\n' "$word"
# Runs in the background, because bash runs traps only while it waits.
{
    "${words[@]}" &
    printf '%s' $! >"$folder/pid"
    code=0
    wait $! || code=$?
    printf '%s' "$code" >"$folder/code"
} 2>&1 | tee "$log" &
tee_pid=$!
# A canceled run should end in order. callrules finishes the write in flight after the first signal and stops at once
# after the second, so it gets exactly one.
stop() {
    trap '' INT TERM
    while [[ ! -s $folder/pid ]]; do sleep 0.1; done
    kill -TERM "$(cat "$folder/pid")" || true
}
trap stop INT TERM
while kill -0 "$tee_pid" 2>/dev/null; do wait "$tee_pid" || true; done
printf '::%s::\n' "$word"
code=$(cat "$folder/code")
output exit-code "$code"

outcome=failed
case $COMMAND-$code in
# Exit code 2 means changes. Without a saved plan the run failed, whatever its exit code.
plan-0) [[ ! -s $saved || ! -s $markdown ]] || outcome=none ;;
plan-2) [[ ! -s $saved || ! -s $markdown ]] || outcome=changes ;;
*-0) outcome=fine ;;
esac

if [[ $COMMAND == validate ]]; then
    # Runs again for the annotations. If it fails, the first run has failed too.
    callrules -C "$DIRECTORY" validate --format github >"$annotations" || true
fi
[[ ! -s $annotations ]] || cat "$annotations"

if [[ -s $json ]]; then
    for key in create update delete users; do
        output "$key" "$(read_json --arg key "$key" '.summary[$key] | numbers' "$json")"
    done
    output warnings "$(read_json '.warnings | length' "$json")"
    output guards "$(read_json '[.guards[].flag] | join(" ")' "$json")"
    # Deleting a user's file changes nothing on the account, which surprises people.
    output is-news "$(read_json '.warnings | any(.code == "W0010")' "$json")"
fi
case $outcome in
none | changes)
    output plan "$saved"
    output json "$json"
    output has-changes "$([[ $outcome == changes ]] && echo true || echo false)"
    ;;
esac

{
    if [[ $outcome == none || $outcome == changes ]]; then
        cat "$markdown"
    else
        heading "$COMMAND" "$outcome" "$code"
        fenced "$log"
        # The plan of the users that could be planned.
        [[ ! -s $markdown ]] || cat "$markdown"
    fi
    [[ ! -s $journal ]] || explain_journal
} >"$folder/text.md"
truncate_text "$SUMMARY_LIMIT" "$folder/text.md" >>"$GITHUB_STEP_SUMMARY"
output text "$folder/text.md"
output outcome "$outcome"

if [[ $outcome == failed ]]; then
    annotate error "callrules $COMMAND" "$(failure_reason "$code" "$log")"
    exit "$((code == 0 ? 1 : code))"
fi
