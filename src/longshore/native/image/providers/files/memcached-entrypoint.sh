#!/bin/sh
# The contract of the official memcached image: options alone start the server.
set -e
if [ "${1#-}" != "$1" ]; then
	set -- memcached "$@"
fi
exec "$@"
