#!/bin/sh
# The official image is built with protected mode off (its default only: a file or an option still decides).
for word in "$@"; do
	case $word in
		--protected-mode | -v | --version | -h | --help | --test-memory | --check-system) exec /usr/bin/@SERVER@ "$@" ;;
	esac
done
if [ -f "${1:-}" ] && grep -qiE '^[[:space:]]*protected-mode[[:space:]]' "$1"; then
	exec /usr/bin/@SERVER@ "$@"
fi
exec /usr/bin/@SERVER@ "$@" --protected-mode no
