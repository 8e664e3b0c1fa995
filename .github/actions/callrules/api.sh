# shellcheck shell=bash
# Requests to GitHub's API. An error here is reported and does not fail the job: the summary has the text anyway.
#
# TOKEN, DIRECTORY, NAME, OUTCOME, TEXT: see action.yml

# GitHub accepts 65,536 characters, including the marker and the footer around the text.
COMMENT_LIMIT=64000

work=$(mktemp -d "$(slashes "$RUNNER_TEMP")/callrules-api.XXXXXX")
trap 'rm -rf "$work"' EXIT
answer=$work/answer.json
body=$work/body.json
# Kept in a file, because other users of the machine can see the arguments of a process.
printf 'Authorization: Bearer %s\n' "$TOKEN" >"$work/headers"
printf 'Accept: application/vnd.github+json\nX-GitHub-Api-Version: 2022-11-28\n' >>"$work/headers"

# A label for the plan: its folder and name. Empty for the only plan of the repository root.
about=$DIRECTORY
about=${about#./}
about=${about%/}
[[ $about != . ]] || about=
[[ -z $NAME ]] || about=${about:+$about, }$NAME
# The first line and the author identify the comment or issue that this label owns.
marker="<!-- callrules: $(jq --null-input --raw-output --arg about "${about:-.}" '$about | @uri | gsub("-"; "%2D")') -->"

# Reports why a request failed and exits successfully: ACTION.
give_up() {
    case $status in
    401 | 403 | 404)
        annotate notice callrules "the token is not allowed to $1 (HTTP $status), as in a pull request from a fork; see the job summary instead"
        ;;
    *) annotate warning callrules "could not $1 (HTTP $status); see the job summary instead" ;;
    esac
    exit 0
}

# Sends a request: METHOD URL [FILE]. The response body is in $answer, the HTTP status in $status.
request() {
    local words=(--silent --show-error --max-time 60 --request "$1" --header "@$work/headers")
    if [[ $# -gt 2 ]]; then
        words+=(--header 'Content-Type: application/json' --data-binary "@$3")
    fi
    # Only reads are retried: a write that got no response may have succeeded.
    [[ $1 != GET ]] || words+=(--retry 3)
    status=$(curl "${words[@]}" --output "$answer" --write-out '%{http_code}' "$2") || status=000
    [[ $status == 2* ]]
}

repository=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY

# Sets $me to the login that the token belongs to. GraphQL answers this for every kind of token, REST does not.
find_login() {
    printf '{"query":"{viewer{login}}"}' >"$body"
    request POST "$GITHUB_GRAPHQL_URL" "$body" || return 1
    me=$(read_json '.data.viewer.login // empty' "$answer") || return 1
    [[ -n $me ]]
}

# Sets $found to a field of the first entry that this label owns, or to nothing: LIST-URL FIELD.
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

# Writes the request body: the marker, the text cut to the limit, and a link to the run. A jq filter adds fields.
write_body() {
    local commit run
    commit=$(read_json '.pull_request.head.sha // empty' "$GITHUB_EVENT_PATH")
    run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
    # shellcheck disable=SC2153 # an input of the step
    truncate_text "$COMMENT_LIMIT" "$TEXT" >"$work/text.md"
    jq --null-input --rawfile text "$work/text.md" --arg marker "$marker" \
        --arg commit "${commit:-$GITHUB_SHA}" --arg run "$run" --arg about "$about" \
        '{ body: "\($marker)\n\($text)\n<sub>\(if $about == "" then "" else "`\($about | gsub("`"; ""))` · " end)\($commit[:12]) · [run](\($run))</sub>\n" } | '"$1" >"$body"
}
