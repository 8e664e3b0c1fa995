# An image that contains only the program. The release workflow puts the static binaries of both architectures into
# image/, in folders with Docker's names for them.
#
#   docker run --rm -v "$PWD:/repository" -e RC_SERVER_URL -e RC_APP_CLIENT_ID -e RC_APP_CLIENT_SECRET \
#     -e RC_USER_JWT IMAGE plan
#
# The image contains no shell and no git, which `plan --changed-since` needs.
FROM scratch
ARG TARGETARCH
COPY image/$TARGETARCH/callrules /callrules
# An unprivileged user. Pass `--user` if the container has to write into the repository.
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/callrules"]
