#!/bin/bash
# The contract of the official mongo image: root hands the data to mongodb and steps down; MONGO_INITDB_ROOT_* and the
# files of /docker-entrypoint-initdb.d make the first start's database, on a server that only this machine reaches.
set -eo pipefail

case ${1:-} in -*) set -- mongod "$@" ;; esac

if [ "${1:-}" = mongod ] && [ "$(id -u)" = 0 ]; then
	find /data/configdb /data/db \! -user mongodb -exec chown mongodb '{}' +
	exec setpriv --reuid mongodb --regid mongodb --init-groups -- "$0" "$@"
fi

value() { # NAME: from itself, else from the file that NAME_FILE names
	local file=${1}_FILE
	if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then
		echo "error: both $1 and $file are set (but are exclusive)" >&2
		exit 1
	fi
	if [ -n "${!file:-}" ]; then export "$1"="$(<"${!file}")"; fi
	unset "$file"
}

data=/data/db
words=("$@")
for n in "${!words[@]}"; do
	case ${words[n]} in
		--dbpath) data=${words[n + 1]:-} ;;
		--dbpath=*) data=${words[n]#*=} ;;
	esac
done

# The server of the first start listens elsewhere, so that a health check does not take it for the real one.
making_port=27018
mongosh() { command mongosh --port "$making_port" "$@"; }
export making_port
export -f mongosh

initialise() {
	local making=$data/.longshore-initialising server file
	rm -rf "$making"
	mkdir -p "$making"
	FERRETDB_SETUP_DATABASE=${MONGO_INITDB_ROOT_USERNAME:+admin} FERRETDB_SETUP_USERNAME=$MONGO_INITDB_ROOT_USERNAME \
		FERRETDB_SETUP_PASSWORD=$MONGO_INITDB_ROOT_PASSWORD mongod --bind_ip 127.0.0.1 --port "$making_port" --dbpath "$making" &
	server=$!
	for _ in $(seq 300); do
		(exec 3<>/dev/tcp/127.0.0.1/$making_port) 2>/dev/null && break
		kill -0 "$server" || exit 1
		sleep 0.1
	done
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
			*.sh) echo "$0: running $file"; if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
			*.js) echo "$0: running $file"; mongosh --quiet "$MONGO_INITDB_DATABASE" "$file" ;;
			'/docker-entrypoint-initdb.d/*') ;;
			*) echo "$0: ignoring $file" ;;
		esac
	done
	kill -TERM "$server"
	wait "$server"
	find "$making" -mindepth 1 -maxdepth 1 ! -name .state -exec mv '{}' "$data/" \;
	touch "$data/.longshore-mongo"
	rm -rf "$making"
	echo "$0: the database is made"
}

if [ "${1:-}" = mongod ]; then
	value MONGO_INITDB_ROOT_USERNAME
	value MONGO_INITDB_ROOT_PASSWORD
	export MONGO_INITDB_DATABASE=${MONGO_INITDB_DATABASE:-test}
	if { [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ -z "${MONGO_INITDB_ROOT_PASSWORD:-}" ]; } ||
		{ [ -z "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ -n "${MONGO_INITDB_ROOT_PASSWORD:-}" ]; }; then
		echo "error: MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD are needed both" >&2
		exit 1
	fi
	auth=
	if [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ]; then auth=--auth; fi
	if [ ! -e "$data/.longshore-mongo" ]; then
		if [ -n "$auth" ] || [ -n "$(ls /docker-entrypoint-initdb.d 2>/dev/null)" ]; then
			initialise
		else
			touch "$data/.longshore-mongo"
		fi
	fi
	case " $* " in *" --bind_ip"*) ;; *) set -- "$@" --bind_ip_all ;; esac
	unset "${!MONGO_INITDB_@}"
	set -- "$@" $auth
fi
exec "$@"
