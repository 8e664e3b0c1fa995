#!/usr/bin/env bash
# Keeps one issue that reports how the account differs from the files: open while it differs, closed otherwise.
# A failed plan proves neither, so it leaves the issue as it is; the run itself is red.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

[[ $OUTCOME != failed ]] || exit 0
. "$(dirname "${BASH_SOURCE[0]}")/api.sh"

find_login || give_up 'read its own login'
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
