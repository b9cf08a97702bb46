#!/bin/sh
# busybox's adduser on Debian's useradd; Debian's own packages still get Debian's adduser
set -e
[ -z "${DPKG_MAINTSCRIPT_PACKAGE:-}" ] || exec /usr/sbin/adduser "$@"
home= gecos= shell=/bin/sh group= uid= system= make_home=-m
while [ $# -gt 0 ]; do
	case $1 in
		-h | --home) home=$2; shift ;;
		-g | --gecos) gecos=$2; shift ;;
		-s | --shell) shell=$2; shift ;;
		-G | --ingroup) group=$2; shift ;;
		-u | --uid) uid=$2; shift ;;
		-k) shift ;;
		--home=* | --gecos=* | --shell=* | --ingroup=* | --uid=*)
			option=${1%%=*}; value=${1#*=}; shift; set -- "$option" "$value" "$@"; continue ;;
		-S | --system) system=--system ;;
		-D | --disabled-password | --disabled-login | --quiet | --group) ;;
		-H | --no-create-home) make_home=-M ;;
		-*)
			# several letters in one word, such as -SDH
			letters=${1#-}; shift
			case $letters in
				?) echo "adduser: unknown option -$letters" >&2; exit 1 ;;
				--* | -*) echo "adduser: unknown option -$letters" >&2; exit 1 ;;
			esac
			set -- $(echo "$letters" | sed 's/./-& /g') "$@"
			continue
			;;
		*) break ;;
	esac
	shift
done
if [ $# = 2 ]; then
	exec usermod -aG "$2" "$1"
fi
[ -n "$group" ] || group=$(getent group "$1" | cut -d: -f1) || :
exec useradd $system $make_home -s "$shell" ${home:+-d "$home"} ${gecos:+-c "$gecos"} ${uid:+-u "$uid"} ${group:+-g "$group"} \
	$([ -n "$group" ] || echo -U) "$1"
