#!/bin/sh
# busybox's addgroup on Debian's groupadd
set -e
[ -z "${DPKG_MAINTSCRIPT_PACKAGE:-}" ] || exec /usr/sbin/addgroup "$@"
gid= system=
while [ $# -gt 0 ]; do
	case $1 in
		-g | --gid) gid=$2; shift ;;
		--gid=*) gid=${1#*=} ;;
		-S | --system) system=--system ;;
		-*) echo "addgroup: unknown option $1" >&2; exit 1 ;;
		*) break ;;
	esac
	shift
done
[ $# != 2 ] || exec usermod -aG "$2" "$1"
exec groupadd $system ${gid:+-g "$gid"} "$1"
