#!/bin/bash
# check-http.sh PORT PATH: exit 0 when this address answers 200; prints what it says. Slim images have neither curl nor wget, and
# an interpreter that only asks this costs ten times as much as bash, which has sockets of its own.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
read -r _ status _ <&3
echo "$1$2: $status"
[ "$status" = 200 ]
