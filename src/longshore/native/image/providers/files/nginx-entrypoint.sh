#!/bin/sh
# The contract of the official nginx image: before the server starts, what is in /docker-entrypoint.d is run in order.
set -e

say() {
	if [ -z "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ]; then
		echo "$@"
	fi
}

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
	if /usr/bin/find "/docker-entrypoint.d/" -mindepth 1 -maxdepth 1 -type f -print -quit 2> /dev/null | read -r _; then
		find "/docker-entrypoint.d/" -follow -type f -print | sort -V | while read -r file; do
			case $file in
				*.envsh | *.sh)
					[ -x "$file" ] || say "$0: Ignoring $file, not executable"
					;;
				*) say "$0: Ignoring $file" ;;
			esac
		done
		for file in $(find "/docker-entrypoint.d/" -follow -type f -print | sort -V); do
			[ -x "$file" ] || continue
			case $file in
				*.envsh) . "$file" ;;
				*.sh) say "$0: Launching $file"; "$file" ;;
			esac
		done
		say "$0: Configuration complete; ready for start up"
	fi
fi
exec "$@"
