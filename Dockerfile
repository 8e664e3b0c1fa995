# The program and nothing else. The release workflow lays the static binaries of both architectures beside
# this file, under the names that Docker has for them.
#
#   docker run --rm -v "$PWD:/repository" -e RC_SERVER_URL -e RC_APP_CLIENT_ID -e RC_APP_CLIENT_SECRET \
#     -e RC_USER_JWT IMAGE plan
#
# There is no git in here, which `plan --changed-since` asks, and no shell.
FROM scratch
ARG TARGETARCH
COPY image/$TARGETARCH/callrules /callrules
# Nobody in particular. Give `--user` where the container has to write into the repository.
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/callrules"]
