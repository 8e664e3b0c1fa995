#!/usr/bin/env bash
# Puts callrules on the PATH of the steps that follow: the one that is there already, or a release of the
# repository that holds this action, checked against its checksum and, where `gh` is there, its provenance.
#
# VERSION            the input
# ACTION_REF         the ref at which the action is used
# ACTION_REPOSITORY  the repository that holds the action, as owner/name
# GH_TOKEN           for `gh`
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ $VERSION == installed ]]; then
    command -v callrules >/dev/null ||
        fail 'there is no callrules on the PATH: install it in a step before, or say in `version` which release to use'
    callrules --version
    exit
fi

is_version='^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'
if [[ -n $VERSION ]]; then
    [[ $VERSION =~ $is_version ]] ||
        fail "\`version: $VERSION\` is no release: give one, such as \`version: v0.1.0\`, or \`version: installed\`"
elif [[ $ACTION_REF =~ $is_version ]]; then
    VERSION=$ACTION_REF
else
    fail "the action is used at \`$ACTION_REF\`, which names no release: say which to use, such as \`version: v0.1.0\`"
fi
version=v${VERSION#v}
[[ $ACTION_REPOSITORY == */* ]] ||
    fail 'the action is no part of a repository that has releases: use `version: installed`'

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH: install callrules in a step before, and use \`version: installed\`" ;;
esac
stem=callrules-$version-$target
archive=$stem.tar.gz
program=callrules
if [[ $RUNNER_OS == Windows ]]; then
    archive=$stem.zip
    program=callrules.exe
fi

cache=$(slashes "$RUNNER_TOOL_CACHE")/callrules
place=$cache/$version/$target
# A folder comes to this place by being moved there, so it is whole.
if [[ ! -x $place/$program ]]; then
    mkdir -p "$cache/$version"
    work=$(mktemp -d "$cache/.new.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    releases=$GITHUB_SERVER_URL/$ACTION_REPOSITORY/releases/download/$version
    for file in "$archive" SHA256SUMS; do
        curl --fail --silent --show-error --location --proto-redir '=https' --retry 3 \
            --output "$work/$file" "$releases/$file" ||
            fail "$releases/$file could not be downloaded: is $version a release of $ACTION_REPOSITORY that anybody may read? If not, install callrules in a step before, and use \`version: installed\`"
    done

    expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
    if command -v sha256sum >/dev/null; then
        actual=$(sha256sum <"$work/$archive")
    else
        actual=$(shasum -a 256 <"$work/$archive")
    fi
    [[ -n $expected && ${actual%% *} == "$expected" ]] ||
        fail "$archive is not the file whose checksum stands in SHA256SUMS of $version: nothing of it was run"

    if command -v gh >/dev/null && gh attestation --help >/dev/null 2>&1; then
        gh attestation verify "$work/$archive" --repo "$ACTION_REPOSITORY" ||
            fail "it could not be shown that $archive was built by $ACTION_REPOSITORY: nothing of it was run"
    else
        tell notice callrules 'gh is not there, so the checksum alone was looked at, and not who built the release'
    fi

    case $archive in
    *.zip) unzip -q "$work/$archive" -d "$work" ;;
    *) tar -xzf "$work/$archive" -C "$work" ;;
    esac
    [[ -x $work/$stem/$program ]] || fail "$archive holds no $stem/$program"
    # Another job on this machine may have been sooner; then that one's is used.
    mv "$work/$stem" "$place" 2>/dev/null || [[ -x $place/$program ]] ||
        fail "$place could not be written"
fi
printf '%s\n' "$place" >>"$GITHUB_PATH"
"$place/$program" --version
