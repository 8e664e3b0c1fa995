#!/usr/bin/env bash
# Keeps the one comment of a pull request: edits it where it is there, else writes it. A plan without
# changes only edits: that the account is as the files say is no news to somebody who was told nothing.
# Where a user's file was deleted, it is.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

number=$(read_json '.pull_request.number | numbers' "$GITHUB_EVENT_PATH")
[[ -n $number ]] || exit 0
. "$(dirname "${BASH_SOURCE[0]}")/api.sh"

who_am_i || give_up 'say whose comments it writes'
find_ours "$repository/issues/$number/comments?" .id || give_up 'read the comments'
write_body .
if [[ -n $found ]]; then
    request PATCH "$repository/issues/comments/$found" "$body" || give_up 'edit the comment'
elif [[ $OUTCOME != none || $IS_NEWS == true ]]; then
    request POST "$repository/issues/$number/comments" "$body" || give_up 'write a comment'
fi
