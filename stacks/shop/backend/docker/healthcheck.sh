#!/bin/bash
# Exit 0 when /api/v1/health/ answers 200; print what it says. Slim images have no curl, and a Python that only asks this
# costs ten times as much as bash, which has sockets of its own. How long it may take is the health check's `timeout`.

exec 3<>/dev/tcp/127.0.0.1/8000 || exit 1
printf 'GET /api/v1/health/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
read -r _ status _ <&3
while IFS= read -r line && [ "$line" != $'\r' ]; do :; done <&3
echo "$status $(cat <&3)"
[ "$status" = 200 ]
