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

# A database appears whole or not at all: it is made in MAKING, a directory of its own inside the volume, and moved out of
# it in the end, last of all the entry by which a later start knows that there is one.

# begin_database DATA WHAT: sets MAKING. What a killed or failed start left there is taken away; a database is made in an
# empty directory only, where lost+found does not count.
begin_database() {
	MAKING=$1/.longshore-initialising
	if [ -e "$MAKING" ]; then
		say "$0: the last start was interrupted while the database was made; making it anew"
		find "$1" -mindepth 1 -delete
	fi
	if [ "$(ls -A "$1")" ] && [ "$(ls -A "$1")" != lost+found ]; then
		fail "$1 exists but is not empty" "$2 makes a database in an empty directory only."
	fi
	mkdir -m 0700 "$MAKING"
}

# finish_database DATA MARK: MARK is the entry that is moved last. Initial scripts have run: what they set does not count.
finish_database() {
	local made=$1/.longshore-initialising
	find "$made" -mindepth 1 -maxdepth 1 \! -name "$2" -exec mv -t "$1" '{}' +
	mv "$made/$2" "$1/"
	rmdir "$made"
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
