# Sourced by the entry points of database servers: what their contracts share. The one that sources it says how to run SQL:
# docker_process_sql reads it from its input, process_sql_file takes a file.

say() { printf '%s\n' "$*"; }
fail() { printf 'Error: %s\n' "$1" >&2; shift; [ $# = 0 ] || printf '       %s\n' "$@" >&2; exit 1; }

# value NAME [DEFAULT]: set NAME from itself, from the file that NAME_FILE names, or from DEFAULT
value() {
	local name=$1 file=${1}_FILE
	if [ "${!name:-}" ] && [ "${!file:-}" ]; then
		fail "both $name and $file are set (but are exclusive)"
	fi
	if [ "${!file:-}" ]; then
		export "$name"="$(< "${!file}")"
	else
		export "$name"="${!name:-${2:-}}"
	fi
	unset "$file"
}

# empty_or_fail DIRECTORY WHAT: a database is made in an empty directory only; lost+found does not count
empty_or_fail() {
	if [ "$(ls -A "$1")" ] && [ "$(ls -A "$1")" != lost+found ]; then
		fail "$1 exists but is not empty" "$2 makes a database in an empty directory only."
	fi
}

process_files() {
	local file
	for file; do
		case $file in
			*.sh)
				if [ -x "$file" ]; then
					say "$0: running $file"
					"$file"
				else
					say "$0: sourcing $file"
					# shellcheck source=/dev/null
					. "$file"
				fi
				;;
			*.sql) say "$0: running $file"; process_sql_file "$file"; say ;;
			*.sql.gz) say "$0: running $file"; gunzip -c "$file" | docker_process_sql; say ;;
			*.sql.xz) say "$0: running $file"; xzcat "$file" | docker_process_sql; say ;;
			*.sql.zst) say "$0: running $file"; zstd -dc "$file" | docker_process_sql; say ;;
			*) say "$0: ignoring $file" ;;
		esac
		say
	done
}
