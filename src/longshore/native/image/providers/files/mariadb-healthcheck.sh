#!/bin/bash
# The official image's healthcheck.sh: every test that is named must pass. It logs in as the account that the first start
# made for it.
set -uo pipefail

DATADIR=/var/lib/mysql
CLIENT=()
TESTS=()

query() {
	local file=$DATADIR/.my-healthcheck.cnf
	[ ! -r "$file" ] || set -- --defaults-extra-file="$file" "$@"
	mariadb "$@" ${CLIENT[@]+"${CLIENT[@]}"} --skip-column-names --batch
}
one() { [ "$(query --execute "$1" 2> /dev/null)" = 1 ]; }

# by TCP, where the server of the initial scripts is not; a server that refuses the account is there too
connect() {
	local said
	said=$(query --host=127.0.0.1 --protocol=tcp --connect-timeout=5 --execute 'SELECT 1' 2>&1) && return 0
	[[ $said == *'ERROR 1045 '* ]]
}
innodb_initialized() { one "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')"; }
innodb_buffer_pool_loaded() {
	one "SELECT VARIABLE_VALUE LIKE 'Buffer pool(s) load completed%' FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Innodb_buffer_pool_load_status'"
}
galera_online() { one "SELECT VARIABLE_VALUE = 4 FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE'"; }

for word; do
	case $word in
		--connect | --innodb_initialized | --innodb_buffer_pool_loaded | --galera_online) TESTS+=("${word#--}") ;;
		--datadir=*) DATADIR=${word#*=} ;;
		--user=* | --password=* | --socket=* | --port=*) CLIENT+=("$word") ;;
		--su-mysql | --su=* | --no-defaults) ;; # there is nobody to become: the account has a password of its own
		*) echo "Unknown healthcheck option $word" >&2; exit 1 ;;
	esac
done
[ ${#TESTS[@]} != 0 ] || { echo 'At least one healthcheck option is needed' >&2; exit 1; }
for test in "${TESTS[@]}"; do
	"$test" || { echo "healthcheck $test failed" >&2; exit 1; }
done
