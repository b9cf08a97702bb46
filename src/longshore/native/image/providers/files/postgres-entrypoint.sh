#!/usr/bin/env bash
# The contract of the official postgres image: https://hub.docker.com/_/postgres (environment, /docker-entrypoint-initdb.d,
# data path, user). The first start of an empty data directory initialises it; later starts leave it alone.
set -Eeuo pipefail

TEMPLATE=/usr/share/longshore/postgres-template
TEMPLATE_LANG=en_US.utf8
SOCKETS=/var/run/postgresql
# where this server has its socket when nobody says where
LOOKS_IN=@LOOKS_IN@

. /usr/local/lib/longshore/initdb-common.sh

# sourced by nobody: is this call one that only asks for help or the version?
only_asks() {
	local word
	for word; do
		case $word in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
	done
	return 1
}

make_directories() {
	mkdir -p "$PGDATA"
	chmod 00700 "$PGDATA" 2> /dev/null || :
	mkdir -p /var/run/postgresql 2> /dev/null || :
	chmod 03775 /var/run/postgresql 2> /dev/null || :
	if [ "${POSTGRES_INITDB_WALDIR:-}" ]; then
		mkdir -p "$POSTGRES_INITDB_WALDIR"
		chmod 700 "$POSTGRES_INITDB_WALDIR"
	fi
	if [ "$(id -u)" = 0 ]; then
		local where
		for where in "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}; do
			find "$where" \! -user postgres -exec chown postgres '{}' +
		done
	fi
}

check_settings() {
	if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
		fail 'Database is uninitialized and superuser password is not specified.' \
			'You must specify POSTGRES_PASSWORD to a non-empty value for the' \
			'superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".' \
			'' \
			'You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all' \
			'connections without a password. This is *not* recommended.'
	fi
	if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
		say 'WARNING: POSTGRES_HOST_AUTH_METHOD has been set to "trust". This will allow' \
			'anyone with access to the Postgres port to access your database without a password.' >&2
	fi
}

# From 18 on PGDATA has the major's name in it and the volume is above it. A database at an older place, or a volume there
# that would stay empty, is not passed over: the data would seem lost, or would be at the next start.
check_places() {
	[ "$PGDATA" = "/var/lib/postgresql/$PG_MAJOR/docker" ] || return 0
	local place found=()
	for place in /var/lib/postgresql /var/lib/postgresql/data /var/lib/postgresql/*/docker; do
		[ ! -s "$place/PG_VERSION" ] || found+=("$place: holds a database of PostgreSQL $(< "$place/PG_VERSION")")
	done
	if [ ${#found[@]} = 0 ] && mountpoint -q /var/lib/postgresql/data; then
		found=('/var/lib/postgresql/data: unused mount/volume')
	fi
	[ ${#found[@]} = 0 ] || fail "in 18+, these images keep the database in $PGDATA, and this is in its way:" \
		"${found[@]/#/  }" '' \
		'Mount one volume at /var/lib/postgresql. Data of an older major version are taken over by pg_upgrade,' \
		'or by a dump from that version: https://github.com/docker-library/postgres/issues/37'
}

# the cluster was made when the image was: valid only where nothing that initdb looks at was changed
template_serves() {
	[ -s "$TEMPLATE/PG_VERSION" ] && [ -z "${POSTGRES_INITDB_ARGS:-}" ] && [ -z "${POSTGRES_INITDB_WALDIR:-}" ] &&
		[ "${LANG:-}" = "$TEMPLATE_LANG" ] && [ -z "${LC_ALL:-}${LC_COLLATE:-}${LC_CTYPE:-}" ]
}

literal() { printf "'%s'" "${1//\'/\'\'}"; }
identifier() { printf '"%s"' "${1//\"/\"\"}"; }

from_template() {
	cp -a --reflink=auto "$TEMPLATE/." "$PGDATA/"
	chmod 00700 "$PGDATA"
	# single-user mode reads one statement a line; escape strings keep line ends inside one
	local secret=${POSTGRES_PASSWORD//\\/\\\\}
	secret=${secret//\'/\'\'}
	secret=${secret//$'\n'/\\n}
	{
		[ "$POSTGRES_USER" = postgres ] ||
			printf 'UPDATE pg_catalog.pg_authid SET rolname = %s WHERE oid = 10\n' "$(literal "$POSTGRES_USER")"
		[ -z "$POSTGRES_PASSWORD" ] || printf "ALTER ROLE %s PASSWORD E'%s'\n" "$(identifier "$POSTGRES_USER")" "$secret"
		[ "$POSTGRES_DB" = postgres ] || printf 'CREATE DATABASE %s\n' "$(identifier "$POSTGRES_DB")"
	} > /dev/shm/longshore-setup.$$
	local failed=0
	postgres --single -F -c exit_on_error=true -c log_min_messages=fatal -D "$PGDATA" postgres \
		< /dev/shm/longshore-setup.$$ > /dev/null || failed=1
	rm -f /dev/shm/longshore-setup.$$
	[ $failed = 0 ] || fail 'the database could not be prepared'
}

from_initdb() {
	local options=()
	[ -z "${POSTGRES_INITDB_WALDIR:-}" ] || options+=(--waldir "$POSTGRES_INITDB_WALDIR")
	# POSTGRES_INITDB_ARGS is shell text by contract
	eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${options[@]}" '"${POSTGRES_INITDB_ARGS:-}"
}

allow_hosts() {
	local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption -D "$PGDATA")}
	{
		printf '\n'
		[ "$method" != trust ] || printf '# warning trust is enabled for all connections\n'
		printf 'host all all all %s\n' "$method"
	} >> "$PGDATA/pg_hba.conf"
}

sql() {
	PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"
}

# by the official name too: scripts of /docker-entrypoint-initdb.d that are sourced may call it
docker_process_sql() { sql --dbname "${POSTGRES_DB:-postgres}" "$@"; }

make_database() {
	local there
	there=$(sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only <<- 'SQL'
		SELECT 1 FROM pg_database WHERE datname = :'db';
	SQL
	)
	[ "$there" ] || sql --dbname postgres --set db="$POSTGRES_DB" <<- 'SQL'
		CREATE DATABASE :"db";
	SQL
}

process_sql_file() { docker_process_sql -f "$1"; }

initialise() {
	check_settings
	check_places
	ls /docker-entrypoint-initdb.d/ > /dev/null
	local data=$PGDATA
	begin_database "$data" PostgreSQL
	export PGDATA=$MAKING
	fill "$@"
	export PGDATA=$data
	finish_database "$data" PG_VERSION
	# to the disk beside the server's start: only a power cut in these two seconds could find it unwritten
	(initdb --sync-only -D "$data" > /dev/null 2>&1 &)
	say
	say 'PostgreSQL init process complete; ready for start up.'
	say
}

fill() {
	local files=(/docker-entrypoint-initdb.d/*) ready=
	if template_serves; then
		from_template
		ready=yes
	else
		from_initdb
	fi
	allow_hosts
	[ "$LOOKS_IN" = "$SOCKETS" ] ||
		printf "\nunix_socket_directories = '%s, %s'\n" "$SOCKETS" "$LOOKS_IN" >> "$PGDATA/postgresql.conf"
	if [ "$ready" ] && [ ${#files[@]} = 0 ]; then
		return 0
	fi
	export PGPASSWORD="${PGPASSWORD-$POSTGRES_PASSWORD}"
	# where no health check looks: this server goes away again, and must not be taken for the real one
	export PGHOST=/var/run/postgresql/initialising
	mkdir -p -m 0700 "$PGHOST"
	PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -s -w start \
		-o "-c listen_addresses='' -c unix_socket_directories='$PGHOST' -p ${PGPORT:-5432} $(start_options "$@")"
	make_database
	process_files "${files[@]}"
	PGUSER="${PGUSER:-postgres}" pg_ctl -D "$PGDATA" -m fast -s -w stop
	rmdir "$PGHOST" || :
	unset PGPASSWORD PGHOST
}

start_options() {
	shift
	[ $# = 0 ] || printf '%q ' "$@"
}

# whether the socket is where this server has it by itself, which is not where the official image has it
misplaced_socket() {
	[ "$LOOKS_IN" != "$SOCKETS" ] || return 1
	case ${2:-} in --single | --boot | --check) return 1 ;; esac
	if [[ $* != *config*file* && $(< "$PGDATA/postgresql.conf") =~ $'\n'unix_socket_directories ]]; then
		return 1
	fi
	[ "$(postgres -C unix_socket_directories "${@:2}" 2> /dev/null)" = "$LOOKS_IN" ]
}

if [ "${1:0:1}" = '-' ]; then
	set -- postgres "$@"
fi
if [ "$1" = postgres ] && ! only_asks "$@"; then
	make_directories
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid postgres --regid postgres --init-groups -- "$BASH_SOURCE" "$@"
	fi
	value POSTGRES_PASSWORD
	value POSTGRES_USER postgres
	value POSTGRES_DB "$POSTGRES_USER"
	value POSTGRES_INITDB_ARGS
	: "${POSTGRES_HOST_AUTH_METHOD:=}"
	if [ -s "$PGDATA/PG_VERSION" ]; then
		rm -rf "$PGDATA/.longshore-initialising"
		say
		say 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
		say
	else
		shopt -s nullglob
		initialise "$@"
	fi
	! misplaced_socket "$@" || set -- postgres -c "unix_socket_directories=$SOCKETS,$LOOKS_IN" "${@:2}"
fi
exec "$@"
