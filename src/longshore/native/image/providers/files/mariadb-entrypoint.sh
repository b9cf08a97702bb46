#!/usr/bin/env bash
# The contract of the official mariadb image: https://hub.docker.com/_/mariadb (environment, /docker-entrypoint-initdb.d,
# data path, user). The first start of an empty data directory initialises it; later starts leave it alone.
set -Eeuo pipefail

. /usr/local/lib/longshore/initdb-common.sh

RUN=/run/mysqld
OPTIONS=(--skip-log-bin --expire-logs-days=0 --loose-innodb-buffer-pool-load-at-startup=0)

# setting NAME: MARIADB_NAME from itself or its file, else from MYSQL_NAME, which older stacks use
setting() {
	local ours=MARIADB_$1 older=MYSQL_$1
	value "$ours"
	value "$older"
	export "$ours"="${!ours:-${!older}}"
}

only_asks() {
	local word
	for word; do
		case $word in -'?' | --help | --print-defaults | -V | --version) return 0 ;; esac
	done
	return 1
}

# the server's own word on where its data are and where it listens, after the files and the command
read_settings() {
	if ! TOLD=$("$@" --verbose --help 2> "$RUN/trouble"); then
		fail 'mariadbd failed while attempting to check config' "command was: $* --verbose --help" "$(< "$RUN/trouble")"
	fi
	rm -f "$RUN/trouble"
	DATADIR=$(told datadir)
	DATADIR=${DATADIR%/}
}
# the table of values comes last, after the options' description, where a line may begin with the same word
told() { awk -v name="$1 " 'index($0, name) == 1 { sub("^[^ ]+ +", ""); value = $0 } END { print value }' <<< "$TOLD"; }

check_settings() {
	if [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_ROOT_PASSWORD_HASH$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
		fail 'Database is uninitialized and password option is not specified' \
			'You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH,' \
			'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD'
	fi
	if [ "$MARIADB_USER" = root ]; then
		fail 'MARIADB_USER="root" cannot be used: it names an ordinary user' 'Use MARIADB_ROOT_PASSWORD for the superuser.'
	fi
}

literal() {
	local text=${1//\\/\\\\}
	printf "'%s'" "${text//\'/\\\'}"
}
identifier() { printf '`%s`' "${1//\`/\`\`}"; }
random() { head -c 24 /dev/urandom | base64; }

# by PASSWORD HASH: how an account of these is identified
identified() {
	if [ -n "$2" ]; then
		printf 'IDENTIFIED BY PASSWORD %s' "$(literal "$2")"
	else
		printf 'IDENTIFIED BY %s' "$(literal "$1")"
	fi
}

# by the official name too: scripts of /docker-entrypoint-initdb.d that are sourced may call it
docker_process_sql() { MYSQL_PWD=$SQL_PASSWORD mariadb -uroot ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"; }
process_sql_file() { docker_process_sql < "$1"; }

accounts() {
	local host root
	root=$(identified "$MARIADB_ROOT_PASSWORD" "$MARIADB_ROOT_PASSWORD_HASH")
	# accounts of root for other addresses come without a password
	printf "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';\n"
	printf "DELETE FROM mysql.proxies_priv WHERE Host <> 'localhost';\nFLUSH PRIVILEGES;\n"
	for host in localhost 127.0.0.1 ::1; do
		printf 'CREATE USER healthcheck@%s IDENTIFIED BY %s;\n' "$(literal $host)" "$(literal "$HEALTH")"
	done
	if [ "$MARIADB_ROOT_HOST" != localhost ]; then
		printf 'CREATE USER root@%s %s;\n' "$(literal "$MARIADB_ROOT_HOST")" "$root"
		printf 'GRANT ALL ON *.* TO root@%s WITH GRANT OPTION;\n' "$(literal "$MARIADB_ROOT_HOST")"
	fi
	[ -z "$MARIADB_DATABASE" ] || printf 'CREATE DATABASE IF NOT EXISTS %s;\n' "$(identifier "$MARIADB_DATABASE")"
	if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD$MARIADB_PASSWORD_HASH" ]; then
		printf "CREATE USER %s@'%%' %s;\n" "$(literal "$MARIADB_USER")" \
			"$(identified "$MARIADB_PASSWORD" "$MARIADB_PASSWORD_HASH")"
		[ -z "$MARIADB_DATABASE" ] || printf "GRANT ALL ON %s.* TO %s@'%%';\n" \
			"$(identifier "${MARIADB_DATABASE//_/\\_}")" "$(literal "$MARIADB_USER")"
	fi
	printf 'ALTER USER root@localhost %s;\n' "$root"
}

start_for_scripts() {
	"$@" --datadir="$MAKING" --socket="$MYSQL_UNIX_PORT" --pid-file="$RUN/initialising.pid" --skip-networking \
		--skip-slave-start --wsrep-on=OFF "${OPTIONS[@]}" &
	SERVER=$!
	local tries
	for tries in {1..600}; do
		kill -0 $SERVER 2> /dev/null || fail 'the server for the initial scripts did not start'
		! mariadb-admin --no-defaults --socket="$MYSQL_UNIX_PORT" ping > /dev/null 2>&1 || return 0
		sleep 0.05
	done
	fail 'the server for the initial scripts did not start within 30 s'
}

fill() {
	mariadb-install-db --datadir="$MAKING" --rpm --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
		"${OPTIONS[@]}" "${@:2}" > "$RUN/trouble" 2>&1 || fail 'mariadb-install-db failed' "$(< "$RUN/trouble")"
	# where no health check looks: this server goes away again, and must not be taken for the real one
	export MYSQL_UNIX_PORT=$RUN/initialising.sock
	start_for_scripts "$@"
	if [ -z "$MARIADB_INITDB_SKIP_TZINFO" ]; then
		mariadb-tzinfo-to-sql /usr/share/zoneinfo 2> /dev/null | mariadb -uroot --database=mysql
	fi
	HEALTH=$(random)
	accounts | mariadb -uroot
	(umask 0077; printf '[mariadb-client]\nport=%s\nsocket=%s\nuser=healthcheck\npassword=%s\n' \
		"$(told port)" "$(told socket)" "$HEALTH" > "$MAKING/.my-healthcheck.cnf")
	SQL_PASSWORD=$MARIADB_ROOT_PASSWORD
	process_files /docker-entrypoint-initdb.d/*
	kill -TERM $SERVER
	wait $SERVER
	unset MYSQL_UNIX_PORT SQL_PASSWORD
}

initialise() {
	check_settings
	begin_database "$DATADIR" MariaDB
	if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
		MARIADB_ROOT_PASSWORD=$(random)
		say "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
	fi
	shopt -s nullglob
	fill "$@"
	finish_database "$DATADIR" mysql
	say
	say 'MariaDB init process done. Ready for start up.'
	say
}

if [ "${1:0:1}" = '-' ]; then
	set -- mariadbd "$@"
fi
if { [ "$1" = mariadbd ] || [ "$1" = mysqld ]; } && ! only_asks "$@"; then
	if [ "$(id -u)" = 0 ]; then
		read_settings "$@"
		mkdir -p "$DATADIR"
		find "$DATADIR" "$RUN" \! -user mysql -exec chown mysql: '{}' +
		exec setpriv --reuid mysql --regid mysql --init-groups -- "$BASH_SOURCE" "$@"
	fi
	read_settings "$@"
	for name in ROOT_PASSWORD ROOT_PASSWORD_HASH ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD ROOT_HOST DATABASE USER \
		PASSWORD PASSWORD_HASH INITDB_SKIP_TZINFO; do
		setting "$name"
	done
	: "${MARIADB_ROOT_HOST:=%}"
	if [ -d "$DATADIR/mysql" ]; then
		rm -rf "$DATADIR/.longshore-initialising"
	else
		initialise "$@"
	fi
fi
exec "$@"
