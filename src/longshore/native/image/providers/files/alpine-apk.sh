#!/bin/sh
# apk's commands on a Debian base: packages by Debian's names for them. What has no name here is refused.
set -e
STATE=/var/lib/longshore-apk

debian_name() {
	case $1 in
@TABLE@
		*) return 1 ;;
	esac
}

refuse() {
	echo "apk: $*" >&2
	echo "apk: this image stands on Debian; use the package's Debian name with apt-get, or run with --engine docker" >&2
	exit 1
}

add() {
	virtual= wanted=
	while [ $# -gt 0 ]; do
		case $1 in
			-t | --virtual) virtual=$2; shift ;;
			--virtual=*) virtual=${1#*=} ;;
			--repository | -X | --root | -p | --arch) shift ;;
			-*) ;;
			*)
				name=${1%%[=<>~@]*}
				package=$(debian_name "$name") || refuse "$name has no counterpart"
				wanted="$wanted $package"
				;;
		esac
		shift
	done
	[ -n "$(echo $wanted)" ] || return 0
	apt-get update -qq
	before=$(dpkg-query -W -f '${Package}\n' | sort)
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted
	if [ -n "$virtual" ]; then
		mkdir -p $STATE
		dpkg-query -W -f '${Package}\n' | sort > $STATE/after
		echo "$before" | comm -13 - $STATE/after > "$STATE/$virtual"
		rm $STATE/after
	fi
	rm -rf /var/lib/apt/lists/*
}

del() {
	gone=
	for name; do
		case $name in -*) continue ;; esac
		if [ -f "$STATE/$name" ]; then
			gone="$gone $(cat "$STATE/$name")"
			rm "$STATE/$name"
		else
			package=$(debian_name "${name%%[=<>~@]*}") || refuse "$name has no counterpart"
			gone="$gone $package"
		fi
	done
	[ -z "$(echo $gone)" ] || DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq $gone
}

while [ "${1#-}" != "$1" ]; do shift; done
command=${1:-}
[ $# = 0 ] || shift
case $command in
	add) add "$@" ;;
	del) del "$@" ;;
	update | upgrade | fix | cache) ;;
	--version | version) echo "apk of longshore, on Debian" ;;
	*) refuse "'$command' is not known here" ;;
esac
