#!/usr/bin/env bash
# Puts callrules on the PATH of the following steps: the installed one, or a release of the repository that contains
# this action, verified by its checksum and, if `gh` is installed, its build provenance.
#
# VERSION            the input
# ACTION_REF         the ref at which the action is used
# ACTION_REPOSITORY  the repository that contains the action, as owner/name
# GH_TOKEN           for `gh`
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ $VERSION == installed ]]; then
    command -v callrules >/dev/null ||
        fail 'callrules is not on the PATH: install it in an earlier step, or set `version` to a release'
    callrules --version
    exit
fi

is_version='^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'
if [[ -n $VERSION ]]; then
    [[ $VERSION =~ $is_version ]] ||
        fail "\`version: $VERSION\` is not a release: use one such as \`version: v0.1.0\`, or \`version: installed\`"
elif [[ $ACTION_REF =~ $is_version ]]; then
    VERSION=$ACTION_REF
else
    fail "the action is used at \`$ACTION_REF\`, which is not a release: set one, such as \`version: v0.1.0\`"
fi
version=v${VERSION#v}
[[ $ACTION_REPOSITORY == */* ]] ||
    fail 'this copy of the action does not belong to a repository with releases: use `version: installed`'

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH: install callrules in an earlier step and use \`version: installed\`" ;;
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
# The folder is moved into place as a whole, so an existing one is complete.
if [[ ! -x $place/$program ]]; then
    mkdir -p "$cache/$version"
    work=$(mktemp -d "$cache/.new.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    releases=$GITHUB_SERVER_URL/$ACTION_REPOSITORY/releases/download/$version
    for file in "$archive" SHA256SUMS; do
        curl --fail --silent --show-error --location --proto-redir '=https' --retry 3 \
            --output "$work/$file" "$releases/$file" ||
            fail "could not download $releases/$file: is $version a public release of $ACTION_REPOSITORY? If not, install callrules in an earlier step and use \`version: installed\`"
    done

    expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
    if command -v sha256sum >/dev/null; then
        actual=$(sha256sum <"$work/$archive")
    else
        actual=$(shasum -a 256 <"$work/$archive")
    fi
    [[ -n $expected && ${actual%% *} == "$expected" ]] ||
        fail "the checksum of $archive differs from SHA256SUMS of $version: it was not run"

    if command -v gh >/dev/null && gh attestation --help >/dev/null 2>&1; then
        # Not any workflow of the repository, and not any commit: the release workflow, for this tag.
        gh attestation verify "$work/$archive" --repo "$ACTION_REPOSITORY" \
            --signer-workflow "$ACTION_REPOSITORY/.github/workflows/release.yml" \
            --source-ref "refs/tags/$version" ||
            fail "could not verify that $ACTION_REPOSITORY built $archive: it was not run"
    else
        annotate notice callrules 'gh is not installed, so only the checksum was verified, not who built the release'
    fi

    case $archive in
    *.zip) unzip -q "$work/$archive" -d "$work" ;;
    *) tar -xzf "$work/$archive" -C "$work" ;;
    esac
    [[ -x $work/$stem/$program ]] || fail "$archive does not contain $stem/$program"
    # Another job on this machine may have installed it first; then its copy is used.
    mv "$work/$stem" "$place" 2>/dev/null || [[ -x $place/$program ]] ||
        fail "could not write $place"
fi
printf '%s\n' "$place" >>"$GITHUB_PATH"
"$place/$program" --version
