#!/usr/bin/env bash
# Keeps one comment per pull request up to date: edits the existing comment, or creates it. A plan without changes
# does not create one, unless a user's file was deleted.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/text.sh"

number=$(read_json '.pull_request.number | numbers' "$GITHUB_EVENT_PATH")
[[ -n $number ]] || exit 0
. "$(dirname "${BASH_SOURCE[0]}")/api.sh"

find_login || give_up 'read its own login'
find_ours "$repository/issues/$number/comments?" .id || give_up 'read the comments'
write_body .
if [[ -n $found ]]; then
    request PATCH "$repository/issues/comments/$found" "$body" || give_up 'edit the comment'
elif [[ $OUTCOME != none || $IS_NEWS == true ]]; then
    request POST "$repository/issues/$number/comments" "$body" || give_up 'write a comment'
fi
