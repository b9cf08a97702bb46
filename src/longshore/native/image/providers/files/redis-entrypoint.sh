#!/bin/sh
# The contract of the official redis image: options alone start the server, and root hands /data to redis and steps down.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
	set -- @SERVER@ "$@"
fi
if [ "$1" = '@SERVER@' ] && [ "$(id -u)" = 0 ]; then
	find . \! -user @USER@ -exec chown @USER@ '{}' +
	exec setpriv --reuid @USER@ --regid @USER@ --init-groups -- "$0" "$@"
fi
if [ "$(umask)" = 0022 ]; then
	umask 0077
fi
exec "$@"
