# shellcheck shell=bash
# Asks GitHub. What goes wrong here is told and never fails the job: the summary has the text anyway.
#
# TOKEN, DIRECTORY, NAME, OUTCOME, TEXT: see action.yml

# GitHub takes 65,536 characters; some are for what stands around the text.
COMMENT_LIMIT=64000

work=$(mktemp -d "$(slashes "$RUNNER_TEMP")/callrules-api.XXXXXX")
trap 'rm -rf "$work"' EXIT
answer=$work/answer.json
body=$work/body.json
# In a file of its own: arguments can be seen by other users of the machine.
printf 'Authorization: Bearer %s\n' "$TOKEN" >"$work/headers"
printf 'Accept: application/vnd.github+json\nX-GitHub-Api-Version: 2022-11-28\n' >>"$work/headers"

# What the text is about, in a few words; nothing where it can be about one thing only.
about=$DIRECTORY
about=${about#./}
about=${about%/}
[[ $about != . ]] || about=
[[ -z $NAME ]] || about=${about:+$about, }$NAME
# It is told apart from texts about something else, and of people, by its first line and its author.
marker="<!-- callrules: $(jq --null-input --raw-output --arg about "${about:-.}" '$about | @uri | gsub("-"; "%2D")') -->"

# Why it could not be done, in a word for each who can mend it.
give_up() {
    case $status in
    401 | 403 | 404)
        tell notice callrules "the token may not $1 (HTTP $status), as in a pull request from a fork; the text is in the summary of the job"
        ;;
    *) tell warning callrules "could not $1 (HTTP $status); the text is in the summary of the job" ;;
    esac
    exit 0
}

# METHOD URL [the file to send]. The answer is in $answer.
request() {
    local words=(--silent --show-error --max-time 60 --request "$1" --header "@$work/headers")
    if [[ $# -gt 2 ]]; then
        words+=(--header 'Content-Type: application/json' --data-binary "@$3")
    fi
    # A read may be repeated. A write that seems lost may have been done.
    [[ $1 != GET ]] || words+=(--retry 3)
    status=$(curl "${words[@]}" --output "$answer" --write-out '%{http_code}' "$2") || status=000
    [[ $status == 2* ]]
}

repository=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY

# The login of whoever the token is for. GraphQL tells it to every kind of token, REST does not.
who_am_i() {
    printf '{"query":"{viewer{login}}"}' >"$body"
    request POST "$GITHUB_GRAPHQL_URL" "$body" || return 1
    me=$(read_json '.data.viewer.login // empty' "$answer") || return 1
    [[ -n $me ]]
}

# The field FIELD of the first entry of a list that is ours, in $found; empty where there is none.
find_ours() {
    local page=1
    found=
    while request GET "$1&per_page=100&page=$page"; do
        found=$(read_json --arg marker "$marker" --arg me "$me" '
            first(.[] | select(.pull_request | not)
                | select(.user.login == $me or (.user.type == "Bot" and .user.login == $me + "[bot]"))
                | select((.body // "") | split("\n")[0] | rtrimstr("\r") == $marker)
                | '"$2"') // empty' "$answer") || return 1
        [[ -z $found && $(read_json length "$answer") == 100 ]] || return 0
        page=$((page + 1))
    done
    return 1
}

# The marker, the text as far as it fits, and where it comes from: what is sent as `body`, beside the
# fields that a jq filter adds.
write_body() {
    local commit run
    commit=$(read_json '.pull_request.head.sha // empty' "$GITHUB_EVENT_PATH")
    run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
    # shellcheck disable=SC2153 # an input of the step
    shortened "$COMMENT_LIMIT" "$TEXT" >"$work/text.md"
    jq --null-input --rawfile text "$work/text.md" --arg marker "$marker" \
        --arg commit "${commit:-$GITHUB_SHA}" --arg run "$run" --arg about "$about" \
        '{ body: "\($marker)\n\($text)\n<sub>\(if $about == "" then "" else "`\($about | gsub("`"; ""))` · " end)\($commit[:12]) · [run](\($run))</sub>\n" } | '"$1" >"$body"
}
