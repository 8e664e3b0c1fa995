#!/usr/bin/env bash
# Keeps the one issue that says how the account differs from the files: open while it does, closed when
# it no longer does. A plan that failed knows neither, and changes nothing here: the run is red.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

[[ $OUTCOME != failed ]] || exit 0
. "$(dirname "${BASH_SOURCE[0]}")/api.sh"

who_am_i || give_up 'say whose issues it opens'
find_ours "$repository/issues?state=open" .number || give_up 'read the issues'
if [[ $OUTCOME == none ]]; then
    [[ -n $found ]] || exit 0
    write_body '. + { state: "closed", state_reason: "completed" }'
    request PATCH "$repository/issues/$found" "$body" || give_up 'close the issue'
elif [[ -n $found ]]; then
    write_body .
    request PATCH "$repository/issues/$found" "$body" || give_up 'edit the issue'
else
    # shellcheck disable=SC2016 # the variable is jq's
    write_body '. + { title: "The account differs from the files\(if $about == "" then "" else " (\($about))" end)" }'
    request POST "$repository/issues" "$body" || give_up 'open an issue'
fi
