#!/bin/bash
# The contract of the official rabbitmq image: options alone start the server, root hands the data to rabbitmq and steps
# down, and variables that the image once knew are refused.
set -euo pipefail

DATA=/var/lib/rabbitmq
COOKIE=$DATA/.erlang.cookie
GONE="RABBITMQ_DEFAULT_PASS_FILE RABBITMQ_DEFAULT_USER_FILE RABBITMQ_VM_MEMORY_HIGH_WATERMARK
	RABBITMQ_SSL_CACERTFILE RABBITMQ_SSL_CERTFILE RABBITMQ_SSL_DEPTH RABBITMQ_SSL_FAIL_IF_NO_PEER_CERT
	RABBITMQ_SSL_KEYFILE RABBITMQ_SSL_VERIFY
	RABBITMQ_MANAGEMENT_SSL_CACERTFILE RABBITMQ_MANAGEMENT_SSL_CERTFILE RABBITMQ_MANAGEMENT_SSL_DEPTH
	RABBITMQ_MANAGEMENT_SSL_FAIL_IF_NO_PEER_CERT RABBITMQ_MANAGEMENT_SSL_KEYFILE RABBITMQ_MANAGEMENT_SSL_VERIFY"

refuse_what_is_gone() {
	local name found=
	for name in $GONE; do
		[ -z "${!name:-}" ] || { echo "error: $name is set but deprecated" >&2; found=yes; }
	done
	[ -z "$found" ] || {
		echo 'error: deprecated environment variables detected' >&2
		echo 'put these settings into a file in /etc/rabbitmq/conf.d (https://www.rabbitmq.com/configure.html)' >&2
		exit 1
	}
}

# The cookie is there before the server is: a health check that comes first, as root, would else make one that the server
# cannot read.
make_cookie() {
	if [ -n "${RABBITMQ_ERLANG_COOKIE:-}" ]; then
		if [ -e "$COOKIE" ] && [ "$(< "$COOKIE")" != "$RABBITMQ_ERLANG_COOKIE" ]; then
			echo "warning: $COOKIE is another cookie than RABBITMQ_ERLANG_COOKIE, which takes its place" >&2
		fi
		rm -f "$COOKIE"
	fi
	if [ ! -s "$COOKIE" ]; then
		local draft=$COOKIE.new
		(umask 0077; printf '%s' "${RABBITMQ_ERLANG_COOKIE:-$(head -c 24 /dev/urandom | base64 | tr '+/' AZ)}" > "$draft")
		mv "$draft" "$COOKIE"
	fi
	chmod 0600 "$COOKIE"
}

if [ "${1#-}" != "$1" ]; then
	set -- rabbitmq-server "$@"
fi
if [ "$1" = rabbitmq-server ]; then
	refuse_what_is_gone
	make_cookie
	if [ "$(id -u)" = 0 ]; then
		find "$DATA" \! -user rabbitmq -exec chown rabbitmq '{}' +
		exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups -- "$@"
	fi
fi
exec "$@"
